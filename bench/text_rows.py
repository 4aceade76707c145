"""Many short texts in one call."""

from __future__ import annotations

import numpy as np

from bench import texts
from bench.harness import Case, Target, Way
from bench.peers import rust
from bench.text_ways import column, flat, job, series, threads_text

ROWS, LEAST, MOST = 100_000, 20, 40
TITLE = "100,000 rows of 20 to 40 bytes"
ALPHABET = "abcdefghijklmnopqrstuvwxyzeeeettaaoo      "  # ASCII, a space in seven


class Rows:
    """The same texts in every form."""

    def __init__(self):
        self.offsets, self.data = texts.rows(ROWS, LEAST, MOST, ALPHABET)
        pairs = zip(self.offsets[:-1].tolist(), self.offsets[1:].tolist())
        self.bytes = [self.data[begin:end] for begin, end in pairs]
        self.strings = [row.decode() for row in self.bytes]
        self.fixed = np.array(self.bytes)
        self.flat = flat(self.data)

    def arrow(self):
        return column(self.strings)

    def polars(self):
        return series(self.strings)[0]


def kernels(bench, rows: Rows, wanted, shown=None) -> list[Way]:
    """C with Arrow's 32-bit offsets, on one thread and on all."""
    offsets, ways = rows.offsets.astype(np.int32), []
    for threads in bench.threads:
        call = bench.operation(wanted, threads).run_many(rows.flat, offsets)
        if shown is not None:
            call = lambda inner=call: inner()[:, shown]  # noqa: E731
        ways.append(Way(f"C, offsets, {threads_text(threads)}", call, own=True))
    return ways


def forms(bench, rows: Rows, call) -> list[Way]:
    """From Python, each kind of rows."""

    def arrow():
        strings, _ = rows.arrow()
        return [
            Way("windlass, Arrow array", lambda: call(strings), own=True),
            Way("windlass, Arrow array, 1 thread", lambda: call(strings, threads=1), own=True),
        ]

    def polars():
        strings = rows.polars()
        return [Way("windlass, polars Series", lambda: call(strings), own=True)]

    return [
        *bench.offered(arrow, polars),
        Way("windlass, list of str", lambda: call(rows.strings), own=True),
    ]


def row_case(name: str, ways: list[Way], targets=(), readme=False):
    targets = [Target("seconds", 3e-9 * ROWS), *targets]
    title = f"{name} of {TITLE}"
    same = np.array_equal
    return Case("text", title, ways, ROWS, "row", targets=targets, same=same, readme=readme)


def doubles(bench, rows: Rows):
    ways = kernels(bench, rows, job("count_doubles"))
    if bench.windlass is not None:
        count = bench.windlass.text.count_doubles
        ways += forms(bench, rows, count)
        ways.append(Way("windlass, NumPy S", lambda: count(rows.fixed, unit="byte"), own=True))
        ways.append(Way("windlass, list of bytes", lambda: count(rows.bytes), own=True))

    def crate():
        one = rust.load().bytes_windows
        return [Way("Rust, a call a row", lambda: [one(row) for row in rows.bytes])]

    def zip_row(row):
        return sum(1 for left, right in zip(row, row[1:]) if left == right)

    ways.append(Way("zip loop a row", lambda: [zip_row(row) for row in rows.bytes]))
    yield row_case("doubles", ways + bench.offered(crate), readme=True)


def substrings(bench, rows: Rows):
    for needle in ("e", "the"):
        coded = needle.encode()
        ways = kernels(bench, rows, job("count", coded))
        if bench.windlass is not None:
            count = bench.windlass.text.count

            def call(data, needle=needle, **settings):
                return count(data, needle, **settings)

            ways += forms(bench, rows, call)
            ways.append(
                Way("windlass, list of bytes", lambda c=coded: count(rows.bytes, c), own=True)
            )

        def arrow(needle=needle):
            strings, functions = rows.arrow()
            counted = functions.count_substring
            return [Way("pyarrow count_substring", lambda: counted(strings, needle).to_numpy())]

        def polars(needle=needle):
            counted = rows.polars().str.count_matches
            return [Way("polars count_matches", lambda: counted(needle, literal=True).to_numpy())]

        def crate(coded=coded):
            counted = rust.load().rows_substring
            return [Way("Rust memmem, list of bytes", lambda: counted(rows.bytes, coded))]

        ways += bench.offered(arrow, polars, crate)
        ways.append(Way("str.count a row", lambda n=needle: [row.count(n) for row in rows.strings]))
        ways.append(Way("numpy.strings.count", lambda c=coded: np.strings.count(rows.fixed, c)))
        targets = [Target("ratio", 15, "pyarrow"), Target("ratio", 15, "polars")]
        yield row_case(f'count of "{needle}"', ways, targets, readme=needle == "e")


def wc(bench, rows: Rows):
    """Compared in the words."""
    words = 3
    ways = kernels(bench, rows, job("wc"), words)
    if bench.windlass is not None:
        own = bench.windlass.text.wc
        ways += forms(bench, rows, lambda data, **settings: own(data, **settings).words)

    def arrow():
        strings, functions = rows.arrow()
        trim, split = functions.utf8_trim_whitespace, functions.utf8_split_whitespace
        length = functions.list_value_length
        return [Way("pyarrow, words", lambda: length(split(trim(strings))).to_numpy())]

    def polars():
        strings = rows.polars()
        return [Way("polars, words", lambda: strings.str.count_matches(r"\S+").to_numpy())]

    ways += bench.offered(arrow, polars)
    ways.append(Way("len(str.split()) a row", lambda: [len(row.split()) for row in rows.strings]))
    yield row_case("wc", ways)


def cases(bench):
    rows = Rows()
    for part in (doubles, substrings, wc):
        yield from part(bench, rows)
