"""Iterative solvers of A x = b: SciPy's functions with its signatures, and `solve`.

`solve` tells everything that is known about how it ended; `Solver` keeps its memory from one solve
to the next. The functions of SciPy's names (`cg`, `gmres`, ...) take what SciPy's take and return
``(x, info)``, so that changing the import is all it takes. ``converged`` and ``info == 0`` always
mean that the residual ``b - A x``, computed anew at the end, is small enough.
"""

from ._least_squares import lsmr, lsqr
from ._scipy import bicg, bicgstab, cg, cgs, gcrotmk, gmres, lgmres, minres, qmr, tfqmr
from ._solver import METHODS, Result, Solver, Step, solve

__all__ = [
    "METHODS",
    "Result",
    "Solver",
    "Step",
    "bicg",
    "bicgstab",
    "cg",
    "cgs",
    "gcrotmk",
    "gmres",
    "lgmres",
    "lsmr",
    "lsqr",
    "minres",
    "qmr",
    "solve",
    "tfqmr",
]
