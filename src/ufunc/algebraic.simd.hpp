// What takes no more than arithmetic and roots.
#pragma once
#include "lanes.simd.hpp"

namespace windlass::ufunc::WDL_LEVEL {

// -log(2 pi) / 2 - x^2 / 2
struct NormLogPdf {
  template <bool, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &) {
    using T = Scalar<V>;
    return T(-0.91893853320467274) - (T(0.5) * x) * x;
  }
};

struct Rsqrt {
  template <bool, class V>
  [[gnu::always_inline]] static inline V of(V x, Outside<V> &) {
    return Scalar<V>(1) / vsqrt(x);
  }
};

// The squares of numbers within these bounds are normal; others are scaled by a power of 2.
struct Hypot {
  template <bool plain, class V>
  [[gnu::always_inline]] static inline V of(V x, V y, Outside<V> &outside) {
    using T = Scalar<V>;
    constexpr T low = sizeof(T) == 8 ? T(0x1p-500) : T(0x1p-50);
    const V a = absolute(x), b = absolute(y), high = a > b ? a : b;
    if constexpr (plain) {
      outside.unless_within(high, low, T(1) / low);
      return vsqrt(a * a + b * b);
    }
    const auto large = high > T(1) / low, small = high < low;
    const V unit = every<V>(1), up = every<V>(T(1) / low / low), down = every<V>(low * low);
    const V scale = large ? down : (small ? up : unit), back = large ? up : (small ? down : unit);
    const V p = a * scale, q = b * scale, r = vsqrt(p * p + q * q) * back;
    constexpr T infinity = Format<T>::infinity;
    return (a == infinity) | (b == infinity) ? every<V>(infinity) : r;
  }
};

}  // namespace windlass::ufunc::WDL_LEVEL
