"""The estimator in scikit-learn's world, in that of data frames, and without scikit-learn."""

import json
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from windlass.mixture import GaussianMixture

pytestmark = [
    pytest.mark.usefixtures("live_handles"),
    pytest.mark.filterwarnings("ignore:Best performing"),
]

rng = np.random.default_rng(4)
X = np.concatenate([rng.normal(size=(80, 3)), rng.normal(size=(60, 3)) + 6])

# Random starts depend on the order of the rows, and rows drawn are drawn from rows, not from their
# weights' sum: repeated rows begin elsewhere than weighted ones, and may end elsewhere. From a
# given start both are equal (test_sample_weight_counts_rows), as is a single component here.
OF_RANDOM_STARTS = {"check_sample_weight_equivalence_on_dense_data": "another random start"}


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("n_components", [1, 2])
def test_scikit_learns_checks(n_components, covariance_type, monkeypatch):
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    model = GaussianMixture(n_components, covariance_type=covariance_type)
    excused = OF_RANDOM_STARTS if n_components > 1 else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = checks.check_estimator(model, expected_failed_checks=excused, on_fail=None)
    failed = {one["check_name"] for one in found if one["status"] == "failed"}
    assert not failed
    assert len(found) > 40


def test_its_bases_and_tags():
    base = pytest.importorskip("sklearn.base")
    theirs = pytest.importorskip("sklearn.mixture").GaussianMixture
    utils = pytest.importorskip("sklearn.utils")
    assert isinstance(GaussianMixture(), (base.BaseEstimator, base.DensityMixin))
    ours, other = utils.get_tags(GaussianMixture()), utils.get_tags(theirs())
    assert (ours.estimator_type, ours.target_tags) == (other.estimator_type, other.target_tags)
    assert ours.input_tags == other.input_tags


def test_everything_public_is_there():
    theirs = pytest.importorskip("sklearn.mixture").GaussianMixture
    public = {name for name in dir(theirs(2).fit(X)) if not name.startswith("_")}
    public -= {"set_fit_request", "set_score_request"}
    assert public <= set(dir(GaussianMixture(2).fit(X)))
    for name in ("set_output", "get_feature_names_out", "transform"):
        assert hasattr(GaussianMixture, name) == hasattr(theirs, name)


def test_clone():
    clone = pytest.importorskip("sklearn.base").clone
    model = GaussianMixture(2, means_init=X[:2], random_state=5).fit(X)
    again = clone(model)
    assert not hasattr(again, "means_") and again.get_params()["random_state"] == 5
    np.testing.assert_array_equal(again.fit(X).means_, model.means_)
    start = clone(GaussianMixture(init_params=np.ones)).init_params
    assert start is np.ones


class Scaled(GaussianMixture):
    """A subclass with an argument of its own, and fewer of the others."""

    def __init__(self, n_components=1, *, scale=2.0, random_state=None):
        super().__init__(n_components, random_state=random_state)
        self.scale = scale

    def fit(self, X, y=None):
        return super().fit(X * self.scale)


def test_subclasses(tmp_path):
    model = Scaled(2, scale=3.0, random_state=0).fit(X)
    plain = GaussianMixture(2, random_state=0).fit(X * 3)
    np.testing.assert_array_equal(model.means_, plain.means_)
    assert set(model.get_params()) == {"n_components", "scale", "random_state"}
    model.save(tmp_path / "model")
    assert type(Scaled.load(tmp_path / "model")) is Scaled
    assert repr(model) == "Scaled(n_components=2, random_state=0, scale=3.0)"


def test_its_tools():
    pytest.importorskip("sklearn")
    from sklearn.model_selection import GridSearchCV
    from sklearn.utils.validation import check_is_fitted

    grid = {"n_components": [1, 2], "covariance_type": ["full", "diag"]}
    search = GridSearchCV(GaussianMixture(random_state=0), grid, cv=2, n_jobs=2).fit(X[::2])
    check_is_fitted(search.best_estimator_)
    assert "GaussianMixture" in search.best_estimator_._repr_html_()


# Copies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_keeps_every_bit(protocol, covariance_type, dtype):
    model = GaussianMixture(3, covariance_type=covariance_type, random_state=0).fit(X.astype(dtype))
    again = pickle.loads(pickle.dumps(model, protocol))
    for name in ("predict_proba", "score_samples", "predict"):
        np.testing.assert_array_equal(getattr(again, name)(X), getattr(model, name)(X))
    assert again.get_params() == model.get_params()
    assert {name for name in vars(again)} == {name for name in vars(model)}
    assert again.warm_start is False and again.set_params(warm_start=True).fit(X).converged_


def test_pickle_of_replaced_attributes():
    model = GaussianMixture(2, random_state=0).fit(X)
    model.means_ = model.means_ + 1
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(again.score_samples(X), model.score_samples(X), rtol=1e-12)


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_attributes_alone_make_a_mixture(covariance_type):
    """Weights, means and precisions_cholesky_ are enough, as in scikit-learn."""
    model = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(X)
    made = GaussianMixture(2, covariance_type=covariance_type)
    for name in ("weights_", "means_", "precisions_cholesky_"):
        setattr(made, name, getattr(model, name).copy())
    np.testing.assert_allclose(made.score_samples(X), model.score_samples(X), rtol=1e-9)
    made.precisions_cholesky_ = made.precisions_cholesky_ * 2
    apart = GaussianMixture(2, covariance_type=covariance_type)
    apart.weights_, apart.means_ = model.weights_, model.means_
    apart.covariances_ = model.covariances_ / 4
    np.testing.assert_allclose(made.score_samples(X), apart.score_samples(X), rtol=1e-9)
    again = pickle.loads(pickle.dumps(apart))
    np.testing.assert_array_equal(again.predict(X), apart.predict(X))


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_saved_with_its_type(tmp_path, covariance_type):
    model = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(X)
    for changed in (False, True):
        if changed:
            model.means_ = model.means_ * 1.5
        model.set_params(tol=0.125).save(tmp_path / "model.wdl")
        again = GaussianMixture.load(tmp_path / "model.wdl")
        assert (again.covariance_type, again.tol, again.n_components) == (covariance_type, 0.125, 2)
        np.testing.assert_array_equal(again.score_samples(X), model.score_samples(X))


# Types ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_single_precision(covariance_type):
    theirs = pytest.importorskip("sklearn.mixture").GaussianMixture
    single = X.astype(np.float32)
    options = {"covariance_type": covariance_type, "means_init": single[[0, -1]], "random_state": 0}
    ours, other = (kind(2, **options).fit(single) for kind in (GaussianMixture, theirs))
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        assert getattr(ours, name).dtype == getattr(other, name).dtype == np.float32, name
    for name in ("score_samples", "predict_proba", "predict"):
        for data in (single, X, X.astype(int)):
            if data.dtype != int or covariance_type in ("diag", "spherical"):
                assert getattr(ours, name)(data).dtype == getattr(other, name)(data).dtype, name
    np.testing.assert_allclose(ours.means_, other.means_, rtol=1e-3, atol=1e-3)
    assert ours.sample(3)[0].dtype == np.float64
    double = GaussianMixture(2, **options).fit(single.astype(float))
    np.testing.assert_allclose(ours.means_, double.means_, rtol=1e-4, atol=1e-5)


def test_beyond_single_precision():
    model = GaussianMixture(1, init_params="random")
    with pytest.raises(ValueError, match="beyond single precision: scale X"):
        model.fit((X * 1e20).astype(np.float32))
    assert not hasattr(model, "means_")


TYPES = [np.int8, np.uint64, np.float16, np.longdouble, bool, object, ">f8"]


@pytest.mark.parametrize("dtype", TYPES)
def test_other_types_of_data(dtype):
    data = (X > 2).astype(dtype)
    plain = GaussianMixture(2, random_state=0).fit((X > 2).astype(float))
    model = GaussianMixture(2, random_state=0).fit(data)
    np.testing.assert_array_equal(model.means_, plain.means_)
    np.testing.assert_array_equal(model.predict_proba(data), plain.predict_proba(data))


# Data frames ------------------------------------------------------------------------------------


def frame_of(data, names):
    return pytest.importorskip("pandas").DataFrame(data, columns=names)


NAMES = ["a", "b", "c"]


def test_names_of_features():
    frame = frame_of(X, NAMES)
    model = GaussianMixture(2, random_state=0).fit(frame)
    assert model.feature_names_in_.tolist() == NAMES and model.feature_names_in_.dtype == object
    assert model.n_features_in_ == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        labels = model.predict(frame)
        assert (model.fit_predict(frame) == labels).all()
        assert np.isfinite([model.score(frame), model.aic(frame), model.bic(frame)]).all()
    with pytest.warns(UserWarning, match="X does not have valid feature names, but Gauss") as told:
        np.testing.assert_array_equal(model.predict(X), labels)
    assert told[0].filename == __file__
    model.fit(X)
    assert not hasattr(model, "feature_names_in_")
    with pytest.warns(UserWarning, match="X has feature names, but GaussianMixture was fitted"):
        model.predict(frame)


def test_names_that_differ():
    theirs = pytest.importorskip("sklearn.mixture").GaussianMixture
    models = [kind(2, random_state=0).fit(frame_of(X, NAMES)) for kind in (GaussianMixture, theirs)]
    wide = np.concatenate([X] * 4, axis=1)
    many = frame_of(wide, [f"n{number}" for number in range(12)])
    for other in (frame_of(X, ["a", "c", "b"]), frame_of(X, ["a", "b", "d"]), many):
        said = []
        for model in models:
            with pytest.raises(ValueError, match="The feature names should match") as caught:
                model.predict(other)
            said.append(str(caught.value))
        assert said[0] == said[1]
    with pytest.raises(TypeError, match="Feature names are only supported if all input features"):
        GaussianMixture().fit(frame_of(X, ["a", 1, 2]))
    assert not hasattr(GaussianMixture().fit(frame_of(X, [0, 1, 2])), "feature_names_in_")


def test_other_frames():
    polars = pytest.importorskip("polars")
    model = GaussianMixture(2, random_state=0).fit(polars.DataFrame(X, schema=NAMES))
    assert model.feature_names_in_.tolist() == NAMES
    pandas = pytest.importorskip("pandas")
    holed = pandas.DataFrame(X, columns=NAMES).convert_dtypes()
    holed.iloc[2, 1] = pandas.NA
    with pytest.raises(ValueError, match="Input X contains NaN"):
        GaussianMixture(2).fit(holed)
    whole = holed.drop(index=2)
    assert GaussianMixture(2).fit(whole).n_features_in_ == 3
    named = holed.rename(columns={NAMES[0]: "column_names"}).drop(index=2)
    assert GaussianMixture(2).fit(named).feature_names_in_[0] == "column_names"


def test_arrow_tables():
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table(list(X.T), names=NAMES)
    for given in (table, table.to_batches()[0]):
        model = GaussianMixture(2, random_state=0).fit(given)
        assert model.feature_names_in_.tolist() == NAMES
        with pytest.raises(ValueError, match="feature names should match"):
            model.predict(table.select(NAMES[::-1]))


# Routing ----------------------------------------------------------------------------------------


def test_sample_weight_is_routed():
    sklearn = pytest.importorskip("sklearn")
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    assert GaussianMixture().get_metadata_routing().fit.requests == {"sample_weight": None}
    weight, cv = rng.integers(0, 3, len(X)), KFold(3, shuffle=True, random_state=0)
    with sklearn.config_context(enable_metadata_routing=True):
        model = GaussianMixture(random_state=0, reg_covar=1e-2)
        model.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"n_components": [1, 2]}, cv=cv).fit(X, sample_weight=weight)
        assert search.best_params_ == {"n_components": 2}
        own = GaussianMixture(2, random_state=0, reg_covar=1e-2).fit(X, sample_weight=weight)
        np.testing.assert_array_equal(search.best_estimator_.means_, own.means_)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        make_pipeline(scaler, model).fit(X, sample_weight=weight)


def test_weighted_score():
    model = GaussianMixture(2, random_state=0).fit(X)
    weight = rng.integers(0, 3, len(X))
    repeated = np.repeat(X, weight, axis=0)
    assert model.score(X, sample_weight=weight) == pytest.approx(model.score(repeated), rel=1e-12)
    assert model.score(X, None, np.ones(len(X))) == pytest.approx(model.score(X), rel=1e-12)


# Without scikit-learn ---------------------------------------------------------------------------

ALONE = """
import copy, json, pickle, sys, warnings
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sklearn", "scipy", "joblib"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocker())
import numpy as np
from windlass.mixture import GaussianMixture

X = np.random.default_rng(0).normal(size=(100, 2)) * [1, 3]
def refused(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return f"{type(error).__name__}: {error}"
model = GaussianMixture(2, random_state=0, max_iter=1, tol=0)
said = {"repr": repr(model), "unfitted": refused(AttributeError, model.predict, X)}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model.fit(X)
said["warning"] = [one.category.__name__ for one in caught]
said["copies"] = [
    bool((again.predict_proba(X) == model.predict_proba(X)).all())
    for again in [copy.deepcopy(model), *(pickle.loads(pickle.dumps(model, n)) for n in range(6))]
]
said["params"] = GaussianMixture(**model.get_params()).set_params(tol=0.5).tol
try:
    model.set_params(width=3)
except ValueError as error:
    said["unknown"] = str(error)
said["bad"] = refused(TypeError, GaussianMixture(tol=-1).fit, X)
tags = model.__sklearn_tags__()
said["tags"] = [tags.estimator_type, tags.requires_fit, tags.input_tags.allow_nan]
said["score"] = model.score(X) == model.score(X.tolist())
said["loaded"] = "sklearn" in sys.modules
print(json.dumps(said))
"""


def test_without_scikit_learn():
    command = [sys.executable, "-c", ALONE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["repr"] == "GaussianMixture(max_iter=1, n_components=2, random_state=0, tol=0)"
    assert said["unfitted"].startswith("NotFittedError: This GaussianMixture instance is not")
    assert said["warning"] == ["ConvergenceWarning"]
    assert said["copies"] == [True] * 7
    assert said["params"] == 0.5 and said["score"] and not said["loaded"]
    assert said["unknown"].startswith("Invalid parameter 'width' for estimator GaussianMixture(")
    assert said["bad"].startswith("InvalidParameterError: The 'tol' parameter of GaussianMixture")
    assert said["tags"] == ["density_estimator", True, False]
