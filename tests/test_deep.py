"""What a process relies on fails: memory, threads, one address space, stack. Programs of
tests/deep, and the fuzz targets on their seeds."""

import json
import os
import re
import subprocess
import sys

import pytest

from support import headers

MOST_STACK = 8192  # bytes of one function's frame


@pytest.fixture(scope="module")
def sanitizers(build_dir):
    options = json.loads((build_dir / "meson-info" / "intro-buildoptions.json").read_text())
    value = next(option["value"] for option in options if option["name"] == "b_sanitize")
    names = set(value if isinstance(value, list) else value.split(","))
    return names - {"none", ""}


@pytest.fixture
def run(build_dir, sanitizers):
    def call(name, *arguments, timeout=600, leaks=False):
        values = dict(os.environ)
        if leaks and "address" in sanitizers:
            values["ASAN_OPTIONS"] = values.get("ASAN_OPTIONS", "") + ":detect_leaks=1"
        done = subprocess.run(
            [build_dir / "tests" / name, *map(str, arguments)],
            env=values,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=6 * timeout if sanitizers else timeout,
        )
        print(done.stdout[-20000:])
        assert done.returncode == 0, f"{name} {arguments}: exit {done.returncode}"
        return done.stdout

    return call


@pytest.fixture
def unless_threads_are_watched(sanitizers):
    if "thread" in sanitizers:
        pytest.skip("the thread sanitizer follows no fork")


def test_out_of_memory(run, unless_threads_are_watched):
    """Every allocation of every scenario fails, alone and with all after it."""
    found = re.search(r"(\d+) allocations failed in (\d+) scenarios", run("deep/out_of_memory"))
    assert int(found[1]) > 1000 and int(found[2]) > 100


def test_out_of_memory_meets_every_function(run):
    covered = set(run("deep/out_of_memory", "--functions").split())
    assert covered == set(headers.functions())


@pytest.mark.no_sanitizer
def test_first_call_of_a_thread_without_memory(run, library):
    run("deep/late_thread", library)


def test_threads_that_do_not_start(run, unless_threads_are_watched):
    run("deep/no_threads")


def test_second_solve(run):
    """Of every method, of the same shape: it allocates nothing."""
    found = re.search(r"second solves: (\d+) of (\d+) methods", run("deep/second_solve"))
    assert int(found[2]) >= 12 and int(found[1]) == 8 * int(found[2])


def test_fork(run, sanitizers, unless_threads_are_watched):
    """100 between calls, 100 in a progress callback, 100 beside a computation (see fork.c)."""
    found = re.search(r"(\d+) survived", run("deep/fork", 100))
    assert int(found[1]) == (200 if "address" in sanitizers else 300)


FORKS = """
import multiprocessing, warnings
import numpy as np
from windlass.mixture import GaussianMixture
from windlass.text import count_doubles

warnings.simplefilter("ignore")
x = np.random.default_rng(0).normal(size=(20000, 2))

def work(_):
    mixture = GaussianMixture(3, random_state=0, max_iter=5).fit(x)
    return count_doubles("aab" * 1_000_000, threads=2), mixture.means_.tobytes()

expected = work(None)
with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
    print(sum(result == expected for result in pool.map(work, range(100), chunksize=1)))
"""


@pytest.mark.no_sanitizer  # the pool forks while its own threads allocate: see fork.c
def test_fork_from_python():
    """Each task of the pool is the first use in a child of a parent that has used threads."""
    command = [sys.executable, "-c", FORKS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.stdout.split() == ["100"], done.stderr


def test_stress(run):
    run("deep/stress", 1.5, leaks=True)


@pytest.mark.no_sanitizer
def test_small_stack(run):
    """Every call works on a thread with 32 KiB, as Python's smallest."""
    run("deep/small_stack", 32)


@pytest.mark.no_sanitizer
def test_frames_are_small(build_dir):
    objects = list(build_dir.glob("*.a.p/*.o"))
    assert objects
    dump = ["objdump", "--demangle", "--disassemble", "--no-show-raw-insn", *objects]
    text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    if "file format elf64-x86-64" not in text:
        pytest.skip("reads the code of x86-64")
    name, frames = None, []
    for line in text.splitlines():
        if begins := re.match(r"[0-9a-f]+ <(.*)>:", line):
            name = begins[1]
        elif grows := re.search(r"\tsub +\$0x([0-9a-f]+),%rsp", line):
            size = int(grows[1], 16)
            if size < 1 << 63:  # else less than nothing: it is given back so
                frames.append((size, name))
    print(f"largest frame: {max(frames)[0]} bytes, {max(frames)[1]}")
    assert [frame for frame in frames if frame[0] > MOST_STACK] == []


TEXT = (
    "count_doubles count_runs count find rfind count_lines count_many wc validate_utf8"
    " word_counts split"
).split()


@pytest.mark.parametrize("target", ["load", "sparse", *("text_" + one for one in TEXT)])
def test_fuzz_seeds(run, target, sanitizers):
    """Some seconds each; longer runs are libFuzzer's (tests/fuzz/meson.build)."""
    run(f"fuzz/fuzz_{target}", 100 if sanitizers else 500, leaks=True)
