"""Fits the polynomials of src/ufunc and writes src/ufunc/coefficients.simd.hpp.

    python tools/fit_ufunc.py > src/ufunc/coefficients.simd.hpp

Weighted least squares on Chebyshev nodes in 50 digits: within a few per cent of the best possible
maximum error, which a comment beside each fit tells.
"""

import struct
import textwrap

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


BOUND = mp.mpf("1.001")
REDUCED = mp.log(2) / 2 * BOUND
LOG_LOW, LOG_HIGH = mp.sqrt(0.5) - 1, mp.sqrt(2) - 1
RATIO = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)


SPLIT = mp.mpf(3353) / 4096  # erfc of it is nearly a double and a float


def log_ratio(z):
    s = mp.sqrt(z)
    return (mp.log((1 + s) / (1 - s)) / s - 2) / z


def erf_ratio(z):
    return mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1


def decay(b):
    return mp.log(mp.erfc(SPLIT) / mp.erfc(SPLIT + b)) / b


def share_of_erf(b):
    """How much an error of decay weighs in erf."""
    return b * mp.erfc(SPLIT + b) / mp.erf(SPLIT)


def scaled_erfc(k):
    """Of t = (a - k) / (a + k), as the next."""

    def f(t):
        a = k * (1 + t) / (1 - t)
        return (1 + 2 * a) * mp.exp(a * a) * mp.erfc(a) - 1

    return f


def scaled_tail(k):
    def f(t):
        a = k * (1 + t) / (1 - t)
        return (1 + mp.mpf("1.25") * a) * mp.exp(a * a / 2) * mp.erfc(a / mp.sqrt(2)) - 1

    return f


def quotient(a, k):
    return mp.mpf(a - k) / (a + k)


def square(r):
    return r * r


def edge(j):
    """Where the sixteenths of a binade begin; 1 is within one of them."""
    below = mp.mpf(45) / 64 + mp.mpf(j) / 32
    return below if below <= 1 else 1 + (below - 1) * 2


def inverse_near(j):
    """1 / c, c near the middle of a sixteenth; of few bits, for u / c - 1 to be nearly exact."""
    if edge(j) < 1 < edge(j + 1):
        return mp.mpf(1)
    if j == 10:  # above 1 the logarithm is small: so must be what is rounded
        return mp.mpf(245) / 256
    return mp.nint(128 / (edge(j) + edge(j + 1))) / 64


def fraction_inverse(j):
    """The same for 1 + z, z in [0, 1] and nearest to j / 15."""
    return mp.nint(256 / (1 + mp.mpf(j) / 15)) / 256


NEAR = max(
    abs(u - 1)
    for j in range(16)
    for u in (
        edge(j) * inverse_near(j), edge(j + 1) * inverse_near(j),
        (1 + max(j - mp.mpf(0.5), 0) / 15) * fraction_inverse(j),
        (1 + min(j + mp.mpf(0.5), 15) / 15) * fraction_inverse(j),
    )  # fmt: skip
)


EXP = limited(lambda r: (mp.expm1(r) - r) / r**2, 0.5)
LOG = limited(lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, mp.mpf(1) / 3)

# name: what it is, and for double and float: function, low, high, terms, weight
FITS = {
    "exp": (
        "e^r = 1 + r + r^2 p(r), |r| <= ln(2) / 2",
        (EXP, -REDUCED, REDUCED, 10, square), (EXP, -REDUCED, REDUCED, 5, square),
    ),
    "exp_near": (
        "the same, |r| <= ln(2) / 32",
        (EXP, -REDUCED / 16, REDUCED / 16, 5, square),
        (EXP, -REDUCED / 16, REDUCED / 16, 2, square),
    ),
    "expm1": (
        "the same, relative to e^r - 1",
        (EXP, -REDUCED / 16, REDUCED / 16, 6, abs), (EXP, -REDUCED / 16, REDUCED / 16, 3, abs),
    ),
    "log_ratio": (
        "log((1 + s) / (1 - s)) = 2 s + s z p(z), z = s^2, s = f / (2 + f), 1/2 <= (1 + f)^2 <= 2",
        (limited(log_ratio, mp.mpf(2) / 3), 0, RATIO**2, 7, lambda z: z + mp.mpf(10) ** -6),
        (limited(log_ratio, mp.mpf(2) / 3), 0, RATIO**2, 3, lambda z: z + mp.mpf(10) ** -6),
    ),
    "log_near": (
        f"log(1 + r) = r - r^2 / 2 + r^3 p(r), |r| <= {mp.nstr(NEAR, 2)}",
        (LOG, -NEAR * BOUND, NEAR * BOUND, 8, square),
        (LOG, -NEAR * BOUND, NEAR * BOUND, 3, square),
    ),
    "erf": (
        "erf(x) = x + x p(x^2), |x| <= s = 0.818603515625",
        (limited(erf_ratio, 2 / mp.sqrt(mp.pi) - 1), 0, SPLIT**2, 11, lambda z: 1),
        (limited(erf_ratio, 2 / mp.sqrt(mp.pi) - 1), 0, SPLIT**2, 7, lambda z: 1),
    ),
    "erf_above": (
        "erf(s + b) = 1 - erfc(s) exp(-b p(b)), to x = 5.95 (double), 4 (float)",
        (decay, TINY, mp.mpf("5.95") - SPLIT, 18, share_of_erf),
        (decay, TINY, 4 - SPLIT, 6, share_of_erf),
    ),
    "erfc": (
        "exp(a^2) erfc(a) = (1 + p(t)) / (1 + 2 a), t = (a - k) / (a + k), a <= 28 and k = 4"
        " (double), a <= 11 and k = 2 (float)",
        (scaled_erfc(4), -1, quotient(28, 4), 23, lambda t: 1),
        (scaled_erfc(2), -1, quotient(11, 2), 11, lambda t: 1),
    ),
    "norm_cdf": (
        "2 exp(a^2 / 2) norm_cdf(-a) = (1 + p(t)) / (1 + 1.25 a), a <= 40 and k = 5, a <= 15 and"
        " k = 3",
        (scaled_tail(5), -1, quotient(40, 5), 23, lambda t: 1),
        (scaled_tail(3), -1, quotient(15, 3), 11, lambda t: 1),
    ),
}  # fmt: skip


def rounded(value, precision):
    """To the precision's nearest number."""
    bits = 53 if precision == "double" else 24
    with mp.workprec(bits):
        return +value


def exp_tables(precision):
    """2^(j/16) = b (1 + d): b as bits less j sixteenths of an exponent, and d."""
    code, word, mantissa = ("<d", "<Q", 52) if precision == "double" else ("<f", "<I", 23)
    bases, rests = [], []
    for j in range(16):
        exact = mp.mpf(2) ** (mp.mpf(j) / 16)
        base = rounded(exact, precision)
        bits = struct.unpack(word, struct.pack(code, float(base)))[0]
        bases.append(bits - (j << (mantissa - 4)))
        rests.append(exact / base - 1)
    return bases, rests


def log_tables(precision):
    """1 / c and log(c) in two parts, the first of so few bits that k ln 2 can be added exactly."""
    inverses, logs, rests = [], [], []
    digits = 42 if precision == "double" else 15
    for j in range(16):
        inverse = inverse_near(j)
        exact = -mp.log(inverse)
        high = mp.nint(exact * mp.mpf(2) ** digits) / mp.mpf(2) ** digits
        inverses.append(inverse), logs.append(high), rests.append(exact - high)
    return inverses, logs, rests


def local_tables(f, base, width, terms):
    """Of f(a) - base(j, a), a = j width + h, |h| <= width / 2: rows of coefficients, columns of j,
    and the largest error relative to f."""
    slope = mp.diff(f, 0) - 1
    first, error = fit(limited(lambda h: f(h) / h - 1, slope), 0, width / 2, terms - 1)
    columns, errors = [[mp.mpf(0), *first]], [error]  # relative
    for j in range(1, 16):
        of_h = [lambda h, j=j: f(j * width + h) - base(j, j * width + h), -width / 2, width / 2]
        c, error = fit(*of_h, terms, lambda h, j=j: 1 / f(j * width + h))
        columns.append(c)
        errors.append(error)
    return list(zip(*columns)), max(errors)


# name, precision: function, width, terms, and from which part on it is 1 and the rest
PARTS = {
    ("erf", "double"): (mp.erf, mp.mpf(29) / 64, 14, 3),
    ("erf", "float"): (mp.erf, mp.mpf(17) / 64, 7, 4),
    ("tanh", "float"): (mp.tanh, mp.mpf(41) / 64, 8, 2),
}


# precision: k, the greatest a, parts, how many would go from 0 to 1, terms
ERFC_PARTS = {"double": (3, 28, 8, mp.mpf("8.49"), 11), "float": (2, 11, 16, mp.mpf("18.4"), 5)}


def nearly_rounded(f, x, step, precision):
    """Of 200 numbers from x on that whose f is the nearest to one of the precision's numbers (S.
    Gal, 1986, doi:10.1007/3-540-16798-6_1)."""

    def missing(x):
        y = f(x)
        return abs(rounded(y, precision) / y - 1)

    return min((x + i * step for i in range(200)), key=missing)


def erfc_tables(precision):
    """Middles m and rows of coefficients, columns of j mod parts, j parts k / (a + k) rounded."""
    k, most, parts, scale, terms = ERFC_PARTS[precision]
    middles, columns, errors = [mp.mpf(0)] * parts, [[mp.mpf(0)] * terms] * parts, []
    least = mp.mpf(k) / (most + k)
    for j in range(int(mp.nint(least * scale)), int(mp.nint(scale)) + 1):
        high, low = (k / max(min((j + side) / scale, 1), least) - k for side in (-0.5, 0.5))
        middle = mp.nint(1024 * (2 * (low + k) * (high + k) / (low + high + 2 * k) - k)) / 1024

        def scaled(a):
            return mp.exp(a * a) * mp.erfc(a)

        middle = nearly_rounded(scaled, middle, mp.mpf(2) ** -15, precision)

        def of_z(z, m=middle):
            return scaled((m + k * z) / (1 - z))

        ends = [(a - middle) / (a + k) for a in (low, high)]
        columns[j % parts], error = fit(of_z, *ends, terms, lambda z, f=of_z: 1 / f(z))
        middles[j % parts] = middle
        errors.append(error)
    assert len(errors) <= parts
    return middles, list(zip(*columns)), max(errors)


def part_tables(name, precision):
    """f(a) - a for a below about 1, f(a) - 1 above."""
    function, width, terms, nearest = PARTS[name, precision]
    rows, error = local_tables(function, lambda j, a: a if j < nearest else 1, width, terms)
    f = "f" * (precision == "float")
    yield f"  // {name}(a) = a or 1 + p(a - j width) near j width: error {mp.nstr(error, 2)}"
    bits = 53 if precision == "double" else 24  # from where on a / width as computed is that near
    edge = (nearest - mp.mpf(0.5)) / rounded(1 / width, precision)
    scale = mp.mpf(2) ** (bits - mp.frexp(edge)[1])
    split = mp.ceil(edge * scale) / scale
    yield f"  static constexpr {precision} {name}_width = {mp.nstr(width, 17)}{f},"
    yield f"      {name}_split = {mp.nstr(split, 17)}{f};"
    yield from table_of_rows(f"{name}_parts", rows, precision)


def erfc_part_tables(precision):
    k, most, parts, scale, _ = ERFC_PARTS[precision]
    middles, rows, error = erfc_tables(precision)
    f = "f" * (precision == "float")
    yield f"  // e^(a^2) erfc(a) = p((a - m) / (a + {k})), a <= {most}, near"
    yield f"  // {k} / (a + {k}) = j / {scale}: error {mp.nstr(error, 2)}"
    yield f"  static constexpr {precision} erfc_pole = {k},"
    yield f"      erfc_scale = {mp.nstr(k * scale, 9)}{f};"
    yield from array(precision, "erfc_middle", [number(v, precision) for v in middles])
    yield "  // of a / sqrt(2)"
    tails = [number(v * mp.sqrt(2), precision) for v in middles]
    yield from array(precision, "tail_middle", tails)
    yield from table_of_rows("erfc_parts", rows, precision)


def table_of_rows(name, rows, precision):
    yield f"  alignas(64) static constexpr {precision} {name}[][{len(rows[0])}] = {{"
    for row in rows:
        yield from wrapped("{" + ", ".join(number(v, precision) for v in row) + "},", "      ")
    yield "  };"


def wrapped(text, indent):
    return textwrap.wrap(text, 97, initial_indent=indent, subsequent_indent=indent)


def number(value, precision):
    digits = 17 if precision == "double" else 9
    return mp.nstr(value, digits, min_fixed=-4, max_fixed=6) + "f" * (precision == "float")


def array(kind, name, items):
    lines, line = [], f"  alignas(64) static constexpr {kind} {name}[] = {{"
    for item in items:
        if len(line) + len(item) > 97:
            lines, line = [*lines, line.rstrip()], "      "
        line += item + ", "
    return [*lines, line.removesuffix(", ") + "};"]


def tables(precision):
    kind = "uint64_t" if precision == "double" else "uint32_t"
    bases, rests = exp_tables(precision)
    yield "  // 2^(j / 16) = b (1 + rest): the bits of b less j sixteenths of an exponent"
    yield from array(kind, "exp_base", [hex(b) + "u" for b in bases])
    yield from array(precision, "exp_rest", [number(d, precision) for d in rests])
    names = ("log_inverse", "log_high", "log_low")
    yield "  // 1 / c and log(c) = high + low, c in the middle of sixteenths of a binade from 45/64"
    for name, values in zip(names, log_tables(precision)):
        yield from array(precision, name, [number(v, precision) for v in values])
    inverses = [fraction_inverse(j) for j in range(16)]
    yield "  // 1 / c and log(c), c near 1 + j / 15"
    yield from array(precision, "fraction_inverse", [number(v, precision) for v in inverses])
    logs = [number(-mp.log(v), precision) for v in inverses]
    yield from array(precision, "fraction_log", logs)
    for name, of in PARTS:
        if of == precision:
            yield from part_tables(name, precision)
    yield from erfc_part_tables(precision)


def polynomials(precision):
    for name, (meaning, *of) in FITS.items():
        terms, error = fit(*of[precision == "float"])
        yield from wrapped(f"{meaning}: error {mp.nstr(error, 2)}", "  // ")
        yield from array(precision, name, [number(c, precision) for c in terms])


def main():
    print("// Polynomials, constant term first, and tables. Written by tools/fit_ufunc.py.")
    print("#pragma once\n#include <cstdint>\n")
    print("namespace windlass::ufunc::WDL_LEVEL {\n\n// clang-format off")
    print("template <class T>\nstruct Fitted;")
    for precision in ("double", "float"):
        print(f"template <>\nstruct Fitted<{precision}> {{")
        print("\n".join([*polynomials(precision), *tables(precision)]))
        print("};")
    print("// clang-format on\n\n}  // namespace windlass::ufunc::WDL_LEVEL")


if __name__ == "__main__":
    main()
