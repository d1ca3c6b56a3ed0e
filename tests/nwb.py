#!/usr/bin/env python3
"""What `striate export --nwb` writes, held to the schema of Neurodata Without Borders field by field, and to the run.

    nwb.py STRIATE

What version 2.6.0 of the schema (nwb.file, nwb.misc, nwb.epoch, hdmf-common 1.5) asks for is written down here: attributes that
every object must have, datasets and groups that the root must have, columns of tables and their indices.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

SHEET = """
frame: {height: 8 px, width: 8 px}
stimulus: {kind: dead_leaves}
populations:
  v1:
    kind: slca
    sheet: {rows: 4, cols: 4}
    lambda: 0.05
    plasticity: {kind: residual_hebbian}
presentation: {T: 50 ms, T0: 20 ms}
learning: {batches: 4, batch_size: 5, held_out: 6}
analysis: {tests: [gratings], gratings: {orientations: 4, frequencies: 3, phases: 4}}
"""
PAIR = SHEET.replace("presentation:", """  pool:
    kind: slca
    sheet: {rows: 2, cols: 2}
    sees: {kind: nothing}
    fields: {kind: none}
    lambda: 0.001
    objective: {delta: 1}
projections:
  up: {from: v1, to: pool, connect: {kind: all_to_all}, weight: 0.1, delay: 1 ms}
presentation:""")
CIRCUIT = """
duration: 200 ms
populations:
  inputs: {kind: poisson, size: 3, poisson: {rate: 200 Hz}}
  cells: {kind: lif_delta, size: 5, lif_delta: {I_e: 500 pA}}
  silent: {kind: spike_list, size: 2}
projections:
  up: {from: inputs, to: cells, connect: {kind: all_to_all}, weight: 1 mV, delay: 1 ms}
record: {spikes: [inputs, cells, silent]}
"""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ROOT = {"session_description": None, "identifier": None, "session_start_time": MOMENT,
        "timestamps_reference_time": MOMENT}  # scalars of text
GROUPS = ("acquisition", "analysis", "processing", "stimulus", "stimulus/presentation", "stimulus/templates", "general")
OBJECT = ("namespace", "neurodata_type", "object_id")


def striate(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)


def must(program, *arguments):
    done = striate(program, *arguments)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def check_object(item, space, kind, seen):
    for name in OBJECT:
        assert name in item.attrs, f"{item.name}: no {name}"
    assert item.attrs["namespace"] == space and item.attrs["neurodata_type"] == kind, item.name
    assert UUID.fullmatch(item.attrs["object_id"]), item.name
    assert item.attrs["object_id"] not in seen, f"{item.name}: an object_id that is another's"
    seen.add(item.attrs["object_id"])


def check_table(table, kind, seen):
    """A DynamicTable: rows of equal number in all columns, an index for each ragged one, nothing else."""
    check_object(table, "core", kind, seen)
    assert table.attrs["description"]
    check_object(table["id"], "hdmf-common", "ElementIdentifiers", seen)
    n = len(table["id"])
    assert np.issubdtype(table["id"].dtype, np.integer) and list(table["id"]) == list(range(n))
    columns = list(table.attrs["colnames"])
    for name in columns:
        column = table[name]
        check_object(column, "hdmf-common", "VectorData", seen)
        assert column.attrs["description"], name
        if name + "_index" not in table:
            assert len(column) == n, name
            continue
        index = table[name + "_index"]
        check_object(index, "hdmf-common", "VectorIndex", seen)
        assert table.file[index.attrs["target"]].name == column.name
        assert index.attrs["description"] and np.issubdtype(index.dtype, np.unsignedinteger)
        assert len(index) == n and np.all(np.diff(index[:].astype(int)) >= 0) and index[-1] == len(column), name
    indices = {name + "_index" for name in columns if name + "_index" in table}
    assert set(table) == {"id", *columns} | indices, "a dataset that is no column"
    return columns


def check_file(file):
    """Whether it is a valid minimal file. Returns the columns of its units."""
    seen = set()
    check_object(file, "core", "NWBFile", seen)
    assert file.attrs["nwb_version"] == "2.6.0"
    for name, form in ROOT.items():
        assert file[name].shape == () and h5py.check_string_dtype(file[name].dtype).encoding == "utf-8", name
        text = file[name].asstr()[()]
        assert text and (form is None or form.fullmatch(text)), (name, text)
    created = file["file_create_date"]
    assert created.ndim == 1 and all(MOMENT.fullmatch(one) for one in created.asstr()[:])
    for name in GROUPS:
        assert isinstance(file[name], h5py.Group), name
    columns = check_table(file["units"], "Units", seen)
    assert file["units/spike_times"].dtype == np.float64
    assert file["units/obs_intervals"].shape[1:] == (2,)
    if "intervals" in file:
        assert check_table(file["intervals/trials"], "TimeIntervals", seen)[:2] == ["start_time", "stop_time"]
    return columns


def row_of(units, name, k):
    index = units[name + "_index"][:].astype(int)
    return units[name][index[k - 1] if k else 0:index[k]]


def check_spikes(units, run, populations):
    """Every neuron's spikes are those of the run, in seconds."""
    k = 0
    for population in populations:
        t, neuron = run[f"spikes/{population}/timestamps"][:], run[f"spikes/{population}/node_ids"][:]
        for i in range(run[f"network/{population}"].attrs["size"]):
            assert units["population"].asstr()[k] == population and units["neuron"][k] == i
            mine = row_of(units, "spike_times", k)
            assert np.array_equal(mine, t[neuron == i] * 1e-3)
            intervals = row_of(units, "obs_intervals", k)
            inside = (mine[:, None] >= intervals[:, 0]) & (mine[:, None] < intervals[:, 1])
            assert np.all(inside.sum(axis=1) == 1)
            k += 1
    assert k == len(units["id"])


def check_sheet(program, folder):
    config, run, nwb = folder / "sheet.yaml", folder / "sheet.h5", folder / "sheet.nwb"
    config.write_text(SHEET)
    must(program, "run", config, "-o", run, "--quiet")
    must(program, "export", run, "--nwb")
    with h5py.File(nwb) as file, h5py.File(run) as of:
        assert check_file(file) == ["spike_times", "obs_intervals", "population", "neuron", "receptive_field"]
        check_spikes(file["units"], of, ["v1"])
        assert len(file["units/spike_times"]) > 0
        fields = of["network/v1/Phi"][:]
        assert np.array_equal(file["units/receptive_field"][:], fields.reshape(16, *fields.shape[2:]))
        trials, T = file["intervals/trials"], of["presentations"].attrs["T"] * 1e-3
        number = of["presentations/number"][:]
        assert np.allclose(trials["start_time"][:], number * T) and np.allclose(trials["stop_time"][:], (number + 1) * T)
        assert np.array_equal(trials["held_out"][:], of["presentations/set"][:])
        first = {name: file[name].attrs["object_id"] for name in ("/", "units", "units/id")}
    must(program, "analyze", run, "--quiet")
    must(program, "export", run, "--nwb", "--force")
    with h5py.File(nwb) as file, h5py.File(folder / "sheet.analysis.h5") as analysis:
        columns = check_file(file)
        for name in ("network/circular_variance", "network/preferred_orientation", "properties/nx"):
            column = name.split("/")[1]
            assert column in columns
            assert np.array_equal(file["units"][column][:], analysis[name][:], equal_nan=True)
            assert analysis[name].attrs["units"] in file["units"][column].attrs["description"]
        assert first == {name: file[name].attrs["object_id"] for name in first}, "the run is the same"


def check_pair(program, folder):
    """Of several populations tuning stands with the neurons of the one that was tested, wherever these are."""
    config, run = folder / "pair.yaml", folder / "pair.h5"
    config.write_text(PAIR)
    must(program, "run", config, "-o", run, "--quiet")
    must(program, "analyze", run, "--population", "v1", "-o", folder / "pair.analysis.h5", "--quiet")
    must(program, "export", run, "--nwb")
    with h5py.File(folder / "pair.nwb") as file, h5py.File(run) as of, h5py.File(folder / "pair.analysis.h5") as analysis:
        columns, units = check_file(file), file["units"]
        check_spikes(units, of, ["pool", "v1"])
        assert "circular_variance" in columns and "receptive_field" not in columns
        assert np.all(np.isnan(units["circular_variance"][:4]))
        assert np.array_equal(units["circular_variance"][4:], analysis["network/circular_variance"][:], equal_nan=True)


def check_circuit(program, folder):
    config, run = folder / "circuit.yaml", folder / "circuit.h5"
    config.write_text(CIRCUIT)
    must(program, "run", config, "-o", run, "--quiet")
    must(program, "export", run, "--nwb")
    with h5py.File(folder / "circuit.nwb") as file, h5py.File(run) as of:
        assert check_file(file) == ["spike_times", "obs_intervals", "population", "neuron"]
        check_spikes(file["units"], of, ["cells", "inputs", "silent"])
        assert "intervals" not in file and np.allclose(row_of(file["units"], "obs_intervals", 0), [[0.0, 0.2]])
    must(program, "export", run, "--nwb", "--population", "cells")
    with h5py.File(folder / "circuit.cells.nwb") as file, h5py.File(run) as of:
        check_file(file)
        check_spikes(file["units"], of, ["cells"])
        assert len(file["units/spike_times"]) > 0


def check_refusals(program, folder):
    sheet, circuit = folder / "sheet.h5", folder / "circuit.h5"
    for arguments, code, words in (
            (("export", sheet), 2, "must say to what"),
            (("export", sheet, "--nwb", "--nir"), 2, "must say to what"),
            (("export", sheet, "--nwb"), 3, "sheet.nwb"),
            (("export", circuit, "--nwb", "--force", "--population", "nobody"), 2, "cells, inputs, silent"),
            (("export", circuit, "--nwb", "--force", "--population", "cells", "--analysis",
              folder / "sheet.analysis.h5"), 3, "must be an analysis of population cells, is one of v1"),
            (("export", sheet, "--nwb", "--force", "--set", "seed=3"), 2, "--set"),
            (("export", folder / "sheet.analysis.h5", "--nwb"), 3, "must be a file of kind network")):
        done = striate(program, *arguments)
        assert done.returncode == code and words in done.stderr, (arguments, done.returncode, done.stderr)
    assert not list(folder.glob("*.partial*"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        for check in (check_sheet, check_pair, check_circuit, check_refusals):
            check(sys.argv[1], Path(folder))
            print(f"{check.__name__[6:]}: as the schema has it")


if __name__ == "__main__":
    main()
