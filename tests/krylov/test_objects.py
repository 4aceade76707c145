"""Solvers as objects: what they tell of themselves, and their bytes."""

import numpy as np
import pytest

import windlass
from windlass import krylov
from windlass._errors import WindlassError
from windlass._object import Object

KINDS = [kind for kind in windlass.kinds() if "recurrence_norm" in windlass.describe(kind)]
PRECONDITIONERS = (
    "operator", "jacobi", "block_jacobi", "ssor", "ilu0", "ilut", "ic0", "chebyshev",
)  # fmt: skip
A = np.diag(np.full(50, 3.0)) - np.eye(50, k=1) - np.eye(50, k=-1)
B = np.cos(np.arange(50.0))


def solver_of(kind, **settings):
    return krylov.Solver(kind, **settings)


def saved(solver):
    return solver._object.save()


def test_there_are_kinds():
    assert {"cg", "gmres", "lsqr"} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_description(kind):
    described = windlass.describe(kind)
    assert {"rtol", "atol", "max_steps", "preconditioner"} <= set(described)
    assert described["rtol"].settable and described["n_iter"].result
    for name, p in described.items():
        if p.type in ("int", "real") and p.settable:
            assert p.minimum <= float(p.initial) <= p.maximum, name
    kinds = described["preconditioner"].choices
    assert kinds == PRECONDITIONERS and set(kinds) <= set(windlass.kinds())


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_has_not_solved_is_saved(kind):
    solver = solver_of(kind, rtol=0.125, max_steps=77)
    loaded = Object.load(saved(solver))
    assert loaded.kind == kind and loaded.settings() == solver._object.settings()
    assert loaded.get("rtol") == 0.125 and loaded.get("max_steps") == 77
    assert loaded.results() == {} and loaded.save() == saved(solver)


@pytest.mark.parametrize("kind", KINDS)
def test_results_are_saved(kind):
    solver = solver_of(kind, rtol=1e-9)
    result = solver.solve(A, B)
    assert result.converged
    loaded = Object.load(saved(solver))
    before, after = solver._object.results(), loaded.results()
    assert before.keys() == after.keys() >= {"reason", "history", "n_iter"}
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)
    assert len(after["history"]) == result.iterations + 1
    assert loaded.save() == saved(solver)


def test_every_setting_is_saved():
    for kind in KINDS:
        solver = solver_of(kind)
        for name, p in windlass.describe(kind).items():
            if p.type == "text" and p.settable:
                solver.set(**{name: p.choices[-1]})
            elif p.type in ("int", "real") and p.settable:
                solver.set(**{name: type(solver.get(name))(min(p.maximum, 5))})
        loaded = Object.load(saved(solver))
        assert loaded.settings() == solver._object.settings()


def test_a_loaded_one_solves():
    solver = Object.load(saved(solver_of("cg", rtol=1e-9)))
    again = solver_of("cg")
    again._object = solver
    x = again.solve(A, B).x
    np.testing.assert_allclose(A @ x, B, atol=1e-8)


def test_a_preconditioner_is_saved_without_its_matrix():
    solver, jacobi = solver_of("cg"), windlass.precond.Jacobi()
    solver._object.set("preconditioner", jacobi)
    assert Object.load(saved(solver)).save() == saved(solver)


def test_an_operator_is_not_saved():
    solver, a = solver_of("cg"), windlass.sparse.aslinear(A)
    solver._object.set("preconditioner", a)
    with pytest.raises(WindlassError, match="operator"):
        saved(solver)


def test_what_cannot_precondition_is_refused():
    solver, other = solver_of("cg"), solver_of("gmres")
    with pytest.raises(WindlassError, match="preconditioner is of kind"):
        solver._object.set("preconditioner", other._object)


def test_damaged_bytes_are_refused():
    solver = solver_of("cg")
    solver.solve(A, B)
    data = saved(solver)
    for at in range(0, len(data), 7):
        changed = bytearray(data)
        changed[at] ^= 0x40
        with pytest.raises(WindlassError):
            Object.load(bytes(changed))


def test_a_failed_solve_keeps_the_results():
    solver = solver_of("cg", rtol=1e-9)
    solver.solve(A, B)
    before = saved(solver)

    class Broken(Exception):
        pass

    def product(x):
        raise Broken

    broken = windlass.sparse.function(product, (50, 50))
    with pytest.raises(Broken):
        solver.solve(broken, B)
    assert saved(solver) == before
