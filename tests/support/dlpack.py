"""DLPack capsules made by hand, as its specification lays them out:
https://dmlc.github.io/dlpack/latest/c_api.html."""

import ctypes

import numpy as np

CODES = {"i": 0, "u": 1, "f": 2, "c": 5, "b": 6}
BFLOAT = 4
READ_ONLY = 1


class Tensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


DELETER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Managed(ctypes.Structure):
    _fields_ = [("tensor", Tensor), ("context", ctypes.c_void_p), ("deleter", DELETER)]


class Versioned(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("context", ctypes.c_void_p),
        ("deleter", DELETER),
        ("flags", ctypes.c_uint64),
        ("tensor", Tensor),
    ]


NAMES = {Managed: ctypes.c_char_p(b"dltensor"), Versioned: ctypes.c_char_p(b"dltensor_versioned")}

_lent = []  # what consumers may still give back when the exporter is forgotten


class Exporter:
    """Lends an ndarray's memory by DLPack; `deleted` counts what the consumers gave back.

    `versioned`: whether it knows version 1, for who asks; `strided`: whether strides are said.
    """

    def __init__(self, array, versioned=True, device=(1, 0), flags=0, code=None, strided=True):
        self.array, self.versioned, self.device, self.flags = array, versioned, device, flags
        self.code = CODES[array.dtype.kind] if code is None else code
        self.strided = strided
        self.deleted = 0

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        made = Versioned() if self.versioned and max_version else Managed()
        self.fill(made.tensor)
        made.deleter = DELETER(self._delete)
        if isinstance(made, Versioned):
            made.major, made.flags = 1, self.flags
        _lent.append((made, self))
        new = ctypes.pythonapi.PyCapsule_New
        new.restype = ctypes.py_object
        new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return new(ctypes.addressof(made), NAMES[type(made)], None)

    def _delete(self, _tensor):
        self.deleted += 1

    def fill(self, tensor):
        array, extents = self.array, ctypes.c_int64 * self.array.ndim
        begin = 8 if array.size else 0  # said as an offset
        tensor.data, tensor.byte_offset = array.ctypes.data - begin, begin
        tensor.device_type, tensor.device_id = self.device
        tensor.ndim, tensor.code, tensor.lanes = array.ndim, self.code, 1
        tensor.bits = 8 * array.itemsize
        tensor.shape = extents(*array.shape)
        if self.strided:
            tensor.strides = extents(*np.floor_divide(array.strides, array.itemsize))


class Legacy(Exporter):
    """Without versions, but with __array__ over the same memory, as older PyTorch."""

    def __init__(self, array):
        super().__init__(array, versioned=False)

    def __array__(self, dtype=None, copy=None):
        return self.array
