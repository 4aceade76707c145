// log and what is made of it.
// x = 2^k (1 + f) with sqrt(1/2) <= 1 + f <= sqrt(2), log x = k ln 2 + log(1 + f).
#pragma once
#include "exponential.simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {

// log(1 + f + rest) + k ln 2: a polynomial where registers are many and division is slow, else
// s = f / (2 + f) and one in s^2 (K. C. Ng, FreeBSD's e_log.c, 1993).
template <class V>
[[gnu::always_inline]] inline V log_of(V f, V rest, V k) {
  using T = Scalar<V>;
  const V half_square = T(0.5) * f * f;
  V p;
  if constexpr (vector_bytes == 64) {
    p = (f * f * f) * polynomial(f, Fitted<T>::log);
  } else {
    const V s = f / (2 + f), z = s * s;
    p = s * (half_square + z * polynomial(z, Fitted<T>::log_ratio));
  }
  const V whole = k * Exponents<T>::ln2, sum = whole + f, lost = f - (sum - whole);
  const V small = p + (rest * (1 - f) + k * Exponents<T>::ln2_rest);
  return sum + (lost - (half_square - small));
}

// log(1 + z.high + z.low), 0 <= z <= 1: the exponent is 0 or 1.
template <class V>
[[gnu::always_inline]] inline V log1p_of_fraction(const Pair<V> &z) {
  using T = Scalar<V>;
  const auto above = z.high > T(0.41421356);
  const V f = above ? T(0.5) * (z.high - 1) : z.high, rest = above ? T(0.5) * z.low : z.low;
  return log_of(f, rest, above ? all<V>(1) : V{});
}

// e^-a for a >= 0
template <class V>
[[gnu::always_inline]] inline Pair<V> exp_of_minus(V a) {
  const auto e = reduced_exp(at_least(-a, Exponents<Scalar<V>>::lowest));
  const auto m = mantissa_of(e);
  const V p = half_power<V>(e.power), q = other_half<V>(e.power);
  return {m.high * p * q, m.low * p * q};
}

// max(a, b) + log(1 + e^-|a - b|)
struct LogAddExp {
  template <class V>
  [[gnu::always_inline]] static inline V of(V a, V b) {
    V d = a - b;
    d = a == b ? V{} : d;  // of infinities, too
    const V y = vmax(a, b) + log1p_of_fraction(exp_of_minus(absolute(d)));
    return d != d ? a + b : y;
  }
};

}  // namespace windlass::ufunc::WDL_LEVEL
