// What the elementwise functions are written in: vectors of either scalar, their bits, and
// polynomials.
#pragma once
#include "core/simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {

using namespace simd::WDL_LEVEL;

#if defined(__FMA__) || defined(__aarch64__)
constexpr bool fused = true;  // a * b + c is rounded once
#else
constexpr bool fused = false;
#endif

template <class V>
using Scalar = std::remove_reference_t<decltype(std::declval<V &>()[0])>;

template <class T>
struct Format;
template <>
struct Format<double> {
  using Bits = uint64_t;
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr double smallest_normal = 0x1p-1022, infinity = __builtin_inf(),
                          quiet_nan = __builtin_nan("");
};
template <>
struct Format<float> {
  using Bits = uint32_t;
  static constexpr int mantissa = 23, bias = 127;
  static constexpr float smallest_normal = 0x1p-126f, infinity = __builtin_inff(),
                         quiet_nan = __builtin_nanf("");
};
template <class V>
using FormatOf = Format<Scalar<V>>;
template <class V>
using Bits = typename FormatOf<V>::Bits;
template <class V>
using BitsOf = Lanes<Bits<V>>;

template <class V>
constexpr Bits<V> sign_bit = Bits<V>(1) << (8 * sizeof(Bits<V>) - 1);

template <class V>
[[gnu::always_inline]] inline V all(Scalar<V> s) {
  return spread<V>(s);
}
template <class V>
[[gnu::always_inline]] inline V absolute(V x) {
  return (V)((BitsOf<V>)x & ~sign_bit<V>);
}
// |x| with the sign of s.
template <class V>
[[gnu::always_inline]] inline V with_sign(V x, V s) {
  return (V)(((BitsOf<V>)x & ~sign_bit<V>) | ((BitsOf<V>)s & sign_bit<V>));
}
// NaN in x stays.
template <class V>
[[gnu::always_inline]] inline V at_most(V x, Scalar<V> high) {
  const V limit = all<V>(high);
  return limit < x ? limit : x;
}
template <class V>
[[gnu::always_inline]] inline V at_least(V x, Scalar<V> low) {
  const V limit = all<V>(low);
  return limit > x ? limit : x;
}

// c[0] + c[1] x + ... + c[N - 1] x^(N - 1), by halves (G. Estrin, 1960): short chains.
template <int N, class V, class T>
[[gnu::always_inline]] inline V polynomial(V x, const T *c) {
  if constexpr (N == 1) {
    return all<V>(c[0]);
  } else if constexpr (N == 2) {
    return c[0] + x * c[1];
  } else if constexpr (N == 3) {
    return (c[0] + x * c[1]) + (x * x) * c[2];
  } else {
    constexpr int half = N > 16 ? 16 : N > 8 ? 8 : N > 4 ? 4 : 2;
    V power = x;
#pragma GCC unroll 4
    for (int h = half; h > 1; h /= 2) power = power * power;
    return polynomial<half>(x, c) + power * polynomial<N - half>(x, c + half);
  }
}
template <class V, class T, size_t N>
[[gnu::always_inline]] inline V polynomial(V x, const T (&c)[N]) {
  return polynomial<int(N)>(x, &c[0]);
}

}  // namespace windlass::ufunc::WDL_LEVEL
