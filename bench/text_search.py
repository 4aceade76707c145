"""Needles: counts, places, lines, many at a time."""

from __future__ import annotations

import itertools
import re
import tempfile

from bench import texts
from bench.harness import Case, Target, Way
from bench.peers import rust
from bench.text_ways import (
    column,
    flat,
    job,
    mebibytes,
    process,
    prose,
    rows_of,
    series,
    stringzilla,
)

# Of the prose, hits in a MiB: about 10,700, 93,000, 100, 390, none.
NEEDLES = ("the", "e", "interpreter", "Python", "zqxj")
# None of these words can overlap another one of them.
LITERALS = ("class", "object", "value", "method", "exception", "statement", "string", "function")


# ---- one needle ----


def substring_peers(bench, text: str, needle: str) -> list[Way]:
    expression = re.compile(re.escape(needle))
    data, coded, lines = text.encode(), needle.encode(), rows_of(text)

    def zilla():
        module = stringzilla()
        return [Way("StringZilla", lambda: module.count(text, needle))]

    def arrow():
        rows, functions = column(lines)
        counted = functions.count_substring
        return [Way("pyarrow, per line", lambda: functions.sum(counted(rows, needle)).as_py())]

    def polars():
        rows, _ = series(lines)
        counted = rows.str.count_matches
        return [Way("polars, per line", lambda: int(counted(needle, literal=True).sum()))]

    def crate():
        module = rust.load()
        parallel = Way("Rust memmem, rayon", lambda: module.count_substring_par(text, coded))
        one = Way("Rust memmem", lambda: module.count_substring(data, coded))
        if len(coded) > 1:
            return [one, parallel]
        return [one, Way("Rust memchr", lambda: module.count_byte(data, coded[0])), parallel]

    return [
        Way("str.count", lambda: text.count(needle)),
        Way("bytes.count", lambda: data.count(coded)),
        Way("re", lambda: len(expression.findall(text))),
        *bench.offered(zilla, arrow, polars, crate),
    ]


def substring_targets(needle: str) -> list[Target]:
    bounds = {"the": 3, "e": 15}
    return [Target("ratio", bounds[needle], "StringZilla")] if needle in bounds else []


def counts(bench):
    """From Python, beside the peers."""
    text = prose(bench.middle)
    count, data = bench.windlass.text.count, flat(text)
    for needle in NEEDLES:
        own = [
            Way("windlass, 1 thread", lambda n=needle: count(text, n, threads=1), own=True),
            Way("windlass", lambda n=needle: count(text, n), own=True),
        ]
        yield Case(
            "text",
            f'count of "{needle}", {mebibytes(data)} of prose',
            own + substring_peers(bench, text, needle) + bench.reads(data),
            count=data.nbytes,
            element="byte",
            limit_name="read, 1 thread",
            targets=substring_targets(needle),
            readme=needle in ("the", "e"),
        )


def counts_from_memory(bench, data):
    for needle in NEEDLES:
        wanted, name = {"C": job("count", needle.encode())}, f'count of "{needle}" in prose'
        yield from bench.far(name, data, wanted, 0.9)
        yield from bench.near(name, data, wanted, 45 if len(needle) < 5 else 25)
    variants = {"ignoring case": {"ignore_case": 1}, "whole words": {"whole_words": "ascii"}}
    for title, settings in variants.items():
        wanted = {"C": job("count", b"the", unit="byte", **settings)}
        yield from bench.near(f'count of "the" in prose, {title}', data, wanted)


def adversarial(bench):
    """Texts and needles that nearly match everywhere."""
    size = 1 << 20
    needles = {
        "a...ab": b"a" * 63 + b"b",
        "ba...a": b"b" + b"a" * 63,
        "a..aba..a": b"a" * 32 + b"b" + b"a" * 31,
        "a 1000 times, b": b"a" * 1000 + b"b",
        "a 64 times": b"a" * 64,
        "a 64 times, overlapping": b"a" * 64,
    }
    text = b"a" * size
    data = flat(text)
    for name, needle in needles.items():
        overlapping = "overlapping" in name
        wanted = job("count", needle, unit="byte", overlapping=int(overlapping))
        ways = [Way("C, 1 thread", bench.operation(wanted).run(data), own=True)]

        def crate(needle=needle):
            module = rust.load()
            return [Way("Rust memmem", lambda: module.count_substring(text, needle))]

        if not overlapping:
            ways += [Way("bytes.count", lambda n=needle: text.count(n)), *bench.offered(crate)]
        yield Case(
            "text",
            f"count of {name} in a 2^20 times",
            ways + bench.reads(data),
            count=size,
            element="byte",
            limit_name="read",
            targets=[Target("rate", 1)],
        )


def places(bench):
    """Where needles are."""
    text = prose(bench.middle)
    kernels, data, coded = bench.windlass.text, flat(text), text.encode()

    def zilla():
        module = stringzilla()
        return [Way("StringZilla", lambda: module.find(text, "zqxj"))]

    def crate():
        module = rust.load()
        return [Way("Rust memmem", lambda: module.find(coded, b"zqxj"))]

    ways = [
        Way("windlass, 1 thread", lambda: kernels.find(text, "zqxj", threads=1), own=True),
        Way("windlass", lambda: kernels.find(text, "zqxj"), own=True),
        Way("str.find", lambda: text.find("zqxj")),
        *bench.offered(zilla, crate),
    ]
    name, size = mebibytes(data), data.nbytes
    yield Case("text", f"find what is not there, {name} of prose", ways, size, "byte")

    def collected():
        module = rust.load()
        return [Way("Rust memmem, collected", lambda: module.find_all(coded, b"the"))]

    expression = re.compile("the")
    found = bench.operation(job("count", b"the")).find_all(data)
    ways = [
        Way("windlass", lambda: len(kernels.find_all(text, "the")), own=True),
        Way("C, 1 thread", found, own=True),
        Way("re.finditer", lambda: len([hit.start() for hit in expression.finditer(text)])),
        *bench.offered(collected),
    ]
    yield Case("text", f'all places of "the", {name} of prose', ways, size, "byte")


# ---- lines ----


def same_lines(left, right) -> bool:
    """(lines, total) of either; of a number, which is of lines, only these."""
    pair = [value if isinstance(value, tuple) else (value,) for value in (left, right)]
    return all(a == b for a, b in zip(*pair))


def split_in(text: str, needle: str) -> tuple[int, int]:
    lines = total = 0
    for line in text.split("\n"):
        if needle in line:
            lines += 1
            total += line.count(needle)
    return lines, total


def line_peers(bench, text: str, needle: str, path) -> list[Way]:
    data, coded, rows = text.encode(), needle.encode(), rows_of(text)

    def polars():
        strings, _ = series(rows)
        contains = strings.str.contains
        return [Way("polars, lines only", lambda: int(contains(needle, literal=True).sum()))]

    def arrow():
        strings, functions = column(rows)
        match = functions.match_substring
        return [Way("pyarrow, lines only", lambda: functions.sum(match(strings, needle)).as_py())]

    def crate():
        module = rust.load()
        return [
            Way("Rust lines, filter", lambda: module.lines_filter(text, needle)),
            Way("Rust lines, filter, rayon", lambda: module.lines_filter_par(text, needle)),
            Way("Rust memmem, lines only", lambda: module.lines_memmem(data, coded)),
        ]

    def grep():
        return process("GNU grep -c, a process", ["grep", "-c", "-F", "-e", needle], path)

    ways = [Way("Python split, in", lambda: split_in(text, needle))]
    ways.append(
        Way("Python split, in, lines only", lambda: sum(needle in r for r in text.split("\n")))
    )
    return ways + bench.offered(polars, arrow, crate, grep)


def lines(bench, folder):
    text = prose(bench.middle)
    count_lines, data = bench.windlass.text.count_lines, flat(text)
    path = f"{folder}/prose.txt"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)

    def own(name, needle, **settings):
        def call():
            counted = count_lines(text, needle, **settings)
            return counted.lines, counted.total

        return Way(name, call, own=True)

    for needle in ("the", "interpreter", "zqxj"):
        ways = [own("windlass, 1 thread", needle, threads=1), own("windlass", needle)]
        yield Case(
            "text",
            f'lines with "{needle}" and hits, {mebibytes(data)} of prose',
            ways + line_peers(bench, text, needle, path) + bench.reads(data),
            count=data.nbytes,
            element="byte",
            limit_name="read, 1 thread",
            targets=[Target("ratio", 25, "Python split")],
            same=same_lines,
            readme=needle == "the",
        )


def lines_from_memory(bench, data):
    for needle in ("the", "interpreter", "zqxj"):
        wanted = {"C": job("count_lines", needle.encode())}
        name = f'lines with "{needle}" and hits in prose'
        yield from bench.far(name, data, wanted, 0.85 if needle != "the" else 0)
    name = 'lines with "the", one in two, and hits in prose'
    yield from bench.near(name, data, {"C": job("count_lines", b"the")}, 8)


# ---- many needles ----


def same_totals(left, right) -> bool:
    """Counts of each needle, or one number: of all."""
    if isinstance(left, int) or isinstance(right, int):
        return sum_of(left) == sum_of(right)
    return list(left) == list(right)


def sum_of(counts) -> int:
    return counts if isinstance(counts, int) else int(sum(counts))


def needle_sets() -> list[tuple[str, list[bytes]]]:
    words = texts.vocabulary(texts.library_source(), 1000)
    literals = [word.encode() for word in LITERALS]
    return [("8 words", literals), ("100 words", words[:100]), ("1000 words", words)]


def many(bench):
    """Each needle counted on its own. The peer finds all hits, overlapping ones too: of these words
    none overlaps itself, so that is the same."""
    prose_text = prose(bench.middle)
    for title, needles in needle_sets():
        text = prose_text if len(needles) < 100 else prose_text[: bench.middle // 4]
        data, coded = flat(text), text.encode()
        count_many = bench.windlass.text.count_many
        ways = [
            Way(
                name, lambda d=coded, n=needles, t=t: count_many(d, n, threads=t).tolist(), own=True
            )
            for name, t in (("windlass, 1 thread", 1), ("windlass", None))
        ]
        kinds = ["overlapping", "standard"] if len(needles) < 100 else ["overlapping"]

        def crate(coded=coded, needles=needles, kinds=kinds):
            call = rust.load().literals
            return [
                Way(f"Rust aho-corasick, {kind}", lambda k=kind: call(coded, needles, k))
                for kind in kinds
            ]

        ways += bench.offered(crate)
        if len(needles) < 100:
            ways += few_literals(bench, text, coded, needles)
        yield Case(
            "text",
            f"count of each of {title}, {mebibytes(data)} of prose",
            ways + bench.reads(data),
            count=data.nbytes,
            element="byte",
            limit_name="read, 1 thread",
            targets=[Target("ratio", 30, "Rust aho-corasick")] if len(needles) < 100 else [],
            same=same_totals,
            readme=len(needles) < 100,
        )


def few_literals(bench, text, coded, needles) -> list[Way]:
    expression = re.compile(b"|".join(needles))

    def zilla():
        module = stringzilla()
        return [Way("StringZilla, a pass each", lambda: [module.count(coded, n) for n in needles])]

    def crate():
        count = rust.load().count_substring
        return [Way("Rust memmem, a pass each", lambda: [count(coded, n) for n in needles])]

    return [
        Way("re alternation", lambda: len(expression.findall(coded))),
        Way("bytes.count, a pass each", lambda: [coded.count(n) for n in needles]),
        *bench.offered(zilla, crate),
    ]


def alternation(bench):
    """No two hits overlap, and of those that begin together the first needle's counts."""
    text = prose(bench.middle // 4).encode()
    needles = [b"the", b"then", b"he", b"e", b"in", b"inter", b"on", b"object"]
    count_many, expression = bench.windlass.text.count_many, re.compile(b"|".join(needles))

    def crate():
        call = rust.load().literals
        return [Way("Rust aho-corasick", lambda: call(text, needles, "leftmost_first"))]

    def own():
        return count_many(text, needles, match="leftmost_first").tolist()

    ways = [
        Way("windlass", own, own=True),
        Way("re alternation", lambda: len(expression.findall(text))),
        *bench.offered(crate),
    ]
    name = f"8 literals, leftmost first, {mebibytes(flat(text))} of prose"
    yield Case("text", name, ways, len(text), "byte", same=same_totals)


def many_from_memory(bench, data):
    sets = needle_sets()
    for title, needles in sets:
        wanted, name = {"C": job("count_many", *needles)}, f"count of each of {title} in prose"
        if len(needles) < 100:
            yield from bench.far(name, data, wanted, 0.5)
        yield from bench.near(name, data, wanted, 10 if len(needles) < 100 else 0)


def cases(bench):
    with tempfile.TemporaryDirectory() as folder:
        if bench.windlass is not None:
            for part in (counts(bench), places(bench), lines(bench, folder)):
                yield from part
            yield from itertools.chain(many(bench), alternation(bench))
    data = flat(prose(bench.size))
    yield from counts_from_memory(bench, data)
    yield from lines_from_memory(bench, data)
    yield from many_from_memory(bench, data)
    yield from adversarial(bench)
