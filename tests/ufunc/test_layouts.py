"""Whatever the layout of arguments, the bits are those of a call on contiguous ones."""

import numpy as np
import pytest
from windlass import ufunc
from windlass._context import get_process
from windlass._load import lib

ALL = [getattr(ufunc, name) for name in ufunc.names]
ELEMENTWISE = [one for one in ALL if one.signature is None]
elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda f: f.__name__)
both = pytest.mark.parametrize("dtype", [np.float32, np.float64])
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

LENGTH = 1300  # more than two blocks of the kernels


def numbers(dtype, n=LENGTH):
    """Of all sizes, and what is special."""
    random = np.random.default_rng(7)
    tiny, huge = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
    special = [0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, tiny, -tiny, huge, -huge]
    x = np.where(random.random(n) < 0.7, random.normal(size=n) * 3, random.random(n))
    x = x.astype(dtype)
    x[random.integers(0, n, 60)] = np.resize(np.array(special, dtype), 60)
    return x


def same(found, wanted):
    """The same bits, but for those of NaN."""
    assert found.dtype == wanted.dtype and found.shape == wanted.shape
    nan = np.isnan(wanted)
    np.testing.assert_array_equal(np.isnan(found), nan)
    bits = f"u{wanted.itemsize}"
    found, wanted = (np.where(nan, 0, one).astype(one.dtype).view(bits) for one in (found, wanted))
    np.testing.assert_array_equal(found, wanted)


def misaligned(x):
    made = np.frombuffer(bytearray(x.nbytes + 1), np.uint8)[1:].view(x.dtype)
    made[:] = x
    assert not made.flags.aligned
    return made


def spread(x, step):
    made = np.zeros(len(x) * abs(step), x.dtype)[:: abs(step)][:: 1 if step > 0 else -1]
    made[:] = x
    return made


LAYOUTS = {
    "every second": lambda x: spread(x, 2),
    "every third": lambda x: spread(x, 3),
    "backwards": lambda x: spread(x, -1),
    "every seventh, backwards": lambda x: spread(x, -7),
    "misaligned": misaligned,
    "foreign byte order": lambda x: x.astype(x.dtype.newbyteorder("S")),
    "a field": lambda x: np.rec.fromarrays([np.zeros(len(x), "u1"), x]).f1,
}


@elementwise
@both
@pytest.mark.parametrize("layout", LAYOUTS)
def test_inputs(f, dtype, layout):
    x = [numbers(dtype), numbers(dtype)[::-1].copy()][: f.nin]
    wanted = f(*x)
    same(f(*map(LAYOUTS[layout], x)), wanted)
    if f.nin == 2:
        same(f(x[0], LAYOUTS[layout](x[1])), wanted)
        same(f(LAYOUTS[layout](x[0]), x[1]), wanted)


@elementwise
@both
@pytest.mark.parametrize("layout", LAYOUTS)
def test_outputs(f, dtype, layout):
    x = [numbers(dtype), numbers(dtype)[::-1].copy()][: f.nin]
    out = LAYOUTS[layout](np.zeros_like(x[0]))
    assert f(*x, out=out) is out
    same(out.astype(dtype), f(*x))


@elementwise
@both
def test_lengths(f, dtype):
    x = [numbers(dtype), numbers(dtype)[::-1].copy()][: f.nin]
    wanted = f(*x)
    for n in (*range(70), 511, 512, 513, 1025):
        same(f(*[one[:n] for one in x]), wanted[:n])
        same(f(*[one[1 : n + 1] for one in x]), wanted[1 : n + 1])


@elementwise
@both
def test_in_place_and_overlapping(f, dtype):
    x = numbers(dtype)
    wanted = f(*[x] * f.nin)
    for begin in (-7, -1, 0, 1, 2, 9, 600):
        memory = np.zeros(LENGTH + 700, dtype)
        given = memory[20 : 20 + LENGTH]
        given[:] = x
        out = memory[20 + begin : 20 + begin + LENGTH]
        f(*[given] * f.nin, out=out)
        same(out.copy(), wanted)
    given = x.copy()
    f(*[given] * f.nin, out=given[::-1])
    same(given[::-1].copy(), wanted)


@elementwise
@both
def test_broadcast_views(f, dtype):
    one = numbers(dtype)[:40]
    wanted = f(*[one] * f.nin)
    for i, value in enumerate(one):
        view = np.broadcast_to(value, (5, 30))
        same(f(*[view] * f.nin), np.full((5, 30), wanted[i]))
    rows = np.broadcast_to(one, (6, 40))
    same(f(*[rows] * f.nin), np.broadcast_to(wanted, (6, 40)).copy())
    columns = np.broadcast_to(one[:, None], (40, 6))
    same(f(*[columns] * f.nin), np.broadcast_to(wanted[:, None], (40, 6)).copy())


@elementwise
def test_more_dimensions(f):
    x = numbers(np.float64)[:1200]
    wanted = f(*[x] * f.nin).reshape(4, 10, 30)
    cube = x.reshape(4, 10, 30)
    for axes in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        turned = np.asfortranarray(cube).transpose(axes)
        same(f(*[turned] * f.nin), wanted.transpose(axes))
        same(f(*[turned[::-1, ::2]] * f.nin), wanted.transpose(axes)[::-1, ::2])


@pytest.fixture
def threads():
    """A function that sets the process's threads."""
    before = get_process("threads")

    def use(n):
        assert lib.wdl_set_int(0, lib.WDL_PROCESS, b"threads", n) == 0

    yield use
    use(before)


@elementwise
def test_many(f, threads):
    """Enough for threads: their number changes nothing, nor do views."""
    x = np.resize(numbers(np.float64), 200_003)
    wanted = f(*[x] * f.nin)
    same(wanted[:LENGTH], f(*[x[:LENGTH]] * f.nin))
    for n in (1, 2, 3):
        threads(n)
        same(f(*[x] * f.nin), wanted)
        same(f(*[spread(x, 2)] * f.nin), wanted)
        same(f(*[x[::-1]] * f.nin), wanted[::-1])
