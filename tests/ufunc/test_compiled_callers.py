"""The library's functions and loops from compiled code: Numba, SciPy, ctypes."""

import ctypes

import numpy as np
import pytest
import windlass
from windlass import ufunc

ELEMENTWISE = [name for name in ufunc.names if getattr(ufunc, name).signature is None]
X = np.linspace(0.05, 0.95, 19)


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("letter", "fd")
def test_functions_of_numbers(name, letter):
    f = getattr(ufunc, name)
    single = ufunc.c_function(name, f"{letter * f.nin}->{letter}")
    assert len(single.argtypes) == f.nin
    assert single.restype is {"f": ctypes.c_float, "d": ctypes.c_double}[letter]
    values = np.array([*X, 0, -0.0, 1, -1, 2, 700, -745, 1e300, np.inf, -np.inf, np.nan])
    with np.errstate(all="ignore"):
        values = values.astype(letter)
        wanted = f(*[values, values[::-1]][: f.nin])
    found = [single(*pair) for pair in zip(*[values, values[::-1]][: f.nin])]
    np.testing.assert_array_equal(np.array(found, letter), wanted)


def test_double_is_the_default():
    assert ufunc.c_function("exp").restype is ctypes.c_double
    assert ufunc.c_function("logaddexp")(1.0, 2.0) == ufunc.logaddexp(1.0, 2.0)


def test_what_there_is_not():
    for find in (ufunc.c_function, ufunc.c_loop):
        with pytest.raises(windlass.WindlassKeyError, match="expected one of ufunc.names; .*exp"):
            find("expp")
        with pytest.raises(windlass.WindlassKeyError, match='^types is "g->g", expected .*d->d'):
            find("exp", "g->g")
        with pytest.raises(windlass.WindlassKeyError, match="exp"):
            find("exp\0x")
        for wrong in ((3,), (None,), ("exp", 3), (b"exp",)):
            with pytest.raises(TypeError, match="expected a str each"):
                find(*wrong)
        assert find("exp", "d -> d")
    for name in set(ufunc.names) - set(ELEMENTWISE):
        with pytest.raises(windlass.WindlassValueError, match="not elementwise"):
            ufunc.c_function(name)


def test_loops():
    loop, data = ufunc.c_loop("expit")
    x, y = X[::-2].copy()[::-1], np.zeros(10)
    starts = np.array([x.ctypes.data, y.ctypes.data])
    dimensions, steps = np.array([len(x)]), np.array([x.strides[0], y.strides[0]])
    loop(starts.ctypes.data, dimensions.ctypes.data, steps.ctypes.data, data)
    np.testing.assert_array_equal(y, ufunc.expit(x))


# SciPy ------------------------------------------------------------------------------------------


def test_scipy_quad(imported):
    scipy, integrate = imported("scipy"), imported("scipy.integrate")
    function = scipy.LowLevelCallable(ufunc.c_function("expit"))
    assert function.signature == "double (double)"
    found, error = integrate.quad(function, 0, 3)
    assert found == pytest.approx(np.log1p(np.exp(3)) - np.log(2), rel=1e-13) and error < 1e-10
    both = scipy.LowLevelCallable(
        ufunc.c_function("logaddexp"), signature="double (double, double)"
    )
    assert both.signature == "double (double, double)"


# Numba ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def numba(imported):
    return imported("numba")


def test_numba_calls_functions(numba):
    expit, logaddexp = ufunc.c_function("expit"), ufunc.c_function("logaddexp")

    @numba.njit
    def total(x):
        sum = 0.0
        for i in range(x.size):
            sum += expit(x[i]) * logaddexp(x[i], 1.0)
        return sum

    found = total(X)
    assert found == pytest.approx((ufunc.expit(X) * ufunc.logaddexp(X, 1.0)).sum(), rel=1e-15)


def test_numba_calls_loops(numba):
    loop, data = ufunc.c_loop("expit")

    @numba.njit
    def expit(x, out):
        starts = np.array([x.ctypes.data, out.ctypes.data])
        dimensions, steps = np.array([x.size]), np.array([x.strides[0], out.strides[0]])
        loop(starts.ctypes, dimensions.ctypes, steps.ctypes, data)
        return out

    np.testing.assert_array_equal(expit(X[::-1], np.zeros(19)), ufunc.expit(X[::-1]))


def test_numba_gives_functions(numba):
    @numba.cfunc("float64(float64, float64)")
    def add(a, b):
        return a + b

    f = ufunc.vectorize_c(add, "dd->d", thread_safe=True, name="add")
    np.testing.assert_array_equal(f(X[:, None], X), X[:, None] + X)


def test_numba_gives_loops(numba):
    @numba.extending.intrinsic
    def pointer(context, address):
        def build(context, builder, signature, arguments):
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        return types.CPointer(types.float64)(types.intp), build

    types = numba.types
    numbers = types.CPointer(types.intp)

    @numba.cfunc(types.void(numbers, numbers, numbers, types.voidptr))
    def shifted(args, dimensions, steps, data):
        for i in range(dimensions[0]):
            x = numba.carray(pointer(args[0] + i * steps[0]), 1)
            y = numba.carray(pointer(args[1] + i * steps[1]), 1)
            y[0] = x[0] + 0.5

    f = ufunc.from_pointer(shifted, "d->d", name="shifted")
    np.testing.assert_array_equal(f(X[::-2]), X[::-2] + 0.5)
