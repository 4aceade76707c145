"""Statistics of expectation steps: a fit of data in pieces, on one machine or many."""

import numpy as np

from .. import _array, _long_call
from .._context import call
from .._load import ffi, lib
from .._object import Object
from ._calls import Explained, caller

_KIND = "mixture_statistics"


class Statistics:
    """What the rows of a piece of the data say about a mixture: the sums that an M-step needs.

    Pieces are added here or merged from elsewhere, and `GaussianMixture.update` makes the step.
    The same pieces, merged in the same order, give the same bits wherever they were computed.

    Parameters
    ----------
    model : GaussianMixture
        Fitted. Its present parameters are those that the expectation is taken under; merging needs
        the same on both sides.

    Examples
    --------
    >>> whole = Statistics(model)
    >>> for piece in pieces:
    ...     whole.add(piece)
    >>> model.update(whole)
    """

    def __init__(self, model):
        if not hasattr(model, "_fitted"):
            raise TypeError(f"model is of type {type(model).__name__}, expected a GaussianMixture")
        out = ffi.new("wdl_object *")
        call(lib.wdl_mixture_statistics_create, model._fitted().id, out)
        self._object = Object._owner(out[0], _KIND)

    def add(self, X, sample_weight=None):
        """Add the rows of X, (n, d). Returns self.

        Raises
        ------
        ValueError
            X is not finite, or of other columns. Nothing was added.
        """
        X = _array.samples(X, type(self).__name__)
        weights = _array.row_weights(sample_weight, len(X))
        lent = ffi.NULL if weights is None else _array.borrow(weights, "sample_weight")
        with Explained(X, weights):
            run = caller(X, len(self._object.get("weights")))
            run(lib.wdl_mixture_statistics_add, self._object.id, _array.borrow(X), lent)
        return self

    def merge(self, other):
        """Add another's. Returns self.

        Raises
        ------
        ValueError
            It was taken under other parameters.
        """
        expect_statistics(other, "other")
        _long_call.run(lib.wdl_mixture_statistics_merge, self._object.id, other._object.id)
        return self

    @property
    def weight(self):
        """The rows so far, or the sum of their weights."""
        return float(self.values[0])

    @property
    def values(self):
        """All of it as one flat array, (m,); may be set from such an array."""
        return self._object.get("values")

    @values.setter
    def values(self, given):
        array = _array.reals(given, "values", 1)
        call(lib.wdl_mixture_statistics_set, self._object.id, _array.borrow(array))

    def to_bytes(self):
        """Statistics and parameters as bytes, versioned and with a checksum."""
        return self._object.save()

    @classmethod
    def from_bytes(cls, data):
        """What `to_bytes` has given.

        Raises
        ------
        ValueError
            The bytes are damaged, of a newer version, or something else.
        """
        found = Object.load(data)
        if found.kind != _KIND:
            raise ValueError(f"data is an object of kind {found.kind!r}, expected {_KIND!r}")
        made = cls.__new__(cls)
        made._object = found
        return made

    def __reduce__(self):
        return type(self).from_bytes, (self.to_bytes(),)

    def __repr__(self):
        k, d = np.shape(self._object.get("means"))
        return f"<Statistics of {k} components in {d} columns, weight {self.weight:g}>"


def expect_statistics(given, name):
    """Refuse what is no `Statistics`."""
    if not isinstance(given, Statistics):
        raise TypeError(f"{name} is of type {type(given).__name__}, expected Statistics")


Statistics.__module__ = "windlass.mixture"
