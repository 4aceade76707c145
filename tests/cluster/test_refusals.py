"""What k-means refuses, and what it says."""

import numpy as np
import pytest
import windlass
from windlass.cluster import KMeans, kmeans_plusplus

pytestmark = pytest.mark.usefixtures("live_handles")

X = np.random.default_rng(0).normal(size=(200, 2))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
def test_not_finite(dtype, order):
    for value, text in ((np.nan, "NaN"), (np.inf, "infinity")):
        x = np.array(X, dtype, order=order)
        x[150, 1] = value
        for call in (KMeans(3).fit, KMeans(3, algorithm="elkan").fit, KMeans(3).partial_fit,
                     KMeans(3).fit(X).predict, KMeans(3).fit(X).transform,
                     lambda x: kmeans_plusplus(x, 3)):  # fmt: skip
            with pytest.raises(windlass.WindlassValueError, match=text) as refused:
                call(x)
            assert refused.value.position == (150, 1)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"n_clusters": 201}, "n_samples=200 should be >= n_clusters=201"),
        ({"n_clusters": 0}, "n_clusters"),
        ({"n_clusters": 2.5}, "n_clusters is 2.5, expected an int"),
        ({"init": "k-means"}, 'the nearest is "k-means[+][+]"'),
        ({"init": X[:3]}, r"shape of the initial centers \(3, 2\) does not match"),
        ({"init": np.ones((8, 3))}, "number of features of the data 2"),
        ({"init": np.full((8, 2), np.nan)}, "init_centers"),
        ({"n_init": 0}, "n_init"),
        ({"max_iter": 0}, "max_iter"),
        ({"tol": -1.0}, "tol"),
        ({"algorithm": "full"}, "algorithm"),
    ],
)
def test_parameters(settings, text):
    with pytest.raises((ValueError, TypeError), match=text):
        KMeans(**settings).fit(X)


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        (np.zeros(200), "all zero"),
        (-np.ones(200), "weights has -1 as entry 0"),
        (np.full(200, np.nan), "weights has nan as entry 0"),
        (np.ones(199), r"weights has shape \(199,\), expected \(200,\)"),
    ],
)
def test_weights(weights, text):
    for call in (KMeans(3).fit, KMeans(3).partial_fit, KMeans(3).fit(X).score):
        with pytest.raises(ValueError, match=text):
            call(X, sample_weight=weights)
    with pytest.raises(ValueError, match=text):
        kmeans_plusplus(X, 3, sample_weight=weights)


def test_a_failed_fit_leaves_the_estimator_as_it_was():
    model = KMeans(3, random_state=0).fit(X)
    centers = model.cluster_centers_
    with pytest.raises(ValueError, match="NaN"):
        model.fit(X * np.nan)
    assert model.cluster_centers_ is centers
    with pytest.raises(ValueError, match="X has 3 features, but KMeans is expecting 2"):
        model.predict(np.ones((4, 3)))


def test_progress_and_time():
    model, seen = KMeans(8, init=X[:8], tol=0), []
    model.fit(X, progress=lambda now: seen.append(now.value) or len(seen) == 2)
    assert model.n_iter_ == 2
    assert model.inertia_ == pytest.approx(seen[1])
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    whole = []
    KMeans(8, init=X[:8], tol=0).fit(X, progress=lambda now: whole.append(now.value))
    assert whole == sorted(whole, reverse=True)
    with windlass.time_limit(1e-9), pytest.raises(TimeoutError):
        KMeans(8).fit(X)


def test_saved(tmp_path):
    model = KMeans(3, random_state=0).fit(X)
    model.save(tmp_path / "model.wdl")
    loaded = KMeans.load(tmp_path / "model.wdl")
    np.testing.assert_array_equal(loaded.predict(X), model.labels_)
    assert loaded.get_params()["n_clusters"] == 3
