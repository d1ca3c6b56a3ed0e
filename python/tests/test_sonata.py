"""Circuits of the SONATA format as configs: what tests/sonata.py makes."""
import importlib.util
import pathlib

import numpy as np
import pytest

import striate

pytest.importorskip("h5py")
pytest.importorskip("yaml")
SPEC = importlib.util.spec_from_file_location("sonata", pathlib.Path(__file__).resolve().parents[2] / "tests/sonata.py")
sonata = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sonata)


def test_a_circuit_is_a_config(tmp_path):
    cells, synapses, trains, duration = sonata.two_kinds(tmp_path, np.random.default_rng(3))
    config = striate.sonata_config(tmp_path / "simulation_config.json")
    assert config["duration"] == "100 ms" and config["populations"]["exp"]["kind"] == "iaf_psc_exp"
    expected = sonata.solve(cells, synapses, trains, duration)
    with striate.run(config, progress=False) as run:
        for (population, neuron), times in expected.items():
            t, ids = run.spikes(population)
            assert np.allclose(t[ids == neuron], times, atol=1e-8)
    network = striate.Network(config)
    network.run(50.0)
    assert network.now == 50.0


def test_problems_are_a_config_error(tmp_path):
    sonata.two_kinds(tmp_path, np.random.default_rng(3))
    (tmp_path / "n/types.csv").write_text((tmp_path / "n/types.csv").read_text().replace("nest:iaf_psc_delta", "nrn:IntFire1"))
    with pytest.raises(striate.ConfigError, match="model_template: must be one of nest:"):
        striate.sonata_config(tmp_path / "simulation_config.json")
    with pytest.raises(striate.IoError):
        striate.sonata_config(tmp_path / "absent.json")
