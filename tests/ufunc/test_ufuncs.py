"""What the ufuncs are to NumPy: dtypes, broadcasting, out, where, errors, protocols."""

import copy
import os
import pickle
import re
import subprocess
import sys
import threading

import numpy as np
import pytest
from support.dlpack import Exporter
from windlass import as_array, ufunc

ALL = [getattr(ufunc, name) for name in ufunc.names]
ELEMENTWISE = [one for one in ALL if one.signature is None]
UNARY = [one for one in ELEMENTWISE if one.nin == 1]
X = np.linspace(0.05, 0.95, 7)

every = pytest.mark.parametrize("f", ALL, ids=ufunc.names)
elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda f: f.__name__)


def arguments(f, x=X):
    return [x, x[::-1]][: f.nin]


@every
def test_description(f):
    assert isinstance(f, np.ufunc) == (ufunc.plain is None)
    assert f.nargs == f.nin + f.nout and f.ntypes == len(f.types) >= 2
    assert getattr(ufunc, f.__name__) is f and f"{f.__name__!r}" in repr(f)
    assert len(f.__doc__.strip().splitlines()[-1]) > 10
    assert {types[0] for types in f.types} == {"f", "d"}
    if hasattr(np.exp, "__qualname__"):  # of a newer NumPy
        assert (f.__module__, f.__qualname__) == ("windlass.ufunc", f.__name__)


def test_the_page_lists_them(root):
    page = (root / "docs" / "ufunc.md").read_text("utf-8")
    rows = re.findall(r"^\| (`\w+`(?: `\w+`)*) \|", page, re.MULTILINE)
    assert set(" ".join(rows).replace("`", "").split()) == set(ufunc.names)


def test_plain_says_why():
    if os.environ.get("WINDLASS_UFUNC") == "plain":
        assert ufunc.plain == "WINDLASS_UFUNC=plain"
    elif sys.implementation.name == "cpython":
        assert ufunc.plain is None


@pytest.mark.skipif("sys.implementation.name != 'cpython'", reason="is so anyway")
def test_without_the_table(monkeypatch):
    from windlass.ufunc import _numpy

    assert callable(_numpy.maker())
    with monkeypatch.context() as patched:
        patched.setattr(_numpy, "_KNOWN_ABIS", (1,))
        with pytest.raises(_numpy.NoTable, match="NumPy .* has an ABI that is not known, 0x"):
            _numpy.maker()
    with monkeypatch.context() as patched:
        patched.setattr(_numpy, "_UFUNC_TYPE", 1)
        with pytest.raises(_numpy.NoTable, match="ABI that is not known"):
            _numpy.maker()


def test_without_cpython():
    """As on PyPy, whose ctypes has no functions of the interpreter."""
    program = """
import ctypes, sys, numpy
ctypes.pythonapi, sys.implementation.name = None, "pypy"
import windlass
from windlass import ufunc
assert ufunc.plain in ("WINDLASS_UFUNC=plain", "NumPy's table is not to be had on pypy")
assert ufunc.exp([0.0]).tolist() == [1] and ufunc.logaddexp.reduce([]) == -numpy.inf
assert windlass.as_array([1.0]).shape == (1,)
assert (windlass.sparse.aslinear(numpy.eye(2)) @ numpy.ones(2)).tolist() == [1, 1]
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@every
def test_pickled_by_name(f):
    assert pickle.loads(pickle.dumps(f)) is f
    assert copy.deepcopy(f) is f


@elementwise
@pytest.mark.filterwarnings("ignore:divide by zero encountered in logit")
def test_dtypes(f):
    wanted = {"f4": "f4", "f8": "f8", "f2": "f4", "i1": "f4", "u2": "f4", "i4": "f8", "i8": "f8"}
    wanted["?"] = "f4"
    for given, found in wanted.items():
        assert f(*arguments(f, np.ones(3, given))).dtype == np.dtype(found), given
    x = arguments(f, X.astype(np.float32))
    assert f(*x, dtype=np.float64).dtype == np.float64
    np.testing.assert_array_equal(
        f(*x, dtype=np.float64), f(*[one.astype(np.float64) for one in x])
    )
    assert f(*arguments(f), dtype=np.float32).dtype == np.float32
    for given in (X + 0j, X.astype(np.longdouble), np.array(["a"]), np.array([None])):
        with pytest.raises(TypeError):
            f(*arguments(f, given))


@elementwise
def test_scalars(f):
    found = f(*[0.25, 0.5][: f.nin])
    assert type(found) is np.float64
    assert found == f(*[np.array([0.25]), np.array([0.5])][: f.nin])[0]
    assert type(f(*[np.float32(0.25)] * f.nin)) is np.float32
    if f.nin == 2:
        assert f(np.float32([1, 2]), 0.5).dtype == np.float32


@elementwise
def test_shapes(f):
    for shape in ((), (0,), (3, 0), (1,), (2, 3, 4), (1, 5, 1)):
        assert np.shape(f(*[np.full(shape, 0.5)] * f.nin)) == shape
    if f.nin == 2:
        a, b = X[:, None], X[None, :3]
        found = f(a, b)
        assert found.shape == (7, 3)
        np.testing.assert_array_equal(
            found, f(*map(np.ascontiguousarray, np.broadcast_arrays(a, b)))
        )
        with pytest.raises(ValueError, match="broadcast"):
            f(X, X[:3])
    with pytest.raises(TypeError):
        f()


@elementwise
def test_out(f):
    x, wanted = arguments(f), f(*arguments(f))
    out = np.zeros(7)
    assert f(*x, out=out) is out and f(*x, out) is out and f(*x, out=(out,)) is out
    np.testing.assert_array_equal(out, wanted)
    wide = np.zeros((2, 7))
    np.testing.assert_array_equal(f(*x, out=wide), [wanted, wanted])
    with pytest.raises(TypeError, match="[Cc]ast"):
        f(*x, out=np.zeros(7, int))
    narrow = f(*x, out=np.zeros(7, np.float32))
    np.testing.assert_array_equal(narrow, wanted.astype(np.float32))
    with pytest.raises(ValueError):
        f(*x, out=np.zeros(3))
    with pytest.raises(TypeError):
        f(*x, out=[0.0] * 7)
    fixed = np.zeros(7)
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        f(*x, out=fixed)


@pytest.mark.filterwarnings("ignore:'where' used without 'out'")
def test_where_takes_part_in_broadcasting():
    mask = np.arange(14).reshape(2, 7) % 3 > 0
    found = ufunc.exp(X, where=mask)
    np.testing.assert_array_equal(found[mask], np.broadcast_to(ufunc.exp(X), (2, 7))[mask])
    with pytest.raises(ValueError):
        ufunc.exp(X, out=X.copy(), where=mask)


@pytest.mark.parametrize("casting", ["no", "equiv", "safe", "same_kind", "unsafe"])
def test_casting_of_inputs(casting):
    """Inputs are cast safely at most, unless a loop is asked for."""
    assert ufunc.exp(X, casting=casting).dtype == np.float64
    for given in (X.astype(np.float16), X.astype(np.int64)):
        if casting in ("no", "equiv"):
            with pytest.raises(TypeError):
                ufunc.exp(given, casting=casting)
        else:
            assert len(ufunc.exp(given, casting=casting)) == len(X)


def test_signatures_of_dtypes():
    x = X.astype(np.float32)
    for asked in ("d->d", ("d", "d"), (None, "d"), (np.float64, None), (None, np.float64)):
        assert ufunc.exp(x, signature=asked).dtype == np.float64
    assert ufunc.exp(x, signature=(None, None)).dtype == np.float32
    for asked in ("dd->d", "q->q", ("f", "d"), ("d", "d", "d")):
        with pytest.raises((TypeError, ValueError)):
            ufunc.exp(x, signature=asked)


def test_options_that_are_none():
    for options in ({"casting": "bad"}, {"casting": "bad", "dtype": "f4"}):
        with pytest.raises(ValueError, match="casting"):
            ufunc.exp(X, **options)
    for options in ({"axis": 0}, {"axes": [0, 0]}, {"keepdims": False}, {"no": 1}):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{[*options][0]}'"):
            ufunc.exp(X, **options)
    with pytest.raises(TypeError, match="unexpected keyword argument 'where'"):
        ufunc.logsumexp(X, where=True)
    with pytest.raises(TypeError, match="int64"):
        ufunc.exp(X, out=X.copy(), where=np.ones(X.shape, np.int64))
    with pytest.raises(ValueError, match="binary functions"):
        ufunc.exp.outer(X, X)


@elementwise
def test_where(f):
    x, mask = arguments(f), np.array([True, False, False, True, True, False, True])
    found = f(*x, where=mask, out=np.full(7, -9.0))
    np.testing.assert_array_equal(found, np.where(mask, f(*x), -9))
    found = f(*x, where=False, out=np.full(7, -9.0))
    np.testing.assert_array_equal(found, -9)
    grid = [np.tile(one, (3, 1)) for one in x]
    found = f(*grid, where=mask[:3, None], out=np.full((3, 7), -9.0))
    np.testing.assert_array_equal(found, np.where(mask[:3, None], f(*grid), -9))


@elementwise
def test_no_flags_of_ordinary_numbers(f):
    with np.errstate(all="raise"):
        for n in (*range(1, 40), 1000):
            for dtype in (np.float32, np.float64):
                f(*arguments(f, np.linspace(0.1, 0.9, n).astype(dtype)))
        f(*arguments(f, np.full(20, np.nan)))


def test_errstate():
    big = np.array([1.0, 1e4, 2.0])
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match="overflow .* exp"):
        ufunc.exp(big)
    with np.errstate(all="ignore"):
        assert ufunc.exp(big)[1] == np.inf
    with pytest.warns(RuntimeWarning, match="overflow encountered in exp"):
        ufunc.exp(big)
    told = []
    before = np.seterrcall(lambda what, flag: told.append((what, flag)))
    try:
        with np.errstate(over="call"):
            ufunc.exp(big)
    finally:
        np.seterrcall(before)
    assert told == [("overflow", 2)]


def told(f, *values):
    """What errstate hears of a call on single values."""
    found = set()
    before = np.seterrcall(lambda what, flag: found.add(what))
    try:
        with np.errstate(all="call"):
            f(*[np.array([value]) for value in values])
    finally:
        np.seterrcall(before)
    return found


SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 1e4, -1e4, np.inf, -np.inf, np.nan, 5e-324, 1e308]


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh"])
def test_flags_are_those_of_numpy(name):
    for value in SPECIAL:
        wanted = told(getattr(np, name), value) - {"underflow"}
        assert told(getattr(ufunc, name), value) - {"underflow"} == wanted, value
    assert told(ufunc.exp, -1e4) == {"underflow"}


def test_flags_of_two():
    for pair in [(a, b) for a in SPECIAL for b in SPECIAL]:
        found, wanted = told(ufunc.hypot, *pair), told(np.hypot, *pair)
        assert found - {"underflow"} == wanted - {"underflow"}, pair
    assert told(ufunc.xlogy, 1.0, 0.0) == {"divide by zero"}
    assert told(ufunc.xlogy, 0.0, 0.0) == set() and told(ufunc.xlogy, 1.0, -1.0) == {
        "invalid value"
    }


def test_array_ufunc():
    class Duck:
        def __array_ufunc__(self, f, method, *inputs, **options):
            return f.__name__, method, len(inputs), sorted(options)

    assert ufunc.exp(Duck()) == ("exp", "__call__", 1, [])
    assert ufunc.logaddexp(X, Duck()) == ("logaddexp", "__call__", 2, [])
    assert ufunc.exp(X, out=Duck()) == ("exp", "__call__", 1, ["out"])
    assert ufunc.exp(Duck(), dtype="f4", where=X > 0) == ("exp", "__call__", 1, ["dtype", "where"])


def test_series(imported):
    pandas = imported("pandas")
    series = pandas.Series(X, index=list("abcdefg"), name="x")
    found = ufunc.exp(series)
    assert isinstance(found, pandas.Series) and found.index.equals(series.index)
    np.testing.assert_array_equal(found.to_numpy(), ufunc.exp(X))


@pytest.mark.skipif("sys.implementation.name != 'cpython'", reason="capsules are of CPython")
def test_arrays_of_others():
    x, out = X.copy(), np.zeros(7)
    found = ufunc.exp(as_array(Exporter(x)), out=as_array(out, writeable=True))
    assert found is out
    np.testing.assert_array_equal(out, ufunc.exp(X))


def test_threads_of_python():
    x = np.linspace(-3, 3, 50_001)
    wanted, found = ufunc.expit(x), [None] * 4

    def work(i):
        for _ in range(5):
            found[i] = ufunc.expit(x)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in found:
        np.testing.assert_array_equal(one, wanted)


def test_names_are_attributes():
    assert "exp" in dir(ufunc) and "windlass.ufunc" in sys.modules
    assert len(set(ufunc.names)) == len(ufunc.names)
