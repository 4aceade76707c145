// Products with rows of blocks and with rows of a dense matrix.
#pragma once
#include "spmv.simd.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

template <class T, class I>
void blocks(const BlockRows<T, I> &a, int64_t first, int64_t last, bool conjugate, const T *x,
            T *y) {
  const CompressedRows<T, I> &b = a.blocks;
  const int64_t size = a.height * a.width;
  const Real<T> sign = conjugate ? -1 : 1;
  for (int64_t row = first; row < last; row++) {
    const int64_t block_row = row / a.height, i = row - block_row * a.height;
    T sum{};
    for (int64_t k = b.pointer[block_row]; k < b.pointer[block_row + 1]; k++) {
      const T *value = b.value + (b.order ? int64_t(b.order[k]) : k) * size + i * a.row_step;
      const T *in = x + int64_t(b.index[k]) * a.width;
      for (int64_t j = 0; j < a.width; j++)
        add_product(sum, conjugated(value[j * a.column_step], sign), in[j]);
    }
    y[row] = sum;
  }
}

// Sixteen sums of every sixteenth entry, so that the compiler has vectors to make.
template <bool conjugate, class T>
[[gnu::always_inline]] inline T dense_row(const T *a, int64_t columns, const T *x) {
  constexpr int lanes = 16;
  const auto add = [](T &sum, T v, T x) { add_product(sum, conjugate ? conj(v) : v, x); };
  T lane[lanes] = {};
  int64_t j = 0;
  for (; j + lanes <= columns; j += lanes)
    for (int l = 0; l < lanes; l++) add(lane[l], a[j + l], x[j + l]);
  for (int l = 0; j < columns; j++, l++) add(lane[l], a[j], x[j]);
  for (int half = lanes / 2; half; half /= 2)
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  return lane[0];
}

template <class T>
void dense_rows(const T *a, int64_t ld, int64_t columns, int64_t first, int64_t last,
                bool conjugate, const T *x, T *y) {
  for (int64_t i = first; i < last; i++)
    y[i] = is_complex<T> && conjugate ? dense_row<true>(a + i * ld, columns, x)
                                      : dense_row<false>(a + i * ld, columns, x);
}

// Four columns at a time, so that y is written a quarter as often; conj(A) x is conj(A conj(x)).
template <class T>
void add_columns(const T *a, int64_t ld, int64_t columns, int64_t first, int64_t last,
                 bool conjugate, const T *x, T *y) {
  const Real<T> sign = conjugate ? -1 : 1;
  for (int64_t i = first; i < last; i++) y[i] = T{};
  int64_t j = 0;
  for (; j + 4 <= columns; j += 4) {
    const T *b = a + j * ld;
    T in[4];
    for (int c = 0; c < 4; c++) in[c] = conjugated(x[j + c], sign);
    for (int64_t i = first; i < last; i++) {
      T sum = y[i];
      for (int c = 0; c < 4; c++) add_product(sum, b[c * ld + i], in[c]);
      y[i] = sum;
    }
  }
  for (; j < columns; j++) {
    const T in = conjugated(x[j], sign);
    for (int64_t i = first; i < last; i++) add_product(y[i], a[j * ld + i], in);
  }
  if (is_complex<T> && conjugate)
    for (int64_t i = first; i < last; i++) y[i] = conj(y[i]);
}

template <class T>
void dense_columns(const T *a, int64_t ld, int64_t columns, int64_t first, int64_t last,
                   bool conjugate, const T *x, T *y) {
  constexpr int64_t panel = 512;  // rows whose sums stay in the cache
  for (; first < last; first += panel) {
    const int64_t end = first + panel < last ? first + panel : last;
    add_columns(a, ld, columns, first, end, conjugate, x, y);
  }
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
