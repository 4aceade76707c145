// Products with slices of eight rows (SELL: Kreutzer, Hager, Wellein, Fehske, Bishop 2014,
// doi 10.1137/130930352). On a stencil the columns of eight rows follow each other, so that x is
// loaded as a vector and one int32 stands for eight indices.
#pragma once
#include "core/simd.hpp"
#include "spmv_kernels.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

constexpr int slice = 8;
template <class T>
constexpr int slice_lanes = simd::WDL_LEVEL::lanes<T> < slice ? simd::WDL_LEVEL::lanes<T> : slice;
template <class T>
using SliceVec = typename simd::WDL_LEVEL::VectorOf<T, slice_lanes<T>>::type;

// As in spmv.simd.hpp.
template <class T>
constexpr int64_t slice_ahead = 4096 / int64_t(sizeof(T));

template <class T>
struct SliceSums {
  static constexpr int lanes = slice_lanes<T>, vectors = slice / lanes;
  SliceVec<T> sum[vectors];

  [[gnu::always_inline]] SliceSums(const Slices<T> &a, int64_t s, const T *x) : sum{} {
    for (int64_t k = a.pointer[s]; k < a.pointer[s + 1]; k++) {
      const T *value = a.value + k * slice;
      __builtin_prefetch(value + slice_ahead<T>);
      const int32_t base = a.base[k];
      if (base >= 0)
        add(value, x + base);
      else
        gather(value, a.index - 1 - base, x);
    }
  }
  [[gnu::always_inline]] void add(const T *value, const T *x) {
    using namespace simd::WDL_LEVEL;
    each<vectors>([&](int i) {
      sum[i] += ld<SliceVec<T>>(value + i * lanes) * ld<SliceVec<T>>(x + i * lanes);
    });
  }
  [[gnu::always_inline]] void gather(const T *value, const int32_t *index, const T *x) {
    T found[slice];
#pragma GCC unroll 8
    for (int i = 0; i < slice; i++) found[i] = x[index[i]];
    add(value, found);
  }
  [[gnu::always_inline]] void store(T *y) const {
    simd::WDL_LEVEL::each<vectors>([&](int i) { simd::WDL_LEVEL::st(y + i * lanes, sum[i]); });
  }
};

// Of a slice that is not whole, those rows that are wanted.
template <class T>
void part_of_slice(const Slices<T> &a, int64_t s, int64_t first, int64_t last, const T *x, T *y) {
  T all[slice];
  SliceSums<T>(a, s, x).store(all);
  for (int64_t row = first; row < last; row++) y[row] = all[row - s * slice];
}

template <class T>
void slices(const Slices<T> &a, int64_t rows, int64_t first, int64_t last, const T *x, T *y) {
  if (last > rows) last = rows;
  while (first < last) {
    const int64_t s = first / slice, end = (s + 1) * slice;
    if (first == s * slice && end <= last)
      SliceSums<T>(a, s, x).store(y + first);
    else
      part_of_slice(a, s, first, end < last ? end : last, x, y);
    first = end;
  }
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
