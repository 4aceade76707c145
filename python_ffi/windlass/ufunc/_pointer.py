"""Addresses of C functions and of what they get, from the forms in which Python has them."""

import ctypes
import sys

import numpy as np

from .._callback import address_of

_LENT = (ctypes._Pointer, ctypes.Array, type(ctypes.byref(ctypes.c_int())))


def of_function(pointer, name="pointer"):
    """Where a C function is.

    Raises
    ------
    TypeError
    """
    found = _number(pointer)
    if not found or isinstance(pointer, _LENT):
        raise TypeError(
            f"{name} is {pointer!r}, expected a pointer of ctypes or cffi, an address, or an "
            "object that has one"
        )
    return found


def of_data(data):
    """Where a loop's data is, 0 for None.

    Raises
    ------
    TypeError
    """
    found = 0 if data is None else _number(data)
    if found is None:
        raise TypeError(
            f"data is {data!r}, expected a pointer of ctypes or cffi, ctypes.byref of what is "
            "there, an array of ctypes, an address or None"
        )
    return found


def calls_python(pointer):
    """Whether a pointer is known to be that of a Python function: a callback of ctypes or cffi."""
    if isinstance(pointer, (ctypes._CFuncPtr, ctypes.c_void_p)):
        kept = pointer._objects or {}
        return any(type(one).__name__ == "CThunkObject" for one in kept.values())
    return repr(pointer).startswith("<cdata ") and " calling <" in repr(pointer)


def _number(pointer):
    """The address, 0 for NULL; None of what has none."""
    if isinstance(pointer, (*_LENT, ctypes.c_void_p)):
        return ctypes.cast(pointer, ctypes.c_void_p).value or 0
    if isinstance(pointer, np.integer):
        pointer = int(pointer)
    if type(pointer) is int:
        return pointer if 0 <= pointer <= sys.maxsize else None
    return None if isinstance(pointer, bool) else address_of(pointer)
