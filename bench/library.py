"""The C interface through ctypes, for what the Python package hides: units, contexts, threads."""

from __future__ import annotations

import ctypes
import os
import pathlib

import numpy as np

from bench.machine import ROOT, Missing

PROCESS = 1
BYTE, UTF8, U16, U32, UTF8_VALID = 1, 2, 3, 4, 5
DTYPES = {"uint8": 1, "uint16": 2, "uint32": 3, "int64": 8, "float32": 9, "float64": 10}


class Array(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("shape", ctypes.c_int64 * 8),
        ("stride", ctypes.c_int64 * 8),
        ("dtype", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
    ]


def array(values: np.ndarray) -> Array:
    view = Array(data=values.ctypes.data, dtype=DTYPES[values.dtype.name], ndim=values.ndim)
    view.shape[: values.ndim] = values.shape
    view.stride[: values.ndim] = values.strides
    return view


def path() -> pathlib.Path:
    """The library that the Python package uses, so that there is one pool and one level."""
    named = os.environ.get("WINDLASS_LIBRARY")
    if named:
        return pathlib.Path(named)
    try:
        from windlass import _load
    except ImportError:
        pass
    else:
        return pathlib.Path(_load.path)
    built = ROOT / "build" / "release" / "libwindlass.so"
    if built.exists():
        return built
    raise Missing("no library: run make build")


class Library:
    def __init__(self):
        self.path = path()
        self.c = ctypes.CDLL(str(self.path))
        self.c.wdl_error_message.restype = ctypes.c_char_p

    def call(self, name: str, ctx: int, *arguments) -> int:
        status = getattr(self.c, name)(ctypes.c_uint64(ctx), *arguments)
        if status < 0:
            text = self.c.wdl_error_message(ctypes.c_uint64(ctx))
            raise RuntimeError(text.decode())
        return status

    def context(self, threads: int) -> int:
        """A context that lives as long as the process."""
        out = ctypes.c_uint64()
        self.call("wdl_context_create", 0, ctypes.byref(out))
        self.call(
            "wdl_set_int", 0, ctypes.c_uint64(out.value), b"threads", ctypes.c_int64(threads)
        )
        return out.value

    def text(self, name: str, obj: int = PROCESS) -> str:
        buffer, needed = ctypes.create_string_buffer(512), ctypes.c_int64()
        arguments = buffer, ctypes.c_int64(len(buffer)), ctypes.byref(needed)
        self.call("wdl_get_text", 0, ctypes.c_uint64(obj), name.encode(), *arguments)
        return buffer.value.decode()

    def count_doubles(self, ctx: int, data: np.ndarray, unit: int):
        """A call without arguments that gives the count: the C function's cost and ctypes'."""
        function, out = self.c.wdl_text_count_doubles, ctypes.c_int64()
        function.argtypes = [
            ctypes.c_uint64,
            ctypes.c_void_p,
            ctypes.c_int64,
            ctypes.c_int32,
            ctypes.c_void_p,
        ]
        address, length, place = data.ctypes.data, data.size, ctypes.addressof(out)

        def call(held=(data, out)):
            if function(ctx, address, length, unit, place):
                raise RuntimeError(self.c.wdl_error_message(ctypes.c_uint64(ctx)).decode())
            return out.value

        return call

    def count_doubles_many(self, ctx: int, data: np.ndarray, offsets: np.ndarray, unit: int):
        counts = np.empty(len(offsets) - 1, np.int64)

        def call():
            self.call(
                "wdl_text_count_doubles_many",
                ctx,
                ctypes.c_void_p(data.ctypes.data),
                ctypes.c_int64(data.size),
                ctypes.c_void_p(offsets.ctypes.data),
                ctypes.c_int64(len(counts)),
                ctypes.c_int32(unit),
                ctypes.c_void_p(counts.ctypes.data),
            )
            return counts

        return call

    def m_step(self, ctx: int, x: np.ndarray, resp: np.ndarray):
        """resp is n × k, of any strides."""
        k, d = resp.shape[1], x.shape[1]
        outputs = np.empty(k), np.empty((k, d)), np.empty((k, d, d))
        views = [array(values) for values in (x, resp, *outputs)]
        pointers = [ctypes.byref(view) for view in views]

        def call():
            self.call(
                "wdl_mixture_m_step",
                ctx,
                *pointers[:2],
                ctypes.c_double(0.0),
                *pointers[2:],
            )
            return outputs

        return call
