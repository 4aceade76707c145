"""Functions on short texts that CPython calls as its own, without cffi between: see cpython.h.

They are made at run time, of functions of the library and of CPython's stable ABI; other Pythons
keep the function that there is.
"""

import ctypes
import os

from ._context import Context
from ._load import ffi, lib
from ._strings import _layout as layout

_FASTCALL_WITH_KEYWORDS = 0x0082  # METH_FASTCALL | METH_KEYWORDS
# The members of wdl_cpython, and what CPython calls them.
_FUNCTIONS = {
    "type": "PyObject_Type",
    "release": "Py_DecRef",
    "length": "PyUnicode_GetLength",
    "data": "PyBytes_AsString",
    "size": "PyBytes_Size",
    "entries": "PySet_Size",
    "find": "PyDict_GetItemWithError",
    "number": "PyLong_AsLongLong",
    "integer": "PyLong_FromLongLong",
    "clear": "PyErr_Clear",
    "call": "PyObject_Vectorcall",
}
_kept = []  # what CPython and the library keep pointers to


class _Method(ctypes.Structure):
    """PyMethodDef."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]


def quick(module, ids=(None, None)):
    """A decorator: the function for a short text, or a text and a needle, and itself for all else.

    `ids` are dicts, of bytes and of str, of the operations' ids by their needle.
    """

    def made(function):
        if layout is None or os.environ.get("WINDLASS_CALLS") == "plain":
            return function
        try:
            address = _address(function, ids)
            new = ctypes.pythonapi.PyCFunction_NewEx
        except AttributeError:  # a function that this CPython does not have
            return function
        doc = f"{function.__name__}{_signature(function)}\n--\n\n{function.__doc__}"
        name = function.__name__.encode()
        method = _Method(name, address, _FASTCALL_WITH_KEYWORDS, doc.encode())
        _kept.append((method, function, ids, module))
        new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p] + [ctypes.py_object] * 2
        return new(ctypes.addressof(method), module, module.__name__)

    return made


def _address(function, ids):
    python = ffi.new("wdl_cpython *")
    for member, name in _FUNCTIONS.items():
        found = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value
        setattr(python, member, ffi.cast(ffi.typeof(getattr(python, member)), found))
    objects = {"unicode": str, "bytes": bytes, "otherwise": function, "in_force": Context.in_force}
    objects["of_bytes"], objects["of_str"] = ids
    for member, one in objects.items():
        setattr(python, member, ffi.NULL if one is None else ffi.cast("void *", id(one)))
    python.state, python.characters = layout.state, layout.offset
    python.ascii, python.shift = layout.ascii, layout.shift
    out = ffi.new("wdl_cpython_fn *")
    status = lib.wdl_cpython_text(0, function.__name__.encode(), python, out)
    if status < 0:
        raise AttributeError(function.__name__)
    return int(ffi.cast("uintptr_t", out[0]))


def _signature(function):
    """As help() and inspect read it, "($module, data=None, *, unit='char')"."""
    code = function.__code__
    count = code.co_argcount
    names, more = code.co_varnames[:count], code.co_varnames[count : count + code.co_kwonlyargcount]
    parts = [f"{name}={value!r}" for name, value in zip(names, function.__defaults__)]
    parts += ["*"] + [f"{name}={function.__kwdefaults__[name]!r}" for name in more]
    return f"($module, {', '.join(parts)})"
