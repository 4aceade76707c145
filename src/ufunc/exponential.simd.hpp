// exp and what is made of it.
// x = n ln(2) / steps + r, e^x = 2^(n / steps) (1 + r + r^2 p(r)) (W. J. Cody and W. Waite,
// Software Manual for the Elementary Functions, 1980), n by adding 1.5 * 2^mantissa; with 16 steps
// the powers between those of 2 come from a table (P. T. P. Tang, 1989, doi:10.1145/63522.214389).
#pragma once
#include "coefficients.simd.hpp"
#include "lanes.simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {

constexpr int steps = tabled ? 16 : 1, step_bits = tabled ? 4 : 0;

// e^x is infinite above `highest`, 0 below `lowest`, and normal for |x| < normal; ln 2 in two
// parts, the first with so few bits that its products with n are exact: 16 and 12 are left for n.
template <class T>
struct Exponents;
template <>
struct Exponents<double> {
  static constexpr double highest = 710, lowest = -746, normal = 708, magic = 0x1.8p52,
                          ln2 = 0x1.62e42fefap-1, ln2_rest = 0x1.cf79abc9e3b3ap-40;
};
template <>
struct Exponents<float> {
  static constexpr float highest = 89, lowest = -105, normal = 87, magic = 0x1.8p23f,
                         ln2 = 0x1.62ep-1f, ln2_rest = 0x1.0bfbe8p-15f;
};

// e^x = 2^(n / steps) (1 + r + rest)
template <class V>
struct Reduced {
  V r, rest;
  BitsOf<V> n;  // plus `above` in its low bits, so that they are not negative
};
// Whole exponents that vanish when n is shifted into the exponent's place.
template <class T>
constexpr int above = 4 * (Format<T>::bias + 1);

// The rest of e^x, a = x - n ln2 / steps. to_one: also of e^x - 1 the error is small.
template <bool to_one, class V>
[[gnu::always_inline]] inline Reduced<V> reduced_exp(BitsOf<V> bits, V n, V a) {
  using T = Scalar<V>;
  constexpr T ln2_rest = Exponents<T>::ln2_rest / steps;
  const V r = a - n * ln2_rest;
  if constexpr (tabled) {
    const V base_rest = looked_up(Fitted<T>::exp_rest, bits);
    if constexpr (!to_one)
      return {r, base_rest + (r * r) * polynomial(r, Fitted<T>::exp_near), bits};
    const V lost = (a - r) - n * ln2_rest;
    return {r, ((base_rest + r * base_rest) + lost) + (r * r) * polynomial(r, Fitted<T>::expm1),
            bits};
  }
  const V lost = (a - r) - n * ln2_rest;
  return {r, lost + (r * r) * polynomial(r, Fitted<T>::exp), bits};
}
template <bool to_one = false, class V>
[[gnu::always_inline]] inline Reduced<V> reduced_exp(V x) {
  using T = Scalar<V>;
  using E = Exponents<T>;
  constexpr T magic = E::magic + steps * above<T>;
  const V shifted = x * T(steps * 1.4426950408889634) + magic, n = shifted - magic;
  return reduced_exp<to_one>((BitsOf<V>)shifted, n, x - n * (E::ln2 / steps));
}
// e^(-x y) 2^-halvings of the exact product, which is not above 800 in double precision and 130 in
// single. What the table's powers lack is left out in double precision: 0.4 units for 4 % of the
// time.
template <int halvings, class V>
[[gnu::always_inline]] inline Reduced<V> reduced_exp_of_less(V x, V y) {
  using T = Scalar<V>;
  using E = Exponents<T>;
  constexpr T magic = E::magic + steps * (above<T> - halvings);
  const V shifted = magic - (x * y) * T(steps * 1.4426950408889634), n = shifted - magic;
  const V a = -product_less(x, y, n * (-E::ln2 / steps));
  if constexpr (tabled && sizeof(T) == 8) {
    const V r = a - n * (E::ln2_rest / steps);
    return {r, (r * r) * polynomial(r, Fitted<T>::exp_near), (BitsOf<V>)shifted};
  }
  return reduced_exp<false>((BitsOf<V>)shifted, n, a);
}

// 2^(n / steps), where it is a normal number.
template <class V>
[[gnu::always_inline]] inline V power(const Reduced<V> &e) {
  using T = Scalar<V>;
  constexpr int mantissa = Format<T>::mantissa;
  if constexpr (tabled)
    return (V)(looked_up(Fitted<T>::exp_base, e.n) + (e.n << (mantissa - step_bits)));
  else
    return (V)((e.n << mantissa) + bits_of(T(1)));
}
// Its fraction in [1, 2), and the rest in two factors, each of which is a normal number.
template <class V>
struct Factors {
  V fraction, first, second;
};
template <class V>
[[gnu::always_inline]] inline Factors<V> factors(const Reduced<V> &e) {
  using T = Scalar<V>;
  constexpr int mantissa = Format<T>::mantissa;
  const BitsOf<V> k = (e.n >> step_bits) + (2 * Format<T>::bias - above<T>), half = k >> 1;
  V fraction = every<V>(1);
  if constexpr (tabled)
    fraction =
        (V)(looked_up(Fitted<T>::exp_base, e.n) + ((e.n & (steps - 1)) << (mantissa - step_bits)));
  return {fraction, (V)(half << mantissa), (V)((k - half) << mantissa)};
}

// e^x where it is normal.
template <class V>
[[gnu::always_inline]] inline V plain_exp(V x) {
  const auto e = reduced_exp(x);
  const V s = power(e);
  return s + s * (e.r + e.rest);
}
// e^x of any number.
template <class V>
[[gnu::always_inline]] inline V careful_exp(V x) {
  using E = Exponents<Scalar<V>>;
  const auto e = reduced_exp(at_most(at_least(x, E::lowest), E::highest));
  const auto f = factors(e);
  return (f.fraction + f.fraction * (e.r + e.rest)) * f.first * f.second;
}

// Functions are written twice in one: plain notes what it is not good for in `outside`.
struct Exp {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    if constexpr (!plain) return careful_exp(x);
    outside.unless_below(x, Exponents<Scalar<V>>::normal);
    return plain_exp(x);
  }
};

// unit (e^x - 1), s = unit 2^(n / steps).
template <class V>
[[gnu::always_inline]] inline Pair<V> less_one(const Reduced<V> &e, V s, Scalar<V> unit) {
  const V above_one = s - unit, lost = (s - above_one) - unit;
  const V high = above_one + s * e.r;
  const V low = (((above_one - high) + s * e.r) + lost) + s * e.rest, sum = high + low;
  return {sum, (high - sum) + low};
}

struct Expm1 {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using T = Scalar<V>;
    using E = Exponents<T>;
    V y;
    if constexpr (plain) {
      outside.unless_below(x, E::normal);
      const auto e = reduced_exp<true>(x);
      const auto p = less_one(e, power(e), 1);
      y = p.high;
    } else {  // half of it is finite wherever it is
      const auto e = reduced_exp<true>(at_most(at_least(x, -E::normal), E::highest));
      const auto f = factors(e);
      const auto p = less_one(e, f.fraction * (f.first * T(0.5)) * f.second, T(0.5));
      y = T(2) * p.high;
    }
    return absolute(x) < T(0x1p-56) ? x : y;
  }
};

// n / (d + d_low) with n = n_high + n_low
template <class V>
[[gnu::always_inline]] inline V quotient(const Pair<V> &n, const Pair<V> &d) {
  const V q = n.high / d.high;
  return q + ((n.low - product_less(q, d.high, n.high)) - q * d.low) / d.high;
}

// tanh a = (e^2a - 1) / (e^2a + 1); from 22 on it is 1 in double precision. In single
// precision a table takes half the time.
struct Tanh {
  template <class T>
  static constexpr bool in_twos = tabled && sizeof(T) == 4;
  template <class V>
  [[gnu::always_inline]] static inline void of_two(const V *x, V *y) {
    using C = Fitted<Scalar<V>>;
    two_by_parts(x, y, C::tanh_width, C::tanh_split, C::tanh_parts);
  }
  template <bool, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &) {
    using T = Scalar<V>;
    using C = Fitted<T>;
    if constexpr (tabled && sizeof(T) == 4)
      return by_parts(x, C::tanh_width, C::tanh_split, C::tanh_parts);
    const V a = at_most(absolute(x), T(22));
    const auto e = reduced_exp<true>(T(2) * a);
    const auto n = less_one(e, power(e), 1);
    const V d = T(2) + n.high, m = d - T(2);
    const V d_low = ((T(2) - (d - m)) + (n.high - m)) + n.low;
    return absolute(x) < T(0x1p-28) ? x : with_sign(quotient(n, {d, d_low}), x);
  }
};

// 1 / (1 + z) for x >= 0 and z / (1 + z) for x < 0 with z = e^-|x|. Where that may be subnormal,
// the factors are to be multiplied last, so that it is rounded once.
template <class V>
struct Logistic {
  V value, first, second;
};
template <bool plain, class V>
[[gnu::always_inline]] inline Logistic<V> logistic(V x) {
  using T = Scalar<V>;
  const V one = every<V>(1), a = absolute(x);
  V s, first = one, second = one;
  // e^lowest times x, of silu, is not yet 0
  const auto e = reduced_exp(plain ? -a : at_least(-a, Exponents<T>::lowest - 14));
  if constexpr (plain) {
    s = power(e);
  } else {
    const auto f = factors(e);
    s = f.fraction, first = f.first, second = f.second;
  }
  const V t = e.r + e.rest, m = s + s * t, m_low = (s - m) + s * t;
  const V z = plain ? m : m * first * second, z_low = plain ? m_low : m_low * first * second;
  const V d = one + z, d_low = (z - (d - one)) + z_low;
  const V i = one / d, i_low = -i * (product_less(i, d, one) + i * d_low);
  const auto positive = x >= 0;
  const V n = positive ? one : m, n_low = positive ? V{} : m_low;
  return {product_plus(n, i, n * i_low + n_low * i), positive ? one : first,
          positive ? one : second};
}

struct Expit {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    const auto y = logistic<plain>(x);
    if constexpr (!plain) return y.value * y.first * y.second;
    outside.unless_below(x, Exponents<Scalar<V>>::normal);
    return y.value;
  }
};

// x expit(x)
struct Silu {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using T = Scalar<V>;
    using E = Exponents<T>;
    const auto y = logistic<plain>(x);
    if constexpr (plain) {
      outside.unless_below(x, E::normal);
      return x * y.value;
    }
    const V product = (x * y.value) * y.first * y.second;
    return x < E::lowest - 14 ? every<V>(T(-0.0)) : product;
  }
};

}  // namespace windlass::ufunc::WDL_LEVEL
