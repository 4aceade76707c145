"""True numpy.ufunc objects, through the table of functions that NumPy's extensions use.

NumPy keeps pointers to all that a ufunc is made of, so that is never freed. What is used of the
table (numpy/__ufunc_api.h, numpy/__multiarray_api.h) has stood in the same places since NumPy 1.16.
"""

import ctypes
import sys

import numpy as np

_UFUNC_TYPE, _MAKE = 0, 42  # PyUFunc_Type, PyUFunc_FromFuncAndDataAndSignatureAndIdentity
_ABI_VERSION = 0  # PyArray_GetNDArrayCVersion
_KNOWN_ABIS = (0x01000009, 0x02000000)
_NO_IDENTITY, _REORDERABLE, _IDENTITY_VALUE = -1, -2, -3

_kept = []


class NoTable(Exception):
    """NumPy's table cannot be used here; the message says why."""


def _table():
    if sys.implementation.name != "cpython":
        raise NoTable(f"NumPy's table is not to be had on {sys.implementation.name}")
    try:
        from numpy._core import _multiarray_umath as core
    except ImportError:  # NumPy 1
        from numpy.core import _multiarray_umath as core
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    try:
        ufunc, array = get(core._UFUNC_API, None), get(core._ARRAY_API, None)
    except (AttributeError, ValueError) as problem:
        raise NoTable(f"NumPy {np.__version__} has no table of ufuncs: {problem}") from None
    entries = ctypes.POINTER(ctypes.c_void_p)
    ufunc, array = ctypes.cast(ufunc, entries), ctypes.cast(array, entries)
    abi = ctypes.CFUNCTYPE(ctypes.c_uint)(array[_ABI_VERSION])()
    if abi not in _KNOWN_ABIS or ufunc[_UFUNC_TYPE] != id(np.ufunc):
        raise NoTable(f"NumPy {np.__version__} has an ABI that is not known, {abi:#x}")
    return ufunc


def maker():
    """The function that makes ufuncs, `make(name, loops, signature, identity, doc)`.

    Raises
    ------
    NoTable
    """
    pointer, number = ctypes.c_void_p, ctypes.c_int
    arguments = [pointer] * 3 + [number] * 4 + [pointer] * 2 + [number, pointer, ctypes.py_object]
    register = ctypes.PYFUNCTYPE(ctypes.py_object, *arguments)(_table()[_MAKE])

    def make(name, loops, signature, identity, doc):
        parts = _Parts(name, loops, signature, doc)
        kind, value = _identity(identity)
        inputs, outputs = len(loops[0].inputs), len(loops[0].outputs)
        made = register(
            ctypes.addressof(parts.functions),
            ctypes.addressof(parts.data),
            ctypes.addressof(parts.types),
            len(loops),
            inputs,
            outputs,
            kind,
            ctypes.addressof(parts.name),
            ctypes.addressof(parts.doc),
            0,
            parts.signature and ctypes.addressof(parts.signature),
            value,
        )
        _kept.append(parts)
        return made

    return make


class _Parts:
    """What NumPy keeps pointers to."""

    def __init__(self, name, loops, signature, doc):
        numbers = [np.dtype(letter).num for loop in loops for letter in loop.inputs + loop.outputs]
        pointers = ctypes.c_void_p * len(loops)
        self.functions = pointers(*[loop.address for loop in loops])
        self.data = pointers(*[loop.data or None for loop in loops])
        self.types = (ctypes.c_char * len(numbers))(*numbers)
        self.name = ctypes.create_string_buffer(name.encode())
        self.doc = ctypes.create_string_buffer(doc.encode())
        self.signature = signature and ctypes.create_string_buffer(signature.encode())


def _identity(identity):
    if identity is None:
        return _NO_IDENTITY, None
    if identity == "reorderable":
        return _REORDERABLE, None
    return _IDENTITY_VALUE, identity
