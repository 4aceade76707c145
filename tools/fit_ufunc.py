"""Fits the polynomials of src/ufunc and writes src/ufunc/coefficients.simd.hpp.

    python tools/fit_ufunc.py > src/ufunc/coefficients.simd.hpp

Weighted least squares on Chebyshev nodes in 50 digits: within a few per cent of the best possible
maximum error, which a comment beside each fit tells.
"""

import mpmath as mp

mp.mp.dps = 50
TINY = mp.mpf(10) ** -12


def limited(f, at_zero):
    """f, which cancels near 0, and its limit there."""
    return lambda x: f(x) if abs(x) > TINY else mp.mpf(at_zero)


def nodes(low, high, count):
    for i in range(count):
        yield (low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * count))


def fit(f, low, high, terms, weight=lambda x: 1):
    """Coefficients, constant first, and the largest weighted error."""
    low, high = mp.mpf(low), mp.mpf(high)
    points = list(nodes(low, high, 3 * terms))
    a, y = mp.matrix(len(points), terms), mp.matrix(len(points), 1)
    for i, x in enumerate(points):
        for j in range(terms):
            a[i, j] = weight(x) * x**j
        y[i] = weight(x) * f(x)
    c = list(mp.lu_solve(a.T * a, a.T * y))
    there = [low + (high - low) * i / 200 for i in range(201)]
    return c, max(abs(weight(x) * (mp.polyval(c[::-1], x) - f(x))) for x in there)


REDUCED = mp.log(2) / 2 * mp.mpf("1.001")
LOG_LOW, LOG_HIGH = mp.sqrt(0.5) - 1, mp.sqrt(2) - 1
RATIO = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)


def log_ratio(z):
    s = mp.sqrt(z)
    return (mp.log((1 + s) / (1 - s)) / s - 2) / z


# name: (meaning, function, low, high, terms of double and float, weight)
FITS = {
    "exp": (
        "e^r = 1 + r + r^2 p(r), |r| <= ln(2) / 2",
        limited(lambda r: (mp.expm1(r) - r) / r**2, 0.5), -REDUCED, REDUCED, (10, 5),
        lambda r: r * r,
    ),
    "log": (
        "log(1 + f) = f - f^2 / 2 + f^3 p(f), sqrt(1/2) <= 1 + f <= sqrt(2)",
        limited(lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, mp.mpf(1) / 3), LOG_LOW, LOG_HIGH,
        (19, 8), lambda f: f * f + mp.mpf(10) ** -6,
    ),
    "log_ratio": (
        "log((1 + s) / (1 - s)) = 2 s + s z p(z), z = s^2, the same interval",
        limited(log_ratio, mp.mpf(2) / 3), 0, RATIO**2, (7, 3), lambda z: z + mp.mpf(10) ** -6,
    ),
}  # fmt: skip


def digits(value, precision):
    return mp.nstr(value, 17 if precision == "double" else 9) + "f" * (precision == "float")


def array(name, meaning, terms, error, precision):
    items = [digits(c, precision) for c in terms]
    text, line = [], f"  static constexpr {precision} {name}[] = {{"
    for item in items:
        if len(line) + len(item) > 97:
            text, line = [*text, line.rstrip()], "      "
        line += item + ", "
    head = f"  // {meaning}: error {mp.nstr(error, 2)}"
    return [head, *text, line.removesuffix(", ") + "};"]


def main():
    print("// Polynomials, constant term first. Written by tools/fit_ufunc.py.")
    print("#pragma once\n")
    print("namespace windlass::ufunc::WDL_LEVEL {\n")
    print("template <class T>\nstruct Fitted;")
    for at, precision in enumerate(("double", "float")):
        print(f"template <>\nstruct Fitted<{precision}> {{")
        for name, (meaning, f, low, high, terms, weight) in FITS.items():
            if terms[at]:
                print("\n".join(array(name, meaning, *fit(f, low, high, terms[at], weight), precision)))
        print("};")
    print("\n}  // namespace windlass::ufunc::WDL_LEVEL")


if __name__ == "__main__":
    main()
