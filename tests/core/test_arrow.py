"""Arrow's structs made by hand: what of them is read, and that what contradicts itself is not."""

import ctypes

import numpy as np
import pytest
from support.arrow import Column, array, schema
from windlass import as_array, text

pytestmark = pytest.mark.skipif("sys.implementation.name != 'cpython'", reason="capsules")
V = np.array([1.5, -2.0, 3.25, 4.0, -5.5, 6.0])
BITS = np.array([0b00101101], np.uint8)
FLOATS = schema(b"g")


def pair(names=("a", "b")):
    return schema(b"+s", children=[schema(b"g", name.encode()) for name in names])


def lists(width=b"2"):
    return schema(b"+w:" + width, children=[FLOATS])


def test_offsets_and_bitmaps():
    found = as_array(Column(FLOATS, array(4, [None, V], offset=1)))
    assert found.tolist() == V[1:5].tolist() and np.shares_memory(found, V)
    nulls = array(4, [BITS, V], offset=1, null_count=-1)
    assert as_array(Column(FLOATS, nulls), na_value=0).tolist() == [0, 3.25, 4, 0]
    found = as_array(Column(schema(b"b"), array(5, [None, BITS], offset=2)))
    assert found.tolist() == [True, True, False, True, False]
    assert as_array(Column(FLOATS, array(0, [None, None]))).shape == (0,)
    parts = [array(4, [None, V], offset=1), array(5, [None, V])]
    found = as_array(Column(pair(), array(2, [None], parts, offset=1)))
    assert found.tolist() == [[3.25, -2], [4, 3.25]]
    parts = [array(6, [None, V])]
    found = as_array(Column(lists(), array(2, [None], parts, offset=1)))
    assert found.tolist() == [[3.25, 4], [-5.5, 6]]


PART = array(4, [None, V])
BROKEN = {
    "schema has been released": (schema(b"g", release=None), PART),
    "array has been released": (FLOATS, array(4, [None, V], release=None)),
    "schema has no format": (schema(None), PART),
    "length -4 and offset 0": (FLOATS, array(-4, [None, V])),
    "length 4 and offset -1": (FLOATS, array(4, [None, V], offset=-1)),
    "'g' has 0 buffers, expected 2": (FLOATS, array(4, [])),
    "'g' has 2 buffers, expected 2": (FLOATS, array(4, [None, V], buffers=None)),
    "entries, and no memory": (FLOATS, array(4, [None, None])),
    "'b' has 1 buffers": (schema(b"b"), array(4, [None])),
    "has 1 children, its schema 2": (pair(), array(2, [None], [PART])),
    "has 3 children, its schema 2": (pair(), array(2, [None], [PART] * 3)),
    "has 2 children, its schema 0": (schema(b"g"), array(2, [None, V], n_children=2)),
    "schema has 2 children, at NULL": (schema(b"+s", n_children=2), array(2, [None])),
    "schema has -1 children": (schema(b"+s", n_children=-1), array(2, [None])),
    "child of its Arrow array has 1 entries, expected 2": (
        schema(b"+s", children=[FLOATS]),
        array(2, [None], [array(1, [None, V])]),
    ),
    "child of its Arrow array has 5 entries, expected 6": (
        lists(),
        array(2, [None], [array(5, [None, V])], offset=1),
    ),
    r"format '\+w:abc' has no width": (lists(b"abc"), array(1, [None], [PART])),
    r"format '\+w:-2' has no width": (lists(b"-2"), array(1, [None], [PART])),
    "lists have 0 children": (schema(b"+w:2"), array(1, [None])),
    "array has been released ": (pair("a"), array(2, [None], [array(2, [None, V], release=None)])),
    "schema has been released ": (
        schema(b"+s", children=[schema(b"g", release=None)]),
        array(2, [None], [PART]),
    ),
}


@pytest.mark.parametrize("said", BROKEN)
def test_structs_that_contradict_each_other(said):
    with pytest.raises(ValueError, match=said.strip()):
        as_array(Column(*BROKEN[said]), name="y")


def test_columns_of_text_too():
    offsets, letters = np.array([0, 1, 3], np.int32), np.frombuffer(b"abb", np.uint8)
    strings = schema(b"u")
    whole = Column(strings, array(2, [None, offsets, letters]))
    assert text.count_doubles(whole).tolist() == [0, 1]
    for broken, said in (
        (array(2, [None, offsets]), "'u' has 2 buffers, expected 3"),
        (array(2, [None, None, letters]), "no memory"),
        (array(2, [None, offsets, letters], release=None), "array has been released"),
    ):
        with pytest.raises(ValueError, match=said):
            text.count_doubles(Column(strings, broken))


def test_no_capsules():
    class Gives:
        def __init__(self, what):
            self.what = what

        def __arrow_c_array__(self, requested_schema=None):
            return self.what

    for what in (3, (1, 2), None):
        with pytest.raises(TypeError, match="y: .*, expected .*capsule"):
            as_array(Gives(what), name="y")
    with pytest.raises(TypeError, match="expected a capsule arrow_array"):
        as_array(Column(FLOATS, PART, names=(b"arrow_schema", b"used")))


def test_names_and_formats_of_any_bytes():
    assert as_array(Column(schema(b"g", b"\xff"), PART)).shape == (4,)
    with pytest.raises(TypeError, match=r"format 'g.*xff', expected numbers"):
        as_array(Column(schema(b"g\xff"), PART))
    inner = schema(b"+s", children=[schema(b"u", b"\xff")])
    texts = array(1, [None, np.zeros(2, np.int32), V])
    with pytest.raises(TypeError, match="x's column '.' is Arrow's format 'u'"):
        as_array(Column(inner, array(1, [None], [texts])))


def test_nulls_without_a_type():
    nothing = Column(schema(b"n"), array(2, [], null_count=2))
    with pytest.raises(ValueError, match="y has nulls: 2 of 2"):
        as_array(nothing, name="y")
    for value, dtype in ((0, np.int64), (np.nan, np.float64), (False, np.bool_)):
        found = as_array(nothing, na_value=value)
        assert found.dtype == dtype and np.array_equal(found, [value] * 2, equal_nan=True)
    empty = as_array(Column(schema(b"n"), array(0, [])))
    assert empty.dtype == np.float64 and empty.shape == (0,)


def test_lists_in_structs():
    rows = schema(b"+s", children=[schema(b"+w:2", b"a", [FLOATS])])
    with pytest.raises(TypeError, match=r"x's column 'a' is Arrow's format '\+w:2', expected num"):
        as_array(Column(rows, array(1, [None], [array(1, [None], [PART])])))


def test_sizes_of_the_structs():
    """On 64 bits, as the specification's fields add up."""
    if ctypes.sizeof(ctypes.c_void_p) == 8:
        assert (ctypes.sizeof(type(FLOATS)), ctypes.sizeof(type(PART))) == (72, 80)
