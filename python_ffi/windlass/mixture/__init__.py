"""Gaussian mixtures by expectation-maximisation, with scikit-learn's names and meanings.

The algorithm is Dempster, Laird, Rubin 1977, doi 10.1111/j.2517-6161.1977.tb01600.x.
"""

import typing

from ._statistics import Statistics
from ._steps import e_step, m_step

if typing.TYPE_CHECKING:
    from ._gaussian import GaussianMixture

__all__ = ["GaussianMixture", "Statistics", "e_step", "m_step"]


def __getattr__(name):
    if name == "GaussianMixture":  # whose base classes are scikit-learn's, where that is installed
        from ._gaussian import GaussianMixture

        globals()[name] = GaussianMixture
        return GaussianMixture
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
