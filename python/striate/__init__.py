"""Striate: spiking sparse coding on a sheet of primary visual cortex.

    import striate
    with striate.run("v1_sheet.yaml", set={"learning.batches": 100}) as run:
        fields = run.fields()            # float32, (rows, cols, height, width)
        t, neuron = run.spikes()         # ms, ids
        codes = run.encode(frames)       # (n, height, width) -> (n, neurons)

What there is:

    run             runs a network, from a config (a file or a dict), to a Run
    load            a Run from the file of an earlier one
    sonata_config   the config that a circuit of the SONATA format becomes, for both
    Network         a network that is stepped by hand
    sparse_encode   sparse codes of a matrix under a dictionary, by spikes or by a solver
    Error           and its children ConfigError, IoError, NumericsError, Interrupted

Times are ms, frames (height, width) with row 0 on top, neuron ids count from 0 row by row of the sheet. Results are those of
the `striate` command, to the bit, at any number of threads. One call works at a time in a process; other threads of Python
go on meanwhile. Ctrl-C stops a run at a checkpoint.
"""
from ._analysis import Analysis
from ._network import Network
from ._run import Run, load, run, sonata_config
from ._sparse_encode import sparse_encode
from ._striate import ConfigError, Error, Interrupted, IoError, NumericsError, __version__

__all__ = ["Analysis", "ConfigError", "Error", "Interrupted", "IoError", "Network", "NumericsError", "Run", "load", "run",
           "sonata_config", "sparse_encode", "__version__"]
