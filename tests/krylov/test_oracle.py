"""mpmath in 80 digits as the judge: solutions, residuals, and the norms that recurrences give."""

import numpy as np
import pytest

from windlass import krylov

mpmath = pytest.importorskip("mpmath")
EPS = np.finfo(float).eps


def hilbert(n):
    return 1 / (1.0 + np.add.outer(np.arange(n), np.arange(n)))


def band(n, below, middle, above):
    return middle * np.eye(n) + below * np.eye(n, k=-1) + above * np.eye(n, k=1)


def pascal(n):
    A = np.ones((n, n))
    for i in range(1, n):
        A[i, 1:] = np.cumsum(A[i - 1])[1:]
    return A


DEFINITE = {
    "laplace": band(12, -1, 2, -1),
    "hilbert": hilbert(6),
    "worse hilbert": hilbert(9),
    "pascal": pascal(7),
    "hermitian": band(9, -1j, 3, 1j),
    "sizes": band(10, -1, 3, -1) * np.outer(2.0 ** (np.arange(10) % 4), 2.0 ** (np.arange(10) % 4)),
}
HERMITIAN = DEFINITE | {
    "both signs": np.diag(np.r_[-4.0:0, 1:7]) + band(10, 0.2, 0, 0.2),
    "saddle": np.block([[band(8, -1, 2, -1), np.eye(8, 2)], [np.eye(2, 8), np.zeros((2, 2))]]),
}
GENERAL = HERMITIAN | {
    "wind": band(12, -1.9, 2.5, -0.4),
    "jordan": band(9, 0, 2, 1),
    "complex": band(10, 1 + 1j, 4, -2j),
    "grcar": sum(np.eye(10, k=k) for k in range(4)) - np.eye(10, k=-1),
    "one by one": np.array([[3.0]]),
}


def problems(which):
    return pytest.mark.parametrize("A", which.values(), ids=which.keys())


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(80):
        yield


def exact(values):
    return mpmath.matrix(np.asarray(values).tolist())


def right_side(A):
    b = np.cos(1.5 * np.arange(len(A)) ** 2)
    return b * (1 + 0.5j) if np.iscomplexobj(A) else b


def size(v):
    return mpmath.norm(v, 2)


def dot(a, b):
    return mpmath.fsum(mpmath.conj(x) * y for x, y in zip(a, b))


def least_norms(products, b):
    """The norms of what of b is orthogonal to the first, the first two ... of these."""
    basis, norms, rest = [], [], b
    for w in products:
        for _ in range(2):
            for q in basis:
                w = w - q * dot(q, w)
        basis.append(w / size(w))
        rest = rest - basis[-1] * dot(basis[-1], rest)
        norms.append(size(rest))
    return norms


def powers(A, b, steps):
    for _ in range(steps):
        b = A * b
        yield b


def normal_powers(A, b, steps):
    for _ in range(steps):
        b = A * (A.H * b)
        yield b


def cg(A, b, steps):
    r, p, norms = b, b, []
    for _ in range(steps):
        q, rr = A * p, dot(r, r)
        r = r - q * (rr / dot(p, q))
        p = r + p * (dot(r, r) / rr)
        norms.append(size(r))
    return norms


def bicg(A, b, steps):
    r, t, p, s, norms = b, b, b, b, []
    for _ in range(steps):
        q, rho = A * p, dot(t, r)
        alpha = rho / dot(s, q)
        r, t = r - q * alpha, t - (A.H * s) * mpmath.conj(alpha)
        beta = dot(t, r) / rho
        p, s = r + p * beta, t + s * mpmath.conj(beta)
        norms.append(size(r))
    return norms


def bicgstab(A, b, steps):
    r, p, norms = b, b, []
    for _ in range(steps):
        v, rho = A * p, dot(b, r)
        alpha = rho / dot(b, v)
        s = r - v * alpha
        t = A * s
        omega = dot(t, s) / dot(t, t)
        r = s - t * omega
        p = r + (p - v * omega) * (dot(b, r) / rho * alpha / omega)
        norms.append(size(r))
    return norms


def cgs(A, b, steps):
    r, p, u, norms = b, b, b, []
    for _ in range(steps):
        v, rho = A * p, dot(b, r)
        alpha = rho / dot(b, v)
        q = u - v * alpha
        r = r - A * (u + q) * alpha
        beta = dot(b, r) / rho
        u = r + q * beta
        p = u + (q + p * beta) * beta
        norms.append(size(r))
    return norms


def told(A, method, steps, **options):
    result = krylov.solve(A, right_side(A), method, M=None, rtol=0, maxiter=steps, **options)
    return np.array(result.history[1 : steps + 1])


def assert_norms(ours, theirs, b, tolerance):
    theirs = np.array([float(one) for one in theirs])
    assert len(ours) >= 1
    np.testing.assert_allclose(ours, theirs[: len(ours)], atol=tolerance * np.linalg.norm(b))


FAMILY = [("gmres", how) for how in ("dcgs2", "cgs2", "mgs", "s-step")]
FAMILY += [(method, None) for method in ("fgmres", "lgmres", "gcrotmk")]


@pytest.mark.parametrize("method, how", FAMILY)
@problems(GENERAL)
def test_the_norms_of_gmres(A, method, how):
    steps = min(len(A) - 1, 8) or 1
    options = {"orthogonalisation": how} if how else {}
    b = right_side(A)
    norms = least_norms(powers(exact(A), exact(b), steps), exact(b))
    assert_norms(told(A, method, steps, restart=12, **options), norms, b, 1e-11)


@problems(HERMITIAN)
def test_the_norms_of_minres(A):
    steps, b = min(len(A) - 1, 4), right_side(A)
    norms = least_norms(powers(exact(A), exact(b), steps), exact(b))
    assert_norms(told(A, "minres", steps), norms, b, 1e-9)


@problems(GENERAL)
def test_the_norms_of_lsqr(A):
    steps, b = min(len(A) - 1, 3) or 1, right_side(A)
    norms = least_norms(normal_powers(exact(A), exact(b), steps), exact(b))
    assert_norms(told(A, "lsqr", steps), norms, b, 1e-9)


@problems(DEFINITE)
def test_the_norms_of_conjugate_gradients(A):
    b = right_side(A)
    assert_norms(told(A, "cg", 5), cg(exact(A), exact(b), 5), b, 1e-7)


@pytest.mark.parametrize("function", [bicg, bicgstab, cgs])
@pytest.mark.parametrize("name", ["laplace", "wind", "jordan", "complex", "hermitian"])
def test_the_norms_of_biorthogonal_methods(name, function):
    A = GENERAL[name]
    b = right_side(A)
    ours = told(A, function.__name__, 5)
    assert_norms(ours, function(exact(A), exact(b), 5), b, 1e-9)


@pytest.mark.parametrize("method", krylov.METHODS)
@problems(GENERAL)
def test_the_residual_is_true_and_bounds_the_error(A, method):
    hermitian = any(A is one for one in HERMITIAN.values())
    if method in ("cg", "minres") and not hermitian:
        pytest.skip("for Hermitian matrices")
    b = right_side(A)
    result = krylov.solve(A, b, method, M=None, rtol=1e-12, maxiter=500, restart=20)
    x, matrix = exact(result.x), exact(A)
    residual = exact(b) - matrix * x
    sizes = np.linalg.norm(np.abs(b) + np.abs(A) @ np.abs(result.x))
    assert abs(float(size(residual)) - result.residual_norm) <= 10 * EPS * sizes
    if result.converged:
        assert float(size(residual)) <= 1e-12 * np.linalg.norm(b) + 10 * EPS * sizes
    singular = mpmath.svd(matrix, compute_uv=False)
    condition = singular[0] / singular[len(A) - 1]
    solution = mpmath.lu_solve(matrix, exact(b))
    error = size(x - solution) / size(solution)
    told = (result.residual_norm + 10 * EPS * sizes) / np.linalg.norm(b)
    assert error <= condition * told * (1 + 1e-10)
    if method in ("gmres", "fgmres", "gcrotmk"):
        within_reach = 10 * EPS * sizes < 1e-12 * np.linalg.norm(b)
        assert result.reason == ("converged" if within_reach else "stagnation")
