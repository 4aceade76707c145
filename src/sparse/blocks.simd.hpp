// Products with rows of blocks and with rows of a dense matrix.
#pragma once
#include "spmv.simd.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

template <bool conjugate, class T, class I>
void block_rows(const BlockRows<T, I> &a, int64_t first, int64_t last, const T *x, T *y) {
  const CompressedRows<T, I> &b = a.blocks;
  const int64_t size = a.height * a.width;
  for (int64_t row = first; row < last; row++) {
    const int64_t block_row = row / a.height, i = row - block_row * a.height;
    T sum{};
    for (int64_t k = b.pointer[block_row]; k < b.pointer[block_row + 1]; k++) {
      const T *value = b.value + (b.order ? int64_t(b.order[k]) : k) * size + i * a.row_step;
      const T *in = x + int64_t(b.index[k]) * a.width;
      for (int64_t j = 0; j < a.width; j++)
        add_product<conjugate>(sum, value[j * a.column_step], in[j]);
    }
    y[row] = sum;
  }
}

template <class T, class I>
void blocks(const BlockRows<T, I> &a, int64_t first, int64_t last, bool conjugate, const T *x,
            T *y) {
  if (is_complex<T> && conjugate)
    block_rows<true>(a, first, last, x, y);
  else
    block_rows<false>(a, first, last, x, y);
}

// Sixteen sums of every sixteenth entry, so that the compiler has vectors to make.
template <bool conjugate, class T>
[[gnu::always_inline]] inline T dense_row(const T *a, int64_t columns, const T *x) {
  constexpr int lanes = 16;
  T lane[lanes] = {};
  int64_t j = 0;
  for (; j + lanes <= columns; j += lanes)
    for (int l = 0; l < lanes; l++) add_product<conjugate>(lane[l], a[j + l], x[j + l]);
  for (int l = 0; j < columns; j++, l++) add_product<conjugate>(lane[l], a[j], x[j]);
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

// Four columns at a time, so that y is written a quarter as often.
template <bool conjugate, class T>
void add_columns(const T *a, int64_t ld, int64_t columns, int64_t first, int64_t last, const T *x,
                 T *y) {
  for (int64_t i = first; i < last; i++) y[i] = T{};
  int64_t j = 0;
  for (; j + 4 <= columns; j += 4) {
    const T *b = a + j * ld;
    for (int64_t i = first; i < last; i++) {
      T sum = y[i];
      for (int c = 0; c < 4; c++) add_product<conjugate>(sum, b[c * ld + i], x[j + c]);
      y[i] = sum;
    }
  }
  for (; j < columns; j++)
    for (int64_t i = first; i < last; i++) add_product<conjugate>(y[i], a[j * ld + i], x[j]);
}

template <class T>
void dense_columns(const T *a, int64_t ld, int64_t columns, int64_t first, int64_t last,
                   bool conjugate, const T *x, T *y) {
  constexpr int64_t panel = 512;  // rows whose sums stay in the cache
  for (; first < last; first += panel) {
    const int64_t end = first + panel < last ? first + panel : last;
    if (is_complex<T> && conjugate)
      add_columns<true>(a, ld, columns, first, end, x, y);
    else
      add_columns<false>(a, ld, columns, first, end, x, y);
  }
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
