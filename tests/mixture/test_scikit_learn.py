"""Beside scikit-learn: the same iterations from the same start, and a place in its tools."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn import mixture as theirs  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_digits, load_iris, load_sample_image, load_wine  # noqa: E402
from sklearn.exceptions import ConvergenceWarning, NotFittedError  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from windlass.mixture import GaussianMixture  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("live_handles", "peers_alone"),
    pytest.mark.filterwarnings("ignore:Best performing"),
]


def blobs(n, d, k, seed):
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((k, d)) * 3
    return centres[rng.integers(0, k, n)] + rng.standard_normal((n, d))


DATA = {
    "blobs 1d": (blobs(500, 1, 3, 0), 3),
    "blobs 2d": (blobs(1000, 2, 6, 1), 6),
    "blobs 8d": (blobs(1500, 8, 4, 2), 4),
    "blobs 20d": (blobs(800, 20, 3, 3), 3),
    "far away": (blobs(1000, 3, 3, 4) + 1e4, 3),
    "iris": (load_iris().data, 3),
    "wine": (StandardScaler().fit_transform(load_wine().data), 2),
    "digits": (load_digits().data / 16, 5),
    "photograph": (load_sample_image("china.jpg")[::8, ::8].reshape(-1, 3) / 255, 6),
}


def start(X, k, covariance_type="full"):
    """Parameters to begin with: rows as means, the covariance of all."""
    rows = np.random.default_rng(9).choice(len(X), k, replace=False)
    precision = np.linalg.inv(np.cov(X.T).reshape(X.shape[1], -1) + 1e-3 * np.eye(X.shape[1]))
    variances = X.var(axis=0) + 1e-3
    return {
        "reg_covar": 1e-3 if X.shape[1] == 64 else 1e-6,  # digits have columns of zeros
        "covariance_type": covariance_type,
        "weights_init": np.full(k, 1 / k),
        "means_init": X[rows],
        "precisions_init": {
            "full": np.stack([precision] * k),
            "tied": precision,
            "diag": np.stack([1 / variances] * k),
            "spherical": np.full(k, 1 / variances.mean()),
        }[covariance_type],
    }


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("options", [{"tol": 1e-5, "max_iter": 150}, {"tol": 0.0, "max_iter": 7}])
@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_same_iterations(name, options, covariance_type):
    if name == "far away" and covariance_type != "full":
        pytest.skip("scikit-learn computes E[x^2] - E[x]^2 there")
    X, k = DATA[name]
    options = {**start(X, k, covariance_type), **options}
    ours = GaussianMixture(k, **options).fit(X)
    other = theirs.GaussianMixture(k, **options).fit(X)
    assert ours.n_iter_ == other.n_iter_
    assert ours.converged_ == other.converged_
    assert ours.lower_bound_ == pytest.approx(other.lower_bound_, rel=1e-9)
    if hasattr(other, "lower_bounds_"):
        np.testing.assert_allclose(ours.lower_bounds_, other.lower_bounds_, rtol=1e-9)
    for attribute in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        np.testing.assert_allclose(
            getattr(ours, attribute), getattr(other, attribute), rtol=1e-6, atol=1e-6
        )
    np.testing.assert_array_equal(ours.predict(X), other.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), other.predict_proba(X), atol=1e-6)
    np.testing.assert_allclose(ours.score_samples(X), other.score_samples(X), rtol=1e-6)
    assert ours.aic(X) == pytest.approx(other.aic(X))
    assert ours.bic(X) == pytest.approx(other.bic(X))


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_far_from_the_origin(covariance_type):
    X, k = DATA["blobs 8d"]
    options = {**start(X, k, covariance_type), "tol": 0.0, "max_iter": 20}
    here = GaussianMixture(k, **options).fit(X)
    options["means_init"] = options["means_init"] + 2.0**13
    there = GaussianMixture(k, **options).fit(X + 2.0**13)
    np.testing.assert_allclose(there.lower_bounds_, here.lower_bounds_, rtol=1e-9)
    np.testing.assert_allclose(there.covariances_, here.covariances_, rtol=1e-6, atol=1e-9)


def test_same_names():
    X, k = DATA["iris"]
    ours = GaussianMixture(k, random_state=0).fit(X)
    other = theirs.GaussianMixture(k, random_state=0).fit(X)
    for name in vars(other):
        if name.endswith("_") and not name.startswith("_"):
            assert np.shape(getattr(ours, name))[1:] == np.shape(getattr(other, name))[1:], name


def test_clone():
    X, k = DATA["iris"]
    model = GaussianMixture(k, random_state=0, means_init=X[:3]).fit(X)
    again = clone(model)
    assert again.get_params()["tol"] == model.tol and not hasattr(again, "means_")
    np.testing.assert_array_equal(again.fit(X).means_, model.means_)


def test_its_warnings_and_exceptions():
    X, k = DATA["iris"]
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        GaussianMixture(k, random_state=0, max_iter=1).fit(X)
    with pytest.raises(NotFittedError):
        GaussianMixture().predict(X)


def test_pipeline_and_search():
    X, k = DATA["wine"]
    pipe = make_pipeline(StandardScaler(), GaussianMixture(k, random_state=0, reg_covar=1e-2))
    labels = pipe.fit(X).predict(X)
    assert labels.shape == (len(X),)
    np.testing.assert_array_equal(make_pipeline(*[s for _, s in pipe.steps]).fit_predict(X), labels)
    search = GridSearchCV(
        GaussianMixture(random_state=0, reg_covar=1e-2), {"n_components": [1, 2, 3]}, cv=3
    ).fit(X)
    assert search.best_params_["n_components"] in (1, 2, 3)
    assert len(cross_val_score(GaussianMixture(2, random_state=0, reg_covar=1e-2), X, cv=3)) == 3
    repr(pipe), repr(search)
