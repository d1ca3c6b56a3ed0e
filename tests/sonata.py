#!/usr/bin/env python3
"""Circuits of SONATA, made here, are run by the program, and by a slow solver of its own.

    sonata.py STRIATE
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import yaml


# ---- circuits, as the Allen Institute's builder writes them

def write_nodes(path, name, types, ids=None, groups=None, attributes=None):
    """attributes: {group: {"x" or "dynamics_params/V_th": values}}"""
    n = len(types)
    groups = np.zeros(n, int) if groups is None else np.asarray(groups)
    with h5py.File(path, "w") as file:
        file.attrs["magic"], file.attrs["version"] = np.uint32(0x0A7A), np.array([0, 1], np.uint32)
        of = file.create_group(f"nodes/{name}")
        of["node_type_id"], of["node_group_id"] = np.array(types, np.uint64), groups.astype(np.uint32)
        of["node_group_index"] = np.array([np.sum(groups[:k] == groups[k]) for k in range(n)], np.uint64)
        if ids is not None:
            of["node_id"] = np.array(ids, np.uint64)
        for group in set(groups.tolist()):
            of.create_group(str(group))
            for key, values in (attributes or {}).get(group, {}).items():
                of[f"{group}/{key}"] = values


def write_edges(path, name, source, target, pairs, types, groups=None, columns=None):
    n = len(pairs)
    groups = np.zeros(n, int) if groups is None else np.asarray(groups)
    with h5py.File(path, "w") as file:
        file.attrs["magic"], file.attrs["version"] = np.uint32(0x0A7A), np.array([0, 1], np.uint32)
        of = file.create_group(f"edges/{name}")
        for key, population, column in ("source_node_id", source, 0), ("target_node_id", target, 1):
            of[key] = np.array(pairs, np.uint64)[:, column]
            of[key].attrs["node_population"] = population
        of["edge_type_id"], of["edge_group_id"] = np.array(types, np.uint32), groups.astype(np.uint16)
        of["edge_group_index"] = np.array([np.sum(groups[:k] == groups[k]) for k in range(n)], np.uint32)
        for group in set(groups.tolist()):
            of.create_group(str(group))
            for key, values in (columns or {}).get(group, {}).items():
                of[f"{group}/{key}"] = values


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2))


ALPHA = {"100": {"I_e": 0.0, "tau_m": 44.9, "C_m": 239.0, "t_ref": 3.0, "E_L": -78.0, "V_th": -43.0, "V_reset": -55.0},
         "101": {"tau_m": 22.2, "C_m": 180.0, "t_ref": 3.0, "E_L": -82.0, "V_th": -35.0, "V_reset": -50.0, "tau_syn_in": 4.0}}


def point_neurons(folder, random):
    """In the form of the example of 300 point neurons: ids out of order, delays in the tables or nowhere, weights beside the
    edges, spikes in the old layout. returns what the solver needs"""
    n_in, n = 12, 16
    types = [101 if k % 4 == 3 else 100 for k in range(n)]  # by id
    V_th = random.uniform(-46, -42, n)
    ids = random.permutation(n)
    (folder / "network").mkdir()
    write_nodes(folder / "network/in_nodes.h5", "internal", [types[i] for i in ids], ids, [0 if i < 8 else 1 for i in ids],
                {0: {"x": np.arange(8.0)}, 1: {"dynamics_params/V_th": [V_th[i] for i in ids if i >= 8]}})
    with h5py.File(folder / "network/in_nodes.h5", "r+") as file:  # an attribute in words, of which the nodes have the numbers
        for group in (0, 1):
            of = file[f"nodes/internal/{group}"]
            of["@library/ei"] = ["e", "i"]
            of["ei"] = np.array([types[i] == 101 for i in ids if (i >= 8) == bool(group)], np.uint8)
    (folder / "network/in_types.csv").write_text(
        "node_type_id model_template model_type dynamics_params model_name\n"
        "100 nest:iaf_psc_alpha point_process 100.json \"Scnn1a of L4\"\n"
        "101 nest:iaf_psc_alpha point_neuron 101.json PV1\n")
    for name, params in ALPHA.items():
        write_json(folder / f"models/cells/{name}.json", params)
    write_json(folder / "models/synapses/static.json", {})
    write_nodes(folder / "network/ext_nodes.h5", "external", [100] * n_in)
    (folder / "network/ext_types.csv").write_text("node_type_id model_type ei\n100 virtual e\n")
    inner = [(i, j) for i in range(n) for j in range(n) if i != j and random.random() < 0.4]
    w_inner = [random.uniform(-300, -200) if types[i] == 101 else random.uniform(60, 90) for i, _ in inner]
    write_edges(folder / "network/in_in_edges.h5", "internal_to_internal", "internal", "internal", inner,
                [103 if types[i] == 101 else 100 for i, _ in inner], columns={0: {"syn_weight": w_inner}})
    (folder / "network/in_in_types.csv").write_text(
        "edge_type_id target_query source_query delay dynamics_params model_template\n"
        "100 * ei=='e' 2.0 static.json static_synapse\n103 * ei=='i' 1.5 static.json nest:static_synapse\n")
    outer = [(i, j) for i in range(n_in) for j in range(n) if random.random() < 0.7]
    write_edges(folder / "network/ext_in_edges.h5", "external_to_internal", "external", "internal", outer, [100] * len(outer),
                columns={0: {"syn_weight": np.full(len(outer), 150.0)}})
    (folder / "network/ext_in_types.csv").write_text(
        "edge_type_id target_query source_query dynamics_params model_template\n100 * * static.json static_synapse\n")
    t = np.sort(random.uniform(0.5, 200, 160))
    gids = random.integers(0, n_in, len(t))
    (folder / "inputs").mkdir()
    with h5py.File(folder / "inputs/external.h5", "w") as file:
        file["spikes/gids"], file["spikes/timestamps"] = gids.astype(np.uint64), t
        file["spikes"].attrs["sorting"] = "by_time"
    write_json(folder / "circuit_config.json", {
        "manifest": {"$NETWORK_DIR": "./network", "$COMPONENT_DIR": "${configdir}/models"},
        "components": {"point_neuron_models_dir": "$COMPONENT_DIR/cells", "synaptic_models_dir": "$COMPONENT_DIR/synapses"},
        "networks": {"nodes": [{"nodes_file": "$NETWORK_DIR/in_nodes.h5", "node_types_file": "$NETWORK_DIR/in_types.csv"},
                               {"nodes_file": "$NETWORK_DIR/ext_nodes.h5", "node_types_file": "$NETWORK_DIR/ext_types.csv"}],
                     "edges": [{"edges_file": "$NETWORK_DIR/in_in_edges.h5", "edge_types_file": "$NETWORK_DIR/in_in_types.csv",
                                "enabled": True},
                               {"edges_file": "$NETWORK_DIR/ext_in_edges.h5", "edge_types_file": "$NETWORK_DIR/ext_in_types.csv"}]},
        "target_simulator": "NEST"})
    write_json(folder / "node_sets.json", {"external": {"population": "external"}, "inhibitory": {"ei": ["i"]},
                                           "some": {"population": "internal", "node_id": [0, 3, 9]},
                                           "clamped": ["some", "inhibitory"]})
    write_json(folder / "simulation_config.json", {
        "manifest": {"$BASE_DIR": ".", "$INPUT_DIR": "$BASE_DIR/inputs"},
        "run": {"tstop": 200.0, "dt": 0.1, "nsteps_block": 5000}, "network": "$BASE_DIR/circuit_config.json",
        "conditions": {"celsius": 34.0, "v_init": -80}, "node_sets_file": "$BASE_DIR/node_sets.json",
        "inputs": {"trains": {"input_type": "spikes", "module": "h5", "input_file": "$INPUT_DIR/external.h5",
                              "node_set": "external"},
                   "step": {"input_type": "current_clamp", "module": "IClamp", "node_set": "clamped", "amp": 190.0,
                            "delay": 40.0, "duration": 100.0},
                   "more": {"input_type": "current_clamp", "module": "IClamp", "node_set": "some", "amp": [50.0, -20.0],
                            "delay": [60.0, 150.0], "duration": [20.0, 10.0]}},
        "output": {"output_dir": "output", "spikes_file": "spikes.h5"},
        "reports": {"membrane_potential": {"cells": "some", "variable_name": "V_m", "module": "membrane_report", "dt": 0.5}}})
    params = [{**ALPHA[str(types[i])], **({"V_th": V_th[i]} if i >= 8 else {}), "V_m": -80.0} for i in range(n)]
    pulses = [[(40.0, 140.0, 190.0)] * (i in (0, 3, 9) or types[i] == 101) +
              [(60.0, 80.0, 50.0), (150.0, 160.0, -20.0)] * (i in (0, 3, 9)) for i in range(n)]
    synapses = [(("internal", i), ("internal", j), w, 1.5 if types[i] == 101 else 2.0) for (i, j), w in zip(inner, w_inner)]
    synapses += [(("external", i), ("internal", j), 150.0, 1.0) for i, j in outer]
    cells = {("internal", i): ("iaf_psc_alpha", params[i], pulses[i]) for i in range(n)}
    return cells, synapses, {("external", i): t[gids == i] for i in range(n_in)}, 200.0


def two_kinds(folder, random):
    """Two kinds of neurons, edges in two groups, weights and numbers of synapses in the table, spikes in the new layout, one
    file that names the two others."""
    (folder / "n").mkdir()
    write_nodes(folder / "n/exp.h5", "exp", [7, 7, 8])
    write_nodes(folder / "n/delta.h5", "delta", [9, 9])
    write_nodes(folder / "n/source.h5", "source", [1, 1, 1])
    (folder / "n/types.csv").write_text(
        "node_type_id population model_type model_template dynamics_params\n"
        "7 exp point_neuron nest:iaf_psc_exp NULL\n8 exp point_neuron nest:iaf_psc_exp slow.json\n"
        "9 delta point_neuron nest:iaf_psc_delta NULL\n1 NULL virtual NULL NULL\n")
    write_json(folder / "c/slow.json", {"tau_m": 20.0, "tau_syn_ex": 5.0, "I_e": 20.0})
    first = [(i, j) for i in range(3) for j in range(3)]
    write_edges(folder / "n/first.h5", "first", "source", "exp", first, [5, 6, 5, 6, 5, 5, 6, 5, 5], [0, 0, 1, 1, 0, 1, 0, 1, 1],
                {0: {"syn_weight": [400.0, 300.0, 350.0, 420.0]}, 1: {"delay": [0.7, 0.9, 1.1, 1.3, 1.7]}})
    (folder / "n/first.csv").write_text("edge_type_id syn_weight delay nsyns weight_function\n"
                                        "5 150.0 2.5 2 wmax\n6 -100.0 3.5 1 NULL\n")
    second = [(0, 0), (1, 0), (2, 1), (0, 1)]
    write_edges(folder / "n/second.h5", "second", "exp", "delta", second, [1] * 4)
    (folder / "n/second.csv").write_text("edge_type_id syn_weight delay\n1 16 4\n")
    trains = {("source", i): np.sort(random.uniform(1, 100, 60)) for i in range(3)}
    with h5py.File(folder / "spikes.h5", "w") as file:
        for (_, i), t in trains.items():
            assert i in (0, 1, 2)
        file["spikes/source/timestamps"] = np.concatenate([trains["source", i] for i in (2, 0, 1)])
        file["spikes/source/node_ids"] = np.repeat(np.array([2, 0, 1], np.uint64), 60)
        file["spikes/other/timestamps"], file["spikes/other/node_ids"] = np.ones(1), np.zeros(1, np.uint64)
    nodes = [{"nodes_file": f"n/{name}.h5", "node_types_file": "n/types.csv"} for name in ("exp", "delta", "source")]
    write_json(folder / "c/circuit.json", {"manifest": {"$DIR": ".."}, "components": {"point_neuron_models_dir": "."},
                                           "networks": {"nodes": [{key: f"$DIR/{path}" for key, path in one.items()} for one in nodes],
                                                        "edges": [{"edges_file": f"$DIR/n/{name}.h5",
                                                                   "edge_types_file": f"$DIR/n/{name}.csv"}
                                                                  for name in ("first", "second")]}})
    write_json(folder / "simulation.json", {
        "run": {"tstop": 100.0, "dt": 0.1, "random_seed": 5},
        "inputs": {"in": {"input_type": "spikes", "module": "sonata", "input_file": "spikes.h5", "node_set": "source"}},
        "reports": {"V": {"module": "multimeter_report", "cells": "all", "variable_name": ["v"], "start_time": 10, "end_time": 50}}})
    write_json(folder / "simulation_config.json", {"network": "c/circuit.json", "simulation": "simulation.json"})
    weight = {0: 800.0, 1: 300.0, 4: 700.0, 6: 420.0}  # of group 0: the edge's own, twice where type 5 says so
    delay = {2: 0.7, 3: 0.9, 5: 1.1, 7: 1.3, 8: 1.7}
    types = [5, 6, 5, 6, 5, 5, 6, 5, 5]
    synapses = [(("source", i), ("exp", j), weight.get(k, 300.0 if types[k] == 5 else -100.0),
                 delay.get(k, 2.5 if types[k] == 5 else 3.5)) for k, (i, j) in enumerate(first)]
    synapses += [(("exp", i), ("delta", j), 16.0, 4.0) for i, j in second]
    cells = {("exp", i): ("iaf_psc_exp", {"tau_m": 20.0, "tau_syn_ex": 5.0, "I_e": 20.0} if i == 2 else {}, []) for i in range(3)}
    cells |= {("delta", i): ("iaf_psc_delta", {}, []) for i in range(2)}
    return cells, synapses, trains, 100.0


# ---- the solver: matrix exponentials of the whole state, a grid of steps that arrivals divide, bisection of the last step

def exponential(A):
    n = max(0, int(np.ceil(np.log2(max(np.abs(A).sum(axis=1).max(), 1e-9)))) + 4)
    A, term, result = A / 2.0**n, np.eye(len(A)), np.eye(len(A))
    for k in range(1, 14):
        term = term @ A / k
        result = result + term
    for _ in range(n):
        result = result @ result
    return result


class Cell:
    """State (V, I and what makes I, of either sign, 1). A spike of an alpha function is e / tau of what makes I; of an
    exponential, of I itself; without currents, of V."""
    GRID = 0.02

    def __init__(self, kind, params, pulses):
        p = {"E_L": -70.0, "V_th": -55.0, "V_reset": -70.0, "tau_m": 10.0, "C_m": 250.0, "t_ref": 2.0, "tau_syn_ex": 2.0,
             "tau_syn_in": 2.0, "I_e": 0.0, **params}
        self.kind, self.p, self.pulses = kind, p, pulses
        self.state, self.t, self.free, self.spikes = np.array([p.get("V_m", p["E_L"]), 0, 0, 0, 0, 1.0]), 0.0, 0.0, []
        self.steps = {}

    def matrix(self, is_free, current):
        p, A = self.p, np.zeros((6, 6))
        if is_free:
            A[0] = [-1 / p["tau_m"], 1 / p["C_m"], 0, 1 / p["C_m"], 0, p["E_L"] / p["tau_m"] + (p["I_e"] + current) / p["C_m"]]
        for I, tau in (1, p["tau_syn_ex"]), (3, p["tau_syn_in"]):
            A[I, I] = A[I + 1, I + 1] = -1 / tau
            A[I, I + 1] = 1
        return A

    def step(self, to, current):
        key = (to - self.t, self.t >= self.free, current)
        if key not in self.steps:
            if len(self.steps) > 2000:
                self.steps.clear()
            self.steps[key] = exponential(self.matrix(*key[1:]) * key[0])
        return self.steps[key] @ self.state

    def arrive(self, weight):
        p, I, tau = (self.p, 1, self.p["tau_syn_ex"]) if weight > 0 else (self.p, 3, self.p["tau_syn_in"])
        if self.kind == "iaf_psc_alpha":
            self.state[I + 1] += weight * np.e / tau
        elif self.kind == "iaf_psc_exp":
            self.state[I] += weight
        elif self.t >= self.free:
            self.state[0] += weight
            if self.state[0] >= p["V_th"]:
                self.fire(self.t)

    def fire(self, t):
        self.spikes.append(t)
        self.state[0], self.free = self.p["V_reset"], t + self.p["t_ref"]

    def live(self, arrivals, end):
        """To `end`, with what arrives before."""
        arrivals = sorted(arrivals)
        changes = [t for pulse in self.pulses for t in pulse[:2]]
        while True:
            while arrivals and arrivals[0][0] <= self.t:
                self.arrive(arrivals.pop(0)[1])
            if self.t >= end:
                return
            to = min([self.t + self.GRID, end] + [t for t, _ in arrivals[:1]] + [t for t in changes + [self.free] if t > self.t])
            current = sum(amp for a, b, amp in self.pulses if a <= self.t < b)
            after = self.step(to, current)
            if self.t >= self.free and after[0] >= self.p["V_th"]:
                low, high = 0.0, to - self.t
                for _ in range(60):
                    middle = 0.5 * (low + high)
                    V = (exponential(self.matrix(True, current) * middle) @ self.state)[0]
                    low, high = (low, middle) if V >= self.p["V_th"] else (middle, high)
                self.state = exponential(self.matrix(True, current) * high) @ self.state
                self.t += high
                self.fire(self.t)
            else:
                self.state, self.t = after, to


def solve(cells, synapses, trains, duration):
    """Spikes of each cell. Windows as long as the least delay: what arrives in one was fired before it."""
    all = {name: Cell(*of) for name, of in cells.items()}
    arrivals = {name: [] for name in cells}
    for source, target, weight, delay in synapses:
        arrivals[target] += [(t + delay, weight) for t in trains.get(source, [])]
    window = min(delay for _, _, _, delay in synapses)
    for k in range(int(np.ceil(duration / window))):
        begin, end = k * window, min((k + 1) * window, duration)
        before = {name: len(cell.spikes) for name, cell in all.items()}
        for name, cell in all.items():
            cell.live([one for one in arrivals[name] if begin <= one[0] < end], end)
        for source, target, weight, delay in synapses:
            if source in all:
                arrivals[target] += [(t + delay, weight) for t in all[source].spikes[before[source]:]]
    return {name: np.array(cell.spikes) for name, cell in all.items()}


# ---- the program

def run(striate, *words, code=0, folder):
    done = subprocess.run([striate, *map(str, words)], cwd=folder, capture_output=True, text=True)
    assert done.returncode == code, f"{words}: {done.returncode}, not {code}\n{done.stdout}{done.stderr}"
    return done


def spikes_of(path):
    with h5py.File(path) as file:
        return {(name, int(i)): of["timestamps"][:][of["node_ids"][:] == i]
                for name, of in file["spikes"].items() for i in np.unique(of["node_ids"][:])}


def check_against_solver(striate, folder, make, at_least):
    cells, synapses, trains, duration = make(folder, np.random.default_rng(3))
    run(striate, "run", "--sonata", folder / "simulation_config.json", "-o", "out.h5", "--quiet", folder=folder)
    expected, found = solve(cells, synapses, trains, duration), spikes_of(folder / "out.h5")
    assert {population for population, _ in found} <= {population for population, _ in cells}  # those of files are not repeated
    n, worst = 0, 0.0
    for name, t in expected.items():
        mine = found.get(name, np.empty(0))
        assert len(mine) == len(t), f"{name}: {len(mine)} spikes, the solver {len(t)}"
        n, worst = n + len(t), max([worst, *np.abs(mine - t)])
    print(f"{make.__name__}: {n} spikes of {len(cells)} cells, at most {worst:.1e} ms from the solver's")
    assert n >= at_least and worst < 1e-8  # rounding, grown through a circuit
    assert all(any(len(t) for (p, _), t in expected.items() if p == name) for name in {p for p, _ in cells})


def check_records(folder):
    with h5py.File(folder / "out.h5") as file:
        report = file["report/membrane_potential"]
        assert report["mapping/node_ids"][:].tolist() == [0, 3, 9] and report["data"].shape == (400, 3)
        assert np.all(report["data"][0] == -80.0)  # conditions.v_init
        inputs = [Path(path.decode()).name for path in file["provenance/inputs/path"][:]]
        assert {"in_nodes.h5", "in_types.csv", "100.json", "in_in_edges.h5", "in_in_types.csv", "external.h5"} <= set(inputs)


def check_words(striate, folder):
    """The circuit is a config: what validate prints runs to the same spikes; keys are set as in any."""
    words = run(striate, "validate", "--sonata", folder / "simulation_config.json", folder=folder).stdout
    (folder / "words.yaml").write_text(words)
    run(striate, "run", "words.yaml", "-o", "words.h5", "--quiet", folder=folder)
    first, second = spikes_of(folder / "out.h5"), spikes_of(folder / "words.h5")
    assert first.keys() == second.keys() and all(np.array_equal(first[k], second[k]) for k in first)
    told = run(striate, "run", "--sonata", folder / "circuit_config.json", code=2, folder=folder).stderr
    assert "duration" in told  # a circuit alone does not say for how long
    run(striate, "run", "--sonata", folder / "circuit_config.json", "--set", "duration=10 ms", "--quiet", folder=folder)
    assert (folder / "circuit_config.h5").exists()


def check_problems(striate, folder):
    """All that cannot be mapped is named at once, with file and key."""
    point_neurons(folder, np.random.default_rng(3))
    simulation = json.loads((folder / "simulation_config.json").read_text())
    simulation["run"]["tstart"] = 5.0
    simulation["inputs"]["trains"]["node_set"] = "nowhere"
    simulation["inputs"]["noise"] = {"input_type": "extracellular", "module": "xstim"}
    simulation["reports"]["membrane_potential"]["module"] = "extracellular"
    simulation["output"]["log_file"] = "$NOBODY/log.txt"
    write_json(folder / "simulation_config.json", simulation)
    write_json(folder / "models/cells/101.json", {"V_min": -90.0, "tau_m": "slow"})
    write_json(folder / "models/synapses/static.json", {"tau_rec": 800.0})
    types = folder / "network/in_in_types.csv"
    types.write_text(types.read_text().replace("nest:static_synapse", "tsodyks_synapse"))
    done = run(striate, "run", "--sonata", "simulation_config.json", "-o", "out.h5", code=2, folder=folder)
    lines = done.stderr.splitlines()
    assert lines[0].startswith("striate: simulation_config.json: ") and not list(folder.glob("*out.h5*"))
    for expected in ("simulation_config.json: run.tstart: must be 0", "inputs.trains.node_set: must be a node set of",
                     "inputs.noise.input_type: must be spikes or current_clamp, got \"extracellular\"",
                     "reports.membrane_potential.module: must be membrane_report", "output.log_file: \"$NOBODY/log.txt\" names $NOBODY",
                     "101.json: V_min: is no parameter of iaf_psc_alpha here", "101.json: tau_m: must be a number",
                     "static.json: tau_rec: is no parameter", "in_in_types.csv:3: model_template: must be static_synapse"):
        assert sum(expected in line for line in lines) == 1, f"{expected}\n{done.stderr}"
    assert f"{len(lines) - 1} things of this circuit" in lines[0]


def glif(folder):
    """Two populations of GLIF neurons, in words of NEST and of the Cell Types Database."""
    (folder / "n").mkdir()
    write_nodes(folder / "n/nodes.h5", "nest", [1, 2, 2])
    write_nodes(folder / "n/base.h5", "base", [3])
    (folder / "n/types.csv").write_text("node_type_id model_type model_template dynamics_params\n"
                                        "1 point_neuron nest:glif_psc five.json\n2 point_neuron nest:glif_psc three.json\n"
                                        "3 point_neuron nest:glif_lif_r_asc_a_psc base.json\n")
    common = {"E_L": -77.0, "tau_syn": [5.5, 8.5, 2.8, 5.8], "V_dynamics_method": "linear_exact"}
    write_json(folder / "five.json", {**common, "spike_dependent_threshold": True, "after_spike_currents": True,
                                      "adapting_threshold": True, "voltage_reset_add": 15.0, "voltage_reset_fraction": 0.3,
                                      "asc_amps": [-9.0, -190.0], "asc_decay": [0.002, 0.05], "asc_init": [1.0, 2.0]})
    write_json(folder / "three.json", {**common, "V_reset": -70.0, "V_m": -75.0, "after_spike_currents": True, "th_spike_add": 9.0})
    write_json(folder / "base.json", {
        "type": "GLIF", "El_reference": -0.07, "El": 0.001, "C": 8e-11, "R_input": 2.5e8, "th_inf": 0.02, "spike_cut_length": 80,
        "dt": 5e-05, "init_AScurrents": [0.0, 1e-12], "asc_amp_array": [-7e-11, -4e-10], "asc_tau_array": [0.04, 0.004],
        "coeffs": {"G": 1.2, "C": 0.5, "th_inf": 0.8, "asc_amp_array": [1.0, 0.5], "a": 2.0, "b": 0.5},
        "threshold_dynamics_method": {"params": {"a_spike": 0.002, "b_spike": 100.0, "a_voltage": 9.0, "b_voltage": 30.0}},
        "voltage_reset_method": {"params": {"a": 0.4, "b": 0.004}}})
    for receptor in (1, 2, 3, 4):
        write_json(folder / f"port{receptor}.json", {"receptor_type": receptor})
    pairs = [(0, 1), (0, 2), (1, 0), (2, 1)]
    write_edges(folder / "n/edges.h5", "edges", "nest", "nest", pairs, [3, 3, 1, 4])
    (folder / "n/edge_types.csv").write_text("edge_type_id syn_weight delay dynamics_params\n3 10 1 port3.json\n1 20 1 port1.json\n"
                                             "4 -30 1 port4.json\n2 5 1 port2.json\n")
    write_json(folder / "circuit.json", {
        "components": {"point_neuron_models_dir": ".", "synaptic_models_dir": "."},
        "networks": {"nodes": [{"nodes_file": f"n/{name}.h5", "node_types_file": "n/types.csv"} for name in ("nodes", "base")],
                     "edges": [{"edges_file": "n/edges.h5", "edge_types_file": "n/edge_types.csv"}]}})


def check_glif(striate, folder):
    glif(folder)
    words = yaml.safe_load(run(striate, "validate", "--sonata", "circuit.json", "--set", "duration=1 ms", folder=folder).stdout)

    def number(population, key, node=0):
        value = words["populations"][population]["glif_psc"][key]
        return float(str(value[node] if isinstance(value, list) else value).split()[0])
    expected = {("nest", 0): {"V_reset": -62, "reset_fraction": 0.3, "asc_amp_2": -190, "asc_decay_1": 0.002, "asc_init_2": 2,
                              "th_spike_add": 0.37, "th_voltage_index": 0.005, "tau_syn_ex": 5.5, "tau_syn_in": 5.5, "V_init": -77},
                ("nest", 1): {"V_reset": -70, "reset_fraction": 0, "asc_amp_1": -9.18, "th_spike_add": 0, "th_voltage_index": 0,
                              "tau_syn_ex": 2.8, "tau_syn_in": 5.8, "V_init": -75},
                ("base", 0): {"E_L": -69, "V_th": -54, "V_reset": -65, "g": 4.8, "C_m": 40, "t_ref": 4, "reset_fraction": 0.4,
                              "th_spike_add": 2, "th_spike_decay": 0.1, "th_voltage_index": 0.018, "th_voltage_decay": 0.015,
                              "asc_amp_1": -70, "asc_amp_2": -200, "asc_decay_1": 0.025, "asc_init_2": 1, "tau_syn_ex": 5.5}}
    for (population, node), keys in expected.items():
        for key, value in keys.items():
            assert abs(number(population, key, node) - value) < 1e-9, (population, node, key, number(population, key, node))
    run(striate, "run", "--sonata", "circuit.json", "--set", "duration=20 ms", "--quiet", folder=folder)
    types = folder / "n/edge_types.csv"
    types.write_text(types.read_text().replace("3 10 1 port3", "3 -10 1 port3"))
    told = run(striate, "validate", "--sonata", "circuit.json", "--set", "duration=1 ms", code=2, folder=folder).stderr
    assert "synapses of one sign must reach one receptor of a neuron" in told, told
    base = folder / "base.json"
    base.write_text(base.read_text().replace('"R_input"', '"R"'))
    told = run(striate, "validate", "--sonata", "circuit.json", code=2, folder=folder).stderr
    assert "base.json: must be a neuron of the Cell Types Database" in told and "R_input" in told, told


def check_damage(striate, folder):
    """Files that are not what they should be: one error, the code of files or of configs."""
    point_neurons(folder, np.random.default_rng(3))
    config = folder / "simulation_config.json"

    def told(code):
        return run(striate, "run", "--sonata", config, "-o", "out.h5", code=code, folder=folder).stderr
    good = config.read_text()
    config.write_text(good.replace('"run": {', '"run": {,', 1))
    line = 1 + good[:good.index('"run"')].count("\n")
    assert f"simulation_config.json:{line}: must be JSON" in told(2)
    config.write_text("[" * 100000 + "]" * 100000)
    assert "at most 32 deep" in told(2)
    config.write_text("[1, 2]")
    assert "must be a block of keys" in told(2)
    config.write_text("{}")
    assert "is this a circuit of SONATA?" in told(2)
    config.write_text(good)
    for name, old, new, code, expected in (
            ("network/in_types.csv", "\n101 ", "\n101 surplus ", 3, "in_types.csv:3: must have 5 entries"),
            ("network/in_types.csv", "\n101 ", "\n100 ", 3, "in_types.csv:3: node_type_id: 100 stands twice"),
            ("network/in_types.csv", "node_type_id", "type", 3, "in_types.csv:1: must name a column \"node_type_id\""),
            ("network/in_types.csv", "\n101 ", "\n77 ", 3, "in_types.csv: must have a row for type 101"),
            ("network/in_types.csv", "\"Scnn1a of L4\"", "\"Scnn1a of L4", 3, "in_types.csv:2: a quote is not closed"),
            ("network/in_types.csv", "nest:iaf_psc_alpha point_neuron", "nest:iaf_psc_exp point_neuron", 2,
             "in_nodes.h5: /nodes/internal/model_template: must be the same for all nodes"),
            ("network/in_types.csv", "nest:iaf_psc_alpha", "nest:unheard_of", 2, "must be one of nest:aeif_cond_exp"),
            ("network/in_in_types.csv", "2.0", "soon", 3, "in_in_types.csv:2: delay: must be a number, is \"soon\""),
            ("circuit_config.json", "ext_in_edges.h5", "absent.h5", 3, "absent.h5"),
            ("node_sets.json", '"inhibitory"\n', '"clamped"\n', 2, "\"clamped\" is a union of itself")):
        path = folder / name
        before = path.read_text()
        assert old in before, (name, old)
        path.write_text(before.replace(old, new))
        found = told(code)
        assert expected in found, f"{name}: {expected}\n{found}"
        path.write_text(before)
    with h5py.File(folder / "network/in_nodes.h5", "r+") as file:
        file["nodes/internal/node_id"][0] = 99
    assert "/nodes/internal/node_id: must be 0 to 15, each once" in told(2)
    assert not list(folder.glob("*out.h5*"))


# ---- circuits that were run here, written and read back

WRITTEN = """
seed: 7
duration: 120 ms
populations:
  noise: {kind: poisson, size: 20, poisson: {rate: 300 Hz}}
  listed: {kind: spike_list, size: 2, spike_list: {times: [5 ms, 40 ms], neurons: [0, 1]}}
  cells:
    kind: iaf_psc_exp
    size: 6
    iaf_psc_exp: {V_th: [-55 mV, -54 mV, -53 mV, -52 mV, -51 mV, -50 mV], C_m: {lognormal: {mean: 250 pF, std: 20 pF}}}
  others: {kind: adex, size: 3, adex: {I_e: 300 pA}}
  after: {kind: lif_delta, size: 4, lif_delta: {V_init: -60 mV}}
projections:
  up:
    from: noise
    to: cells
    connect: {kind: fixed_probability, fixed_probability: {p: 0.6}}
    weight: 60 pA
    weight_std: 20 pA
    delay: 1.5 ms
    delay_std: 0.4 ms
  on: {from: cells, to: after, weight: 3 mV, delay: 0.7 ms}
  back: {from: after, to: cells, weight: -20 pA, delay: 2 ms}
  heard: {from: listed, to: others, weight: 20 nS, delay: 1 ms}
currents:
  step: {to: cells, neurons: [1, 3, 4], times: [10.1 ms, 50.3 ms, 90 ms], amplitudes: [400 pA, 0 pA, 250 pA]}
  all: {to: after, times: [0.3 ms], amplitudes: [330 pA]}
record: {spikes: [noise, listed, cells, others, after]}
"""


def check_written(striate, folder):
    """What is written and read back has the same spikes, to the bit."""
    config, run, again = folder / "made.yaml", folder / "made.h5", folder / "again.h5"
    config.write_text(WRITTEN)
    for arguments in (("run", config, "-o", run), ("export", run, "--sonata", folder / "circuit"),
                      ("run", "--sonata", folder / "circuit/simulation_config.json", "-o", again)):
        done = subprocess.run([striate, *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (arguments, done.stderr)
    n = 0
    with h5py.File(run) as first, h5py.File(again) as second:
        for population in "cells", "others", "after":
            for name in "timestamps", "node_ids":
                dataset = f"spikes/{population}/{name}"
                assert np.array_equal(first[dataset][:], second[dataset][:]), dataset
            n += len(first[f"spikes/{population}/node_ids"])
    assert n > 50, n
    with h5py.File(folder / "circuit/cells_nodes.h5") as file:
        of = file["nodes/cells"]
        assert list(of["node_type_id"]) == [100] * 6 and list(of["node_group_index"]) == list(range(6))
        assert list(of["0/dynamics_params/V_th"]) == [-55, -54, -53, -52, -51, -50]
    with h5py.File(folder / "circuit/on_edges.h5") as file:
        of = file["edges/on"]
        assert of["source_node_id"].attrs["node_population"] == "cells"
        assert len(of["target_node_id"]) == 24 and set(of["0/syn_weight"]) == {3.0} and set(of["0/delay"]) == {0.7}
    config_of = json.loads((folder / "circuit/circuit_config.json").read_text())
    assert config_of["networks"]["nodes"][0] == {"nodes_file": "./noise_nodes.h5", "node_types_file": "./noise_node_types.csv"}
    print(f"written and read back: {n} spikes, all the same")


def check_not_written(striate, folder):
    plastic = """
duration: 10 ms
populations: {a: {kind: poisson, size: 2, poisson: {rate: 9 Hz}}, b: {kind: spike_by_spike, size: 2}, c: {kind: lif_delta, size: 2}}
projections: {p: {from: a, to: c, weight: 1 mV, delay: 1 ms, plasticity: {kind: stdp_pair, w_max: 2 mV}}}
record: {spikes: [c]}
"""
    sheet = "stimulus: {kind: dead_leaves}\npopulations: {v1: {kind: slca, sheet: {rows: 3, cols: 3}}}\n" \
            "frame: {height: 6 px, width: 6 px}\nlearning: {batches: 0, held_out: 2}"
    for name, text, words in (("plastic", plastic, ("populations.a: its spikes must be in the run",
                                                    "populations.b: kind spike_by_spike has no words",
                                                    "projections.p: its synapses are plastic")),
                              ("sheet", sheet, ("shows frames", "populations.v1: kind slca has no words"))):
        (folder / f"{name}.yaml").write_text(text)
        subprocess.run([striate, "run", folder / f"{name}.yaml", "-o", folder / f"{name}.h5"], capture_output=True, check=True)
        done = subprocess.run([striate, "export", folder / f"{name}.h5", "--sonata", folder / "none"],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 2 and all(word in done.stderr for word in words), done.stderr
    done = subprocess.run([striate, "export", folder / "sheet.h5", "--sonata", folder], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 3 and "must be a new folder" in done.stderr, done.stderr
    assert not list(folder.glob("none*"))


def main():
    striate = Path(sys.argv[1]).resolve()
    for check in (check_problems, check_damage, check_glif, check_written, check_not_written):
        with tempfile.TemporaryDirectory() as folder:
            check(striate, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        check_against_solver(striate, Path(folder), point_neurons, 100)
        check_records(Path(folder))
        check_words(striate, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        check_against_solver(striate, Path(folder), two_kinds, 20)


if __name__ == "__main__":
    main()
