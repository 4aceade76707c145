"""A, b, M and x0 as they come, of one scalar type."""

import numpy as np

from .._as_array import as_array, view
from ..sparse import Operator, aslinear

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
    """

    def __init__(self, A, b, x0=None):
        b = as_array(b, name="b")
        start = None if x0 is None else as_array(x0, name="x0")
        dtype = common_dtype(_typed(A), b, *([] if start is None else [start]))
        self.A = operator(A, dtype)
        self.given = A
        rows, columns = self.A.shape
        self.b = vector(b, "b", rows, dtype)
        self.x = np.zeros(columns, dtype) if start is None else vector(start, "x0", columns, dtype)
        if start is not None and np.shares_memory(self.x, start):
            self.x = self.x.copy()


def _typed(A):
    return A if hasattr(A, "dtype") and A.dtype is not None else np.empty(0)


def operator(A, dtype):
    """`A` as an `Operator` of this dtype: a stored matrix of another one is converted."""
    if isinstance(A, Operator):
        return A
    if not hasattr(A, "shape"):
        given, A = A, view(A, name="A")
        if A.dtype.kind not in "biufc":
            raise TypeError(f"A is a {type(given).__name__}, expected a matrix or an operator")
    return aslinear(A, dtype=dtype)
