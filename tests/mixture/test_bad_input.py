"""Data that are hard to fit: a right answer or an error that says what is wrong, never NaN."""

import itertools
import warnings

import numpy as np
import pytest
import windlass
from windlass.mixture import GaussianMixture

pytestmark = [
    pytest.mark.usefixtures("live_handles"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

TYPES = ["full", "tied", "diag", "spherical"]
STARTS = ["kmeans", "k-means++", "random_from_data", "random", "dirichlet"]
RNG = np.random.default_rng(0)
X = np.concatenate([RNG.normal(size=(150, 3)), RNG.normal(6, 1, size=(150, 3))])
RESULTS = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")


def assert_sound(model):
    for name in RESULTS:
        assert np.isfinite(getattr(model, name)).all(), name
    assert np.isfinite(model.lower_bounds_).all()
    assert model.weights_.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("exponent", [-1060, -1000, -600, -480, -460, 460, 500, 510, 600, 1000])
def test_orders_of_magnitude(covariance_type, exponent):
    """Squares of 2^510 overflow, those of 2^-511 underflow."""
    options = {"covariance_type": covariance_type, "reg_covar": 0, "random_state": 0}
    known = GaussianMixture(2, **options).fit(X)
    scaled = GaussianMixture(2, **options)
    if abs(exponent) > 506:
        with pytest.raises(ValueError, match=r"beyond double precision: scale|or scale the input"):
            scaled.fit(np.ldexp(X, exponent))
        return
    scaled.fit(np.ldexp(X, exponent))
    assert scaled.n_iter_ == known.n_iter_
    np.testing.assert_allclose(np.ldexp(scaled.means_, -exponent), known.means_, rtol=1e-9)
    np.testing.assert_allclose(
        np.ldexp(scaled.covariances_, -2 * exponent), known.covariances_, rtol=1e-9, atol=1e-12
    )
    shift = 3 * exponent * np.log(2)
    np.testing.assert_allclose(scaled.lower_bounds_ + shift, known.lower_bounds_, rtol=1e-9)


def test_what_is_too_large_is_said():
    for dtype, exponent, said in (
        (np.float64, 1000, "covariance of component 0 is beyond double precision: scale x"),
        (np.float64, -512, "precisions are beyond double precision: scale X"),
        (np.float32, 70, "covariances are beyond single precision: scale X, or give it as float64"),
    ):
        with pytest.raises(ValueError, match=said):
            GaussianMixture(2, reg_covar=0, random_state=0).fit(np.ldexp(X, exponent).astype(dtype))


DEGENERATE = {
    "constant": np.full((60, 2), 3.5),
    "a constant column": np.column_stack([X, np.full(len(X), 1e6)]),
    "duplicates": np.repeat(X[:5], 40, axis=0),
    "duplicates far away": np.repeat(X[:3], 20, axis=0) + 1e10,
    "as many rows as components": X[:8],
    "an outlier": np.vstack([X, np.full((1, 3), 1e9)]),
    "tiny": X * 1e-300,
}


@pytest.mark.parametrize("init_params", STARTS)
@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_data(name, covariance_type, init_params):
    rows = DEGENERATE[name]
    for starving, reg_covar in itertools.product(("error", "reseed", "drop"), (1e-6, 0)):
        options = {"covariance_type": covariance_type, "init_params": init_params}
        model = GaussianMixture(8, **options, starving=starving, reg_covar=reg_covar)
        try:
            model.set_params(random_state=0).fit(rows)
        except ValueError as error:
            said = str(error)
            assert "ill-defined empirical covariance" in said or "row 300 of x lies so far" in said
            assert not hasattr(model, "means_")
        else:
            assert_sound(model)
            assert len(model.weights_) == 8 or starving != "error"


def test_rows_that_are_all_the_same():
    """What is left of the covariances is reg_covar, however far from 0 the rows lie."""
    for covariance_type, at in itertools.product(TYPES, (0.0, 1.0, -1e6, 1e10)):
        model = GaussianMixture(2, covariance_type=covariance_type, random_state=0)
        model.fit(np.full((50, 1), at))
        np.testing.assert_allclose(model.covariances_.ravel(), 1e-6, rtol=1e-5)
        assert model.converged_ and at in model.means_


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("covariance_type", TYPES)
def test_weights_of_any_size(covariance_type, dtype):
    counts, rows = np.random.default_rng(1).integers(0, 3, len(X)).astype(float), X.astype(dtype)
    options = {"covariance_type": covariance_type, "random_state": 0}
    known = GaussianMixture(2, **options).fit(rows, sample_weight=counts)
    tolerance = {"rtol": 1e-9 if dtype is np.float64 else 1e-5, "atol": 1e-7}
    for unit in (1e-270, 1e-100, 1e-20, 1e-10, 1e10, 1e100, 1e290):
        model = GaussianMixture(2, **options).fit(rows, sample_weight=counts * unit)
        assert model.n_iter_ == known.n_iter_
        for name in ("weights_", "means_", "covariances_"):
            np.testing.assert_allclose(getattr(model, name), getattr(known, name), **tolerance)
        batch = GaussianMixture(2, **options).partial_fit(rows, sample_weight=counts * unit)
        np.testing.assert_allclose(batch.means_, known.means_, rtol=0.2, atol=0.2)
    for unit, said in ((1e-300, "e-298, expected 1e-280 or more, and finite"), (1e307, "sum inf")):
        with pytest.raises(windlass.WindlassValueError, match=f"^sample_weight has the.*{said}"):
            GaussianMixture(2).fit(rows, sample_weight=counts * unit)
    with pytest.raises(windlass.WindlassValueError, match="^sample_weight has -1 as entry 0"):
        GaussianMixture(2).fit(rows, sample_weight=counts - 1 - counts[0])


@pytest.mark.parametrize("starving", ["reseed", "drop"])
@pytest.mark.parametrize("init_params", ["k-means++", "random_from_data"])
@pytest.mark.parametrize("covariance_type", TYPES)
def test_starts_of_single_rows_without_regularisation(covariance_type, init_params, starving):
    """Their covariances are 0; by choice they begin with that of all rows instead of failing."""
    options = {"covariance_type": covariance_type, "init_params": init_params, "reg_covar": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GaussianMixture(2, **options, random_state=0, starving=starving, tol=1e-6)
        model.set_params(max_iter=500).fit(X)
        known = GaussianMixture(2, covariance_type=covariance_type, random_state=0, tol=1e-6)
    assert model.converged_
    assert model.lower_bound_ == pytest.approx(known.fit(X).lower_bound_, abs=1e-3)
