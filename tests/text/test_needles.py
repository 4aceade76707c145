"""Needles from Python, wherever they are counted or looked for: against str, bytes and re."""

import re

import numpy as np
import pytest
import windlass

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import assume, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from windlass.text import (  # noqa: E402
    count,
    count_lines,
    count_many,
    find,
    find_all,
    rfind,
)

pytestmark = pytest.mark.usefixtures("live_handles")

FAST = settings(max_examples=200, deadline=None)
# Few different characters, so that there are hits, of every width; then any script.
FEW = st.text(st.sampled_from("aabAB \n_1-é中😀\0"), max_size=40)
TEXTS = st.one_of(FEW, st.text(max_size=60))
NEEDLES = st.one_of(st.text(st.sampled_from("abA é中_\0"), max_size=3), st.text(max_size=4))
SPACES = " \t\n\r\f\v"


def pattern_of(needle, ignore_case=False, whole_words=None):
    """The definition, as a regular expression; of bytes by their Latin-1."""
    body = re.escape(needle)
    if whole_words == "space":
        body = f"(?<![^{SPACES}]){body}(?![^{SPACES}])"
    if whole_words == "ascii" and re.match(r"\w", needle, re.ASCII):
        body = rf"(?<![A-Za-z0-9_]){body}"
    if whole_words == "ascii" and re.match(r"\w", needle[-1:], re.ASCII):
        body += "(?![A-Za-z0-9_])"
    return re.compile(body, re.ASCII | (re.IGNORECASE if ignore_case else 0))


def everywhere(text, needle, **options):
    """Where all hits are, also those that overlap."""
    pattern = pattern_of(needle, **options)
    return [i for i in range(len(text) + 1) if pattern.match(text, i)]


def one_after_the_other(places, length):
    """Those of the hits that do not overlap, from the left."""
    chosen, free = [], 0
    for at in places:
        if at >= free:
            chosen.append(at)
            free = at + max(length, 1)
    return chosen


def test_plain_calls():
    assert count("to be or not to be", "to") == 2
    assert count(b"aaa", b"aa") == 1 and count(b"aaa", b"aa", overlapping=True) == 2
    assert find("Straße", "ß") == 4 and find("Straße".encode(), b"e") == 6
    assert rfind("to be or not to be", "be") == 16
    assert find_all("to be or not to be", "to").tolist() == [0, 13]
    assert count_lines("to be\nor\nto to", "to") == (2, 3, None, None)
    assert count_many("bookkeeper", ["e", "ke", "x"]).tolist() == [3, 1, 0]
    assert type(count("a", "a")) is int and type(find(b"a", b"b")) is int


@FAST
@given(TEXTS, NEEDLES)
def test_as_python_does(text, needle):
    coded = [one.encode("utf-8", "replace") for one in (text, needle)]
    for t, n in ((text, needle), coded):
        assert count(t, n) == t.count(n)
        assert find(t, n) == t.find(n)
        assert rfind(t, n) == t.rfind(n)
        assert find_all(t, n).tolist() == one_after_the_other(
            [i for i in range(len(t) + 1) if t.startswith(n, i)], len(n)
        )
        overlapping = [i for i in range(len(t) + 1) if t.startswith(n, i)]
        assert count(t, n, overlapping=True) == len(overlapping)
        assert find_all(t, n, overlapping=True).tolist() == overlapping


@FAST
@given(st.binary(max_size=60), st.binary(max_size=3))
def test_any_bytes(data, needle):
    assert count(data, needle) == data.count(needle)
    assert find(data, needle) == data.find(needle)
    assert rfind(data, needle) == data.rfind(needle)


@FAST
@given(TEXTS, NEEDLES, st.booleans(), st.sampled_from([None, "space", "ascii"]))
def test_settings(text, needle, ignore_case, whole_words):
    assume(needle)
    options = {"ignore_case": ignore_case, "whole_words": whole_words}
    places = everywhere(text, needle, **options)
    apart = one_after_the_other(places, len(needle))
    assert count(text, needle, overlapping=True, **options) == len(places)
    assert count(text, needle, **options) == len(apart)
    assert find(text, needle, **options) == (places[0] if places else -1)
    assert rfind(text, needle, **options) == (places[-1] if places else -1)
    assert find_all(text, needle, **options).tolist() == apart
    coded, plain = (t.encode("utf-8", "surrogatepass").decode("latin-1") for t in (text, needle))
    data, target = coded.encode("latin-1"), plain.encode("latin-1")
    places = everywhere(coded, plain, **options)
    assert count(data, target, overlapping=True, **options) == len(places)
    assert find(data, target, **options) == (places[0] if places else -1)


@FAST
@given(TEXTS, NEEDLES, st.booleans())
def test_lines(text, needle, ignore_case):
    assume("\n" not in needle and needle)
    lines = text.split("\n")
    starts = np.cumsum([0, *(len(line) + 1 for line in lines)])[:-1].tolist()
    if not lines[-1]:
        lines.pop()
        starts.pop()
    found = [
        len(one_after_the_other(everywhere(line, needle, ignore_case=ignore_case), len(needle)))
        for line in lines
    ]
    holding = sum(map(bool, found))
    counted = count_lines(text, needle, ignore_case=ignore_case)
    assert counted == (holding, sum(found), None, None)
    counted = count_lines(text, needle, ignore_case=ignore_case, per_line=True)
    assert counted[:2] == (holding, sum(found))
    assert counted.counts.tolist() == found
    assert counted.offsets.tolist() == [*starts, len(text)]
    data = text.encode("utf-8", "surrogatepass")
    target = needle.encode("utf-8", "surrogatepass")
    coded = count_lines(data, target, ignore_case=ignore_case, per_line=True)
    assert coded.counts.tolist() == found
    borders = [len(text[:at].encode("utf-8", "surrogatepass")) for at in [*starts, len(text)]]
    assert coded.offsets.tolist() == borders


@FAST
@given(TEXTS, st.lists(NEEDLES.filter(bool), min_size=1, max_size=6), st.booleans())
def test_many(text, needles, ignore_case):
    found = count_many(text, needles, ignore_case=ignore_case)
    assert found.dtype == np.int64 and found.shape == (len(needles),)
    alone = [count(text, needle, ignore_case=ignore_case) for needle in needles]
    assert found.tolist() == alone
    coded = [needle.encode("utf-8", "surrogatepass") for needle in needles]
    data = text.encode("utf-8", "surrogatepass")
    assert count_many(data, coded, ignore_case=ignore_case).tolist() == alone
    first = dict.fromkeys(range(len(needles)), 0)
    pattern = "|".join(f"({re.escape(needle)})" for needle in needles)
    for hit in re.finditer(pattern, text, re.ASCII | (re.IGNORECASE * ignore_case)):
        first[hit.lastindex - 1] += 1
    found = count_many(text, needles, ignore_case=ignore_case, match="leftmost_first")
    assert found.tolist() == list(first.values())


def test_many_needles():
    rng = np.random.default_rng(3)
    text = "".join(rng.choice(list("abcd é\n"), 20_000))
    for number in (1, 2, 63, 64, 65, 300):
        needles = ["".join(rng.choice(list("abcd é"), rng.integers(1, 5))) for _ in range(number)]
        assert count_many(text, needles).tolist() == [text.count(one) for one in needles]


def test_long_texts():
    """Over many chunks, with characters of every width, and hits at their borders."""
    text = ("aé中😀 needle\n" * 60_000) + "end"
    for threads in (1, 2, 3, None):
        assert count(text, "needle", threads=threads) == 60_000
        assert rfind(text, "needle", threads=threads) == text.rindex("needle")
        assert find(text, "end", threads=threads) == text.index("end")
        places = find_all(text, "needle", threads=threads)
        assert places.tolist() == list(range(5, 12 * 60_000, 12))
        many = ["needle", "le ", "aé", "e中", "dl", "zz"]  # none overlaps itself but the last
        for needles in (many[:5], many):
            found = count_many(text, needles, threads=threads).tolist()
            assert found == [text.count(one) for one in needles]
        lines = count_lines(text, "é中", per_line=True, threads=threads)
        assert lines[:2] == (60_000, 60_000) and len(lines.counts) == 60_001
        assert lines.offsets[-2:].tolist() == [720_000, 720_003]


def test_kinds_of_text_and_needle():
    for make in (bytes, bytearray, memoryview):
        assert count(make(b"banana"), make(b"an")) == 2
        assert find_all(make(b"banana"), make(b"an")).tolist() == [1, 3]
    assert count(np.frombuffer(b"banana", np.uint8), b"an") == 2
    mixed = "data is (str|bytes) and the needle is (str|bytes)"
    for function in (count, find, rfind, find_all, count_lines):
        for data, needle in (("a", b"a"), (b"a", "a"), (bytearray(b"a"), "a")):
            with pytest.raises(TypeError, match=mixed):
                function(data, needle)
        with pytest.raises(TypeError, match="needle is of type int, expected str or bytes-like"):
            function("a", 5)
    with pytest.raises(TypeError, match=r"data\[1\] is bytes and the needle is str"):
        count(["a", b"a"], "a")
    with pytest.raises(TypeError, match="data is bytes and the needle is str"):
        count_many(b"a", ["a"])
    with pytest.raises(TypeError, match="needles holds str and bytes"):
        count_many("a", ["a", b"a"])
    with pytest.raises(TypeError, match="needles is of type str, expected a list"):
        count_many("a", "abc")
    with pytest.raises(ValueError, match="expected uint8 for count"):
        count(np.zeros(3, np.uint32), b"a")


def test_refusals():
    with pytest.raises(windlass.WindlassValueError, match="line feed|LF"):
        count_lines("a\nb", "a\nb")
    with pytest.raises(ValueError, match="whole_words is 'word', expected one of None, 'space'"):
        count("a", "a", whole_words="word")
    with pytest.raises(ValueError, match="match is 'first', expected one of 'each'"):
        count_many("a", ["a"], match="first")
    with pytest.raises(ValueError, match="invalid is 'ignore', expected 'strict', 'lossy'"):
        count("a", "a", invalid="ignore")
    with pytest.raises(TypeError, match="data is missing"):
        count(needle="a")
    with pytest.raises(ValueError, match="needles are none, expected 1 or more"):
        count_many("a", [])
    with pytest.raises(TypeError, match="find_all takes one text"):
        find_all(["a"], "a")
    with pytest.raises(TypeError, match="count_lines with per_line takes one text"):
        count_lines(["a"], "a", per_line=True)


def test_lone_surrogates():
    for data in ("\udc00", "é\udc00a", "\ud800\ud800"):
        assert find_all(data, "").tolist() == list(range(len(data) + 1))


def test_names_in_refusals():
    for name in ("ignore_case", "overlapping"):
        for value, kind in ((2, ValueError), ("x", TypeError), ([], TypeError)):
            with pytest.raises(kind, match=f"{name} is .*expected a bool"):
                count("a", "a", **{name: value})
            with pytest.raises(kind, match=f"{name} is .*expected a bool"):
                count_many("a", ["a"], **{name: value})
    assert count("aA", "a", ignore_case=np.True_) == 2
    for needles in (None, 3):
        with pytest.raises(TypeError, match="needles is of type"):
            count_many("a", needles)
    with pytest.raises(windlass.WindlassValueError, match="^needle 0 is empty"):
        count_many("a", [""])
    for threads in (-1, 1 << 70):
        with pytest.raises(windlass.WindlassValueError, match="threads is "):
            count("a", "a", threads=threads)
    with pytest.raises(ValueError, match="out is a list, of which there are copies only"):
        find_all("a", "a", out=[1])
    for out in (np.zeros((3, 3), int), np.zeros(6, int)[::2]):
        with pytest.raises(ValueError, match="out has shape"):
            find_all("a", "a", out=out)
    assert count(b"aab", np.frombuffer(b"a", np.uint8)) == 2


def test_out():
    room = np.full(5, -7)
    found = find_all("banana", "a", out=room)
    assert found.tolist() == [1, 3, 5] and found.base is room
    assert room.tolist() == [1, 3, 5, -7, -7]
    assert find_all("bébéa", "é", out=room).tolist() == [1, 3]
    with pytest.raises(windlass.WindlassValueError) as caught:
        find_all("banana", "a", out=room[:2])
    assert caught.value.name == "WDL_TOO_SMALL"
    assert str(caught.value) == "out has room for 2, expected 3"
    with pytest.raises(ValueError, match="^out shares memory with data$"):
        find_all(room.view(np.uint8), b"a", out=room)
    with pytest.raises(TypeError, match="out has dtype"):
        find_all("banana", "a", out=np.zeros(5, "M8[s]"))


def test_policies():
    ill = b"a\xffa"
    assert count(ill, b"a") == count(ill, b"a", invalid="lossy") == 2
    assert count("éa".encode(), b"", invalid="strict") == 3
    assert count("éa".encode(), b"") == 4
    for function in (count, find, rfind, find_all, count_lines):
        with pytest.raises(windlass.WindlassValueError) as caught:
            function(ill, b"a", invalid="strict")
        assert caught.value.position == (1,)
    with pytest.raises(windlass.WindlassValueError) as caught:
        count([b"aa", ill], b"a", invalid="strict")
    assert caught.value.position == (1, 1)


def test_files(tmp_path):
    path = tmp_path / "Straße"
    data = "aé needle\n".encode() * 50_000
    path.write_bytes(data)
    for needle in ("needle", b"needle"):
        assert count(path=path, needle=needle) == 50_000
        assert find(None, needle, path=str(path)) == 4
        assert rfind(None, needle, path=path) == len(data) - 7
        assert find_all(None, needle, path=path)[:2].tolist() == [4, 15]
        assert count_lines(None, needle, path=path) == (50_000, 50_000, None, None)
        assert len(count_lines(None, needle, path=path, per_line=True).counts) == 50_000
        assert count_many(None, [needle], path=path).tolist() == [50_000]
    told = []
    assert count(None, "é", path=path, progress=lambda now: told.append(now)) == 50_000
    assert all(isinstance(now, windlass.Progress) for now in told)
    with pytest.raises(FileNotFoundError):
        count(path=tmp_path / "none", needle="a")
    with pytest.raises(IsADirectoryError):
        count(path=tmp_path, needle="a")
    with pytest.raises(TypeError, match="data and path are given"):
        count("a", "a", path=path)
    with pytest.raises(ValueError, match="which holds a NUL"):
        count(path="a\0b", needle="a")
