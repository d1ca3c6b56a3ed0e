"""A trained network as a model of V1 in the words of Brain-Score (Schrimpf et al. 2018; Marques, Schrimpf & DiCarlo 2021): pictures in
degrees of visual angle go in, responses of neurons in bins of time come out.

    import striate
    from brain_score import V1Model

    with striate.run("v1_sheet.yaml") as run:
        model = V1Model(run, degrees=1.2)
        model.start_recording("V1", time_bins=[(70, 170)])
        responses = model.look_at(["one.png", "two.png"])     # (presentation, neuroid, time_bin)

`look_at` takes a list of files or of arrays, or a StimulusSet of Brain-Score. It gives a NeuroidAssembly where Brain-Score's
package is installed, else an xarray.DataArray, else a Responses of numpy arrays: the same dimensions and coordinates. To submit,
return a V1Model from the plugin's registry. Not tried with the package itself, which is not in Debian.
"""
import pathlib
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Responses:
    """What an xarray.DataArray would be: values, (presentation, neuroid, time_bin), and what each index of a dimension is."""
    values: np.ndarray
    coords: dict = field(default_factory=dict)  # {name: (dimension, values)}
    dims: tuple = ("presentation", "neuroid", "time_bin")


def assembly(responses):
    """The same in the class that Brain-Score expects, as far as what is installed has one."""
    try:
        from brainio.assemblies import NeuroidAssembly as Assembly
    except ImportError:
        try:
            from xarray import DataArray as Assembly
        except ImportError:
            return responses
    return Assembly(responses.values, coords=responses.coords, dims=responses.dims)


def grey(picture):
    """A picture, a file or an array (height, width) or (height, width, 3 or 4), as grey numbers."""
    if isinstance(picture, (str, pathlib.Path)):
        from matplotlib.image import imread
        picture = imread(picture)
    picture = np.asarray(picture)
    if picture.ndim == 3:
        picture = picture[..., :3].astype(float) @ (0.299, 0.587, 0.114)
    if picture.ndim != 2 or not np.isfinite(picture).all():
        raise ValueError(f"a picture must be finite, (height, width) or (height, width, 3 or 4), is {picture.shape}")
    return picture.astype(float)


def sampled(picture, side):
    """A picture as side x side pixels, each the mean of what it covers, also of parts of pixels."""
    def weights(n):
        edges = np.arange(side + 1) * n / side
        covered = np.minimum(edges[1:, None], np.arange(1, n + 1)) - np.maximum(edges[:-1, None], np.arange(n))
        return np.maximum(covered, 0) * side / n
    return weights(picture.shape[0]) @ picture @ weights(picture.shape[1]).T


def whitened(picture, f0, exponent):
    """As photographs are that a network learns from: the spectrum times f^exponent exp(-(f / f0)^4), borders mirrored."""
    height, width = picture.shape
    mirrored = np.pad(picture - picture.mean(), ((0, height), (0, width)), mode="symmetric")
    f = np.hypot(np.fft.fftfreq(2 * height)[:, None], np.fft.fftfreq(2 * width))
    spectrum = np.fft.fft2(mirrored) * f**exponent * np.exp(-(f / f0)**4)
    return np.fft.ifft2(spectrum).real[:height, :width]


class V1Model:
    """A trained network. Every neuron of the population is recorded.

    run         a striate.Run of a network with a population that codes frames
    degrees     visual angle that the side of its frame stands for
    population  which; may be left out where one codes
    latency     from a picture's onset to V1, before the network begins [ms]
    f0, exponent  of the whitening filter: as in the config of what it learned from
    """

    def __init__(self, run, degrees, *, identifier="striate-v1", population=None, latency=40, f0=0.4, exponent=1.0):
        if not degrees > 0:
            raise ValueError(f"degrees must be > 0, is {degrees}")
        self.run, self.degrees, self._identifier, self.population = run, float(degrees), identifier, population
        self.latency, self.f0, self.exponent = latency, f0, exponent
        self._bins = None

    @property
    def identifier(self):
        return self._identifier

    def visual_degrees(self):
        """Of a picture, side to side; pictures of other sizes are brought to it by who shows them."""
        return self.degrees

    def start_recording(self, recording_target, time_bins):
        """recording_target: "V1". time_bins: [(begin, end)] after the onset of a picture [ms]"""
        if recording_target != "V1":
            raise ValueError(f"recording_target must be V1, is {recording_target!r}")
        bins = [(float(begin), float(end)) for begin, end in time_bins]
        if not bins or any(begin < self.latency or end <= begin for begin, end in bins):
            raise ValueError(f"time_bins must begin at the latency of {self.latency} ms or later, each before its end, are {bins}")
        self._bins = bins

    def start_task(self, task, fitting_stimuli=None):
        raise NotImplementedError("this model is of V1, and does no task")

    def look_at(self, stimuli, number_of_trials=1):
        """Responses to pictures. A network without noise responds alike in each trial, so that one tells all."""
        if self._bins is None:
            raise ValueError("start_recording has to be called first")
        if number_of_trials < 1:
            raise ValueError(f"number_of_trials must be 1 or more, is {number_of_trials}")
        ids, pictures = self._pictures(stimuli)
        frames = np.stack([self._frame(picture) for picture in pictures])
        values = np.stack([self._responses(frames, begin, end) for begin, end in self._bins], axis=-1)
        return assembly(Responses(values, self._coords(ids)))

    def _pictures(self, stimuli):
        if hasattr(stimuli, "get_stimulus"):  # a StimulusSet
            ids = list(stimuli["stimulus_id"])
            return ids, [stimuli.get_stimulus(one) for one in ids]
        pictures = list(stimuli)
        if not pictures:
            raise ValueError("stimuli must be some pictures, are none")
        return [one.name if isinstance(one, pathlib.Path) else one if isinstance(one, str) else str(k)
                for k, one in enumerate(pictures)], pictures

    def _frame(self, picture):
        """A picture as the network sees it: its sampling, whitened. `encode` gives it mean and norm."""
        return whitened(sampled(grey(picture), self._side()), self.f0, self.exponent).astype(np.float32)

    def _side(self):
        """Of the frame [px]."""
        height, width = self.run.frames(1, population=self.population).shape[1:]
        if height != width:
            raise ValueError(f"frames must be square, are {height} x {width}")
        return height

    def _responses(self, frames, begin, end):
        """Activity in one bin: codes read from its begin to its end."""
        changes = {"presentation.T0": f"{begin - self.latency} ms", "presentation.T": f"{end - self.latency} ms"}
        return self.run.encode(frames, population=self.population, set=changes)

    def _coords(self, ids):
        shape = self.run.populations[self._name()]
        n = shape["size"]
        per_degree = self._side() / self.degrees
        position = self.run.read(f"/network/{self._name()}/visual_position") / per_degree
        begins, ends = zip(*self._bins)
        return {"stimulus_id": ("presentation", ids), "neuroid_id": ("neuroid", [f"{self._name()}.{k}" for k in range(n)]),
                "region": ("neuroid", ["V1"] * n), "layer": ("neuroid", [self._name()] * n),
                "y_degrees": ("neuroid", position[:, 0]), "x_degrees": ("neuroid", position[:, 1]),
                "time_bin_start": ("time_bin", list(begins)), "time_bin_end": ("time_bin", list(ends))}

    def _name(self):
        if self.population:
            return self.population
        coding = [name for name in self.run.populations if f"/network/{name}/Phi" in self.run.datasets("/network")]
        if len(coding) != 1:
            raise ValueError(f"population must be given: {', '.join(coding)}")
        return coding[0]
