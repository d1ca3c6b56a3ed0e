"""What the tests share: a small network that learns, a small circuit, and the command to hold the package against."""
import os
import subprocess

import pytest

TINY = {
    "seed": 7,
    "frame": {"height": "12 px", "width": "12 px"},
    "stimulus": {"kind": "dead_leaves", "dead_leaves": {"canvases": 2, "size": 48, "r_max": "16 px"}},
    "populations": {"v1": {
        "kind": "slca", "lambda": 0.1, "sheet": {"rows": 8, "cols": 8}, "receptive_field": {"R": "4 px", "span": "6 px"},
        "plasticity": {"kind": "residual_hebbian"}}},
    "presentation": {"T": "50 ms"},
    "learning": {"batches": 5, "batch_size": 10, "held_out": 3},
    "analysis": {"gratings": {"orientations": 8, "frequencies": 3, "phases": 4}, "tests": ["contrast"]},
}
CIRCUIT = {
    "seed": 3,
    "duration": "200 ms",
    "populations": {
        "noise": {"kind": "poisson", "size": 40, "poisson": {"rate": "4 kHz"}},
        "cells": {"kind": "iaf_psc_exp", "size": 40}},
    "projections": {
        "drive": {"from": "noise", "to": "cells", "connect": {"kind": "one_to_one"}, "weight": "120 pA", "delay": "1 ms"},
        "within": {"from": "cells", "to": "cells", "connect": {"kind": "fixed_indegree", "fixed_indegree": {"K": 5}},
                   "weight": "-50 pA", "delay": "1.5 ms"}},
    "record": {"spikes": ["cells"], "state": {"V": {"population": "cells", "variable": "V_m", "every": "1 ms"}}},
}


@pytest.fixture(scope="session")
def striate():
    import striate
    return striate


@pytest.fixture
def tiny():
    return {**TINY}


@pytest.fixture
def circuit():
    return {**CIRCUIT}


@pytest.fixture(scope="session")
def trained(striate, tmp_path_factory):
    with striate.run(TINY, tmp_path_factory.mktemp("trained") / "tiny.h5", progress=False) as run:
        yield run


@pytest.fixture(scope="session")
def command():
    """Runs the program; returns what it printed."""
    program = os.environ.get("STRIATE_PROGRAM")
    if not program:
        pytest.skip("STRIATE_PROGRAM names no program")
    return lambda *arguments: subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout
