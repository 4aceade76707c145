"""Errors in units of the exact result's last place, against mpmath, at every level.

`python tests/ufunc/test_accuracy.py` prints the table of docs/ufunc.md, from more arguments.
"""

import re

import mpmath
import numpy as np
import pytest
from windlass import ufunc
from windlass._object import Object

mp = mpmath.mp.clone()
mp.prec = 160
LOG_2_PI = mp.log(2 * mp.pi)
EXACT = {
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "tanh": mp.tanh,
    "expit": lambda x: 1 / (1 + mp.exp(-x)),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "logit": lambda x: mp.log(x / (1 - x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "norm_cdf": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "norm_logpdf": lambda x: -(LOG_2_PI + x * x) / 2,
    "rsqrt": lambda x: 1 / mp.sqrt(x),
    "logaddexp": lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
    "xlogy": lambda x, y: x * mp.log(y),
    "hypot": mp.hypot,
}
LEAST_UNITS = {"exp": 1, "log": 1, "expit": 1, "tanh": 1, "erf": 1, "log1p": 1}  # others: 3
BOTH_SIDES = [(1e-9, 1e-4), (1e-4, 0.1), (0.1, 0.8), (0.8, 1.3), (1.3, 4), (4, 12), (12, 40)]
POSITIVE = [*BOTH_SIDES, (0.95, 1.05), (1e9, 1e12)]
FRACTIONS = [(1e-6, 0.1), (0.1, 0.45), (0.45, 0.55), (0.4999, 0.5001), (0.55, 0.9), (0.9, 1)]


def intervals(name, dtype):
    far = 700 if dtype == np.float64 else 85
    beyond = 745 if dtype == np.float64 else 103
    tiny = float(np.finfo(dtype).smallest_normal)
    if name in ("log", "rsqrt"):
        return [*POSITIVE, (tiny, 100 * tiny), (tiny / 1000, tiny)]
    if name == "logit":
        return [*FRACTIONS, (tiny, 100 * tiny)]
    sides = BOTH_SIDES + [(-high, -low) for low, high in BOTH_SIDES]
    if name == "log1p":
        return [*POSITIVE, (0.03, 0.034), (-0.1, -1e-9), (-0.9, -0.1), (-1, -0.9)]
    if name in ("tanh", "erf"):  # where their tables go from x to 1
        splits = [(s - 1e-7, s + 1e-7) for s in (1.1328125, 0.9296875, 0.9609375)]
        return [*sides, *splits]
    if name in ("exp", "expm1", "expit", "silu", "softplus"):
        return [*sides, (40, far), (-far, -40), (-beyond, -far)]
    return sides


def arguments(name, dtype, count):
    random = np.random.default_rng(len(name))
    if name in ("logaddexp", "xlogy", "hypot"):
        size = 8 * count
        a, b = random.uniform(0, 20, size), random.uniform(-20, 20, size)
        if name != "logaddexp":  # whose result near 0 has lost what the terms have in common
            a = a * random.choice([-1.0, 1.0], size)
        return [a.astype(dtype), (np.abs(b) if name == "xlogy" else b).astype(dtype)]
    parts = [low + (high - low) * random.random(count) for low, high in intervals(name, dtype)]
    x = np.concatenate(parts).astype(dtype)
    return [x[(x > 0) & (x < 1)] if name == "logit" else x]


class Exact:
    """A function's exact results, and how far others are from them."""

    def __init__(self, name, dtype, count):
        self.name, self.arguments = name, arguments(name, dtype, count)
        info = np.finfo(dtype)
        rows = zip(*(one.tolist() for one in self.arguments), strict=True)
        self.values = [EXACT[name](*map(mp.mpf, row)) for row in rows]
        self.units = []
        for value in self.values:
            exponent = mp.frexp(value)[1] - 1 if value else info.minexp
            self.units.append(mp.ldexp(1, max(exponent, info.minexp) - info.nmant))

    def largest_error(self):
        with np.errstate(all="ignore"):
            found = getattr(ufunc, self.name)(*self.arguments).tolist()
        errors = [
            abs(mp.mpf(y) - value) / unit
            for y, value, unit in zip(found, self.values, self.units, strict=True)
            if np.isfinite(y)
        ]
        assert len(errors) > 0.95 * len(found)
        return float(max(errors))


def at_every_level(exact):
    """{level: largest error}, the best level first."""
    process = Object.process()
    before, errors = process.get("isa"), {}
    try:
        for level in reversed(process.get("isa_supported").split("|")):
            process.set("isa", level)
            errors[level] = exact.largest_error()
    finally:
        process.set("isa", before)
    return errors


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", EXACT)
def test_largest_error(name, dtype):
    errors = at_every_level(Exact(name, dtype, 40))
    bound = LEAST_UNITS.get(name, 3)
    assert max(errors.values()) <= bound, errors


def test_every_elementwise_function_is_here():
    assert set(EXACT) == {n for n in ufunc.names if getattr(ufunc, n).signature is None}


def test_the_page_tells_what_is_so(root):
    """Near what docs/ufunc.md says, or less."""
    lines = (root / "docs" / "ufunc.md").read_text("utf-8").splitlines()
    for name in EXACT:
        row = next(one for one in lines if re.match(rf"\| `{name}` \| \d", one))
        told = [float(cell) for cell in row.split("|")[2:-1]]
        for dtype, columns in ((np.float64, told[:3]), (np.float32, told[3:])):
            errors = at_every_level(Exact(name, dtype, 15))
            for level, error in errors.items():
                assert error <= columns[("v4", "v3", "base").index(level)] + 0.3, (name, level)


def table(count):
    print("| function | double: v4 | v3 | base | single: v4 | v3 | base |\n|---|" + "---|" * 6)
    for name in EXACT:
        cells = []
        for dtype in (np.float64, np.float32):
            errors = at_every_level(Exact(name, dtype, count))
            cells += [f"{np.ceil(errors[level] * 10) / 10:.1f}" for level in errors]
        print(f"| `{name}` |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    table(600)
