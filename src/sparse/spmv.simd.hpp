// Products with compressed rows. A row of fewer than `long_row` entries is one sum from its first
// entry to its last; a longer one is `row_lanes` sums of every row_lanes-th entry, added as a tree,
// for one alone would wait for each of its additions. Rows of equal length, of which most matrices
// have long runs, are done without a branch by row. Scalar loads, not gathers: these cost as much,
// and what is left of the time is memory's.
#pragma once
#include "core/scalar.hpp"
#include "core/simd.hpp"
#include "spmv_kernels.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

constexpr int64_t long_row = 24;
constexpr int row_lanes = 8;

// The processor's own prefetching stops at the end of each page, and the loads of x leave it little
// room: what lies a page ahead is asked for.
template <class T>
constexpr int64_t entries_ahead = 4096 / int64_t(sizeof(T));
template <class T, class I>
[[gnu::always_inline]] inline void fetch_ahead(const T *value, const I *index, int64_t k) {
  __builtin_prefetch(value + k + entries_ahead<T>);
  __builtin_prefetch(index + k + entries_ahead<T>);
}

// a * b + c, rounded once where the machine can: written out, so that all ways through the kernels
// give the same bits.
[[gnu::always_inline]] inline double multiply_add(double a, double b, double c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}
[[gnu::always_inline]] inline float multiply_add(float a, float b, float c) {
#if defined(__FMA__) || defined(__aarch64__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

// v, or conj(v) where sign is -1: a product costs less than a branch an entry.
template <class T>
[[gnu::always_inline]] inline T conjugated(T v, Real<T> sign) {
  if constexpr (is_complex<T>) v.im *= sign;
  return v;
}

// sum += v x
template <class T>
[[gnu::always_inline]] inline void add_product(T &sum, T v, T x) {
  if constexpr (is_complex<T>) {
    sum.re = multiply_add(v.re, x.re, sum.re);
    sum.im = multiply_add(v.re, x.im, sum.im);
    sum.re = multiply_add(-v.im, x.im, sum.re);
    sum.im = multiply_add(v.im, x.re, sum.im);
  } else {
    sum = multiply_add(v, x, sum);
  }
}

template <class T>
[[gnu::always_inline]] inline T tree(T (&lane)[row_lanes]) {
  for (int half = row_lanes / 2; half; half /= 2)
    for (int j = 0; j < half; j++) lane[j] += lane[j + half];
  return lane[0];
}

// How a row reads the entries: as they lie, or through `order` and conjugated where asked for.
// There is a loop for each short length, of real entries in order with short indices; elsewhere
// they would make the library larger by 100 KB for some 5 % of the time.
template <class T, class I, bool in_order>
struct RowSums {
#ifdef __OPTIMIZE_SIZE__
  static constexpr bool by_length = false;
#else
  static constexpr bool by_length = in_order && !is_complex<T> && sizeof(I) == 4;
#endif
  const I *index, *order;
  const T *value, *x;
  Real<T> sign;

  [[gnu::always_inline]] void add(T &sum, int64_t k) const {
    if constexpr (in_order)
      add_product(sum, value[k], x[index[k]]);
    else
      add_product(sum, conjugated(value[order ? int64_t(order[k]) : k], sign), x[index[k]]);
  }
  // Before entries k .. end are read. Through `order`, the last of a column is the one that lies
  // farthest ahead, where columns of a band follow each other.
  [[gnu::always_inline]] void fetch(int64_t k, int64_t end) const {
    if constexpr (in_order) {
      fetch_ahead(value, index, k);
    } else if (order && k < end) {
      fetch_ahead(order, index, k);
      __builtin_prefetch(value + order[end - 1] + entries_ahead<T>);
    }
  }
  template <int length>
  [[gnu::always_inline]] T fixed(int64_t k) const {
    fetch(k, k + length);
    T sum{};
#pragma GCC unroll 16
    for (int i = 0; i < length; i++) add(sum, k + i);
    return sum;
  }
  [[gnu::always_inline]] T any(int64_t k, int64_t end) const {
    fetch(k, end);
    if (end - k < long_row) {
      T sum{};
#pragma GCC unroll 1
      for (; k < end; k++) add(sum, k);
      return sum;
    }
    T lane[row_lanes] = {};
    for (; k + row_lanes <= end; k += row_lanes) {
      fetch(k, k + row_lanes);
#pragma GCC unroll 8
      for (int j = 0; j < row_lanes; j++) add(lane[j], k + j);
    }
    for (int j = 0; k < end; k++, j++) add(lane[j], k);
    return tree(lane);
  }
};

// Rows from `row` on that have this length; the first that has not.
template <int length, class Sums, class T, class I>
int64_t run_of(const Sums &sums, const I *pointer, int64_t row, int64_t last, T *y) {
  int64_t k = pointer[row];
  for (; row < last && pointer[row + 1] - k == length; row++, k += length)
    y[row] = sums.template fixed<length>(k);
  return row;
}

// The first row from `row` on that is still to be summed, once all that are as long as it are.
template <class Sums, class T, class I>
int64_t run_at(const Sums &sums, const I *p, int64_t row, int64_t last, T *y) {
  switch (p[row + 1] - p[row]) {
    case 1:
      return run_of<1>(sums, p, row, last, y);
    case 2:
      return run_of<2>(sums, p, row, last, y);
    case 3:
      return run_of<3>(sums, p, row, last, y);
    case 4:
      return run_of<4>(sums, p, row, last, y);
    case 5:
      return run_of<5>(sums, p, row, last, y);
    case 6:
      return run_of<6>(sums, p, row, last, y);
    case 7:
      return run_of<7>(sums, p, row, last, y);
    case 8:
      return run_of<8>(sums, p, row, last, y);
    case 9:
      return run_of<9>(sums, p, row, last, y);
    default:
      y[row] = sums.any(p[row], p[row + 1]);
      return row + 1;
  }
}

template <bool in_order, class T, class I>
void csr_rows(const CompressedRows<T, I> &a, int64_t first, int64_t last, bool conjugate,
              const T *x, T *y) {
  using Sums = RowSums<T, I, in_order>;
  const Sums sums{a.index, a.order, a.value, x, conjugate ? -1.f : 1.f};
  const I *p = a.pointer;
  if constexpr (Sums::by_length)
    for (int64_t row = first; row < last;) row = run_at(sums, p, row, last, y);
  else
    for (int64_t row = first; row < last; row++) y[row] = sums.any(p[row], p[row + 1]);
}

template <class T, class I>
void csr(const CompressedRows<T, I> &a, int64_t first, int64_t last, bool conjugate, const T *x,
         T *y) {
  if (a.order || (is_complex<T> && conjugate))
    csr_rows<false>(a, first, last, conjugate, x, y);
  else
    csr_rows<true>(a, first, last, false, x, y);
}

// One sum each of `width` vectors that lie beside each other.
template <int width, class T, bool in_register = (width > 1 && !is_complex<T>)>
struct Sums {
  T sum[width] = {};

  [[gnu::always_inline]] void add(T value, const T *x) {
#pragma GCC unroll 8
    for (int j = 0; j < width; j++) add_product(sum[j], value, x[j]);
  }
  [[gnu::always_inline]] void operator+=(const Sums &other) {
    for (int j = 0; j < width; j++) sum[j] += other.sum[j];
  }
  [[gnu::always_inline]] void store(T *y) const {
    for (int j = 0; j < width; j++) y[j] = sum[j];
  }
};
template <int width, class T>
struct Sums<width, T, true> {
  using V = typename simd::WDL_LEVEL::VectorOf<T, width>::type;
  V sum = {};

  [[gnu::always_inline]] void add(T value, const T *x) { sum += value * simd::WDL_LEVEL::ld<V>(x); }
  [[gnu::always_inline]] void operator+=(const Sums &other) { sum += other.sum; }
  [[gnu::always_inline]] void store(T *y) const { simd::WDL_LEVEL::st(y, sum); }
};

// `width` vectors from c on: a row's sums of all of them at once, in the order of one alone.
template <int width, class T, class I>
void csr_block(const CompressedRows<T, I> &a, int64_t first, int64_t last, bool conjugate,
               int64_t c, const Many<T> &v) {
  using S = Sums<width, T>;
  const Real<T> sign = conjugate ? -1 : 1;
  const auto every = [&](int64_t k, int64_t end, int64_t step) {
    S sum;
    for (; k < end; k += step)
      sum.add(conjugated(a.value[a.order ? int64_t(a.order[k]) : k], sign),
              v.x + int64_t(a.index[k]) * v.x_stride + c);
    return sum;
  };
  for (int64_t row = first; row < last; row++) {
    const int64_t begin = a.pointer[row], end = a.pointer[row + 1];
    T *y = v.y + row * v.y_stride + c;
    if (end - begin < long_row) {
      every(begin, end, 1).store(y);
      continue;
    }
    S lane[row_lanes];
    for (int l = 0; l < row_lanes; l++) lane[l] = every(begin + l, end, row_lanes);
    for (int half = row_lanes / 2; half; half /= 2)
      for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    lane[0].store(y);
  }
}

// As many at a time as a register holds, then half as many.
template <int width, class T, class I>
void csr_blocks(const CompressedRows<T, I> &a, int64_t first, int64_t last, bool conjugate,
                int64_t c, const Many<T> &v) {
  for (; c + width <= v.count; c += width) csr_block<width>(a, first, last, conjugate, c, v);
  if constexpr (width > 1) csr_blocks<width / 2>(a, first, last, conjugate, c, v);
}

template <class T, class I>
void csr_many(const CompressedRows<T, I> &a, int64_t first, int64_t last, bool conjugate,
              const Many<T> &v) {
  constexpr int most = is_complex<T> ? 4 : simd::WDL_LEVEL::vector_bytes / int(sizeof(T));
  csr_blocks<most>(a, first, last, conjugate, 0, v);
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
