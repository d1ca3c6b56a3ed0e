"""Sparse codes of a matrix: against closed forms, against the conditions of the optimum, against scikit-learn."""
import numpy as np
import pytest

METHODS = ("slca_falling", "slca", "lca", "coordinate_descent")
EXACT = ("slca_falling", "coordinate_descent")


def problem(n=20, features=16, atoms=40, seed=0):
    random = np.random.default_rng(seed)
    dictionary = random.standard_normal((atoms, features))
    return random.standard_normal((n, features)), dictionary / np.linalg.norm(dictionary, axis=1, keepdims=True)


def violation(X, dictionary, lam, a, nonnegative):
    """Of the conditions of Karush, Kuhn and Tucker, as a part of the largest drive of each row."""
    g = (X - a @ dictionary) @ dictionary.T
    off = np.where(a > 0, np.abs(g - lam), np.where(a < 0, np.abs(g + lam),
                   np.maximum(g - lam, 0) if nonnegative else np.maximum(np.abs(g) - lam, 0)))
    return (off.max(axis=1) / np.abs(X @ dictionary.T).max(axis=1)).max()


@pytest.mark.parametrize("method", METHODS)
def test_of_an_orthogonal_dictionary_the_code_is_the_soft_threshold(striate, method):
    X, _ = problem(features=12)
    Q, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((12, 12)))
    b = X @ Q.T
    within = 1e-3 if method in EXACT else 1e-2
    signed = striate.sparse_encode(X, Q, 0.5, method)
    assert np.abs(signed - np.sign(b) * np.maximum(np.abs(b) - 0.5, 0)).max() < within
    positive = striate.sparse_encode(X, Q, 0.5, method, nonnegative=True)
    assert np.abs(positive - np.maximum(b - 0.5, 0)).max() < within


@pytest.mark.parametrize("nonnegative", (True, False))
@pytest.mark.parametrize("method", EXACT)
def test_no_condition_of_the_optimum_is_violated_beyond_the_tolerance(striate, method, nonnegative):
    X, dictionary = problem(n=50)
    dictionary *= np.random.default_rng(2).uniform(0.5, 2.0, (40, 1))  # of any norm
    for tolerance in (1e-2, 1e-4):
        a = striate.sparse_encode(300.0 * X, dictionary, 90.0, method, nonnegative=nonnegative, tolerance=tolerance)
        assert violation(300.0 * X, dictionary, 90.0, a, nonnegative) < 1.05 * tolerance
        assert (a != 0).any() and (not nonnegative or (a >= 0).all())


def test_rates_come_nearer_with_time(striate):
    X, dictionary = problem(n=10)
    far, near = (violation(X, dictionary, 0.3, striate.sparse_encode(X, dictionary, 0.3, "slca", T=T), False) for T in (200.0, 5000.0))
    assert near < 0.2 * far


def test_against_scikit_learn(striate):
    sklearn = pytest.importorskip("sklearn.decomposition")
    X, dictionary = problem(n=40)
    theirs = sklearn.sparse_encode(X, dictionary, algorithm="lasso_cd", alpha=0.3, max_iter=10000)
    for method in EXACT:
        ours = striate.sparse_encode(X, dictionary, 0.3, method, tolerance=1e-5)
        assert np.abs(ours - theirs).max() < 2e-2

        def objective(a):
            return 0.5 * ((X - a @ dictionary) ** 2).sum() + 0.3 * np.abs(a).sum()
        assert objective(ours) < objective(theirs) * (1 + 1e-6)


def test_bits_do_not_depend_on_threads_and_order(striate):
    X, dictionary = problem(n=70)
    one = striate.sparse_encode(X, dictionary, 0.3, threads=1)
    assert np.array_equal(one, striate.sparse_encode(np.asfortranarray(X), dictionary, 0.3))
    codes, spikes = striate.sparse_encode(X, dictionary, 0.3, return_spikes=True)
    assert np.array_equal(codes, one) and spikes.dtype == np.uint64 and (spikes >= (codes != 0).sum(axis=1)).all()
    assert np.array_equal(striate.sparse_encode(X[:1], dictionary, 0.3), one[:1])


def test_what_is_below_the_threshold_is_not_coded(striate):
    X, dictionary = problem(n=3)
    assert not striate.sparse_encode(X, dictionary, 100.0).any()
    assert striate.sparse_encode(np.zeros((2, 16)), dictionary, 0.1).tolist() == np.zeros((2, 40)).tolist()
    assert striate.sparse_encode(X[:0], dictionary, 0.1).shape == (0, 40)


def test_wrong_arguments_are_refused(striate):
    X, dictionary = problem(n=3)
    for wrong in ((X, dictionary[:, :5], 0.1), (X, dictionary, 0.0), (X, dictionary, -1.0), (X, 0 * dictionary, 0.1),
                  (X * np.nan, dictionary, 0.1), (X[0], dictionary, 0.1), (X, dictionary, 0.1, "lars"),
                  (X + 1j, dictionary, 0.1)):
        with pytest.raises(striate.ConfigError):
            striate.sparse_encode(*wrong)
