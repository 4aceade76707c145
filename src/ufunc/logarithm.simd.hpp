// log and what is made of it.
// x = 2^k m, log x = k ln 2 + log m. With tables m = c (1 + f), c the middle of a sixteenth of a
// binade, and a polynomial in f (P. T. P. Tang, 1990, doi:10.1145/98267.98294); else
// sqrt(1/2) <= m = 1 + f <= sqrt(2) and a polynomial in s^2, s = f / (2 + f) (K. C. Ng, FreeBSD's
// e_log.c, 1993).
#pragma once
#include "exponential.simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {

template <class V>
struct Split {
  V m, k, down;         // 2^-k
  BitsOf<V> sixteenth;  // in its four low bits
};

// Of a positive normal number.
template <class V>
[[gnu::always_inline]] inline Split<V> split(V x) {
  using T = Scalar<V>;
  using F = Format<T>;
  constexpr Bits<V> lowest = bits_of(tabled ? T(0.703125) : T(0.70710678118654752));
  constexpr Bits<V> one = bits_of(T(1)), whole = Bits<V>(1) << F::mantissa, up = tabled ? 0 : one;
  const BitsOf<V> i = (BitsOf<V>)x + (up - lowest);
  V k;
  if constexpr (tabled) {
    k = __builtin_convertvector((LaneInts<T>)i >> F::mantissa, V);
  } else {  // not every level converts 64 bits, or shifts their sign
    k = (V)((i >> F::mantissa) | bits_of(T(whole))) - (T(whole) + F::bias);
  }
  const V down = (V)((up + one) - (i & ~(whole - 1)));
  return {(V)((i & (whole - 1)) + lowest), k, down, i >> (F::mantissa - 4)};
}

// log(2^k c (1 + f + rest)), c = 1 without tables, rest below a unit and looked at if there is one.
template <bool exact, class V>
[[gnu::always_inline]] inline V log_about(const Split<V> &x, V f, V rest) {
  using T = Scalar<V>;
  using C = Fitted<T>;
  using E = Exponents<T>;
  V whole = x.k * E::ln2, small = x.k * E::ln2_rest;
  if constexpr (tabled) {
    if constexpr (!exact) f += rest;
    whole += looked_up(C::log_high, x.sixteenth), small += looked_up(C::log_low, x.sixteenth);
    const V sum = whole + f, lost = (whole - sum) + f, square = f * f;
    return sum + ((lost + small) + square * (f * polynomial(f, C::log_near) - T(0.5)));
  }
  const V half_square = T(0.5) * f * f, s = f / (T(2) + f), z = s * s;
  const V p = s * (half_square + z * polynomial(z, C::log_ratio));
  const V sum = whole + f, lost = f - (sum - whole);
  return sum + (lost - (half_square - (p + (exact ? small : rest * (T(1) - f) + small))));
}

// log(2^k (m + rest))
template <bool exact, class V>
[[gnu::always_inline]] inline V log_of(const Split<V> &x, V rest) {
  using T = Scalar<V>;
  V c = every<V>(1);
  if constexpr (tabled) c = looked_up(Fitted<T>::log_inverse, x.sixteenth);
  return log_about<exact>(x, tabled ? x.m * c - T(1) : x.m - T(1), tabled ? rest * c : rest);
}

// log(u + rest) of a normal u >= 0, rest below a unit of it.
template <class V>
[[gnu::always_inline]] inline V log_of_sum(V u, V rest) {
  const auto x = split(u);
  return log_of<false>(x, rest * x.down);
}

// -inf at 0, NaN below, inf and NaN as they are.
template <class V>
[[gnu::always_inline]] inline V log_domain(V x, V y) {
  using F = FormatOf<V>;
  y = x > 0 ? y : (x == 0 ? every<V>(-F::infinity) : every<V>(F::quiet_nan));
  return (x == F::infinity) | (x != x) ? x : y;
}

// Of positive numbers, subnormal ones too.
template <class V>
[[gnu::always_inline]] inline Split<V> careful_split(V x) {
  using T = Scalar<V>;
  constexpr int up = Format<T>::mantissa + 1;
  const auto subnormal = x < Format<T>::smallest_normal;
  auto s = split(subnormal ? x * T(uint64_t(1) << up) : x);
  s.k = subnormal ? s.k - T(up) : s.k;
  return s;
}

struct Log {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using F = FormatOf<V>;
    if constexpr (!plain) return log_domain(x, log_of<true>(careful_split(x), V{}));
    outside.unless_within(x, F::smallest_normal, F::largest);
    return log_of<true>(split(x), V{});
  }
};

// 1 + x = 2^k c (1 + f) with f = s x + (s - 1), s = 2^-k / c: nothing is lost in u = 1 + x.
struct Log1p {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using T = Scalar<V>;
    constexpr T large = sizeof(T) == 8 ? T(0x1p1000) : T(0x1p100);
    const V u = T(1) + x;
    const auto parts = split(plain ? u : at_most(u, large));
    V s = parts.down, rest{};
    if constexpr (tabled) s *= looked_up(Fitted<T>::log_inverse, parts.sixteenth);
    const V less = s - T(1), f = x * s + less;
    if constexpr (!tabled) rest = (less - f) + x * s;
    const V y = with_sign(log_about<tabled>(parts, f, rest), x);
    if constexpr (!plain) return log_domain(u, u > large ? log_of<true>(split(u), V{}) : y);
    outside.unless_within(u, Format<T>::smallest_normal, large);
    return y;
  }
};

// log(1 + z), 0 <= z <= 1
template <class V>
[[gnu::always_inline]] inline V log1p_of_fraction(V z) {
  using T = Scalar<V>;
  using C = Fitted<T>;
  if constexpr (tabled) {  // 1 + z = c (1 + f), c near 1 + j / 15
    const BitsOf<V> j = (BitsOf<V>)(z * T(15) + Exponents<T>::magic);
    const V inverse = looked_up(C::fraction_inverse, j);
    const V f = z * inverse + (inverse - T(1)), square = f * f;
    return looked_up(C::fraction_log, j) + (f + square * (f * polynomial(f, C::log_near) - T(0.5)));
  }
  const V u = T(1) + z;
  return log_of_sum(u, z - (u - T(1)));
}

// max(x, 0) + log(1 + e^-|x|)
struct Softplus {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    const V a = absolute(x);
    if constexpr (plain) outside.unless_below(x, Exponents<Scalar<V>>::normal);
    const V z = plain ? plain_exp(-a) : careful_exp(-a);
    return at_least(x, 0) + log1p_of_fraction(z);
  }
};

// max(a, b) + log(1 + e^-|a - b|)
struct LogAddExp {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V a, V b, Outside<V> &outside) {
    const V d = a - b;
    if constexpr (plain) {
      outside.unless_below(d, Exponents<Scalar<V>>::normal);
      return vmax(a, b) + log1p_of_fraction(plain_exp(-absolute(d)));
    }
    const V gap = absolute(a == b ? V{} : d);  // of infinities, too
    const V y = vmax(a, b) + log1p_of_fraction(careful_exp(-gap));
    return gap != gap ? a + b : y;
  }
};

// log(x / (1 - x)): the quotient and what is lost in it.
struct Logit {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using T = Scalar<V>;
    using F = Format<T>;
    // Of so small an x the quotient is x, and what would be lost in it subnormal.
    constexpr T small = sizeof(T) == 8 ? T(0x1p-900) : T(0x1p-90);
    const V d = T(1) - x, d_low = (T(1) - d) - x;
    const V q = x / d, lost = -(product_less(q, d, x) + q * d_low) / d;
    if constexpr (plain) {
      outside.unless_within(x, small, F::below_one);
      return log_of_sum(q, lost);
    }
    auto s = careful_split(q);
    const V y = x < small ? log_of<true>(s, V{}) : log_of_sum(q, lost);
    const V below = log_domain(x, y);
    const V above_one = x == 1 ? every<V>(F::infinity) : every<V>(F::quiet_nan);
    return x >= 1 ? above_one : below;
  }
};

// x log y, and 0 where x is 0 and y a number.
struct XLogY {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, V y, Outside<V> &outside) {
    const V product = x * Log::of<plain>(y, outside);
    return (x == 0) & (y == y) ? V{} : product;
  }
};

}  // namespace windlass::ufunc::WDL_LEVEL
