"""The C interface through ctypes, for what the Python package hides: units, contexts, threads."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib

import numpy as np

from bench.machine import ROOT, Missing

PROCESS = 1
BYTE, UTF8, U16, U32, UTF8_VALID = 1, 2, 3, 4, 5
DTYPES = {"uint8": 1, "uint16": 2, "uint32": 3, "int32": 7, "int64": 8, "float32": 9, "float64": 10}


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


class TextOperation:
    """A prepared operation of the text module; what its methods give are calls without arguments,
    each with memory of its own for the results."""

    def __init__(self, library, ctx: int, name: str, needles, settings: dict):
        self.library, self.ctx, self.name = library, ctx, name
        out = ctypes.c_uint64()
        library.call("wdl_text_create", ctx, name.encode(), ctypes.byref(out))
        self.object = out.value
        for key, value in settings.items():
            kind = "text" if isinstance(value, str) else "int"
            given = value.encode() if kind == "text" else ctypes.c_int64(value)
            library.call(f"wdl_set_{kind}", ctx, out, key.encode(), given)
        if needles:
            joined, lengths = b"".join(needles), [len(needle) for needle in needles]
            offsets = np.cumsum([0, *lengths], dtype=np.int64)
            place, count = ctypes.c_void_p(offsets.ctypes.data), ctypes.c_int64(len(needles))
            length = ctypes.c_int64(len(joined))
            library.call("wdl_text_set_needles", ctx, out, joined, length, place, count)
        number, names = ctypes.c_int64(), ctypes.c_char_p()
        library.call("wdl_text_outputs", ctx, out, ctypes.byref(number), ctypes.byref(names))
        self.outputs = number.value

    def _bound(self, function: str, *arguments):
        """The C function with all its arguments: a call costs little more than in C."""
        handle, ctx = getattr(self.library.c, function), ctypes.c_uint64(self.ctx)
        given = [ctypes.c_uint64(self.object), *arguments]

        def call():
            if handle(ctx, *given) < 0:
                raise RuntimeError(self.library.c.wdl_error_message(ctx).decode())

        return call

    def _one(self, function: str, *source):
        """The results of one text: a number, or several."""
        number = self.outputs
        out = (ctypes.c_int64 * max(number, 1))()
        bound = self._bound(function, *source, ctypes.c_int64(number), out)

        def call():
            bound()
            return out[0] if number == 1 else tuple(out)

        return call

    def run(self, data: np.ndarray):
        """data is 1-dimensional and contiguous, of bytes or of the operation's unit."""
        call = self._one("wdl_text_run", ctypes.c_void_p(data.ctypes.data), _size(data))
        call.data = data  # kept alive
        return call

    def run_file(self, path):
        return self._one("wdl_text_run_file", os.fsencode(path))

    def run_many(self, data: np.ndarray, offsets: np.ndarray):
        """Results of shape (texts,), or (texts, outputs) where there are several."""
        counts = np.empty((len(offsets) - 1, self.outputs), np.int64)
        views = array(offsets), array(counts)
        pointers = [ctypes.byref(view) for view in views]
        address = ctypes.c_void_p(data.ctypes.data)
        bound = self._bound("wdl_text_run_many", address, _size(data), *pointers)
        shown = counts[:, 0] if self.outputs == 1 else counts

        def call(held=(data, offsets, views)):
            bound()
            return shown

        return call

    def stream(self, data: np.ndarray, piece: int):
        """The text fed in pieces of so many units; a stream is made and released in each call."""
        pieces = [data[i : i + piece] for i in range(0, data.size, piece)]
        given = [(ctypes.c_void_p(part.ctypes.data), _size(part)) for part in pieces]
        ctx, object_id = ctypes.c_uint64(self.ctx), ctypes.c_uint64(self.object)
        library, out = self.library, (ctypes.c_int64 * max(self.outputs, 1))()
        feed, made = library.c.wdl_text_feed, ctypes.c_uint64()

        def call(held=data):
            library.call("wdl_text_stream_create", self.ctx, object_id, ctypes.byref(made))
            for part in given:
                if feed(ctx, made, *part) < 0:
                    raise RuntimeError(library.c.wdl_error_message(ctx).decode())
            number = ctypes.c_int64(self.outputs)
            library.call("wdl_text_result", self.ctx, made, number, out)
            library.c.wdl_release(made)
            return out[0] if self.outputs == 1 else tuple(out)

        return call

    def word_counts(self, data: np.ndarray):
        """Operation "word_counts": (distinct, total) of the table, which is released again."""
        made, values = ctypes.c_uint64(), (ctypes.c_int64(), ctypes.c_int64())
        address, ctx = ctypes.c_void_p(data.ctypes.data), self.ctx
        bound = self._bound("wdl_text_word_counts", address, _size(data), ctypes.byref(made))

        def call(held=data):
            bound()
            for name, value in zip((b"distinct", b"total"), values):
                self.library.call("wdl_get_int", ctx, made, name, ctypes.byref(value))
            self.library.c.wdl_release(made)
            return values[0].value, values[1].value

        return call

    def split(self, data: np.ndarray):
        """Operation "split": how many pieces there are; their places are written each time."""
        address, pieces = ctypes.c_void_p(data.ctypes.data), ctypes.c_int64()
        number = self.run(data)()
        places = np.empty(number, np.int64), np.empty(number, np.int64)
        views = [array(values) for values in places]
        pointers = [ctypes.byref(view) for view in (*views, pieces)]
        bound = self._bound("wdl_text_split", address, _size(data), *pointers)

        def call(held=(data, places, views)):
            bound()
            return pieces.value

        return call

    def find_all(self, data: np.ndarray):
        """Operation "count": how many positions were written."""
        address, found = ctypes.c_void_p(data.ctypes.data), ctypes.c_int64()
        places = np.empty(max(self.run(data)(), 1), np.int64)
        view = array(places)
        pointers = ctypes.byref(view), ctypes.byref(found)
        bound = self._bound("wdl_text_find_all", address, _size(data), *pointers)

        def call(held=(data, places, view)):
            bound()
            return found.value

        return call


def _size(data: np.ndarray) -> ctypes.c_int64:
    return ctypes.c_int64(data.size)


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

    @contextlib.contextmanager
    def at_level(self, level: str):
        """The kernels of an instruction-set level, for the whole process."""
        before = self.text("isa")
        self.set_text("isa", level)
        try:
            yield
        finally:
            self.set_text("isa", before)

    def set_text(self, name: str, value: str, obj: int = PROCESS) -> None:
        self.call("wdl_set_text", 0, ctypes.c_uint64(obj), name.encode(), value.encode())

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

    def text_operation(self, ctx: int, name: str, needles=(), **settings) -> TextOperation:
        """An operation with its settings, by the names that text.h gives them."""
        return TextOperation(self, ctx, name, needles, settings)

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
