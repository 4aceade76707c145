"""Statistics: data in pieces give what the whole gives, wherever the pieces lie."""

import pickle

import numpy as np
import pytest
import windlass
from windlass.mixture import GaussianMixture, Statistics

pytestmark = [
    pytest.mark.usefixtures("live_handles"),
    pytest.mark.filterwarnings("ignore:Best performing"),
]

rng = np.random.default_rng(6)
TURN = rng.normal(size=(3, 3))
X = np.concatenate([rng.normal(size=(900, 3)) @ TURN, rng.normal(size=(700, 3)) + 4])
every_type = pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
PARAMETERS = ("weights_", "means_", "covariances_")


def begun(covariance_type="full", **options):
    options = {"init_params": "random_from_data", "random_state": 0, **options}
    return GaussianMixture(3, covariance_type=covariance_type, max_iter=1, **options).fit(X)


def assert_close(one, other, rtol):
    for name in PARAMETERS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=rtol)


def pieces_of(rows, cuts):
    return np.split(rows, sorted(cuts))


@every_type
def test_the_whole_is_one_iteration_of_a_fit(covariance_type):
    model = begun(covariance_type)
    score = model.score(X)
    model.update(Statistics(model).add(X))
    one = GaussianMixture(3, covariance_type=covariance_type, max_iter=2, random_state=0)
    one.set_params(init_params="random_from_data").fit(X)
    assert_close(model, one, 1e-9)
    assert (model.n_iter_, model.converged_, len(model.lower_bounds_)) == (2, False, 2)
    assert model.lower_bound_ == pytest.approx(score, rel=1e-12)
    assert model.lower_bound_ == pytest.approx(one.lower_bound_, rel=1e-12)


@every_type
@pytest.mark.parametrize("cuts", [(), (800,), (1, 2, 1599), tuple(range(0, 1600, 37))])
def test_any_partition_is_near_the_whole(covariance_type, cuts):
    model = begun(covariance_type)
    whole, parts = Statistics(model).add(X), Statistics(model)
    for piece in pieces_of(X, cuts):
        if len(piece):
            parts.merge(Statistics(model).add(piece))
    scale = np.abs(whole.values).max()
    np.testing.assert_allclose(parts.values, whole.values, rtol=1e-12, atol=1e-12 * scale)
    assert parts.weight == whole.weight == len(X)
    again = pickle.loads(pickle.dumps(model)).update(parts)
    assert_close(model.update(whole), again, 1e-9)


def scales(whole, model):
    """Of each number of `values`: n, the log-likelihoods' sizes, and for the sums of a component
    what Cauchy and Schwarz allow them, of its weight and the sums of its squares."""
    d, kind = X.shape[1], model.covariance_type
    matrix = [(i, j) for i in range(d) for j in range(i + 1)]
    squares = {"full": matrix, "tied": []}.get(kind, [(j, j) for j in range(d)])
    found = [len(X), np.abs(model.score_samples(X)).sum()]
    blocks = [squares] * 3 + ([matrix] if kind == "tied" else [])
    resp, centres = model.predict_proba(X), [*model.means_, model.means_[0]]
    for c, block in enumerate(blocks):
        r = resp[:, c] if c < 3 else np.ones(len(X))
        size = np.sqrt((r[:, None] * (X - centres[c]) ** 2).sum(axis=0))
        found += [r.sum(), *(np.sqrt(r.sum()) * size), *(size[i] * size[j] for i, j in block)]
    assert len(found) == len(whole)
    return np.array(found)


@every_type
@pytest.mark.parametrize("seed", range(6))
def test_random_partitions_are_the_whole_to_12_digits(covariance_type, seed):
    model, random = begun(covariance_type), np.random.default_rng(seed)
    whole, parts = Statistics(model).add(X), Statistics(model)
    cuts = random.choice(np.arange(1, len(X)), random.integers(1, 200), replace=False)
    pieces = pieces_of(X[random.permutation(len(X))], cuts)
    for piece in pieces:
        parts.merge(Statistics(model).add(piece))
    off = np.abs(parts.values - whole.values) / scales(whole.values, model)
    assert off.max() <= 1e-12
    one, other = (pickle.loads(pickle.dumps(model)).update(each) for each in (whole, parts))
    for name in PARAMETERS:
        a, b = getattr(one, name), getattr(other, name)
        assert np.abs(a - b).max() <= 1e-12 * np.abs(a).max()


@every_type
def test_partitions_of_single_precision(covariance_type):
    model, rows = begun(covariance_type), X.astype(np.float32)
    whole, parts = Statistics(model).add(rows), Statistics(model)
    for piece in pieces_of(rows, range(37, len(X), 37)):
        parts.merge(Statistics(model).add(piece))
    off = np.abs(parts.values - whole.values) / scales(whole.values, model)
    assert off.max() <= (1e-12 if covariance_type == "tied" else 1e-6)


@every_type
def test_other_machines_give_the_same_bits(covariance_type):
    """Each has its rows, and the mixture as it came; bytes or flat arrays come back."""
    model = begun(covariance_type)
    pieces = pieces_of(X, (300, 310, 1200))
    here, by_bytes, by_arrays = (Statistics(model) for _ in range(3))
    for number, piece in enumerate(pieces):
        here.merge(Statistics(model).add(piece))
        with windlass.threads(1 + number):
            away = Statistics(pickle.loads(pickle.dumps(model))).add(np.asfortranarray(piece))
        by_bytes.merge(Statistics.from_bytes(away.to_bytes()))
        filled = Statistics(model)
        filled.values = away.values
        by_arrays.merge(filled)
    np.testing.assert_array_equal(by_bytes.values, here.values)
    np.testing.assert_array_equal(by_arrays.values, here.values)
    assert by_bytes.to_bytes() == here.to_bytes()


@every_type
def test_a_federated_fit_walks_as_a_fit_does(covariance_type):
    pieces = pieces_of(X, (500, 900))
    options = {"init_params": "random_from_data", "random_state": 0, "tol": 1e-6, "max_iter": 300}
    fit = GaussianMixture(3, covariance_type=covariance_type, **options).fit(X)
    model = begun(covariance_type, tol=1e-6)
    while not model.converged_:
        whole = Statistics(model)
        for piece in pieces:
            whole.merge(Statistics(model).add(piece))
        model.update(whole)
    assert model.n_iter_ == fit.n_iter_
    np.testing.assert_allclose(model.lower_bounds_, fit.lower_bounds_, rtol=1e-9)
    assert_close(model, fit, 1e-6)
    np.testing.assert_array_equal(model.predict(X), fit.predict(X))


def test_weights_are_repeated_rows():
    model, weight = begun(), rng.integers(0, 4, len(X))
    weighted = Statistics(model).add(X, sample_weight=weight)
    repeated = Statistics(model).add(np.repeat(X, weight, axis=0))
    scale = np.abs(repeated.values).max()
    np.testing.assert_allclose(weighted.values, repeated.values, rtol=1e-10, atol=1e-12 * scale)
    assert weighted.weight == weight.sum()


def test_single_precision_stays():
    model = GaussianMixture(2, random_state=0).fit(X.astype(np.float32))
    model.update(Statistics(model).add(X.astype(np.float32)))
    assert model.means_.dtype == np.float32


def test_copies_and_words():
    model = begun()
    statistics = Statistics(model).add(X[:10])
    again = pickle.loads(pickle.dumps(statistics))
    np.testing.assert_array_equal(again.values, statistics.values)
    assert repr(again) == "<Statistics of 3 components in 3 columns, weight 10>"
    assert Statistics(model).weight == 0


def test_merged_with_itself_it_is_twice_what_it_was():
    statistics = Statistics(begun()).add(X)
    twice = 2 * statistics.values
    np.testing.assert_array_equal(statistics.merge(statistics).values, twice)


@pytest.mark.parametrize("wrong", [None, 3, "statistics", X])
def test_other_things_are_refused_by_name(wrong):
    model = begun()
    with pytest.raises(TypeError, match="^model is of type .*, expected a GaussianMixture"):
        Statistics(wrong)
    with pytest.raises(TypeError, match="^other is of type .*, expected Statistics"):
        Statistics(model).merge(wrong)
    with pytest.raises(TypeError, match="^statistics is of type .*, expected Statistics"):
        model.update(wrong)


def test_what_is_refused():
    model = begun()
    statistics = Statistics(model).add(X)
    before = statistics.values
    with pytest.raises(ValueError, match="not fitted yet"):
        Statistics(GaussianMixture())
    broken = X.copy()
    broken[5, 2] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        statistics.add(broken)
    with pytest.raises(ValueError, match="columns"):
        statistics.add(X[:, :2])
    with pytest.raises(ValueError, match="under other parameters"):
        statistics.merge(Statistics(begun(random_state=1)).add(X))
    for wrong in (before[1:], -before, np.full_like(before, np.nan)):
        with pytest.raises(ValueError, match="values"):
            statistics.values = wrong
    np.testing.assert_array_equal(statistics.values, before)
    data = statistics.to_bytes()
    for wrong in (data[:-1], data[:40] + b"x" + data[41:], b""):
        with pytest.raises(ValueError):
            Statistics.from_bytes(wrong)
    with pytest.raises(ValueError, match="an object of kind 'mixture'"):
        Statistics.from_bytes(model._fitted().save())


@every_type
def test_weights_below_0_are_refused(covariance_type):
    """Signs of a component that are all turned give a covariance as good as before."""
    statistics = Statistics(begun(covariance_type)).add(X)
    d, more = X.shape[1], {"full": 6, "tied": 0}.get(covariance_type, 3)
    size = 1 + d + more
    for component in range(3):
        changed = statistics.values.copy()
        changed[2 + component * size : 2 + (component + 1) * size] *= -1
        with pytest.raises(ValueError, match="weights of 0 or more"):
            statistics.values = changed


def test_an_update_that_fails_changes_nothing():
    model = begun()
    means, other = model.means_, begun("diag")
    with pytest.raises(ValueError, match="another covariance_type"):
        model.update(Statistics(other).add(X))
    with pytest.raises(ValueError):
        model.set_params(reg_covar=0).update(Statistics(model).add(X[:1]))
    with pytest.raises(ValueError):
        model.update(Statistics(model))
    assert model.means_ is means and model.n_iter_ == 1
    model.predict(X)
