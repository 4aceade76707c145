"""A, b, M and x0 as they come, of one scalar type."""

import numpy as np

from .._as_array import as_array, view
from .._errors import WindlassValueError
from ..sparse import Operator, aslinear, function

_SCALARS = {"f": np.float32, "d": np.float64, "F": np.complex64, "D": np.complex128}


def common_dtype(*arrays):
    """float32, float64, complex64 or complex128: what holds all of them."""
    found = np.result_type(*[getattr(array, "dtype", np.float64) for array in arrays])
    if found.char in _SCALARS:
        return found
    if found.kind in "biuf":
        return np.dtype(np.float64)
    if found.kind == "c":
        return np.dtype(np.complex128)
    raise TypeError(f"A and b have dtype {found}, expected real or complex numbers")


def vector(values, name, length, dtype=None):
    """(length,) or (length, 1) as (length,)."""
    array = as_array(values, dtype, name=name)
    if array.shape not in ((length,), (length, 1)):
        raise ValueError(f"{name} has shape {array.shape}, expected {(length,)} to match A")
    return array.reshape(length)


class System:
    """A x = b, with M about the inverse of A.

    Attributes
    ----------
    A : Operator
    b, x : ndarray (m,), (n,)
        Of A's dtype; x is the start, and a copy.
    stored : Operator
        What a preconditioner is made of: A, or the real one that A multiplies two parts with.
    """

    def __init__(self, A, b, x0=None):
        b = as_array(b, name="b")
        start = None if x0 is None else as_array(x0, name="x0")
        self.A = operator(A, common_dtype(_typed(A), b, *([] if start is None else [start])))
        self.stored = A if isinstance(A, Operator) else self.A
        dtype = self.A.dtype
        if b.dtype.kind in "fc" and not np.can_cast(b.dtype, dtype):
            raise TypeError(f"b has dtype {b.dtype}, expected {dtype} as the operator A has")
        rows, columns = self.A.shape
        self.b = vector(b, "b", rows, dtype)
        self.x = np.zeros(columns, dtype) if start is None else _start(start, columns, dtype)

    def shift(self, sigma):
        """Add sigma I to A."""
        same = self.stored is self.A
        self.stored = self.stored.shift(sigma)
        self.A = self.stored if same else in_parts(self.stored, self.A.dtype)


def in_parts(A, dtype):
    """`A`, or where that is real and this dtype is not, what multiplies the two parts with it."""
    if dtype.kind != "c" or A.dtype.kind != "f":
        return A
    wide = np.result_type(A.dtype, np.complex64)
    return function(A.matvec, A.shape, wide, rmatvec=A.rmatvec)


def _start(given, columns, dtype):
    x = vector(given, "x0", columns, dtype)
    wrong = np.flatnonzero(~np.isfinite(x))
    if wrong.size:
        raise WindlassValueError(f"x0 is not finite: x0[{wrong[0]}] is {x[wrong[0]]}")
    return x.copy() if np.shares_memory(x, given) else x


def _typed(A):
    return A if hasattr(A, "dtype") and A.dtype is not None else np.empty(0)


def operator(A, dtype, name="A"):
    """`A` as an `Operator` of this dtype: a stored matrix of another one is converted."""
    if isinstance(A, Operator):
        return in_parts(A, dtype)
    if not hasattr(A, "shape"):
        given, A = A, view(A, name=name)
        if A.dtype.kind not in "biufc" or not A.ndim:
            kind = type(given).__name__
            raise TypeError(f"{name} is a {kind}, expected a matrix or an operator")
    if len(A.shape) != 2:
        raise ValueError(f"{name} has shape {tuple(A.shape)}, expected two dimensions")
    if _typed(A).dtype.kind == "c" and dtype.kind != "c":
        raise TypeError(f"{name} has dtype {A.dtype}, expected {dtype} as A and b have")
    return aslinear(A, dtype=dtype)
