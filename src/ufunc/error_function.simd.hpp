// erf and what is made of it.
// erf x = x + x p(x^2) below s, 1 - erfc(s) e^(-b q(b)) at s + b, s such that erfc(s) is nearly a
// number of either precision (S. Gal, 1986, doi:10.1007/3-540-16798-6_1); e^(a^2) erfc a =
// (1 + p(t)) / (1 + 2 a) with t = (a - k) / (a + k) (M. M. Shepherd and J. G. Laframboise, 1981,
// doi:10.1090/S0025-5718-1981-0595058-X). With tables erf is 1 and polynomials of its own in equal
// parts of a, e^(a^2) erfc a polynomials in (a - m) / (a + k), equal parts of k / (a + k) about m.
#pragma once
#include "exponential.simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {

struct Erf {
  template <class T>
  static constexpr bool in_twos = tabled;
  template <class V>
  [[gnu::always_inline]] static inline void of_two(const V *x, V *y) {
    using C = Fitted<Scalar<V>>;
    two_by_parts(x, y, C::erf_width, C::erf_split, C::erf_parts);
  }
  template <bool, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &) {
    using T = Scalar<V>;
    using C = Fitted<T>;
    if constexpr (tabled) return by_parts(x, C::erf_width, C::erf_split, C::erf_parts);
    constexpr T split = T(0.818603515625), erfc_split = T(0.24699456945169296);
    const V a = absolute(x), b = at_most(a, T(sizeof(T) == 8 ? 5.95 : 3.99)) - split;
    const V outer = T(1) - erfc_split * plain_exp(-b * polynomial(b, C::erf_above));
    // The first terms one after another: fewer roundings.
    const V z = x * x, p = C::erf[1] + z * (C::erf[2] + z * polynomial<3>(z, C::erf));
    const V y = a < split ? x + x * (C::erf[0] + z * p) : with_sign(outer, x);
    return x != x ? x : y;
  }
};

// p(z), z = q (a - m), q = 1 / (a + k), p and m those of the part that q belongs to.
template <class V, class T, size_t N, size_t M>
[[gnu::always_inline]] inline V by_parts_of_quotient(V a, V q, T scale, const T (&m)[M],
                                                     const T (&p)[N][M]) {
  const BitsOf<V> part = (BitsOf<V>)(q * scale + Exponents<T>::magic);
  return looked_up_polynomial((a - looked_up(m, part)) * q, part, p);
}

// (1 + p(t)) / (1 + c a), t = (a - k) / (a + k).
template <class V, class T, size_t N>
[[gnu::always_inline]] inline Pair<V> by_quotient(V a, T c, T k, const T (&p)[N]) {
  const V d = T(1) + c * a, d_low = product_less(every<V>(c), a, d - T(1));
  const V both = T(1) / ((a + k) * d);  // one division for two quotients
  const V t = (T(2) * a) * (both * d) - T(1), i = both * (a + k);
  const V r = i - i * (product_less(i, d, every<V>(1)) + i * d_low);
  const V more = polynomial(t, p), g = r + r * more;
  return {g, (r - g) + r * more};
}

// e^x g, or e^x g a; without tables g is in two parts, and the power of 2 is exact.
template <bool plain, bool times, class V>
[[gnu::always_inline]] inline V times_exp(const Pair<V> &g, V a, const Reduced<V> &e) {
  const V t = e.r + e.rest;
  const auto scaled = [&](V s) __attribute__((always_inline)) {
    if constexpr (!tabled && !times) return (g.high + (g.high * t + g.low)) * s;
    const V h = g.high * s, y = times ? h * a : h;
    if constexpr (!times) return y + y * t;
    V low = product_less(h, a, y);
    if constexpr (!tabled) low += g.low * s * a;
    return y + (y * t + low);
  };
  if constexpr (plain) return scaled(power(e));
  const auto f = factors(e);
  return scaled(f.fraction) * f.first * f.second;
}

struct Erfc {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using T = Scalar<V>;
    using C = Fitted<T>;
    constexpr T normal = sizeof(T) == 8 ? 26 : 9, zero = sizeof(T) == 8 ? 28 : 11;
    if constexpr (plain) outside.unless_below(x, normal);
    const V a = plain ? absolute(x) : at_most(absolute(x), zero);
    V q;
    if constexpr (tabled) q = T(1) / (a + C::erfc_pole);
    const auto e = reduced_exp_of_less<0>(a, a);
    Pair<V> g;
    if constexpr (tabled)
      g.high = by_parts_of_quotient(a, q, C::erfc_scale, C::erfc_middle, C::erfc_parts);
    else
      g = by_quotient(a, T(2), T(sizeof(T) == 8 ? 4 : 2), C::erfc);
    const V y = times_exp<plain, false>(g, a, e);
    return x < 0 ? T(2) - y : y;
  }
};

// norm_cdf(-|x|), or |x| times it.
template <bool plain, bool times, class V>
[[gnu::always_inline]] inline V normal_tail(V x, Outside<V> &outside) {
  using T = Scalar<V>;
  using C = Fitted<T>;
  constexpr T normal = sizeof(T) == 8 ? T(37) : T(12.5), zero = sizeof(T) == 8 ? T(39.5) : T(15);
  constexpr T root_2 = T(1.4142135623730951);
  V a, q;
  if constexpr (!plain) {
    a = at_most(absolute(x), zero);
  } else if constexpr (times && sizeof(T) == 4) {  // larger activations are common
    outside.unless_above(x, -normal);
    a = size_at_most(x, normal);
  } else {
    outside.unless_below(x, normal);
    a = absolute(x);
  }
  if constexpr (tabled) q = T(1) / (a + root_2 * C::erfc_pole);
  const auto e = reduced_exp_of_less<1>(T(0.5) * a, a);
  Pair<V> g;
  if constexpr (tabled)
    g.high = by_parts_of_quotient(a, q, root_2 * C::erfc_scale, C::tail_middle, C::erfc_parts);
  else
    g = by_quotient(a, T(1.25), T(sizeof(T) == 8 ? 5 : 3), C::norm_cdf);
  return times_exp<plain, times>(g, a, e);
}

struct NormCdf {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    const V y = normal_tail<plain, false>(x, outside);
    return x > 0 ? Scalar<V>(1) - y : y;
  }
};

// x norm_cdf(x)
struct Gelu {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using T = Scalar<V>;
    const V y = normal_tail<plain, true>(x, outside);
    return (x < 0 ? every<V>(T(-0.0)) : x) - y;
  }
};

}  // namespace windlass::ufunc::WDL_LEVEL
