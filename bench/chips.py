#!/usr/bin/env python3
"""What a chip costs and loses (docs/chips.md): a trained sheet in steps and integers, beside the exact one, as a table.

    setup/fetch-digits mnist
    striate run configs/mnist_single.yaml -o single.h5
    bench/chips.py STRIATE single.h5

Needs the Debian package python3-h5py. For every chip it runs the config's held-out frames (`striate run`, nothing is
learned) for energies and spikes, and codes frames to learn a logistic regression from (`striate encode`, `decode`).

A synaptic event is a spike that reaches a neuron through a weight which is not 0. Energy: events at 23.6 pJ, and an update of
every neuron in every step at 81 pJ, which is Loihi's figure for an active one (52 pJ if it is not): Davies et al. (2018),
IEEE Micro 38(1):82, table 2, simulated before there was silicon. Input, output and the chip's idle power are not in it.
"""
import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import h5py
import numpy as np

CONFIG = Path(__file__).resolve().parent.parent / "configs/mnist_single.yaml"
BLOCK = "populations.v1.slca."
EVENT, UPDATE = 23.6e-12, 81e-12  # J
UNSETTLED = 1.1  # energy of a frame's code over that without a chip

GRID = [{"weight_bits": bits, "step": step} for bits in (16, 8, 6, 4) for step in ("0.1 ms", "0.5 ms", "1 ms", "2 ms")]
OTHERS = [{"spikes": "graded"}, {"reset": "zero"}, {"reset": "zero", "step": "0.1 ms"},
          {"state_bits": 32, "step": "0.1 ms"}, {"state_bits": 20},
          {"state_bits": 16}, {"weight_bits": 3}, {"weight_bits": 2}]


def striate(program, *arguments, settings=()):
    command = [program, *map(str, arguments), "--json"] + [word for one in settings for word in ("--set", one)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def synapses(run, weight_bits):
    """Neurons that a spike of each one reaches, (N)."""
    Phi = run["network/v1/Phi"][:].astype(float)  # (rows, cols, height, width)
    Phi = Phi.reshape(Phi.shape[0] * Phi.shape[1], -1)
    Q = Phi @ Phi.T
    np.fill_diagonal(Q, 0.0)
    if weight_bits:
        Q = np.round(Q / np.abs(Q).max() * (2 ** (weight_bits - 1) - 1))
    return np.count_nonzero(Q, axis=0)


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, Path(folder)
        self.exact = None  # energy of each frame's code without a chip, the first row
        self.tested = [f"populations.v1.fields.file={Path(options.run).resolve()}", "populations.v1.lambda=0.02",
                       "learning.batches=0", f"learning.held_out={options.held_out}"]

    def row(self, chip):
        on = [f"{BLOCK}hardware.{key}={value}" for key, value in chip.items()]
        count = [BLOCK + "decoder=count"]
        run = self.folder / "run.h5"
        by_counts = self.run(run, on + count)
        summary = self.run(run, on)
        with h5py.File(run) as file:
            energy_of = file["presentations/v1/energy"][:]
            self.exact = energy_of if self.exact is None else self.exact
            reached = synapses(file, chip.get("weight_bits", 8) if chip else None)
            fired = file["spikes/v1/node_ids"][:]
            assert len(fired) == summary["spikes"], "every spike of the held-out frames has to be in the file"
            events = reached[fired].sum() / self.options.held_out
            n = len(reached)
        step = float(chip.get("step", "1 ms").split()[0]) if chip else None
        updates = n * 100.0 / step if chip else None  # T = 100 ms
        energy = EVENT * events + UPDATE * updates if chip else None
        cells = [chip.get("weight_bits", 8) if chip else "exact", f"{step:g}" if chip else "",
                 ", ".join(f"{key} {value}" for key, value in chip.items() if key not in ("weight_bits", "step")),
                 f"{summary['relE']:.1e}", f"{summary['held_out_energy'] / summary['held_out_optimal_energy'] - 1:.1e}",
                 f"{100 * np.mean(energy_of > UNSETTLED * self.exact):.1f} %", f"{by_counts['relE']:.1e}",
                 f"{self.accuracy(on + count):.4f}" if self.options.training else "", f"{summary['spikes_per_image']:.0f}",
                 f"{events / 1e3:.1f}", f"{updates / 1e3:.1f}" if chip else "", f"{energy * 1e6:.2f}" if chip else ""]
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)

    def run(self, output, settings):
        told = striate(self.options.striate, "run", CONFIG, "-o", output, "--force", settings=self.tested + settings)
        return told["populations"]["v1"]

    def accuracy(self, settings):
        codes = self.folder / "codes.h5"
        striate(self.options.striate, "encode", self.options.run, "-o", codes, "--force", "--quiet", "--training",
                self.options.training, "--held-out", 10000, settings=settings)
        told = striate(self.options.striate, "decode", codes, "--classifiers", "logistic")
        return accuracy_of(told)


def accuracy_of(told):
    """Of logistic regression, from what `striate decode --json` says of one file."""
    return told["codes"][0]["classifiers"]["logistic"]["accuracy"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("striate", help="the program")
    parser.add_argument("run", help="a finished run of configs/mnist_single.yaml")
    parser.add_argument("--held-out", type=int, default=1000, help="frames for energies and spikes")
    parser.add_argument("--training", type=int, default=20000, help="frames to learn the classifier from; 0: no classifier")
    options = parser.parse_args()
    print("| weight bits | step [ms] | | relE | mean gap | unsettled | relE of counts | accuracy | spikes | synaptic events [10^3] "
          "| neuron updates [10^3] | energy [uJ] |\n|---|---|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, folder)
        for chip in [{}, *GRID, *OTHERS]:
            bench.row(chip)


if __name__ == "__main__":
    main()
