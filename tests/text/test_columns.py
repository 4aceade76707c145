"""Many texts from Python: every container gives for each row what the text alone gives."""

import numpy as np
import pytest
import windlass
from windlass import text

pytestmark = pytest.mark.usefixtures("live_handles")

WORDS = ["", "aab", "été ÉTÉ", "ab\nab", "中中文 ab", "😀😀 ab", "no"]
WORDS += ["a" * 40 + "b", "ab" * 20 + "é"]
ROWS = [WORDS[i % len(WORDS)] for i in range(60)]
HOLES = [None if i % 7 == 3 or i in (0, 59) else row for i, row in enumerate(ROWS)]


def coded(rows):
    return [None if row is None else row.encode() for row in rows]


def numbers(found):
    """Results as a list with None for what is masked or <NA>."""
    if hasattr(found, "isna"):
        return [None if hole else int(n) for n, hole in zip(found, found.isna(), strict=True)]
    return found.tolist()


def alone(function, rows, **options):
    return [None if row is None else function(row, **options) for row in rows]


def check(make, rows=ROWS, presented=None):
    """All functions on what `make` makes of rows, against the rows one by one."""
    as_bytes = isinstance(next(row for row in rows if row is not None), bytes)
    data = make(rows)
    needle = b"ab" if as_bytes else "ab"
    calls = {
        text.count_doubles: {},
        text.count_runs: {"ignore_case": True},
        text.count: {"needle": needle},
        text.find: {"needle": needle},
        text.rfind: {"needle": needle},
    }
    for function, options in calls.items():
        found = function(data, **options)
        assert numbers(found) == alone(function, rows, **options), function.__name__
        assert presented is None or isinstance(found, presented)
    assert numbers(text.count_doubles(data, unit="byte")) == alone(
        text.count_doubles, rows, unit="byte"
    )
    expected = alone(text.wc, rows)
    for name in text.Wc._fields:
        column = [None if one is None else getattr(one, name) for one in expected]
        assert numbers(getattr(text.wc(data), name)) == column
    found, expected = text.count_lines(data, needle), alone(text.count_lines, rows, needle=needle)
    assert numbers(found.total) == [one if one is None else one.total for one in expected]
    assert numbers(found.lines) == [one if one is None else one.lines for one in expected]
    needles = [needle, needle[:1]]
    found = np.asarray(text.count_many(data, needles))
    for got, row in zip(found, rows, strict=True):
        assert row is None or got.tolist() == text.count_many(row, needles).tolist()
    kept = [row for row in rows if row is not None]
    assert dict(text.word_counts(data)) == dict(text.word_counts(kept))
    assert numbers(text.validate_utf8(data).position) == [
        None if row is None else -1 for row in rows
    ]


@pytest.mark.parametrize("make", [list, tuple, lambda rows: np.array(rows, object)])
@pytest.mark.parametrize("rows", [ROWS, coded(ROWS)], ids=["str", "bytes"])
def test_lists(make, rows):
    check(make, rows)
    holes = [None if i % 5 == 0 else row for i, row in enumerate(rows)]
    check(make, holes, np.ma.MaskedArray)
    long = [row * 200 for row in rows[:9]]  # read where they lie
    check(make, long)
    ascii_only = [row for row in long if row.isascii()]
    check(make, ascii_only)


def test_lists_of_everything():
    class Name(str):
        pass

    rows = [Name("aab"), "aab", b"aab", bytearray(b"aab"), memoryview(b"aab"), None, np.str_("aab")]
    assert text.count_doubles(rows).tolist() == [1, 1, 1, 1, 1, None, 1]
    assert text.count([Name("ab" * 2000), "ab" * 2000], "ab").tolist() == [2000, 2000]
    assert text.count([], "a").shape == (0,) and text.wc([]).words.shape == (0,)
    assert text.count_many([], ["a", "b"]).shape == (0, 2)
    assert text.count([None, None], "a").mask.all()
    assert text.word_counts([]) == {}
    assert text.count(["\ud800a", "a"], "a").tolist() == [1, 1]
    assert text.find(["\ud800a", "é😀a"], "a").tolist() == [1, 2]


def test_elsewhere(monkeypatch):
    """What other Pythons do, which keep str and bytes in another way."""
    monkeypatch.setattr(text._inputs, "_headers", None)
    check(list, [row * 200 for row in ROWS[:9]])
    check(list, coded([row * 200 for row in ROWS[:9]]))


def test_arrays():
    check(lambda rows: np.array(rows))
    check(lambda rows: np.array(rows), coded(ROWS))
    check(lambda rows: np.array(rows), [row for row in ROWS if row.isascii()])
    check(lambda rows: np.array(rows)[::-1][::-1])
    grid = np.array(ROWS).reshape(6, 10)
    assert text.find(grid, "ab").shape == (6, 10) == text.wc(grid).words.shape
    assert text.count_many(grid, ["a"]).shape == (6, 10, 1)
    assert text.find(grid.T, "ab").T.tolist() == text.find(grid, "ab").tolist()
    holes = np.array([["a", None], [None, "aa"]], object)
    found = text.count(holes, "a")
    assert found.shape == (2, 2) and found.tolist() == [[1, None], [None, 2]]
    masked = np.ma.MaskedArray(["a", "b\ud800", "aa"], [False, True, False])
    assert text.count(masked, "a").tolist() == [1, None, 2]
    assert text.count(np.array(["", ""]), "a").tolist() == [0, 0]
    assert text.count(np.array([], "U3"), "a").shape == (0,)


@pytest.mark.skipif("not hasattr(__import__('numpy').dtypes, 'StringDType')", reason="NumPy 1")
def test_string_dtype():
    check(lambda rows: np.array(rows, np.dtypes.StringDType()))
    holes = np.dtypes.StringDType(na_object=None)
    check(lambda rows: np.array(rows, holes), HOLES, np.ma.MaskedArray)
    nan = np.array(["aa", np.nan], np.dtypes.StringDType(na_object=np.nan))
    assert text.count_doubles(nan).tolist() == [1, None]


# pandas -----------------------------------------------------------------------------------------

DTYPES = ["object", "string[python]", "string[pyarrow]", "category", "str", "arrow", "large"]


def series(rows, dtype):
    pandas = pytest.importorskip("pandas")
    if dtype in ("arrow", "large", "string[pyarrow]"):
        pa = pytest.importorskip("pyarrow")
        kinds = {"arrow": pa.string(), "large": pa.large_string()}
        dtype = pandas.ArrowDtype(kinds[dtype]) if dtype in kinds else dtype
    index = [f"row {i}" for i in range(len(rows))]
    return pandas.Series(rows, index=index, dtype=dtype, name="text")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows", [ROWS, HOLES], ids=["whole", "holes"])
def test_series(rows, dtype):
    pandas = pytest.importorskip("pandas")
    check(lambda rows: series(rows, dtype), rows, pandas.Series)
    data = series(rows, dtype)
    found = text.find(data, "ab")
    assert str(found.dtype) == "Int64" and found.name == "text"
    assert found.index.equals(data.index)
    part = data.iloc[5:20:3]
    assert numbers(text.find(part, "ab")) == alone(text.find, rows[5:20:3], needle="ab")
    assert text.find(part, "ab").index.equals(part.index)
    frame = text.count_many(data, ["a", "ab"])
    assert list(frame.columns) == ["a", "ab"] and frame.index.equals(data.index)
    assert numbers(frame["ab"]) == alone(text.count, rows, needle="ab")


def test_series_of_other_things():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match=r"data\[0\] is of type int"):
        text.count(pandas.Series([1, 2]), "a")
    assert numbers(text.count(pandas.Series([b"a", None, float("nan")]), b"a")) == [1, None, None]
    assert len(text.count(pandas.Series([], dtype=object), "a")) == 0


# Arrow ------------------------------------------------------------------------------------------

KINDS = ["string", "large_string", "string_view", "binary", "large_binary", "binary_view"]


def column(rows, kind):
    pa = pytest.importorskip("pyarrow")
    if not hasattr(pa, kind):
        pytest.skip("an old pyarrow")
    return pa.array(rows, getattr(pa, kind)())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [ROWS, HOLES], ids=["whole", "holes"])
def test_arrow(kind, rows):
    pa = pytest.importorskip("pyarrow")
    rows = coded(rows) if "binary" in kind else rows
    presented = np.ma.MaskedArray if None in rows else np.ndarray
    check(lambda rows: column(rows, kind), rows, presented)
    for first, last in ((0, 60), (1, 59), (3, 4), (9, 33), (7, 7), (17, 60)):
        part = column(rows, kind)[first:last]
        if any(row is not None for row in rows[first:last]):
            check(lambda _, part=part: part, rows[first:last])
        chunked = pa.chunked_array([part, column(rows[:2], kind), part])
        both = rows[first:last] + rows[:2] + rows[first:last]
        if any(row is not None for row in both):
            check(lambda _, chunked=chunked: chunked, both)
    for index in (pa.int8(), pa.uint16(), pa.int64()):
        if "view" not in kind:
            packed = column(rows, kind).dictionary_encode().cast(pa.dictionary(index, part.type))
            check(lambda _, packed=packed: packed, rows)
            check(lambda _, packed=packed: packed[5:40], rows[5:40])


@pytest.mark.parametrize("rows", [ROWS, HOLES], ids=["whole", "holes"])
def test_polars(rows):
    pl = pytest.importorskip("polars")
    check(lambda rows: pl.Series(rows), rows)
    check(lambda rows: pl.Series(rows), coded(rows))
    check(lambda _: pl.Series(rows)[4:], rows[4:])
    check(lambda rows: pl.Series(rows).cast(pl.Categorical), rows)
    long = ["x" * 100, *rows] * 3
    check(lambda _: pl.concat([pl.Series(long[:40]), pl.Series(long[40:])], rechunk=False), long)


def test_arrow_edges():
    pa = pytest.importorskip("pyarrow")
    assert text.count(pa.array([], pa.string()), "a").shape == (0,)
    assert text.count(pa.chunked_array([], pa.string()), "a").shape == (0,)
    assert text.count(pa.nulls(3), "a").mask.all()
    assert text.count(pa.nulls(3), b"a").mask.all()
    assert text.count(pa.array([None, None], pa.string_view()), "a").mask.all()
    fixed = pa.array([b"aab", None, b"abb", b"\0aa"], pa.binary(3))
    assert text.count(fixed, b"a").tolist() == [2, None, 1, 2]
    assert text.count(fixed[2:], b"a").tolist() == [1, 2]
    with pytest.raises(TypeError, match="Arrow column of format 'l', expected strings or binary"):
        text.count(pa.array([1, 2]), "a")
    with pytest.raises(TypeError, match=r"format '\+s'"):
        text.count(pa.table({"a": ["b"]}), "a")
    with pytest.raises(TypeError, match="data is bytes and the needle is str"):
        text.count(pa.array([b"a"]), "a")
    packed = pa.DictionaryArray.from_arrays(pa.array([0, None, 1, 2]), pa.array(["a", None, "aa"]))
    assert text.count(packed, "a").tolist() == [1, None, None, 2]
    assert text.word_counts(packed) == {"a": 1, "aa": 1}


def raw(kind, rows, *buffers):
    """An Arrow array of these very buffers, which pyarrow does not look at."""
    pa = pytest.importorskip("pyarrow")
    made = [None if b is None else pa.py_buffer(np.ascontiguousarray(b)) for b in buffers]
    return pa.Array.from_buffers(getattr(pa, kind)(), rows, made)


def test_what_lies_behind_nulls_is_not_looked_at():
    data = np.frombuffer(b"ab\xff\xffab\n\xff", np.uint8)
    offsets = np.array([0, 2, 4, 6, 8], np.int32)
    found = raw("binary", 4, np.array([0b0101], np.uint8), offsets, data)
    assert text.count_doubles(found).tolist() == [0, None, 0, None]
    assert text.wc(found).chars.tolist() == [2, None, 2, None]
    assert text.word_counts(found) == {b"ab": 2}
    assert text.validate_utf8(found)
    assert text.count_doubles(found[2:]).tolist() == [0, None]


def test_bad_offsets_and_views():
    data = np.frombuffer(b"abababab" * 4, np.uint8)
    for offsets in ([0, 4, 2, 6], [0, 8, 6, 6], [2, 0, 4, 4]):
        column = raw("string", 3, None, np.array(offsets, np.int32), data)
        with pytest.raises(ValueError, match="offsets"):
            text.count(column, "ab")
        with pytest.raises(ValueError, match="offsets|backwards"):
            text.word_counts(column)
        column = raw("large_string", 3, np.array([0b101], np.uint8), np.array(offsets), data)
        with pytest.raises(ValueError, match="offsets"):
            text.count(column, "ab")
    good = np.array([[20, 0, 0, 12], [2, 0x6261, 0, 0]], np.int32)
    assert text.count(raw("string_view", 2, None, good, data), "ab").tolist() == [10, 1]
    for place, value in (((0, 3), 13), ((0, 3), -1), ((0, 2), 1), ((0, 2), -1), ((0, 0), 33)):
        bad = good.copy()
        bad[place] = value
        column = raw("string_view", 2, None, bad, data)
        with pytest.raises(ValueError, match="Arrow view"):
            text.count(column, "ab")
        hidden = raw("string_view", 2, np.array([0b10], np.uint8), bad, data)
        assert text.count(hidden, "ab").tolist() == [None, 1]
    bad = good.copy()
    bad[1, 0] = -1
    with pytest.raises(ValueError, match="negative length"):
        text.count(raw("string_view", 2, None, bad, data), "ab")


def test_positions_of_faults():
    pa = pytest.importorskip("pyarrow")
    rows = [b"aa", "é".encode(), b"a\xff"]
    for data in (rows, np.array(rows), pa.array(rows), pa.array(rows, pa.binary_view())):
        with pytest.raises(windlass.WindlassValueError) as caught:
            text.wc(data)
        assert caught.value.position == (2, 1)
    chunks = pa.chunked_array([rows[:2], rows])
    with pytest.raises(windlass.WindlassValueError) as caught:
        text.count_doubles(chunks)
    assert caught.value.position == (4, 1)
    with pytest.raises(windlass.WindlassValueError) as caught:
        text.wc(["a", None, b"\xff"])
    assert caught.value.position == (2, 0)
    assert text.wc(rows, invalid="lossy").chars.tolist() == [2, 1, 2]
    assert text.count_doubles(rows, invalid="bytes").tolist() == [1, 0, 0]


def test_dictionaries_name_rows():
    pa = pytest.importorskip("pyarrow")
    pandas = pytest.importorskip("pandas")
    entries = [b"\xff", b"a", b"b\xff", b"aa"]
    indices = [3, 1, None, 1, 3]
    column = pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(entries))
    codes = [-1 if i is None else i for i in indices]
    series = pandas.Series(pandas.Categorical.from_codes(codes, entries))
    for data in (column, series):
        assert numbers(text.count_doubles(data)) == [1, 0, None, 0, 1]
        assert text.word_counts(data) == {b"a": 2, b"aa": 2}
    indices = pa.array([3, 1, None, 2, 0], pa.int8())
    column = pa.DictionaryArray.from_arrays(indices, pa.array(entries))
    series = pandas.Series(pandas.Categorical.from_codes([3, 1, -1, 2, 0], entries))
    for data in (column, series, pa.chunked_array([column])):
        with pytest.raises(windlass.WindlassValueError, match="text 3 ") as caught:
            text.count_doubles(data)
        assert caught.value.position == (3, 1)
    series = pandas.Series(pandas.Categorical.from_codes([0, 0, 2], ["a", "b", 5]))
    with pytest.raises(TypeError, match=r"data\[2\] is of type int"):
        text.count(series, "a")


def test_validation_of_claimed_strings():
    data = np.frombuffer("é".encode() + b"\xffa", np.uint8)
    column = raw("string", 2, None, np.array([0, 3, 4], np.int32), data)
    assert text.validate_utf8(column).position.tolist() == [2, -1]
    views = np.array([[2, 0xFF61, 0, 0], [1, 0x61, 0, 0]], np.int32)
    column = raw("string_view", 2, None, views)
    if column is not None:
        assert text.validate_utf8(column).position.tolist() == [1, -1]
    column = raw("string", 2, None, np.array([0, 3, 1], np.int32), data)
    with pytest.raises(ValueError, match="offsets"):
        text.validate_utf8(column)


def test_what_is_missing():
    assert text.count(["a", float("nan")], "a").tolist() == [1, None]
    pandas = pytest.importorskip("pandas")
    assert text.count(["a", pandas.NA], "a").tolist() == [1, None]
    assert text.count(pandas.Index(["a", None, "aa"]), "a").tolist() == [1, None, 2]
    frame = text.count_many(pandas.Series(["ab"]), (n for n in ("a", "b")))
    assert list(frame.columns) == ["a", "b"] and frame.iloc[0].tolist() == [1, 1]
    with pytest.raises(TypeError, match="data is masked"):
        text.count_doubles(np.ma.MaskedArray(np.zeros(2, np.uint8), [True, False]))


def test_memory_is_given_back():
    pa = pytest.importorskip("pyarrow")
    before = pa.total_allocated_bytes()
    for kind in KINDS:
        rows = coded(HOLES) if "binary" in kind else HOLES
        for _ in range(3):
            data = column(rows, kind)
            text.count_doubles(data)
            text.count_doubles(pa.chunked_array([data, data[3:]]))
            text.word_counts(pa.chunked_array([data, data[3:]]))
    del data
    assert pa.total_allocated_bytes() == before


class Stream:
    """An Arrow stream of our own, which counts what is released."""

    def __init__(self, chunks, fails=False):
        from windlass._load import ffi

        self.ffi, self.chunks, self.fails = ffi, iter(chunks), fails
        self.released = {"schema": 0, "array": 0, "stream": 0}
        self.given, self.keep = 0, []
        self.text = ffi.new("char[]", b"no more of it")
        self.stream = ffi.new("struct ArrowArrayStream *")
        self.bind(self.stream, "get_schema", self.get_schema, "int(*)(void *, void *)")
        self.bind(self.stream, "get_next", self.get_next, "int(*)(void *, void *)")
        self.bind(self.stream, "get_last_error", lambda _: self.text, "char *(*)(void *)")
        self.release_with(self.stream, "stream", "struct ArrowArrayStream *")

    def bind(self, struct, field, function, signature):
        pointer = self.ffi.callback(signature, function)
        self.keep.append(pointer)
        setattr(struct, field, self.ffi.cast(self.ffi.typeof(getattr(struct, field)), pointer))

    def release_with(self, struct, kind, ctype):
        def release(given):
            self.released[kind] += 1
            self.ffi.cast(ctype, given).release = self.ffi.NULL

        self.bind(struct, "release", release, "void(*)(void *)")

    def get_schema(self, _stream, out):
        schema = self.ffi.cast("struct ArrowSchema *", out)
        form = self.ffi.new("char[]", b"u")
        self.keep.append(form)
        schema.format = form
        self.release_with(schema, "schema", "struct ArrowSchema *")
        return 0

    def get_next(self, _stream, out):
        array = self.ffi.cast("struct ArrowArray *", out)
        rows = next(self.chunks, None)
        if rows is None:
            array.release = self.ffi.NULL
            return 5 if self.fails else 0
        data = "".join(rows).encode()
        offsets = np.cumsum([0, *(len(row.encode()) for row in rows)]).astype(np.int32)
        pointers = [self.ffi.NULL, self.ffi.from_buffer(offsets), self.ffi.from_buffer(data)]
        buffers = self.ffi.new("const void *[]", pointers)
        self.keep += [data, offsets, pointers, buffers]
        array.length, array.n_buffers, array.buffers = len(rows), 3, buffers
        self.release_with(array, "array", "struct ArrowArray *")
        self.given += 1
        return 0

    def __arrow_c_stream__(self, requested_schema=None):
        import ctypes

        new = ctypes.pythonapi.PyCapsule_New
        new.restype = ctypes.py_object
        new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        self.name = ctypes.c_char_p(b"arrow_array_stream")
        return new(int(self.ffi.cast("uintptr_t", self.stream)), self.name, None)


@pytest.mark.skipif("sys.implementation.name != 'cpython'", reason="capsules are of CPython")
def test_all_is_released_once():
    stream = Stream([["aab", "é"], [], ["bb", "", "ccc"]])
    assert text.count_doubles(stream).tolist() == [1, 0, 1, 0, 2]
    assert stream.given == 3  # what owns the stream, its capsule, releases that
    assert stream.released == {"schema": 1, "array": 3, "stream": 0}
    stream = Stream([["aab"], ["b"]], fails=True)
    with pytest.raises(ValueError, match="the Arrow stream failed: no more of it"):
        text.count_doubles(stream)
    assert stream.released == {"schema": 1, "array": 2, "stream": 0}
    stream = Stream([["aab"]])
    with pytest.raises(TypeError, match="data is str and the needle is bytes"):
        text.count(stream, b"a")
    assert stream.released == {"schema": 1, "array": 1, "stream": 0}
