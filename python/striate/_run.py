"""Runs: how they are made, and what is in their files."""
import json
import os
import shutil
import tempfile
import weakref

from . import _config, _striate
from ._analysis import Analysis, analyze
from ._plot import Plots
from ._progress import Line
from ._striate import ConfigError


def run(config, output=None, *, set=None, seed=None, threads=None, progress=True, resume=False, force=False,
        on_batch=None):
    """Runs a network and returns its `Run`.

    config    path of a YAML file, or a dict of the same keys; quantities carry their unit: {"duration": "100 ms"}
    output    HDF5 file to write. None: a temporary one, which goes when the Run is closed
    set       {"dotted.key": value}: overrides of keys, last of all
    seed      override of the key `seed`
    threads   to use; None: all cores. Results do not depend on it
    progress  whether to say on standard error how far it is
    resume    go on with a run of this output that was stopped or killed
    force     replace an output that is there
    on_batch  called after every batch of learning with a `Batch`: done, of, measures, fields(population). The run stops,
              and leaves a checkpoint, if it returns False, which raises Interrupted, or if it raises

    The file has the bits that `striate run` writes for the same config and seed. Ctrl-C leaves a checkpoint beside `output`
    (OUTPUT.partial) and raises KeyboardInterrupt.

    Raises ConfigError, IoError (also where `output` is there already), NumericsError, Interrupted.
    """
    path, text = _config.source(config)
    changes, n_threads = _config.overrides(set, seed), _config.count("threads", threads)
    if resume and output is None:
        raise ConfigError("resume: must be of a run with an output")
    folder = tempfile.mkdtemp(prefix="striate-") if output is None else None
    target = os.path.join(folder, "run.h5") if output is None else os.fspath(output)
    line = Line() if progress else None
    try:
        summary = _striate.run(path, text, changes, target, force, resume, n_threads, line and line.message, line, on_batch)
        return Run(target, _config.numbers(summary), folder)
    except BaseException:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def sonata_config(path):
    """The config, a dict, that a circuit of the SONATA format becomes: of a simulation's JSON, a circuit's (without `duration`),
    or one that names both. For `striate.run` and `striate.Network`; its paths are absolute.

    Raises ConfigError, which names all that cannot be mapped, with file and key; IoError.
    """
    return json.loads(_striate.sonata_config(os.fspath(path)))


def load(path):
    """The `Run` of a finished run's file. Raises IoError if it is none, or damaged."""
    return Run(os.fspath(path))


class Run:
    """A finished run: its file, and the network in it. A context manager, which closes it.

    Arrays are read from the file when they are asked for. `population` may be left out where one population alone codes, or
    is there alone.

    path      of the file
    summary   dict of what the run said at its end, as `striate run --json`; None of one that was loaded
    plot      `run.plot.fields()`, `run.plot.spikes()`, `run.plot.energy()`: matplotlib axes
    """

    def __init__(self, path, summary=None, folder=None):
        self.path, self.summary = path, summary
        self._file = _striate.File(path, "network")
        self._trained = {}
        self._remove = weakref.finalize(self, shutil.rmtree, folder, True) if folder else None
        self.plot = Plots(self)

    def close(self):
        """Closes the file; removes it if it is a temporary one. Arrays that were read stay."""
        self._file.close()
        self._trained.clear()
        if self._remove:
            self._remove()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        return f"<striate.Run of {', '.join(self._file.children('/network'))} in {self.path}>"

    @property
    def config(self):
        """The config as resolved, all defaults in: YAML."""
        return self._file.text("/provenance/config")

    @property
    def populations(self):
        """{name: {"kind": ..., "size": ...}}, in the order of the file."""
        return {name: {"kind": self._file.attribute_text(f"/network/{name}", "kind"),
                       "size": int(self._file.number(f"/network/{name}", "size"))}
                for name in self._file.children("/network")}

    def datasets(self, group="/"):
        """Names of all datasets below a group (docs/file_format.md says what each is)."""
        all = []
        for name in self._file.children(group):
            path = f"{group.rstrip('/')}/{name}"
            try:
                all += self.datasets(path)
            except _striate.IoError:  # no group
                all.append(path)
        return all

    def read(self, dataset):
        """A dataset by its full name, "/network/v1/Phi", in the type of the file."""
        return self._file.read(dataset)

    def fields(self, population=None):
        """Fields at the end of the run, float32: (rows, cols, height, width); of kernels that all places share (K, height,
        width)."""
        return self._of(population, "/network/{}", "Phi", "kernels")

    def thresholds(self, population=None):
        """Thresholds lambda at the end of the run, float64, (neurons), hidden ones last; of shared kernels (K)."""
        return self._of(population, "/network/{}", "lambda")

    def spikes(self, population=None):
        """Times [ms] and ids of the neurons of all recorded spikes: float64 and uint64, (n_spikes). Where frames are shown,
        presentation p lasts from p T to (p + 1) T."""
        group = f"/spikes/{self._name(population, '/spikes')}"
        return self._file.read(group + "/timestamps"), self._file.read(group + "/node_ids")

    def codes(self, population=None):
        """Codes of the recorded presentations, the held-out ones last, float32, (n_recorded, neurons)."""
        return self._of(population, "/presentations/{}", "codes")

    def potentials(self, record=None):
        """Samples of a record of `record.state`: times [ms] (n_times), ids (n), values (n_times, n) in the variable's unit.

        record: its name, or that of its population, or None where there is one alone.
        """
        name = self._record(record)
        values = self._file.read(f"/report/{name}/data")
        start, _, step = self._file.read(f"/report/{name}/mapping/time")
        import numpy
        return start + step * numpy.arange(len(values)), self._file.read(f"/report/{name}/mapping/node_ids"), values

    def frames(self, n, *, first=0, set="held_out", population=None):
        """n frames of the run's own stimulus, as its network receives them: float32, (n, height, width).

        set: "training" or "held_out".
        """
        return self._network(population).frames(set, first, n)[0]

    def encode(self, frames, *, population=None, by="spikes", normalise=None, threads=None, set=None):
        """Codes that the trained network makes of frames: float32, (n, neurons).

        frames      (n, height, width), of any real type; each is shown from rest for the config's presentation.T
        population  that is read
        by          "spikes" of the network; "optimum" of the program it solves; "simplex": the same, where activities sum
                    to one exactly; "frames": as they arrive, no code
        normalise   whether each frame is given zero mean and unit norm first; None: as the run's stimulus does. Whitening is
                    the caller's: frames of `Run.frames` show what the network is used to
        set         overrides of the config for this, {"presentation.T": "50 ms"}

        Gain control and scale of the config's `reception` apply. Of cells that do not code the rates [Hz] are returned; of
        movies whose frames are read one by one, (n, frames, neurons).
        """
        return self._network(population, set).encode(frames, by, normalise, _config.count("threads", threads))[0]

    def analyze(self, output=None, *, population=None, set=None, threads=None, progress=False, force=False):
        """Tests the network as a physiologist would, and returns the `Analysis`.

        output  analysis file to write; None: a temporary one. Others as of `striate.run`.
        """
        return analyze(self, output, population or "", _config.overrides(set), _config.count("threads", threads), progress,
                       force)

    def export_nir(self, output, *, population=None, set=None, force=False):
        """Writes a population of kind slca as a graph of the Neuromorphic Intermediate Representation: `striate export --nir`
        (docs/ecosystem.md says what it holds). Raises ConfigError for a population that NIR has no words for."""
        self._network(population, set).export_nir(self.path, os.fspath(output), force)

    def export_nwb(self, output, *, population=None, analysis=None, force=False):
        """Writes spikes as units, presentations as trials, in the layout of Neurodata Without Borders: `striate export --nwb`.

        population  one of the run's; None: all whose spikes were recorded
        analysis    an `Analysis` of one of them, or its file: fields and tuning become columns
        """
        path = getattr(analysis, "path", analysis) or ""
        _striate.export_nwb(self.path, os.fspath(output), population or "", os.fspath(path), force)

    def export_sonata(self, folder):
        """Writes a circuit as nodes, edges and inputs of the SONATA format into a new folder: `striate export --sonata`
        (docs/sonata.md). Raises ConfigError, which names all that SONATA has no words for."""
        _striate.export_sonata(self.path, os.fspath(folder))

    # ---- which

    def _name(self, population, group):
        """The population that was asked for, or the only one in a group of the file."""
        there = self._file.children(group) if self._file.exists(group) else []
        coding = [name for name in there if self._codes(name)]
        if population is None and len(there) != 1 and len(coding) == 1:
            return coding[0]
        name = there[0] if population is None and len(there) == 1 else population
        if name not in there:
            raise ConfigError(f"population: must be one of {', '.join(there) or 'none'} in {group} of {self.path}, got {name!r}")
        return name

    def _codes(self, name):
        return any(self._file.exists(f"/network/{name}/{fields}") for fields in ("Phi", "kernels"))

    def _of(self, population, group, *datasets):
        name = self._name(population, group.partition("/{}")[0])
        for dataset in datasets:
            path = f"{group.format(name)}/{dataset}"
            if self._file.exists(path):
                return self._file.read(path)
        raise ConfigError(f"population: {name} has no {datasets[0]} in {self.path}")

    def _record(self, record):
        there = self._file.children("/report") if self._file.exists("/report") else []
        fits = [name for name in there if record in (None, name, self._file.attribute_text(f"/report/{name}", "population"))]
        if record in fits:
            return record
        if len(fits) != 1:
            raise ConfigError(f"record: must be one of {', '.join(there) or 'none'} in {self.path}, got {record!r}")
        return fits[0]

    def _network(self, population=None, set=None):
        key = (population, tuple(_config.overrides(set)))
        if key not in self._trained:
            self._file.exists("/")  # refuses a run that is closed
            self._trained[key] = _striate.Trained(self.path, list(key[1]), population or "")
        return self._trained[key]
