"""Every function gives the same at every instruction-set level that the machine has."""

import numpy as np
import pytest
from windlass import text
from windlass._object import Object

pytestmark = pytest.mark.usefixtures("live_handles")

ALPHABET = list("aaabbc ABC\n\t.,_1éßжю中文😀\u2009\u3000")


def random_texts():
    rng = np.random.default_rng(11)
    for length in (0, 1, 7, 31, 64, 65, 300, 5000, 200_000):
        for size in (4, 9, len(ALPHABET)):
            yield "".join(rng.choice(ALPHABET[:size], length))


def everything(one):
    """All results of a text, as str and as bytes."""
    for data in (one, one.encode()):
        a, ab = ("a", "ab") if isinstance(data, str) else (b"a", b"ab")
        yield text.count_doubles(data), text.count_doubles(data, ignore_case=True)
        yield text.count_runs(data), text.count_doubles(data, unit="byte")
        for needle in (a, ab, ab + a, ab * 9):
            for options in ({}, {"ignore_case": True}, {"overlapping": True}):
                yield text.count(data, needle, **options)
            yield text.count(data, needle, whole_words="ascii"), text.find(data, needle)
            yield text.rfind(data, needle), text.find_all(data, needle).tolist()
            yield text.count_lines(data, needle)
            yield text.count_lines(data, needle, per_line=True).counts.tolist()
        needles = [a, ab, ab + a, a + a]
        yield text.count_many(data, needles).tolist()
        yield text.count_many(data, needles, match="leftmost_first").tolist()
        for whitespace in ("unicode", "ascii", "python"):
            yield text.wc(data, whitespace=whitespace)
            yield text.word_counts(data, whitespace=whitespace).most_common(20)
            yield text.split(data, whitespace=whitespace).offsets.tolist()
        yield text.word_counts(data, lower=True).most_common(20)
        yield text.validate_utf8(data)


@pytest.fixture
def process():
    process = Object.process()
    before = process.get("isa")
    yield process
    process.set("isa", before)


def test_levels_agree(process):
    levels = process.get("isa_supported").split("|")
    texts = list(random_texts())
    found = {}
    for level in levels:
        process.set("isa", level)
        text._operation.forget()  # operations may have chosen their kernels
        found[level] = [list(everything(one)) for one in texts]
    for level in levels[1:]:
        assert found[level] == found[levels[0]], level


FAULTS = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"]


@pytest.mark.parametrize("fault", FAULTS)
def test_levels_agree_on_faults(process, fault):
    for level in process.get("isa_supported").split("|"):
        process.set("isa", level)
        text._operation.forget()
        for at in (0, 1, 63, 64, 65, 1000, 300_000):
            data = b"a" * at + fault + b"b" * 70
            assert text.validate_utf8(data) == (False, at)
            assert text.wc(data, invalid="lossy").chars == len(data.decode("utf-8", "replace"))
