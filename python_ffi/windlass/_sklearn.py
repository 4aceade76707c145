"""scikit-learn's conventions for estimators, without scikit-learn.

Importing it takes longer than most fits, so nothing here does. What it asks of an estimator is
duck-typed (`get_params`, `__sklearn_tags__`, ...), and where a program has loaded scikit-learn its
own exceptions and warnings are used, so that `except NotFittedError` and warning filters work.
`isinstance(estimator, sklearn.base.BaseEstimator)` is False, whichever was imported first.
"""

import inspect
import reprlib
import sys

_short = reprlib.Repr()
_short.maxother = 60  # characters of an array


class ConvergenceWarning(UserWarning):
    """As sklearn.exceptions.ConvergenceWarning, where that is not loaded."""


class NotFittedError(ValueError, AttributeError):
    """As sklearn.exceptions.NotFittedError, where that is not loaded."""


def _theirs(name, ours):
    return getattr(sys.modules.get("sklearn.exceptions"), name, ours)


def convergence_warning():
    """The class of warning for a fit that has not converged."""
    return _theirs("ConvergenceWarning", ConvergenceWarning)


def not_fitted(estimator):
    """The exception for an estimator that is used before it is fitted."""
    return _theirs("NotFittedError", NotFittedError)(
        f"This {type(estimator).__name__} instance is not fitted yet. Call 'fit' with appropriate "
        "arguments before using this estimator."
    )


def draw_seed(random_state, most):
    """An int from 0 to `most` - 1 of what scikit-learn takes for random_state.

    Parameters
    ----------
    random_state : None, int, RandomState or Generator
        None: from NumPy's global RandomState. An int is the seed itself.
    """
    import numbers

    import numpy as np

    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(most))
    if random_state is None or random_state is np.random:
        random_state = np.random.mtrand._rand
    if not isinstance(random_state, np.random.RandomState):
        raise ValueError(f"{random_state!r} cannot be used to seed a random number generator")
    return int(random_state.randint(0, most, dtype=np.int64))


class Estimator:
    """Parameters as scikit-learn keeps them: __init__ stores its arguments, and does nothing else.

    Attributes that end in "_" are results, and are there once it is fitted.
    """

    @classmethod
    def _parameters(cls):
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep=True):
        """The constructor's arguments by name. `deep` is taken and changes nothing."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params):
        """Set constructor's arguments by name; they take effect at the next fit. Returns self."""
        known = self._parameters()
        for name in params:
            if name not in known:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: "
                    f"{known!r}."
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self):
        changed = []
        for name, parameter in inspect.signature(type(self)).parameters.items():
            value = getattr(self, name)
            if value is not parameter.default and repr(value) != repr(parameter.default):
                changed.append(f"{name}={' '.join(_short.repr(value).split())}")
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self):
        return any(name.endswith("_") and not name.startswith("_") for name in vars(self))

    def __sklearn_tags__(self):
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type=getattr(self, "_estimator_type", None),
            target_tags=TargetTags(required=False),
            input_tags=InputTags(),
        )
