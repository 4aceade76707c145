"""What is passed to a call: a valid value of each argument, and the hostile ones made from it."""

import dataclasses
import math

from .world import C, Memory

INT64_MAX, INT64_MIN = 2**63 - 1, -(2**63)
OK = frozenset(("ok",))  # any status of 0 or above


def refused(*names):
    return frozenset(C["WDL_" + name] for name in names)


BAD_ARGUMENT, BAD_HANDLE = refused("BAD_ARGUMENT"), refused("BAD_HANDLE")
BAD_SHAPE, BAD_DTYPE, OVERLAP = refused("BAD_SHAPE"), refused("BAD_DTYPE"), refused("OVERLAP")
BAD_DATA, UNKNOWN_NAME = refused("BAD_DATA"), refused("UNKNOWN_NAME")
TOO_SMALL, NO_VALUE = refused("TOO_SMALL"), refused("NO_VALUE")


@dataclasses.dataclass(frozen=True)
class Case:
    """One hostile value: what is put in the argument's place, and what must come of it."""

    label: str
    value: object
    expected: frozenset  # statuses; "ok" stands for all of 0 and above
    places: tuple = ()  # of the argument that the record must name; (): the one under attack
    position: bool = False  # the record tells where in the data


class Pass:
    """One call being put together: the C values, and the memory behind them by what it is for."""

    def __init__(self, world, function):
        self.world, self.function = world, function
        self.arguments = []
        self.memories = []  # (Memory, "in" | "out" | "scalar" | "id")
        self.data = {}  # place: Memory that outputs may be laid over
        self.ids = []  # to be released afterwards

    def memory(self, content, use, slack=0):
        made = Memory(self.world.ffi, content, slack)
        self.memories.append((made, use))
        return made


@dataclasses.dataclass(frozen=True)
class Value:
    roles = ()

    def give(self, call, place):
        raise NotImplementedError

    def cases(self, parameter, world):
        return ()


@dataclasses.dataclass(frozen=True)
class Raw(Value):
    """Any number, put as it is."""

    value: object

    def give(self, call, place):
        return self.value


@dataclasses.dataclass(frozen=True)
class Null(Value):
    def give(self, call, place):
        return call.world.ffi.NULL


def null_case(parameter, expected=BAD_ARGUMENT):
    return Case("NULL", Null(), OK if parameter.nullable else expected)


@dataclasses.dataclass(frozen=True)
class Context(Value):
    roles = ("context",)
    required: bool = False  # 0 is refused

    def give(self, call, place):
        return call.world.ctx

    def cases(self, parameter, world):
        yield Case("no context", Raw(0), BAD_HANDLE if self.required else OK)
        for kind, one in world.objects.items():
            if kind != "context":
                yield Case(f"a {kind} as context", Raw(one), BAD_HANDLE)
        for n, one in enumerate(world.stale):
            yield Case(f"stale context {n}", Raw(one), BAD_HANDLE)
        for one in world.foreign:
            yield Case(f"foreign context {one:#x}", Raw(one), BAD_HANDLE)


@dataclasses.dataclass(frozen=True)
class Id(Value):
    roles = ("id",)
    which: str  # a name in World: "mixture", "blank", "text", "stream"
    kinds: tuple = ("mixture",)  # that are taken
    others: frozenset = BAD_HANDLE  # what the other kinds get
    none: frozenset = BAD_HANDLE
    unfitted: frozenset = OK
    also: tuple = ()  # (name in World, expected, places...): others that are of a right kind

    def give(self, call, place):
        one = getattr(call.world, self.which)
        if self.which == "spare":
            call.ids.append(one)
        return one

    def cases(self, parameter, world):
        places = () if self.others == BAD_HANDLE else (1, 2, 3)
        yield Case("no object", Raw(0), self.none)
        for kind, blank in world.blanks.items():
            if kind in self.kinds and self.which != "spare":
                yield Case(f"an empty {kind}", Raw(blank), self.unfitted, (1, 2))
        for name, expected, *where in self.also:
            yield Case(f"the {name}", Raw(getattr(world, name)), expected, tuple(where))
        for kind, one in world.objects.items():
            if kind not in self.kinds:
                yield Case(f"a {kind}", Raw(one), self.others, places)
        for n, one in enumerate(world.stale):
            yield Case(f"stale {n}", Raw(one), BAD_HANDLE)
        for one in world.foreign:
            yield Case(f"foreign {one:#x}", Raw(one), BAD_HANDLE)


@dataclasses.dataclass(frozen=True)
class Integer(Value):
    roles = ("integer",)
    value: int
    low: int = INT64_MIN
    high: int = INT64_MAX
    below: frozenset = BAD_ARGUMENT
    above: frozenset = BAD_ARGUMENT
    extra: tuple = ()
    places: tuple = ()
    skip: tuple = ()  # (first, last): what the library cannot tell from a truth, so not tried

    def give(self, call, place):
        return self.value

    def cases(self, parameter, world):
        kind = parameter.type.base
        kind = "int32_t" if kind == "wdl_status" else kind
        bits = int(kind.removeprefix("u").removeprefix("int").removesuffix("_t"))
        least, most = (0, 2**bits - 1) if kind[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1))
        most -= kind[0] != "u"
        edges = [0, 1, 2, 3, 5, 7, 12, 13, 64, 255, 256, 2**15, 2**16, 2**31 - 1, 2**31, 2**32]
        edges += [2**53, 2**53 + 1, 2**62, INT64_MAX - 1, INT64_MAX]
        edges += [-e for e in (1, 2, 99, 100, 104, 2**31, 2**31 + 1, 2**53, INT64_MAX, -INT64_MIN)]
        for value in dict.fromkeys([*edges, self.low, self.high, *self.extra]):
            if not least <= value <= most or (self.skip and self.skip[0] <= value <= self.skip[1]):
                continue
            expected = self.below if value < self.low else self.above if value > self.high else OK
            yield Case(str(value), Raw(value), expected, self.places)


@dataclasses.dataclass(frozen=True)
class Real(Value):
    roles = ("real",)
    value: float
    low: float = -math.inf
    high: float = math.inf
    bad: frozenset = BAD_ARGUMENT
    finite: bool = True
    places: tuple = ()

    def give(self, call, place):
        return self.value

    def cases(self, parameter, world):
        edges = [math.nan, math.inf, -math.inf, -1.0, -5e-324, -0.0, 0.0, 5e-324, 1e-300, 1.0]
        edges += [2.0**31, 2.0**53, 1e300, -1e300, 1.7976931348623157e308, self.low, self.high]
        for value in edges:
            good = self.low <= value <= self.high and (math.isfinite(value) or not self.finite)
            yield Case(repr(value), Raw(value), OK if good else self.bad, self.places)


@dataclasses.dataclass(frozen=True)
class Text(Value):
    """A name, or the value of a text property."""

    roles = ("text in",)
    value: bytes
    unknown: frozenset = UNKNOWN_NAME
    others: tuple = ()  # (name, expected statuses): names that exist but do not suit
    content: bytes | None = None

    def give(self, call, place):
        content = self.value if self.content is None else self.content
        return call.memory(content + b"\0", "in").pointer("const char *")

    def cases(self, parameter, world):
        yield null_case(parameter)
        strange = {
            "empty": b"",
            "blank": b" ",
            "upper case": self.value.upper(),
            "one letter less": self.value[:-1],
            "one letter more": self.value + b"s",
            "long": b"n" * 10_000,
            "long and right at first": self.value + b"_" * 10_000,
            "39 letters and a wide one": b"n" * 39 + "\u00e9".encode() * 40,
            "40 wide letters": "\u20ac".encode() * 40,
            "not ASCII": "gr\u00f6\u00dfe\u0394\U0001f642".encode(),
            "not UTF-8": b"\xff\xfe\x80n\xc3",
            "a line's end": self.value + b"\n",
            "percent": b"%s%n%d",
        }
        for label, content in strange.items():
            changed = dataclasses.replace(self, content=content)
            yield Case(f"{label} name", changed, self.unknown)
        for name, expected, *places in self.others:
            changed = dataclasses.replace(self, content=name)
            yield Case(f"name {name.decode()}", changed, expected, tuple(places))


@dataclasses.dataclass(frozen=True)
class Out(Value):
    """A number, an id, a pointer or a struct that comes out."""

    roles = ("values out", "id out", "pointer out", "array out")
    count: int = 1
    over: tuple = ()  # places of memory that goes in, which it must not meet

    def size(self, parameter_type, ffi):
        stars = "*" * (parameter_type.stars - 1)
        return self.count * ffi.sizeof(parameter_type.base + stars)

    def give(self, call, place):
        kind = call.function.parameters[place].type
        use = "id" if call.function.parameters[place].role == "id out" else "scalar"
        memory = call.memory(b"\xa7" * self.size(kind, call.world.ffi), use)
        return memory.pointer(str(kind))

    def cases(self, parameter, world):
        yield null_case(parameter)
        for place in self.over:
            for shift in (0, 1, 7):
                label = f"over argument {place} + {shift} bytes"
                yield Case(label, Over(place, shift), OVERLAP, (parameter.place, place))


@dataclasses.dataclass(frozen=True)
class Over(Value):
    """An output that points into the memory of another argument, which is put together first."""

    place: int
    shift: int

    def give(self, call, place):
        kind = str(call.function.parameters[place].type)
        return call.data[self.place].pointer(kind, self.shift)


@dataclasses.dataclass(frozen=True)
class Fresh(Out):
    """A wdl_array to be filled: its data is NULL, so that wdl_get_array answers with a shape."""

    roles = ("array out",)

    def give(self, call, place):
        size = call.world.ffi.sizeof("wdl_array")
        return call.memory(bytes(8) + b"\xa7" * (size - 8), "scalar").pointer("wdl_array *")


@dataclasses.dataclass(frozen=True)
class Bytes(Value):
    """Memory that a later length tells the size of."""

    roles = ("bytes in",)
    content: bytes
    null: frozenset | None = None  # what NULL gets; as the name says
    damaged: tuple = ()  # (label, content, expected)

    def give(self, call, place):
        call.data[place] = call.memory(self.content, "in", slack=64)
        return call.data[place].pointer("const void *")

    def cases(self, parameter, world):
        yield Case("NULL", Null(), self.null or null_case(parameter).expected)
        for label, content, expected in self.damaged:
            yield Case(label, Bytes(content), expected)


@dataclasses.dataclass(frozen=True)
class Room(Value):
    """Memory that takes bytes or a text, with a capacity after it."""

    roles = ("bytes out", "text out")
    size: int

    def give(self, call, place):
        kind = call.function.parameters[place].type
        return call.memory(b"\xa7" * self.size, "out").pointer(str(kind))

    def cases(self, parameter, world):
        yield null_case(parameter)


@dataclasses.dataclass(frozen=True)
class Values(Value):
    """A C array of int64_t that goes in."""

    roles = ("values in",)
    values: tuple
    bad: tuple = ()  # (label, values, expected, places...)
    null: frozenset | None = None

    def give(self, call, place):
        content = b"".join(v.to_bytes(8, "little", signed=True) for v in self.values)
        call.data[place] = call.memory(content, "in", slack=64)
        return call.data[place].pointer("const int64_t *")

    def cases(self, parameter, world):
        yield Case("NULL", Null(), self.null or null_case(parameter).expected)
        for label, values, expected, *places in self.bad:
            yield Case(label, dataclasses.replace(self, values=values), expected, tuple(places))


@dataclasses.dataclass(frozen=True)
class Callback(Value):
    roles = ("callback",)

    def give(self, call, place):
        return call.world.ffi.NULL

    def cases(self, parameter, world):
        yield null_case(parameter)


@dataclasses.dataclass(frozen=True)
class User(Value):
    roles = ("user",)

    def give(self, call, place):
        return call.world.ffi.NULL

    def cases(self, parameter, world):
        for address in (1, 8, 2**47, 2**64 - 1):
            yield Case(f"user {address:#x}", Raw(world.ffi.cast("void *", address)), OK)


@dataclasses.dataclass(frozen=True)
class Struct(Value):
    """A struct of pointers and numbers, all of which count: pointers are never followed here."""

    roles = ("struct in",)
    type: str
    numbers: tuple  # (name, a right value, a wrong one)
    optional: tuple = ()  # that may be 0
    changed: tuple = ()  # (name, value)

    def fields(self, ffi):
        return [name for name, _ in ffi.typeof(self.type).fields]

    def give(self, call, place):
        ffi = call.world.ffi
        made = ffi.new(f"{self.type} *")
        right = {name: value for name, value, _ in self.numbers}
        for name, field in ffi.typeof(self.type).fields:
            value = {**right, **dict(self.changed)}.get(name, 64)
            setattr(made, name, value if name in right else ffi.cast(field.type, value))
        return call.memory(bytes(ffi.buffer(made)), "in").pointer(f"const {self.type} *")

    def cases(self, parameter, world):
        yield null_case(parameter)
        for name in self.fields(world.ffi):
            changed = dataclasses.replace(self, changed=((name, 0),))
            yield Case(f"{name} 0", changed, OK if name in self.optional else BAD_ARGUMENT)
        for name, _, wrong in self.numbers:
            changed = dataclasses.replace(self, changed=((name, wrong),))
            yield Case(f"{name} {wrong}", changed, BAD_ARGUMENT)
