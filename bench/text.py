"""Doubled characters against what Python, its libraries and Rust offer, and against memory."""

from __future__ import annotations

import re

import numpy as np

from bench import machine
from bench.harness import Case, Target, Way
from bench.library import BYTE, U16, U32, UTF8, UTF8_VALID, Library

MILLION = 1_000_000
SCRIPTS = {
    "Latin-1 mix": "abcdefghijklmnopqrstuvwxyz      àâçéèêëîïôùûüß",
    "Cyrillic": "абвгдежзиклмнопрстуфхцчшщыьэюя    ",
    "CJK": "的一是不了人我在有他這為之大來以個中上們到說國和地也子時道出而要於就下得可你年生",
    "emoji mix": "abcdefghij    éèñöабвгд的一是不了😀😁😂🤣😃🚀",
}


def letters(count: int, seed: int = 0) -> str:
    values = np.random.default_rng(seed).integers(97, 123, count, dtype=np.uint8)
    return values.tobytes().decode("ascii")


def script(name: str, seed: int = 0) -> bytes:
    """About a MiB of UTF-8 of random characters of the script."""
    generator = np.random.default_rng(seed)
    if name in SCRIPTS:
        characters = np.array(list(SCRIPTS[name]))
        return "".join(generator.choice(characters, 600_000)).encode()
    characters = np.array(list(letters(MILLION, seed)))
    if name == "ASCII + 1 % CJK":
        rare = generator.random(MILLION) < 0.01
        characters[rare] = generator.choice(np.array(list(SCRIPTS["CJK"])), int(rare.sum()))
    return "".join(characters).encode()


def filled(pattern: bytes, size: int) -> np.ndarray:
    """The pattern again and again, up to `size` bytes, whole characters only."""
    data = np.frombuffer(pattern, np.uint8)
    return np.tile(data, max(1, size // len(data)))


# ---- peers ----


def zip_loop(text):
    return sum(1 for left, right in zip(text, text[1:]) if left == right)


def for_loop(text):
    total = 0
    for left, right in zip(text, text[1:]):
        if left == right:
            total += 1
    return total


def numpy_sum(data):
    values = np.frombuffer(data, np.uint8)
    return int((values[1:] == values[:-1]).sum())


def numpy_count(data):
    values = np.frombuffer(data, np.uint8)
    return int(np.count_nonzero(values[1:] == values[:-1]))


def pure_python(data) -> list[Way]:
    expression = re.compile(r"(?=(.)\1)" if isinstance(data, str) else rb"(?=(.)\1)", re.DOTALL)
    return [
        Way("zip loop", lambda: for_loop(data)),
        Way("generator sum", lambda: zip_loop(data)),
        Way("re lookahead", lambda: len(expression.findall(data))),
    ]


def numpy_ways(data: bytes) -> list[Way]:
    return [
        Way("numpy ==, sum", lambda: numpy_sum(data)),
        Way("numpy ==, count_nonzero", lambda: numpy_count(data)),
    ]


def polars_way(data: bytes) -> list[Way]:
    import polars

    series = polars.Series(np.frombuffer(data, np.uint8))
    return [Way("polars ==, sum", lambda: int((series[1:] == series[:-1]).sum()))]


def pyarrow_way(data: bytes) -> list[Way]:
    import pyarrow
    import pyarrow.compute

    values = pyarrow.array(np.frombuffer(data, np.uint8))
    equal, total = pyarrow.compute.equal, pyarrow.compute.sum
    return [Way("pyarrow equal, sum", lambda: total(equal(values[1:], values[:-1])).as_py())]


def rust_ways(data) -> list[Way]:
    from bench.peers import rust

    module = rust.load()
    if isinstance(data, str):
        return [
            Way("Rust chars, zip", lambda: module.chars_zip(data)),
            Way("Rust chars, once", lambda: module.chars_once(data)),
        ]
    return [
        Way("Rust bytes, once", lambda: module.bytes_once(data)),
        Way("Rust bytes, windows", lambda: module.bytes_windows(data)),
    ]


def offered(makers, data, notes) -> list[Way]:
    """The ways of those makers whose library is there; a note for each that is not."""
    ways = []
    for make in makers:
        try:
            ways += make(data)
        except (ImportError, machine.Missing) as missing:
            notes.append(str(missing))
    return ways


def read_ways(limits, data: np.ndarray, threads: int) -> list[Way]:
    return [
        Way(name, seconds=limits.read_seconds(kind, data, threads), limit=True)
        for kind, name in enumerate(machine.READERS)
    ]


# ---- cases ----


def from_python(windlass, limits, notes):
    """The job the project descends from: a million letters, the call included."""
    text = letters(MILLION)
    data = text.encode()
    near = np.frombuffer(data, np.uint8)
    count = windlass.text.count_doubles
    own = [Way("windlass", lambda: count(text), own=True)]
    own += [Way("windlass, 1 thread", lambda: count(text, threads=1), own=True)]
    yield Case(
        "text",
        "1e6 ASCII letters, str",
        own + pure_python(text) + offered([rust_ways], text, notes) + read_ways(limits, near, 1),
        count=MILLION,
        element="char",
        limit_name="read, 1 thread",
        targets=[Target("ratio", 2000, "zip loop"), Target("ratio", 20, "Rust")],
        readme=True,
    )
    own = [Way("windlass", lambda: count(data, unit="byte"), own=True)]
    own += [Way("windlass, 1 thread", lambda: count(data, unit="byte", threads=1), own=True)]
    own += [Way("windlass, as chars", lambda: count(data), own=True)]
    makers = [pure_python, numpy_ways, polars_way, pyarrow_way, rust_ways]
    yield Case(
        "text",
        "1e6 ASCII letters, bytes",
        own + offered(makers, data, notes) + read_ways(limits, near, 1),
        count=MILLION,
        element="byte",
        limit_name="read, 1 thread",
        targets=[Target("ratio", 2000, "zip loop"), Target("ratio", 20, "Rust")],
        readme=True,
    )


def from_memory(library, limits, size):
    """Far more than the caches hold, on one thread and on all."""
    threads = sorted({1, machine.cores()})
    contexts = {t: library.context(t) for t in threads}

    def case(name, data, units, bound, t):
        ways = [
            Way(way, library.count_doubles(contexts[t], data, unit), own=True)
            for way, unit in units.items()
        ]
        return Case(
            "text",
            f"{data.nbytes / 2**20:.0f} MiB, {name}, {t} thread{'s' * (t > 1)}",
            ways + read_ways(limits, data, t),
            count=data.nbytes,
            element="byte",
            limit_name="read",
            targets=[Target("fraction", bound)],
        )

    data = filled(letters(MILLION).encode(), size)
    for t in threads:
        yield case("bytes", data, {"bytes": BYTE}, 0.9, t)
    for name in ["ASCII", "ASCII + 1 % CJK", *SCRIPTS]:
        if name != "ASCII":
            data = filled(script(name), size)
        for t in threads:
            yield case(name, data, {"validated": UTF8, "trusted": UTF8_VALID}, 0.75, t)
    for name, unit, dtype in (("u16", U16, np.uint16), ("u32", U32, np.uint32)):
        units = filled(np.random.default_rng(1).integers(0, 300, MILLION, dtype).tobytes(), size)
        for t in threads:
            yield case(name, units.view(dtype), {name: unit}, 0.9, t)


def near_units(library, limits):
    """Wider units within the caches, one thread."""
    ctx = library.context(1)
    for name, unit, dtype in (("u16", U16, np.uint16), ("u32", U32, np.uint32)):
        data = np.random.default_rng(1).integers(0, 300, MILLION // 4, dtype)
        ways = [Way("windlass", library.count_doubles(ctx, data, unit), own=True)]
        ways.append(Way("numpy", lambda d=data: int(np.count_nonzero(d[1:] == d[:-1]))))
        name = f"250,000 {name} units"
        ways += read_ways(limits, data, 1)
        yield Case("text", name, ways, data.size, "unit", limit_name="read, 1 thread")


def short_texts(windlass, library, notes):
    """Rows of 20 to 40 bytes: one call for all of them."""
    rows = 100_000
    generator = np.random.default_rng(2)
    lengths = generator.integers(20, 41, rows)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    data = letters(int(offsets[-1])).encode()
    texts = [data[a:b] for a, b in zip(offsets[:-1], offsets[1:])]
    strings = [text.decode() for text in texts]
    bytes_in_rows, count = np.array(texts), windlass.text.count_doubles
    flat = np.frombuffer(data, np.uint8)
    many = {t: library.context(t) for t in sorted({1, machine.cores()})}
    ways = [
        Way(f"C, offsets, {t} thread{'s' * (t > 1)}", own=True, call=call)
        for t, ctx in many.items()
        for call in [library.count_doubles_many(ctx, flat, offsets, BYTE)]
    ]
    ways.append(Way("windlass, NumPy S array", lambda: count(bytes_in_rows, unit="byte"), own=True))
    ways.append(Way("windlass, list of bytes", lambda: count(texts, unit="byte"), own=True))
    ways.append(Way("windlass, list of str", lambda: count(strings), own=True))
    ways.append(Way("zip loop a row", lambda: [zip_loop(text) for text in texts]))

    def rust_rows(rows_of_bytes):
        from bench.peers import rust

        count_one = rust.load().bytes_windows
        return [Way("Rust a row", lambda: [count_one(text) for text in rows_of_bytes])]

    ways += offered([rust_rows], texts, notes)
    targets = [Target("seconds", 3e-9 * rows)]
    name = "100,000 rows of 20 to 40 bytes"
    yield Case("text", name, ways, rows, "row", targets=targets, same=np.array_equal)


def small_calls(windlass, notes):
    """What a call costs."""
    count = windlass.text.count_doubles
    for name, text in (("an empty str", ""), ("10 characters", "bookkeeper")):
        data = text.encode()
        ways = [
            Way("windlass, str", lambda t=text: count(t), own=True),
            Way("windlass, bytes", lambda d=data: count(d, unit="byte"), own=True),
            Way("zip loop", lambda t=text: for_loop(t)),
            Way("numpy", lambda d=data: numpy_count(d) if d else 0),
        ]
        yield Case("text", name, ways + offered([rust_ways], text, notes))


def cases(notes: list[str], quick: bool):
    library = Library()
    limits = machine.Limits(library.text("isa"))
    try:
        import windlass
        import windlass.text
    except ImportError as missing:
        notes.append(f"rows from Python are left out: {missing}")
    else:
        yield from from_python(windlass, limits, notes)
        yield from small_calls(windlass, notes)
        yield from short_texts(windlass, library, notes)
    yield from near_units(library, limits)
    yield from from_memory(library, limits, machine.DRAM_BYTES >> (2 if quick else 0))
