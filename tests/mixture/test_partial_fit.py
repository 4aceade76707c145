"""Mixtures from batches."""

import pickle

import numpy as np
import pytest
from windlass.mixture import GaussianMixture

pytestmark = pytest.mark.usefixtures("live_handles")

TYPES = ["full", "tied", "diag", "spherical"]


def blobs(n, seed):
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0, 0.0], [8.0, 0.0, 1.0], [0.0, 9.0, -2.0]])
    return centres[rng.integers(0, 3, n)] + rng.standard_normal((n, 3)) * [1.0, 0.5, 2.0]


def shapes(covariance_type, covariances):
    return {
        "full": covariances,
        "tied": covariances.mean(axis=0),
        "diag": covariances.diagonal(axis1=1, axis2=2),
        "spherical": covariances.diagonal(axis1=1, axis2=2).mean(axis=1),
    }[covariance_type]


@pytest.mark.parametrize("covariance_type", TYPES)
def test_finds_the_clusters(covariance_type):
    model = GaussianMixture(3, covariance_type=covariance_type, random_state=0)
    for batch in range(60):
        assert model.partial_fit(blobs(500, batch)) is model
    assert model.n_iter_ == 60
    assert len(model.lower_bounds_) == 60
    order = np.argsort(model.means_ @ [1.0, 2.0, 0.0])
    expected = [[0.0, 0.0, 0.0], [8.0, 0.0, 1.0], [0.0, 9.0, -2.0]]
    np.testing.assert_allclose(model.means_[order], expected, atol=0.2)
    np.testing.assert_allclose(model.weights_, 1 / 3, atol=0.03)
    true = shapes(covariance_type, np.stack([np.diag([1.0, 0.25, 4.0])] * 3))
    np.testing.assert_allclose(model.covariances_[...], true, rtol=0.15, atol=0.15)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_the_first_batch_is_an_iteration(covariance_type):
    X = blobs(400, 1)
    options = {"covariance_type": covariance_type, "random_state": 3, "tol": 0.0}
    model = GaussianMixture(3, **options).partial_fit(X)
    with pytest.warns(UserWarning, match="did not converge"):
        fitted = GaussianMixture(3, max_iter=1, **options).fit(X)
    np.testing.assert_allclose(model.means_, fitted.means_, rtol=1e-10)
    np.testing.assert_allclose(model.covariances_, fitted.covariances_, rtol=1e-9, atol=1e-12)
    assert model.lower_bound_ == pytest.approx(fitted.lower_bound_, rel=1e-12)


def test_rates():
    """Batch t counts t**-a: statistics by hand, of responsibilities that are all 1."""
    batches = [blobs(100, seed) for seed in range(4)]
    model = GaussianMixture(1, step_exponent=1.0, reg_covar=0.0)
    for X in batches:
        model.partial_fit(X)
    every = np.concatenate(batches)  # rates 1 / t: all batches count alike
    np.testing.assert_allclose(model.means_[0], every.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(model.covariances_[0], np.cov(every.T, bias=True), rtol=1e-9)
    quick = GaussianMixture(1, step_exponent=0.5).partial_fit(batches[0]).partial_fit(batches[1])
    rate = 2**-0.5
    mean = (1 - rate) * batches[0].mean(axis=0) + rate * batches[1].mean(axis=0)
    np.testing.assert_allclose(quick.means_[0], mean, rtol=1e-10)


def test_weights_count_rows():
    X, weights = blobs(300, 5), np.arange(300) % 3
    one = GaussianMixture(1).partial_fit(X, sample_weight=weights)
    other = GaussianMixture(1).partial_fit(np.repeat(X, weights, axis=0))
    np.testing.assert_allclose(one.covariances_, other.covariances_, rtol=1e-10)


def test_goes_on_after_pickling_and_after_a_fit():
    model = GaussianMixture(3, random_state=0)
    for seed in range(3):
        model.partial_fit(blobs(300, seed))
    copy = pickle.loads(pickle.dumps(model))
    one, other = model.partial_fit(blobs(300, 9)), copy.partial_fit(blobs(300, 9))
    assert one.means_.tobytes() == other.means_.tobytes()
    fitted = GaussianMixture(3, random_state=0).fit(blobs(900, 4))
    before = fitted.n_iter_
    assert fitted.partial_fit(blobs(300, 5)).n_iter_ == before + 1


def test_refusals_leave_it_as_it_was():
    model = GaussianMixture(3, random_state=0).partial_fit(blobs(300, 0))
    before = model.means_.copy(), model.n_iter_
    X = blobs(50, 1)
    X[7, 1] = np.nan
    for wrong, match in ((X, "NaN"), (X[:, :2], "2 features"), (np.ones((4, 0)), "0 feature")):
        with pytest.raises(ValueError, match=match):
            model.partial_fit(wrong)
        assert (model.means_ == before[0]).all()
        assert model.n_iter_ == before[1]
    with pytest.raises(ValueError, match="n_components is 3"):
        GaussianMixture(3).partial_fit(blobs(2, 0))
