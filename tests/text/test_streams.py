"""Streams from Python: any cut, merging, saving and pickling give what the whole text gives."""

import copy
import pickle

import numpy as np
import pytest
import windlass
from windlass import text
from windlass.text import Stream

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

pytestmark = pytest.mark.usefixtures("live_handles")

FAST = settings(max_examples=100, deadline=None)
TEXTS = st.text(st.sampled_from("aabA \n\t_é中😀\u2009\0"), max_size=60)
CUTS = st.lists(st.integers(0, 250), max_size=6)

# Operations with their settings, of bytes.
OPERATIONS = [
    ("count_doubles", {}),
    ("count_doubles", {"unit": "byte", "ignore_case": True}),
    ("count_runs", {}),
    ("count", {"needle": b"ab"}),
    ("count", {"needle": b"aa"}),
    ("count", {"needle": b"aa", "overlapping": True}),
    ("count", {"needle": b""}),
    ("count", {"needle": b"a", "whole_words": "ascii"}),
    ("count", {"needle": "é".encode(), "ignore_case": True, "whole_words": "space"}),
    ("find", {"needle": b"aab"}),
    ("rfind", {"needle": b"aab"}),
    ("count_lines", {"needle": b"a"}),
    ("count_many", {"needles": [b"a", b"ab", "中".encode()]}),
    ("count_many", {"needles": [b"ab", b"a", b"b"], "match": "leftmost_first"}),
    ("wc", {}),
    ("wc", {"whitespace": "ascii"}),
    ("validate_utf8", {}),
    ("word_counts", {}),
    ("word_counts", {"lower": True, "top": 3}),
]
IDS = [f"{name}{i}" for i, (name, _) in enumerate(OPERATIONS)]


def whole(name, data, options):
    """What the function gives for the text as one."""
    return getattr(text, name)(data, **options)


def same(found, expected):
    if isinstance(expected, np.ndarray):
        return found.tolist() == expected.tolist()
    if isinstance(expected, text.WordCounts):
        shown = (found.total, found.distinct, found.most_common())
        return shown == (expected.total, expected.distinct, expected.most_common())
    return found == expected


def cut(data, cuts):
    borders = [0, *sorted(min(one, len(data)) for one in cuts), len(data)]
    return [data[a:b] for a, b in zip(borders, borders[1:], strict=False)]


@pytest.mark.parametrize("name,options", OPERATIONS, ids=IDS)
@settings(FAST)
@given(content=TEXTS, cuts=CUTS, which=st.integers(0, 6))
def test_any_cut(name, options, content, cuts, which):
    data = content.encode()
    expected = whole(name, data, options)
    stream = Stream(name, **options)
    for piece in cut(data, cuts):
        stream.feed(piece)
    assert same(stream.result(), expected)
    assert same(stream.result(), expected)  # it goes on
    streams = [Stream(name, **options).feed(piece) for piece in cut(data, cuts)]
    which %= len(streams)  # in another order than that of the text, but neighbours only
    for i in range(which + 1, len(streams)):
        streams[which].merge(streams[i])
    for i in range(which - 1, -1, -1):
        streams[which] = streams[i].merge(streams[which])
    assert same(streams[which].result(), expected)
    single = Stream(name, **options)
    for at in range(len(data)):
        single.feed(data[at : at + 1])
        if at == len(data) // 2:
            single = pickle.loads(pickle.dumps(single))
    assert same(single.result(), expected)


@settings(FAST)
@given(content=st.text(max_size=40), cuts=CUTS)
def test_str(content, cuts):
    operations = {
        "count_doubles": {},
        "count_runs": {"ignore_case": True},
        "count": {"needle": content[:1]},
        "count_lines": {"needle": "a"},
        "count_many": {"needles": ["a", content[1:3] or "b"]},
        "wc": {},
        "word_counts": {},
    }
    for name, options in operations.items():
        stream = Stream(name, **options)
        for piece in cut(content, cuts):
            stream.feed(piece)
        stream = copy.copy(stream)
        assert same(stream.result(), whole(name, content, options))


def test_lone_surrogates():
    content = "a\ud800\ud800é\udfff\udfff\udfff\ud800😀\udfff"
    for name in ("count_doubles", "count_runs", "wc", "word_counts"):
        stream, merged = Stream(name), Stream(name)
        for one in content:
            stream.feed(one)
            merged.merge(Stream(name).feed(one))
        assert same(stream.result(), whole(name, content, {}))
        assert same(merged.result(), whole(name, content, {}))


def test_every_cut_of_characters():
    data = "aé中😀😀é\u2009b".encode() * 2
    for name, options in OPERATIONS:
        expected = whole(name, data, options)
        for at in range(len(data) + 1):
            first = Stream(name, **options).feed(data[:at])
            second = Stream(name, **options).feed(data[at:])
            assert same(first.merge(second).result(), expected)


def test_long_pieces():
    data = "aab é 中文\n".encode() * 200_000
    for name, options in OPERATIONS:
        expected = whole(name, data, options)
        for threads in (1, 3):
            stream = Stream(name, **options)
            stream.feed(data[:1_000_001], threads=threads).feed(data[1_000_001:], threads=threads)
            assert same(stream.result(), expected), name


def test_saving():
    stream = Stream("count_many", needles=[b"ab", b"c"]).feed(b"xxa")
    saved = stream.save()
    assert isinstance(saved, bytes) and saved == stream.save()
    loaded = Stream.load(saved)
    assert loaded.feed(b"bc").result().tolist() == [1, 1]
    assert stream.result().tolist() == [0, 0]
    assert stream.merge(Stream.load(Stream("count_many", needles=[b"ab", b"c"]).feed(b"b").save()))
    assert stream.result().tolist() == [1, 0]
    for damaged in (saved[:-1], saved[:10], b"", saved[:20] + b"\xff" + saved[21:]):
        with pytest.raises(windlass.WindlassValueError):
            Stream.load(damaged)
    assert pickle.loads(pickle.dumps(Stream("wc"))).feed("é").result().chars == 1
    assert copy.deepcopy(Stream("count", needle="é").feed("é")).feed("é").result() == 2


def test_ill_formed():
    stream = Stream("count_doubles").feed(b"aa\xc3")
    with pytest.raises(windlass.WindlassValueError) as caught:
        stream.result()
    assert caught.value.position == (2,)
    assert stream.feed(b"\xa9a").result() == 1
    assert Stream("validate_utf8").feed(b"\xc3").feed(b"\xc3").result() == (False, 0)
    assert Stream("wc", invalid="lossy").feed(b"\xe2\x82").feed(b"a").result().chars == 2
    assert Stream("wc", invalid="bytes").feed(b"\xe2\x82").feed(b"a").result().chars == 3


def test_refusals():
    with pytest.raises(ValueError, match="operation is 'split', expected one of count_doubles"):
        Stream("split")
    with pytest.raises(TypeError, match="wc has no setting needle, expected some of: whitespace"):
        Stream("wc", needle=b"a")
    with pytest.raises(TypeError, match="needle is of type NoneType"):
        Stream("count")
    with pytest.raises(ValueError, match="invalid is 'no'"):
        Stream("wc", invalid="no")
    with pytest.raises(TypeError, match="find in a stream says where in bytes"):
        Stream("find", needle="a")
    with pytest.raises(TypeError, match="data is str, and the stream is of bytes"):
        Stream("wc").feed(b"a").feed("a")
    with pytest.raises(TypeError, match="data is bytes, and the stream is of str"):
        Stream("count", needle="a").feed(b"a")
    with pytest.raises(TypeError, match="data is of type int"):
        Stream("wc").feed(5)
    with pytest.raises(TypeError, match="following is of type bytes, expected a Stream"):
        Stream("wc").merge(b"a")
    with pytest.raises(TypeError, match="following is of bytes, and the stream of str"):
        Stream("wc").feed("a").merge(Stream("wc").feed(b"a"))
    one = Stream("count", needle=b"a")
    with pytest.raises(windlass.WindlassValueError, match="needles"):
        one.merge(Stream("count", needle=b"b"))
    with pytest.raises(windlass.WindlassValueError, match="the stream itself"):
        one.merge(one)
    with pytest.raises(ValueError, match="data is a saved "):
        Stream.load(windlass._object.Object.create("mixture").save())


def test_unfed():
    assert Stream("wc").result() == (0, 0, 0, 0, 0)
    assert Stream("word_counts").result() == {}
    assert Stream("count", needle="").result() == 1
    fed = Stream("wc").feed("é")
    assert Stream("wc").merge(fed).result() == fed.merge(Stream("wc")).result()
    assert repr(fed) == "<Stream of wc>"
    unfed = Stream("wc")
    unfed.result(), unfed.save(), unfed.merge(Stream("wc")), fed.merge(unfed)
    assert unfed.feed("é").result().chars == 1
    following = Stream("wc")
    Stream("wc").feed(b"a").merge(following)
    assert following.feed("é").result().chars == 1


def test_kinds_are_kept():
    for operation in ("count_doubles", "count_runs"):
        stream = Stream(operation, unit="byte").feed("é")
        again = pickle.loads(pickle.dumps(stream)).feed("ll")
        assert again.result() == 1
        with pytest.raises(TypeError, match="data is bytes, and the stream is of str"):
            again.feed(b"a")
        for piece in ("ll", b"ll"):
            assert Stream.load(stream.save()).feed(piece).result() == 1
    for data in ("saved", None, 3):
        with pytest.raises(TypeError, match="data is of type .*expected bytes-like"):
            Stream.load(data)
    with pytest.raises(ValueError, match="operation is "):
        Stream([])
