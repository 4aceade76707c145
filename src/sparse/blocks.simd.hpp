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
  for (int64_t row = first; row < last; row++) {
    const int64_t block_row = row / a.height, i = row - block_row * a.height;
    T sum{};
    for (int64_t k = b.pointer[block_row]; k < b.pointer[block_row + 1]; k++) {
      const T *value = b.value + (b.order ? int64_t(b.order[k]) : k) * size + i * a.row_step;
      const T *in = x + int64_t(b.index[k]) * a.width;
      for (int64_t j = 0; j < a.width; j++)
        add_product(sum, conjugated(value[j * a.column_step], conjugate), in[j]);
    }
    y[row] = sum;
  }
}

// Sixteen sums of every sixteenth entry, so that the compiler has vectors to make.
template <class T>
[[gnu::always_inline]] inline T dense_row(const T *a, int64_t columns, bool conjugate, const T *x) {
  constexpr int lanes = 16;
  T lane[lanes] = {};
  int64_t j = 0;
  for (; j + lanes <= columns; j += lanes)
    for (int l = 0; l < lanes; l++) add_product(lane[l], conjugated(a[j + l], conjugate), x[j + l]);
  for (int l = 0; j < columns; j++, l++) add_product(lane[l], conjugated(a[j], conjugate), x[j]);
  for (int half = lanes / 2; half; half /= 2)
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  return lane[0];
}

template <class T>
void dense_rows(const T *a, int64_t ld, int64_t columns, int64_t first, int64_t last,
                bool conjugate, const T *x, T *y) {
  for (int64_t i = first; i < last; i++) y[i] = dense_row(a + i * ld, columns, conjugate, x);
}

// Four columns at a time, so that y is written a quarter as often.
template <class T>
void add_columns(const T *a, int64_t ld, int64_t columns, int64_t first, int64_t last,
                 bool conjugate, const T *x, T *y) {
  for (int64_t i = first; i < last; i++) y[i] = T{};
  int64_t j = 0;
  for (; j + 4 <= columns; j += 4) {
    const T *b = a + j * ld;
    for (int64_t i = first; i < last; i++) {
      T sum = y[i];
      for (int c = 0; c < 4; c++) add_product(sum, conjugated(b[c * ld + i], conjugate), x[j + c]);
      y[i] = sum;
    }
  }
  for (; j < columns; j++)
    for (int64_t i = first; i < last; i++)
      add_product(y[i], conjugated(a[j * ld + i], conjugate), x[j]);
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
