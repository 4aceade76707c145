// Products with slices of eight rows (SELL: Kreutzer, Hager, Wellein, Fehske, Bishop 2014,
// doi 10.1137/130930352). On a stencil the columns of eight rows follow each other, so that x is
// loaded as a vector and one int32 stands for eight indices.
#pragma once
#include "core/simd.hpp"
#include "spmv_kernels.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

constexpr int slice = 8;
// Vectors of 64 bytes that lie anywhere are loaded in twice the time of two of 32.
constexpr int most_slice_bytes = 32;
template <class T>
constexpr int slice_lanes = (simd::WDL_LEVEL::vector_bytes < most_slice_bytes
                                 ? simd::WDL_LEVEL::vector_bytes
                                 : most_slice_bytes) /
                            int(sizeof(T));
template <class T>
using SliceVec = typename simd::WDL_LEVEL::VectorOf<T, slice_lanes<T>>::type;

// Slices of doubles that have the same place are summed together, so that values are loaded once.
#ifdef __OPTIMIZE_SIZE__
template <class T>
constexpr int slices_together = 1;
#else
template <class T>
constexpr int slices_together = sizeof(T) == 8 ? 4 : 1;
#endif

// `count` slices from one on that have the same place.
template <int count, class T>
struct SliceSums {
  static constexpr int lanes = slice_lanes<T>, vectors = slice / lanes;
  SliceVec<T> sum[count * vectors];

  [[gnu::always_inline]] SliceSums(const Slices<T> &a, int64_t s, const T *x) : sum{} {
    const SlicePlace place = a.place[s];
    x += s * slice;
    const T *value = a.value + int64_t(place.first) * slice;
    for (int k = 0; k < place.count; k++, value += slice) {
      __builtin_prefetch(value + a.ahead);
      const int64_t base = a.base[place.first + k];
      if (base & 1)
        gather(value, a.index + (base >> 1) * slice, x);
      else
        add(value, x + (base >> 1));
    }
  }
  [[gnu::always_inline]] void add(const T *value, const T *x) {
    using namespace simd::WDL_LEVEL;
    each<count * vectors>([&](int i) {
      sum[i] += ld<SliceVec<T>>(value + i % vectors * lanes) * ld<SliceVec<T>>(x + i * lanes);
    });
  }
  [[gnu::always_inline]] void gather(const T *value, const int32_t *index, const T *x) {
    T found[count * slice];
#pragma GCC unroll 8
    for (int i = 0; i < count * slice; i++) found[i] = x[i / slice * slice + index[i % slice]];
    add(value, found);
  }
  [[gnu::always_inline]] void store(T *y) const {
    simd::WDL_LEVEL::each<count * vectors>(
        [&](int i) { simd::WDL_LEVEL::st(y + i * lanes, sum[i]); });
  }
};

// Of a slice that is not whole, those rows that are wanted.
template <class T>
void part_of_slice(const Slices<T> &a, int64_t s, int64_t first, int64_t last, const T *x, T *y) {
  T all[slice];
  SliceSums<1, T>(a, s, x).store(all);
  for (int64_t row = first; row < last; row++) y[row] = all[row - s * slice];
}

// Whether so many slices from s on have the same place.
template <int count>
[[gnu::always_inline]] inline bool one_place(const SlicePlace *place) {
  for (int i = 1; i < count; i++)
    if (place[i].first != place[0].first) return false;
  return count > 1;
}

template <class T>
void slices(const Slices<T> &a, int64_t rows, int64_t first, int64_t last, const T *x, T *y) {
  constexpr int M = slices_together<T>;
  if (last > rows) last = rows;
  while (first < last) {
    const int64_t s = first / slice, end = (s + 1) * slice;
    if (first == s * slice && first + M * slice <= last && one_place<M>(a.place + s)) {
      SliceSums<M, T>(a, s, x).store(y + first);
      first += M * slice;
      continue;
    }
    if (first == s * slice && end <= last)
      SliceSums<1, T>(a, s, x).store(y + first);
    else
      part_of_slice(a, s, first, end < last ? end : last, x, y);
    first = end;
  }
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
