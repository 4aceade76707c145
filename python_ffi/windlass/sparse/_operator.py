"""The operator: y = A x."""

import numpy as np

from .._context import call
from .._load import ffi, lib
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

    def matvec(self, x, out=None):
        """A x, of x (n,) or (n, 1); in `out` where given, an array of its shape and dtype."""
        return self._apply(lib.WDL_PLAIN, x, out)

    def matmat(self, X, out=None):
        """A X, of X (n, k); in `out` where given, an array of its shape and dtype."""
        return self._apply(lib.WDL_PLAIN, X, out)

    def dot(self, other):
        """The product with an array, an operator or a scalar."""
        return self * other if np.isscalar(other) else self @ other

    __call__ = dot

    def __matmul__(self, other):
        if isinstance(other, Operator):
            return self._made(lib.wdl_sparse_product, self.id, other.id)
        return super().__matmul__(other)

    @property
    def T(self):
        """The transpose."""
        return self._made(lib.wdl_sparse_transpose, self.id, 0)

    @property
    def H(self):
        """The conjugate transpose."""
        return self._made(lib.wdl_sparse_transpose, self.id, 1)

    def transpose(self):
        """The transpose."""
        return self.T

    def adjoint(self):
        """The conjugate transpose."""
        return self.H

    def shift(self, sigma):
        """A + sigma I, of a square operator."""
        return self._made(lib.wdl_sparse_shift, self.id, *_parts(sigma))

    def __add__(self, other):
        return self._sum(1.0, other, 1.0)

    def __sub__(self, other):
        return self._sum(1.0, other, -1.0)

    def __neg__(self):
        return self * -1.0

    def __mul__(self, scale):
        if not np.isscalar(scale):
            return self @ scale
        return self._sum(scale, self, 0.0)

    def __rmul__(self, scale):
        return self * scale if np.isscalar(scale) else NotImplemented

    def __truediv__(self, scale):
        return self * (1.0 / scale)

    def _sum(self, alpha, other, beta):
        if not isinstance(other, Operator):
            return NotImplemented
        return self._made(
            lib.wdl_sparse_sum, *_parts(alpha), self.id, *_parts(beta), other.id
        )

    def aslinearoperator(self):
        """The same as a scipy.sparse.linalg.LinearOperator."""
        from scipy.sparse.linalg import aslinearoperator

        return aslinearoperator(self)


def _parts(number):
    number = complex(number)
    return number.real, number.imag
