"""Sparse codes of a matrix."""
from . import _config, _striate


def sparse_encode(X, dictionary, lam, method="slca_falling", *, nonnegative=False, tolerance=1e-4, T=None, threads=None,
                  return_spikes=False):
    """Sparse codes of the rows of X under a dictionary: of each row x the a that minimises

        1/2 |x - a dictionary|^2 + lam sum_k |a_k|

    as sklearn.decomposition.sparse_encode(X, dictionary, algorithm="lasso_cd", alpha=lam) does. (Its positive=True is
    nonnegative=True.)

    X            (n, features), of any real type and order
    dictionary   (atoms, features), atoms of any norm but 0
    lam          > 0
    method       "slca_falling": the spiking LCA whose threshold falls, few spikes, as exact as `tolerance`
                 "slca": the spiking LCA, whose rates are the code; error falls with T
                 "lca": the analog LCA
                 "coordinate_descent": a solver, no spikes
    nonnegative  whether a_k >= 0; else each atom has an ON and an OFF neuron
    tolerance    largest violation of an optimality condition, as a part of the largest drive of the row; kept by
                 "slca_falling" and "coordinate_descent"
    T            of a presentation [ms]; None: 1000, of "slca_falling" what the tolerance asks for
    threads      None: all cores

    Returns codes, float64, (n, atoms); with return_spikes=True also the number of spikes of each row, uint64, (n).
    Raises ConfigError, NumericsError.
    """
    codes, spikes = _striate.sparse_encode(X, dictionary, lam, method, nonnegative, tolerance, T or 0.0,
                                           _config.count("threads", threads))
    return (codes, spikes) if return_spikes else codes
