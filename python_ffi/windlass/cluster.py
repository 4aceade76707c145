"""k-means clustering, with scikit-learn's names and meanings.

The algorithm is Lloyd's (1982, doi 10.1109/TIT.1982.1056489), the starts are those of k-means++
(Arthur, Vassilvitskii 2007).
"""

import math
import operator
import pathlib
import warnings

import numpy as np

from . import _array, _constraints, _long_call, _progress
from ._context import call
from ._load import ffi, lib
from ._object import Object, describe
from ._sklearn import (
    UNUSED,
    BaseEstimator,
    ClusterMixin,
    ConvergenceWarning,
    TransformerMixin,
    check_features,
    draw_seed,
    feature_names,
    keep_features,
    not_fitted,
)

__all__ = ["KMeans", "kmeans_plusplus"]

_KIND = "kmeans"
_LONG = 50_000_000  # multiplications that take 20 ms on a slow machine's one core
_SEEDS = 2**53  # bounds of the property "seed", exact in a double

# Arguments that are no properties of the library's object, or may be more than these.
_COUNT = (_constraints.integer(1),)
_ARGUMENTS = {
    "init": (
        _constraints.among(sorted(describe(_KIND)["init"].choices)),
        _constraints.CALLABLE,
        _constraints.ARRAY_LIKE,
    ),
    "n_init": (_constraints.among(["auto"]), *_COUNT),
    "copy_x": _constraints.BOOLEAN,
    "random_state": _constraints.RANDOM_STATE,
    "verbose": _constraints.VERBOSE,
}
_OF_PLUS_PLUS = {
    "n_clusters": _COUNT,
    "random_state": _constraints.RANDOM_STATE,
    "n_local_trials": (*_COUNT, _constraints.NONE),
}


def kmeans_plusplus(
    X,
    n_clusters,
    *,
    sample_weight=None,
    x_squared_norms=None,
    random_state=None,
    n_local_trials=None,
):
    """Rows that lie far apart, to start k-means from.

    Meanings are those of sklearn.cluster.kmeans_plusplus; what is drawn is not, for the same
    `random_state`.

    Parameters
    ----------
    X : array_like (n, d)
        Data; float64 and float32 of any strides are used as they lie.
    n_clusters : int
    sample_weight : array_like (n,), optional
        Not negative, not all zero.
    x_squared_norms : ignored
    random_state : int, RandomState, Generator or None
    n_local_trials : int, optional
        Rows drawn for each centre, of which the best is taken; 2 + log(n_clusters) by default.

    Returns
    -------
    centers : ndarray (n_clusters, d)
        Of X's dtype.
    indices : ndarray (n_clusters,)
        centers == X[indices].
    """
    given = (n_clusters, random_state, n_local_trials)
    for value, (name, allowed) in zip(given, _OF_PLUS_PLUS.items(), strict=True):
        _constraints.require("kmeans_plusplus", name, value, allowed)
    X = _array.samples(X)
    _require_rows(X, n_clusters)
    centers = np.empty((n_clusters, X.shape[1]), X.dtype)
    indices = np.empty(n_clusters, np.int64)
    weights = _array.row_weights(sample_weight, len(X))
    with _array.Explained(X, weights):
        _long_call.run(
            lib.wdl_kmeans_plusplus,
            _array.borrow(X),
            _lent(weights),
            draw_seed(random_state, _SEEDS),
            n_local_trials or 0,
            _array.borrow(centers),
            _array.borrow(indices),
        )
    return centers, indices


def _require_rows(X, n_clusters):
    if len(X) < n_clusters:
        raise ValueError(f"n_samples={len(X)} should be >= n_clusters={n_clusters}.")


def _lent(weights):
    return ffi.NULL if weights is None else _array.borrow(weights, "sample_weight")


class KMeans(TransformerMixin, ClusterMixin, BaseEstimator):
    """Clusters of rows about their means.

    Names, meanings and results are those of sklearn.cluster.KMeans, which need not be installed;
    from the same given centres it takes the same iterations. What differs: the same `random_state`
    gives other starts than scikit-learn's; `partial_fit`, and `progress` in `fit`.

    Parameters
    ----------
    n_clusters : int
    init : {"k-means++", "random"}, array_like (n_clusters, d) or callable
        A callable gets X, n_clusters and random_state, and returns centres.
    n_init : int or "auto"
        Starts, of which the best is kept. "auto": 10 for "random" and callables, else 1.
    max_iter : int
        Most iterations of a start.
    tol : float
        Converged when the centres' squared movement is below tol times the mean of the columns'
        variances.
    verbose : int
        1: a line on standard error for every iteration.
    random_state : int, RandomState, Generator or None
    copy_x : bool
        Taken and not needed: X is never changed.
    algorithm : {"lloyd", "elkan"}
        elkan leaves out distances by the triangle inequality, lloyd does so once it pays; the
        results are the same.

    Attributes
    ----------
    cluster_centers_ : ndarray (n_clusters, d)
        Of X's dtype.
    labels_ : ndarray (n,) of int32
    inertia_ : float
        Weighted squared distances to the nearest centres, summed.
    n_iter_ : int
    n_features_in_ : int
    counts_ : ndarray (n_clusters,)
        The weight of the rows that each centre stands for, in `partial_fit`.

    Notes
    -----
    `describe("kmeans")` lists the parameters' bounds; they are checked by `fit`. Attributes may be
    replaced, not changed in place; `cluster_centers_` alone is enough to predict.

    Examples
    --------
    >>> model = KMeans(3, random_state=1).fit(X)
    >>> labels = model.labels_
    """

    # What is no data is not to be routed to `fit`.
    __metadata_request__fit = {"progress": UNUSED}

    def __init__(
        self,
        n_clusters=8,
        *,
        init="k-means++",
        n_init="auto",
        max_iter=300,
        tol=1e-4,
        verbose=0,
        random_state=None,
        copy_x=True,
        algorithm="lloyd",
    ):
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm

    def fit(self, X, y=None, sample_weight=None, *, progress=None):
        """Find the clusters.

        Parameters
        ----------
        X : array_like (n, d)
            float64 and float32 of any strides are used as they lie. Distances are taken in that
            precision about the mean, sums in double.
        y : ignored
        sample_weight : array_like (n,), optional
            Weight w counts as the row w times; not negative, not all zero.
        progress : bool or callable, optional
            True: a bar (needs tqdm). A callable gets a `windlass.Progress` after each iteration,
            whose value is the inertia; a true result ends the fit with the best so far, an
            exception ends it and is raised.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            A parameter out of bounds, X that is not finite, fewer rows than clusters. The
            estimator is as it was before.
        KeyboardInterrupt
            After Ctrl-C, likewise.

        Warns
        -----
        ConvergenceWarning
            There are fewer distinct clusters than asked for, or the time ran out.
        """
        _constraints.check(self, _KIND, _ARGUMENTS)
        names, X = feature_names(X), _array.samples(X, type(self).__name__)
        _require_rows(X, self.n_clusters)
        weights, model = _array.row_weights(sample_weight, len(X)), self._configured(X)
        with _array.Explained(X, weights), _progress.shown(progress, self.verbose, 1) as report:
            fit = self._best_of if callable(self.init) else self._fit_once
            model, labels, status = fit(model, X, weights, report)
        self._take(model, X.dtype, labels)
        keep_features(self, X.shape[1], names)
        distinct = np.count_nonzero(np.bincount(labels, minlength=1))
        if distinct < len(self.cluster_centers_):
            warnings.warn(
                f"Number of distinct clusters ({distinct}) found smaller than n_clusters "
                f"({len(self.cluster_centers_)}). Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=2,
            )
        if status == lib.WDL_STOPPED and not (report and report.stopped):
            warnings.warn("The fit ran out of time.", ConvergenceWarning, stacklevel=2)
        return self

    def _fit_once(self, model, X, weights, report):
        labels = np.empty(len(X), np.int32)
        status = _long_call.run(
            lib.wdl_kmeans_fit,
            model.id,
            _array.borrow(X),
            _lent(weights),
            _array.borrow(labels),
            progress=report,
            interval=report.interval if report else 0.0,
        )
        return model, labels, status

    def _best_of(self, model, X, weights, report):
        """The best of the starts that a callable gives."""
        best, state = None, self._random_state()
        for _ in range(model.get("n_init") or 10):
            found = self._fit_once(self._begun(X, state), X, weights, report)
            if best is None or found[0].get("inertia") < best[0].get("inertia"):
                best = found
            if found[2] == lib.WDL_STOPPED:
                break
        return best

    def _random_state(self):
        """What a callable draws from."""
        state = self.random_state
        if isinstance(state, np.random.RandomState):
            return state
        return np.random.RandomState(draw_seed(state, 2**32))

    def _begun(self, X, state):
        """A new object that begins with centres of the callable's."""
        model = self._set_up(Object.create(_KIND))
        given = self.init(X, self.n_clusters, random_state=state)
        model.set("init_centers", self._given(X, given, "init's result"))
        return model

    def _configured(self, X):
        """A new object with this estimator's parameters, but for what a callable gives."""
        model = self._set_up(Object.create(_KIND))
        model.set("seed", draw_seed(self.random_state, _SEEDS))
        if not isinstance(self.init, str) and not callable(self.init):
            model.set("init_centers", self._given(X, self.init, "init"))
            if self.n_init not in ("auto", 1):
                warnings.warn(
                    "Explicit initial center position passed: performing only one init in "
                    f"{type(self).__name__} instead of n_init={self.n_init}.",
                    RuntimeWarning,
                    stacklevel=3,
                )
        if self.algorithm == "elkan" and self.n_clusters == 1:
            warnings.warn(
                "algorithm='elkan' doesn't make sense for a single cluster. Using 'lloyd' instead.",
                RuntimeWarning,
                stacklevel=3,
            )
        return model

    def _set_up(self, model):
        """The object, with this estimator's numbers and texts: the library checks them."""
        for name, described in describe(_KIND).items():
            if described.settable and hasattr(self, name) and name not in ("init", "n_init"):
                model.set(name, getattr(self, name))
        model.set("n_init", 0 if self.n_init == "auto" else self.n_init)
        if isinstance(self.init, str):
            model.set("init", self.init)
        return model

    def _given(self, X, init, name):
        """Centres to begin with, as X's dtype has them."""
        init = np.asarray(_array.reals(init, name, 2), X.dtype)
        if not np.isfinite(init).all():
            raise ValueError(f"Input contains NaN or infinity: the parameter '{name}'")
        if len(init) != self.n_clusters:
            raise ValueError(
                f"The shape of the initial centers {init.shape} does not match the number of "
                f"clusters {self.n_clusters}."
            )
        if init.shape[1] != X.shape[1]:
            raise ValueError(
                f"The shape of the initial centers {init.shape} does not match the number of "
                f"features of the data {X.shape[1]}."
            )
        return init

    def partial_fit(self, X, y=None, sample_weight=None):
        """One step with a part of the data.

        The rows go to their nearest centres, and each centre becomes the mean of all rows that
        ever went to it, by their weights (`counts_`). Without centres yet, `init` finds them in X.
        `labels_` and `inertia_` are those of X before the step.

        Returns
        -------
        self
        """
        _constraints.check(self, _KIND, _ARGUMENTS)
        names, rows = feature_names(X), _array.samples(X, type(self).__name__)
        weights = _array.row_weights(sample_weight, len(rows))
        labels = np.empty(len(rows), np.int32)
        if self.__sklearn_is_fitted__():
            X, model = self._rows(X)
            names = getattr(self, "feature_names_in_", None)
            dtype = self.cluster_centers_.dtype
        else:
            X, dtype = rows, rows.dtype
            _require_rows(X, self.n_clusters)
            given = callable(self.init)
            model = self._begun(X, self._random_state()) if given else self._configured(X)
        with _array.Explained(X, weights):
            _long_call.run(
                lib.wdl_kmeans_partial_fit,
                model.id,
                _array.borrow(X),
                _lent(weights),
                _array.borrow(labels),
            )
        self._take(model, dtype, labels)
        keep_features(self, X.shape[1], names)
        return self

    def _take(self, model, dtype, labels):
        """Make an object's results this estimator's."""
        found = model.results()
        self.cluster_centers_ = np.asarray(found["centers"], dtype)
        self.counts_ = found["counts"]
        self.n_iter_ = found["n_iter"]
        self.n_features_in_ = found["n_features"]
        self.inertia_ = found.get("inertia", math.inf)
        if labels is not None:
            self.labels_ = labels
        self._model = model, self._present()

    def _present(self):
        if not self.__sklearn_is_fitted__():
            raise not_fitted(self)
        return [self.cluster_centers_, getattr(self, "counts_", None)]

    def _fitted(self):
        """The object of the fit, made anew from the attributes where they are not its own."""
        present = self._present()
        model, its_own = self.__dict__.get("_model", (None, ()))
        if model is not None and all(map(operator.is_, present, its_own)):
            return model
        model = Object.create(_KIND)
        centers = _array.reals(present[0], "cluster_centers_", 2)
        counts = _array.reals([] if present[1] is None else present[1], "counts_", 1)
        lent = _array.borrow(counts) if len(counts) == len(centers) else ffi.NULL  # then all 0
        call(lib.wdl_kmeans_set_centers, model.id, _array.borrow(centers), lent)
        self._model = model, present
        return model

    def _rows(self, X):
        """X as the library takes it, and the object; the number of features is checked."""
        model = self._fitted()
        rows = _array.samples(X, type(self).__name__)
        check_features(self, rows.shape[1], feature_names(X), np.shape(self.cluster_centers_)[1])
        return rows, model

    def _of_rows(self, X, model, function, *arguments, weights=None):
        work = X.size * len(self.cluster_centers_)
        with _array.Explained(X, weights):
            run = _long_call.run if work >= _LONG else call
            run(function, model.id, _array.borrow(X), *arguments)

    def fit_predict(self, X, y=None, sample_weight=None, *, progress=None):
        """`fit`, then `labels_`."""
        return self.fit(X, y, sample_weight, progress=progress).labels_

    def fit_transform(self, X, y=None, sample_weight=None, *, progress=None):
        """`fit`, then `transform` of the same X."""
        return self.fit(X, y, sample_weight, progress=progress)._distances(X)

    def predict(self, X):
        """The nearest centre of each row: (n,) of int32."""
        X, model = self._rows(X)
        labels = np.empty(len(X), np.int32)
        self._of_rows(X, model, lib.wdl_kmeans_predict, _array.borrow(labels))
        return labels

    def transform(self, X):
        """The distances of the rows to the centres: (n, n_clusters) of X's dtype."""
        return self._distances(X)

    def _distances(self, X):
        X, model = self._rows(X)
        distances = np.empty((len(X), len(self.cluster_centers_)), X.dtype)
        self._of_rows(X, model, lib.wdl_kmeans_transform, _array.borrow(distances))
        return distances

    def score(self, X, y=None, sample_weight=None):
        """Minus the weighted squared distances of the rows to their nearest centres, summed."""
        X, model = self._rows(X)
        out, weights = ffi.new("double *"), _array.row_weights(sample_weight, len(X))
        self._of_rows(X, model, lib.wdl_kmeans_score, _lent(weights), out, weights=weights)
        return out[0]

    def get_feature_names_out(self, input_features=None):
        """The names of what `transform` gives: "kmeans0", ..."""
        name = type(self).__name__.lower()
        return np.array([f"{name}{i}" for i in range(len(self._present()[0]))], object)

    def save(self, path):
        """Write parameters and results, but for labels, to a file that every windlass reads."""
        pathlib.Path(path).write_bytes(self._set_up(self._fitted()).save())

    @classmethod
    def load(cls, path):
        """An estimator from a file that `save`, or the library's wdl_save, has written.

        Raises
        ------
        WindlassValueError
            The file is damaged, of a newer version, or no k-means.
        """
        model = Object.load(pathlib.Path(path).read_bytes())
        if model.kind != _KIND:
            raise ValueError(f"{path} holds an object of kind {model.kind!r}, expected {_KIND!r}")
        found = model.settings()
        found["n_init"] = found.get("n_init") or "auto"
        if "init_centers" in found:
            found["init"] = found["init_centers"]
        made = cls(**{name: found[name] for name in cls._get_param_names() if name in found})
        made._take(model, np.float64, None)
        return made

    def __getstate__(self):
        """Attributes, and the object as bytes where it is theirs: results come with the copy."""
        state = self.__dict__.copy()
        model, its_own = state.pop("_model", (None, ()))
        if model is not None and all(map(operator.is_, self._present(), its_own)):
            state["_saved"] = model.save()
        return state

    def __setstate__(self, state):
        state = dict(state)
        saved = state.pop("_saved", None)
        self.__dict__.update(state)
        if saved is not None:
            self._model = Object.load(saved), self._present()

    def __sklearn_is_fitted__(self):
        return hasattr(self, "cluster_centers_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
