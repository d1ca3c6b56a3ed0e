"""Pictures of a run, by matplotlib."""


def _axes(ax):
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("pictures need matplotlib: apt install python3-matplotlib") from None
    return pyplot.subplots()[1]


def _tiles(fields):
    """Fields side by side as on the sheet, each scaled to its own greatest value, with a line between them."""
    import numpy
    if fields.ndim == 3:  # kernels
        fields = fields[None]
    rows, cols, height, width = fields.shape
    greatest = numpy.abs(fields).max(axis=(2, 3), keepdims=True)
    tiled = numpy.full((rows * (height + 1) - 1, cols * (width + 1) - 1), numpy.nan, numpy.float32)
    for r in range(rows):
        for c in range(cols):
            top, left = r * (height + 1), c * (width + 1)
            tiled[top:top + height, left:left + width] = fields[r, c] / max(greatest[r, c, 0, 0], 1e-30)
    return tiled


class Plots:
    """`run.plot`: each method draws into `ax`, or new axes, and returns them."""

    def __init__(self, run):
        self._run = run

    def fields(self, population=None, *, rows=16, cols=16, ax=None):
        """Fields of the first rows and columns of the sheet, in grey: white excites."""
        ax = _axes(ax)
        fields = self._run.fields(population)
        fields = fields[:rows * cols] if fields.ndim == 3 else fields[:rows, :cols]
        ax.imshow(_tiles(fields), cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
        ax.set_axis_off()
        return ax

    def spikes(self, population=None, *, start=0.0, stop=None, ax=None):
        """Spikes from start to stop [ms]: time across, neuron up."""
        ax = _axes(ax)
        t, neuron = self._run.spikes(population)
        shown = (t >= start) & (t < (stop if stop is not None else float("inf")))
        ax.plot(t[shown], neuron[shown], "k.", markersize=3)
        ax.set_xlabel("time [ms]")
        ax.set_ylabel("neuron")
        return ax

    def energy(self, population=None, *, ax=None):
        """Energy of the codes of each batch of learning."""
        ax = _axes(ax)
        ax.plot(self._run.read("/learning/batch"), self._run._of(population, "/learning/{}", "energy"))
        ax.set_xlabel("batch")
        ax.set_ylabel("energy")
        return ax
