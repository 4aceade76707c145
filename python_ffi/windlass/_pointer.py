"""Addresses of C functions and of what they get, from the forms in which Python has them."""

import ctypes
import sys

import numpy as np

from ._load import ffi

_DATA = (ctypes._Pointer, ctypes.Array, ctypes.c_char_p, type(ctypes.byref(ctypes.c_int())))


def function_address(pointer):
    """Where a C function is: of a pointer of cffi or ctypes, an int, or anything that has an
    `address` (Numba's cfunc); None of anything else, a Python function too."""
    return None if isinstance(pointer, _DATA) else _address(pointer) or None


def of_function(pointer, name="pointer"):
    """`function_address`, of what must have one.

    Raises
    ------
    TypeError
    """
    found = function_address(pointer)
    if found is None:
        raise TypeError(
            f"{name} is {pointer!r}, expected a pointer of ctypes or cffi, an address, or an "
            "object that has one"
        )
    return found


def of_data(data, name="data"):
    """Where that is which a C function gets as its own, 0 for None.

    Raises
    ------
    TypeError
    """
    found = 0 if data is None else _address(data)
    if found is None:
        raise TypeError(
            f"{name} is {data!r}, expected a pointer of ctypes or cffi, ctypes.byref of what is "
            "there, an array of ctypes, an address or None"
        )
    return found


def calls_python(pointer):
    """Whether a pointer is known to be that of a Python function: a callback of ctypes or cffi."""
    if isinstance(pointer, (ctypes._CFuncPtr, ctypes.c_void_p)):
        kept = pointer._objects or {}
        return any(type(one).__name__ == "CThunkObject" for one in kept.values())
    return repr(pointer).startswith("<cdata ") and " calling <" in repr(pointer)


def _address(pointer):
    """0 for NULL; None of what has none."""
    if isinstance(pointer, (*_DATA, ctypes._CFuncPtr, ctypes.c_void_p)):
        return ctypes.cast(pointer, ctypes.c_void_p).value or 0
    if isinstance(pointer, ffi.CData):
        return int(ffi.cast("uintptr_t", pointer))
    found = pointer
    if not isinstance(pointer, (int, np.integer)):
        found = getattr(pointer, "address", None)
    if not isinstance(found, (int, np.integer)) or isinstance(found, bool):
        return None
    return int(found) if 0 <= found <= sys.maxsize else None
