"""wdl_array arguments: valid ones, and everything that can be wrong with one."""

import dataclasses
import math
import struct

from .values import (
    BAD_ARGUMENT, BAD_DATA, BAD_DTYPE, BAD_SHAPE, INT64_MAX, INT64_MIN, OK, OVERLAP, Case, Null,
    Value, refused,
)  # fmt: skip
from .world import FORMATS, C, dtype_id, item_size


@dataclasses.dataclass(frozen=True)
class Array(Value):
    roles = ("array in", "array out")
    dtype: str
    shape: tuple
    values: tuple = ()
    written: bool = False
    also: tuple = ()  # other dtypes that are taken
    any: bool = False  # any dtype and rank
    ranks: tuple = ()  # other ranks that are taken where they suit the other arguments
    free: tuple = ()  # axes whose length nothing else fixes
    not_finite: frozenset = BAD_DATA
    position: bool = False  # NaN and infinity are reported with their place in the data
    loose: frozenset = frozenset()  # what values may earn when strides or dtypes reshuffle them
    torn: bool = True  # entries made of two halves may be tried; not of addresses
    contiguous: bool = False  # no other strides are taken
    wrong: tuple = ()  # (label, values, expected, places...)
    over: tuple = ()  # places of plain memory that an output must not meet
    asks: bool = False  # data NULL asks for dtype and shape, which come out
    # What hostile cases change.
    dtype_number: int | None = None
    ndim: int | None = None
    stride: tuple | None = None
    offset: int = 0
    address: int | None = None
    flags: int = 0
    reserved: int = 0
    inside: tuple | None = None  # (place, shift): lies in the memory of that argument

    def content(self):
        one = struct.Struct("<" + FORMATS[self.dtype])
        count = math.prod(self.shape)
        if not self.values:
            return b"\xa7" * (count * one.size)
        return b"".join(one.pack(v) for v in self.values)

    def c_strides(self, shape=None):
        step, strides = item_size(self.dtype), []
        for extent in reversed(shape or self.shape):
            strides.insert(0, step)
            step *= max(extent, 1)
        return tuple(strides)

    def give(self, call, place):
        ffi = call.world.ffi
        if self.inside is None:
            use = "out" if self.written else "in"
            memory = call.memory(self.content(), use, slack=4096)
            call.data[place] = memory
            address = memory.address + self.offset
        else:
            address = call.data[self.inside[0]].address + self.inside[1]
        shape = (self.shape + (1,) * 8)[:8]
        stride = ((self.stride or self.c_strides()) + (8,) * 8)[:8]
        head = call.memory(bytes(ffi.sizeof("wdl_array")), "scalar" if self.asks else "in")
        made = head.pointer("wdl_array *")
        made.data = ffi.cast("void *", address if self.address is None else self.address)
        made.shape, made.stride = list(shape), list(stride)
        made.dtype = dtype_id(self.dtype) if self.dtype_number is None else self.dtype_number
        made.ndim = len(self.shape) if self.ndim is None else self.ndim
        made.flags, made.reserved = self.flags, self.reserved
        head.before = ffi.buffer(head.raw)[:]
        return made

    def but(self, **changes):
        return dataclasses.replace(self, **changes)

    def cases(self, parameter, world):
        yield Case("NULL", Null(), OK if parameter.nullable else BAD_ARGUMENT)
        yield from self.dtype_cases()
        yield from self.shape_cases()
        yield from self.stride_cases()
        yield from self.other_cases()
        if self.written:
            yield from self.output_cases()
        elif self.values and self.dtype in ("f32", "f64"):
            yield from self.value_cases()
        for place in self.over:
            for shift in (0, 1, 7):
                label = f"over argument {place} + {shift} bytes"
                changed = self.but(inside=(place, shift))
                yield Case(label, changed, OVERLAP, (parameter.place, place))
        for label, values, expected, *places in self.wrong:
            yield Case(label, self.but(values=values), expected, tuple(places))

    def dtype_cases(self):
        for dtype in FORMATS:
            if dtype != self.dtype and dtype not in self.also:
                wrong = self.but(dtype_number=dtype_id(dtype), stride=self.c_strides())
                yield Case(f"dtype {dtype}", wrong, OK if self.any else BAD_DTYPE)
        for number in (0, -1, 13, 100, 2**31 - 1, -(2**31)):
            yield Case(f"dtype {number}", self.but(dtype_number=number), BAD_DTYPE)

    def shape_cases(self):
        rank = len(self.shape)
        for ndim in (*range(9), -1, 9, 10, 2**31 - 1, -(2**31)):
            if ndim != rank and ndim not in self.ranks:
                fine = self.any and 0 <= ndim <= 8
                yield Case(f"ndim {ndim}", self.but(ndim=ndim), OK if fine else BAD_SHAPE)
        for axis in range(rank):
            for extent in (-1, INT64_MIN, INT64_MAX, 2**62, 2**61):
                others = math.prod(self.shape) // self.shape[axis] * item_size(self.dtype)
                if 0 < extent * others < 2**56 and (axis in self.free or self.any):
                    continue  # a lie that nobody can see
                changed = self.with_extent(axis, extent)
                yield Case(f"shape[{axis}] = {extent}", changed, BAD_SHAPE, ("arrays",))
            for extent in (0, self.shape[axis] - 1, self.shape[axis] + 1):
                changed = self.with_extent(axis, extent)
                tied = axis not in self.free and not self.any
                expected = BAD_SHAPE if tied else OK | BAD_SHAPE | self.loose
                if self.written:  # a longer row with the old strides meets the next one
                    expected |= OVERLAP
                yield Case(f"shape[{axis}] = {extent}", changed, expected, ("arrays",))
            # An empty array may be as long as it likes in its other axes: nothing may overflow.
            empty = tuple(0 if a == axis else 2**62 for a in range(rank))
            expected = OK | BAD_SHAPE | BAD_ARGUMENT | self.loose
            yield Case(f"empty, {empty}", Hollow(empty, self), expected, ("arrays",))

    def with_extent(self, axis, extent):
        shape = self.shape[:axis] + (extent,) + self.shape[axis + 1 :]
        return Hollow(shape, self)

    def stride_cases(self):
        strides, item = self.c_strides(), item_size(self.dtype)
        for axis, extent in enumerate(self.shape):
            if extent < 2:
                continue
            for step in (INT64_MAX, INT64_MIN, 2**62, -(2**62), INT64_MIN + 1):
                changed = strides[:axis] + (step,) + strides[axis + 1 :]
                yield Case(f"stride[{axis}] = {step}", self.but(stride=changed), BAD_SHAPE)
            if self.any:
                continue
            for step in (0, item // 2 if self.torn else 0):
                changed = strides[:axis] + (step,) + strides[axis + 1 :]
                expected = OVERLAP if self.written else OK | self.loose | self.not_finite
                yield Case(f"stride[{axis}] = {step}", self.but(stride=changed), expected)
        first = sum(step * (extent - 1) for step, extent in zip(strides, self.shape))
        backwards = self.but(stride=tuple(-step for step in strides), offset=first)
        unsuited = refused("UNSUPPORTED") if self.contiguous else OK
        yield Case("backwards", backwards, unsuited | self.loose)
        yield Case("unaligned", Shifted(self, 1), unsuited)

    def other_cases(self):
        yield Case("data NULL", self.but(address=0), OK if self.asks else BAD_ARGUMENT)
        for address in (2**64 - 8, 2**64 - 1):
            yield Case(f"data {address:#x}", self.but(address=address), BAD_SHAPE)
        for reserved in (1, 2**31, 2**32 - 1):
            yield Case(f"reserved {reserved}", self.but(reserved=reserved), BAD_ARGUMENT)
        for flags in (2, 3, 2**31, 2**32 - 1):
            yield Case(f"flags {flags:#x}", self.but(flags=flags), BAD_ARGUMENT)
        read_only = self.but(flags=C["WDL_READ_ONLY"])
        yield Case("read-only", read_only, BAD_ARGUMENT if self.written else OK)

    def output_cases(self):
        whole = self.c_strides()[0] * self.shape[0]
        half = self.but(stride=self.c_strides()[:-1] + (1,)) if whole > 1 else None
        if half and self.shape[-1] > 1:
            yield Case("elements a byte apart", half, OVERLAP)

    def value_cases(self):
        count = len(self.values)
        for place in dict.fromkeys((0, count // 2, count - 1)):
            for bad in (math.nan, math.inf, -math.inf):
                values = self.values[:place] + (bad,) + self.values[place + 1 :]
                changed = self.but(values=values)
                label = f"{bad} at {place}"
                yield Case(label, changed, self.not_finite, position=self.position)
        for bad in (1e308, -1e308, -1.0, 5e-324):
            values = (bad,) + self.values[1:]
            expected = OK | self.loose | self.not_finite
            yield Case(f"{bad} at 0", self.but(values=values), expected, ("arrays", -1))
        yield Case("all zero", self.but(values=(0.0,) * count), OK | self.loose | self.not_finite,
                   ("arrays", -1))  # fmt: skip


def out(dtype, *shape, **options):
    return Array(dtype, shape, written=True, **options)


@dataclasses.dataclass(frozen=True)
class Hollow(Value):
    """An array whose head tells of another shape than its memory has."""

    shape: tuple
    real: Array

    def give(self, call, place):
        made = self.real.give(call, place)
        memory = call.memories[-1][0]
        made.shape = list((self.shape + (1,) * 8)[:8])
        memory.before = call.world.ffi.buffer(memory.raw)[:]
        return made


@dataclasses.dataclass(frozen=True)
class Shifted(Value):
    """The same values at an address that suits no element type."""

    real: Array
    by: int

    def give(self, call, place):
        ffi = call.world.ffi
        made = self.real.give(call, place)
        head = call.memories[-1][0]
        use = "out" if self.real.written else "in"
        data = call.memory(b"\0" * self.by + self.real.content(), use)
        made.data = ffi.cast("void *", data.address + self.by)
        head.before = ffi.buffer(head.raw)[:]
        return made


def overlaps(arrays):
    """(label, place, changed) for each output laid over each other array argument."""
    for place, one in arrays.items():
        for other_place, other in arrays.items():
            if not one.written or place == other_place or one.inside:
                continue
            if other.written and other_place > place:
                continue  # the pair comes the other way round
            size = len(other.content())
            for shift in dict.fromkeys((0, 1, item_size(one.dtype), size - 1)):
                label = f"over argument {other_place} + {shift} bytes"
                yield label, place, other_place, one.but(inside=(other_place, shift))
