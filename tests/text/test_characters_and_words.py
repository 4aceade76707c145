"""wc, validate_utf8, word_counts, split and count_runs from Python, against Python's own."""

import codecs
import collections
import itertools
import mmap
import pickle
import re

import numpy as np
import pytest
import windlass

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import assume, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from windlass.text import (  # noqa: E402
    Split,
    WordCounts,
    count_doubles,
    count_runs,
    find,
    find_all,
    split,
    validate_utf8,
    wc,
    word_counts,
)

pytestmark = pytest.mark.usefixtures("live_handles")

FAST = settings(max_examples=200, deadline=None)
PYTHON = "".join(chr(c) for c in range(0x110000) if chr(c).isspace())
SPACES = {
    "python": PYTHON,
    "unicode": "".join(c for c in PYTHON if not "\x1c" <= c <= "\x1f"),
    "ascii": " \t\n\r\f\v",
}
SOME = st.sampled_from("aabA \t\n\x1c\x85\xa0\u1680\u2009\u2028\u3000\u200bé中😀\0")
TEXTS = st.one_of(st.text(SOME, max_size=60), st.text(max_size=80))


def words_of(text, whitespace="unicode"):
    return re.findall(f"[^{re.escape(SPACES[whitespace])}]+", text)


def coded(text):
    return text.encode("utf-8", "surrogatepass")


def encodable(text):
    return text.encode("utf-8", "replace").decode()


def ill_formed_apart(data):
    """Bytes as characters, with parts that are ill-formed as ones that equal no neighbour."""
    odd = itertools.cycle("\ufdd0\ufdd1")
    codecs.register_error("windlass-apart", lambda error: (next(odd), error.end))
    return data.decode("utf-8", "windlass-apart")


def test_whitespace_is_known():
    assert len(PYTHON) == 29 and len(SPACES["unicode"]) == 25


@FAST
@given(TEXTS, st.sampled_from(sorted(SPACES)))
def test_wc(text, whitespace):
    words = len(words_of(text, whitespace))
    longest = max(map(len, text.split("\n")))
    expected = (len(coded(text)), len(text), text.count("\n"), words, longest)
    assert wc(text, whitespace=whitespace) == expected
    text = encodable(text)
    longest = max(map(len, text.split("\n")))
    words = len(words_of(text, whitespace))
    found = wc(text.encode(), whitespace=whitespace)
    assert found == (len(text.encode()), len(text), text.count("\n"), words, longest)


@FAST
@given(st.binary(max_size=60))
def test_wc_of_bytes(data):
    longest = max(map(len, data.split(b"\n")))
    expected = (len(data), len(data), data.count(b"\n"), len(data.split()), longest)
    assert wc(data, invalid="bytes") == expected
    text = ill_formed_apart(data)
    found = wc(data, invalid="lossy")
    assert found[:4] == (len(data), len(text), text.count("\n"), len(words_of(text)))
    assert found.longest_line == max(map(len, text.split("\n")))


@FAST
@given(st.one_of(st.binary(max_size=40), TEXTS.map(lambda text: text.encode("utf-8", "replace"))))
def test_validation(data):
    try:
        data.decode()
        expected = -1
    except UnicodeDecodeError as error:
        expected = error.start
    found = validate_utf8(data)
    assert found == (expected < 0, expected)
    assert bool(found) is (expected < 0)
    for function in (wc, count_doubles, count_runs, word_counts, split):
        if expected < 0:
            function(data)
            continue
        with pytest.raises(windlass.WindlassValueError) as caught:
            function(data)
        assert caught.value.position == (expected,) and caught.value.name == "WDL_BAD_DATA"


def test_validation_of_str_and_rows():
    assert validate_utf8("é\ud800") == (False, 1)
    assert validate_utf8([None]) and validate_utf8([None, b"a"])
    assert not validate_utf8([None, b"\xff"])
    assert validate_utf8("é") == (True, -1)
    assert validate_utf8(["é\ud800", "é", "a"]).position.tolist() == [1, -1, -1]
    found = validate_utf8([b"a", b"a\xff", None])
    assert found.valid.tolist() == [True, False, None]
    assert found.position.tolist() == [-1, 1, None]
    assert not found and validate_utf8([b"a", b"\xc3\xa9"])


@FAST
@given(TEXTS, st.booleans())
def test_runs_and_case(text, ignore_case):
    folded = re.sub("[A-Z]", lambda hit: hit[0].lower(), text) if ignore_case else text
    runs = sum(len(list(same)) > 1 for _, same in itertools.groupby(folded))
    doubles = sum(a == b for a, b in itertools.pairwise(folded))
    for one in (text, np.array(list(map(ord, text)), np.uint32)):
        assert count_runs(one, ignore_case=ignore_case) == runs
        assert count_doubles(one, ignore_case=ignore_case) == doubles
    data = folded.encode("utf-8", "replace")
    runs = sum(len(list(same)) > 1 for _, same in itertools.groupby(data.decode()))
    assert count_runs(text.encode("utf-8", "replace"), ignore_case=ignore_case) == runs
    runs = sum(len(list(same)) > 1 for _, same in itertools.groupby(data))
    assert count_runs(data, unit="byte") == count_runs(data, invalid="bytes") == runs


@FAST
@given(st.binary(max_size=60))
def test_lossy_doubles(data):
    text = ill_formed_apart(data)
    assert count_doubles(data, invalid="lossy") == sum(a == b for a, b in itertools.pairwise(text))


def check_table(found, words):
    """A table against the words of a text in their order."""
    counter = collections.Counter(words)
    expected = sorted(counter.items(), key=lambda item: -item[1])
    assert isinstance(found, WordCounts) and isinstance(found, collections.abc.Mapping)
    assert list(found.items()) == expected == found.most_common()
    assert found == dict(expected) and len(found) == len(expected)
    assert list(found) == [word for word, _ in expected]
    assert list(found.values()) == found.counts.tolist() == [count for _, count in expected]
    assert found.total == len(words) and found.distinct == len(expected)
    assert found.most_common(2) == expected[:2]
    for word, count in expected:
        assert found[word] == count and word in found
    with pytest.raises(KeyError):
        found["no such word"]


def check_places(found, text):
    for word, at, length in zip(found, found.offsets, found.lengths, strict=True):
        assert text[at : at + length] == word
        assert not text[:at].endswith(word) or at == 0


@FAST
@given(TEXTS, st.sampled_from(sorted(SPACES)), st.booleans())
def test_word_counts(text, whitespace, lower):
    words = words_of(text, whitespace)
    if lower:
        words = [re.sub("[A-Z]", lambda hit: hit[0].lower(), word) for word in words]
    found = word_counts(text, whitespace=whitespace, lower=lower)
    check_table(found, words)
    if not lower:
        check_places(found, text)
    plain = encodable(text)
    if plain == text:
        found = word_counts(text.encode(), whitespace=whitespace, lower=lower)
        check_table(found, [word.encode() for word in words])
        if not lower:
            check_places(found, text.encode())


@FAST
@given(st.binary(max_size=60))
def test_word_counts_of_bytes(data):
    check_table(word_counts(data, invalid="bytes"), data.split())
    for make in (bytearray, memoryview):
        check_table(word_counts(make(data), invalid="bytes"), data.split())


@FAST
@given(st.lists(st.one_of(st.none(), st.text(SOME, max_size=12))))
def test_word_counts_of_rows(texts):
    words = [word for text in texts if text is not None for word in words_of(text)]
    check_table(word_counts(texts), words)
    check_table(word_counts([t for t in texts if t is not None]), words)
    data = [None if t is None else t.encode() for t in texts]
    found = word_counts(data) if any(t is not None for t in texts) else {}
    assert dict(found) == collections.Counter(word.encode() for word in words)


def test_word_counts_presented():
    found = word_counts("to be or not to be", top=2)
    assert list(found.items()) == [("to", 2), ("be", 2)]
    assert found.total == 6 and found.distinct == 4
    assert repr(found) == "<WordCounts of 6 words, 4 distinct: {'to': 2, 'be': 2}>"
    assert word_counts("") == {} and repr(word_counts("")).endswith("0 distinct: {}>")
    rows = word_counts(["à la", "la"])
    assert rows.arena == "à la\nla".encode() and rows.offsets.tolist() == [3, 0]
    with pytest.raises(ValueError, match="top is 0, expected 1 or more"):
        word_counts("a", top=0)
    with pytest.raises(TypeError, match="top is a str"):
        word_counts("a", top="1")
    with pytest.raises(ValueError, match="top is "):
        word_counts("a", top=1 << 70)
    with pytest.raises(TypeError, match="n is of type str"):
        found.most_common("x")
    for lower, kind in ((2, ValueError), ("no", TypeError)):
        with pytest.raises(kind, match="lower is .*expected a bool"):
            word_counts("a", lower=lower)
    with pytest.raises(ValueError, match=r"whitespace is \[\], expected one of"):
        wc("a", whitespace=[])
    with pytest.raises(TypeError, match="path is of type int"):
        wc(path=3)
    with pytest.raises(TypeError, match="data holds str and bytes"):
        word_counts(["a", b"a"])
    with pytest.raises(windlass.WindlassValueError) as caught:
        word_counts([b"ab", b"a\xff"])
    assert caught.value.position == (1, 1) and "text 1" in str(caught.value)


def test_tables_for_others():
    found = word_counts("à b à")
    pandas = pytest.importorskip("pandas")
    series = found.to_pandas()
    assert isinstance(series, pandas.Series)
    assert series.to_dict() == {"à": 2, "b": 1} and series.index.name == "word"
    pytest.importorskip("pyarrow")
    table = found.to_arrow()
    assert table.to_pydict() == {"word": ["à", "b"], "count": [2, 1]}
    assert str(table.schema.field("word").type) == "large_string"
    data = word_counts(b"a b a").to_arrow()
    assert data.to_pydict() == {"word": [b"a", b"b"], "count": [2, 1]}


def test_words_of_memory_that_goes(tmp_path):
    path = tmp_path / "words"
    path.write_bytes("là-bas là où là-bas\n".encode() * 5000)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    found = word_counts(mapped)
    mapped.close()  # which memory that is still looked at would refuse
    assert found["là-bas".encode()] == 10_000
    of_file = word_counts(path=path)
    assert of_file == found and of_file.arena is not None
    pieces = split(path=path)
    assert len(pieces) == 20_000 and pieces[0] == "là-bas".encode()


@FAST
@given(TEXTS, st.sampled_from(sorted(SPACES)))
def test_split(text, whitespace):
    assert list(split(text, whitespace=whitespace)) == words_of(text, whitespace)
    if whitespace == "python":
        assert split(text, whitespace=whitespace) == text.split()
    data = encodable(text).encode()
    assert split(data, invalid="bytes") == data.split()


@FAST
@given(TEXTS, st.one_of(st.text(SOME, max_size=2), st.text(max_size=2)))
def test_split_at_a_separator(text, sep):
    assume(sep)
    assert split(text, sep) == text.split(sep)
    assert split(coded(text), coded(sep)) == coded(text).split(coded(sep))
    assert split(bytearray(coded(text)), coded(sep)) == coded(text).split(coded(sep))


def test_split_presented():
    found = split("é b,c  d")
    assert isinstance(found, Split) and isinstance(found, collections.abc.Sequence)
    assert found.offsets.tolist() == [0, 2, 7] and found.lengths.tolist() == [1, 3, 1]
    assert found[-1] == "d" and list(found[1:]) == ["b,c", "d"] and found.index("d") == 2
    assert repr(found) == "<Split of 3 pieces: ['é', 'b,c', 'd']>"
    assert repr(split("a b c d e f")).endswith("'e', ...]>")
    with pytest.raises(IndexError):
        found[3]
    with pytest.raises(ValueError, match="sep is empty"):
        split("a", "")
    with pytest.raises(TypeError, match="split takes one text"):
        split(["a"])
    with pytest.raises(TypeError, match="data is str and sep is bytes"):
        split("a", b",")
    with pytest.raises(TypeError, match="sep is of type int"):
        split("a", 5)
    for made in (found, split(bytearray(b"a b"))):
        assert pickle.loads(pickle.dumps(made)) == list(made)


def test_long_text_of_every_width():
    text = "aé 中文 😀\n\u3000b" * 50_000
    data = text.encode()
    for threads in (1, 2, 3, None):
        expected = (len(data), len(text), 50_000, 150_001, 9)
        assert wc(text, threads=threads) == expected == wc(data, threads=threads)
        table = word_counts(text, threads=threads)
        assert table.most_common() == word_counts(data.decode(), threads=1).most_common()
        check_places(table, text)
        pieces = split(text, threads=threads)
        assert len(pieces) == 150_001 and list(pieces[-3:]) == ["中文", "😀", "b"]
        assert validate_utf8(data + b"\xff", threads=threads) == (False, len(data))


def test_words_over_the_borders_of_chunks():
    chunk = 1 << 18  # the second begins with a character that the border would cut
    for behind in range(56, 68):
        text = "a" * (chunk - 1) + "é" + " b" * (chunk // 2 - 3) + " browns"
        text += "," * (behind - 5) + "\u2003\x85 fox"
        for threads in (1, 2):
            assert list(split(text, threads=threads)) == text.split()
            assert word_counts(text, threads=threads) == collections.Counter(text.split())


def test_lone_surrogates_over_the_borders_of_chunks():
    for shift in range(3):  # chunks are of 256 KiB, a surrogate's UTF-8 of 3 bytes
        text = "a" * shift + "\ud800" * 200_000 + " b"
        for threads in (1, 2):
            counts = wc(text, threads=threads)
            assert (counts.chars, counts.words) == (len(text), 2)
            assert counts.longest_line == len(text)
            assert find(text, "b", threads=threads) == len(text) - 1
            assert find_all(text, "", threads=threads).tolist() == list(range(len(text) + 1))
