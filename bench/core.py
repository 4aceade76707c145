"""What the core's calls cost: properties, errors, regions of threads, the import."""

from __future__ import annotations

import ctypes
import json
import pathlib
import statistics
import subprocess
import sys
import time

from bench import machine
from bench.harness import Case, Figure, Result, Target, Way, verdicts_of
from bench.library import PROCESS, Library

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = "-I" + str(machine.ROOT / "include")


def calls(library: Library) -> ctypes.CDLL:
    """bench/core_calls.c on top of the library that is already loaded."""
    source, output = HERE / "core_calls.c", machine.BUILT / "core_calls.so"
    folder = str(library.path.parent)
    flags = ["-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", INCLUDE]
    flags += [str(library.path), f"-Wl,-rpath,{folder}"]
    output.unlink(missing_ok=True)  # it names the library by its path
    return ctypes.CDLL(str(machine.compiled(output, [source], flags)))


class Loop:
    """A function of core_calls.c with its arguments; `seconds` is for a Way."""

    def __init__(self, function, *before, after=()):
        self.function, self.before, self.after = function, before, after

    def __call__(self, number: int = 1) -> int:
        status = self.function(*self.before, ctypes.c_int64(number), *self.after)
        if status:
            raise RuntimeError(f"{self.function.__name__}: status {status}")
        return status

    def seconds(self, number: int) -> float:
        begin = time.perf_counter()
        self(number)
        return time.perf_counter() - begin


def property_cases(library: Library):
    c, ctx = calls(library), library.context(1)
    obj = ctypes.c_uint64()
    library.call("wdl_mixture_create", 0, ctypes.byref(obj))
    whole, real = ctypes.byref(ctypes.c_int64()), ctypes.byref(ctypes.c_double())

    def way(name, function, context, *more, after=()):
        loop = Loop(function, ctypes.c_uint64(context), obj, *more, after=after)
        return Way(name, loop, loop.seconds, own=True)

    for context, bound, what in ((0, 25e-9, "no context"), (ctx, 40e-9, "a context")):
        ways = [
            way("int", c.core_get_int, context, b"n_components", after=(whole,)),
            way("real", c.core_get_real, context, b"tol", after=(real,)),
            way("set real", c.core_set_real, context, b"tol", after=(ctypes.c_double(1e-3),)),
        ]
        targets = [Target("seconds", bound)]
        yield Case("core", f"a property read through an id, {what}", ways, targets=targets)
    ways = [
        way("unknown name, no context", c.core_error, 0, b"n_component"),
        way("unknown name, a context", c.core_error, ctx, b"n_component"),
    ]
    yield Case("core", "a refused call", ways)
    loop = Loop(c.core_create, ctypes.c_uint64(0))
    ways = [Way("context", loop, loop.seconds, own=True)]
    yield Case("core", "create and release", ways)


def region_program() -> str:
    """bench/region.cpp with the library's internal objects, as the build left them."""
    objects = machine.ROOT / "build" / "release" / "libplain.a"
    if not objects.exists():
        raise machine.Missing("the region's cost is left out: no build/release/libplain.a")
    flags = ["-std=c++20", "-O2", "-I" + str(machine.ROOT / "src"), INCLUDE, str(objects)]
    sources = [HERE / "region.cpp", objects]
    return str(machine.compiled(machine.BUILT / "region", sources, [*flags, "-pthread"], "c++"))


def apart(name: str, seconds: dict[str, list[float]], targets=()) -> Result:
    """A result whose ways were not measured in rounds: {way: times}."""
    case = Case("core", name, [Way(way, own=True) for way in seconds], targets=list(targets))
    figures = [Figure(way, seconds[way.name]) for way in case.ways]
    return Result(case, figures, verdicts_of(case, figures))


def region_results(quick: bool, notes: list[str]):
    if machine.cores() < 2:
        notes.append("the region's cost is left out: one core")
        return
    program, rounds = region_program(), 1 if quick else 5
    seen: dict[str, list[float]] = {}
    for _ in range(rounds):
        counts = ["500", "3"] if quick else ["5000", "10"]
        done = subprocess.run([program, *counts], capture_output=True, text=True, check=True)
        for name, value in json.loads(done.stdout).items():
            if value >= 0:
                seen.setdefault(name, []).append(value)
    titles = {
        "start_hot": "hot: the second thread is inside",
        "whole_hot": "hot: an empty region, whole",
        "start_cold": "after 100 ms: the second thread is inside",
        "whole_cold": "after 100 ms: an empty region, whole",
    }
    times = {way: [1e-9 * v for v in seen[key]] for key, way in titles.items() if key in seen}
    targets = [Target("seconds", 3e-6)] if "start_hot" in seen else []
    yield apart("a region of two threads", times, targets)
    missed = statistics.median(seen["missed_cold"])
    notes.append(f"cold regions whose second thread came after 2 ms: {missed:.0%}")


IMPORT = """
import time, numpy
begin = time.perf_counter()
import windlass
if {text}:
    import windlass.text, windlass.mixture
print(time.perf_counter() - begin)
"""


def import_results(quick: bool, notes: list[str]):
    times: dict[str, list[float]] = {}
    for name, text in (("windlass", False), ("windlass.text, windlass.mixture", True)):
        for _ in range(3 if quick else 9):
            command = [sys.executable, "-c", IMPORT.format(text=text)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                notes.append("an import is left out: " + done.stderr.strip().splitlines()[-1])
                break
            times.setdefault(name, []).append(float(done.stdout))
    if times:
        yield apart("import, over NumPy's own", times, [Target("seconds", 0.03)])


def cases(notes: list[str]):
    yield from property_cases(Library())


def results(notes: list[str], quick: bool):
    """Figures that come from other processes."""
    try:
        yield from region_results(quick, notes)
    except machine.Missing as missing:
        notes.append(str(missing))
    yield from import_results(quick, notes)
