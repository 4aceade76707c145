"""Files by their path, and texts that come in pieces."""

from __future__ import annotations

import mmap
import os
import tempfile

import numpy as np

from bench import machine
from bench.harness import Case, Target, Way
from bench.text_ways import TRUSTED, flat, job, mebibytes, process, prose, threads_text

FILE_SHARE = 4  # the file is of so much less than what is read from memory
FEEDS = (64 << 10, 1 << 20)


def python_read(path, function):
    with open(path, "rb") as file:
        return function(file.read())


def python_mapped(path, byte: bytes) -> int:
    """Line feeds by mmap and NumPy, which copies nothing."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        values = np.frombuffer(mapped, np.uint8)
        found = int(np.count_nonzero(values == byte[0]))
        del values
        return found


def python_chunks(path, byte: bytes) -> int:
    with open(path, "rb", buffering=0) as file:
        return sum(chunk.count(byte) for chunk in iter(lambda: file.read(1 << 18), b""))


def own_ways(bench, wanted, call, path) -> list[Way]:
    """By path: from Python on all cores, and C on one thread and on all."""
    ways = [Way("windlass, path=", call, own=True)]
    for threads in bench.threads:
        run = bench.operation(wanted, threads).run_file(path)
        ways.append(Way(f"C, {threads_text(threads)}", run, own=True))
    return ways


def case(bench, name, ways, data, targets=(), **more):
    return Case(
        "text",
        f"{name}, a file of {mebibytes(data)} of prose",
        ways + bench.reads(data, bench.threads[-1]),
        count=data.nbytes,
        element="byte",
        limit_name="read",
        targets=list(targets),
        **more,
    )


def feeds(bench, path, data):
    count = bench.windlass.text.count
    ways = own_ways(bench, job("count", b"\n"), lambda: count(needle=b"\n", path=path), path)
    ways += [
        Way("Python read, count", lambda: python_read(path, lambda text: text.count(b"\n"))),
        Way("Python chunks of 256 KiB, count", lambda: python_chunks(path, b"\n")),
        Way("Python mmap, numpy", lambda: python_mapped(path, b"\n")),
    ]
    ways += bench.offered(lambda: process("GNU wc -l, a process", ["wc", "-l"], path))
    yield case(bench, "line feeds", ways, data)


def words(bench, path, data):
    """Compared in lines and words."""
    wc = bench.windlass.text.wc

    def pair(found):
        return tuple(found)[2:4] if len(found) > 2 else tuple(found)

    def python(text):
        return text.count(b"\n"), len(text.split())

    ways = own_ways(bench, job("wc"), lambda: wc(path=path, invalid="bytes"), path)
    ways.append(Way("Python read, count, split", lambda: python_read(path, python)))
    ways += bench.offered(lambda: process("GNU wc -lw, a process", ["wc", "-lw"], path))
    targets = [Target("ratio", 50, "GNU wc")]
    yield case(
        bench,
        "lines and words",
        ways,
        data,
        targets,
        same=lambda left, right: pair(left) == pair(right),
        readme=True,
    )


def lines(bench, path, data):
    """Compared in the lines."""
    count_lines = bench.windlass.text.count_lines

    def first(found):
        return found if isinstance(found, int) else found[0]

    for needle in (b"the", b"interpreter"):

        def call(needle=needle):
            found = count_lines(needle=needle, path=path)
            return found.lines, found.total

        def grep(needle=needle):
            command = ["grep", "-c", "-F", "-e", needle.decode()]
            return process("GNU grep -c, a process", command, path)

        def python(text, needle=needle):
            return sum(needle in line for line in text.split(b"\n"))

        ways = own_ways(bench, job("count_lines", needle), call, path)
        ways.append(Way("Python read, split, in", lambda f=python: python_read(path, f)))
        ways += bench.offered(grep)
        name = f'lines with "{needle.decode()}"'
        yield case(bench, name, ways, data, same=lambda a, b: first(a) == first(b))


def doubles(bench, path, data):
    count = bench.windlass.text.count_doubles
    wanted = job("count_doubles", **TRUSTED)
    ways = own_ways(bench, wanted, lambda: count(path=path), path)
    yield case(bench, "doubles, validated from Python", ways, data)


def streams(bench, data):
    """One thread, in pieces as a file or a socket gives them, beside the same text in one call."""
    operations = {
        "doubles": job("count_doubles"),
        'count of "the"': job("count", b"the"),
        "wc": job("wc", **TRUSTED),
        'lines with "the"': job("count_lines", b"the"),
        "8 needles": job("count_many", *b"class object value method string name line type".split()),
    }
    for name, wanted in operations.items():
        operation = bench.operation(wanted)
        ways = [
            Way(f"C, fed {piece >> 10} KiB", operation.stream(data, piece), own=True)
            for piece in FEEDS
        ]
        ways.append(Way("C, in one call", operation.run(data), own=True))
        if bench.windlass is not None and not wanted.needles:
            ways += python_stream(bench, wanted, data)
        title = f"a stream, {name}, {mebibytes(data)} of prose, 1 thread"
        yield Case(
            "text",
            title,
            ways + bench.reads(data),
            count=data.nbytes,
            element="byte",
            limit_name="read",
        )


def python_stream(bench, wanted, data) -> list[Way]:
    """Through Stream, in the smallest pieces, on this thread."""
    stream, piece = bench.windlass.text.Stream, FEEDS[0]
    pieces = [data[i : i + piece].tobytes() for i in range(0, data.size, piece)]
    settings = {"invalid": "bytes"} if wanted.operation == "wc" else {"unit": "byte"}

    def call():
        fed = stream(wanted.operation, **settings)
        for part in pieces:
            fed.feed(part)
        result = fed.result()
        return tuple(result) if isinstance(result, tuple) else result

    return [Way(f"windlass.text.Stream, fed {piece >> 10} KiB", call, own=True)]


def cases(bench):
    data = flat(prose(bench.size // FILE_SHARE))
    if bench.windlass is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "prose.txt")
            data.tofile(path)
            for part in (feeds, words, lines, doubles):
                yield from part(bench, path, data)
    yield from streams(bench, data[: 8 * machine.L2_BYTES])
