"""The operator: y = A x."""

import numpy as np

from .._context import call
from .._load import ffi
from .._object import Object
from ._products import Products

DTYPES = {"f32": np.float32, "f64": np.float64, "c64": np.complex64, "c128": np.complex128}


class Operator(Products):
    """A linear operator of the library. `aslinear` and its like make one.

    Attributes
    ----------
    shape : tuple of int
        (m, n).
    dtype : numpy.dtype
        float32, float64, complex64 or complex128.
    form : str
        How it is stored, "csr", or what it is made of, "product".
    entries : int or None
        Entries stored, with duplicates and zeros; None where it has none of its own.
    nbytes : int
        Memory that it has allocated, beside the arrays that it was given.
    id : int
        What the library knows it by.
    """

    def __init__(self, made):
        self._object = made
        self.shape = (made.get("rows"), made.get("columns"))
        self.dtype = np.dtype(DTYPES[made.get("dtype")])
        self.form = made.get("form")
        self.entries = made.results().get("entries")

    @classmethod
    def _made(cls, function, *arguments):
        """What an exported function makes."""
        out = ffi.new("wdl_operator *")
        call(function, *arguments, out)
        return cls(Object._owner(out[0], "operator"))

    @property
    def id(self):
        return self._object.id

    @property
    def nbytes(self):
        return self._object.get("bytes")

    def __repr__(self):
        rows, columns = self.shape
        stored = "" if self.entries is None else f", {self.entries} entries"
        return f"<{self.form} operator, {rows} x {columns} of {self.dtype}{stored}>"
