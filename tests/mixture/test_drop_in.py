"""What scikit-learn's own tests of its mixture ask for, asked of this one."""

import itertools
import warnings

import numpy as np
import pytest
import windlass
from windlass.mixture import GaussianMixture

pytestmark = [
    pytest.mark.usefixtures("live_handles"),
    pytest.mark.filterwarnings("ignore:Best performing"),
]

TYPES = ("full", "tied", "diag", "spherical")
STARTS = ("kmeans", "k-means++", "random", "random_from_data")
every_type = pytest.mark.parametrize("covariance_type", TYPES)
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


class Known:
    """A mixture of two components in two columns, well apart, and rows of it."""

    def __init__(self, covariance_type, seed=0, scale=50, dtype=np.float64, n=500):
        rng = np.random.default_rng(seed)
        self.weights = np.array([0.4, 0.6])
        self.means = rng.uniform(size=(2, 2)) * scale + [[0, 0], [scale, -scale]]
        halves = rng.normal(size=(2, 2, 2))
        full = halves @ halves.swapaxes(1, 2) + 0.1 * np.eye(2)
        variances = 0.2 + rng.uniform(size=(2, 2))
        self.covariances, matrices = {
            "full": (full, full),
            "tied": (full[0], full[[0, 0]]),
            "diag": (variances, variances[:, :, None] * np.eye(2)),
            "spherical": (variances[:, 0], variances[:, :1, None] * np.eye(2)),
        }[covariance_type]
        self.y = np.repeat([0, 1], [int(0.4 * n), n - int(0.4 * n)])
        noise = np.linalg.cholesky(matrices)[self.y] @ rng.normal(size=(n, 2, 1))
        self.X = (self.means[self.y] + noise[:, :, 0]).astype(dtype)
        inverse = np.linalg.inv if covariance_type in ("full", "tied") else np.reciprocal
        self.given = {
            "weights_init": self.weights,
            "means_init": self.means,
            "precisions_init": inverse(self.covariances),
        }


@every_type
@both_dtypes
@pytest.mark.parametrize(("max_iter", "tol"), [(2, 1e-7), (2, 0.1), (300, 1e-7), (300, 0.1)])
def test_fit_predict_is_fit_and_predict(covariance_type, dtype, max_iter, tol):
    known = Known(covariance_type, seed=3, dtype=dtype)
    options = {"covariance_type": covariance_type, "max_iter": max_iter, "tol": tol}
    one = GaussianMixture(2, **options, **known.given)
    other = GaussianMixture(2, **options, **known.given)
    labels = one.fit_predict(known.X)
    np.testing.assert_array_equal(labels, other.fit(known.X).predict(known.X))
    np.testing.assert_array_equal(labels, one.predict_proba(known.X).argmax(axis=1))
    assert (labels == known.y).mean() > 0.98
    for name in ("means_", "weights_", "precisions_", "covariances_", "precisions_cholesky_"):
        assert getattr(one, name).dtype == dtype


def test_fit_predict_of_restarts():
    X = np.random.default_rng(0).normal(size=(1000, 5))
    model = GaussianMixture(5, n_init=5, random_state=0)
    np.testing.assert_array_equal(model.fit_predict(X), model.predict(X))


@every_type
@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random_from_data"])
def test_the_truth_is_found(covariance_type, init_params):
    known = Known(covariance_type, n=2000)
    options = {"n_init": 20, "random_state": 0, "covariance_type": covariance_type}
    model = GaussianMixture(2, init_params=init_params, tol=1e-6, max_iter=500, **options)
    model.fit(known.X)
    order = model.weights_.argsort()
    np.testing.assert_allclose(model.weights_[order], known.weights, atol=1e-2)
    np.testing.assert_allclose(model.means_[order], known.means, rtol=0.1, atol=0.1)
    found = model.covariances_ if covariance_type == "tied" else model.covariances_[order]
    np.testing.assert_allclose(found, known.covariances, rtol=0.2, atol=0.2)


@every_type
def test_more_starts_are_no_worse(covariance_type):
    X = np.random.default_rng(0).normal(size=(50, 5))
    one, more = (
        GaussianMixture(2, covariance_type=covariance_type, random_state=0, n_init=n).fit(X)
        for n in (1, 5)
    )
    assert more.lower_bound_ >= one.lower_bound_ and more.score(X) >= one.score(X) - 1e-3
    for seed in range(5):
        bounds = []
        for n_init in (1, 10):
            options = {"max_iter": 1, "random_state": seed, "n_init": n_init}
            bounds.append(GaussianMixture(2, **options).fit(X).lower_bound_)
        assert bounds[1] >= bounds[0]


def test_number_of_parameters():
    X = np.random.default_rng(0).normal(size=(50, 5))
    counts = {"spherical": 13, "diag": 21, "tied": 26, "full": 41}
    for covariance_type, count in counts.items():
        model = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(X)
        assert model._n_parameters() == count
        assert model.bic(X) - model.aic(X) == pytest.approx(count * (np.log(50) - 2))


def test_one_column_and_component_are_the_same_in_every_type():
    X = np.random.default_rng(0).normal(size=(100, 1))
    models = [GaussianMixture(covariance_type=one).fit(X) for one in TYPES]
    for model in models[1:]:
        assert model.bic(X) == pytest.approx(models[0].bic(X), rel=1e-12)


@every_type
def test_information_criteria_are_near_the_entropys(covariance_type):
    X = np.random.default_rng(0).normal(size=(50, 3))
    entropy = 0.5 * (np.linalg.slogdet(np.cov(X.T, bias=True))[1] + 3 * (1 + np.log(2 * np.pi)))
    options = {"covariance_type": covariance_type, "max_iter": 200, "random_state": 0}
    model = GaussianMixture(2, **options).fit(X)
    number, bound = model._n_parameters(), 3 / np.sqrt(50)
    assert (model.aic(X) - (2 * 50 * entropy + 2 * number)) / 50 < bound
    assert (model.bic(X) - (2 * 50 * entropy + np.log(50) * number)) / 50 < bound


@every_type
def test_no_step_loses_likelihood(covariance_type):
    known = Known(covariance_type, scale=3)
    options = {"covariance_type": covariance_type, "reg_covar": 0, "tol": 1e-7, "random_state": 0}
    model = GaussianMixture(2, max_iter=600, init_params="random", **options).fit(known.X)
    assert model.converged_
    assert (np.diff(model.lower_bounds_) > -1e-12).all()
    step = GaussianMixture(2, max_iter=1, init_params="random", warm_start=True, **options)
    scores = [step.fit(known.X).score(known.X) for _ in range(20)]
    assert (np.diff(scores) > -1e-12).all()


@pytest.mark.parametrize("seed", range(3))
def test_warm_start_goes_on(seed):
    X = np.random.default_rng(seed).uniform(size=(500, 2))
    options = {"random_state": seed, "tol": 1e-6}
    whole = GaussianMixture(2, max_iter=2, **options).fit(X)
    parts = GaussianMixture(2, max_iter=1, warm_start=True, **options)
    first, second = parts.fit(X).score(X), parts.fit(X).score(X)
    assert second > first
    for name in ("weights_", "means_", "precisions_"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-9)
    parts.set_params(max_iter=5)
    assert any(parts.fit(X).converged_ for _ in range(1000))


@pytest.mark.parametrize("max_iter", [1, 2, 50])
def test_warm_start_converges(max_iter):
    known = Known("full")
    model = GaussianMixture(2, warm_start=True, max_iter=max_iter, random_state=0)
    assert any(model.fit(known.X).converged_ for _ in range(100))
    assert model.n_iter_ <= max_iter


@every_type
def test_collapsed_rows_and_regularisation(covariance_type):
    X = np.repeat([[1.0], [0.0]], 5, axis=0) * np.ones(5)
    options = {"covariance_type": covariance_type, "random_state": 0}
    model = GaussianMixture(10, reg_covar=0, **options)
    with pytest.raises(ValueError, match="Fitting the mixture model failed because some compone"):
        model.fit(X)
    model.set_params(reg_covar=1e-6).fit(X)
    assert np.isfinite(model.score(X))


@every_type
@both_dtypes
def test_precisions_are_inverses(covariance_type, dtype):
    known = Known(covariance_type, scale=7, dtype=dtype)
    options = {"covariance_type": covariance_type, "random_state": 0, "n_init": 5}
    model = GaussianMixture(2, **options).fit(known.X)
    inverse = np.linalg.inv if covariance_type in ("full", "tied") else np.reciprocal
    np.testing.assert_allclose(inverse(model.precisions_), model.covariances_, rtol=1e-4, atol=1e-5)


@every_type
def test_samples_are_of_the_mixture(covariance_type):
    known = Known(covariance_type, scale=7)
    model = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(known.X)
    rows, labels = model.sample(20_000)
    covariances = {
        "full": lambda j: model.covariances_[j],
        "tied": lambda j: model.covariances_,
        "diag": lambda j: np.diag(model.covariances_[j]),
        "spherical": lambda j: np.eye(2) * model.covariances_[j],
    }[covariance_type]
    for j in range(2):
        own = rows[labels == j]
        np.testing.assert_allclose(np.cov(own.T), covariances(j), atol=0.1)
        np.testing.assert_allclose(own.mean(axis=0), model.means_[j], atol=0.1)
    for count in range(1, 30):
        assert model.sample(count)[0].shape == (count, 2)


def test_sample_of_a_single_component_of_few_rows():
    rows = np.random.default_rng(0).normal(size=(3, 2))
    assert GaussianMixture().fit(rows).sample()[0].shape == (1, 2)


@pytest.mark.parametrize("init_params", STARTS)
@pytest.mark.parametrize("seed", range(3))
@both_dtypes
def test_starts_give_means_that_differ_and_lie_among_the_rows(init_params, seed, dtype):
    known = Known("full", seed=seed, scale=5, dtype=dtype)
    options = {"init_params": init_params, "random_state": seed}
    start = GaussianMixture(2, max_iter=0, **options).fit(known.X)
    for one, other in itertools.combinations(start.means_, 2):
        assert not np.allclose(one, other)
    model = GaussianMixture(2, **options).fit(known.X)
    assert model.means_.shape == (2, 2) and model.means_.dtype == dtype and model.converged_
    assert (known.X.min(axis=0) <= model.means_).all()
    assert (model.means_ <= known.X.max(axis=0)).all()


@every_type
def test_no_iteration_gives_the_start(covariance_type):
    known = Known(covariance_type)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        options = {"covariance_type": covariance_type, "max_iter": 0}
        model = GaussianMixture(2, **options, **known.given).fit(known.X)
    np.testing.assert_allclose(model.weights_, known.weights)
    np.testing.assert_allclose(model.means_, known.means)
    np.testing.assert_allclose(model.precisions_, known.given["precisions_init"], rtol=1e-9)
    assert (model.converged_, model.n_iter_, len(model.lower_bounds_)) == (False, 0, 0)
    assert model.lower_bound_ == -np.inf


def test_parameters_of_what_did_not_converge():
    """Six components on thirty rows, two of them on single rows: one step is kept all the same."""
    rows = np.random.default_rng(0).uniform(size=(30, 3))
    model = GaussianMixture(
        6,
        covariance_type="spherical",
        reg_covar=1e-12,
        weights_init=np.array([1, 1, 2, 2, 21, 3]) / 30,
        means_init=rows[:6],
        precisions_init=[1e6, 1e6, 554, 205, 16, 85],
        max_iter=1,
    ).fit(rows)
    assert not model.converged_ and model.n_iter_ == 1
    assert np.isfinite(model.lower_bound_) and np.isfinite(model.means_).all()


# Beyond scikit-learn ----------------------------------------------------------------------------


def of_labels(X, n_components, random_state):
    return random_state.randint(0, n_components, len(X))


def of_means(X, n_components, random_state):
    return X[random_state.choice(len(X), n_components, replace=False)]


def of_responsibilities(X, n_components, random_state):
    return random_state.dirichlet(np.ones(n_components), len(X))


CALLABLES = (of_labels, of_means, of_responsibilities)


@every_type
@pytest.mark.parametrize("start", CALLABLES)
def test_a_callable_begins(start, covariance_type):
    known = Known(covariance_type)
    options = {"covariance_type": covariance_type, "random_state": 3}
    model = GaussianMixture(2, init_params=start, **options).fit(known.X)
    given = start(known.X, 2, np.random.RandomState(3))
    if given.shape == (2, 2):
        given = ((known.X[:, None] - given) ** 2).sum(axis=2).argmin(axis=1)
    if given.ndim == 1:
        given = np.eye(2)[given]
    same = GaussianMixture(2, responsibilities_init=given, **options).fit(known.X)
    np.testing.assert_array_equal(model.lower_bounds_, same.lower_bounds_)
    np.testing.assert_array_equal(model.means_, same.means_)
    weights = given.sum(axis=0) / len(given)
    at_once = GaussianMixture(2, init_params=start, max_iter=0, **options).fit(known.X)
    np.testing.assert_allclose(at_once.weights_, weights, rtol=1e-9)


def test_a_callable_begins_often():
    X = np.random.default_rng(1).normal(size=(300, 2))
    seen = []

    def start(X, k, random_state):
        seen.append(of_means(X, k, random_state))
        return seen[-1]

    options = {"tol": 1e-5, "max_iter": 300}
    best = GaussianMixture(4, n_init=6, init_params=start, random_state=0, **options).fit(X)
    assert len(seen) == 6 and not np.array_equal(seen[0], seen[1])
    replays = [lambda *arguments, means=means: means for means in seen]
    single = [GaussianMixture(4, init_params=one, **options).fit(X) for one in replays]
    assert best.lower_bound_ == max(one.lower_bound_ for one in single)
    generator = np.random.default_rng(0)
    drawn = GaussianMixture(2, init_params=lambda X, k, g: g.integers(0, k, len(X)))
    assert drawn.set_params(random_state=generator).fit(X).n_iter_ > 0


def test_a_callable_sees_rows_of_weight_0():
    """They may hold anything."""
    X, weights = np.random.default_rng(1).normal(size=(300, 2)), np.arange(300) % 3
    holes = np.where(weights[:, None] > 0, X, np.nan)
    for name in ("fit", "partial_fit"):
        found, known = (
            getattr(GaussianMixture(2, init_params=lambda X, *_: X[1:3]), name)(rows, None, weights)
            for rows in (holes, X)
        )
        np.testing.assert_array_equal(found.means_, known.means_)


def test_a_callable_is_stopped():
    X = np.random.default_rng(1).normal(size=(300, 2))
    calls = []

    def start(*arguments):
        calls.append(1)
        return of_means(*arguments)

    model = GaussianMixture(3, init_params=start, n_init=9, tol=0, random_state=0)
    model.fit(X, progress=lambda now: len(calls) == 2 and now.done == 3)
    assert len(calls) == 2 and model.n_iter_ in (3, 100)


def test_a_callable_is_not_asked_where_all_is_given():
    known = Known("full")

    def start(*arguments):
        raise AssertionError

    model = GaussianMixture(2, init_params=start, warm_start=True, **known.given).fit(known.X)
    model.set_params(weights_init=None).fit(known.X)
    GaussianMixture(2, init_params=start, responsibilities_init=np.eye(2)[known.y]).fit(known.X)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (np.zeros((3, 3)), r"init_params gave an array of shape \(3, 3\), expected resp"),
        (np.full(500, 2), "gave labels that are not ints from 0 to 1"),
        (np.full(500, -1), "gave labels that are not ints from 0 to 1"),
        (np.zeros(500), "gave labels that are not ints from 0 to 1"),
        (np.full((500, 2), np.nan), "responsibilities_init"),
        (-np.ones((500, 2)), "responsibilities_init"),
        (None, "init_params gave an array of shape"),
        (np.full((2, 2), np.nan), "init_params gave means that are not finite"),
    ],
)
def test_a_callable_that_errs(given, match):
    model = GaussianMixture(2, init_params=lambda *arguments: given)
    with pytest.raises(ValueError, match=match):
        model.fit(Known("full").X)
    assert not hasattr(model, "means_")


def test_given_responsibilities_stay_out_of_the_file(tmp_path):
    known = Known("full")
    model = GaussianMixture(2, responsibilities_init=np.eye(2)[known.y]).fit(known.X)
    assert (model.predict(known.X) == known.y).mean() > 0.98
    model.save(tmp_path / "model")
    assert (tmp_path / "model").stat().st_size < 4096
    assert GaussianMixture.load(tmp_path / "model").responsibilities_init is None


def test_warm_starts_keep_no_chain_of_objects(live_handles):
    known, before = Known("full"), live_handles()
    model = GaussianMixture(2, warm_start=True, random_state=0)
    for _ in range(5):
        model.fit(known.X)
    assert live_handles() == before + 1


def test_a_component_without_rows():
    rows = np.repeat(np.random.default_rng(0).normal(size=(40, 2)), 2, axis=0)
    apart = np.zeros((80, 3))
    apart[:, 0] = 1
    options = {"responsibilities_init": apart, "random_state": 0, "tol": 1e-6, "max_iter": 500}
    with pytest.raises(windlass.WindlassValueError):
        GaussianMixture(3, reg_covar=0, **options).fit(rows)
    model = GaussianMixture(3, starving="drop", warm_start=True, **options).fit(rows)
    left = len(model.weights_)
    assert left < 3 and model.fit(rows).means_.shape == (left, 2)
    statistics = windlass.mixture.Statistics(model).add(rows)
    assert model.update(statistics).means_.shape == (left, 2)
    model = GaussianMixture(3, starving="reseed", **options).fit(rows)
    assert model.predict_proba(rows).shape == (80, len(model.weights_)) and model.weights_.all()
