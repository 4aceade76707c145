"""reduce, accumulate, reduceat and outer, beside NumPy's own logaddexp."""

import ctypes

import numpy as np
import pytest
from windlass import ufunc

F, REFERENCE = ufunc.logaddexp, np.logaddexp
CUBE = np.random.default_rng(3).normal(size=(4, 5, 6)) * 4


def close(found, wanted):
    assert np.shape(found) == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=4e-15, atol=4e-15)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, (0, 1), (2, 0), (0, 1, 2), None, ()])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reduce(axis, keepdims):
    options = {"axis": axis, "keepdims": keepdims}
    close(F.reduce(CUBE, **options), REFERENCE.reduce(CUBE, **options))
    turned = CUBE.transpose(2, 0, 1)[::-1]
    close(F.reduce(turned, **options), REFERENCE.reduce(turned, **options))


def test_reduce_arguments():
    out = np.zeros((4, 6))
    assert F.reduce(CUBE, axis=1, out=out) is out
    close(out, REFERENCE.reduce(CUBE, axis=1))
    mask = CUBE > 0
    close(F.reduce(CUBE, axis=1, where=mask), REFERENCE.reduce(CUBE, axis=1, where=mask))
    close(F.reduce(CUBE, initial=9.0), REFERENCE.reduce(CUBE, initial=9.0))
    assert F.reduce(CUBE.astype(np.float32), axis=None).dtype == np.float32
    close(
        F.reduce(CUBE.astype(np.float32), dtype=np.float64, axis=None),
        REFERENCE.reduce(CUBE.astype(np.float32), dtype=np.float64, axis=None),
    )
    assert F.reduce([]) == -np.inf and F.reduce(np.zeros((0, 3))).tolist() == [-np.inf] * 3
    assert F.reduce([2.5]) == 2.5 and F.identity == -np.inf
    with pytest.raises(ValueError):
        F.reduce(CUBE, axis=3)
    with pytest.raises(ValueError):
        ufunc.exp.reduce(CUBE)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_reduce_of_special_values():
    inf, nan = np.inf, np.nan
    for row in (
        [-inf, -inf],
        [inf, 1],
        [-inf, 1],
        [inf, -inf],
        [nan, 1],
        [1, nan, inf],
        [1e308] * 3,
    ):
        for order in (row, row[::-1], [*row, *[0.5] * 40]):
            close(F.reduce(order), REFERENCE.reduce(order))


def test_reduce_of_a_huge_view():
    x = np.broadcast_to(1.5, (3000, 1000))
    assert F.reduce(x, axis=None) == pytest.approx(1.5 + np.log(3e6), rel=1e-12)
    np.testing.assert_allclose(F.reduce(x[:, :3]), 1.5 + np.log(3000), rtol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_accumulate(axis):
    close(F.accumulate(CUBE, axis=axis), REFERENCE.accumulate(CUBE, axis=axis))
    back = CUBE[::-1, ::-1, ::-1]
    close(F.accumulate(back, axis=axis), REFERENCE.accumulate(back, axis=axis))
    long = np.resize(CUBE, (2, 600, 2))
    close(F.accumulate(long, axis=axis), REFERENCE.accumulate(long, axis=axis))


def test_accumulate_arguments():
    out = np.zeros(6)
    x = CUBE[0, 0].copy()
    assert F.accumulate(x, out=out) is out
    close(out, REFERENCE.accumulate(x))
    F.accumulate(x, out=x)
    close(x, out)
    assert F.accumulate([]).shape == (0,) and F.accumulate([3.0]).tolist() == [3.0]


def test_reduceat_and_outer():
    row = CUBE.ravel()
    places = [0, 3, 3, 50, 10, 119]
    close(F.reduceat(row, places), REFERENCE.reduceat(row, places))
    close(F.reduceat(CUBE, [0, 2, 1], axis=1), REFERENCE.reduceat(CUBE, [0, 2, 1], axis=1))
    with pytest.raises(IndexError):
        F.reduceat(row, [500])
    close(F.outer(CUBE[0], row[:3]), REFERENCE.outer(CUBE[0], row[:3]))
    out = np.zeros((5, 6, 3))
    assert F.outer(CUBE[0], row[:3], out=out) is out


# Without an identity ----------------------------------------------------------------------------

NUMBER = ctypes.c_double
PRODUCT = ctypes.CFUNCTYPE(NUMBER, NUMBER, NUMBER)(lambda a, b: a * b)
TIMES = ufunc.vectorize_c(PRODUCT, "dd->d", name="times")


def test_where_without_an_identity():
    x = np.arange(1.0, 25).reshape(2, 3, 4)
    mask = x % 3 > 0
    for axis in (0, 1, 2, -1):
        options = {"axis": axis, "where": mask, "initial": 2.0}
        close(TIMES.reduce(x, **options), np.multiply.reduce(x, **options))
        assert TIMES.reduce(x, keepdims=True, **options).shape == tuple(
            1 if i == axis % 3 else n for i, n in enumerate(x.shape)
        )
    for initial in ({}, {"initial": None}):
        with pytest.raises(ValueError, match="does not have an identity"):
            TIMES.reduce(x, where=mask, **initial)
    close(TIMES.reduce(x, axis=1, initial=None), np.multiply.reduce(x, axis=1))
    assert TIMES.reduce(np.zeros((3, 0)), axis=0).shape == (0,)
    assert TIMES.reduce(np.float64(3.0)) == 3
    with pytest.raises(ValueError, match="zero-size array"):
        TIMES.reduce(np.zeros((3, 0)), axis=1)


def test_axes_and_outputs_of_reductions():
    for axis in (3, -4):
        with pytest.raises(ValueError, match="out of bounds"):
            F.reduce(CUBE, axis=axis)
    with pytest.raises(ValueError, match="duplicate value in 'axis'"):
        F.reduce(CUBE, axis=(0, -3))
    for out in (np.zeros((4, 5, 6)), np.zeros((3, 4, 6)), np.zeros(4)):
        with pytest.raises(ValueError, match="output"):
            F.reduce(CUBE, axis=1, out=out)


def test_at():
    places = [0, 3, 3, -1]
    found, wanted = np.linspace(0.5, 2, 6), np.linspace(0.5, 2, 6)
    for f, reference in ((ufunc.exp, np.exp), (ufunc.log1p, np.log1p)):
        f.at(found, places)
        reference.at(wanted, places)
        np.testing.assert_allclose(found, wanted, rtol=1e-14)
    found, wanted = CUBE.copy(), CUBE.copy()
    F.at(found, (slice(None), [1, 1, 2]), CUBE[:, :3])
    REFERENCE.at(wanted, (slice(None), [1, 1, 2]), CUBE[:, :3])
    close(found, wanted)
    for wrong in (lambda: F.at(found, 0), lambda: ufunc.exp.at(found, 0, 1.0)):
        with pytest.raises(ValueError, match="second operand"):
            wrong()
    with pytest.raises(TypeError, match="first operand must be array"):
        ufunc.exp.at([1.0], 0)
    with pytest.raises(TypeError):
        ufunc.softmax.at(found, 0)
