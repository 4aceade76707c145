// What the elementwise functions are written in: vectors of either scalar, their bits, tables and
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
// Whether tables of 16 numbers are looked up within registers.
constexpr bool tabled = vector_bytes == 64;

template <class V>
using Scalar = std::remove_reference_t<decltype(std::declval<V &>()[0])>;

template <class T>
struct Format;
template <>
struct Format<double> {
  using Bits = uint64_t;
  static constexpr int mantissa = 52, bias = 1023;
  static constexpr double smallest_normal = 0x1p-1022, largest = 0x1.fffffffffffffp1023,
                          below_one = 0x1.fffffffffffffp-1, epsilon = 0x1p-54,
                          infinity = __builtin_inf(), quiet_nan = __builtin_nan("");
};
template <>
struct Format<float> {
  using Bits = uint32_t;
  static constexpr int mantissa = 23, bias = 127;
  static constexpr float smallest_normal = 0x1p-126f, largest = 0x1.fffffep127f,
                         below_one = 0x1.fffffep-1f, epsilon = 0x1p-25f,
                         infinity = __builtin_inff(), quiet_nan = __builtin_nanf("");
};
template <class V>
using FormatOf = Format<Scalar<V>>;
template <class V>
using Bits = typename FormatOf<V>::Bits;
template <class V>
using BitsOf = Lanes<Bits<V>>;

template <class V>
constexpr Bits<V> sign_bit = Bits<V>(1) << (8 * sizeof(Bits<V>) - 1);
template <class T>
constexpr typename Format<T>::Bits bits_of(T x) {
  return __builtin_bit_cast(typename Format<T>::Bits, x);
}

template <class V>
[[gnu::always_inline]] inline V every(Scalar<V> s) {
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
  const V limit = every<V>(high);
  return limit < x ? limit : x;
}
template <class V>
[[gnu::always_inline]] inline V at_least(V x, Scalar<V> low) {
  const V limit = every<V>(low);
  return limit > x ? limit : x;
}

// |x|, at most `high`; also of NaN.
template <class V>
[[gnu::always_inline]] inline V size_at_most(V x, Scalar<V> high) {
  const BitsOf<V> bits = (BitsOf<V>)absolute(x), limit = BitsOf<V>{} + bits_of(high);
  return (V)(bits < limit ? bits : limit);
}

// Most arguments are such that a function needs no care for overflow, subnormal numbers and what is
// beyond its domain. Blocks are computed without, and once more with it where one was not.
template <class V>
struct Outside {
  BitsOf<V> sign{};  // set: some were

  // |x| below the limit
  [[gnu::always_inline]] void unless_below(V x, Scalar<V> limit) {
    sign |= bits_of(limit) - ((BitsOf<V>)x & ~sign_bit<V>);
  }
  // x above the limit, which is negative; NaN may pass.
  [[gnu::always_inline]] void unless_above(V x, Scalar<V> limit) {
    sign |= (bits_of(limit) - (BitsOf<V>)x) & (BitsOf<V>)x;
  }
  // low <= x <= high; low is a positive number.
  [[gnu::always_inline]] void unless_within(V x, Scalar<V> low, Scalar<V> high) {
    const BitsOf<V> b = (BitsOf<V>)x;
    sign |= (b - bits_of(low)) | (bits_of(high) - b);
  }
};

// Whether the sign of some lane is set.
template <class V>
[[gnu::always_inline]] inline bool any_sign(BitsOf<V> bits) {
#if defined(__AVX512F__) && !defined(__clang__)
  typedef long long Words __attribute__((vector_size(64)));
  if (!__builtin_constant_p(bits[0]))  // of functions that are always plain
    return __builtin_ia32_ptestmq512((Words)bits, (Words)(BitsOf<V>{} + sign_bit<V>), 0xff) != 0;
#endif
  int64_t words[vector_bytes / 8], some = 0;
  st(words, bits & sign_bit<V>);
#pragma GCC unroll 8
  for (int64_t word : words) some |= word;
  return some != 0;
}

// table[index mod M] within one register or two.
template <size_t M, class T, class I>
[[gnu::always_inline]] inline Lanes<T> looked_up(const T *table, I index) {
  using V = Lanes<T>;
  static_assert(M == lanes<T> || M == 2 * lanes<T>);
#if defined(__clang__)
  V found{};
  for (int i = 0; i < lanes<T>; i++) found[i] = table[index[i] & (M - 1)];
  return found;
#else
  if constexpr (M == lanes<T>)
    return __builtin_shuffle(ld<V>(table), index);
  else
    return __builtin_shuffle(ld<V>(table), ld<V>(table + lanes<T>), index);
#endif
}
template <class T, class I, size_t N>
[[gnu::always_inline]] inline Lanes<T> looked_up(const T (&table)[N], I index) {
  return looked_up<N>(&table[0], index);
}

// A number and what is missing in it.
template <class V>
struct Pair {
  V high, low;
};
template <class V>
[[gnu::always_inline]] inline V high_half(V x) {
  return (V)((BitsOf<V>)x & (~Bits<V>(0) << (FormatOf<V>::mantissa / 2 + 1)));
}
// a b - c for c near a b, exactly (T. J. Dekker, 1971, doi:10.1007/BF01397083).
template <class V>
[[gnu::always_inline]] inline V product_less(V a, V b, V c) {
  if constexpr (fused) {
#pragma GCC unroll 16
    for (size_t i = 0; i < sizeof(V) / sizeof(a[0]); i++) {
      if constexpr (sizeof(a[0]) == 8)
        c[i] = __builtin_fma(a[i], b[i], -c[i]);
      else
        c[i] = __builtin_fmaf(a[i], b[i], -c[i]);
    }
    return c;
  } else {
    const V ah = high_half(a), al = a - ah, bh = high_half(b), bl = b - bh;
    return ((ah * bh - c) + (ah * bl + al * bh)) + al * bl;
  }
}

// a b + c, c small, rounded once or nearly so.
template <class V>
[[gnu::always_inline]] inline V product_plus(V a, V b, V c) {
  if constexpr (fused) return a * b + c;
  const V p = a * b;
  return p + (product_less(a, b, p) + c);
}

// c[0] + c[1] x + ... + c[N - 1] x^(N - 1), the even and the odd terms apart: half the chain for
// one multiplication.
template <int from, int N, class V, class T>
[[gnu::always_inline]] inline V chain(V square, const T *c) {
  constexpr int last = (N - 1 - from) / 2 * 2 + from;
  V y = every<V>(c[last]);
#pragma GCC unroll 32
  for (int i = last - 2; i >= from; i -= 2) y = c[i] + square * y;
  return y;
}
// From c[first] on.
template <int first = 0, class V, class T, size_t N>
[[gnu::always_inline]] inline V polynomial(V x, const T (&c)[N]) {
  const V square = x * x;
  return chain<first, int(N)>(square, c) + x * chain<first + 1, int(N)>(square, c);
}

// The same of `count` vectors, which take turns, with c[i][index mod M] for c[i]; all but the first
// two terms, whose rounding counts, in pairs: a shorter chain still.
template <size_t M, int count, class V, class I, class T, size_t N, size_t all>
[[gnu::always_inline]] inline void looked_up_polynomials(const V *x, const I *index,
                                                         const T (&c)[N][all], V *y) {
  V square[count], odd[count];
  const auto each = [](auto f) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (int k = 0; k < count; k++) f(k);
  };
  const auto next = [&](int i, V *sum, const V *by) __attribute__((always_inline)) {
    each([&](int k) __attribute__((always_inline)) {
      sum[k] = looked_up<M>(c[i], index[k]) + by[k] * sum[k];
    });
  };
  each([&](int k) __attribute__((always_inline)) { square[k] = x[k] * x[k]; });
  each([&](int k) __attribute__((always_inline)) { y[k] = looked_up<M>(c[N - 1], index[k]); });
  if constexpr (N % 2 == 0) next(N - 2, y, x);
#pragma GCC unroll 32
  for (int i = int(N - 3) / 2 * 2; i >= 2; i -= 2) {
    each([&](int k) __attribute__((always_inline)) { odd[k] = looked_up<M>(c[i + 1], index[k]); });
    next(i, odd, x);
    each([&](int k) __attribute__((always_inline)) { y[k] = odd[k] + square[k] * y[k]; });
  }
  next(1, y, x), next(0, y, x);
}
template <class V, class I, class T, size_t N, size_t M>
[[gnu::always_inline]] inline V looked_up_polynomial(V x, I index, const T (&c)[N][M]) {
  V y;
  looked_up_polynomials<M, 1>(&x, &index, c, &y);
  return y;
}

// f(|x|) with the sign of x: |x| or 1, and what is missing by a polynomial about each j width,
// j < parts <= 16; for |x| < (parts - 1/2) width unless parts is 16. f is 1 beyond.
template <size_t parts, int count, class V, class T, size_t N>
[[gnu::always_inline]] inline void by_parts(const V *x, V *y, T width, T split,
                                            const T (&missing)[N][16]) {
  constexpr T magic = T(uint64_t(3) << (Format<T>::mantissa - 1));
  V h[count];
  BitsOf<V> index[count];
#pragma GCC unroll 4
  for (int k = 0; k < count; k++) {
    const V a = parts == 16 ? size_at_most(x[k], T(15.25) * width) : absolute(x[k]);
    const V shifted = a * (T(1) / width) + magic;
    h[k] = a - (shifted - magic) * width;
    index[k] = (BitsOf<V>)shifted;
  }
  looked_up_polynomials<parts, count>(h, index, missing, y);
#pragma GCC unroll 4
  for (int k = 0; k < count; k++) {
    const V a = absolute(x[k]);
    y[k] += a >= split ? every<V>(1) : a;  // NaN stays
    y[k] = (V)((BitsOf<V>)y[k] | ((BitsOf<V>)x[k] & sign_bit<V>));
  }
}
template <class V, class T, size_t N>
[[gnu::always_inline]] inline V by_parts(V x, T width, T split, const T (&missing)[N][16]) {
  V y;
  by_parts<16, 1>(&x, &y, width, split, missing);
  return y;
}
// Of two vectors, which take turns; with fewer operations where they need no more parts than one
// register holds.
template <class V, class T, size_t N>
[[gnu::always_inline]] inline void two_by_parts(const V *x, V *y, T width, T split,
                                                const T (&missing)[N][16]) {
  constexpr size_t near = lanes<T>;
  if constexpr (near < 16) {
    Outside<V> far;
    far.unless_below(x[0], (T(near) - T(0.5)) * width);
    far.unless_below(x[1], (T(near) - T(0.5)) * width);
    if (__builtin_expect(any_sign<V>(far.sign), 0)) {
#pragma GCC unroll 1
      for (int k = 0; k < 2; k++) y[k] = by_parts(x[k], width, split, missing);
      return;
    }
  }
  by_parts<near, 2>(x, y, width, split, missing);
}

}  // namespace windlass::ufunc::WDL_LEVEL
