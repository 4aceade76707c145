"""How the library is called on rows of data, and what Python says of what it refuses."""

import numpy as np

from .. import _array, _long_call
from .._context import call
from .._errors import WindlassError, plainly
from .._load import lib

_LONG = 10_000_000  # multiplications that take 20 ms on a slow machine's one core


def caller(X, k):
    """How to call what goes once over X with k components: may Ctrl-C have to end it?"""
    return _long_call.run if X.size * k * (X.shape[1] + 2) >= _LONG else call


class Explained:
    """Says of bad data what scikit-learn says, before the library's own sentence."""

    def __init__(self, X):
        self.X = X

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if not isinstance(error, WindlassError):
            return
        plainly(error)
        if error.status == lib.WDL_BAD_DATA:
            said = _array.not_finite(self.X, error.position) or _of_covariance(error)
            own = str(error).partition(" (for instance")[0]
            error.args = (f"{said} ({own})" if said else str(error),)


def _of_covariance(error):
    if error.function != "wdl_mixture_fit" or "positive definite" not in str(error):
        return None
    return (
        "Fitting the mixture model failed because some components have ill-defined empirical "
        "covariance (for instance caused by singleton or collapsed samples). Try to decrease the "
        "number of components, increase reg_covar, or scale the input data."
    )


def row_weights(given, n):
    """`sample_weight` as n floats, refused in scikit-learn's words where it is not."""
    weights = _array.reals(given, "sample_weight")
    if weights.ndim == 0:
        weights = np.full(n, weights)
    if weights.ndim != 1:
        raise ValueError("Sample weights must be 1D array or scalar")
    if weights.shape != (n,):
        raise ValueError(f"sample_weight.shape == {weights.shape}, expected {(n,)}!")
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights
