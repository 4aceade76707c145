"""count_doubles on whatever Hypothesis thinks of, against the definition."""

import itertools

import numpy as np
import pytest

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from windlass.text import count_doubles  # noqa: E402

# Few different characters, so that doubles happen, from every width and byte length.
CHARACTERS = st.sampled_from(
    "aab\0\x7f\x80éÿĀЖ\u07ff\u0800中\ud800\udfff\uffff\U00010000😀\U0010ffff"
)
STRINGS = st.one_of(st.text(CHARACTERS), st.text(max_size=200))
ENCODABLE = STRINGS.map(lambda text: text.encode("utf-8", "replace"))
FAST = settings(max_examples=300, deadline=None)


def doubles(units):
    return sum(a == b for a, b in itertools.pairwise(units))


@FAST
@given(STRINGS, st.integers(0, 200))
def test_str(text, times):
    assert count_doubles(text) == doubles(text)
    assert count_doubles(text * times) == doubles(text * times)


@FAST
@given(st.binary(max_size=300))
def test_any_bytes(data):
    assert count_doubles(data, unit="byte") == doubles(data)
    try:
        expected = doubles(data.decode())
    except UnicodeDecodeError as error:
        with pytest.raises(ValueError) as caught:
            count_doubles(data)
        assert caught.value.position == (error.start,)
    else:
        assert count_doubles(data) == expected


@FAST
@given(st.lists(STRINGS), st.lists(ENCODABLE))
def test_lists(texts, coded):
    assert count_doubles(texts).tolist() == list(map(doubles, texts))
    assert count_doubles(coded).tolist() == [doubles(one.decode()) for one in coded]
    assert count_doubles(coded, unit="byte").tolist() == list(map(doubles, coded))
    mixed = [*texts, *coded]
    plain = [*texts, *(one.decode() for one in coded)]
    assert count_doubles(mixed).tolist() == list(map(doubles, plain))


@FAST
@given(st.lists(STRINGS, min_size=1, max_size=20), st.lists(ENCODABLE, min_size=1, max_size=20))
def test_numpy_strings(texts, coded):
    kept = np.array(texts)
    assert count_doubles(kept).tolist() == [doubles(one) for one in kept.tolist()]
    kept = np.array(coded)
    assert count_doubles(kept).tolist() == [doubles(one.decode()) for one in kept.tolist()]
    assert count_doubles(kept, unit="byte").tolist() == [doubles(one) for one in kept.tolist()]


@FAST
@given(st.lists(st.integers(0, 2), max_size=300), st.sampled_from(["u1", "u2", "u4"]))
def test_numbers(values, dtype):
    assert count_doubles(np.array(values, dtype)) == doubles(values)
