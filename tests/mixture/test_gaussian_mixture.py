"""GaussianMixture: what a fit gives, and how an estimator behaves."""

import copy
import math
import pickle
import sys
import threading
import traceback
import warnings

import numpy as np
import pytest
import windlass
from windlass import _progress
from windlass.mixture import GaussianMixture, e_step

pytestmark = [
    pytest.mark.usefixtures("live_handles"),
    pytest.mark.filterwarnings("ignore:Best performing"),
]


def blobs(n=600, d=2, k=3, seed=0, spread=6.0):
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((k, d)) * spread
    return centres[rng.integers(0, k, n)] + rng.standard_normal((n, d))


X = blobs()


def fitted(**options):
    options = {"random_state": 3, "tol": 1e-6, "max_iter": 1000, **options}
    return GaussianMixture(options.pop("n_components", 3), **options).fit(X)


RESULTS = ("weights_", "means_", "covariances_", "precisions_cholesky_", "lower_bounds_")


def assert_same(a, b):
    for name in RESULTS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert (a.n_iter_, a.converged_, a.lower_bound_) == (b.n_iter_, b.converged_, b.lower_bound_)


def test_results():
    model = fitted()
    k, d = 3, 2
    assert model.weights_.shape == (k,) and model.weights_.sum() == pytest.approx(1)
    assert model.means_.shape == (k, d)
    assert model.covariances_.shape == model.precisions_.shape == (k, d, d)
    np.testing.assert_allclose(model.precisions_ @ model.covariances_, [np.eye(d)] * k, atol=1e-9)
    upper = model.precisions_cholesky_
    np.testing.assert_array_equal(upper, np.triu(upper))
    np.testing.assert_allclose(upper @ upper.transpose(0, 2, 1), model.precisions_)
    assert model.converged_ is True
    assert model.n_iter_ == len(model.lower_bounds_) > 2
    assert model.lower_bound_ == model.lower_bounds_[-1]
    assert (np.diff(model.lower_bounds_) > -1e-9).all()
    assert model.n_features_in_ == d


def test_methods_agree_with_each_other():
    model = fitted()
    mean, resp = e_step(X, model.weights_, model.means_, model.covariances_)
    np.testing.assert_allclose(model.predict_proba(X), resp, rtol=1e-9, atol=1e-14)
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X).argmax(1))
    assert model.predict(X).dtype == np.int64
    assert model.score(X) == pytest.approx(mean, rel=1e-12)
    assert model.score_samples(X).mean() == pytest.approx(mean, rel=1e-12)
    parameters = 3 * 2 * 3 / 2 + 3 * 2 + 2
    assert model.aic(X) == pytest.approx(-2 * mean * len(X) + 2 * parameters)
    assert model.bic(X) == pytest.approx(-2 * mean * len(X) + parameters * math.log(len(X)))
    again = GaussianMixture(3, random_state=3, tol=1e-6, max_iter=1000)
    np.testing.assert_array_equal(again.fit_predict(X), model.predict(X))


def test_random_state():
    assert_same(fitted(random_state=5), fitted(random_state=5))
    assert_same(fitted(random_state=np.int64(5)), fitted(random_state=5))
    for make in (np.random.RandomState, np.random.default_rng):
        assert_same(fitted(random_state=make(1)), fitted(random_state=make(1)))
        shared = make(1)
        options = {"random_state": shared, "init_params": "random"}
        one, other = (fitted(**options).lower_bounds_[:2] for _ in range(2))
        assert not np.array_equal(one, other)
    np.random.seed(1)
    first = fitted(random_state=None)
    np.random.seed(1)
    assert_same(first, fitted(random_state=None))


def test_threads_change_no_bit():
    models = []
    for threads in (1, 2, 3, 8):
        with windlass.threads(threads):
            models.append(fitted(n_components=5, max_iter=20, tol=0))
    for model in models[1:]:
        assert_same(models[0], model)
        np.testing.assert_array_equal(models[0].predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("init_params", windlass.describe("mixture")["init_params"].choices)
def test_starts(init_params):
    model = fitted(init_params=init_params, n_init=8)
    one = fitted(init_params=init_params, n_init=1)
    assert model.lower_bound_ >= one.lower_bound_
    assert model.converged_


def test_given_start():
    start = fitted(max_iter=3, tol=0)
    given = {
        "weights_init": start.weights_,
        "means_init": start.means_.tolist(),
        "precisions_init": np.asfortranarray(start.precisions_),
    }
    goes_on = fitted(**given)
    np.testing.assert_allclose(goes_on.lower_bounds_, fitted().lower_bounds_[3:], rtol=1e-9)
    half = fitted(means_init=start.means_)
    assert half.converged_


def test_warm_start():
    model = GaussianMixture(3, random_state=3, tol=0, max_iter=2, warm_start=True)
    bounds = []
    for _ in range(3):
        bounds.extend(model.fit(X).lower_bounds_)
    np.testing.assert_allclose(bounds, fitted(tol=0, max_iter=6).lower_bounds_, rtol=1e-9)


def test_sample_weight_counts_rows():
    rng = np.random.default_rng(2)
    weight = rng.integers(0, 4, len(X))
    start = fitted(max_iter=2, tol=0)
    given = {
        "weights_init": start.weights_,
        "means_init": start.means_,
        "precisions_init": start.precisions_,
        "tol": 1e-7,
        "max_iter": 500,
    }
    weighted = GaussianMixture(3, **given).fit(X, sample_weight=weight)
    repeated = GaussianMixture(3, **given).fit(np.repeat(X, weight, axis=0))
    assert weighted.n_iter_ == repeated.n_iter_
    np.testing.assert_allclose(weighted.lower_bounds_, repeated.lower_bounds_, rtol=1e-9)
    np.testing.assert_allclose(weighted.means_, repeated.means_, rtol=1e-7)
    np.testing.assert_allclose(weighted.covariances_, repeated.covariances_, rtol=1e-6)
    scaled = GaussianMixture(3, **given).fit(X, sample_weight=weight * 0.125)
    np.testing.assert_allclose(weighted.means_, scaled.means_, rtol=1e-9)
    for wrong in (np.zeros(len(X)), -np.ones(len(X)), np.ones(len(X) - 1), np.full(len(X), np.nan)):
        with pytest.raises(ValueError, match="weight"):
            GaussianMixture(3).fit(X, sample_weight=wrong)


def test_sample():
    model = fitted()
    rows, labels = model.sample(20_000)
    assert rows.shape == (20_000, 2) and labels.shape == (20_000,)
    assert (np.diff(labels) >= 0).all()
    np.testing.assert_allclose(np.bincount(labels) / 20_000, model.weights_, atol=0.02)
    for j in range(3):
        own = rows[labels == j]
        np.testing.assert_allclose(own.mean(0), model.means_[j], atol=0.1)
        np.testing.assert_allclose(np.cov(own.T), model.covariances_[j], atol=0.15)
    np.testing.assert_array_equal(model.sample(5)[0], model.sample(5)[0])
    with pytest.raises(ValueError, match="at least one"):
        model.sample(0)


def test_not_converged_warns():
    model = GaussianMixture(3, random_state=0, tol=0, max_iter=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X)
    (warning,) = caught
    assert warning.category.__name__ == "ConvergenceWarning"
    assert warning.filename == __file__
    assert model.converged_ is False and model.n_iter_ == 2
    unmoved = GaussianMixture(3, random_state=0, max_iter=0)
    unmoved.fit(X)
    assert unmoved.n_iter_ == 0 and len(unmoved.lower_bounds_) == 0
    assert unmoved.lower_bound_ == -math.inf


def test_copies():
    model = fitted()
    for again in (pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model)):
        assert_same(again, model)
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
        np.testing.assert_allclose(again.predict_proba(X), model.predict_proba(X), atol=1e-12)
        assert again.get_params() == model.get_params()
    bare = pickle.loads(pickle.dumps(GaussianMixture(4)))
    assert bare.n_components == 4


def test_attributes_may_be_replaced():
    model, other = fitted(), fitted(random_state=8, n_components=2)
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        setattr(model, name, getattr(other, name).copy())
    np.testing.assert_allclose(model.predict_proba(X), other.predict_proba(X), atol=1e-12)
    made = GaussianMixture(2)
    made.weights_, made.means_ = [0.5, 0.5], np.array([[0.0], [10.0]])
    made.covariances_ = np.ones((2, 1, 1))
    assert made.predict([[1], [9]]).tolist() == [0, 1]


def test_save_and_load(tmp_path):
    model = fitted(n_init=2)
    path = tmp_path / "model"
    model.save(path)
    again = GaussianMixture.load(path)
    assert_same(again, model)
    assert (again.n_components, again.n_init, again.tol) == (3, 2, 1e-6)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(windlass.WindlassValueError):
        GaussianMixture.load(path)
    with pytest.raises(FileNotFoundError):
        GaussianMixture.load(tmp_path / "nothing")


def test_not_fitted():
    model = GaussianMixture()
    calls = (model.predict, model.predict_proba, model.score, model.score_samples, model.aic)
    for call in calls:
        with pytest.raises(ValueError, match="not fitted yet") as caught:
            call(X)
        assert type(caught.value).__name__ == "NotFittedError"
        assert isinstance(caught.value, AttributeError)
    with pytest.raises(ValueError, match="not fitted yet"):
        model.sample()


def test_bad_data():
    broken = X.copy()
    broken[17, 1] = np.nan
    model = fitted()
    before = copy.copy(model)
    for call in (model.fit, model.predict, model.predict_proba, model.score, model.score_samples):
        with pytest.raises(windlass.WindlassValueError, match="Input X contains NaN") as caught:
            call(broken)
        assert caught.value.position == (17, 1)
        assert_same(model, before)
    with pytest.raises(ValueError, match="X has 1 features, but GaussianMixture is expecting 2"):
        model.predict(X[:, :1])
    with pytest.raises(ValueError, match="Found array with 0 sample"):
        model.fit(X[:0])
    with pytest.raises(ValueError, match="Reshape your data"):
        model.fit(X[0])
    flat = np.zeros((50, 2))
    with pytest.raises(windlass.WindlassValueError, match="positive definite"):
        GaussianMixture(2, reg_covar=0.0, random_state=0).fit(flat)


def test_progress():
    seen = []
    model = fitted(tol=0, max_iter=20).fit(X, progress=seen.append)
    assert [one.done for one in seen] == list(range(1, 21))
    assert {one.total for one in seen} == {20} and {one.phase for one in seen} == {"fit"}
    assert [one.value for one in seen] == model.lower_bounds_.tolist()
    assert all(a.seconds <= b.seconds for a, b in zip(seen, seen[1:], strict=False))


def test_progress_stops():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = GaussianMixture(3, random_state=0, tol=0).fit(X, progress=lambda now: now.done == 4)
    assert model.n_iter_ == 4 and not model.converged_
    model.predict(X)


@pytest.mark.parametrize("how", ["quiet", "progress", "bar", "verbose"])
def test_out_of_time_is_told(how, capsys):
    """Also where progress is shown: it did not ask for the end."""
    options = {"progress": {"progress": lambda now: None}, "bar": {"progress": True}}.get(how, {})
    if how == "bar":
        pytest.importorskip("tqdm")
    model = GaussianMixture(3, random_state=0, tol=0, max_iter=10**9, verbose=how == "verbose")
    with windlass.time_limit(0.2), pytest.warns(UserWarning, match="out of time") as told:
        model.fit(X, **options)
    assert len(told) == 1 and told[0].category.__name__ == "ConvergenceWarning"
    assert not model.converged_


def stumble(now):
    if now.done == 3:
        raise LookupError("deep inside")


def test_progress_exception_comes_with_its_traceback():
    model = fitted()
    before = copy.copy(model)
    model.set_params(tol=0)
    with pytest.raises(LookupError, match="deep inside") as caught:
        model.fit(X, progress=stumble)
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-1] == "stumble" and "fit" in names
    assert_same(model, before)
    model.set_params(tol=1e-6).fit(X)
    assert_same(model, before)


def test_progress_may_compute():
    model = fitted(tol=0, max_iter=5)
    inner = []

    def progress(now):
        inner.append(fitted(max_iter=5).n_iter_ + windlass.text.count_doubles("aa"))

    assert_same(fitted(tol=0, max_iter=5), model)
    assert model.fit(X, progress=progress).n_iter_ == 5
    assert inner == [6] * 5


def test_bar(capsys):
    pytest.importorskip("tqdm")
    fitted(tol=0, max_iter=5).fit(X, progress=True)
    assert "fit" in capsys.readouterr().err


def test_bar_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match="pip install tqdm"):
        GaussianMixture(3).fit(X, progress=True)


def test_verbose(capsys):
    fitted(tol=0, max_iter=25, verbose=1)
    lines = capsys.readouterr().err.splitlines()
    counts = [line.split(",")[0] for line in lines]
    assert counts == [f"fit: {done} of at most 25" for done in (10, 20, 25)]


def steps(*done, total):
    return [windlass._long_call.Progress("fit", one, total, -1.5, 0.1) for one in done]


def test_verbose_of_fewer_steps_than_there_might_be(capsys):
    """The last is shown, and once, though its number says nothing."""
    for last in (10, 13):
        with _progress.shown(None, 1, 5) as report:
            for now in steps(*range(1, last + 1), total=100):
                assert not report(now)
        counts = [line.split(",")[0] for line in capsys.readouterr().err.splitlines()]
        wanted = sorted({5, 10, last})
        assert counts == [f"fit: {done} of at most 100" for done in wanted]


def test_bar_of_fewer_steps_than_there_might_be(capsys):
    pytest.importorskip("tqdm")
    with _progress.shown(True) as report:
        for now in steps(3, 10, total=100):
            report(now)
    assert "10/10" in capsys.readouterr().err.splitlines()[-1].split("\r")[-1]


def test_one_estimator_in_many_threads():
    model = fitted()
    expected = model.predict_proba(X)
    wrong = []

    def work():
        for _ in range(20):
            if not np.array_equal(model.predict_proba(X), expected):
                wrong.append(1)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong
