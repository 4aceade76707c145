"""KMeans from given centres against scikit-learn's: the same labels, iterations and inertia.

Where a row is as far from two centres as rounding can tell, either label is right, and the ways
part; a reference in NumPy says how near the nearest decision was, and such starts are left out.
"""

import pickle

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")
from sklearn.base import clone  # noqa: E402
from sklearn.cluster import KMeans as Theirs  # noqa: E402
from sklearn.datasets import load_digits, load_iris, load_wine, make_blobs  # noqa: E402
from windlass.cluster import KMeans, kmeans_plusplus  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("live_handles", "peers_alone"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
]

DATA = {
    "iris": load_iris().data,
    "wine": load_wine().data,
    "digits": load_digits().data[:300],
    "blobs": make_blobs(600, 5, centers=7, random_state=1)[0],
    "noise": np.random.default_rng(0).normal(size=(400, 3)),
}


def squared_distances(X, centers):
    squares = np.zeros((len(X), len(centers)), np.longdouble)
    for column, center in zip(X.T, centers.T):  # a reduction over few columns takes long
        differences = column[:, None] - center
        squares += differences * differences
    return squares


def least_margin(X, centers, iterations, enough):
    """How much nearer the nearest centre is than the next one, of the worst row on the way, over
    the largest squared distance; or the first that is not above `enough`."""
    X = X.astype(np.longdouble) - X.mean(axis=0)
    centers, margin = centers.astype(np.longdouble), np.inf
    for _ in range(iterations if len(centers) > 1 else 0):
        squares = squared_distances(X, centers)
        two = np.partition(squares, 1, axis=1)
        margin = min(margin, float(np.min(two[:, 1] - two[:, 0]) / np.max(two[:, 1])))
        if not margin > enough:
            break
        labels = squares.argmin(axis=1)
        centers = np.array([X[labels == c].mean(axis=0) for c in range(len(centers))])
    return margin


def start(X, k, seed):
    return X[np.random.default_rng(seed).choice(len(X), k, replace=False)]


@pytest.mark.parametrize("algorithm", ["lloyd", "elkan"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("offset", [0, 1e4])
@pytest.mark.parametrize("name", DATA)
def test_same_iterations(name, offset, dtype, algorithm):
    X = (DATA[name] + offset).astype(dtype)
    compared, enough = 0, 1e-11 if dtype is np.float64 else 1e-5
    for k in (1, 2, 3, 8):
        for seed in range(3):
            init = start(X, k, seed)
            with np.errstate(all="ignore"):
                theirs = Theirs(k, init=init, n_init=1, algorithm=algorithm).fit(X)
                margin = least_margin(X, init - X.mean(axis=0), theirs.n_iter_, enough)
            if not margin > enough:
                continue
            compared += 1
            ours = KMeans(k, init=init, algorithm=algorithm).fit(X)
            assert ours.n_iter_ == theirs.n_iter_
            np.testing.assert_array_equal(ours.labels_, theirs.labels_)
            tolerance = 1e-9 if dtype is np.float64 else 1e-5
            assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=tolerance)
            spread = 1e-9 if dtype is np.float64 else 1e-5
            scale = np.abs(X).max()
            np.testing.assert_allclose(
                ours.cluster_centers_, theirs.cluster_centers_, atol=spread * scale, rtol=0
            )
            assert ours.cluster_centers_.dtype == dtype
            np.testing.assert_array_equal(ours.predict(X), ours.labels_)
    assert compared >= 3


def test_weights_are_repeated_rows():
    X, weights = DATA["blobs"], np.random.default_rng(3).integers(0, 4, 600)
    init = start(X, 6, 5)
    theirs = Theirs(6, init=init, n_init=1, tol=0).fit(X, sample_weight=weights)
    ours = KMeans(6, init=init, tol=0).fit(X, sample_weight=weights)
    repeated = KMeans(6, init=init, tol=0).fit(np.repeat(X, weights, axis=0))
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_array_equal(np.repeat(ours.labels_, weights), repeated.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, repeated.cluster_centers_, rtol=1e-12)
    assert ours.inertia_ == pytest.approx(repeated.inertia_, rel=1e-12)
    assert ours.score(X, sample_weight=weights) == pytest.approx(
        theirs.score(X, sample_weight=weights), rel=1e-10
    )
    absent = X.copy()
    absent[weights == 0] = np.nan
    holes = KMeans(6, init=init, tol=0).fit(absent, sample_weight=weights)
    np.testing.assert_allclose(holes.cluster_centers_, ours.cluster_centers_, rtol=1e-12)


@pytest.mark.parametrize("algorithm", ["lloyd", "elkan"])
def test_an_empty_cluster_takes_the_farthest_row(algorithm):
    X = DATA["noise"]
    init = np.vstack([start(X, 4, 1), [[100.0, 100.0, 100.0]]])
    theirs = Theirs(5, init=init, n_init=1).fit(X)
    ours = KMeans(5, init=init, algorithm=algorithm).fit(X)
    assert ours.n_iter_ == theirs.n_iter_
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    many = KMeans(6, init=np.vstack([init[:2], init[4:] + np.arange(4)[:, None]])).fit(X)
    assert np.all(np.bincount(many.labels_, minlength=6) > 0)


def test_more_clusters_than_distinct_rows():
    X = np.repeat([[0.0, 0.0], [1.0, 1.0]], 5, axis=0)
    with pytest.warns(sklearn.exceptions.ConvergenceWarning, match=r"distinct clusters \(2\)"):
        model = KMeans(3, random_state=0).fit(X)
    assert model.inertia_ == 0
    assert np.isfinite(model.cluster_centers_).all()


def test_transform_and_as_many_clusters_as_rows():
    X = DATA["iris"][:20]
    model = KMeans(20, init=X).fit(X)
    assert model.inertia_ == 0
    np.testing.assert_allclose(
        model.transform(DATA["iris"]), Theirs(20, init=X, n_init=1).fit(X).transform(DATA["iris"]),
        atol=1e-6,
    )  # fmt: skip
    single = KMeans(5, random_state=0).fit(DATA["wine"].astype(np.float32))
    assert single.transform(DATA["wine"].astype(np.float32)).dtype == np.float32


def test_random_starts_are_as_good():
    X = DATA["blobs"]
    ours, theirs = (
        np.mean([made(7, init="random", n_init=1, random_state=s, max_iter=9).fit(X).inertia_
                 for s in range(60)])
        for made in (KMeans, Theirs)
    )  # fmt: skip
    assert ours <= 1.3 * theirs


def test_plusplus():
    X = DATA["digits"]
    for sample_weight in (None, np.arange(len(X)) % 2):
        centers, indices = kmeans_plusplus(
            X, 10, random_state=3, n_local_trials=4, sample_weight=sample_weight
        )
        np.testing.assert_array_equal(centers, X[indices])
        assert len(set(indices)) == 10
        assert sample_weight is None or np.all(indices % 2)
    one = kmeans_plusplus(X, 10, random_state=3)[1]
    np.testing.assert_array_equal(one, kmeans_plusplus(X, 10, random_state=3)[1])
    ours, theirs = (
        np.mean([
            ((X[:, None] - choose(X, 10, random_state=s)[0]) ** 2).sum(2).min(1).sum()
            for s in range(60)
        ])
        for choose in (kmeans_plusplus, sklearn.cluster.kmeans_plusplus)
    )  # fmt: skip
    assert ours <= 1.05 * theirs


def test_estimator():
    X = DATA["iris"]
    model = KMeans(3, random_state=0, tol=1e-5)
    assert clone(model).get_params() == model.get_params()
    assert set(model.get_params()) == set(Theirs().get_params())
    model.fit(X)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.labels_)
    calls = []

    def rows(X, n_clusters, random_state):
        calls.append(random_state.randint(10))
        return X[: 10 * n_clusters : 10]

    found = KMeans(3, init=rows, n_init=2).fit(X)
    assert len(calls) == 2
    np.testing.assert_array_equal(found.labels_, KMeans(3, init=X[:30:10]).fit(X).labels_)


def test_everything_public_is_there():
    ours, theirs = KMeans(3).fit(DATA["iris"]), Theirs(3).fit(DATA["iris"])
    assert {name for name in dir(theirs) if not name.startswith("_")} <= set(dir(ours))
    for base in ("BaseEstimator", "ClusterMixin", "TransformerMixin"):
        assert isinstance(ours, getattr(sklearn.base, base))
    tags, other = sklearn.utils.get_tags(ours), sklearn.utils.get_tags(theirs)
    assert tags.estimator_type == other.estimator_type
    other.input_tags.sparse = False  # which ours does not take
    assert tags.input_tags == other.input_tags
    with sklearn.config_context(enable_metadata_routing=True):
        wanted = KMeans().set_fit_request(sample_weight=True).get_metadata_routing()
        assert wanted.fit.requests == {"sample_weight": True}


def test_set_output():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(DATA["iris"], columns=list("abcd"))
    model = KMeans(3, random_state=0).set_output(transform="pandas")
    for found in (model.fit_transform(frame), model.transform(frame)):
        assert list(found.columns) == ["kmeans0", "kmeans1", "kmeans2"]
        np.testing.assert_array_equal(found, KMeans(3, random_state=0).fit_transform(frame))
    made = sklearn.pipeline.make_pipeline(sklearn.preprocessing.StandardScaler(), KMeans(2))
    assert list(made.set_output(transform="pandas").fit_transform(frame)) == ["kmeans0", "kmeans1"]


def test_partial_fit_is_a_running_mean():
    X = DATA["blobs"]
    model, init = KMeans(7, init=X[:7]), X[:7].copy()
    counts = np.zeros(7)
    for part in np.array_split(X, 9):
        labels = ((part[:, None] - init) ** 2).sum(2).argmin(1)
        model.partial_fit(part)
        np.testing.assert_array_equal(model.labels_, labels)
        for c in range(7):
            rows = part[labels == c]
            if len(rows):
                init[c] = (init[c] * counts[c] + rows.sum(0)) / (counts[c] + len(rows))
                counts[c] += len(rows)
        np.testing.assert_allclose(model.cluster_centers_, init, rtol=1e-10)
    np.testing.assert_array_equal(model.counts_, counts)
    again = pickle.loads(pickle.dumps(model)).partial_fit(X)
    np.testing.assert_array_equal(again.cluster_centers_, model.partial_fit(X).cluster_centers_)


# The reason is scikit-learn's own for its KMeans: rows are drawn by their number.
NOT_FOR_RANDOM_STARTS = {"check_sample_weight_equivalence_on_dense_data"}


def test_check_estimator():
    from sklearn.utils.estimator_checks import check_estimator

    found = check_estimator(KMeans(n_init=1, random_state=0), on_fail=None)
    failed = {one["check_name"] for one in found if one["status"] == "failed"}
    assert failed <= NOT_FOR_RANDOM_STARTS
    assert len(found) > 40
