#!/usr/bin/env python3
"""The problem of `striate bench solvers` in scikit-learn's sparse_encode, algorithm lasso_cd, on one thread: time per
patch and relE after so many sweeps over all coefficients.

    build/release/apps/striate bench --export-problem problem.h5
    /usr/bin/python3 bench/scikit_codes.py problem.h5

Needs the Debian packages python3-sklearn and python3-h5py. Coefficients are not negative, as rates are. Fields and
frames are made of Q and b by an isometry, which changes neither codes nor energies.
"""
import argparse
import os
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import h5py  # noqa: E402
import numpy as np  # noqa: E402
import sklearn  # noqa: E402
from sklearn.decomposition import sparse_encode  # noqa: E402


def fields_and_frames(Q, b):
    """Phi (N, M) and S (patches, M) with Phi Phi^T = Q and S Phi^T = b."""
    values, vectors = np.linalg.eigh(Q)
    there = values > 1e-6 * values[-1]
    root = np.sqrt(values[there])
    return vectors[:, there] * root, b @ vectors[:, there] / root


def relative_gaps(problem, codes):
    energy = (0.5 * np.einsum("kn,nm,km->k", codes, problem["Q"], codes)
              - ((problem["b"] - problem["lambda"]) * codes).sum(axis=1))
    return (energy - problem["least_energy"]) / (problem["least_energy"] + problem["half_power"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("problem", help="file written by `striate bench --export-problem`")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with h5py.File(options.problem) as file:
        problem = {name: np.asarray(file[name], dtype=float)
                   for name in ("Q", "b", "lambda", "half_power", "least_energy")}
    Phi, S = fields_and_frames(problem["Q"], problem["b"])
    warnings.simplefilter("ignore")  # that it has not converged is what is asked for
    print(f"scikit-learn {sklearn.__version__}, sparse_encode, lasso_cd, {len(S)} patches at a time")
    print(f"{'sweeps':>7} {'us a patch':>11} {'relE':>9}")
    for sweeps in (1, 2, 3, 5, 10, 20, 50, 100, 1000):
        best = np.inf
        for _ in range(options.rounds):
            start = time.perf_counter()
            codes = sparse_encode(S, Phi, gram=problem["Q"], algorithm="lasso_cd", alpha=problem["lambda"][0],
                                  positive=True, max_iter=sweeps, n_jobs=1, check_input=False)
            best = min(best, time.perf_counter() - start)
        print(f"{sweeps:7} {1e6 * best / len(S):11.1f} {np.mean(relative_gaps(problem, codes)):9.1e}")


if __name__ == "__main__":
    main()
