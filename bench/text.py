"""The text module against what Python, its libraries and Rust offer, and against memory: here
doubled characters and small calls, in the files named below the rest."""

from __future__ import annotations

import re

import numpy as np

from bench import machine, text_files, text_rows, text_search, text_words
from bench.harness import Case, Target, Way
from bench.library import BYTE, U16, U32, UTF8, UTF8_VALID
from bench.peers import rust
from bench.text_ways import TRUSTED, VALIDATED, Bench, job, mebibytes, stringzilla, threads_text
from bench.texts import ALL_SCRIPTS, MILLION, filled, letters, script


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
    module = rust.load()
    if isinstance(data, str):
        return [
            Way("Rust chars, zip", lambda: module.chars_zip(data)),
            Way("Rust chars, once", lambda: module.chars_once(data)),
        ]
    return [
        Way("Rust bytes, once", lambda: module.bytes_once(data)),
        Way("Rust bytes, windows", lambda: module.bytes_windows(data)),
        Way("Rust bytes, rayon windows", lambda: module.bytes_par_windows(data)),
    ]


# ---- cases ----


def from_python(bench):
    """The job the project descends from: a million letters, the call included."""
    text = letters(MILLION)
    data = text.encode()
    near = np.frombuffer(data, np.uint8)
    count = bench.windlass.text.count_doubles
    targets = [Target("ratio", 2000, "zip loop"), Target("ratio", 20, "Rust")]
    own = [Way("windlass", lambda: count(text), own=True)]
    own += [Way("windlass, 1 thread", lambda: count(text, threads=1), own=True)]
    yield Case(
        "text",
        "1e6 ASCII letters, str",
        own + pure_python(text) + bench.offered(rust_ways, about=[text]) + bench.reads(near),
        count=MILLION,
        element="char",
        limit_name="read, 1 thread",
        targets=targets,
        readme=True,
    )
    own = [Way("windlass", lambda: count(data, unit="byte"), own=True)]
    own += [Way("windlass, 1 thread", lambda: count(data, unit="byte", threads=1), own=True)]
    own += [Way("windlass, as chars", lambda: count(data), own=True)]
    makers = [pure_python, numpy_ways, polars_way, pyarrow_way, rust_ways]
    yield Case(
        "text",
        "1e6 ASCII letters, bytes",
        own + bench.offered(*makers, about=[data]) + bench.reads(near),
        count=MILLION,
        element="byte",
        limit_name="read, 1 thread",
        targets=[*targets, Target("ratio", 2.5, "polars"), Target("ratio", 4, "numpy")],
        readme=True,
    )


def doubles(bench, name, data, units, bound, threads):
    """The function that needs no object, over far more than the caches hold."""
    context = bench.contexts[threads]
    ways = [
        Way(way, bench.library.count_doubles(context, data, unit), own=True)
        for way, unit in units.items()
    ]
    return Case(
        "text",
        f"doubles, {name}, {mebibytes(data)}, {threads_text(threads)}",
        ways + bench.reads(data, threads),
        count=data.nbytes,
        element="byte",
        limit_name="read",
        targets=[Target("fraction", bound)],
    )


def from_memory(bench):
    data = filled(letters(MILLION).encode(), bench.size)
    for threads in bench.threads:
        yield doubles(bench, "bytes", data, {"bytes": BYTE}, 0.95, threads)
    ignoring = {"ignoring case": job("count_doubles", unit="byte", ignore_case=1)}
    yield from bench.far("doubles ignoring case", data, ignoring, 0.9)
    yield from bench.far("runs of bytes", data, {"runs": job("count_runs")}, 0)
    yield from bench.near("doubles, bytes", data, {"bytes": job("count_doubles")}, 80)
    yield from bench.near("doubles ignoring case", data, ignoring, 40)
    for name in ALL_SCRIPTS:
        if name != "ASCII":
            data = filled(script(name), bench.size)
        for threads in bench.threads:
            units = {"validated": UTF8, "trusted": UTF8_VALID}
            if name == "emoji mix":  # 0.75 is asked of what is known to be valid, 0.6 of the other
                units = dict(reversed(units.items()))
            yield doubles(bench, name, data, units, 0.75, threads)
        ways = {"trusted": TRUSTED, "validated": VALIDATED}
        ways = {way: job("count_doubles", **unit) for way, unit in ways.items()}
        yield from bench.near(f"doubles, {name}", data, ways, 40 if name == "ASCII" else 15)
    for name, unit, dtype in (("u16", U16, np.uint16), ("u32", U32, np.uint32)):
        units = np.random.default_rng(1).integers(0, 300, MILLION, dtype).tobytes()
        data = filled(units, bench.size).view(dtype)
        for threads in bench.threads:
            yield doubles(bench, name, data, {name: unit}, 0.9, threads)


def near_units(bench):
    """Wider units within the caches, one thread."""
    context = bench.contexts[1]
    for name, unit, dtype in (("u16", U16, np.uint16), ("u32", U32, np.uint32)):
        data = np.random.default_rng(1).integers(0, 300, MILLION // 4, dtype)
        ways = [Way("windlass", bench.library.count_doubles(context, data, unit), own=True)]
        ways.append(Way("numpy", lambda d=data: int(np.count_nonzero(d[1:] == d[:-1]))))
        name = f"doubles, 250,000 {name} units"
        ways += bench.reads(data)
        yield Case("text", name, ways, data.size, "unit", limit_name="read, 1 thread")


def bare_call() -> list[Way]:
    """What any call through cffi costs, of a function that does nothing: the limit of a call."""
    import cffi

    ffi = cffi.FFI()
    ffi.cdef("int abs(int);")
    function = ffi.dlopen(None).abs
    once = Way("", lambda: function(3))
    return [Way("a call of abs by cffi", seconds=once.time, limit=True)]


def small(bench, name: str, ways: list[Way], targets=()):
    limit = "a cffi call"
    ways += bench.offered(bare_call)
    return Case("text", f"{name}, a call", ways, limit_name=limit, targets=list(targets))


def small_doubles(bench):
    count = bench.windlass.text.count_doubles
    for name, text in (("an empty str", ""), ("10 characters", "bookkeeper")):
        data = text.encode()
        ways = [
            Way("windlass, str", lambda t=text: count(t), own=True),
            Way("windlass, bytes", lambda d=data: count(d, unit="byte"), own=True),
            Way("zip loop", lambda t=text: for_loop(t)),
            Way("numpy", lambda d=data: numpy_count(d) if d else 0),
        ]
        ways += bench.offered(rust_ways, about=[text])
        targets = [Target("seconds", 230e-9)] if text else []
        yield small(bench, f"doubles of {name}", ways, targets)


def small_counts(bench):
    """What a call of the others costs."""
    kernels, text = bench.windlass.text, "bookkeeper"
    data = text.encode()

    def zilla():
        module = stringzilla()
        return [Way("StringZilla", lambda: module.count(text, "e"))]

    ways = [
        Way("windlass, str", lambda: kernels.count(text, "e"), own=True),
        Way("windlass, bytes", lambda: kernels.count(data, b"e"), own=True),
        Way("str.count", lambda: text.count("e")),
        Way("bytes.count", lambda: data.count(b"e")),
        *bench.offered(zilla),
    ]
    targets = [Target("seconds", 230e-9)]
    yield small(bench, 'count of "e" in 10 characters', ways, targets)
    ways = [
        Way("windlass find", lambda: kernels.find(text, "keep"), own=True),
        Way("str.find", lambda: text.find("keep")),
    ]
    yield small(bench, "find in 10 characters", ways)
    ways = [
        Way("windlass wc", lambda: kernels.wc(text).words, own=True),
        Way("len(str.split())", lambda: len(text.split())),
    ]
    yield small(bench, "wc of 10 characters", ways)


def cases(notes: list[str], quick: bool):
    sizes = (machine.DRAM_BYTES >> 2, 2_000_000) if quick else ()
    yield from every_case(Bench(notes, *sizes))


def every_case(bench):
    if bench.windlass is not None:
        yield from from_python(bench)
        yield from small_doubles(bench)
        yield from small_counts(bench)
    yield from text_rows.cases(bench)
    yield from near_units(bench)
    yield from from_memory(bench)
    for part in (text_search, text_words, text_files):
        try:
            yield from part.cases(bench)
        except machine.Missing as missing:
            bench.notes.append(str(missing))
