"""What the cases of the text module are made of: ways through C, through Python, and of peers."""

from __future__ import annotations

import dataclasses
import functools
import shutil
import subprocess

import numpy as np

from bench import machine, texts
from bench.harness import Case, Target, Way
from bench.library import Library


@dataclasses.dataclass
class Job:
    """An operation of the text module with its settings; unless they say otherwise, of bytes."""

    operation: str
    needles: tuple[bytes, ...] = ()
    settings: dict = dataclasses.field(default_factory=lambda: {"unit": "byte"})


def job(operation: str, *needles: bytes, **settings) -> Job:
    return Job(operation, needles, settings or {"unit": "byte"})


VALIDATED = {"unit": "char", "invalid": "strict"}
TRUSTED = {"unit": "char", "invalid": "trusted"}


def threads_text(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def mebibytes(data) -> str:
    size = data.nbytes / 2**20
    return f"{size:.0f} MiB" if size >= 1 else f"{size * 1024:.0f} KiB"


def flat(text: str | bytes) -> np.ndarray:
    return np.frombuffer(text.encode() if isinstance(text, str) else text, np.uint8)


def whole_characters(data: np.ndarray) -> np.ndarray:
    """Without its last character, which may have been cut."""
    end = data.size - 1
    while data[end] & 0xC0 == 0x80:
        end -= 1
    return data[:end]


def rows_of(text: str) -> list[str]:
    """Its lines, without one after the last line feed."""
    return text.removesuffix("\n").split("\n")


def process(name: str, command: list, path) -> list[Way]:
    """A program that reads the file and prints numbers; what it costs to start is included."""
    if shutil.which(command[0]) is None:
        raise machine.Missing(f"no {command[0]}: left out")
    given = [*map(str, command), str(path)]
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}

    def call():
        done = subprocess.run(given, capture_output=True, env=environment)
        numbers = [int(word) for word in done.stdout.split() if word.isdigit()]
        return numbers[0] if len(numbers) == 1 else tuple(numbers)

    return [Way(name, call)]


class Bench:
    """The library, its Python package where that is there, the machine's limits, and what to say
    of the peers that are not there. `size`: bytes of a text that no cache holds; `middle`: of one
    that peers get through in milliseconds."""

    def __init__(self, notes, size=machine.DRAM_BYTES, middle=8_000_000, library=None, limits=None):
        self.notes, self.size, self.middle = notes, size, middle
        self.library = library or Library()
        self.limits = limits or machine.Limits(self.library.text("isa"))
        self.threads = sorted({1, machine.cores()})

    @functools.cached_property
    def windlass(self):
        """The package; None, and a note, without it."""
        try:
            import windlass
            import windlass.text
        except ImportError as missing:
            self.notes.append(f"rows from Python are left out: {missing}")
            return None
        return windlass

    @functools.cached_property
    def contexts(self) -> dict[int, int]:
        return {threads: self.library.context(threads) for threads in self.threads}

    def operation(self, wanted: Job, threads: int = 1):
        context = self.contexts[threads]
        return self.library.text_operation(
            context, wanted.operation, wanted.needles, **wanted.settings
        )

    def reads(self, data: np.ndarray, threads: int = 1) -> list[Way]:
        return [
            Way(name, seconds=self.limits.read_seconds(kind, data, threads), limit=True)
            for kind, name in enumerate(machine.READERS)
        ]

    def offered(self, *makers, about=()) -> list[Way]:
        """The ways of those makers whose library is there; a note for each that is not."""
        ways = []
        for make in makers:
            try:
                ways += make(*about)
            except (ImportError, machine.Missing) as missing:
                self.notes.append(str(missing))
        return ways

    def reading(self, name: str, data: np.ndarray, jobs: dict[str, Job], targets, threads=1):
        """A case of kernels over one text, beside what reading it takes."""
        ways = []
        for way, wanted in jobs.items():
            ways.append(Way(way, self.operation(wanted, threads).run(data), own=True))
        return Case(
            "text",
            f"{name}, {mebibytes(data)}, {threads_text(threads)}",
            ways + self.reads(data, threads),
            count=data.nbytes,
            element="byte",
            limit_name="read",
            targets=targets,
        )

    def far(self, name: str, data: np.ndarray, jobs: dict[str, Job], bound: float):
        """Far more than the caches hold, on one thread and on all."""
        targets = [Target("fraction", bound)] if bound else []
        for threads in self.threads:
            yield self.reading(name, data, jobs, targets, threads)

    def near(self, name: str, data: np.ndarray, jobs: dict[str, Job], rate: float = 0):
        """What a core's own caches hold, one thread. rate: GB/s."""
        part = whole_characters(data[: machine.L2_BYTES])
        targets = [Target("rate", rate)] if rate else []
        yield self.reading(name, part, jobs, targets)


# ---- what several files need of the peers ----


def series(rows: list[str]):
    """polars' column of strings, and its module."""
    import polars

    return polars.Series(rows), polars


def column(rows: list[str]):
    """pyarrow's array of strings, and its functions."""
    import pyarrow
    import pyarrow.compute

    return pyarrow.array(rows, pyarrow.string()), pyarrow.compute


def stringzilla():
    import stringzilla

    return stringzilla


def prose(size: int) -> str:
    return texts.repeated(texts.manual(), size)
