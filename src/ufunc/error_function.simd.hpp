// erf and what is made of it.
// erf x = x + x p(x^2) below 1, 1 - e^-q(x) above; e^(a^2) erfc a = (1 + p(t)) / (1 + 2 a) with
// t = (a - k) / (a + k) (M. M. Shepherd and J. G. Laframboise, 1981,
// doi:10.1090/S0025-5718-1981-0595058-X).
#pragma once
#include "exponential.simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {

struct Erf {
  template <bool, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &) {
    using T = Scalar<V>;
    using C = Fitted<T>;
    const V a = absolute(x), inner = x + x * polynomial(x * x, C::erf);
    const V b = at_most(a, T(sizeof(T) == 8 ? 5.95 : 3.99)) - T(1);
    const V outer = T(1) - plain_exp(-polynomial(b, C::erf_above));
    const V y = a < T(1) ? inner : with_sign(outer, x);
    return x != x ? x : y;
  }
};

// e^(a^2) erfc(a), a >= 0
template <class V>
[[gnu::always_inline]] inline V scaled_erfc(V a) {
  using T = Scalar<V>;
  constexpr T k = sizeof(T) == 8 ? 4 : 2;
  const V twice = T(2) * a, d = T(1) + twice, d_low = twice - (d - T(1));
  const V both = T(1) / ((a + k) * d);  // one division for two quotients
  const V t = twice * (both * d) - T(1), i = both * (a + k);
  const V r = i - i * (product_less(i, d, every<V>(1)) + i * d_low);
  return r + r * polynomial(t, Fitted<T>::erfc);
}

// factor e^-(square + square_low) e^(a^2) erfc(a)
template <bool plain, class V>
[[gnu::always_inline]] inline V tail(V a, V square, V square_low, V factor) {
  using T = Scalar<V>;
  const V g = scaled_erfc(a) * factor;
  const auto e = reduced_exp(plain ? -square : at_least(-square, Exponents<T>::lowest));
  const V t = e.r + (e.rest - square_low * (T(1) + e.r));
  if constexpr (plain) {
    const V s = power(e);
    return g * (s + s * t);
  }
  const auto f = factors(e);
  return g * (f.fraction + f.fraction * t) * f.first * f.second;
}

struct Erfc {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using T = Scalar<V>;
    V a = absolute(x);
    if constexpr (plain)
      outside.unless_below(x, sizeof(T) == 8 ? 26 : 9);
    else
      a = at_most(a, 28);
    const V square = a * a, low = product_less(a, a, square);
    const V y = tail<plain>(a, square, low, every<V>(1));
    return x != x ? x : (x < 0 ? T(2) - y : y);
  }
};

// factor norm_cdf(-|x|)
template <bool plain, class V>
[[gnu::always_inline]] inline V normal_tail(V x, V factor, Outside<V> &outside) {
  using T = Scalar<V>;
  V a = absolute(x);
  if constexpr (plain)
    outside.unless_below(x, sizeof(T) == 8 ? 37 : T(12.5));
  else
    a = at_most(a, T(39.5));
  const V square = a * a, low = product_less(a, a, square);
  return tail<plain>(a * T(0.70710678118654752), T(0.5) * square, T(0.5) * low, T(0.5) * factor);
}

struct NormCdf {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    const V one = every<V>(1), y = normal_tail<plain>(x, one, outside);
    return x != x ? x : (x > 0 ? one - y : y);
  }
};

// x norm_cdf(x)
struct Gelu {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using T = Scalar<V>;
    const V a = absolute(x), y = normal_tail<plain>(x, plain ? a : at_most(a, T(39.5)), outside);
    return x != x ? x : (x > 0 ? x - y : -y);
  }
};

}  // namespace windlass::ufunc::WDL_LEVEL
