"""Names and meanings are frozen as symbols are: registry.json holds all that was ever published.

What is new is entered by hand, or by `python tests/core/test_registry.py LIBRARY`, which refuses
to take out or change what is there.
"""

import json
import os
import pathlib
import sys

import cffi
import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import headers  # noqa: E402

FILE = pathlib.Path(__file__).with_name("registry.json")
TYPES = ("int", "real", "text", "array", "object")
GROWING = ("wdl_property", "wdl_progress", "wdl_step", "wdl_loop", "wdl_cpython")  # at their end


class Described:
    """The library's own description of itself, as plain data."""

    def __init__(self, library):
        self.ffi = cffi.FFI()
        self.ffi.cdef(headers.cdef())
        self.lib = self.ffi.dlopen(str(library))

    def text(self, pointer):
        return None if pointer == self.ffi.NULL else self.ffi.string(pointer).decode()

    def kinds(self):
        out = self.ffi.new("const char **")
        for index in range(1 << 20):
            assert self.lib.wdl_kind_at(0, index, out) == 0
            if out[0] == self.ffi.NULL:
                return
            yield self.text(out[0])

    def properties(self, kind):
        out = self.ffi.new("const wdl_property **")
        for index in range(1 << 20):
            assert self.lib.wdl_property_at(0, kind.encode(), index, out) == 0
            if out[0] == self.ffi.NULL:
                return
            yield out[0]

    def property(self, p):
        types = {headers.constants()["WDL_" + name.upper()]: name for name in TYPES}
        dtypes = {v: n[4:].lower() for n, v in self.dtypes().items()}
        settable = p.flags == headers.constants()["WDL_SETTABLE"]
        made = {"type": types[p.type], "flags": "settable" if settable else "result"}
        if p.choices != self.ffi.NULL:
            made["choices"] = self.text(p.choices).split("|")
        if made["type"] == "array":
            made["dtype"], made["ndim"] = dtypes.get(p.dtype, "any"), p.ndim
        return made

    def dtypes(self):
        letters = ("WDL_U", "WDL_I", "WDL_F", "WDL_C")
        names = headers.constants()
        return {n: v for n, v in names.items() if n[:5] in letters and n[5:].isdigit()}

    def layout(self, struct):
        type_ = self.ffi.typeof(struct)
        return {"size": self.ffi.sizeof(type_), **{n: f.offset for n, f in type_.fields}}

    def everything(self):
        kinds = {
            kind: {self.text(p.name): self.property(p) for p in self.properties(kind)}
            for kind in self.kinds()
        }
        structs = ("wdl_error", "wdl_array", *GROWING)
        functions = {
            one.name: [str(one.returns), *(f"{p.type} {p.name}" for p in one.parameters)]
            for one in headers.functions().values()
        }
        return {
            "kinds": kinds,
            "constants": headers.constants(),
            "structs": {name: self.layout(name) for name in structs},
            "functions": functions,
        }


def changes(frozen, now, path=""):
    """(what is missing or differs, what is new), as sentences."""
    gone, new = [], []
    for name, value in frozen.items():
        here = f"{path}/{name}"
        if name not in now:
            gone.append(f"{here} is gone")
        elif isinstance(value, dict):
            below = changes(value, now[name], here)
            gone += below[0]
            new += below[1]
        elif isinstance(value, list) and name == "choices" and now[name][: len(value)] == value:
            new += [f"{here}/{choice}" for choice in now[name][len(value) :]]
        elif name == "size" and path.removeprefix("/structs/") in GROWING:
            gone += [f"{here} has shrunk"] if now[name] < value else []
        elif now[name] != value:
            gone.append(f"{here} is {now[name]}, was {value}")
    new += [f"{path}/{name}" for name in now if name not in frozen]
    return gone, new


@pytest.fixture(scope="module")
def described(library):
    return Described(os.environ.get("WINDLASS_LIBRARY") or library)


def test_nothing_published_has_changed(described):
    gone, new = changes(json.loads(FILE.read_text()), described.everything())
    assert not gone, "callers depend on these names and meanings: " + "; ".join(gone)
    assert not new, f"enter in {FILE.name} what is now published: " + "; ".join(new)


def test_descriptions_hold_together(described):
    """Every property says what it is, and its numbers fit each other."""
    ffi, kinds = described.ffi, set(described.kinds())
    for kind in kinds:
        names = [described.text(p.name) for p in described.properties(kind)]
        assert len(set(names)) == len(names) <= 64, kind
        for p in described.properties(kind):
            name, made = f"{kind}.{described.text(p.name)}", described.property(p)
            help_ = described.text(p.help)
            assert help_ and help_[0].isupper() and help_.rstrip()[-1] == ".", f"{name}: {help_}"
            assert p.minimum <= p.maximum, name
            if made["type"] == "object":
                known = set(described.text(p.choices).split("|")) <= kinds
                assert known, f"{name} holds kinds that do not exist"
            if made["flags"] == "result":
                assert p.initial == ffi.NULL, f"{name}: a result has no initial value"


def test_initial_values_are_those_of_a_new_object(described):
    ffi, lib = described.ffi, described.lib
    makers = {
        "context": lib.wdl_context_create,
        "kmeans": lib.wdl_kmeans_create,
        "mixture": lib.wdl_mixture_create,
        "text": lambda ctx, out: lib.wdl_text_create(ctx, b"wc", out),
    }
    for create in (lib.wdl_precond_create, lib.wdl_krylov_create):
        found = {kind: named(ffi, lib, create, kind) for kind in described.kinds()}
        makers |= {kind: make for kind, make in found.items() if make}
    others = {"process", "buffer", "mixture_statistics", "operator", "text_stream", "word_counts"}
    assert set(described.kinds()) - set(makers) == others, "a new kind: add it here"
    for kind, make in makers.items():
        out = ffi.new("uint64_t *")
        assert make(0, out) == 0
        for p in described.properties(kind):
            if p.initial != ffi.NULL:
                assert value_of(described, out[0], p) == described.text(p.initial), (
                    f"{kind}.{described.text(p.name)} differs from its initial value"
                )
        assert lib.wdl_release(out[0]) == 0


def named(ffi, lib, create, kind):
    """Makes objects of that kind, where create knows its name."""
    out = ffi.new("uint64_t *")
    if create(0, kind.encode(), out) != 0:
        return None
    assert lib.wdl_release(out[0]) == 0
    return lambda ctx, out: create(ctx, kind.encode(), out)


def value_of(described, object_, p):
    """The value as `initial` would spell it."""
    ffi, lib, type_ = described.ffi, described.lib, described.property(p)["type"]
    if type_ == "int":
        out = ffi.new("int64_t *")
        assert lib.wdl_get_int(0, object_, p.name, out) == 0
        return str(out[0])
    if type_ == "real":
        out = ffi.new("double *")
        assert lib.wdl_get_real(0, object_, p.name, out) == 0
        spelt = described.text(p.initial)
        return spelt if float(spelt) == out[0] else repr(out[0])
    text, needed = ffi.new("char[]", 256), ffi.new("int64_t *")
    assert type_ == "text", f"an {type_} has no spelling"
    assert lib.wdl_get_text(0, object_, p.name, text, 256, needed) == 0
    return described.text(text)


def written(value, depth=0):
    """JSON with one line for each property, constant, struct and function."""
    if depth < 3 and isinstance(value, dict) and any(isinstance(v, dict) for v in value.values()):
        rows = [f"{json.dumps(name)}: {written(v, depth + 1)}" for name, v in value.items()]
    elif depth == 1:
        rows = [f"{json.dumps(name)}: {json.dumps(v)}" for name, v in value.items()]
    else:
        return json.dumps(value)
    blank = " " * depth
    return "{\n" + ",\n".join(f"{blank} {row}" for row in rows) + f"\n{blank}}}"


def main(library):
    now = Described(library).everything()
    gone, new = changes(json.loads(FILE.read_text()) if FILE.exists() else {}, now)
    if gone:
        sys.exit("refused, these are published: " + "; ".join(gone))
    FILE.write_text(written(now) + "\n")
    print("\n".join(new) or "nothing new")


if __name__ == "__main__":
    main(*sys.argv[1:])
