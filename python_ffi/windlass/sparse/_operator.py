"""The operator: y = A x."""

import numpy as np

from .. import _array, _long_call
from .._context import call
from .._load import ffi, lib
from .._object import Object

DTYPES = {"f32": np.float32, "f64": np.float64, "c64": np.complex64, "c128": np.complex128}
_LONG = 20_000_000  # entries, which take 20 ms on one core


class Operator:
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

    __array_ufunc__ = None  # so that ndarray @ operator comes here
    ndim = 2

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

    def _apply(self, mode, x):
        x = np.asarray(x)
        if x.ndim not in (1, 2):
            raise ValueError(f"x has shape {x.shape}, expected 1 or 2 dimensions")
        if x.dtype.kind == "c" and self.dtype.kind == "f":
            y = np.empty(self._shape_out(mode, x), np.result_type(self.dtype, np.complex64))
            y.real = self._apply(mode, x.real)
            y.imag = self._apply(mode, x.imag)
            return y
        if not np.can_cast(x.dtype, self.dtype, "safe") and x.dtype.kind not in "iub":
            raise TypeError(f"x has dtype {x.dtype}, expected {self.dtype} as the operator has")
        x = np.asarray(x, self.dtype)
        order = "F" if x.ndim == 2 and x.flags.f_contiguous and not x.flags.c_contiguous else "C"
        y = np.empty(self._shape_out(mode, x), self.dtype, order)
        run = _long_call.run if (self.entries or 0) > _LONG else call
        run(lib.wdl_sparse_apply, self.id, mode, _array.borrow(x, "x"), _array.borrow(y, "y"))
        return y

    def _shape_out(self, mode, x):
        return (self.shape[mode != lib.WDL_PLAIN], *x.shape[1:])

    def matvec(self, x):
        """A x, of x (n,) or (n, 1)."""
        return self._apply(lib.WDL_PLAIN, x)

    def rmatvec(self, x):
        """The conjugate transpose times x, (m,) or (m, 1)."""
        return self._apply(lib.WDL_ADJOINT, x)

    def matmat(self, X):
        """A X, of X (n, k)."""
        return self._apply(lib.WDL_PLAIN, X)

    def rmatmat(self, X):
        """The conjugate transpose times X, (m, k)."""
        return self._apply(lib.WDL_ADJOINT, X)

    def dot(self, x):
        """A x, of an array of one or two dimensions."""
        return self @ x

    __call__ = dot

    def __matmul__(self, other):
        return self._apply(lib.WDL_PLAIN, other)

    def __rmatmul__(self, other):
        return self._apply(lib.WDL_TRANSPOSE, np.asarray(other).T).T
