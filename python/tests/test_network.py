"""Networks stepped by hand."""
import numpy as np
import pytest


def test_steps_of_any_length_give_the_bits_of_a_run(striate, circuit):
    with striate.run(circuit, progress=False) as run:
        t, neuron = run.spikes("cells")
        V = run.potentials("V")[2]
    net = striate.Network(circuit)
    times, ids, potentials = [], [], []
    for step in range(200):
        potentials.append(net.state("cells", "V_m"))
        net.run(1.0)
        here = net.spikes()["cells"]
        assert (here[0] >= step).all() and (here[0] < step + 1).all()
        times.append(here[0])
        ids.append(here[1])
    assert np.array_equal(np.concatenate(times), t) and np.array_equal(np.concatenate(ids), neuron)
    assert np.array_equal(np.array(potentials, np.float32), V)
    assert net.now == net.duration == 200.0


def test_a_current_steps_when_it_is_told_to(striate):
    cell = {"duration": "100 ms", "populations": {"cells": {"kind": "lif_delta", "size": 3, "lif_delta": {
        "tau_m": "10 ms", "C_m": "250 pF", "E_L": "-70 mV", "V_th": "0 mV", "V_reset": "-70 mV"}}}}
    net = striate.Network(cell)
    assert net.populations == {"cells": 3} and net.variables("cells")["V_m"] == "mV" and net.current_unit("cells") == "pA"
    net.run(20.0)
    assert np.allclose(net.state("cells", "V_m"), -70.0)
    net.set_current("cells", 250.0, [1])
    net.run(10.0)
    V = net.state("cells", "V_m")  # towards I tau_m / C_m = 10 mV above rest
    assert np.allclose(V, [-70.0, -70.0 + 10.0 * (1 - np.exp(-1.0)), -70.0], atol=1e-9)
    net.set_current("cells", [0.0, 0.0, 0.0])
    net.run(10.0)
    assert np.isclose(net.state("cells", "V_m")[1], -70.0 + (V[1] + 70.0) * np.exp(-1.0), atol=1e-9)


def test_what_cannot_be_is_refused(striate, tiny, circuit):
    with pytest.raises(striate.ConfigError, match="duration"):
        striate.Network(tiny)
    net = striate.Network(circuit)
    for wrong in (lambda: net.run(0.0), lambda: net.run(-1.0), lambda: net.run(float("nan")), lambda: net.run(201.0),
                  lambda: net.state("cells", "W"), lambda: net.state("nobody", "V_m"),
                  lambda: net.set_current("nobody", 1.0), lambda: net.set_current("cells", 1.0, [40]),
                  lambda: net.set_current("cells", [1.0, 2.0])):
        with pytest.raises(striate.ConfigError):
            wrong()
    net.run(200.0)
