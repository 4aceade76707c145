"""What k-means refuses, and what it says."""

import pickle
import re

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
        ({"n_clusters": 2.5}, "n_clusters"),
        ({"n_clusters": 2**40}, "n_samples=200 should be >= n_clusters=1099511627776"),
        ({"init": "k-means"}, "'init' parameter of KMeans must be a str among {'k-means[+][+]'"),
        ({"init": X[:3]}, r"shape of the initial centers \(3, 2\) does not match"),
        ({"init": np.ones((8, 3))}, "number of features of the data 2"),
        ({"init": np.full((8, 2), np.nan)}, "the parameter 'init'"),
        ({"init": X[:8] * [1, np.inf]}, "the parameter 'init'"),
        ({"random_state": -1}, "random_state"),
    ],
)
def test_parameters(settings, text):
    with pytest.raises((ValueError, TypeError), match=text):
        KMeans(**settings).fit(X)


OUT_OF_BOUNDS = [
    {"n_clusters": 0}, {"n_clusters": 2.5}, {"n_clusters": "3"}, {"n_init": 0}, {"n_init": "x"},
    {"max_iter": 0}, {"tol": -1.0}, {"tol": np.nan}, {"verbose": -1}, {"copy_x": 3},
    {"algorithm": 3}, {"init": 3}, {"tol": np.inf},
]  # fmt: skip


@pytest.mark.parametrize("settings", OUT_OF_BOUNDS, ids=str)
def test_refused_in_the_same_words(settings):
    theirs = pytest.importorskip("sklearn.cluster").KMeans
    said = []
    for model in (KMeans(**settings), theirs(**settings)):
        with pytest.raises(ValueError) as caught:
            model.fit(X)
        said.append((type(caught.value), *sorted(re.split(r"[{}, ]+", str(caught.value)))))
    assert said[0] == said[1]  # but for the order of what a set holds


@pytest.mark.parametrize("data", [X[0], X[:0], X[:, :0], X[None], X[:5]], ids=np.shape)
def test_shapes_are_refused_in_the_same_words(data):
    theirs = pytest.importorskip("sklearn.cluster").KMeans
    said = []
    for model in (KMeans(), theirs()):
        with pytest.raises(ValueError) as caught:
            model.fit(data)
        said.append(str(caught.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("settings", [{"n_clusters": 0}, {"n_local_trials": 0}], ids=str)
def test_plus_plus_refuses_in_the_same_words(settings):
    theirs = pytest.importorskip("sklearn.cluster").kmeans_plusplus
    said = []
    for choose in (kmeans_plusplus, theirs):
        with pytest.raises(ValueError) as caught:
            choose(X, **{"n_clusters": 3, **settings})
        said.append(str(caught.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("given", [None, "random", X[:2], X[:3, :1], X[:3] * np.nan], ids=np.shape)
def test_a_callable_gives_centres(given):
    model = KMeans(3, init=lambda *arguments, random_state: given)
    for fit in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match="init's result|shape of the initial centers"):
            fit(X)


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        (np.zeros(200), "at least one non-zero number"),
        (-np.ones(200), "^sample_weight has -1 as entry 0"),
        (np.full(200, np.nan), "^sample_weight has nan as entry 0"),
        (np.full(200, 1e307), "^sample_weight has the sum inf, expected .* and finite"),
        (np.full(200, 1e-300), "^sample_weight has the sum .*e-298, expected 1e-280 or more"),
        (np.ones(199), r"sample_weight.shape == \(199,\), expected \(200,\)"),
        (np.ones((200, 1)), "must be 1D array or scalar"),
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


@pytest.mark.parametrize("way", ["as it is", "unpickled", "attributes replaced"])
def test_saved_with_what_it_was_set_to(tmp_path, way):
    model = KMeans(3, tol=0.5, max_iter=17, n_init=4, algorithm="elkan", random_state=0).fit(X)
    results = model.n_iter_, model.inertia_
    if way == "unpickled":
        model = pickle.loads(pickle.dumps(model))
    if way == "attributes replaced":
        model.cluster_centers_, results = model.cluster_centers_ + 1, (0, np.inf)
    model.save(tmp_path / "model.wdl")
    loaded = KMeans.load(tmp_path / "model.wdl")
    assert loaded.get_params() == {**model.get_params(), "random_state": None}
    assert (loaded.n_iter_, loaded.inertia_) == results
    np.testing.assert_array_equal(loaded.cluster_centers_, model.cluster_centers_)


def test_steps_go_on_after_pickling():
    model = KMeans(3, random_state=0).fit(X)
    again = pickle.loads(pickle.dumps(model)).partial_fit(X)
    model.partial_fit(X)
    assert again.n_iter_ == model.n_iter_
    np.testing.assert_array_equal(again.cluster_centers_, model.cluster_centers_)


def test_a_callable_draws_in_a_step_too():
    def rows(X, n_clusters, random_state):
        return X[random_state.choice(len(X), n_clusters, replace=False)]

    one, other = (KMeans(3, init=rows, random_state=5).partial_fit(X) for _ in range(2))
    np.testing.assert_array_equal(one.cluster_centers_, other.cluster_centers_)


def test_centres_alone_are_enough():
    fitted = KMeans(3, random_state=0).fit(X)
    given, fewer = KMeans(3), KMeans(3, random_state=0).fit(X)
    given.cluster_centers_ = fitted.cluster_centers_
    fewer.cluster_centers_ = fitted.cluster_centers_[:2]
    np.testing.assert_array_equal(given.predict(X), fitted.predict(X))
    np.testing.assert_array_equal(given.transform(X), fitted.transform(X))
    np.testing.assert_allclose(fewer.transform(X), fitted.transform(X)[:, :2], rtol=1e-12)
    given.partial_fit(X)
    assert given.counts_.sum() == len(X)
