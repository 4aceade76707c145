"""How the library is called on rows of data, and what Python says of what it refuses."""

from .. import _array, _long_call
from .._context import call
from .._load import lib

_LONG = 10_000_000  # multiplications that take 20 ms on a slow machine's one core


def caller(X, k):
    """How to call what goes once over X with k components: may Ctrl-C have to end it?"""
    return _long_call.run if X.size * k * (X.shape[1] + 2) >= _LONG else call


class Explained(_array.Explained):
    """Says of a fit's covariances, too, what scikit-learn says."""

    def said(self, error):
        return super().said(error) or _of_covariance(error)


def _of_covariance(error):
    if error.function != "wdl_mixture_fit" or "positive definite" not in str(error):
        return None
    return (
        "Fitting the mixture model failed because some components have ill-defined empirical "
        "covariance (for instance caused by singleton or collapsed samples). Try to decrease the "
        "number of components, increase reg_covar, or scale the input data."
    )
