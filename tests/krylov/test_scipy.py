"""SciPy's names: its signatures, its meanings, beside SciPy itself."""

import inspect

import numpy as np
import pytest

from windlass import krylov

scipy_sparse = pytest.importorskip("scipy.sparse")
linalg = pytest.importorskip("scipy.sparse.linalg")

NAMES = ("bicg", "bicgstab", "cg", "cgs", "gcrotmk", "gmres", "lgmres", "minres", "qmr", "tfqmr")


def system(n=60, symmetric=True):
    rng = np.random.default_rng(5)
    A = scipy_sparse.random(n, n, 0.1, random_state=rng, format="csr")
    A = A + A.T if symmetric else A
    A = A + scipy_sparse.diags(np.full(n, 8.0))
    return A.tocsr(), rng.standard_normal(n)


@pytest.mark.parametrize("name", NAMES)
def test_the_signature_is_scipys(name):
    ours = inspect.signature(getattr(krylov, name)).parameters
    theirs = inspect.signature(getattr(linalg, name)).parameters
    for key, parameter in ours.items():
        if key not in theirs:  # of another version of SciPy
            continue
        assert parameter.kind == theirs[key].kind, key
        assert parameter.default == theirs[key].default, key
    assert list(ours)[:3] == ["A", "b", "x0"]
    assert set(theirs) - set(ours) <= {"tol", "restrt"}  # of old versions


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("column", [False, True])
def test_the_solution_is_scipys(name, column):
    A, b = system(symmetric=name in ("cg", "minres"))
    right = b[:, None] if column else b
    x, info = getattr(krylov, name)(A, right, rtol=1e-10)
    theirs, _ = getattr(linalg, name)(A, right, rtol=1e-10)
    assert info == 0 and x.shape == theirs.shape
    np.testing.assert_allclose(x, theirs, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_too_few_steps_are_told(name):
    A, b = system(symmetric=name in ("cg", "minres"))
    x, info = getattr(krylov, name)(A, b, rtol=1e-14, maxiter=1)
    assert info > 0 or name in ("gmres", "lgmres", "gcrotmk")
    assert np.isfinite(x).all()


@pytest.mark.parametrize("name", ["cg", "bicgstab", "cgs", "bicg"])
def test_callbacks_get_the_solution(name):
    A, b = system()
    seen = []
    x, info = getattr(krylov, name)(A, b, rtol=1e-8, callback=lambda xk: seen.append(xk.copy()))
    assert info == 0 and len(seen) > 2
    np.testing.assert_allclose(seen[-1], x, rtol=1e-5)


def test_gmres_calls_back_as_asked():
    A, b = system(symmetric=False)
    norms, solutions = [], []
    krylov.gmres(A, b, restart=5, callback=norms.append, callback_type="pr_norm")
    assert norms == sorted(norms, reverse=True) and norms[-1] <= 1e-5
    krylov.gmres(A, b, restart=5, rtol=1e-9, callback=solutions.append, callback_type="x")
    assert solutions and solutions[0].shape == b.shape
    with pytest.warns(DeprecationWarning, match="callback_type"):
        krylov.gmres(A, b, callback=norms.append)
    with pytest.raises(ValueError, match="callback_type"):
        krylov.gmres(A, b, callback=norms.append, callback_type="y")


@pytest.mark.parametrize("name", NAMES)
def test_a_preconditioner_of_scipys_kind(name):
    A, b = system(symmetric=name in ("cg", "minres"))
    inverse = scipy_sparse.diags(1 / A.diagonal())
    M = linalg.aslinearoperator(inverse)
    given = {"M1": M} if name == "qmr" else {"M": M}
    x, info = getattr(krylov, name)(A, b, rtol=1e-10, **given)
    assert info == 0
    np.testing.assert_allclose(A @ x, b, rtol=1e-6, atol=1e-8)


def test_gmres_counts_cycles_as_scipy_does():
    A, b = system(symmetric=False)
    for how in ({}, {"callback": lambda _: None, "callback_type": "legacy"}):
        for maxiter in (1, 2):
            given = {"rtol": 1e-14, "restart": 3, "maxiter": maxiter, **how}
            x, _ = krylov.gmres(A, b, **given)
            theirs, _ = linalg.gmres(A, b, **given)
            ours, other = (np.linalg.norm(b - A @ y) for y in (x, theirs))
            assert ours == pytest.approx(other, rel=1e-6)


CYCLES = [
    ("gmres", {"callback_type": "x"}),
    ("lgmres", {}),
    ("lgmres", {"inner_m": 5}),
    ("gcrotmk", {}),
    ("gcrotmk", {"m": 5, "k": 3}),
]


@pytest.mark.parametrize("name, given", CYCLES)
@pytest.mark.parametrize("maxiter, rtol", [(2, 1e-14), (1000, 1e-9)])
def test_cycles_are_scipys(name, given, maxiter, rtol):
    """How many there are, when they call back and with what."""
    A = scipy_sparse.diags([-1.0, 2.1, -1.0], [-1, 0, 1], (100, 100)).tocsr()
    b = np.random.default_rng(0).standard_normal(100)
    found = []
    for module in (krylov, linalg):
        seen = []
        x, info = getattr(module, name)(
            A, b, rtol=rtol, maxiter=maxiter, callback=lambda x: seen.append(x.copy()), **given
        )
        found.append((info, [np.linalg.norm(b - A @ y) for y in (*seen, x)]))
    (ours, norms), (theirs, expected) = found
    assert ours == theirs == (2 if maxiter == 2 else 0)
    np.testing.assert_allclose(norms, expected, rtol=1e-2, atol=1e-9)


def test_a_callback_may_answer_anything():
    A, b = system()
    for given in ({"callback_type": "x"}, {"callback_type": "pr_norm"}):
        assert krylov.gmres(A, b, callback=lambda _: b, **given)[1] == 0
    assert krylov.cg(A, b, callback=lambda x: x)[1] == 0


def test_minres_shifts():
    A, b = system()
    x, info = krylov.minres(A, b, shift=0.5, rtol=1e-10)
    assert info == 0
    np.testing.assert_allclose(A @ x - 0.5 * x, b, atol=1e-7)


def test_a_start():
    A, b = system()
    x, _ = krylov.cg(A, b, rtol=1e-12)
    again, info = krylov.cg(A, b, x0=x, rtol=1e-10, maxiter=1)
    assert info == 0
    np.testing.assert_array_equal(again, x)
    assert krylov.cg(A, b, x0="Mb", rtol=1e-10)[1] == 0


@pytest.mark.parametrize("name", ["lsqr", "lsmr"])
@pytest.mark.parametrize("shape", [(80, 30), (30, 80), (40, 40)])
@pytest.mark.parametrize("damp", [0.0, 0.3])
def test_least_squares(name, shape, damp):
    rng = np.random.default_rng(11)
    A = scipy_sparse.random(*shape, 0.3, random_state=rng, format="csr")
    b = rng.standard_normal(shape[0])
    found = getattr(krylov, name)(A, b, damp=damp, atol=1e-10, btol=1e-10)
    most = {"iter_lim" if name == "lsqr" else "maxiter": 1000}
    theirs = getattr(linalg, name)(A, b, damp=damp, atol=1e-12, btol=1e-12, conlim=0, **most)
    assert len(found) == len(theirs) and found[1] in (1, 2)
    stacked = np.vstack([A.toarray(), damp * np.eye(shape[1])])
    exact = np.linalg.lstsq(stacked, np.append(b, np.zeros(shape[1])), rcond=None)[0]
    np.testing.assert_allclose(found[0], exact, atol=1e-5)
    residual = np.linalg.norm(b - A @ found[0])
    whole = np.hypot(residual, damp * np.linalg.norm(found[0]))
    assert found[3] == pytest.approx(residual if name == "lsqr" else whole)
    assert found[3] == pytest.approx(theirs[3], rel=1e-6, abs=1e-8)
    assert name == "lsmr" or found[4] == pytest.approx(theirs[4], rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", ["lsqr", "lsmr"])
@pytest.mark.parametrize("damp", [0.5, -0.5])
def test_damping_holds_on_to_the_start(name, damp):
    rng = np.random.default_rng(3)
    A, b, start = rng.standard_normal((40, 20)), rng.standard_normal(40), rng.standard_normal(20)
    found = getattr(krylov, name)(A, b, damp=damp, atol=1e-12, btol=1e-12, x0=start)
    stacked, right = np.vstack([A, damp * np.eye(20)]), np.append(b, damp * start)
    exact = np.linalg.lstsq(stacked, right, rcond=None)[0]
    np.testing.assert_allclose(found[0], exact, atol=1e-9)
    whole = np.linalg.norm(right - stacked @ exact)
    assert found[4 if name == "lsqr" else 3] == pytest.approx(whole)
    assert found[7 if name == "lsqr" else 4] < 1e-8  # the gradient of the whole


def ill(condition, shape=(60, 25)):
    """A matrix of that condition, and a right-hand side. Its singular values are above 1, for which
    SciPy's lsmr takes one of them."""
    rng = np.random.default_rng(8)
    left, right = (np.linalg.qr(rng.standard_normal((n, shape[1])))[0] for n in shape)
    values = np.geomspace(10 * condition, 10, shape[1])
    return left * values @ right.T, rng.standard_normal(shape[0])


@pytest.mark.parametrize("name, limit", [("lsqr", "iter_lim"), ("lsmr", "maxiter")])
@pytest.mark.parametrize("damp", [0.0, 30.0])
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_estimates(name, limit, damp, steps):
    A, b = ill(100.0)
    settings = {"damp": damp, "atol": 0, "btol": 0, "conlim": 0, limit: steps}
    if name == "lsqr":
        settings["calc_var"] = True
    found = getattr(krylov, name)(linalg.aslinearoperator(A), b, **settings)
    theirs = getattr(linalg, name)(A, b, **settings)
    assert found[1:3] == (7, steps)
    np.testing.assert_allclose(found[5:7], theirs[5:7], rtol=1e-6)
    if name == "lsqr":
        np.testing.assert_allclose(found[9], theirs[9], rtol=1e-6)


@pytest.mark.parametrize("damp", [0.0, 1.0])
def test_estimates_of_a_whole_solve(damp):
    A, b = ill(3.0, (40, 8))
    *_, norm, condition, _, _, variances = krylov.lsqr(
        A, b, damp=damp, atol=1e-15, btol=1e-15, iter_lim=8, calc_var=True
    )
    whole = np.vstack([A, damp * np.eye(8)])
    np.testing.assert_allclose(norm, np.linalg.norm(whole), rtol=1e-6)
    inverse = np.linalg.inv(whole.T @ whole)
    np.testing.assert_allclose(condition, np.sqrt(np.trace(inverse)) * norm, rtol=1e-6)
    np.testing.assert_allclose(variances, np.diag(inverse), rtol=1e-6)
    assert krylov.lsqr(A, b)[9] is None


@pytest.mark.parametrize("name", ["lsqr", "lsmr"])
def test_the_limit_of_the_condition(name):
    A, b = ill(1e6)
    found, theirs = (
        getattr(module, name)(A, b, atol=1e-14, btol=1e-14, conlim=200.0)
        for module in (krylov, linalg)
    )
    assert found[1:3] == theirs[1:3] and found[1] == 3
    assert found[6] > 200 and np.isfinite(found[0]).all()
    assert getattr(krylov, name)(A, b, atol=1e-3, btol=1e-14, conlim=0)[1] == 2
    with pytest.raises(TypeError, match="conlim is None"):
        getattr(krylov, name)(A, b, conlim=None)
    solved = krylov.solve(A, b, name, rtol=1e-14, condition_limit=200.0)
    assert (solved.reason, solved.converged) == ("condition_limit", False)


@pytest.mark.parametrize("name, limit", [("lsqr", "iter_lim"), ("lsmr", "maxiter")])
def test_limits_of_least_squares(name, limit):
    A, b = system()
    solver, start = getattr(krylov, name), np.arange(60.0)
    x, istop, steps, *_ = solver(A, b, x0=start, **{limit: 0})
    np.testing.assert_array_equal(x, start)
    assert (istop, steps) == (7, 0)
    for value, kind in ((-1, ValueError), (3.0, TypeError), (10**30, ValueError)):
        with pytest.raises(kind, match=f"{limit} is {value}"):
            solver(A, b, **{limit: value})
    for given in ("damp", "atol", "btol"):
        with pytest.raises(TypeError, match=f"{given} is None"):
            solver(A, b, **{given: None})


@pytest.mark.parametrize("name", ["lsqr", "lsmr"])
def test_each_tolerance_is_for_its_norm(name):
    rng = np.random.default_rng(4)
    solver = getattr(krylov, name)
    tall, b = rng.standard_normal((300, 100)), rng.standard_normal(300)
    gradient = {"lsqr": 7, "lsmr": 4}[name]
    loose, close = (solver(tall, b, atol=atol, btol=1e-3) for atol in (1e-2, 1e-10))
    assert loose[1] == close[1] == 2 and loose[2] < close[2]
    assert close[gradient] < 1e-8 * np.linalg.norm(tall, 2) * close[3] < loose[gradient]
    assert solver(tall, b, atol=1e-2, btol=1e-10)[2] == loose[2]
    square = np.eye(100) * 5 + rng.standard_normal((100, 100)) / 5
    norms = [solver(square, b[:100], atol=1e-12, btol=btol)[3] for btol in (1e-2, 1e-8)]
    size = np.linalg.norm(b[:100])
    assert norms[1] <= 1e-8 * size < 1e-4 * size < norms[0] <= 1e-2 * size


@pytest.mark.parametrize("name", ["lsqr", "lsmr"])
def test_the_signature_of_least_squares(name):
    ours = inspect.signature(getattr(krylov, name)).parameters
    theirs = inspect.signature(getattr(linalg, name)).parameters
    assert [(k, p.default) for k, p in ours.items()] == [(k, p.default) for k, p in theirs.items()]


def system_of_cycles(seed=0, n=300):
    """A system that takes a few cycles."""
    rng = np.random.default_rng(seed)
    A = scipy_sparse.diags([-1.3, 2.4, -0.7], [-1, 0, 1], (n, n)).tocsr()
    return A, rng.standard_normal(n)


def counted(A):
    seen = []

    def product(x):
        seen.append(1)
        return A @ x

    return linalg.LinearOperator(A.shape, product, dtype=A.dtype), seen


@pytest.mark.parametrize("dtype", [float, complex, np.float32])
@pytest.mark.parametrize("prepend", [False, True])
@pytest.mark.parametrize("store", [False, True])
def test_lgmres_hands_its_vectors_on(dtype, prepend, store):
    A, b = system_of_cycles()
    A, b = A.astype(dtype), b.astype(dtype)
    if dtype is complex:
        b = b * (1 + 0.5j)
    rtol = 2e-5 if dtype is np.float32 else 1e-8
    given = {"rtol": rtol, "inner_m": 10, "outer_k": 6}
    outer_v, operator, first = [], *counted(A)
    x, info = krylov.lgmres(operator, b, outer_v=outer_v, store_outer_Av=store, **given)
    assert info == 0 and 0 < len(outer_v) <= 6
    for v, product in outer_v:
        assert v.dtype == x.dtype and np.linalg.norm(v) == pytest.approx(1, rel=1e-5)
        assert (product is not None) == store
        if store:
            tolerance = 1e-4 if dtype is np.float32 else 1e-9
            np.testing.assert_allclose(product, A @ v, atol=tolerance)
    operator, second = counted(A)
    again, info = krylov.lgmres(operator, b, outer_v=outer_v, prepend_outer_v=prepend, **given)
    assert info == 0 and len(second) <= 18 <= len(first) / 1.5
    np.testing.assert_allclose(A @ again, b, atol=2 * rtol * np.linalg.norm(b))
    plain, info = krylov.lgmres(A, b, prepend_outer_v=prepend, store_outer_Av=store, **given)
    assert info == 0


@pytest.mark.parametrize("dtype", [float, complex, np.float32])
@pytest.mark.parametrize("discard", [False, True])
@pytest.mark.parametrize("truncate", ["oldest", "smallest"])
def test_gcrotmk_hands_its_vectors_on(dtype, discard, truncate):
    A, b = system_of_cycles()
    A, b = A.astype(dtype), b.astype(dtype)
    if dtype is complex:
        b = b * (1 + 0.5j)
    rtol = 2e-5 if dtype is np.float32 else 1e-8
    given = {"rtol": rtol, "m": 10, "k": 6, "discard_C": discard, "truncate": truncate}
    CU, operator, first = [], *counted(A)
    x, info = krylov.gcrotmk(operator, b, CU=CU, **given)
    assert info == 0 and 0 < len(CU) <= 7
    assert CU[-1][0] is None
    np.testing.assert_array_equal(CU[-1][1], x)
    held = [c for c, _ in CU[:-1]]
    assert all((c is None) == discard for c in held)
    if not discard:
        C, U = (np.array([pair[i] for pair in CU[:-1]]).T for i in range(2))
        tolerance = 1e-3 if dtype is np.float32 else 1e-9
        np.testing.assert_allclose(C.conj().T @ C, np.eye(len(held)), atol=tolerance)
        np.testing.assert_allclose(A @ U, C, atol=tolerance)
    operator, second = counted(A)
    again, info = krylov.gcrotmk(operator, b, CU=CU, **given)
    assert info == 0 and len(second) <= 10 <= len(first) / 2
    np.testing.assert_allclose(A @ again, b, atol=2 * rtol * np.linalg.norm(b))


@pytest.mark.parametrize("name", ["lgmres", "gcrotmk"])
def test_recycling_helps_a_neighbour_as_much_as_scipys(name):
    A, b = system_of_cycles()
    neighbour = A + 1e-3 * scipy_sparse.eye(A.shape[0], format="csr")
    key = "outer_v" if name == "lgmres" else "CU"
    sizes = {"inner_m": 10, "outer_k": 8} if name == "lgmres" else {"m": 10, "k": 8}
    if name == "gcrotmk":
        sizes["discard_C"] = True
    else:
        sizes["store_outer_Av"] = False
    counts = []
    for module in (krylov, linalg):
        kept = []
        getattr(module, name)(A, b, rtol=1e-8, **{key: kept}, **sizes)
        operator, products = counted(neighbour)
        _, info = getattr(module, name)(operator, b, rtol=1e-8, **{key: kept}, **sizes)
        assert info == 0
        counts.append(len(products))
    assert counts[0] <= 1.3 * counts[1] + 5


def test_vectors_that_do_not_fit_are_refused():
    A, b = system_of_cycles()
    lists = {"lgmres": {"outer_v": [(b[:5], None)]}, "gcrotmk": {"CU": [(None, b[:5])]}}
    for name, given in lists.items():
        with pytest.raises(ValueError, match="a vector has shape"):
            getattr(krylov, name)(A, b, **given)
    with pytest.raises(TypeError, match="a vector has dtype"):
        krylov.lgmres(A, b, outer_v=[(b * 1j, None)])
    with pytest.raises(ValueError, match="truncate"):
        krylov.gcrotmk(A, b, truncate="newest")
