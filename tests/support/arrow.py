"""Arrow capsules made by hand, as its C data interface lays them out:
https://arrow.apache.org/docs/format/CDataInterface.html."""

import ctypes


class Schema(ctypes.Structure):
    pass


class Array(ctypes.Structure):
    pass


_pointer, _int = ctypes.POINTER, ctypes.c_int64
Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", _int),
    ("n_children", _int),
    ("children", _pointer(_pointer(Schema))),
    ("dictionary", _pointer(Schema)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
Array._fields_ = [
    ("length", _int),
    ("null_count", _int),
    ("offset", _int),
    ("n_buffers", _int),
    ("n_children", _int),
    ("buffers", _pointer(ctypes.c_void_p)),
    ("children", _pointer(_pointer(Array))),
    ("dictionary", _pointer(Array)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
_release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda _one: None)
_RELEASE = ctypes.cast(_release, ctypes.c_void_p).value
_kept = []


def _children(kind, given):
    found = (_pointer(kind) * len(given))(*map(ctypes.pointer, given))
    _kept.append(found)
    return found


def schema(form, name=None, children=(), **fields):
    """A schema; `fields` are set to what is asked for instead."""
    given = {"format": form, "name": name, "n_children": len(children), "release": _RELEASE}
    if children:
        given["children"] = _children(Schema, children)
    made = Schema(**{**given, **fields})
    _kept.append((made, children))
    return made


def array(length, memory, children=(), **fields):
    """An array over memory: ndarrays or None; `fields` as in `schema`."""
    lent = [None if one is None else one.ctypes.data for one in memory]
    pointers = (ctypes.c_void_p * max(1, len(lent)))(*lent)
    given = {"length": length, "n_buffers": len(lent), "buffers": pointers, "release": _RELEASE}
    if children:
        given["children"] = _children(Array, children)
    made = Array(**{**given, "n_children": len(children), **fields})
    _kept.append((made, pointers, memory, children))
    return made


class Column:
    """Hands out the capsules of a schema and an array."""

    def __init__(self, of, values, names=(b"arrow_schema", b"arrow_array")):
        self.structs, self.names = (of, values), names

    def __arrow_c_array__(self, requested_schema=None):
        new = ctypes.pythonapi.PyCapsule_New
        new.restype = ctypes.py_object
        new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return tuple(
            new(ctypes.addressof(one), name, None)
            for one, name in zip(self.structs, self.names, strict=True)
        )
