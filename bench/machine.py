"""The machine's limits, measured by bench/limits.c in the same run, and its description."""

from __future__ import annotations

import ctypes
import dataclasses
import os
import pathlib
import platform
import shutil
import subprocess

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILT = ROOT / "build" / "bench"

# A level and what the processor must have for it (names of /proc/cpuinfo).
LEVELS = {
    "base": ("x86-64", ""),
    "v3": ("x86-64-v3", "avx2 bmi1 bmi2 f16c fma abm movbe"),
    "v4": ("x86-64-v4", "avx512f avx512bw avx512cd avx512dq avx512vl"),
}
READERS = ("read: sum", "read: sum, prefetch", "read: sum, 4 streams", "read: line feeds")
CHAINS = 4  # the variants of limits_fma
L2_BYTES, DRAM_BYTES = 1 << 20, 1 << 28


class Missing(Exception):
    """Something the benchmark needs is not on this machine; the text says what."""


def compiler(kind: str = "cc") -> list[str]:
    """The C or C++ compiler that the build found, or the environment's, or the usual name."""
    record = ROOT / "build" / "toolchain"
    found = record.read_text().split("\n", 1)[0].split() if record.exists() else []
    variable, usual, place = ("CC", "cc", 0) if kind == "cc" else ("CXX", "c++", 1)
    name = os.environ.get(variable) or (found[place] if len(found) > place else usual)
    command = name.split()
    if shutil.which(command[0]) is None:
        raise Missing(f"no {usual} found")
    return command


def compiled(output: pathlib.Path, sources: list[pathlib.Path], flags: list[str], kind="cc"):
    """output, compiled again where a source is newer than it."""
    newest = max(source.stat().st_mtime for source in sources)
    if output.exists() and output.stat().st_mtime > newest:
        return output
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [*compiler(kind), *map(str, sources[:1]), *flags, "-o", str(output)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"{sources[0].name} does not compile: {done.stderr.strip()}")
    return output


def processor_flags() -> set[str]:
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return set()
    lines = [line for line in text.splitlines() if line.startswith("flags")]
    return set(lines[0].split(":", 1)[1].split()) if lines else set()


def levels() -> list[str]:
    """Those of this machine, lowest first."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return ["base"]
    there = processor_flags()
    return [level for level, (_, needed) in LEVELS.items() if set(needed.split()) <= there]


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


class Limits:
    """bench/limits.c compiled for one level."""

    def __init__(self, level: str):
        source = pathlib.Path(__file__).with_name("limits.c")
        flags = ["-std=gnu11", "-O3", "-ffp-contract=fast", "-fno-math-errno", "-shared", "-fPIC"]
        flags += ["-fvisibility=hidden", "-pthread"]
        if platform.machine() in ("x86_64", "AMD64"):
            flags.append("-march=" + LEVELS[level][0])
        self.level = level
        self.library = ctypes.CDLL(str(compiled(BUILT / f"limits_{level}.so", [source], flags)))
        for name in ("limits_read", "limits_fma", "limits_exp"):
            getattr(self.library, name).restype = ctypes.c_double
        self.library.limits_exp_values.restype = None

    def read(self, kind: int, data: np.ndarray, threads: int, repeats: int) -> tuple[float, int]:
        """Seconds, and what was summed or counted."""
        seen = ctypes.c_uint64()
        seconds = self.library.limits_read(
            kind,
            ctypes.c_void_p(data.ctypes.data),
            ctypes.c_int64(data.nbytes),
            threads,
            ctypes.c_int64(repeats),
            ctypes.byref(seen),
        )
        if seconds < 0:
            raise Missing(f"{threads} threads cannot be started")
        return seconds, seen.value

    def read_seconds(self, kind: int, data: np.ndarray, threads: int):
        """For a Way: seconds of n passes over the data."""
        return lambda number: self.read(kind, data, threads, number)[0]

    def fma_rate(self, threads: int, repeats: int, steps: int = 200_000) -> float:
        """Flop a second in double: the best of several numbers of chains."""
        flops, best = ctypes.c_double(), 0.0
        for kind in range(CHAINS):
            for _ in range(repeats):
                seconds = self.library.limits_fma(
                    kind, ctypes.c_int64(steps), threads, ctypes.byref(flops)
                )
                best = max(best, flops.value / seconds)
        return best

    def exp_rate(self, threads: int, repeats: int, passes: int = 2000) -> float:
        """Exponentials a second, in double."""
        values, best = ctypes.c_double(), 0.0
        for _ in range(repeats):
            seconds = self.library.limits_exp(
                ctypes.c_int64(passes), threads, ctypes.byref(values)
            )
            best = max(best, values.value / seconds)
        return best

    def exp_values(self, x: np.ndarray) -> np.ndarray:
        """exp of 512 doubles, to check the loop that is timed."""
        if x.shape != (512,) or x.dtype != np.float64 or not x.flags.c_contiguous:
            raise ValueError("x is 512 contiguous doubles")
        y = np.empty(512)
        addresses = [ctypes.c_void_p(values.ctypes.data) for values in (x, y)]
        self.library.limits_exp_values(*addresses)
        return y


@dataclasses.dataclass
class Rates:
    """One level's limits: by threads, 1 and all."""

    level: str
    fma: dict[int, float]  # flop/s
    exp: dict[int, float]  # values/s
    read_l2: dict[int, float]  # bytes/s
    read_dram: dict[int, float]


def read_rate(limits: Limits, data: np.ndarray, threads: int, repeats: int, passes: int) -> float:
    best = 0.0
    for _ in range(repeats):
        for kind in range(len(READERS)):
            best = max(best, data.nbytes * passes / limits.read(kind, data, threads, passes)[0])
    return best


def measure(level: str, dram: np.ndarray, repeats: int = 5) -> Rates:
    """Each figure is the best of its repetitions: what others leave of the machine only lowers it.
    L2: a MiB for each thread."""
    limits, rates = Limits(level), Rates(level, {}, {}, {}, {})
    for threads in sorted({1, cores()}):
        rates.fma[threads] = limits.fma_rate(threads, repeats)
        rates.exp[threads] = limits.exp_rate(threads, repeats)
        near = dram[: L2_BYTES * threads]
        rates.read_l2[threads] = read_rate(limits, near, threads, repeats, 20)
        rates.read_dram[threads] = read_rate(limits, dram, threads, max(2, repeats // 2), 1)
    return rates


def model() -> str:
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
