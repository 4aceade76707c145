"""Functions with core axes: the same bits for any layout of arguments and any place of the axes."""

import numpy as np
import pytest
from windlass import ufunc

FUNCTIONS = [f for f in (getattr(ufunc, name) for name in ufunc.names) if f.signature]
SIZES = {"n": 7, "m": 5, "d": 3, "k": 2}
OUTER = (4, 3)
both = pytest.mark.parametrize("letter", "fd")

if not FUNCTIONS:
    pytest.skip("there are none", allow_module_level=True)
every = pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)


def axes_of(f):
    """The names of the core's axes of inputs and of outputs."""
    sides = f.signature.replace(" ", "").split("->")
    return [[one.split(",") if one else [] for one in s[1:-1].split("),(")] for s in sides]


def arguments(f, letter, outer=OUTER, sizes=SIZES):
    """Points, weights above 0, positive definite matrices, windows of 3."""
    random = np.random.default_rng(5)
    (types,) = [one for one in f.types if one.startswith(letter) and "->" in one][:1]
    made = []
    for names, kind in zip(axes_of(f)[0], types, strict=False):
        core = tuple(sizes[name] for name in names)
        x = random.normal(size=outer + core)
        if names[-2:] == ["d", "d"]:
            x = x @ x.swapaxes(-1, -2) + sizes["d"] * np.eye(sizes["d"])
        elif names == ["n"] and f.nin > 1 and made:
            x = np.abs(x) + 0.5
        made.append(np.full(outer, 3, kind) if kind not in "fd" else x.astype(kind))
    return made


def results(f, *x, **options):
    found = f(*x, **options)
    return found if isinstance(found, tuple) else (found,)


def same(found, wanted):
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == other.dtype and one.shape == other.shape
        np.testing.assert_array_equal(one, other)


def misaligned(x):
    made = np.frombuffer(bytearray(x.nbytes + 1), np.uint8)[1:].view(x.dtype).reshape(x.shape)
    made[...] = x
    return made


def spread(x):
    made = np.zeros([2 * extent for extent in x.shape], x.dtype)[
        tuple([slice(None, None, 2)] * x.ndim)
    ]
    made[...] = x
    return made


LAYOUTS = {
    "Fortran's order": np.asfortranarray,
    "every second": spread,
    "backwards": lambda x: x[..., ::-1].copy()[..., ::-1] if x.ndim else x,
    "all backwards": lambda x: np.flip(np.flip(x).copy()),
    "misaligned": misaligned,
    "foreign byte order": lambda x: x.astype(x.dtype.newbyteorder("S")),
}


@every
@both
def test_shapes(f, letter):
    x = arguments(f, letter)
    found = results(f, *x)
    for one, names in zip(found, axes_of(f)[1], strict=True):
        assert one.shape == OUTER + tuple(SIZES[name] for name in names)
        assert np.isfinite(one).any()
    for at in np.ndindex(OUTER):
        same(results(f, *[one[at] for one in x]), [one[at] for one in found])


@every
@both
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(f, letter, layout):
    x = arguments(f, letter)
    wanted = results(f, *x)
    same(results(f, *map(LAYOUTS[layout], x)), wanted)
    for i, one in enumerate(x):
        same(results(f, *[*x[:i], LAYOUTS[layout](one), *x[i + 1 :]]), wanted)
    outs = tuple(LAYOUTS[layout](np.zeros_like(one)) for one in wanted)
    found = results(f, *x, out=outs)
    assert all(one is other for one, other in zip(found, outs, strict=True))
    same([one.astype(other.dtype) for one, other in zip(found, wanted, strict=True)], wanted)


@every
def test_broadcasting(f):
    x = arguments(f, "d")
    views = [x[0], *[one[:1, :1] for one in x[1:]]]
    wide = [np.broadcast_to(one, OUTER + one.shape[2:]) for one in views]
    same(results(f, *views), results(f, *[one.copy() for one in wide]))
    huge = [np.broadcast_to(one[0, 0], (50, 40, *one.shape[2:])) for one in x]
    found = results(f, *huge)
    same([one[49, 39] for one in found], results(f, *[one[0, 0] for one in x]))


@every
def test_axes(f):
    x, (ins, outs) = arguments(f, "d"), axes_of(f)
    wanted = results(f, *x)

    def first(names):
        return tuple(range(len(names)))

    def moved(array, names):
        return np.moveaxis(array, range(-len(names), 0), first(names)) if names else array

    axes = [first(names) for names in (*ins, *outs)]
    found = results(f, *map(moved, x, ins), axes=axes)
    same(found, [moved(one, names) for one, names in zip(wanted, outs, strict=True)])
    if all(len(names) <= 1 for names in (*ins, *outs)):
        same(results(f, *map(moved, x, ins), axis=0), found)
    with pytest.raises((TypeError, ValueError)):
        f(*x, axes=[(0, 1, 2, 3, 4)] * f.nargs)


@every
def test_keepdims(f):
    ins, outs = axes_of(f)
    x = arguments(f, "d")
    if any(outs) or len({len(names) for names in ins}) > 1:
        with pytest.raises((TypeError, ValueError)):
            f(*x, keepdims=True)
        return
    kept = f(*x, keepdims=True)
    last = tuple(range(-len(ins[0]), 0))
    np.testing.assert_array_equal(kept, np.expand_dims(f(*x), last))
    out = np.zeros_like(kept)
    assert f(*x, keepdims=True, out=out) is out
    np.testing.assert_array_equal(out, kept)


def test_axes_that_are_kept():
    """What is kept has size 1, and is where axes puts it: the last one, where that says nothing."""
    x = np.random.default_rng(0).normal(size=(2, 5, 3))
    f, wanted = ufunc.logsumexp, ufunc.logsumexp(x, axis=1)
    shapes = {(1,): (2, 3, 1), (1, 0): (1, 2, 3), (1, -2): (2, 1, 3), (-2, 2): (2, 3, 1)}
    for axes, shape in shapes.items():
        found = f(x, axes=list(axes), keepdims=True)
        assert found.shape == shape
        np.testing.assert_array_equal(found.reshape(2, 3), wanted)
        out = np.zeros(shape)
        assert f(x, axes=list(axes), keepdims=True, out=out) is out
        np.testing.assert_array_equal(out, found)
    assert f(x, axis=1, keepdims=True).shape == (2, 1, 3)
    for axes in ([1, ()], [1, 3], [(0, 1), 0], []):
        with pytest.raises(ValueError):
            f(x, axes=axes, keepdims=True)
    with pytest.raises(ValueError):
        f(x, axes=[1, 0])
    for axes in (1, (1,), (1, ())):
        with pytest.raises(TypeError, match="axes should be a list"):
            f(x, axes=axes)


@every
def test_empty(f):
    x = arguments(f, "d", outer=(0, 3))
    for one, names in zip(results(f, *x), axes_of(f)[1], strict=True):
        assert one.shape == (0, 3, *[SIZES[name] for name in names])


@every
def test_sizes_that_differ(f):
    x, (ins, _) = arguments(f, "d"), axes_of(f)
    for i, names in enumerate(ins):
        for j, name in enumerate(names):
            elsewhere = any(name in other for k, other in enumerate(ins) if k != i)
            if elsewhere or names.count(name) > 1:
                short = np.take(x[i], [0], axis=j - len(names))
                with pytest.raises(ValueError, match="core dimension"):
                    f(*x[:i], short, *x[i + 1 :])
    if ins[0]:
        with pytest.raises(ValueError, match="not have enough dimensions"):
            f(1.0, *x[1:])


@every
def test_no_where_and_no_reduce(f):
    x = arguments(f, "d")
    with pytest.raises(TypeError):
        f(*x, where=[True])
    with pytest.raises((RuntimeError, ValueError)):
        f.reduce(x[0])


@every
def test_dtypes(f):
    x = arguments(f, "d")
    assert (
        results(f, *[one.astype("i8") if one.dtype == float else one for one in x])[-1].dtype
        == float
    )
    assert results(f, *arguments(f, "f"))[-1].dtype == np.float32
    with pytest.raises(TypeError):
        f(*[one + 0j for one in x])
