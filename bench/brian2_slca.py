#!/usr/bin/env python3
"""The problem of `striate bench solvers` in Brian2 (C++ standalone, one thread): time per patch and relE.

    build/release/apps/striate bench --export-problem problem.h5
    /usr/bin/python3 bench/brian2_slca.py problem.h5

Needs the Debian packages python3-brian and python3-h5py. The network is that of `slca`: the current u relaxes
to the drive, v integrates u - lambda, a spike takes q d from v and (q / tau) Q from the currents of the others.
Brian2 has a clock; between steps both are advanced exactly, and what is left of v after a spike is kept.
"""
import argparse
import os
import shutil
import tempfile

import brian2 as b2
import h5py
import numpy as np

TAU = 10.0  # ms


def run(problem, q, step, T, T0):
    """q, step, T, T0 in units of tau; T is a multiple of T0. Returns time per patch [ms] and the mean relE."""
    Q, b, lam = problem["Q"], problem["b"], problem["lambda"]
    patches, n = b.shape
    folder = tempfile.mkdtemp(prefix="brian2-slca-")
    b2.device.reinit()
    b2.device.activate()
    b2.set_device("cpp_standalone", directory=folder, build_on_run=True)
    b2.defaultclock.dt = step * TAU * b2.ms
    drive = b2.TimedArray(b, dt=T * TAU * b2.ms)
    group = b2.NeuronGroup(
        n,
        "u : 1\nv : 1\nb : 1\nlam : 1\ntheta : 1", threshold="v >= theta", reset="v -= theta",
        namespace={"drive": drive})
    decay = np.exp(-step)  # exact over a step; Brian2's own linear method asks for a steady state, v has none
    group.run_regularly(f"v += (b - lam) * {step} + (u - b) * {1 - decay}\nu = b + (u - b) * {decay}",
                        dt=step * TAU * b2.ms, when="groups")
    group.lam = lam
    group.theta = q * np.diag(Q)
    group.run_regularly("b = drive(t, i)\nu = b\nv = 0", dt=T * TAU * b2.ms, when="start", order=-1)
    lateral = b2.Synapses(group, group, "w : 1", on_pre="u_post -= w")
    lateral.connect(condition="i != j")
    lateral.w = (q * Q[~np.eye(n, dtype=bool)]).ravel()
    spikes = b2.SpikeMonitor(group)
    v_seen = b2.StateMonitor(group, "v", record=True, dt=T0 * TAU * b2.ms, when="start", order=-2)
    b2.run((patches * T + step) * TAU * b2.ms)  # one step more: v at the end of the last presentation
    seconds = b2.device._last_run_time
    t = np.asarray(spikes.t / b2.ms) / TAU
    who = np.asarray(spikes.i)
    v = np.asarray(v_seen.v)
    each = int(round(T / T0))
    gaps = []
    for k in range(patches):
        shown = (t >= k * T + T0 - 1e-9) & (t < (k + 1) * T - 1e-9)
        count = np.bincount(who[shown], minlength=n)
        dv = v[:, (k + 1) * each] - v[:, k * each + 1]
        a = np.maximum(q * count + dv / np.diag(Q), 0) / (T - T0)
        energy = 0.5 * a @ Q @ a - (b[k] - lam) @ a
        least = problem["least_energy"][k]
        gaps.append((energy - least) / (least + problem["half_power"][k]))
    shutil.rmtree(folder, ignore_errors=True)
    return 1e3 * seconds / patches, float(np.mean(gaps))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("problem", help="file written by `striate bench --export-problem`")
    parser.add_argument("--patches", type=int, default=64)
    arguments = parser.parse_args()
    if not os.path.exists(arguments.problem):
        parser.error(f"{arguments.problem}: no such file")
    with h5py.File(arguments.problem) as file:
        problem = {name: np.asarray(file[name], dtype=float)
                   for name in ("Q", "b", "lambda", "half_power", "least_energy")}
    for name in ("b", "half_power", "least_energy"):
        problem[name] = problem[name][:arguments.patches]
    for q, step, T, T0 in ((0.3, 0.2, 6, 2), (0.1, 0.1, 10, 5), (0.2, 0.1, 14, 7)):
        ms, gap = run(problem, q, step, T, T0)
        print(f"Brian2 {b2.__version__}: q {q}, step {step}, T {T}, T0 {T0}: {ms:.3f} ms per patch, relE {gap:.1e}")


if __name__ == "__main__":
    main()
