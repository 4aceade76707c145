"""Operators of what is at hand: arrays, SciPy's matrices and operators, functions."""

import ctypes

import numpy as np

from .. import _array, _callback
from .._as_array import as_array, offered
from .._load import ffi, lib
from .._pointer import function_address, of_data
from ._function import Function
from ._operator import Operator

_TAKEN = ("f", "d", "F", "D")


def aslinear(A, shape=None, dtype=None):
    """`A` as an `Operator`: the memory of what is stored as it lies, no copy where that can be.

    Parameters
    ----------
    A : Operator, array, sparse matrix, LinearOperator or callable
        A sparse matrix of SciPy in any format; anything with `shape` and `matvec` (and
        `rmatvec`), as scipy.sparse.linalg.LinearOperator has; a function of x, or a pointer to a
        C function, see `function`. Changes of a stored matrix's values are seen; its structure
        must not change while the operator lives (SciPy changes that in place in `sort_indices` and
        `sum_duplicates`, which `abs` and others call where there are duplicates).
    shape : tuple of int, optional
        Of a function.
    dtype : dtype, optional
        Of a function (float64 by default), or what the values are converted to.

    Raises
    ------
    TypeError
        What `A` is cannot be used.
    WindlassValueError
        Its structure is broken: indices out of range, pointers that fall.
    """
    if isinstance(A, Operator):
        return A
    if not callable(A) and len(getattr(A, "shape", (0, 0))) != 2:
        raise ValueError(f"A has shape {tuple(A.shape)}, expected two dimensions")
    if hasattr(A, "tocsr"):
        return _of_scipy(A, dtype)
    if offered(A) and not hasattr(A, "matvec"):
        return dense(A, dtype)
    if hasattr(A, "matvec") and hasattr(A, "shape"):
        wanted = dtype or getattr(A, "dtype", None) or np.float64
        return function(A.matvec, A.shape, wanted, rmatvec=getattr(A, "rmatvec", None))
    if callable(A) or function_address(A):
        if shape is None:
            raise TypeError("a function has no shape: aslinear(function, shape=(m, n))")
        return function(A, shape, dtype or np.float64)
    raise TypeError(
        f"A is a {type(A).__name__}, expected an array, a sparse matrix, a LinearOperator, a "
        "function or an Operator"
    )


def _of_scipy(A, dtype):
    """Of the formats that the library has, the arrays themselves; of others as compressed rows."""
    if A.format == "coo":
        return coo(A.row, A.col, A.data, A.shape, dtype)
    if A.format == "dia" and A.shape[0] == A.shape[1] and list(A.offsets) == [0]:
        return diagonal(A.data[0, : A.shape[0]], dtype)
    if A.format not in ("csr", "csc", "bsr"):
        A = A.tocsr()
    used = A.indptr[-1] if len(A.indptr) else 0  # SciPy lets them be longer
    make = {"csr": csr, "csc": csc, "bsr": bsr}[A.format]
    return make(A.indptr, A.indices[:used], A.data[:used], A.shape, dtype)


def csr(indptr, indices, values, shape, dtype=None):
    """Compressed rows over the caller's arrays.

    Parameters
    ----------
    indptr : array_like (m + 1,)
        int32 or int64: row i has the entries indptr[i] to indptr[i + 1] - 1.
    indices : array_like (entries,)
        int32 or int64: columns, in any order; entries of one place are added.
    values : array_like (entries,)
    shape : tuple of int
        (m, n).
    dtype : dtype, optional
        What the values are converted to.
    """
    rows, columns = _shape(shape)
    return _compressed(lib.wdl_sparse_csr, indptr, indices, values, rows, columns, dtype)


def csc(indptr, indices, values, shape, dtype=None):
    """Compressed columns: as `csr`, where indptr is (n + 1,) and indices are rows."""
    rows, columns = _shape(shape)
    return _compressed(lib.wdl_sparse_csc, indptr, indices, values, columns, rows, dtype)


def bsr(indptr, indices, values, shape, dtype=None):
    """Compressed rows of blocks: as `csr`, where values are (blocks, r, c), and indptr and indices
    count blocks."""
    rows, columns = _shape(shape)
    values = _values(values, dtype)
    if values.ndim != 3 or not values.shape[1] or rows % values.shape[1]:
        raise ValueError(
            f"values has shape {values.shape}, expected (blocks, r, c) with r that divides {rows}"
        )
    rows //= values.shape[1]
    return _compressed(lib.wdl_sparse_bsr, indptr, indices, values, rows, columns, None)


def _compressed(make, indptr, indices, values, long, other, dtype):
    pointers = _indices(indptr, "indptr")
    if pointers.shape != (long + 1,):
        raise ValueError(f"indptr has shape {pointers.shape}, expected {(long + 1,)}")
    arrays = (pointers, _indices(indices, "indices"), _values(values, dtype))
    return _keep(make, (other,), arrays, ("indptr", "indices", "values"))


def coo(row, column, values, shape, dtype=None):
    """Entries in any order, copied; row, column and values are (entries,). Entries of one place
    are added."""
    arrays = (_indices(row, "row"), _indices(column, "column"), _values(values, dtype))
    return _keep(lib.wdl_sparse_coo, _shape(shape), arrays, ("row", "column", "values"))


def dense(values, dtype=None):
    """A matrix (m, n), kept as it lies where its rows or its columns are contiguous."""
    return _keep(lib.wdl_sparse_dense, (), (_values(values, dtype),), ("values",))


def diagonal(values, dtype=None):
    """The square matrix with values (n,) on its diagonal."""
    return _keep(lib.wdl_sparse_diagonal, (), (_values(values, dtype),), ("values",))


def _keep(make, first, arrays, names):
    lent = [_array.borrow(array, name) for array, name in zip(arrays, names)]
    with _callback.Keeping(*arrays) as keeping:
        return Operator._made(make, *first, *lent, _callback.RELEASE, keeping.user)


def _shape(shape):
    rows, columns = (extent.__index__() for extent in shape)
    return rows, columns


def _indices(array, name):
    array = as_array(array, name=name)
    if array.dtype.char in "bBhHI" or (array.size == 0 and array.dtype.kind in "fiu"):
        array = array.astype(np.int64)
    return array


def _values(array, dtype):
    """Float and complex as they are, integers and the like as float64."""
    array = as_array(array, dtype, name="values")
    if array.dtype.char in _TAKEN:
        return array
    if array.dtype.kind in "biu" or array.dtype == np.float16:
        return array.astype(np.float64)
    raise TypeError(f"the values have dtype {array.dtype}, expected real or complex numbers")


def function(apply, shape, dtype=np.float64, *, rmatvec=None, user=None):
    """An operator that only a function knows.

    Parameters
    ----------
    apply : callable or pointer to a C function
        A callable gets x, (n,), and returns A x, (m,); what it raises comes out of the call that
        needed it. A pointer (of cffi, ctypes, or anything with an `address`) is a wdl_apply_fn of
        sparse.h, and is called without Python.
    shape : tuple of int
        (m, n).
    dtype : dtype
        Of its vectors: float32, float64, complex64 or complex128.
    rmatvec : callable, optional
        The conjugate transpose times x. A C function is asked for that through its mode, where
        `rmatvec` is True.
    user : pointer of cffi or ctypes (``byref(s)``, ``pointer(s)``), or int, optional
        What a C function gets as its first argument.

    Raises
    ------
    TypeError
        `apply` is neither, `rmatvec` no callable, `user` no pointer.
    """
    rows, columns = _shape(shape)
    dtype = np.dtype(dtype)
    if dtype.char not in _TAKEN:
        dtype = np.dtype(np.float64) if dtype.kind in "biuf" else np.dtype(np.complex128)
    flags = lib.WDL_HAS_ADJOINT if rmatvec else 0
    address = function_address(apply)
    if address:
        pointer = ffi.cast("wdl_apply_fn", address)
        flags |= lib.WDL_HAS_TRANSPOSE if rmatvec else 0
    else:
        _check_callable(apply, "apply", "a callable or a pointer to a C function")
        if rmatvec is not None:
            _check_callable(rmatvec, "rmatvec", "a callable")
        python = Function(apply, rmatvec, (rows, columns), dtype)
        pointer = ffi.callback("wdl_apply_fn", python.apply, error=1, onerror=_callback.failed)
    number = _array.NUMBER_OF_DTYPE[dtype]
    data = None if user is None else ffi.cast("void *", of_data(user, "user"))
    with _callback.Keeping(pointer, apply, user, user=data) as keeping:
        return Operator._made(
            lib.wdl_sparse_callback,
            rows,
            columns,
            number,
            pointer,
            flags,
            _callback.RELEASE,
            keeping.user,
        )


def _check_callable(function, name, expected):
    null = isinstance(function, (ffi.CData, ctypes._CFuncPtr))  # of a pointer no address was found
    if null or not callable(function):
        raise TypeError(f"{name} is {function!r}, expected {expected}")
