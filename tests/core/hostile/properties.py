"""Every property of every kind, set and read with every wrong type and value."""

import math

from support import headers

from .arrays import Array
from .judge import Judge
from .values import (
    BAD_ARGUMENT, BAD_DATA, BAD_DTYPE, BAD_SHAPE, NO_VALUE, OK, UNKNOWN_NAME, BAD_HANDLE, Case,
    Context, Null, Out, Raw, Text, refused,
)  # fmt: skip
from .world import C, dtype_id

TYPES = {C["WDL_" + name.upper()]: name for name in ("int", "real", "text", "array", "object")}
DTYPES = {dtype_id(name): name for name in ("u8", "i32", "i64", "f32", "f64", "c128")}


def described(world):
    """{kind: [wdl_property]} as the library lists them."""
    ffi, lib = world.ffi, world.lib
    name, found, kinds = ffi.new("const char **"), ffi.new("const wdl_property **"), {}
    while lib.wdl_kind_at(0, len(kinds), name) == 0 and name[0] != ffi.NULL:
        kind = ffi.string(name[0]).decode()
        kinds[kind] = []
        while lib.wdl_property_at(0, name[0], len(kinds[kind]), found) == 0 and found[0]:
            kinds[kind].append(found[0])
    return kinds


class PropertyJudge:
    def __init__(self, world, announce):
        self.world, self.announce = world, announce
        self.calls, self.failures = 0, []

    def run(self):
        kinds = described(self.world)
        chosen = [*self.world.objects.items(), ("mixture", self.world.blank)]
        for kind, one in [*chosen, ("context", self.world.ctx)]:
            before = self.process_state()
            self.names = [self.name(p) for p in kinds[kind]]
            for p in kinds[kind]:
                self.attack(f"{kind}.{self.name(p)}", one, p)
                self.restore(before)

    def name(self, p):
        return self.world.ffi.string(p.name).decode()

    def process_state(self):
        ffi, lib = self.world.ffi, self.world.lib
        isa, needed = ffi.new("char[]", 16), ffi.new("int64_t *")
        assert lib.wdl_get_text(0, C["WDL_PROCESS"], b"isa", isa, 16, needed) == 0
        return ffi.string(isa)

    def restore(self, isa):
        lib, world = self.world.lib, self.world
        assert lib.wdl_set_int(0, C["WDL_PROCESS"], b"threads", 0) == 0
        assert lib.wdl_set_text(0, C["WDL_PROCESS"], b"isa", isa) == 0
        for name, zero in ((b"threads", lib.wdl_set_int), (b"time_limit", lib.wdl_set_real)):
            assert zero(0, world.ctx, name, 0) == 0

    def attempt(self, call, label, one, p, expected, *values, places=(), content=None):
        """One wdl_set_* or wdl_get_* of the property, with these arguments after the name."""
        function = headers.functions()[call]
        name = self.name(p).encode() if content is None else content
        row = [Context(), Raw(one), Text(name), *values]
        judge = Judge(self.world, function, row, self.announce)
        places = places or (len(function.parameters) - 1,)
        judge.attempt(label, row, 3, Case(label, None, expected, places))
        self.calls += judge.calls
        self.failures += judge.failures

    def attack(self, label, one, p):
        type_ = TYPES[p.type]
        settable = bool(p.flags & C["WDL_SETTABLE"])
        for setter in TYPES.values():
            good = setter == type_ or (setter == "int" and type_ == "real")
            if not settable or not good:
                value = self.harmless(setter)
                self.attempt("wdl_set_" + setter, label, one, p, BAD_ARGUMENT, value, places=(2,))
        for getter in ("int", "real", "array"):
            expected = OK | NO_VALUE if getter == type_ else BAD_ARGUMENT
            out = Out() if getter != "array" else self.question()
            self.attempt("wdl_get_" + getter, label, one, p, expected, out, places=(2,))
        expected = OK | NO_VALUE if type_ == "text" else BAD_ARGUMENT
        self.attempt("wdl_get_text", label, one, p, expected, Null(), Raw(0), Out(), places=(2,))
        if settable:
            getattr(self, "set_" + type_)(label, one, p)
        self.misspell(label, one, p)

    def harmless(self, setter):
        if setter == "array":
            return Array("f64", (1,), (0.5,))
        return {"int": Raw(1), "real": Raw(1.0), "text": Text(b"1"), "object": Raw(0)}[setter]

    def question(self):
        return Array("f64", (1,), written=True, asks=True, address=0)

    def set_int(self, label, one, p):
        low, high = int(p.minimum), int(p.maximum)
        for value in (low, high, low - 1, high + 1, 2**63 - 1, -(2**63)):
            if -(2**63) <= value < 2**63:
                expected = OK if low <= value <= high else BAD_ARGUMENT
                self.attempt("wdl_set_int", f"{label} = {value}", one, p, expected, Raw(value))

    def set_real(self, label, one, p):
        low, high = p.minimum, p.maximum
        edges = (low, high, math.nextafter(low, -math.inf), math.nextafter(high, math.inf))
        for value in (*edges, math.nan, math.inf, -math.inf):
            expected = OK if low <= value <= high else BAD_ARGUMENT
            self.attempt("wdl_set_real", f"{label} = {value}", one, p, expected, Raw(value))
        for value in (2**63 - 1, -(2**63)):
            expected = OK if low <= value <= high else BAD_ARGUMENT
            self.attempt("wdl_set_int", f"{label} = {value}", one, p, expected, Raw(value))

    def set_text(self, label, one, p):
        self.attempt("wdl_set_text", f"{label} = NULL", one, p, BAD_ARGUMENT, Null())
        choices = self.world.ffi.string(p.choices).split(b"|")
        fine = OK | refused("UNSUPPORTED") if self.name(p) == "isa" else OK
        for value in (*choices, b"", b"|", b"|".join(choices * 2), choices[0] + b"|", b"x" * 9999):
            expected = fine if value in choices else BAD_ARGUMENT
            shown = f"{label} = {value[:40]}"
            self.attempt("wdl_set_text", shown, one, p, expected, Text(value))

    def set_array(self, label, one, p):
        call = "wdl_set_array"
        dtype, shape = DTYPES[p.dtype], (1,) * p.ndim
        fine = min(max(0.0, p.minimum), p.maximum)
        self.attempt(call, f"{label}, valid", one, p, OK, Array(dtype, shape, (fine,)))
        for number, name in DTYPES.items():
            if number != p.dtype:
                wrong = Array(name, shape)
                self.attempt(call, f"{label} of {name}", one, p, BAD_DTYPE, wrong)
        for ndim in range(9):
            if p.ndim and ndim != p.ndim:
                wrong = Array(dtype, (1,) * ndim, (fine,))
                self.attempt(call, f"{label} of rank {ndim}", one, p, BAD_SHAPE, wrong)
        outside = [math.nan, math.inf, -math.inf]
        outside += [math.nextafter(p.minimum, -math.inf), math.nextafter(p.maximum, math.inf)]
        for value in outside:
            wrong = Array(dtype, shape, (value,))
            self.attempt(call, f"{label} with {value}", one, p, BAD_DATA | BAD_ARGUMENT, wrong)
        self.attempt(call, f"{label} taken away", one, p, OK, Null())

    def set_object(self, label, one, p):
        kinds = self.world.ffi.string(p.choices).decode().split("|")
        for other, value in self.world.objects.items():
            if value == one:
                expected = BAD_ARGUMENT
            elif other in kinds:
                expected = OK
            else:
                expected = BAD_HANDLE | (refused("BUSY") if other == "context" else frozenset())
            self.attempt("wdl_set_object", f"{label} = {other}", one, p, expected, Raw(value))
        self.attempt("wdl_set_object", f"{label} taken away", one, p, OK, Raw(0))

    def misspell(self, label, one, p):
        """A name that is one letter off is unknown, and the sentence names one as near."""
        name = self.name(p)
        near = [name, *(one for one in self.names if one[1:] == name[1:])]
        for wrong in (name + "x", "_" + name, "#" + name[1:]):
            shown = f"{label} as {wrong}"
            self.attempt("wdl_set_int", shown, one, p, UNKNOWN_NAME, Raw(1), places=(2,),
                         content=wrong.encode())  # fmt: skip
            said = self.world.message(self.world.ctx)
            if not any(f'"{one}"' in said for one in near):
                self.failures.append(f"{shown}: the nearest is {name}, but it says: {said}")
