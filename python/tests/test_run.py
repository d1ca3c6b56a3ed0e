"""Runs and their files."""
import json

import numpy as np
import pytest

NOT_THE_SAME = ("/provenance/",)  # says when, where and from what file


def test_the_file_has_the_bits_of_the_command(striate, tiny, circuit, command, tmp_path):
    for name, config in {"tiny": tiny, "circuit": circuit}.items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(json.dumps(config))
        command("run", path, "-o", tmp_path / f"{name}.command.h5", "--set", "seed=11", "--quiet")
        ours = striate.run(config, seed=11, threads=1, progress=False)
        theirs = striate.load(tmp_path / f"{name}.command.h5")
        names = [one for one in theirs.datasets() if not one.startswith(NOT_THE_SAME)]
        assert len(names) > 5 and names == [one for one in ours.datasets() if not one.startswith(NOT_THE_SAME)]
        for one in names:
            a, b = ours.read(one), theirs.read(one)
            assert a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes(), one


def test_shapes_units_and_types(trained):
    assert trained.fields().shape == (8, 8, 12, 12) and trained.fields("v1").dtype == np.float32
    assert trained.thresholds().shape == (64,)
    t, neuron = trained.spikes()
    assert t.dtype == np.float64 and neuron.dtype == np.uint64 and len(t) == len(neuron) > 0 and neuron.max() < 64
    assert trained.codes().shape == (3, 64) and (trained.codes() > 0).any()
    assert trained.populations == {"v1": {"kind": "slca", "size": 64}}
    assert "lambda: 0.1" in trained.config
    assert trained.summary["populations"]["v1"]["held_out_energy"] > 0


def test_a_circuit_has_spikes_and_potentials(striate, circuit):
    with striate.run(circuit, progress=False) as run:
        t, neuron = run.spikes("cells")
        assert len(t) > 100 and (np.diff(t) >= 0).all() and t.max() < 200
        times, ids, V = run.potentials("V")
        assert V.shape == (200, 40) == (len(times), len(ids)) and times[1] == 1.0
        assert np.array_equal(run.potentials("cells")[2], V) and np.array_equal(run.potentials()[2], V)


def test_a_run_without_output_takes_its_file_with_it(striate, circuit):
    import os
    run = striate.run(circuit, progress=False)
    assert os.path.exists(run.path)
    run.close()
    assert not os.path.exists(run.path)
    with pytest.raises(striate.Error, match="closed"):
        run.spikes("cells")


def test_progress_is_said_on_standard_error(striate, circuit, capfd):
    striate.run(circuit, progress=True).close()
    assert "200 of 200 ms" in capfd.readouterr().err
    striate.run(circuit, progress=False).close()
    assert capfd.readouterr() == ("", "")


def test_on_batch_sees_arrays_and_may_stop(striate, tiny, tmp_path):
    seen = []

    def look(batch):
        seen.append((batch.done, batch.fields("v1"), batch.measures["v1"]["energy"]))
        return batch.done < 2

    output = tmp_path / "stopped.h5"
    with pytest.raises(striate.Interrupted, match="resume=True"):
        striate.run(tiny, output, on_batch=look, progress=False)
    assert [done for done, _, _ in seen] == [1, 2] and not np.array_equal(seen[0][1], seen[1][1])
    assert not output.exists()
    resumed = striate.run(tiny, output, resume=True, progress=False)
    whole = striate.run(tiny, progress=False)
    assert np.array_equal(resumed.fields(), whole.fields())


def test_what_a_callback_raises_is_raised(striate, tiny):
    with pytest.raises(KeyError, match="mine"):
        striate.run(tiny, on_batch=lambda batch: {}["mine"], progress=False)
    with pytest.raises(striate.Error, match="callback cannot call"):
        striate.run(tiny, on_batch=lambda batch: striate.run(tiny), progress=False)
    striate.run(tiny, progress=False).close()  # and the next one works


def test_pictures(trained):
    pytest.importorskip("matplotlib").use("agg")
    image = trained.plot.fields(rows=2, cols=3).get_images()[0].get_array()
    assert image.shape == (2 * 13 - 1, 3 * 13 - 1)
    assert abs(float(np.abs(image).max()) - 1.0) < 1e-6
    assert len(trained.plot.spikes().lines[0].get_xdata()) == len(trained.spikes()[0])
    assert len(trained.plot.energy().lines[0].get_ydata()) == 5
