"""Arrays from everywhere: which memory is shared, what is copied, and what is said of the rest."""

import array
import ctypes
import fractions
import gc

import numpy as np
import pytest
import windlass
from support.dlpack import BFLOAT, READ_ONLY, Exporter, Legacy
from windlass import as_array

cpython = pytest.mark.skipif("sys.implementation.name != 'cpython'", reason="CPython's capsules")
VALUES = np.array([1.5, -2.0, 3.25, 4.0, -5.5, 6.0])


def start(one):
    return one.__array_interface__["data"][0]


# NumPy and memory -------------------------------------------------------------------------------


def test_an_ndarray_is_itself():
    x = VALUES[::-2]
    assert as_array(x) is x
    assert as_array(x, np.float64, writeable=True) is x
    x = VALUES.view(np.recarray)
    assert type(as_array(x)) is np.ndarray and np.shares_memory(as_array(x), x)


def test_byte_order_becomes_the_machines():
    for order in "<>":
        found = as_array(VALUES.astype(f"{order}f8"))
        assert found.dtype == np.float64 and found.dtype.isnative
        np.testing.assert_array_equal(found, VALUES)


def test_buffers_are_shared():
    for x in (array.array("f", [1, 2, 3]), (ctypes.c_int16 * 3)(1, 2, 3), bytearray(b"\1\2\3")):
        found = as_array(x, writeable=True)
        assert found.tolist() == [1, 2, 3]
        found[1] = 7
        assert x[1] == 7
    assert as_array(b"\1\2").tolist() == [1, 2] and as_array(b"\1\2").dtype == np.uint8
    assert not as_array(b"\1\2").flags.writeable


def test_array_interface_is_shared():
    class Lends:
        __array_interface__ = VALUES[::2].__array_interface__

    found = as_array(Lends())
    assert start(found) == start(VALUES) and found.strides == (16,)


def test_numbers_and_lists():
    assert as_array(3).shape == () and as_array([[1, 2], [3, 4]]).dtype == np.int64
    assert as_array(np.float32(2)).dtype == np.float32
    assert as_array([1, 2], np.float32).dtype == np.float32


def test_conversion_keeps_what_there_is():
    assert as_array(np.arange(3), np.float32).tolist() == [0, 1, 2]
    assert as_array(VALUES, np.complex64).dtype == np.complex64
    assert as_array(np.array([True, False]), np.float64).tolist() == [1, 0]
    assert as_array(["1.5", "2"], np.float64).tolist() == [1.5, 2]
    with pytest.raises(TypeError, match="y has dtype complex128, expected float64: imaginary"):
        as_array(VALUES + 1j, np.float64, name="y")
    with pytest.raises(TypeError, match="x has dtype float64, expected int64: fractions would"):
        as_array(VALUES, np.int64)
    with pytest.raises(TypeError, match="x has dtype int64, expected bool: numbers other than 0"):
        as_array(np.array([1, 2], np.int64), bool)
    with pytest.raises(ValueError, match="y: could not convert string to float"):
        as_array(["one"], np.float64, name="y")


def test_integers_that_a_dtype_does_not_hold():
    assert as_array([0, 255], np.uint8).tolist() == [0, 255]
    assert as_array(np.array([2**63 - 1], np.uint64), np.int64).tolist() == [2**63 - 1]
    for values, dtype, said in (
        ([1, 300], "int8", 300),
        ([-1, 2], "uint8", -1),
        (np.array([2**63], np.uint64), "int64", 2**63),
        (np.array([300, 1], object), "int8", 300),
        (["300"], "int8", 300),
    ):
        with pytest.raises(ValueError, match=f"y has {said}, which {dtype} does not hold"):
            as_array(values, dtype, name="y")
    for x in ([1.5, 2], [fractions.Fraction(3, 2), 2]):
        with pytest.raises(TypeError, match="y has dtype float64, expected int64: fractions would"):
            as_array(np.array(x, object), np.int64, name="y")
    with pytest.raises(ValueError, match="y: .*too large"):
        as_array([2**70], np.int64, name="y")
    assert as_array(np.array([], object), np.int64).shape == (0,)


def test_dtypes_are_of_numbers():
    for dtype in (object, "U8", "M8[s]", [("a", "f8")]):
        with pytest.raises(TypeError, match="dtype is .*, expected one of numbers"):
            as_array(VALUES, dtype)
    for x in (
        np.array(["2020-01-01"], "M8[D]"),
        np.array([5], "m8[D]"),
        np.zeros(2, [("a", "f8")]),
    ):
        with pytest.raises(TypeError, match="y has dtype .*, expected numbers"):
            as_array(x, float, name="y")


def test_objects_need_a_dtype():
    x = np.array([1, None, 2.5], object)
    for given, wanted in (([1, 2], [1, 2]), (["1.5"], [1.5]), ([True], [1])):
        found = as_array(np.array(given, object), float)
        assert found.dtype == np.float64 and found.tolist() == wanted
    with pytest.raises(TypeError, match="dtype object, expected numbers; dtype= converts"):
        as_array(np.array([1, 2], object))
    for nulls in (x, x.tolist(), x[1], None):
        with pytest.raises(ValueError, match="y has nulls: 1 of [13] entries"):
            as_array(nulls, float, name="y")
    assert as_array(x, float, na_value=7).tolist() == [1, 7, 2.5]
    np.testing.assert_array_equal(as_array(x, float, na_value=np.nan), [1, np.nan, 2.5])


@pytest.mark.parametrize("x", [["a"], [None], object(), [object()], "text", {1, 2}, [b"a"]])
def test_no_numbers(x):
    with pytest.raises(TypeError, match="y has dtype .*, expected numbers"):
        as_array(x, name="y")


def test_ragged_lists():
    with pytest.raises(ValueError, match=r"^y: .*inhomogeneous"):
        as_array([[1], [1, 2]], name="y")


def test_masked_entries_are_nulls():
    x = np.ma.masked_array([1, 2, 3], [False, True, False])
    with pytest.raises(ValueError, match="y has nulls: 1 of 3 entries"):
        as_array(x, name="y")
    np.testing.assert_array_equal(as_array(x, na_value=np.nan), [1, np.nan, 3])
    assert as_array(x, na_value=-1).tolist() == [1, -1, 3]
    assert np.shares_memory(as_array(np.ma.masked_array(VALUES)), VALUES)


def test_what_stands_for_nulls_is_held():
    def masked(dtype):
        return np.ma.masked_array([1, 0, 3], [False, True, False], dtype=dtype)

    for dtype, value in (("i1", 1000), ("u1", -1), ("i1", 2**70), ("f4", 1e300), ("f2", 70000)):
        with pytest.raises(ValueError, match=f"na_value is .*, which {np.dtype(dtype)} of y does"):
            as_array(masked(dtype), na_value=value, name="y")
        assert as_array(masked(dtype), float, na_value=value).tolist() == [1, value, 3]
    for dtype, value, found in (
        ("i1", 0.5, "f8"),
        ("f4", 0.5, "f4"),
        ("f4", np.inf, "f4"),
        ("?", 5, "i8"),
        ("?", True, "?"),
        ("f8", 1j, "c16"),
        (">i4", 7, "i4"),
    ):
        made = as_array(masked(dtype), na_value=value)
        assert made.dtype == np.dtype(found) and made[1] == value
    with pytest.raises(ValueError, match="na_value is nan, which int64 of y does not hold"):
        as_array(masked("i8"), np.int64, na_value=np.nan, name="y")
    for value in ("x", [1, 2], object(), np.zeros(1)):
        with pytest.raises(TypeError, match="na_value is .*, expected a number"):
            as_array(masked("i8"), na_value=value)
    with pytest.raises(TypeError, match="y has dtype <U1, expected numbers"):
        as_array(np.ma.masked_array(["1", "2"], [False, True]), float, na_value=0, name="y")


def test_results_go_into_memory_of_numbers_only():
    for dtype in (object, "U1", "M8[s]", [("a", "f8")]):
        with pytest.raises(TypeError, match="out has dtype .*, expected numbers"):
            as_array(np.zeros(2, dtype), writeable=True, name="out")
    other = np.zeros(2, np.dtype(float).newbyteorder())
    with pytest.raises(TypeError, match=f"out has dtype {other.dtype.str}, expected float64 for"):
        as_array(other, writeable=True, name="out")
    assert as_array(other, other.dtype, writeable=True) is other


def test_memory_that_only_cuda_reaches():
    class Lends:
        __cuda_array_interface__ = VALUES.__array_interface__

    with pytest.raises(ValueError, match="y lies on CUDA, expected the CPU's memory"):
        as_array(Lends(), name="y")
    Lends.__array__ = lambda self, dtype=None, copy=None: VALUES
    assert as_array(Lends()).tolist() == VALUES.tolist()


def test_results_go_into_memory_only():
    for x, what in (
        ([1.0], "a list, of which there are copies"),
        (b"12345678", "a bytes that may"),
    ):
        with pytest.raises(ValueError, match=f"out is {what}"):
            as_array(x, writeable=True, name="out")
    fixed = VALUES.copy()
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="out is a ndarray that may be read only"):
        as_array(fixed, writeable=True, name="out")
    with pytest.raises(TypeError, match="out has dtype float64, expected float32 for results"):
        as_array(VALUES, np.float32, writeable=True, name="out")


# DLPack -----------------------------------------------------------------------------------------


@cpython
@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize("dtype", ["i1", "u2", "i4", "u8", "f2", "f4", "f8", "c8", "c16"])
def test_dlpack_is_shared(versioned, dtype):
    x = np.arange(24).astype(dtype).reshape(4, 6)[::2, ::-3]
    given = Exporter(x, versioned)
    found = as_array(given)
    assert (found.dtype, found.shape, found.strides) == (x.dtype, x.shape, x.strides)
    assert start(found) == start(x) and given.deleted == 0
    np.testing.assert_array_equal(found, x)
    part = found[1]
    del found
    gc.collect()
    assert given.deleted == 0
    del part
    gc.collect()
    assert given.deleted == 1


@cpython
def test_dlpack_without_strides_and_entries():
    found = as_array(Exporter(VALUES.reshape(2, 3), strided=False))
    np.testing.assert_array_equal(found, VALUES.reshape(2, 3))
    assert as_array(Exporter(np.empty((0, 3)))).shape == (0, 3)
    assert as_array(Exporter(np.array(2.5))).shape == ()


@cpython
def test_dlpack_as_output():
    x = VALUES.copy()
    asked = np.lib.NumpyVersion(np.__version__) >= "2.1.0"  # who asks for versions
    for given in [Legacy(x), *([Exporter(x)] if asked else [])]:
        out = as_array(given, writeable=True)
        out[0] += 1
    assert x[0] == VALUES[0] + 1 + asked
    for given in (Exporter(x, versioned=False), Exporter(x, flags=READ_ONLY)):
        with pytest.raises(ValueError, match="out is a Exporter that may be read only"):
            as_array(given, writeable=True, name="out")


@cpython
def test_other_devices():
    given = Exporter(VALUES, device=(2, 3))
    with pytest.raises(ValueError, match="y lies on CUDA device 3, expected the CPU's memory"):
        as_array(given, name="y")
    with pytest.raises(ValueError, match="x lies on DLPack's device type 77 device 0"):
        as_array(Exporter(VALUES, device=(77, 0)))
    assert as_array(Exporter(VALUES, device=(3, 0))).shape == (6,)  # pinned


@cpython
def test_dtypes_that_numpy_has_not():
    given = Exporter(VALUES.astype(np.float16), code=BFLOAT)
    given.dtype = "bfloat16"
    with pytest.raises(ValueError, match="y is a Exporter of bfloat16 that cannot be shared: "):
        as_array(given, name="y")


def test_torch():
    torch = pytest.importorskip("torch")
    tensor = torch.arange(6.0).reshape(2, 3).T
    found = as_array(tensor, writeable=True)
    found[0, 1] = 9
    assert tensor[0, 1] == 9 and found.strides == (4, 12)
    with pytest.raises(ValueError, match="cannot be shared: .*grad"):
        as_array(torch.ones(2, requires_grad=True))


# Columns ----------------------------------------------------------------------------------------


def columns(values):
    """The same numbers as every kind of column that is installed."""
    try:
        import pyarrow
    except ImportError:
        pyarrow = None
    if pyarrow is not None:
        yield pyarrow.array([0, *values, 9], pyarrow.from_numpy_dtype(values.dtype))[1:-1]
        yield pyarrow.chunked_array([pyarrow.array(values)])
    try:
        import polars
    except ImportError:
        pass
    else:
        yield polars.Series(values)
    try:
        import pandas
    except ImportError:
        return
    yield pandas.Series(values)
    yield pandas.Index(values)
    yield pandas.Series(pandas.array(values.tolist(), dtype=values.dtype.name.capitalize()))
    if pyarrow is not None:
        yield pandas.Series(pyarrow.array(values), dtype=pandas.ArrowDtype(pyarrow.float32()))


@cpython
def test_columns_are_shared():
    values = VALUES.astype(np.float32)
    for column in columns(values):
        found = as_array(column)
        assert found.dtype == np.float32 and start(found) == start(as_array(column))
        if len(found) == len(values):
            np.testing.assert_array_equal(found, values)
        held = found[2:]
        del column, found
        gc.collect()
        np.testing.assert_array_equal(held, values[2:])
        assert not held.flags.writeable or type(held.base) is np.ndarray


def with_nulls():
    pyarrow, polars = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    pandas = pytest.importorskip("pandas")
    yield pyarrow.array([9, 1, None, 3])[1:]
    yield pyarrow.chunked_array([[1], [None, 3]])
    yield polars.Series([1, None, 3])
    yield pandas.Series([1, None, 3], dtype="Int64")
    yield pandas.Series([1, None, 3], dtype="int64[pyarrow]")


@cpython
def test_nulls():
    for column in with_nulls():
        with pytest.raises(ValueError, match=r"y has nulls: 1 of \d entries"):
            as_array(column, name="y")
        np.testing.assert_array_equal(as_array(column, na_value=np.nan), [1, np.nan, 3])
        found = as_array(column, np.int64, na_value=0)
        assert found.dtype == np.int64 and found.tolist() == [1, 0, 3]


@cpython
def test_columns_that_do_not_hold_what_stands_for_nulls():
    pyarrow, pandas = pytest.importorskip("pyarrow"), pytest.importorskip("pandas")
    for column in (
        pyarrow.array([1, None], pyarrow.int8()),
        pyarrow.chunked_array([[2], [None]], pyarrow.uint8()),
        pandas.Series([1, None], dtype="Int8"),
        pandas.array([1, None], dtype="UInt8"),
    ):
        with pytest.raises(ValueError, match="na_value is 1000, which u?int8 of x does not hold"):
            as_array(column, na_value=1000)
        for dtype in (float, np.int16):
            found = as_array(column, dtype, na_value=1000)
            assert found.dtype == dtype and found[1] == 1000 and found[0] == as_array(column[:1])


@cpython
def test_arrow_shapes():
    pyarrow = pytest.importorskip("pyarrow")
    bits = [True, False, True, True, False, True, False, False, True, True, True]
    assert as_array(pyarrow.array(bits)[3:]).tolist() == bits[3:]
    assert as_array(pyarrow.chunked_array([[1, 2], [], [3]])).tolist() == [1, 2, 3]
    empty = as_array(pyarrow.chunked_array([], pyarrow.float32()))
    assert empty.shape == (0,) and empty.dtype == np.float32
    rows = pyarrow.array([[0, 0], [1, 2], [3, 4], [5, 6]], pyarrow.list_(pyarrow.int16(), 2))
    found = as_array(rows[1:])
    assert found.tolist() == [[1, 2], [3, 4], [5, 6]] and found.dtype == np.int16
    assert found.base is not None and start(found) == start(as_array(rows)) + 4
    half = as_array(pyarrow.array(np.array([1.5], np.float16)))
    assert half.dtype == np.float16 and half[0] == 1.5
    pieces = pyarrow.array([{"a": i, "b": -i} for i in range(5)])[2:4]
    assert as_array(pieces).tolist() == [[2, -2], [3, -3]]


@cpython
def test_tables():
    pyarrow, polars = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    pandas = pytest.importorskip("pandas")
    given = {"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]}
    table = pyarrow.table(given)
    for x in (table, polars.DataFrame(given), pandas.DataFrame(given), table.to_batches()[0]):
        found = as_array(x)
        assert found.dtype == np.float64 and found.T.tolist() == list(given.values())
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": pandas.array([1, None], dtype="Int64")})
    with pytest.raises(ValueError, match="y's column 'b' has nulls: 1 of 2"):
        as_array(frame, name="y")
    np.testing.assert_array_equal(as_array(frame, na_value=np.nan), [[1, 1], [2, np.nan]])
    assert as_array(pyarrow.table({"a": pyarrow.array([], "f4")})).shape == (0, 1)


@cpython
def test_columns_of_something_else():
    pyarrow, pandas = pytest.importorskip("pyarrow"), pytest.importorskip("pandas")
    wrong = {
        "Arrow's format 'u'": pyarrow.array(["a"]),
        "Arrow's format 'tdD'": pyarrow.array([1], pyarrow.date32()),
        "a dictionary": pyarrow.array([1.0]).dictionary_encode(),
        "Arrow's format '\\+l'": pyarrow.array([[1.0]]),
        "dtype object": pandas.Series(["a"], dtype=object),
        "dtype datetime64": pandas.Series(pandas.to_datetime(["2020-01-01"])),
    }
    for said, x in wrong.items():
        with pytest.raises(TypeError, match=f"y (is|has) {said}.*, expected numbers"):
            as_array(x, name="y")
    with pytest.raises(TypeError, match="x's column 'b' is Arrow's format 'u', expected numbers"):
        as_array(pyarrow.table({"a": [1], "b": ["c"]}))


@cpython
def test_columns_take_no_results():
    pyarrow = pytest.importorskip("pyarrow")
    for x in (pyarrow.array([1.0]), pyarrow.chunked_array([[1.0], [2.0]])):
        with pytest.raises(ValueError, match="out is a .*: no results go there"):
            as_array(x, writeable=True, name="out")


# What takes them --------------------------------------------------------------------------------


@cpython
def test_models_take_them():
    x = np.random.default_rng(0).normal(size=(200, 3)) + 9 * np.repeat(np.eye(3)[:2], 100, 0)
    weights = np.linspace(1, 2, 200)
    kmeans = windlass.cluster.KMeans(2, n_init=1, random_state=0)
    mixture = windlass.mixture.GaussianMixture(2, random_state=0)
    centers = kmeans.fit(x, sample_weight=weights).cluster_centers_
    means = mixture.fit(x, sample_weight=weights).means_
    forms = [(Exporter(x), Exporter(weights))]
    try:
        import polars
        import pyarrow
    except ImportError:
        pass
    else:
        frame = polars.DataFrame(x, schema=["a", "b", "c"])
        forms += [(frame, polars.Series(weights)), (frame.to_arrow(), pyarrow.array(weights))]
    for rows, w in forms:
        np.testing.assert_array_equal(kmeans.fit(rows, sample_weight=w).cluster_centers_, centers)
        np.testing.assert_array_equal(mixture.fit(rows, sample_weight=w).means_, means)


@cpython
def test_solvers_take_them():
    A = np.diag([4.0, 5.0, 6.0]) + 1
    b, x0 = np.array([1.0, 2.0, 3.0]), np.full(3, 0.1)
    wanted = windlass.krylov.solve(A, b, x0=x0).x
    for kind in (Exporter, list):
        found = windlass.krylov.solve(Exporter(A), kind(b), x0=kind(x0))
        np.testing.assert_array_equal(found.x, wanted)
        operator = windlass.sparse.aslinear(Exporter(A))
        np.testing.assert_array_equal(operator.matvec(kind(b)), A @ b)
    assert x0.tolist() == [0.1] * 3
    with pytest.raises(ValueError, match="b lies on CUDA device 0"):
        windlass.krylov.solve(A, Exporter(b, device=(2, 0)))


def test_positions_go_there():
    room = array.array("q", [-1] * 4)
    assert windlass.text.find_all("banana", "a", out=room).tolist() == [1, 3, 5]
    assert room.tolist() == [1, 3, 5, -1]
