"""What goes wrong, and as what it is raised; Ctrl-C; threads of the caller's."""
import os
import signal
import threading
import time

import numpy as np
import pytest


def test_errors_are_those_of_python_too(striate, tiny, tmp_path):
    with pytest.raises(ValueError, match="populations.v1.lamda") as error:
        striate.run(tiny, set={"populations.v1.lamda": 0.1}, progress=False)
    assert isinstance(error.value, striate.ConfigError) and isinstance(error.value, striate.Error)
    with pytest.raises(OSError, match="nowhere.yaml"):
        striate.run("nowhere.yaml", progress=False)
    with pytest.raises(striate.IoError):
        striate.load(tmp_path / "nowhere.h5")
    one = {"kind": "one_to_one"}
    runaway = {"duration": "100 ms",
               "populations": {"i": {"kind": "spike_list", "size": 1, "spike_list": {"times": ["10 ms"]}},
                               "a": {"kind": "lif_delta", "size": 100, "lif_delta": {"t_ref": "0 ms"}}},
               "projections": {"p": {"from": "i", "to": "a", "weight": "20 mV", "delay": "1 ms"},
                               "s": {"from": "a", "to": "a", "weight": "20 mV", "delay": "1e-20 ms", "connect": one}}}
    with pytest.raises(ArithmeticError, match="runs away") as error:
        striate.run(runaway, progress=False)
    assert isinstance(error.value, striate.NumericsError)


def test_an_output_that_is_there_is_not_replaced(striate, circuit, tmp_path):
    (tmp_path / "there.h5").write_text("mine")
    with pytest.raises(OSError, match="force=True"):
        striate.run(circuit, tmp_path / "there.h5", progress=False)
    assert (tmp_path / "there.h5").read_text() == "mine"
    striate.run(circuit, tmp_path / "there.h5", force=True, progress=False).close()


def test_arguments_are_refused_clearly(striate, tiny):
    for wrong in ({"set": ["seed=1"]}, {"threads": -1}, {"threads": 1.5}, {"resume": True}, {"seed": "one"}):
        with pytest.raises(striate.ConfigError):
            striate.run(tiny, progress=False, **wrong)
    with pytest.raises(striate.ConfigError, match="config"):
        striate.run(3)
    with pytest.raises(striate.ConfigError, match="complex"):
        striate.run({**tiny, "seed": 1j})


def test_ctrl_c_leaves_a_checkpoint(striate, tiny, tmp_path):
    output = tmp_path / "long.h5"
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt, match="interrupted after"):
        striate.run(tiny, output, set={"learning.batches": 1_000_000}, progress=False)
    timer.join()
    assert not output.exists() and (tmp_path / "long.h5.partial").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_threads_of_the_caller_go_on(striate, tiny):
    counted, done = [0], threading.Event()

    def count():
        while not done.is_set():
            counted[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    begin = time.monotonic()
    striate.run(tiny, set={"learning.batches": 60}, progress=False).close()
    took = time.monotonic() - begin
    done.set()
    thread.join()
    assert counted[0] > 50 * took  # of 1000 a second


def test_a_second_thread_waits_for_its_turn(striate, circuit):
    spikes = []

    def run(seed):
        with striate.run(circuit, seed=seed, progress=False) as one:
            spikes.append((seed, one.spikes("cells")[0]))

    threads = [threading.Thread(target=run, args=(seed,)) for seed in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, t in spikes:
        with striate.run(circuit, seed=seed, progress=False) as alone:
            assert np.array_equal(alone.spikes("cells")[0], t)
    assert len(spikes) == 3


def test_help_says_shapes_and_units(striate):
    import pydoc
    text = pydoc.render_doc(striate.Run, renderer=pydoc.plaintext) + pydoc.render_doc(striate, renderer=pydoc.plaintext)
    for words in ("(rows, cols, height, width)", "[ms]", "(n, neurons)", "IoError", "1/2 |x - a dictionary|^2"):
        assert words in text


def test_stubs_have_what_there_is(striate):
    import ast
    import pathlib
    tree = ast.parse((pathlib.Path(striate.__file__).parent / "__init__.pyi").read_text())
    stubs = {node.name: node for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    assert set(stubs) | {"__version__"} >= set(striate.__all__)
    for name in ("Run", "Network", "Analysis"):
        said = {one.name for one in stubs[name].body if isinstance(one, ast.FunctionDef)}
        there = {one for one, value in vars(getattr(striate, name)).items()
                 if not one.startswith("_") and (callable(value) or isinstance(value, property))}
        assert there <= said, name
