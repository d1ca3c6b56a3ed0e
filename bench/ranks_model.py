"""How long a run takes over many ranks: from two short ones, on one process and on two ranks.

    ranks_model.py STRIATE [--repeat N]     measures and prints the tables of docs/cluster.md

The model is made of processor time, which is much the same on a machine that does other things too; wall time is printed beside it. What one process
works, W(1), is a part that is dealt and one that every rank does: W(R) = every + dealt / R. Two ranks give both. To that
come exchanges: V bytes, of which a rank has (R - 1) / R from others, and messages of one latency for each doubling of
ranks.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

CONFIGS = pathlib.Path(__file__).resolve().parent.parent / "configs"
LEAVES = ["stimulus.kind=dead_leaves", "record.snapshots=0", "learning.held_out=2"]
WIDE = LEAVES + ["populations.v1.sheet.rows=96", "populations.v1.sheet.cols=96", "frame.height=60 px",
                 "frame.width=60 px", "populations.v1.receptive_field.span=48 px"]
V1 = LEAVES + ["populations.v1.sheet={rows: 96, cols: 96}", "populations.complex.sheet={rows: 96, cols: 96}",
               "frame.height=76 px", "frame.width=76 px", "populations.v1.receptive_field.span=64 px", "record.frames=false"]
RUNS = [  # name, config, settings
    ("48 x 48, batches of 100", "v1_sheet", LEAVES + ["learning.batches=20"]),
    ("96 x 96, batches of 100", "v1_sheet", WIDE + ["learning.batches=5"]),
    ("96 x 96, batches of 1000", "v1_sheet", WIDE + ["learning.batches=2", "learning.batch_size=1000"]),
    ("v1 at 96 x 96, batches of 40", "v1", V1 + ["learning.batches=2"]),
    ("brunel_10k, 60 ms", "brunel_10k", ["duration=60 ms", "checkpoint.every=1000 s"]),
]
NETWORKS = [("10 GbE", 1.25e9, 20e-6), ("100 Gb/s", 12.5e9, 2e-6)]  # bytes/s, s
MPIRUN = ["mpirun", "--oversubscribe", "--allow-run-as-root", "-n", "2"]


def measured(striate, config, settings, ranks):
    with tempfile.TemporaryDirectory() as folder:
        args = [striate, "run", str(CONFIGS / f"{config}.yaml"), "-o", f"{folder}/run.h5", "--threads", "1", "--quiet",
                "--json"]
        for one in settings:
            args += ["--set", one]
        job = subprocess.Popen([*(MPIRUN if ranks == 2 else []), *args], stdout=subprocess.PIPE, text=True)
        told = job.stdout.read()
        _, status, usage = os.wait4(job.pid, 0)
        if status != 0:
            sys.exit(f"{' '.join(args)}: status {status}")
        return {**json.loads(told), "peak_bytes": 1024 * usage.ru_maxrss}  # of the largest of its processes


def sheets(striate):
    """What sheets take that have four neurons to a pixel in each direction, as `striate validate` says it."""
    for side in (100, 316, 1000):
        args = [striate, "validate", str(CONFIGS / "v1_sheet.yaml"), "--json"]
        for one in [f"populations.v1.sheet={{rows: {side}, cols: {side}}}", f"frame.height={side // 4 + 12} px",
                    f"frame.width={side // 4 + 12} px", f"populations.v1.receptive_field.span={side // 4} px"]:
            args += ["--set", one]
        done = subprocess.run(args, capture_output=True, text=True)
        print(f"{side} x {side} neurons: " + (f"{1e-9 * json.loads(done.stdout)['memory_bytes']:.3g} GB"
                                              if done.returncode == 0 else done.stderr.strip()))


def hemisphere():
    """One hemisphere of macaque V1 as a sheet, from docs/performance.md: per neuron 81 us of a core for 100 neurons and
    a presentation, 4.8 kB of Q, 14.6 kB of the process, 0.22 spikes a presentation; 60 000 presentations."""
    neurons, presentations, cores = 1.4e8, 60_000, 64
    core_s, memory, spikes = neurons * 0.81e-6 * presentations, neurons * 14.6e3, 0.22 * neurons
    print(f"a hemisphere, {neurons:.2g} neurons, {presentations} presentations: {neurons * 4.8e3 / 1e12:.2f} TB of Q, "
          f"{memory / 1e12:.1f} TB in all, {core_s / 86400:.0f} days of one core")
    for ranks in (16, 128, 1024):
        days = core_s / (ranks * cores) / 86400
        print(f"  cut into {ranks:4} ranks of {cores} cores: {memory / ranks / 1e9:6.1f} GB each, {days:.2g} days of coding; "
              f"{16 * spikes * presentations / ranks / (days * 86400) / 1e6:.2g} MB/s of spikes from each")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("striate")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    for name, config, settings in RUNS:
        ones, twos = [], []
        for _ in range(options.repeat):  # in turns
            ones.append(measured(options.striate, config, settings, 1))
            twos.append(measured(options.striate, config, settings, 2))
        one, two = (min(all_of, key=lambda run: run["work_s"]) for all_of in (ones, twos))
        wall = [min(run.get("learning_s", run["simulation_s"]) for run in all_of) for all_of in (ones, twos)]
        n = two["ranks"]["exchanges_of"]  # batches or windows
        work, half = one["work_s"] / n, two["work_s"] / n
        every = min(max(2 * half - work, 0.0), work)
        volume, messages = 2 * two["ranks"]["bytes"] / n, two["ranks"]["messages"] / n
        print(f"{name}: {n} exchanges; a {'batch' if 'batches' in one else 'window'}")
        print(f"  work {1e3 * work:.3g} ms on one process, {1e3 * half:.3g} ms on each of two ranks: "
              f"{work / half:.2f} times; {1e3 * every:.3g} ms are every rank's")
        print(f"  wall {1e3 * wall[0] / n:.3g} and {1e3 * wall[1] / n:.3g} ms: {wall[0] / wall[1]:.2f} times")
        if "batches" in one:
            learning = one["learning_s"]
            print("  phases " + ", ".join(f"{key} {100 * one[key + '_s'] / learning:.0f} %"
                                          for key in ("encode", "learn", "interaction", "stimulus", "record")))
        print(f"  memory {1e-9 * one['peak_bytes']:.3g} GB of one process, {1e-9 * two['peak_bytes']:.3g} GB of each of two ranks")
        print(f"  {1e-6 * volume:.3g} MB in {messages:.1f} messages")
        for network, bandwidth, latency in NETWORKS:
            for ranks in (2, 16, 128):
                exchange = volume * (ranks - 1) / ranks / bandwidth + messages * latency * math.log2(ranks)
                total = every + (work - every) / ranks + exchange
                print(f"  {network:8}  {ranks:3} ranks  {1e3 * total:8.3g} ms  {work / total:5.1f} times  "
                      f"(exchange {100 * exchange / total:.0f} %)")
    sheets(options.striate)
    hemisphere()


if __name__ == "__main__":
    main()
