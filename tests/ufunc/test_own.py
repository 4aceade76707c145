"""Ufuncs of one's own loops and functions: from libraries of C and Rust, pointers, callbacks."""

import ctypes
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import windlass
from windlass import ufunc

X = np.linspace(-2, 2, 9)
LOOP = ctypes.CFUNCTYPE(
    None,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(ctypes.c_ssize_t),
    ctypes.POINTER(ctypes.c_ssize_t),
    ctypes.c_void_p,
)
BINARY = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)
UNARY = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)


@pytest.fixture(scope="module")
def loops_of_rust(root, build_dir):
    """The library of examples/ufunc/rust."""
    cargo = shutil.which("cargo") or pytest.skip("needs cargo")
    target = build_dir / "rust-loops"
    command = [cargo, "build", "--release", "--locked", "--offline", "--quiet"]
    folder = root / "examples" / "ufunc" / "rust"
    values = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    done = subprocess.run(
        [*command, "--target-dir", target],
        cwd=folder,
        env=values,  # rustc takes no sanitizer
        capture_output=True,
        text=True,
        timeout=120,
    )
    if "is not installed" in done.stderr or "could not execute" in done.stderr:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return target / "release" / "libloops.so"


@pytest.fixture(params=["c", "rust"])
def loops(request):
    return request.getfixturevalue(f"loops_of_{request.param}")


def soft(x, t):
    return np.copysign(np.maximum(np.abs(x) - t, 0), x)


def test_elementwise(loops):
    f = ufunc.load(loops, "soft_threshold", "dd->d", doc="Moves towards 0.")
    assert f.__name__ == "soft_threshold" and f.types == ["dd->d"] and "towards 0" in f.__doc__
    assert (f.nin, f.nout, f.signature, f.identity) == (2, 1, None, None)
    np.testing.assert_array_equal(f(X, 0.5), soft(X, 0.5))
    np.testing.assert_array_equal(f(X[::-2], [[0.5], [1.5]]), soft(X[::-2], [[0.5], [1.5]]))
    np.testing.assert_array_equal(f(np.arange(-3, 4), 1), soft(np.arange(-3.0, 4), 1))
    np.testing.assert_array_equal(f.outer(X, X[5:]), soft(X[:, None], X[5:]))
    out = np.full(9, 7.0)
    f(X, 0.5, out=out, where=X > 0)
    np.testing.assert_array_equal(out, np.where(X > 0, soft(X, 0.5), 7))
    np.testing.assert_array_equal(f(X.astype(">f8"), 0.5), soft(X, 0.5))
    with pytest.raises(TypeError):
        f(X + 0j, 1)


def test_generalised(loops):
    f = ufunc.load(loops, "horner", ["dd->d"], "(n),()->()", name="polynomial")
    assert f.__name__ == "polynomial" and f.signature == "(n),()->()"
    c = np.random.default_rng(0).integers(-3, 4, (4, 5)).astype(float)
    wanted = np.array([[np.polyval(row, x) for x in X] for row in c])
    np.testing.assert_array_equal(f(c[:, None], X), wanted)
    np.testing.assert_array_equal(
        f(c[::-1, None, ::-1], X), [[np.polyval(row[::-1], x) for x in X] for row in c[::-1]]
    )
    np.testing.assert_array_equal(f(c.T[:, :, None], X, axis=0), wanted)
    np.testing.assert_array_equal(f(c.T[:, :, None], X, axes=[0, (), ()]), wanted)
    np.testing.assert_array_equal(f(np.asfortranarray(c), 2.0), c @ 2.0 ** np.arange(4, -1, -1))
    out = np.zeros((4, 9))
    assert f(c[:, None], X, out=out) is out
    np.testing.assert_array_equal(out, wanted)
    np.testing.assert_array_equal(f(np.zeros((3, 0)), 1.0), np.zeros(3))
    assert f(np.zeros((0, 4)), 1.0).shape == (0,)
    assert float(f([1, 0, -2], 3)) == 7
    for wrong in (lambda: f(2.0, X), lambda: f(c, X, axes=[(0, 1), (), ()])):
        with pytest.raises((ValueError, TypeError)):
            wrong()
    with pytest.raises((RuntimeError, ValueError)):
        f.reduce(c)


def test_threads(loops):
    f = ufunc.load(loops, "soft_threshold", "dd->d", thread_safe=True)
    x = np.linspace(-5, 5, 300_001)
    wanted = soft(x, 1.5)
    np.testing.assert_array_equal(f(x, 1.5), wanted)
    np.testing.assert_array_equal(f(x[::-3], 1.5), wanted[::-3])
    np.testing.assert_array_equal(f(x[:5], 1.5), wanted[:5])
    given = x.copy()
    np.testing.assert_array_equal(f(given, 1.5, out=given), wanted)
    given = x.copy()
    f(given[:-1], 1.5, out=given[1:])
    np.testing.assert_array_equal(given[1:], wanted[:-1])
    small = f.accumulate(x)  # each depends on the one before
    np.testing.assert_array_equal(
        small, ufunc.load(loops, "soft_threshold", "dd->d").accumulate(x)
    )
    assert f.reduce(x) == small[-1]
    with pytest.raises(ValueError, match="thread_safe is of elementwise loops"):
        ufunc.load(loops, "horner", "dd->d", "(n),()->()", thread_safe=True)


def test_loops_run_on_threads():
    """The calling thread, and others where there is more than one core."""
    import threading

    seen = set()

    def loop(args, dimensions, _steps, _data):
        seen.add((threading.get_ident(), dimensions[0]))

    kept = LOOP(loop)
    ufunc.from_pointer(kept, "d->d")(np.zeros(100_000))
    assert seen == {(threading.get_ident(), 100_000)}
    seen.clear()
    address = ctypes.cast(kept, ctypes.c_void_p).value
    ufunc.from_pointer(address, "d->d", thread_safe=True)(np.zeros(100_000))
    assert sum(n for _, n in seen) and max(n for _, n in seen) < 100_000
    for _ in range(20):  # others would be there in time once
        seen.clear()
        with windlass.threads(1):
            ufunc.from_pointer(address, "d->d", thread_safe=True)(np.zeros(100_000))
        assert {thread for thread, _ in seen} == {threading.get_ident()}


def test_threads_are_of_the_calling_thread():
    import threading

    from windlass._context import get_process

    everyone = get_process("loop_threads")
    found = []
    with windlass.threads(3):
        other = threading.Thread(target=lambda: found.append(get_process("loop_threads")))
        other.start()
        other.join()
        assert get_process("loop_threads") == 3
    assert found == [everyone] and get_process("loop_threads") == everyone


def test_vectorized(loops):
    function = ctypes.CDLL(str(loops)).huber
    for safe in (False, True):
        f = ufunc.vectorize_c(function, "dd->d", thread_safe=safe, name="huber")
        assert f.__name__ == "huber"
        x = np.linspace(-5, 5, 100_001)
        wanted = np.where(np.abs(x) <= 1.5, 0.5 * x * x, 1.5 * (np.abs(x) - 0.75))
        np.testing.assert_array_equal(f(x, 1.5), wanted)
        np.testing.assert_array_equal(f(x[::-3], 1.5), wanted[::-3])
        assert type(f(2.0, 1.0)) is np.float64 and f(2.0, 1.0) == 1.5


def test_the_example(root, loops):
    script = root / "examples" / "ufunc" / "own.py"
    done = subprocess.run(
        [sys.executable, script, loops], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["[-1.5", "-0.5", "0.", "0.5", "1.5]"]
    assert lines[1:] == ["(5, 2)", "[ 2. -1. -2. -1.  2.]", "(3, 5)"] + [
        "[1.5 0.5 0.  0.5 1.5] 250000.0"
    ]


def test_several_types():
    """The first one that arguments fit is taken."""

    def squares(kind):
        def loop(args, dimensions, steps, _data):
            for i in range(dimensions[0]):
                x = ctypes.cast(args[0] + i * steps[0], ctypes.POINTER(kind))[0]
                ctypes.cast(args[1] + i * steps[1], ctypes.POINTER(kind))[0] = x * x

        return LOOP(loop)

    loops = [squares(ctypes.c_int64), squares(ctypes.c_double)]
    f = ufunc.from_pointer(loops, ["q->q", "d->d"], name="squares")
    assert f.types == ["q->q", "d->d"] or f.types == ["l->l", "d->d"]
    assert f([1, 2, -3]).tolist() == [1, 4, 9] and f([1, 2]).dtype == np.int64
    assert f([0.5]).tolist() == [0.25]


def test_two_outputs_and_data():
    def halves(args, dimensions, steps, data):
        shift = ctypes.cast(data, ctypes.POINTER(ctypes.c_double))[0]
        for i in range(dimensions[0]):
            x = ctypes.cast(args[0] + i * steps[0], ctypes.POINTER(ctypes.c_double))[0]
            ctypes.cast(args[1] + i * steps[1], ctypes.POINTER(ctypes.c_double))[0] = x / 2
            ctypes.cast(args[2] + i * steps[2], ctypes.POINTER(ctypes.c_double))[0] = x + shift

    data = ctypes.c_double(0.125)
    f = ufunc.from_pointer(LOOP(halves), "d->dd", data=ctypes.addressof(data))
    assert (f.nin, f.nout) == (1, 2)
    half, shifted = f(X)
    np.testing.assert_array_equal(half, X / 2)
    np.testing.assert_array_equal(shifted, X + 0.125)
    out = np.zeros(9)
    assert f(X, out=(out, None))[0] is out and (out == X / 2).all()


def test_identities():
    add = BINARY(lambda a, b: a + b)
    plain = ufunc.vectorize_c(add, "dd->d")
    assert plain.identity is None
    with pytest.raises(ValueError):
        plain.reduce(np.zeros(0))
    with pytest.raises(ValueError, match="not reorderable"):
        plain.reduce(np.zeros((2, 2)), axis=None)
    assert plain.reduce(X) == pytest.approx(X.sum())
    np.testing.assert_allclose(plain.accumulate(X), np.cumsum(X))

    def loop(args, dimensions, steps, _data):
        kind = ctypes.POINTER(ctypes.c_double)
        for i in range(dimensions[0]):
            x = [ctypes.cast(args[k] + i * steps[k], kind) for k in range(3)]
            x[2][0] = x[0][0] + x[1][0]

    kept = LOOP(loop)
    zero = ufunc.from_pointer(kept, "dd->d", identity=0)
    assert zero.identity == 0 and zero.reduce(np.zeros(0)) == 0
    assert zero.reduce(np.ones((3, 4)), axis=None) == 12
    some = ufunc.from_pointer(kept, "dd->d", identity="reorderable")
    assert some.identity is None and some.reduce(np.ones((3, 4)), axis=None) == 12
    with pytest.raises(ValueError):
        some.reduce(np.zeros(0))


def test_kept_alive():
    """Nobody else holds the callback, nor the texts."""
    import gc

    f = ufunc.vectorize_c(UNARY(lambda x: x + 1), "d->d", name="".join(["inc", "rement"]))
    gc.collect()
    assert f(X).tolist() == (X + 1).tolist() and f.__name__ == "increment"


def test_pickled_as_an_attribute(monkeypatch):
    import pickle

    f = ufunc.vectorize_c(UNARY(abs), "d->d", name="of_this_module")
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(f)
    monkeypatch.setattr(sys.modules[__name__], "of_this_module", f, raising=False)
    assert pickle.loads(pickle.dumps(f)) is f


def test_cffi_and_addresses():
    cffi = pytest.importorskip("cffi")
    ffi = cffi.FFI()
    callback = ffi.callback("double(double)", lambda x: 2 * x)
    for pointer in (callback, int(ffi.cast("uintptr_t", callback))):
        assert ufunc.vectorize_c(pointer, "d->d")(X).tolist() == (2 * X).tolist()


def test_pointers_of_ctypes():
    libm = ctypes.CDLL("libm.so.6")
    as_void = ctypes.cast(libm.cbrt, ctypes.c_void_p)
    for pointer in (libm.cbrt, as_void, as_void.value, np.int64(as_void.value)):
        assert ufunc.vectorize_c(pointer, "d->d", thread_safe=True)(8.0) == 2


def test_data_of_ctypes():
    def loop(args, dimensions, steps, data):
        for i in range(dimensions[0]):
            to = ctypes.cast(args[1] + i * steps[1], ctypes.POINTER(ctypes.c_double))
            to[0] = ctypes.cast(data, ctypes.POINTER(ctypes.c_double))[0] if data else -1

    kept, there = LOOP(loop), ctypes.c_double(2.5)
    address = ctypes.addressof(there)
    lent = [ctypes.pointer(there), ctypes.byref(there), (ctypes.c_double * 2)(2.5, 3)]
    for data in (*lent, ctypes.c_void_p(address), address, np.intp(address)):
        assert ufunc.from_pointer(kept, "d->d", data=data)(0.0) == 2.5
    for data in (None, 0, ctypes.c_void_p()):
        assert ufunc.from_pointer(kept, "d->d", data=data)(0.0) == -1
    for data in (there, "text", 1.5, True, -1, [1.0]):
        with pytest.raises(TypeError, match="data is .*, expected a pointer of ctypes or cffi"):
            ufunc.from_pointer(kept, "d->d", data=data)


# What is refused --------------------------------------------------------------------------------


def test_python_functions_are_not_for_threads():
    """Threads would wait for the GIL, which NumPy holds where it casts objects."""
    cffi = pytest.importorskip("cffi").FFI()
    callback = UNARY(abs)
    pointers = [callback, ctypes.cast(callback, ctypes.c_void_p), ctypes.cast(callback, UNARY)]
    for pointer in (*pointers, cffi.callback("double(double)", abs)):
        for make in (ufunc.vectorize_c, ufunc.from_pointer):
            with pytest.raises(ValueError, match="thread_safe is of functions in C, and pointer"):
                make(pointer, "d->d", thread_safe=True)
    with pytest.raises(ValueError, match="thread_safe is of functions in C"):
        ufunc.from_pointer([1234, LOOP(print)], ["f->f", "d->d"], thread_safe=True)
    out = np.zeros(32768, object)
    assert ufunc.vectorize_c(UNARY(lambda x: x + 1), "d->d")(np.zeros(32768), out=out)[-1] == 1


@pytest.mark.parametrize(
    "types", ["", "d", "dd", "d->", "->d", "d-d", "dx->d", "d->d->d", "O->O", "d,d->d", "(d)->d"]
)
def test_wrong_types(types):
    with pytest.raises(ValueError, match="types is .*, expected a letter for each input"):
        ufunc.from_pointer(1234, types)


def test_wrong_types_further():
    with pytest.raises(TypeError, match="types is .*3.*, expected a str or a list"):
        ufunc.from_pointer(1234, [3])
    with pytest.raises(ValueError, match="types has 41 arguments, expected at most 32"):
        ufunc.from_pointer(1234, "d" * 40 + "->d")
    with pytest.raises(ValueError, match="there are 1 loops and 2 types"):
        ufunc.from_pointer(1234, ["d->d", "f->f"])
    with pytest.raises(ValueError, match="differ in the number of arguments"):
        ufunc.from_pointer([1234, 1234], ["d->d", "ff->f"])
    with pytest.raises(TypeError, match="symbol is 3, expected a str or a list"):
        ufunc.load("libm.so.6", 3, "d->d")
    for types in ("d->f", "ddddd->d", "d->dd", "fd->d", "i->i"):
        with pytest.raises(ValueError, match=f"^types is '{types}', expected one to four inputs"):
            ufunc.vectorize_c(1234, types)


@pytest.mark.parametrize(
    "signature",
    ["", "n->n", "(n)", "(n,)->()", "(n)(m)->()", "(n->()", "(n),()-()", "(\u00b2),()->()"],
)
def test_wrong_signatures(signature):
    with pytest.raises(ValueError, match="signature is .*, expected one such as"):
        ufunc.from_pointer(1234, "dd->d", signature)


def test_signatures_of_other_arguments():
    with pytest.raises(ValueError, match="has 1 inputs and 1 outputs, types have 2 and 1"):
        ufunc.from_pointer(1234, "dd->d", "(n)->()")
    with pytest.raises(TypeError, match="signature is a int, expected a str or None"):
        ufunc.from_pointer(1234, "dd->d", 3)
    with pytest.raises(ValueError, match="has an axis '2n', expected a name or a size"):
        ufunc.from_pointer(1234, "d->d", "(2n)->()")


NO_POINTERS = [0, -1, None, "exp", len, 1.5, object(), True, 2**63, 2**70, np.float64(5)]
NO_POINTERS += [ctypes.c_void_p(), ctypes.byref(ctypes.c_int()), UNARY()]


@pytest.mark.parametrize("pointer", NO_POINTERS, ids=lambda one: type(one).__name__)
def test_no_pointers(pointer):
    for make in (ufunc.from_pointer, ufunc.vectorize_c):
        with pytest.raises(TypeError, match="pointer is .*, expected a pointer of ctypes or cffi"):
            make(pointer, "d->d")


def test_identity_is_checked():
    with pytest.raises(ValueError, match="identity is 'none', expected a number"):
        ufunc.from_pointer(1234, "dd->d", identity="none")
    for identity in (object(), [1], {}, b"x", np.zeros(2)):
        with pytest.raises(TypeError, match="identity is .*, expected a number"):
            ufunc.from_pointer(1234, "dd->d", identity=identity)


def test_texts_are_checked(loops_of_c):
    for make in (ufunc.from_pointer, ufunc.vectorize_c):
        for options, said in (
            ({"name": None}, "name is a NoneType, expected a str"),
            ({"name": b"f"}, "name is a bytes, expected a str"),
            ({"doc": 3}, "doc is a int, expected a str"),
        ):
            with pytest.raises(TypeError, match=said):
                make(1234, "d->d", **options)
        for name in ("a\0b", "\ud800"):
            with pytest.raises(ValueError, match="name is .*, expected text without NUL"):
                make(1234, "d->d", name=name)
    with pytest.raises(ValueError, match="symbol is .*, expected text without NUL"):
        ufunc.load(loops_of_c, "soft_threshold\0x", "dd->d")


def test_missing_symbol(loops_of_c):
    with pytest.raises(AttributeError, match=r"load: .*libloops.so has no symbol 'my_loop'"):
        ufunc.load(loops_of_c, "my_loop", "d->d")


def test_no_library(tmp_path):
    (tmp_path / "text.so").write_text("not a library")
    for path in (tmp_path / "text.so", tmp_path / "absent.so", tmp_path):
        with pytest.raises(OSError, match=f"load: {path} cannot be opened as a library: "):
            ufunc.load(path, "loop", "d->d")
    for path in ("", "a\0b.so"):
        with pytest.raises(ValueError, match="load: library is .*, expected the path"):
            ufunc.load(path, "sin", "d->d")
    for path in (None, 3, ctypes.CDLL(None)):
        with pytest.raises(TypeError, match="load: library is a .*, expected a path"):
            ufunc.load(path, "sin", "d->d")


@pytest.mark.skipif(sys.platform != "linux", reason="of ELF")
def test_libraries_that_are_cut_off(loops_of_c, tmp_path):
    """Of which a part would be mapped beyond the file's end. Run apart: it could be the end."""
    whole = loops_of_c.read_bytes()
    for length in (40, 64, 200, 5000, len(whole) // 2):
        (tmp_path / f"{length}.so").write_bytes(whole[:length])
    script = (
        "import pathlib, sys; from windlass import ufunc\n"
        "for path in pathlib.Path(sys.argv[1]).iterdir():\n"
        "    try: ufunc.load(path, 'horner', 'dd->d', '(n),()->()')\n"
        "    except OSError as problem: assert 'cannot be opened' in str(problem); print(problem)\n"
    )
    command = [sys.executable, "-c", script, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 5 and "is cut off: 5000 bytes of" in done.stdout


def test_paths(loops_of_c, monkeypatch):
    """Of a file in the working folder its name is enough; other names are for the system."""
    monkeypatch.chdir(loops_of_c.parent)
    for path in (loops_of_c.name, f"./{loops_of_c.name}", bytes(loops_of_c)):
        assert ufunc.load(path, "soft_threshold", "dd->d")(2.0, 0.5) == 1.5
    assert ufunc.vectorize_c(ctypes.CDLL("libm.so.6").cbrt, "d->d")(8.0) == 2
    with pytest.raises(OSError, match="load: libabsent.so cannot be opened as a library"):
        ufunc.load("libabsent.so", "loop", "d->d")


def test_libraries_stay(loops_of_c, tmp_path):
    """A copy that is deleted after loading goes on working, however many were loaded after."""
    path = tmp_path / "gone.so"
    shutil.copy(loops_of_c, path)
    f = ufunc.load(path, "soft_threshold", "dd->d")
    path.unlink()
    for _ in range(100):
        ufunc.load(loops_of_c, "soft_threshold", "dd->d")
    np.testing.assert_array_equal(f(X, 0.5), soft(X, 0.5))
