"""Real matrices: the pairs of method and preconditioner that docs/krylov.md lists solve them."""

import pathlib
import re

import numpy as np
import pytest

from windlass import precond
from windlass.krylov import solve

pytest.importorskip("scipy.sparse")
from support import precond_reference as by  # noqa: E402

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "krylov.md"
# | memplus | `gmres` | `ILUT(blocks=1)` | 47 |
ROW = re.compile(r"\| (\w+) \| `(\w+)` \| `?([^`|]*?)`? \| (\d+) \|")


def pairs():
    """The rows of the table."""
    found = map(ROW.fullmatch, PAGE.read_text(encoding="utf-8").splitlines())
    return [(*row.groups()[:3], int(row[4])) for row in found if row]


def test_the_table_is_there():
    assert {"memplus", "beam2475", "helmholtz2880"} <= {name for name, *_ in pairs()}


@pytest.mark.skipif(by.matrices() is None, reason="the real matrices are not here")
@pytest.mark.parametrize("name, method, m, steps", pairs())
def test_solved(name, method, m, steps):
    A = by.read(name)
    b = by.right_side(name)
    M = None if m == "none" else eval(m, vars(precond))
    result = solve(A, b, method, M=M, rtol=1e-8, maxiter=2 * steps)
    assert result.converged and result.reason == "converged"
    assert np.linalg.norm(b - A @ result.x) <= 1e-8 * np.linalg.norm(b)
    assert 0.7 * steps <= result.iterations <= 1.3 * steps, "as the table says, about"
