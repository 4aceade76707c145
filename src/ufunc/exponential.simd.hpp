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

// What of e^x is to be within a unit or two of its last place; least: within parts of one.
enum class Of { itself, less_one, less_one_least };

// The rest of e^x, a = x - n ln2 / steps.
template <Of of, class V>
[[gnu::always_inline]] inline Reduced<V> reduced_exp(BitsOf<V> bits, V n, V a) {
  using T = Scalar<V>;
  constexpr T ln2_rest = Exponents<T>::ln2_rest / steps;
  const V r = a - n * ln2_rest;
  if constexpr (tabled) {
    const V base_rest = looked_up(Fitted<T>::exp_rest, bits);
    if constexpr (of == Of::itself)
      return {r, base_rest + (r * r) * polynomial(r, Fitted<T>::exp_near), bits};
    if constexpr (of == Of::less_one)
      return {r, base_rest + (r * r) * polynomial(r, Fitted<T>::expm1), bits};
    const V lost = (a - r) - n * ln2_rest;
    return {r, ((base_rest + r * base_rest) + lost) + (r * r) * polynomial(r, Fitted<T>::expm1),
            bits};
  }
  const V lost = (a - r) - n * ln2_rest;
  return {r, lost + (r * r) * polynomial(r, Fitted<T>::exp), bits};
}
template <Of of = Of::itself, class V>
[[gnu::always_inline]] inline Reduced<V> reduced_exp(V x) {
  using T = Scalar<V>;
  using E = Exponents<T>;
  constexpr T magic = E::magic + steps * above<T>;
  const V shifted = x * T(steps * 1.4426950408889634) + magic, n = shifted - magic;
  return reduced_exp<of>((BitsOf<V>)shifted, n, x - n * (E::ln2 / steps));
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
  return reduced_exp<Of::itself>((BitsOf<V>)shifted, n, a);
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

// s - unit + s (r + rest)
struct Expm1 {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    using T = Scalar<V>;
    using E = Exponents<T>;
    if constexpr (plain) {
      outside.unless_below(x, E::normal);
      const auto e = reduced_exp<Of::less_one>(x);
      const V s = power(e);
      return with_sign((s - T(1)) + s * (e.r + e.rest), x);
    }
    // half of it is finite wherever it is
    const auto e = reduced_exp<Of::less_one>(at_most(at_least(x, -E::normal), E::highest));
    const auto f = factors(e);
    const V s = f.fraction * (f.first * T(0.5)) * f.second;
    const V half = (s - T(0.5)) + s * (e.r + e.rest);
    return absolute(x) < T(0x1p-56) ? x : T(2) * half;
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
    const auto e = reduced_exp<Of::less_one_least>(T(2) * a);
    const auto n = less_one(e, power(e), 1);
    const V d = T(2) + n.high, m = d - T(2);
    const V d_low = ((T(2) - (d - m)) + (n.high - m)) + n.low;
    return absolute(x) < T(0x1p-28) ? x : with_sign(quotient(n, {d, d_low}), x);
  }
};

// 1 / (1 + e^-x) is value unit: where it may be subnormal, unit is to be multiplied last, so that
// it is rounded once. With e^-x = s (1 + r + rest) the divisor is d = u + w, u = unit + s, and what
// is lost in u and d counts.
template <class V>
struct Logistic {
  V value, unit;
};
template <bool plain, class V>
[[gnu::always_inline]] inline Logistic<V> logistic(V x) {
  using T = Scalar<V>;
  using E = Exponents<T>;
  const V one = every<V>(1);
  // e^lowest times x, of silu, is not yet 0
  const auto e = reduced_exp(plain ? -x : at_most(at_least(-x, E::lowest), 14 - E::lowest));
  V s, unit = one;
  if constexpr (plain) {
    s = power(e);
  } else {
    const auto f = factors(e);
    unit = x < -E::normal ? every<V>(sizeof(T) == 8 ? T(0x1p-200) : T(0x1p-60)) : one;
    s = f.fraction * (f.first * unit) * f.second;
  }
  const V u = unit + s, added = u - unit;
  const V lost = (unit - (u - added)) + (s - added);
  if constexpr (tabled) {  // w is so small that its own rounding does not count
    const V w = s * (e.r + e.rest) + lost, q = one / (u + w);
    return {q + q * ((one - q * u) - q * w), unit};
  }
  const V w = s * e.r, w_low = lost + s * e.rest, d = u + (w + w_low),
          d_low = ((u - d) + w) + w_low;
  const V q = one / d;
  return {q - q * (product_less(q, d, one) + q * d_low), unit};
}

struct Expit {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &outside) {
    const auto y = logistic<plain>(x);
    if constexpr (!plain) return y.value * y.unit;
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
    const V product = (x * y.value) * y.unit;
    return x < E::lowest - 14 ? every<V>(T(-0.0)) : product;
  }
};

}  // namespace windlass::ufunc::WDL_LEVEL
