"""scikit-learn's conventions for estimators.

Base classes, exceptions and tags are scikit-learn's own where it is installed, and look-alikes
otherwise: all that knows of it is in this file. Importing scikit-learn takes a second or more, so
the package does that with the first touch of an estimator's class, and not before.
"""

import inspect
import numbers
import reprlib
import types
import warnings

import numpy as np

try:
    from sklearn.base import BaseEstimator, ClusterMixin, DensityMixin, TransformerMixin
    from sklearn.exceptions import ConvergenceWarning, NotFittedError
except ImportError:
    _short = reprlib.Repr()
    _short.maxother = 60  # characters of an array

    class ConvergenceWarning(UserWarning):
        """As sklearn.exceptions.ConvergenceWarning."""

    class NotFittedError(ValueError, AttributeError):
        """As sklearn.exceptions.NotFittedError."""

    class BaseEstimator:
        """As sklearn.base.BaseEstimator: __init__ stores its arguments, and does nothing else.

        Attributes that end in "_" are results, and are there once it is fitted.
        """

        @classmethod
        def _get_param_names(cls):
            return sorted({*inspect.signature(cls.__init__).parameters} - {"self"})

        def get_params(self, deep=True):
            """The constructor's arguments by name. `deep` is taken and changes nothing."""
            return {name: getattr(self, name) for name in self._get_param_names()}

        def set_params(self, **params):
            """Set constructor's arguments by name, for the next fit. Returns self."""
            known = self._get_param_names()
            for name, value in params.items():
                if name not in known:
                    raise ValueError(
                        f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: "
                        f"{known!r}."
                    )
                setattr(self, name, value)
            return self

        def __repr__(self):
            changed = []
            given = inspect.signature(type(self)).parameters
            for name, value in self.get_params().items():
                default = given[name].default
                if value is not default and repr(value) != repr(default):
                    changed.append(f"{name}={' '.join(_short.repr(value).split())}")
            return f"{type(self).__name__}({', '.join(changed)})"

        def __sklearn_tags__(self):
            return types.SimpleNamespace(
                estimator_type=None,
                target_tags=types.SimpleNamespace(required=False),
                input_tags=types.SimpleNamespace(sparse=False, allow_nan=False, two_d_array=True),
                requires_fit=True,
            )

    class DensityMixin:
        """As sklearn.base.DensityMixin."""

        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.estimator_type = "density_estimator"
            return tags

    class ClusterMixin:
        """As sklearn.base.ClusterMixin."""

        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.estimator_type = "clusterer"
            return tags

    class TransformerMixin:
        """As sklearn.base.TransformerMixin, but for `set_output`."""

        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.transformer_tags = types.SimpleNamespace(preserves_dtype=["float64"])
            return tags


try:
    from sklearn.utils._param_validation import InvalidParameterError
except ImportError:

    class InvalidParameterError(ValueError, TypeError):
        """A constructor's argument of a type or value that it cannot have."""


try:
    from sklearn.utils.metadata_routing import UNUSED
except ImportError:
    UNUSED = "$UNUSED$"

__all__ = [
    "UNUSED",
    "BaseEstimator",
    "ClusterMixin",
    "ConvergenceWarning",
    "DensityMixin",
    "InvalidParameterError",
    "NotFittedError",
    "TransformerMixin",
    "check_features",
    "draw_seed",
    "feature_names",
    "keep_features",
    "not_fitted",
    "random_state_of",
]


def not_fitted(estimator):
    """The exception for an estimator that is used before it is fitted."""
    return NotFittedError(
        f"This {type(estimator).__name__} instance is not fitted yet. Call 'fit' with appropriate "
        "arguments before using this estimator."
    )


# Random numbers ---------------------------------------------------------------------------------


def random_state_of(random_state):
    """The RandomState of what scikit-learn takes for random_state; a Generator as it is."""
    if random_state is None or random_state is np.random:
        return np.random.mtrand._rand
    if isinstance(random_state, numbers.Integral):
        return np.random.RandomState(random_state)
    if isinstance(random_state, (np.random.RandomState, np.random.Generator)):
        return random_state
    raise ValueError(f"{random_state!r} cannot be used to seed a random number generator")


def draw_seed(random_state, most):
    """An int from 0 to `most` - 1 of what scikit-learn takes for random_state.

    Parameters
    ----------
    random_state : None, int, RandomState or Generator
        None: from NumPy's global RandomState. An int is the seed itself.
    """
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    random_state = random_state_of(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(most))
    return int(random_state.randint(0, most, dtype=np.int64))


# Features ---------------------------------------------------------------------------------------

_MIXED = (
    "Feature names are only supported if all input features have string names, but your input has "
    "{} as feature name / column name types. If you want feature names to be stored and validated, "
    "you must convert them all to strings, by using X.columns = X.columns.astype(str) for example. "
    "Otherwise you can remove feature / column names from your input data, or convert them all to "
    "a non-string data type."
)
_MOST_NAMED = 5


def feature_names(X):
    """The columns' names of a data frame (pandas, polars, pyarrow, ...) as an ndarray, or None."""
    columns = getattr(X, "column_names", None)  # of pyarrow, whose `columns` are the data
    if not isinstance(columns, list):  # of pandas, a column of this name
        columns = getattr(X, "columns", None)
    if columns is None or isinstance(X, np.ndarray) or callable(columns):
        return None
    names = np.asarray(columns, dtype=object)
    kinds = sorted({type(name).__qualname__ for name in names})
    if len(kinds) > 1 and "str" in kinds:
        raise TypeError(_MIXED.format(kinds))
    return names if kinds == ["str"] else None


def keep_features(estimator, count, names):
    """Make these the features that the estimator was fitted with."""
    estimator.n_features_in_ = count
    if names is not None:
        estimator.feature_names_in_ = names
    elif hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_


def check_features(estimator, count, names, expected):
    """Compare columns with those of the fit: warn or refuse as scikit-learn does."""
    caller, known = type(estimator).__name__, getattr(estimator, "feature_names_in_", None)
    if names is not None and known is None:
        said = f"X has feature names, but {caller} was fitted without feature names"
        warnings.warn(said, stacklevel=4)
    elif names is None and known is not None:
        said = f"X does not have valid feature names, but {caller} was fitted with feature names"
        warnings.warn(said, stacklevel=4)
    elif names is not None and (len(names) != len(known) or (names != known).any()):
        raise ValueError(_differing(known, names))
    if count != expected:
        raise ValueError(
            f"X has {count} features, but {caller} is expecting {expected} features as input."
        )


def _differing(known, names):
    said = "The feature names should match those that were passed during fit.\n"
    unseen, missing = sorted({*names} - {*known}), sorted({*known} - {*names})
    if unseen:
        said += "Feature names unseen at fit time:\n" + _listed(unseen)
    if missing:
        said += "Feature names seen at fit time, yet now missing:\n" + _listed(missing)
    if not unseen and not missing:
        said += "Feature names must be in the same order as they were in fit.\n"
    return said


def _listed(names):
    more = ["..."] if len(names) > _MOST_NAMED else []
    return "".join(f"- {name}\n" for name in names[:_MOST_NAMED] + more)
