#!/usr/bin/env python3
"""striate.sparse_encode beside scikit-learn's sparse_encode(algorithm="lasso_cd"): time and objective on patches under a
dictionary that a network has learned from them.

    PYTHONPATH=build/release/python /usr/bin/python3 bench/sparse_encode.py

Needs the Debian package python3-sklearn. Times are the best of --rounds, one method after the other in each; the objective is
the mean over patches of 1/2 |x - a Phi|^2 + lam |a|_1, and its excess that over the least one found.
"""
import argparse
import os
import time
import warnings

import numpy as np
import sklearn
from sklearn.decomposition import sparse_encode

import striate

CONFIG = {
    "seed": 1,
    "frame": {"height": "12 px", "width": "12 px"},
    "stimulus": {"kind": "dead_leaves"},
    "populations": {"v1": {"kind": "slca_falling", "lambda": 0.1, "sheet": {"rows": 16, "cols": 16},
                           "receptive_field": {"R": "0 px"}, "plasticity": {"kind": "residual_hebbian"}}},
    "learning": {"batches": 200, "batch_size": 100, "held_out": 10},
    "record": {"every": 0},
}


def objective(X, Phi, lam, codes):
    return (0.5 * ((X - codes @ Phi) ** 2).sum() + lam * np.abs(codes).sum()) / len(X)


def methods(X, Phi, lam, nonnegative):
    def ours(**how):
        return lambda: striate.sparse_encode(X, Phi, lam, nonnegative=nonnegative, **how)

    def theirs(jobs):
        return lambda: sparse_encode(X, Phi, algorithm="lasso_cd", alpha=lam, positive=nonnegative, n_jobs=jobs)
    cores = os.cpu_count()
    yield f"scikit-learn lasso_cd, {cores} jobs", theirs(cores)
    yield "scikit-learn lasso_cd, 1 job", theirs(1)
    for threads in (cores, 1):
        for tolerance in (1e-2, 1e-4):
            yield f"slca_falling {tolerance:g}, threads {threads}", ours(tolerance=tolerance, threads=threads)
        yield f"coordinate_descent 1e-4, threads {threads}", ours(method="coordinate_descent", threads=threads)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patches", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lam", type=float, default=0.1)
    options = parser.parse_args()
    with striate.run(CONFIG, progress=False) as run:
        X = run.frames(options.patches, set="training").reshape(options.patches, -1).astype(float)
        Phi = run.fields().reshape(256, -1).astype(float)
    warnings.simplefilter("ignore")
    print(f"{options.patches} patches of 12 x 12 px, 256 atoms, lambda {options.lam:g}; scikit-learn {sklearn.__version__}")
    for nonnegative in (True, False):
        print(f"\n{'nonnegative' if nonnegative else 'either sign':38} {'time [s]':>9} {'us a patch':>11} {'objective':>10} {'excess':>9} "
              f"{'active':>7}")
        all = list(methods(X, Phi, options.lam, nonnegative))
        best = {name: np.inf for name, _ in all}
        codes = {}
        for _ in range(options.rounds):
            for name, encode in all:
                start = time.perf_counter()
                codes[name] = encode()
                best[name] = min(best[name], time.perf_counter() - start)
        found = {name: objective(X, Phi, options.lam, one) for name, one in codes.items()}
        for name, _ in all:
            print(f"{name:38} {best[name]:9.2f} {1e6 * best[name] / len(X):11.1f} {found[name]:10.6f} "
                  f"{found[name] / min(found.values()) - 1:9.1e} {(codes[name] != 0).mean():7.4f}")


if __name__ == "__main__":
    main()
