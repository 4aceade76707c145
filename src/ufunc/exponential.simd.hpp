// exp and what is made of it.
// x = n ln 2 + r with |r| <= ln(2) / 2, e^x = 2^n (1 + r + r^2 p(r)) (W. J. Cody and W. Waite,
// Software Manual for the Elementary Functions, 1980), n by adding 1.5 * 2^mantissa.
#pragma once
#include "coefficients.simd.hpp"
#include "lanes.simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {

// Where e^x is infinite and where it is 0 are beyond these; ln 2 in two parts, the first with so
// few bits that its products with n are exact.
template <class T>
struct Exponents;
template <>
struct Exponents<double> {
  static constexpr double highest = 710, lowest = -746, magic = 0x1.8p52, ln2 = 0x1.62e42fefa38p-1,
                          ln2_rest = 0x1.ef35793c7673p-45;
};
template <>
struct Exponents<float> {
  static constexpr float highest = 89, lowest = -105, magic = 0x1.8p23f, ln2 = 0x1.62e4p-1f,
                         ln2_rest = 0x1.7f7d1cp-20f;
};

// e^x = (1 + r + rest) 2^(power - 2 bias), for lowest <= x <= highest.
template <class V>
struct Reduced {
  V r, rest;
  BitsOf<V> power;
};

template <class V>
[[gnu::always_inline]] inline Reduced<V> reduced_exp(V x) {
  using T = Scalar<V>;
  using E = Exponents<T>;
  constexpr T magic = E::magic + 2 * Format<T>::bias;
  const V shifted = x * T(1.4426950408889634) + magic, n = shifted - magic;
  const V a = x - n * E::ln2, r = a - n * E::ln2_rest, lost = (a - r) - n * E::ln2_rest;
  return {r, lost + (r * r) * polynomial(r, Fitted<T>::exp), (BitsOf<V>)shifted};
}

// 2^(power - 2 bias) in two factors, each of which is a normal number.
template <class V>
[[gnu::always_inline]] inline V half_power(BitsOf<V> power) {
  return (V)((power >> 1) << FormatOf<V>::mantissa);
}
template <class V>
[[gnu::always_inline]] inline V other_half(BitsOf<V> power) {
  return (V)((power - (power >> 1)) << FormatOf<V>::mantissa);
}

struct Exp {
  template <class V>
  [[gnu::always_inline]] static inline V of(V x) {
    using E = Exponents<Scalar<V>>;
    const auto e = reduced_exp(at_most(at_least(x, E::lowest), E::highest));
    return (1 + (e.r + e.rest)) * half_power<V>(e.power) * other_half<V>(e.power);
  }
};

// A number and what is missing in it: a double-length sum.
template <class V>
struct Pair {
  V high, low;
};

// 1 + r + rest with the second part below half a unit of the first.
template <class V>
[[gnu::always_inline]] inline Pair<V> mantissa_of(const Reduced<V> &e) {
  const V h = 1 + e.r, l = (e.r - (h - 1)) + e.rest, sum = h + l;
  return {sum, l - (sum - h)};
}

// 1 / (1 + z) for x >= 0 and z / (1 + z) for x < 0 with z = e^-|x|; below `lowest` products with x
// are still exact.
struct Expit {
  template <class V>
  [[gnu::always_inline]] static inline V of(V x) {
    using T = Scalar<V>;
    const auto e = reduced_exp(at_least(-absolute(x), Exponents<T>::lowest));
    const auto m = mantissa_of(e);
    const V a = half_power<V>(e.power), b = other_half<V>(e.power);
    const V half = m.high * a, half_low = m.low * a, z = half * b, z_low = half_low * b;
    const V d = 1 + z, d_low = (z - (d - 1)) + z_low;
    const auto positive = x >= 0;
    const V n = positive ? all<V>(1) : half, n_low = positive ? V{} : half_low;
    const V r = 1 / d, q = n * r;
    const V residual = fused ? ((n - q * d) + n_low) - q * d_low : n_low - q * d_low;
    const V y = (fused ? q : n / d) + r * residual;
    return y * (positive ? all<V>(1) : b);  // last, so that subnormal results are rounded once
  }
};

}  // namespace windlass::ufunc::WDL_LEVEL
