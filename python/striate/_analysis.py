"""What a trained network says when it is tested as a physiologist would."""
import os
import shutil
import tempfile
import weakref

from . import _config, _striate
from ._progress import Line

# Where an attribute of an Analysis is looked for in its file.
_GROUPS = ("/network", "/properties", "/map", "/gratings", "/contrast", "/size", "/blank")


class Analysis:
    """An analysis: arrays of its file by name, `analysis.circular_variance`, `analysis.half_bandwidth` [deg],
    `analysis.preferred_orientation` [deg], `analysis.F1_F0`, `analysis.responses` (neurons, orientations, frequencies,
    phases), one number for each neuron, NaN where it has none; `names` lists them all, docs/file_format.md says what each is.

    path      of the analysis file
    """

    def __init__(self, path, folder=None):
        self.path = os.fspath(path)
        self._file = _striate.File(self.path, "analysis")
        self._remove = weakref.finalize(self, shutil.rmtree, folder, True) if folder else None

    @property
    def names(self):
        """Names of all arrays."""
        return [name for group in _GROUPS if self._file.exists(group) for name in self._file.children(group)]

    def __dir__(self):
        return [*super().__dir__(), *self.names]

    def __getattr__(self, name):
        if not name.startswith("_"):
            for group in _GROUPS:
                if self._file.exists(f"{group}/{name}"):
                    return self._file.read(f"{group}/{name}")
        raise AttributeError(f"Analysis has no {name!r}; names lists what this one has")

    @property
    def summary(self):
        """Measures of the network as a whole: {name: number}, NaN where it has none."""
        return self._compared()["summary"]

    @property
    def score(self):
        """Mean over properties of similarity to macaque V1 over its ceiling, from 0 to 1."""
        return self._compared()["score"]

    def compare(self):
        """Every property beside macaque V1: {reference: {"ks": {"value", "low", "high"}, "median_model", "median_macaque",
        "citation", ...}}, the names of `striate compare --json`."""
        return {one["reference"]: one for one in self._compared()["properties"]}

    def table(self):
        """The same as a pandas DataFrame, a row for each reference. Raises ImportError without pandas."""
        import pandas
        rows = {name: {key: value["value"] if isinstance(value, dict) else value for key, value in one.items()}
                for name, one in self.compare().items()}
        return pandas.DataFrame.from_dict(rows, orient="index").drop(columns="reference")

    def _compared(self):
        if "_json" not in self.__dict__:
            self._json = _config.numbers(_striate.compared(self.path))
        return self._json


def analyze(run, output, population, overrides, threads, progress, force):
    folder = tempfile.mkdtemp(prefix="striate-") if output is None else None
    target = os.path.join(folder, "run.analysis.h5") if output is None else os.fspath(output)
    try:
        _striate.analyze(run.path, target, overrides, population, force, threads, Line().message if progress else None)
        return Analysis(target, folder)
    except BaseException:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        raise
