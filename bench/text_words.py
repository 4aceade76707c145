"""Lines, words and characters: wc, validity, frequencies, pieces."""

from __future__ import annotations

import functools
from collections import Counter

import numpy as np

from bench import texts
from bench.harness import Case, Target, Way
from bench.peers import rust
from bench.text_ways import (
    TRUSTED,
    VALIDATED,
    column,
    flat,
    job,
    mebibytes,
    prose,
    rows_of,
    series,
    stringzilla,
    threads_text,
)

SPACED = ("Latin-1 mix", "Cyrillic", "CJK", "emoji mix")


# ---- line feeds, characters ----


def feeds(bench):
    text = prose(bench.middle)
    data, coded, count = flat(text), text.encode(), bench.windlass.text.count

    def zilla():
        module = stringzilla()
        return [Way("StringZilla", lambda: module.count(coded, b"\n"))]

    def crate():
        module = rust.load()
        return [Way("Rust memchr", lambda: module.count_byte(coded, 10))]

    ways = [
        Way("windlass, 1 thread", lambda: count(coded, b"\n", threads=1), own=True),
        Way("windlass", lambda: count(coded, b"\n"), own=True),
        Way("str.count", lambda: text.count("\n")),
        Way("bytes.count", lambda: coded.count(b"\n")),
        Way("numpy ==, count_nonzero", lambda: int(np.count_nonzero(data == 10))),
        *bench.offered(zilla, crate),
    ]
    name = f"line feeds, {mebibytes(data)} of prose"
    reads = bench.reads(data)
    yield Case("text", name, ways + reads, data.nbytes, "byte", limit_name="read, 1 thread")


def characters(bench):
    data = texts.filled(texts.script("emoji mix"), bench.middle)
    coded = data.tobytes()
    text, wc = coded.decode(), bench.windlass.text.wc

    def zilla():
        module = stringzilla()
        return [Way("StringZilla utf8_count", lambda: module.utf8_count(coded))]

    def crate():
        module = rust.load()
        return [Way("Rust chars, count", lambda: module.characters(text))]

    def polars():
        strings, _ = series([text])
        return [Way("polars len_chars", lambda: int(strings.str.len_chars().sum()))]

    def arrow():
        strings, functions = column([text])
        return [Way("pyarrow utf8_length", lambda: functions.utf8_length(strings)[0].as_py())]

    ways = [
        Way("windlass wc, 1 thread", lambda: wc(coded, threads=1).chars, own=True),
        Way("windlass wc", lambda: wc(coded).chars, own=True),
        Way("len(bytes.decode())", lambda: len(coded.decode())),
        *bench.offered(zilla, crate, polars, arrow),
        *bench.reads(data),
    ]
    name = f"characters of {mebibytes(data)}, emoji mix"
    yield Case("text", name, ways, data.nbytes, "byte", limit_name="read, 1 thread")


# ---- wc ----


def python_wc(text: str):
    return text.count("\n"), len(text.split()), len(text)


def counted(bench, text, threads=None):
    """(lines, words, characters)."""
    found = bench.windlass.text.wc(text, threads=threads)
    return found.lines, found.words, found.chars


def wc_beside_peers(bench):
    for title, text in (("prose", prose(bench.middle)), ("Cyrillic", cyrillic(bench.middle))):
        coded, data, rows = text.encode(), flat(text), rows_of(text)

        def crate(text=text):
            module = rust.load()
            return [
                Way("Rust split_whitespace", lambda: module.wc(text)),
                Way("Rust split_whitespace, rayon", lambda: module.wc_par(text)),
            ]

        def arrow(rows=rows, text=text):
            strings, functions = column(rows)
            return [Way("pyarrow, per line", lambda: arrow_wc(strings, functions))]

        def polars(rows=rows):
            strings, module = series(rows)
            return [Way("polars, per line", lambda: polars_wc(strings, module))]

        own = [
            Way("windlass, 1 thread", lambda c=coded: counted(bench, c, 1), own=True),
            Way("windlass", lambda c=coded: counted(bench, c), own=True),
        ]
        python = [Way("Python count, split, len", lambda t=text: python_wc(t))]
        yield Case(
            "text",
            f"lines, words, characters, {mebibytes(data)} of {title}",
            own + python + bench.offered(crate, arrow, polars) + bench.reads(data),
            count=data.nbytes,
            element="byte",
            limit_name="read, 1 thread",
            readme=title == "prose",
        )


def cyrillic(size: int) -> str:
    """Lines of ten words."""
    words = texts.script("Cyrillic").decode().split()
    pattern = "".join(" ".join(words[i : i + 10]) + "\n" for i in range(0, len(words), 10))
    return texts.repeated(pattern, size // 2)


def arrow_wc(strings, functions):
    pieces = functions.list_flatten(functions.utf8_split_whitespace(strings))
    words = functions.sum(functions.not_equal(pieces, "")).as_py()
    lines = len(strings)
    return lines, words, functions.sum(functions.utf8_length(strings)).as_py() + lines


def polars_wc(strings, polars):
    pieces = strings.str.split(" ").explode()
    words, lines = int((pieces.str.strip_chars() != "").sum()), len(strings)
    return lines, words, int(strings.str.len_chars().sum()) + lines


def wc_from_memory(bench, data):
    ways = {"trusted": job("wc", **TRUSTED), "validated": job("wc", **VALIDATED)}
    yield from bench.far("wc of prose", data, {**ways, "bytes": job("wc")}, 0.9)
    yield from bench.near("wc of prose", data, ways, 45)
    for name in (texts.RARE_CJK, *SPACED):
        script = texts.filled(texts.script(name), bench.size)
        yield from bench.far(f"wc of {name}", script, ways, 0.75)
        yield from bench.near(f"wc of {name}", script, ways, 0)


# ---- validity ----


def validity(bench):
    for name in ("ASCII", "Cyrillic", "CJK", "emoji mix"):
        data = texts.filled(texts.script(name), bench.middle)
        coded, validate = data.tobytes(), bench.windlass.text.validate_utf8

        def crate(coded=coded):
            module = rust.load()
            return [Way("Rust from_utf8", lambda: module.validate(coded))]

        def arrow(coded=coded):
            import pyarrow

            offsets = pyarrow.py_buffer(np.array([0, len(coded)], np.int32))
            buffers = [None, offsets, pyarrow.py_buffer(coded)]
            strings = pyarrow.Array.from_buffers(pyarrow.string(), 1, buffers)
            return [Way("pyarrow validate", lambda: strings.validate(full=True) or -1)]

        ways = [
            Way("windlass, 1 thread", lambda c=coded: validate(c, threads=1).position, own=True),
            Way("windlass", lambda c=coded: validate(c).position, own=True),
            Way("bytes.decode", lambda c=coded: -1 if c.decode() else 0),
            *bench.offered(crate, arrow),
            *bench.reads(data),
        ]
        title = f"validity of {mebibytes(data)}, {name}"
        yield Case("text", title, ways, data.nbytes, "byte", limit_name="read, 1 thread")


def validity_from_memory(bench):
    for name in ("ASCII", texts.RARE_CJK, "Cyrillic", "CJK", "emoji mix"):
        data = texts.filled(texts.script(name), bench.size)
        wanted = {"C": job("validate_utf8", unit="char")}
        yield from bench.far(f"validity, {name}", data, wanted, 0)


# ---- frequencies ----


def summary(found):
    """(distinct, total, the ten highest counts), whatever counted."""
    if isinstance(found, tuple):
        return tuple(found[:2]) + (tuple(found[2]) if len(found) > 2 else (),)
    values = np.sort(np.fromiter(values_of(found), np.int64))[::-1]
    return len(values), int(values.sum()), tuple(values[:10].tolist())


def values_of(found):
    if hasattr(found, "items"):
        return (count for word, count in found.items() if word)
    if hasattr(found, "get_column"):
        return found.filter(found.to_series(0) != "").get_column("count")
    return (row["counts"].as_py() for row in found if row["values"].as_py())


def same_counts(left, right) -> bool:
    a, b = summary(left), summary(right)
    return a[:2] == b[:2] and (a[2] == b[2] or not a[2] or not b[2])


def frequency_peers(bench, text: str) -> list[Way]:
    rows = rows_of(text)

    def crate():
        module = rust.load()
        return [
            Way("Rust HashMap", lambda: module.word_counts(text)),
            Way("Rust HashMap, rayon", lambda: module.word_counts_par(text)),
        ]

    def polars():
        strings, _ = series(rows)

        return [
            Way(
                "polars value_counts, per line",
                lambda: strings.str.extract_all(r"\S+").explode().drop_nulls().value_counts(),
            )
        ]

    def arrow():
        strings, functions = column(rows)
        split = functions.utf8_split_whitespace
        flatten, count = functions.list_flatten, functions.value_counts
        return [Way("pyarrow value_counts, per line", lambda: count(flatten(split(strings))))]

    return [
        Way("Counter(str.split())", lambda: Counter(text.split())),
        *bench.offered(polars, arrow, crate),
    ]


@functools.cache
def fresh_text(size: int) -> str:
    """About so many bytes."""
    return texts.zipf_words(size // 8)


def frequencies(bench):
    sources = [
        ("fresh words after Zipf", lambda: fresh_text(bench.middle)),
        ("Python's library", lambda: texts.spread(texts.library_source(), bench.middle)),
        ("prose", lambda: prose(bench.middle)),
    ]
    word_counts = bench.windlass.text.word_counts
    for name, source in sources:
        text = source()
        coded, data = text.encode(), flat(text)
        words = len(text.split())
        ways = [
            Way("windlass, 1 thread", lambda c=coded: word_counts(c, threads=1), own=True),
            Way("windlass", lambda c=coded: word_counts(c), own=True),
            Way("C, 1 thread", bench.operation(job("word_counts")).word_counts(data), own=True),
        ]
        fresh = name.startswith("fresh")
        yield Case(
            "text",
            f"word counts, {mebibytes(data)} of {name}, {words:,} words",
            ways + frequency_peers(bench, text) + bench.reads(data),
            count=data.nbytes,
            element="byte",
            limit_name="read, 1 thread",
            targets=[Target("rate", 1.5)],
            same=same_counts,
            readme=fresh,
        )


def frequencies_from_memory(bench):
    """On one thread and on all, of text that lies in no cache."""
    data = texts.filled(fresh_text(bench.middle).encode(), bench.size // 4)
    for threads in bench.threads:
        call = bench.operation(job("word_counts"), threads).word_counts(data)
        name = f"word counts, fresh words after Zipf, {mebibytes(data)}, {threads_text(threads)}"
        ways = [Way("C", call, own=True), *bench.reads(data, threads)]
        targets = [Target("rate", 1.5 * (1 if threads == 1 else 1.9))]
        yield Case("text", name, ways, data.nbytes, "byte", limit_name="read", targets=targets)


# ---- pieces ----


def pieces(bench):
    text = prose(bench.middle)
    coded, data, rows = text.encode(), flat(text), rows_of(text)
    split = bench.windlass.text.split

    def crate():
        module = rust.load()
        return [Way("Rust split_whitespace, collected", lambda: module.split(text))]

    def arrow():
        strings, functions = column(rows)
        call, empty = functions.utf8_split_whitespace, functions.not_equal
        flatten, total = functions.list_flatten, functions.sum

        def words():
            return total(empty(flatten(call(strings)), "")).as_py()

        return [Way("pyarrow, per line", words)]

    ways = [
        Way("windlass", lambda: len(split(coded)), own=True),
        Way("C, 1 thread", bench.operation(job("split")).split(data), own=True),
        Way("len(str.split())", lambda: len(text.split())),
        Way("len(bytes.split())", lambda: len(coded.split())),
        *bench.offered(arrow, crate),
        *bench.reads(data),
    ]
    name = f"pieces between whitespace, {mebibytes(data)} of prose"
    yield Case("text", name, ways, data.nbytes, "byte", limit_name="read, 1 thread")


def cases(bench):
    if bench.windlass is not None:
        for part in (feeds, characters, wc_beside_peers, validity, frequencies, pieces):
            yield from part(bench)
    data = flat(prose(bench.size))
    wanted = {"C": job("count", b"\n")}
    yield from bench.far("line feeds in prose", data, wanted, 0.97)
    yield from bench.near("line feeds in prose", data, wanted, 120)
    yield from wc_from_memory(bench, data)
    yield from validity_from_memory(bench)
    yield from frequencies_from_memory(bench)
