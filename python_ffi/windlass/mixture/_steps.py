"""The two steps of expectation-maximisation by themselves."""

import numpy as np

from .. import _array
from .._load import ffi, lib
from ._calls import Explained, caller


def m_step(X, resp, reg_covar=0.0):
    """The maximisation step: weights, means and covariances of given responsibilities.

    Parameters
    ----------
    X : array_like (n, d)
        Data; float64 and float32 of any strides are used as they lie.
    resp : array_like (n, k)
        Responsibilities, not negative. They are used as they are: rows need not sum to 1.
    reg_covar : float
        Added to the diagonals of the covariances.

    Returns
    -------
    weights : ndarray (k,)
        Sums of the columns of `resp`, over n.
    means : ndarray (k, d)
    covariances : ndarray (k, d, d)

    Raises
    ------
    WindlassValueError
        Shapes that do not match, values that are not finite (`position` is row and column).
    """
    X = _array.samples(X)
    resp = _array.reals(resp, "resp", 2)
    k, d = resp.shape[1], X.shape[1]
    weights, means, covariances = np.empty(k), np.empty((k, d)), np.empty((k, d, d))
    with Explained(X):
        caller(X, k)(
            lib.wdl_mixture_m_step,
            _array.borrow(X),
            _array.borrow(resp),
            float(reg_covar),
            _array.borrow(weights),
            _array.borrow(means),
            _array.borrow(covariances),
        )
    return weights, means, covariances


def e_step(X, weights, means, covariances):
    """The expectation step: responsibilities and log-likelihood under given parameters.

    Parameters
    ----------
    X : array_like (n, d)
        Data; float64 and float32 of any strides are used as they lie.
    weights : array_like (k,)
        Not negative, summing to 1.
    means : array_like (k, d)
    covariances : array_like (k, d, d)
        Symmetric, positive definite.

    Returns
    -------
    log_likelihood : float
        The mean over the rows of X.
    resp : ndarray (n, k)
        Responsibilities; rows sum to 1.

    Raises
    ------
    WindlassValueError
        Shapes that do not match, values that are not finite, a covariance that is not positive
        definite (`position` is the component).
    """
    X = _array.samples(X)
    weights = _array.reals(weights, "weights", 1)
    means = _array.reals(means, "means", 2)
    covariances = _array.reals(covariances, "covariances", 3)
    resp = np.empty((X.shape[0], means.shape[0]))
    out = ffi.new("double *")
    with Explained(X):
        caller(X, len(means))(
            lib.wdl_mixture_e_step,
            _array.borrow(X),
            _array.borrow(weights),
            _array.borrow(means),
            _array.borrow(covariances),
            _array.borrow(resp),
            out,
        )
    return out[0], resp
