#!/usr/bin/env python3
"""Events a second of a balanced network, here and in Brian2 (C++ standalone, one thread), in turns.

    /usr/bin/python3 bench/brian2_brunel.py build/release/apps/striate [--rounds 3]

The network is that of configs/brunel.yaml: the same neurons, weights, delays and Poisson input, wired by other random
numbers. An event is a spike, of a Poisson source too, or one that arrives at a synapse. Brian2 has a clock of 0.1 ms;
spikes here are at their exact times. Needs the Debian package python3-brian.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import brian2 as b2
import numpy as np

CONFIG = pathlib.Path(__file__).resolve().parent.parent / "configs" / "brunel.yaml"
N_E, N_I, K_E, K_I, DELAY, DURATION = 800, 200, 80, 20, 1.5 * b2.ms, 1.0 * b2.second


class Brian:
    """Compiled once, run again and again."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="brian2-brunel-")
        b2.set_device("cpp_standalone", directory=self.folder, build_on_run=False)
        b2.defaultclock.dt = 0.1 * b2.ms
        n = N_E + N_I
        neurons = b2.NeuronGroup(n, "dv/dt = -v / (20*ms) : 1 (unless refractory)", threshold="v >= 20", reset="v = 10",
                                 refractory=2 * b2.ms, method="exact")
        neurons.v = 10
        noise = b2.PoissonGroup(n, rates=5.5 * b2.kHz)
        chance = np.random.default_rng(1)
        objects = [neurons, noise]
        self.outdegree = {}
        for name, first, size, indegree, weight in (("e", 0, N_E, K_E, 0.2), ("i", N_E, N_I, K_I, -1.2)):
            source = np.concatenate([first + chance.choice(size, indegree) for _ in range(n)])
            synapses = b2.Synapses(neurons, neurons, on_pre=f"v_post += {weight}", delay=DELAY)
            synapses.connect(i=source, j=np.repeat(np.arange(n), indegree))
            self.outdegree[name] = np.bincount(source, minlength=n)
            objects.append(synapses)
        own = b2.Synapses(noise, neurons, on_pre="v_post += 0.2", delay=DELAY)
        own.connect(j="i")
        self.spikes, self.drawn = b2.SpikeMonitor(neurons), b2.SpikeMonitor(noise, record=False)
        network = b2.Network(*objects, own, self.spikes, self.drawn)
        network.run(DURATION)
        b2.device.build(directory=self.folder, compile=True, run=False)

    def run(self):
        """Seconds, events, mean rate [Hz]."""
        b2.device.run(self.folder, with_output=False, run_args=[])
        who = np.asarray(self.spikes.i)
        arrivals = sum(int(outdegree[who].sum()) for outdegree in self.outdegree.values())
        drawn = int(self.drawn.num_spikes)
        return b2.device._last_run_time, len(who) + arrivals + 2 * drawn, len(who) / (N_E + N_I)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def run_striate(striate, output):
    done = subprocess.run([striate, "run", str(CONFIG), "-o", output, "--force", "--quiet", "--threads", "1", "--json"],
                          check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    spikes = sum(one["spikes"] for name, one in told["populations"].items() if not name.startswith("input"))
    return told["simulation_s"], told["events"], spikes / (N_E + N_I)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("striate")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    brian = Brian()
    best = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(options.rounds):
                for name, run in (("striate", lambda: run_striate(options.striate, os.path.join(folder, "run.h5"))),
                                  (f"Brian2 {b2.__version__}", brian.run)):
                    best[name] = min(best.get(name, (np.inf,)), run())
    finally:
        brian.close()
    print(f"{'':16} {'time [s]':>9} {'events':>10} {'M events/s':>11} {'rate [Hz]':>10}")
    for name, (seconds, events, rate) in best.items():
        print(f"{name:16} {seconds:9.2f} {events:10d} {1e-6 * events / seconds:11.1f} {rate:10.1f}")


if __name__ == "__main__":
    main()
