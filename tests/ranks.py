"""Runs over ranks: the same bits as of one process, whatever happens to the ranks. Needs a build with STRIATE_MPI.

    ranks.py STRIATE [RANKS...]     1 2 3 4 if none are given; two threads at the greatest of them
    ranks.py STRIATE --all          1 2 3 4, one and two threads each; ranks are killed at 20 moments of a sheet, 20 of a circuit
    ranks.py STRIATE --kills        these kills alone

Starts `mpirun` with more ranks than cores, compares every dataset of the files, and kills ranks on the way.
"""
import argparse
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy

parser = argparse.ArgumentParser()
parser.add_argument("striate")
parser.add_argument("ranks", nargs="*", type=int, default=[1, 2, 3, 4])
parser.add_argument("--all", action="store_true")
parser.add_argument("--kills", action="store_true")
OPTIONS = parser.parse_args()
STRIATE, RANKS = os.path.abspath(OPTIONS.striate), OPTIONS.ranks
KILLS = 20 if OPTIONS.all or OPTIONS.kills else 2
CONFIGS = pathlib.Path(__file__).resolve().parent.parent / "configs"
# Ranks that wait give way, since there are more than cores; what they say to each other stays on this machine.
MPIRUN = ["mpirun", "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "--mca", "btl", "self,vader",
          "--mca", "mpi_yield_when_idle", "1", "--mca", "btl_vader_single_copy_mechanism", "none"]
NOT_COMPARED = {"provenance/started", "provenance/manifest"}

LEAVES = ["stimulus.kind=dead_leaves"]
SHORT = LEAVES + ["learning.batches=3", "learning.held_out=5", "learning.batch_size=7", "record.snapshots=1"]
SHEET = SHORT + ["populations.v1.sheet.rows=12", "populations.v1.sheet.cols=20", "record.every=2"]
# A circuit in four parts, with less to build and to save.
SMALL = ["populations.excitatory.size=3200", "populations.inhibitory.size=800", "populations.input_e.size=3200",
         "populations.input_i.size=800"] + [f"projections.{name}.connect.fixed_indegree.K=50"
                                            for name in ("excitation", "inhibition")]
RUNS = {
    "v1_sheet": ("v1_sheet", SHEET),
    "carry_over": ("v1_sheet", SHEET + ["populations.v1.slca.carry_over=true", "record.every=1",
                                        "populations.v1.background={rate: 50 Hz, jump: 0.01}"]),
    "channels": ("v1_sheet", SHEET + ["populations.v1.channels={f0: [0.1 cycles/px, 0.3 cycles/px]}"]),
    "pools": ("v1", LEAVES + ["learning.batches=3", "learning.batch_size=7", "learning.held_out=5", "record.snapshots=1",
                              "populations.v1.sheet={rows: 12, cols: 12}", "populations.complex.sheet={rows: 12, cols: 12}",
                              "populations.v1.receptive_field.span=8 px", "frame.height=20 px", "frame.width=20 px",
                              "projections.pooling.plasticity.kind=correlation"]),
    "lgn_v1_complex": ("lgn_v1_complex", LEAVES + ["learning.held_out=7", "learning.batch_size=5",
                                                   "populations.v1.sheet.rows=12", "populations.v1.sheet.cols=20",
                                                   "populations.v1.fields.file=v1_sheet.h5",
                                                   "record.state.simple.neurons=[7, 100]"]),
    "shared_kernels": ("shared_kernels", ["learning.batches=3", "learning.batch_size=3", "learning.held_out=2"] + LEAVES),
    "brunel_10k": ("brunel_10k", ["duration=20 ms"]),
    "stdp": ("stdp", ["duration=500 ms"]),
}

TINY = """frame: {height: 8 px, width: 8 px}
stimulus: {kind: dead_leaves}
populations:
  v1: {kind: slca, lambda: 0.05, sheet: {rows: 8, cols: 8}, plasticity: {kind: residual_hebbian}}
learning: {batches: 20, batch_size: 5, held_out: 5}
analysis: {tests: [gratings], gratings: {orientations: 4, frequencies: 2, phases: 4}}
"""

START = time.monotonic()
failures = []


def check(is_so, what):
    if not is_so:
        failures.append(what)
        print("FAILED:", what, flush=True)


def command(name, output, threads, more=()):
    config, settings = RUNS[name]
    args = [STRIATE, "run", str(CONFIGS / f"{config}.yaml"), "-o", str(output), "--threads", str(threads)]
    for one in settings:
        args += ["--set", one.replace("v1_sheet.h5", f"{pathlib.Path(output).parent}/v1_sheet.h5")]
    return [*args, *more]


def on_ranks(n, args):
    return subprocess.run([*MPIRUN, "-n", str(n), *args], capture_output=True, text=True, timeout=300)


def datasets(path):
    found = {}
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, item: found.update({name: item[()]})
                        if isinstance(item, h5py.Dataset) and name not in NOT_COMPARED else None)
    return found


def first_difference(one, other):
    """Name of the first dataset in which two files differ by a bit; "" for none."""
    mine, its = datasets(one), datasets(other)
    for name in sorted(mine.keys() | its.keys()):
        if name not in mine or name not in its:
            return name
        a, b = numpy.asarray(mine[name]), numpy.asarray(its[name])
        if a.shape != b.shape or a.dtype != b.dtype:
            return name
        if (a.tolist() != b.tolist()) if a.dtype == object else (a.tobytes() != b.tobytes()):
            return name
    return ""


def same_bits(folder):
    for name in list(RUNS):  # the first is what a later one takes its fields from
        one = folder / f"{name}.h5"
        done = subprocess.run(command(name, one, 1), capture_output=True, text=True)
        check(done.returncode == 0, f"{name} on one process: {done.stderr}")
        for n in RANKS:
            for threads in (1, 2) if OPTIONS.all or n == RANKS[-1] else (1,):
                other = folder / f"{name}.{n}.{threads}.h5"
                done = on_ranks(n, command(name, other, threads))
                where = f"{name} on {n} ranks of {threads} threads"
                if done.returncode != 0:
                    check(False, f"{where}: {done.stderr}")
                    continue
                difference = first_difference(one, other)
                check(difference == "", f"{where}: {difference} differs")
                other.unlink()
        print(f"{name}: {'failed' if any(one.startswith(name) for one in failures) else 'the same bits'} on {RANKS} ranks "
              f"({time.monotonic() - START:.0f} s)", flush=True)


def children(pid):
    found = subprocess.run(["ps", "--no-headers", "-o", "pid,comm", "--ppid", str(pid)], capture_output=True, text=True)
    name = os.path.basename(STRIATE)[:15]  # as much as the kernel keeps
    return [int(line.split()[0]) for line in found.stdout.splitlines() if line.split()[1] == name]


def kill_and_resume(folder, name, settings, n_kills, seed):
    """Kills one rank at random moments of runs that go on, each time, with another number of them, to their ends."""
    RUNS["killed"] = (RUNS[name][0], RUNS[name][1] + settings)
    whole, broken = folder / "whole.h5", folder / "broken.h5"
    start = time.monotonic()
    subprocess.run(command("killed", whole, 1), check=True, capture_output=True)
    took = time.monotonic() - start
    chance, kills, runs = random.Random(seed), 0, 0
    while kills < n_kills and runs < 10 * n_kills:
        now = run_with_kills(broken, n_kills - kills, took, chance)
        difference = first_difference(whole, broken) if broken.exists() else "the file"
        check(difference == "", f"{name}, killed {now} times: {difference} differs")
        broken.unlink(missing_ok=True)
        if difference:
            break
        kills += now  # none, where the run was faster
        runs += 1
    check(kills >= n_kills, f"{name}: was killed {kills} times alone")
    whole.unlink()
    print(f"{name}: killed {kills} times on the way to {runs} ends ({time.monotonic() - START:.0f} s)", flush=True)


def killed(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:  # it ended by itself a moment ago
        return False
    return True


def said_at_its_end(job):
    """What mpirun has said when it ends. Of Open MPI 4.1.4 it sometimes waits for a lock of its own when all ranks have gone."""
    while True:
        try:
            return job.communicate(timeout=20)[1]
        except subprocess.TimeoutExpired:
            if job.poll() is None and not children(job.pid):
                job.kill()


def run_with_kills(broken, most, took, chance):
    """Runs to the end. Returns how often one rank was killed on the way, at most `most` times.
    took: how long one process has for the whole run [s]"""
    partial, kills, n = pathlib.Path(f"{broken}.partial"), 0, 0
    while not broken.exists():
        more = ["--resume"] if partial.exists() else []
        n = chance.choice([other for other in RANKS if other != n] or RANKS)
        job = subprocess.Popen([*MPIRUN, "-n", str(n), *command("killed", broken, 1, more)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        is_killed = False
        if kills < most:
            while not partial.exists() and job.poll() is None:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.5) * took)
            ranks = children(job.pid)
            if ranks and job.poll() is None and killed(chance.choice(ranks)):
                kills += 1
                is_killed = True
        error = said_at_its_end(job)
        if job.returncode != 0 and not is_killed and not broken.exists():
            check(False, f"killed {kills} times: {error}")
            break
    return kills


def too_large_for(n):
    """A sheet of which a machine holds the interaction, in single precision, once and a half, but not in each of n ranks."""
    bytes_of_machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    side = int((bytes_of_machine / (1.5 if n > 1 else 0.5) / 4) ** 0.25)
    return ["--set", f"populations.v1.sheet={{rows: {side}, cols: {side}}}", "--set", "populations.v1.receptive_field.R=0 px"]


def errors(folder):
    """Once, with the right code, and nothing is left."""
    n = RANKS[-1]
    there = folder / "there.h5"
    there.write_text("something")
    for args, code, words in (
            (command("stdp", folder / "x.h5", 1, ["--set", "duration=-1 ms"]), 2, "duration"),
            (command("stdp", there, 1), 3, "exists; --force overwrites it"),
            (command("v1_sheet", folder / "x.h5", 1, ["--set", "stimulus.kind=natural_patches", "--set",
                                                      "stimulus.natural_patches.folder=nowhere"]), 3, "nowhere"),
            (command("v1_sheet", folder / "x.h5", 1, ["--set", "frame.scale=1e300"]), 4, ""),
            (command("v1_sheet", folder / "x.h5", 1, too_large_for(n)), 2,
             "" if n == 1 else f"GB, which each of {n} ranks takes from")):
        done = on_ranks(n, args)
        said = [line for line in done.stderr.splitlines() if line.startswith("striate: ")]
        where = f"{' '.join(args[1:4])} ...: code {done.returncode}, said {said}"
        check(done.returncode == code, where)
        check(len(said) == 1 and words in said[0], where)
    check(sorted(path.name for path in folder.iterdir()) == ["there.h5"], f"left: {list(folder.iterdir())}")


def encode_and_analyze(folder):
    run = folder / "v1_sheet.h5"
    for words in (["encode", str(run), "--training", "20", "--held-out", "10"],
                  ["analyze", str(run), "--set", "analysis.tests=gratings",
                   "--set", "analysis.gratings={orientations: 4, frequencies: 2, phases: 4}"]):
        one, other = folder / f"{words[0]}.h5", folder / f"{words[0]}.ranks.h5"
        alone = [STRIATE, *words, "--threads", "1", "-o"]
        done = subprocess.run([*alone, str(one)], capture_output=True, text=True)
        check(done.returncode == 0, done.stderr)
        done = on_ranks(RANKS[-1], [*alone, str(other)])
        check(done.returncode == 0, done.stderr)
        difference = first_difference(one, other)
        check(difference == "", f"{words[0]} on {RANKS[-1]} ranks: {difference} differs")
    print(f"encode, analyze: {time.monotonic() - START:.0f} s", flush=True)


def sweeps(folder):
    """On one process, over ranks, and in parts of which one dies: the same table."""
    (folder / "tiny.yaml").write_text(TINY)
    plan = folder / "sweep.yaml"
    plan.write_text("config: tiny.yaml\ngrid: {populations.v1.lambda: [0.04, 0.06], seed: [1, 2]}\n")

    def args(output, *more):
        return [STRIATE, "sweep", str(plan), "-o", str(folder / output), "--jobs", "1", *more]

    subprocess.run(args("alone"), check=True, capture_output=True)
    done = on_ranks(RANKS[-1], args("ranks"))
    check(done.returncode == 0 and done.stdout.count("of 4 points") == 1, f"sweep over ranks: {done.stdout} {done.stderr}")
    parts = [subprocess.Popen(args("parts", "--part", f"{k}/3"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True) for k in (1, 2, 3)]
    while not list((folder / "parts").glob("*.log")):
        time.sleep(0.001)
    parts[0].send_signal(signal.SIGKILL)
    for part in parts[1:]:
        said = part.communicate()[0]
        check(part.returncode == 0, f"part of a sweep: {said}")
    parts[0].communicate()
    subprocess.run(args("parts"), check=True, capture_output=True)
    table = (folder / "alone" / "table.csv").read_bytes()
    for output in ("ranks", "parts"):
        check((folder / output / "table.csv").read_bytes() == table, f"sweep: the table of {output} differs")
    print(f"sweeps: {time.monotonic() - START:.0f} s", flush=True)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "errors").mkdir()
        if not OPTIONS.kills:
            same_bits(folder)
        often = ["checkpoint.every=0.01 s"]
        kill_and_resume(folder, "carry_over", often + ["learning.batches=40"], KILLS, 1)
        kill_and_resume(folder, "brunel_10k", ["checkpoint.every=0.1 s", "duration=200 ms"] + SMALL, KILLS, 2)
        if not OPTIONS.kills:
            encode_and_analyze(folder)
            sweeps(folder)
            errors(folder / "errors")
    print(f"{time.monotonic() - START:.0f} s; ranks: " + (f"{len(failures)} failures" if failures else "ok"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
