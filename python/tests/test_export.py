"""Exports: the same files as the command's, and what they refuse."""
import numpy as np
import pytest

h5py = pytest.importorskip("h5py")


def same(one, other, passed_over=()):
    with h5py.File(one) as mine, h5py.File(other) as its:
        names = []
        mine.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        assert len(names) > 3
        for name in set(names) - set(passed_over):
            assert np.asarray(mine[name]).tobytes() == np.asarray(its[name]).tobytes() or mine[name].dtype == object, name


def test_nwb_is_the_commands(trained, command, tmp_path):
    tested = trained.analyze(tmp_path / "tiny.analysis.h5")
    trained.export_nwb(tmp_path / "package.nwb", analysis=tested)
    command("export", trained.path, "--nwb", "--analysis", tmp_path / "tiny.analysis.h5", "-o", tmp_path / "command.nwb")
    same(tmp_path / "package.nwb", tmp_path / "command.nwb", {"file_create_date", "provenance/manifest"})
    trained.export_nwb(tmp_path / "without.nwb")
    with h5py.File(tmp_path / "package.nwb") as with_it, h5py.File(tmp_path / "without.nwb") as without:
        assert set(without["units"]) < set(with_it["units"])


def test_nwb_refuses(striate, trained, tmp_path):
    with pytest.raises(striate.ConfigError):
        trained.export_nwb(tmp_path / "x.nwb", population="v2")
    (tmp_path / "there.nwb").write_text("something")
    with pytest.raises(striate.IoError, match="exists"):
        trained.export_nwb(tmp_path / "there.nwb")
    with pytest.raises(striate.IoError):
        trained.export_nwb(tmp_path / "x.nwb", analysis=tmp_path / "absent.h5")
    assert [path.name for path in tmp_path.iterdir()] == ["there.nwb"]


def test_sonata_comes_back_to_the_same_spikes(striate, circuit, tmp_path):
    circuit["record"] = {"spikes": ["noise", "cells"]}
    with striate.run(circuit, progress=False) as run:
        run.export_sonata(tmp_path / "circuit")
        t, neuron = run.spikes("cells")
        with striate.run(striate.sonata_config(tmp_path / "circuit" / "simulation_config.json"), progress=False) as again:
            t_again, neuron_again = again.spikes("cells")
            assert np.array_equal(t, t_again) and np.array_equal(neuron, neuron_again) and len(t) > 100
        with pytest.raises(striate.IoError, match="must be a new folder"):
            run.export_sonata(tmp_path / "circuit")
