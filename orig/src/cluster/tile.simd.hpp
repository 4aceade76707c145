// What the kernel files of one level share.
#pragma once
#include "core/simd.hpp"
#include "kernels.hpp"

namespace windlass::cluster::WDL_LEVEL {

using namespace simd::WDL_LEVEL;

constexpr int64_t B = tile_rows;

template <class T>
[[gnu::always_inline]] inline Lanes<T> load(const void *p) {
  return ld<Lanes<T>>(p);
}

template <class T>
[[gnu::always_inline]] inline T element(const char *p) {
  T value;
  __builtin_memcpy(&value, p, sizeof value);
  return value;
}

// As many values as a vector of doubles has, converted.
template <class T>
[[gnu::always_inline]] inline Vec as_doubles(const void *p) {
  using Part = typename VectorOf<T, W>::type;
  return __builtin_convertvector(ld<Part>(p), Vec);
}

}  // namespace windlass::cluster::WDL_LEVEL
