"""Operators that are functions: of Python, of SciPy's LinearOperator, of C."""

import ctypes
import gc
import subprocess
import sys
import traceback
import weakref

import cffi
import numpy as np
import pytest

import windlass
from windlass import _callback, sparse

linalg = pytest.importorskip("scipy.sparse.linalg")


def test_a_python_function():
    D = np.arange(1.0, 6)
    op = sparse.aslinear(lambda x: D * x, (5, 5))
    assert op.form == "callback" and op.entries is None and op.dtype == np.float64
    x = np.linspace(-1, 1, 5)
    assert (op @ x == D * x).all()
    X = np.arange(15.0).reshape(5, 3)
    assert (op @ X == D[:, None] * X).all()
    with pytest.raises(windlass.WindlassUnsupportedError, match="made without that"):
        op.rmatvec(x)


def test_a_linear_operator():
    rng = np.random.default_rng(1)
    M = rng.standard_normal((4, 6)) + 1j * rng.standard_normal((4, 6))
    op = sparse.aslinear(linalg.aslinearoperator(M))
    x, z = rng.standard_normal(6) + 0j, rng.standard_normal(4) + 0j
    assert np.allclose(op @ x, M @ x)
    assert np.allclose(op.rmatvec(z), M.conj().T @ z)


def test_exceptions_come_home_with_their_traceback():
    def broken(x):
        raise ZeroDivisionError("in the callback")

    op = sparse.function(broken, (3, 3))
    with pytest.raises(ZeroDivisionError, match="in the callback") as raised:
        op @ np.ones(3)
    assert "broken" in "".join(traceback.format_tb(raised.value.__traceback__))
    assert _callback.take_raised() is None

    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sparse.function(interrupted, (3, 3)) @ np.ones(3)


def test_results_that_do_not_fit():
    with pytest.raises(ValueError, match=r"matvec .* returned shape \(2,\), expected \(3,\)"):
        sparse.function(lambda x: x[:2], (3, 3)) @ np.ones(3)
    with pytest.raises(TypeError, match="[Cc]annot cast"):
        sparse.function(lambda x: 1j * x, (3, 3)) @ np.ones(3)


def test_a_function_may_keep_what_it_got():
    kept = []
    op = sparse.function(lambda x: kept.append(x) or x, (3, 3))
    for value in (1.0, 2.0):
        op @ np.full(3, value)
    assert [x.tolist() for x in kept] == [[1.0] * 3, [2.0] * 3]


def test_functions_call_the_library():
    inner = sparse.function(lambda x: 2 * x, (3, 3))
    outer = sparse.function(lambda x: inner @ x, (3, 3))
    assert ((outer @ np.ones(3)) == 2).all()


def test_functions_of_c():
    """A pointer to a function with its own data, as another library would give it."""
    ffi = cffi.FFI()
    ffi.cdef(
        "typedef struct { void *data; int64_t shape[8], stride[8]; int32_t dtype, ndim;"
        "uint32_t flags, reserved; } wdl_array;"
    )
    seen = []

    @ffi.callback("int32_t(void *, int32_t, const wdl_array *, wdl_array *)")
    def twice(user, mode, x, y):
        seen.append((int(ffi.cast("intptr_t", user)), mode))
        if mode == 2:
            return 77
        source, target = ffi.cast("double *", x.data), ffi.cast("double *", y.data)
        for i in range(x.shape[0]):
            target[i] = 2 * source[i]
        return 0

    address = int(ffi.cast("intptr_t", twice))
    prototype = ctypes.CFUNCTYPE(
        ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p
    )
    for pointer in (twice, address, prototype(address)):
        op = sparse.function(pointer, (3, 3), rmatvec=True, user=12345)
        assert ((op @ np.ones(3)) == 2).all()
        assert seen[-1] == (12345, 0)
        with pytest.raises(windlass.WindlassCallbackError, match="returned 77") as raised:
            op.rmatvec(np.ones(3))
        assert raised.value.callback_result == 77


def test_what_an_operator_lives_on_is_released_with_it():
    gc.collect()
    before = len(_callback._kept)

    class Twice:
        def __call__(self, x):
            return 2 * x

    apply = Twice()
    gone = weakref.ref(apply)
    op = sparse.function(apply, (3, 3))
    del apply
    gc.collect()
    assert gone() is not None and len(_callback._kept) == before + 1
    del op
    gc.collect()
    assert gone() is None and len(_callback._kept) == before
    with pytest.raises(windlass.WindlassValueError):
        sparse.csr([0, 1], [7], np.ones(1), (1, 1))
    assert len(_callback._kept) == before


def test_operators_that_are_there_at_the_end():
    program = (
        "import numpy as np\nfrom windlass import sparse\n"
        "one = sparse.function(lambda x: x, (2, 2))\n"
        "two = sparse.csr([0, 1], [0], np.ones(1), (1, 1))\n"
        "class Ring: pass\nring = Ring(); ring.self = ring; ring.op = one\n"
        "one @ np.ones(2)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("nothing", [True, False, None, 0, -5, 3.5, "f", cffi.FFI().NULL])
def test_what_is_no_function_is_refused(nothing):
    with pytest.raises(TypeError, match="apply is .*, expected a callable or a pointer"):
        sparse.function(nothing, (3, 3))


def test_what_is_no_adjoint_is_refused():
    with pytest.raises(TypeError, match="rmatvec is True, expected a callable"):
        sparse.function(lambda x: x, (3, 3), rmatvec=True)


class Scale(ctypes.Structure):
    _fields_ = [("by", ctypes.c_double)]


SEEN = []


@ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(Scale), ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p
)
def notes(user, mode, x, y):
    SEEN.append(user.contents.by)
    return 0


@pytest.mark.parametrize(
    "of", [ctypes.byref, ctypes.pointer, ctypes.addressof,
           lambda s: ctypes.c_void_p(ctypes.addressof(s)),
           lambda s: cffi.FFI().cast("double *", ctypes.addressof(s))],
)  # fmt: skip
def test_a_c_function_gets_its_data_however_they_are_given(of):
    data = Scale(2.5)
    SEEN.clear()
    sparse.function(notes, (3, 3), user=of(data)) @ np.ones(3)
    assert SEEN == [2.5]


@pytest.mark.parametrize("nothing", [True, -1, 2.5, "user", Scale(1.0)])
def test_what_is_no_pointer_to_data_is_refused(nothing):
    with pytest.raises(TypeError, match="user is .*, expected a pointer"):
        sparse.function(notes, (3, 3), user=nothing)
