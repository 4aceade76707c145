"""What can be multiplied with: operators and preconditioners."""

import numpy as np

from .. import _array, _long_call
from .._as_array import as_array
from .._context import call
from .._load import lib

_LONG = 20_000_000  # entries, which take 20 ms on one core


class Products:
    """Products with vectors, under the names that SciPy's LinearOperator has.

    Who inherits has `shape`, `dtype`, `entries` and `id`.
    """

    __array_ufunc__ = None  # so that ndarray @ operator comes here
    ndim = 2
    _product = lib.wdl_sparse_apply

    def _apply(self, mode, x, out=None):
        if out is not None and not isinstance(out, np.ndarray):
            raise TypeError(f"out is a {type(out).__name__}, expected an array")
        if type(x) is not np.ndarray or x.dtype is not self.dtype:
            x = as_array(x, name="x")
            if x.dtype.kind == "c" and self.dtype.kind == "f":
                return self._apply_complex(mode, x, out)
            if not np.can_cast(x.dtype, self.dtype, "safe") and x.dtype.kind not in "iub":
                raise TypeError(f"x has dtype {x.dtype}, expected {self.dtype} as the matrix has")
            x = np.asarray(x, self.dtype)
        if x.ndim not in (1, 2):
            raise ValueError(f"x has shape {x.shape}, expected 1 or 2 dimensions")
        if out is None:
            dense = x.ndim == 2 and x.flags.f_contiguous and not x.flags.c_contiguous
            out = np.empty(self._shape_out(mode, x), self.dtype, "F" if dense else "C")
        run = _long_call.run if (self.entries or 0) > _LONG else call
        run(self._product, self.id, mode, _array.borrow(x, "x"), _array.borrow(out, "out"))
        return out

    def _apply_complex(self, mode, x, out):
        shape, dtype = self._shape_out(mode, x), np.result_type(self.dtype, np.complex64)
        if out is None:
            out = np.empty(shape, dtype)
        if out.shape != shape:
            raise ValueError(f"out has shape {out.shape}, expected {shape}")
        if out.dtype != dtype:
            raise TypeError(f"out has dtype {out.dtype}, expected {dtype}")
        out.real = self._apply(mode, x.real)
        out.imag = self._apply(mode, x.imag)
        return out

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
        if hasattr(other, "tocsr"):
            return _composed(self, other)
        return self._apply(lib.WDL_PLAIN, other)

    def __rmatmul__(self, other):
        if hasattr(other, "tocsr"):
            return _composed(other, self)
        return self._apply(lib.WDL_TRANSPOSE, np.asarray(other).T).T


def _composed(left, right):
    """The operator of two, one of them a sparse matrix."""
    from ._inputs import aslinear

    return aslinear(left) @ aslinear(right)
