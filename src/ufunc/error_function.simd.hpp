// erf and what is made of it.
// erf x = x + x p(x^2) below 0.8125, 1 - erfc(0.8125) e^(-b q(b)) at 0.8125 + b; e^(a^2) erfc a =
// (1 + p(t)) / (1 + 2 a) with t = (a - k) / (a + k) (M. M. Shepherd and J. G. Laframboise, 1981,
// doi:10.1090/S0025-5718-1981-0595058-X).
#pragma once
#include "exponential.simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {

struct Erf {
  template <bool, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &) {
    using T = Scalar<V>;
    using C = Fitted<T>;
    if constexpr (tabled) return by_parts(x, C::erf_width, C::erf_split, C::erf_parts);
    const V a = absolute(x), b = at_most(a, T(sizeof(T) == 8 ? 5.95 : 3.99)) - T(0.8125);
    const V outer = T(1) - T(0.25053597441363793) * plain_exp(-b * polynomial(b, C::erf_above));
    const V z = x * x, p = C::erf[0] + z * polynomial<1>(z, C::erf);
    const V y = a < T(0.8125) ? x + x * p : with_sign(outer, x);
    return x != x ? x : y;
  }
};

// factor e^-square (1 + p(t)) / (1 + c a), a >= 0, square + square_low = a^2 or its half.
template <bool plain, class V, class T, size_t N>
[[gnu::always_inline]] inline V tail(V a, V square, V square_low, V factor, T c, T k,
                                     const T (&p)[N]) {
  const V d = T(1) + c * a, d_low = product_less(every<V>(c), a, d - T(1));
  const V both = T(1) / ((a + k) * d);  // one division for two quotients
  const V t = (T(2) * a) * (both * d) - T(1), i = both * (a + k);
  const V r = i - i * (product_less(i, d, every<V>(1)) + i * d_low);
  const V g = (r + r * polynomial(t, p)) * factor;

  const auto e = reduced_exp(plain ? -square : at_least(-square, Exponents<T>::lowest));
  const V rest = e.r + (e.rest - square_low * (T(1) + (e.r + e.rest)));
  if constexpr (plain) {
    const V s = power(e);
    return g * (s + s * rest);
  }
  const auto f = factors(e);
  return g * (f.fraction + f.fraction * rest) * f.first * f.second;
}

struct Erfc {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using T = Scalar<V>;
    constexpr T normal = sizeof(T) == 8 ? 26 : 9, k = sizeof(T) == 8 ? 4 : 2;
    outside.unless_less(x, normal);
    const V a = at_most(absolute(x), plain ? normal : T(28)), square = a * a;
    const V y =
        tail<plain>(a, square, product_less(a, a, square), every<V>(1), T(2), k, Fitted<T>::erfc);
    return x != x ? x : (x < 0 ? T(2) - y : y);
  }
};

// factor norm_cdf(-|x|)
template <bool plain, class V>
[[gnu::always_inline]] inline V normal_tail(V x, V factor, Outside<V> &outside) {
  using T = Scalar<V>;
  constexpr T normal = sizeof(T) == 8 ? T(37) : T(12.5), k = sizeof(T) == 8 ? 5 : 3;
  outside.unless_less(-x, normal);
  const V a = at_most(absolute(x), plain ? normal : T(39.5)), square = a * a;
  return tail<plain>(a, T(0.5) * square, T(0.5) * product_less(a, a, square), T(0.5) * factor,
                     T(1.25), k, Fitted<T>::norm_cdf);
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
    const V a = at_most(absolute(x), T(39.5)), y = normal_tail<plain>(x, a, outside);
    return x != x ? x : with_sign(x > 0 ? x - y : y, x);
  }
};

}  // namespace windlass::ufunc::WDL_LEVEL
