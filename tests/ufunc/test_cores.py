"""Functions over core axes, against SciPy, NumPy, pandas and mpmath."""

import numpy as np
import pytest
from windlass import ufunc

both = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def numbers(*shape, dtype=np.float64, seed=0, scale=1.0):
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype(dtype)


def near(found, wanted, dtype, units=32):
    assert found.dtype == dtype and found.shape == np.shape(wanted)
    epsilon = np.finfo(dtype).eps
    np.testing.assert_allclose(found, wanted, rtol=units * epsilon, atol=units * epsilon)


def definite(k, d, dtype):
    factor = np.tril(numbers(k, d, d, seed=3)) / d
    factor += 2 * np.eye(d)
    return (factor @ factor.swapaxes(-1, -2)).astype(dtype)


@both
@pytest.mark.parametrize("shape", [(1, 1), (50, 10), (40, 100), (3, 1000), (0, 5)])
def test_logsumexp_and_softmax(dtype, shape, imported):
    special = imported("scipy.special")
    x = numbers(*shape, dtype=dtype, scale=8)
    x[:1, -1:] = -np.inf if shape[1] > 1 else 0
    wide = x.astype(float)
    near(ufunc.logsumexp(x), special.logsumexp(wide, axis=1), dtype)
    near(ufunc.softmax(x), special.softmax(wide, axis=1), dtype)
    if shape[0]:
        near(ufunc.logsumexp(x, axis=0), special.logsumexp(wide, axis=0), dtype)
        near(ufunc.softmax(x, axis=0), special.softmax(wide, axis=0), dtype)
    assert ufunc.logsumexp(x[:, :0]).tolist() == [-np.inf] * shape[0]


@pytest.mark.parametrize("n", [3, 40, 2000])
def test_logsumexp_where_terms_cancel(n, imported):
    mpmath = imported("mpmath")
    rows = [np.full(n, -60.0), np.full(n, -np.log(n)), np.linspace(-745, -700, n), numbers(n)]
    rows[0][n // 2] = 0
    for x in rows:
        with mpmath.workprec(200):
            wanted = mpmath.log(mpmath.fsum(mpmath.exp(mpmath.mpf(one)) for one in x))
            error = abs(mpmath.mpf(float(ufunc.logsumexp(x))) - wanted)
            assert error <= 16 * 2.0**-53 * max(abs(wanted), abs(x).max() * bool(x.max()))


def test_softmax_of_the_farthest(imported):
    """Results that are subnormal are rounded once, whatever the length of the row."""
    mpmath = imported("mpmath")
    for n in (5, 30, 700):
        x = np.zeros(n)
        x[1:4] = -710, -730, -744
        found = ufunc.softmax(x)
        with mpmath.workprec(200):
            total = mpmath.fsum(mpmath.exp(mpmath.mpf(one)) for one in x)
            for i in range(1, 4):
                wanted = mpmath.exp(mpmath.mpf(x[i])) / total
                assert abs(mpmath.mpf(float(found[i])) - wanted) <= 2 * mpmath.mpf(2) ** -1074


@pytest.mark.parametrize("row", [[np.inf, 0], [np.nan, 0], [-np.inf], [np.inf, -np.inf, np.nan]])
def test_special_values(row, imported):
    special = imported("scipy.special")
    x = np.array(row)
    with np.errstate(all="ignore"):
        wanted = special.logsumexp(x), special.softmax(x)
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(ufunc.logsumexp(x), wanted[0])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(ufunc.softmax(x), wanted[1])
    if not np.isnan(x).any():
        with np.errstate(all="raise"), pytest.raises(FloatingPointError, match="invalid"):
            ufunc.softmax(x)


@both
@pytest.mark.parametrize("n, m, d", [(1, 1, 1), (30, 50, 3), (7, 200, 40), (300, 5, 300)])
def test_distances(dtype, n, m, d, imported):
    distance = imported("scipy.spatial.distance")
    a, b = numbers(n, d, dtype=dtype, seed=1), numbers(m, d, dtype=dtype, seed=2)
    b[0] = a[0]
    wanted = distance.cdist(a, b, "sqeuclidean")
    found = ufunc.sqdist(a, b)
    near(found, wanted, dtype, units=2 * d + 8)
    assert found[0, 0] == 0
    which, least = ufunc.nearest(a, b)
    assert which.dtype == np.int64
    np.testing.assert_array_equal(which, found.argmin(axis=1))
    np.testing.assert_array_equal(least, found.min(axis=1))


def test_distances_that_overflow():
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow"):
        ufunc.sqdist([[1e200]], [[-1e200]])
    with np.errstate(all="raise"):
        assert ufunc.nearest([[1.0]], np.empty((0, 1)))[0].tolist() == [-1]
        assert np.isnan(ufunc.sqdist([[np.nan]], [[1.0]])).all()


@both
def test_normal_distributions(dtype, imported):
    stats = imported("scipy.stats")
    distance = imported("scipy.spatial.distance")
    for d in (1, 3, 20):
        x, mean = numbers(70, d, dtype=dtype), numbers(2, d, dtype=dtype, seed=1)
        covariance = definite(2, d, dtype)
        wanted = [
            stats.multivariate_normal(m, c).logpdf(x.astype(float))
            for m, c in zip(mean.astype(float), covariance.astype(float), strict=True)
        ]
        near(ufunc.mvn_logpdf(x, mean, covariance), np.transpose(wanted), dtype, units=100)
        precision = np.linalg.inv(covariance[0])
        wanted = [distance.mahalanobis(row, mean[0], precision.astype(float)) for row in x]
        near(ufunc.mahalanobis(x, mean[0], precision), wanted, dtype, units=100)


@both
def test_one_matrix_for_many_points(dtype):
    random = np.random.default_rng(3)
    for n, d in ((70, 5), (33, 40)):
        x, y = random.normal(size=(2, n, d)).astype(dtype)
        matrix = np.eye(d, dtype=dtype) + 0.1 * random.normal(size=(d, d)).astype(dtype) / d
        together = ufunc.mahalanobis(x, y, matrix)
        apart = ufunc.mahalanobis(x, y, np.repeat(matrix[None], n, axis=0))
        np.testing.assert_array_equal(together, apart)
        difference = (x - y).astype(float)
        wanted = np.sqrt(np.einsum("ni,ij,nj->n", difference, matrix.astype(float), difference))
        near(together, wanted, dtype, units=100)


def test_a_covariance_that_is_not_positive_definite():
    covariances = np.array([[[1.0, 2.0], [2.0, 1.0]], np.eye(2)])
    with np.errstate(invalid="ignore"):
        found = ufunc.mvn_logpdf(np.zeros((3, 2)), np.zeros((2, 2)), covariances)
    assert np.isnan(found[:, 0]).all() and np.isfinite(found[:, 1]).all()
    with np.errstate(invalid="raise"), pytest.raises(FloatingPointError, match="invalid"):
        ufunc.mvn_logpdf(np.zeros((3, 2)), np.zeros((2, 2)), covariances)


@both
@pytest.mark.parametrize("n, d", [(2, 1), (100, 5), (60, 40)])
def test_weighted_cov(dtype, n, d):
    x = numbers(n, d, dtype=dtype) + dtype(100)
    weights = np.abs(numbers(n, dtype=dtype, seed=1))
    mean, covariance = ufunc.weighted_cov(x, weights)
    wide = x.astype(float)
    near(mean, np.average(wide, axis=0, weights=weights), dtype)
    wanted = np.cov(wide, rowvar=False, aweights=weights, ddof=0).reshape(d, d)
    near(covariance, wanted, dtype, units=100)
    np.testing.assert_array_equal(covariance, covariance.T)


@both
@pytest.mark.parametrize("d", [1, 4, 60, 600])
def test_cholesky_solve(dtype, d, imported):
    linalg = imported("scipy.linalg")
    factor = np.linalg.cholesky(definite(1, d, float)[0]).astype(dtype)
    b = numbers(3, d, dtype=dtype)
    wanted = linalg.cho_solve((factor.astype(float), True), b.astype(float).T).T
    whole = factor + np.triu(np.full((d, d), np.nan, dtype), 1)
    near(ufunc.cholesky_solve(whole, b), wanted, dtype)


@both
@pytest.mark.parametrize("window", [1, 2, 7, 100, 250, 300, 301])
def test_moving_mean(dtype, window, imported):
    pandas = imported("pandas")
    x = numbers(300, dtype=dtype)
    x[200] = np.nan
    found = ufunc.moving_mean(x, window)
    wanted = pandas.Series(x.astype(float)).rolling(window).mean()
    near(found, wanted.to_numpy(), dtype, units=64)


def test_moving_mean_forgets():
    """What has left the window leaves no error behind."""
    x = np.r_[1e300, np.ones(40)]
    assert ufunc.moving_mean(x, 8)[8:].tolist() == [1.0] * 33
    for window in (0, -3):
        with np.errstate(invalid="raise"), pytest.raises(FloatingPointError, match="invalid"):
            ufunc.moving_mean(x, window)


@both
def test_cumulative_moments(dtype):
    x = numbers(4, 200, dtype=dtype) + dtype(1000)
    mean, variance = ufunc.cumulative_moments(x)
    wide = x.astype(float)
    near(mean, [[row[: i + 1].mean() for i in range(200)] for row in wide], dtype)
    wanted = [[row[: i + 1].var() for i in range(200)] for row in wide]
    np.testing.assert_allclose(variance, wanted, rtol=1e-5 if dtype == np.float32 else 1e-9)
