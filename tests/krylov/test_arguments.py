"""What the functions of SciPy's names and `solve` take and refuse, argument by argument."""

import numpy as np
import pytest

from windlass import krylov, precond
from windlass.sparse import aslinear, csr

sparse = pytest.importorskip("scipy.sparse")
linalg = pytest.importorskip("scipy.sparse.linalg")

N = 100
L = sparse.diags([-1.0, 2.1, -1.0], [-1, 0, 1], (N, N)).tocsr()
B = np.cos(np.arange(N))
NAMES = ("bicg", "bicgstab", "cg", "cgs", "gcrotmk", "gmres", "lgmres", "minres", "qmr", "tfqmr")


def single(A):
    A = A.astype(np.float32)
    return csr(A.indptr, A.indices, A.data, A.shape)


@pytest.mark.parametrize("name", NAMES)
def test_no_steps_leave_the_start(name):
    solver, start = getattr(krylov, name), np.arange(float(N))
    x, info = solver(L, B, x0=start, maxiter=0)
    np.testing.assert_array_equal(x, start)
    assert info == 1
    exact = linalg.spsolve(L.tocsc(), B)
    x, info = solver(L, B, x0=exact, maxiter=0)
    np.testing.assert_array_equal(x, exact)
    assert info == 0


def test_no_steps_of_solve():
    start = np.arange(float(N))
    result = krylov.solve(L, B, x0=start, maxiter=0, rtol=1e-3)
    assert (result.iterations, result.reason, result.converged) == (0, "max_steps", False)
    np.testing.assert_array_equal(result.x, start)
    assert result.residual_norm == pytest.approx(np.linalg.norm(B - L @ start))
    assert krylov.solve(L, B, x0=start, maxiter=0, atol=1e9).reason == "converged"


@pytest.mark.parametrize("name", [*NAMES, "solve"])
@pytest.mark.parametrize(
    "given, kind, text",
    [
        ({"maxiter": -1}, ValueError, "maxiter is -1"),
        ({"maxiter": 3.0}, TypeError, "maxiter is 3.0"),
        ({"maxiter": 10**30}, ValueError, f"maxiter is {10**30}"),
        ({"rtol": None}, TypeError, "rtol is None"),
        ({"rtol": -1.0}, ValueError, "rtol is -1.0"),
        ({"atol": None}, TypeError, "atol is None"),
        ({"x0": np.full(N, np.nan)}, ValueError, r"x0 is not finite: x0\[0\] is nan"),
    ],
)
def test_what_is_refused_is_named(name, given, kind, text):
    if name == "minres" and "atol" in given:
        return  # has none
    with pytest.raises(kind, match=text):
        getattr(krylov, name)(L, B, **given)


@pytest.mark.parametrize(
    "name, given, kind, text",
    [
        ("gmres", {"restart": 2.5}, TypeError, "restart is 2.5"),
        ("gmres", {"restart": 0}, ValueError, "restart is 0"),
        ("gmres", {"restart": -3}, ValueError, "restart is -3"),
        ("lgmres", {"inner_m": 0}, ValueError, "inner_m is 0"),
        ("lgmres", {"outer_k": -1}, ValueError, "outer_k is -1"),
        ("gcrotmk", {"m": 0}, ValueError, "m is 0"),
        ("gcrotmk", {"k": 1.5}, TypeError, "k is 1.5"),
        ("cg", {"x0": "foo"}, ValueError, "x0 is 'foo'"),
        ("cg", {"M": 3}, TypeError, "M is a int"),
        ("cg", {"M": precond.IC0}, TypeError, "M is the class IC0, expected an object"),
        ("cg", {"M": L * 1j}, TypeError, "M has dtype complex128, expected float64"),
        ("cg", {"M": np.ones(N)}, ValueError, r"M has shape \(100,\), expected two"),
    ],
)
def test_what_some_refuse_is_named(name, given, kind, text):
    with pytest.raises(kind, match=text):
        getattr(krylov, name)(L, B, **given)


@pytest.mark.parametrize("A", [np.ones(N), np.ones((2, 2, 2)), sparse.csr_array(np.ones(N))])
def test_a_matrix_has_two_dimensions(A):
    with pytest.raises(ValueError, match="A has shape .*, expected two dimensions"):
        krylov.cg(A, B)
    with pytest.raises(ValueError, match="A has shape .*, expected two dimensions"):
        aslinear(A)


@pytest.mark.parametrize("M", ["ic0", precond.IC0(), None, L, lambda r: r / 2.1])
def test_a_start_at_m_times_b(M):
    x, info = krylov.cg(L, B, x0="Mb", M=M, rtol=1e-10)
    assert info == 0
    np.testing.assert_allclose(L @ x, B, atol=1e-8)


@pytest.mark.parametrize("method", ["cg", "gmres", "lgmres"])
def test_a_function_preconditions(method):
    result = krylov.solve(L, B, method, M=lambda r: r / 2.1)
    assert result.converged and result.preconditioner == "operator"
    assert result.preconditionings > 0


@pytest.mark.parametrize("b", [B.astype(np.float32), np.arange(N)])
@pytest.mark.parametrize("x0", [None, np.ones(N), np.arange(N)])
def test_an_operator_gives_its_dtype(b, x0):
    result = krylov.solve(single(L), b, "cg", None, x0=x0, rtol=1e-4)
    assert result.converged and result.x.dtype == np.float32
    with pytest.raises(TypeError, match="b has dtype float64, expected float32"):
        krylov.solve(single(L), B, "cg", None)


def test_a_real_operator_and_complex_vectors():
    b = B * (1 + 0.5j)
    for method in ("cg", "gmres", "qmr", "lsqr"):
        result = krylov.solve(aslinear(L), b, method, None)
        assert result.converged and result.x.dtype == complex
        np.testing.assert_allclose(L @ result.x, b, atol=1e-6)
    for M in (aslinear(sparse.eye(N, format="csr")), precond.ILU0().setup(L)):
        result = krylov.solve(L, b, "gmres", M=M)
        assert result.converged
        np.testing.assert_allclose(L @ result.x, b, atol=1e-6)
    for M in ("auto", "ilu0", precond.ILU0()):
        result = krylov.solve(aslinear(L), b, "gmres", M=M)
        assert result.converged and result.preconditionings and result.iterations < 20
        np.testing.assert_allclose(L @ result.x, b, atol=1e-6)
    for A in (L, aslinear(L)):
        x, info = krylov.minres(A, b, shift=-0.5, M="jacobi", rtol=1e-9)
        assert info == 0
        np.testing.assert_allclose(L @ x + 0.5 * x, b, atol=1e-7)
    x, info = krylov.minres(L, B, x0=1j * B, rtol=1e-9)
    assert info == 0 and x.dtype == complex
    np.testing.assert_allclose(L @ x, B, atol=1e-7)
