"""What a fit may be given to begin with, checked and brought to the library's form."""

import numpy as np

from .. import _array
from .._load import lib
from .._object import Object
from ._calls import caller


def checked(estimator, d):
    """The given weights, means and precisions by name; None where not given.

    Raises
    ------
    ValueError
        In scikit-learn's words.
    """
    k, kind = estimator.n_components, estimator.covariance_type
    shape = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}[kind]
    weights = _shaped(estimator.weights_init, "weights", (k,))
    if weights is not None:
        _check_weights(weights)
    means = _shaped(estimator.means_init, "means", (k, d))
    precisions = _shaped(estimator.precisions_init, f"{kind} precision", shape)
    if precisions is not None:
        _check_precisions(precisions, kind)
    return {"weights_init": weights, "means_init": means, "precisions_init": precisions}


def _shaped(given, name, shape):
    if given is None:
        return None
    array = _array.reals(given, name)
    if array.shape != shape:
        raise ValueError(
            f"The parameter '{name}' should have the shape of {shape}, but got {array.shape}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"Input contains NaN or infinity: the parameter '{name}'")
    return array


def _check_weights(weights):
    if (weights < 0).any() or (weights > 1).any():
        raise ValueError(
            "The parameter 'weights' should be in the range [0, 1], but got max value "
            f"{weights.max():.5f}, min value {weights.min():.5f}"
        )
    if abs(1 - weights.sum()) > 1e-6:  # what a program of single precision is off by
        raise ValueError(
            "The parameter 'weights' should be normalized, but got sum(weights) = "
            f"{weights.sum():.5f}"
        )


def _check_precisions(precisions, kind):
    if kind in ("diag", "spherical"):
        if (precisions <= 0).any():
            raise ValueError(f"'{kind} precision' should be positive")
        return
    transposed = precisions.swapaxes(-1, -2)
    if not np.allclose(precisions, transposed) or (np.linalg.eigvalsh(precisions) <= 0).any():
        raise ValueError(f"'{kind} precision' should be symmetric, positive-definite")


def responsibilities(start, X, weights, k, random_state):
    """What a callable gives to begin with, as responsibilities (n, k).

    Parameters
    ----------
    start : callable
        start(X, k, random_state) gives responsibilities (n, k), labels (n,) from 0 to k - 1, or
        means (k, d), whose nearest is each row's label.
    weights : ndarray (n,) or None
        Rows of weight 0 may hold anything.
    """
    given = start(X, k, random_state)
    array, n = np.asarray(given), len(X)
    if array.shape == (n,):
        labels = array
    elif array.shape == (n, k):
        return _array.reals(array, "init_params's result")
    elif array.shape == (k, X.shape[1]):
        means = _array.reals(array, "init_params's result")
        if not np.isfinite(means).all():
            raise ValueError("init_params gave means that are not finite")
        labels = _nearest(means, X, weights)
    else:
        raise ValueError(
            f"init_params gave an array of shape {array.shape}, expected responsibilities "
            f"{(n, k)}, labels {(n,)} or means {(k, X.shape[1])}"
        )
    return _ones_at(labels, k)


def _ones_at(labels, k):
    whole = labels.dtype.kind in "iu"
    if not whole or labels.min() < 0 or labels.max() >= k:
        raise ValueError(f"init_params gave labels that are not ints from 0 to {k - 1}")
    rows = np.zeros((len(labels), k))
    rows[np.arange(len(labels)), labels] = 1
    return rows


def _nearest(means, X, weights):
    """The number of the nearest of means for each row: the likeliest of equal, round components.
    0 for a row of weight 0."""
    if weights is not None and not weights.all():
        labels, present = np.zeros(len(X), np.int64), weights > 0
        labels[present] = _nearest(means, X[present], None)
        return labels
    k, model = len(means), Object.create("mixture")
    model.set("covariance_type", "spherical")
    equal, variances = np.full(k, 1 / k), np.ones(k)
    labels = np.empty(len(X), np.int64)
    run = caller(X, k)
    lent = map(_array.borrow, (equal, means, variances))
    run(lib.wdl_mixture_set_parameters, model.id, *lent)
    run(lib.wdl_mixture_predict, model.id, _array.borrow(X), _array.borrow(labels))
    return labels
