"""Linear operators: stored matrices in the caller's memory, functions, and what is made of them.

`aslinear` makes an `Operator` of what is at hand; `@` multiplies with it, on all cores and with
the same bits for any number of threads.
"""

from ._inputs import aslinear, bsr, coo, csc, csr, dense, diagonal, function
from ._operator import Operator
from ._read import read

__all__ = [
    "Operator",
    "aslinear",
    "bsr",
    "coo",
    "csc",
    "csr",
    "dense",
    "diagonal",
    "function",
    "read",
]
