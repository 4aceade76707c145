// Between the caller's rows (any strides, f64 or f32) and a tile's columns. The only place that
// knows how the caller's memory lies; nothing beyond the last element is read.
#pragma once
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

inline double element(const Source &s, int64_t i, int64_t j) {
  const char *p = s.data + i * s.row_stride + j * s.column_stride;
  if (s.single) {
    float value;
    __builtin_memcpy(&value, p, sizeof value);
    return value;
  }
  double value;
  __builtin_memcpy(&value, p, sizeof value);
  return value;
}

// columns[j][i] for the W rows from i and `used` columns from j. A whole vector is read from the
// beginning of each row.
template <int used>
[[gnu::always_inline]] inline void transpose_block(const char *in, int64_t stride, double *out) {
  Vec v[W];
#pragma GCC unroll 16
  for (int i = 0; i < W; i++) v[i] = ld(in + i * stride);
  transpose(v);
#pragma GCC unroll 16
  for (int j = 0; j < used; j++) st(out + j * B, v[j]);
}

template <size_t... i>
[[gnu::always_inline]] inline void split_pairs(Vec a, Vec b, double *out,
                                               std::index_sequence<i...>) {
  st(out, __builtin_shufflevector(a, b, (2 * int(i))...));
  st(out + B, __builtin_shufflevector(a, b, (2 * int(i) + 1)...));
}

template <int used>
inline int64_t transpose_narrow(const char *in, int64_t rows, double *out) {
  // a whole vector can be read from the beginning of the rows before this one
  const int64_t whole = used <= 2 ? rows : (rows * used - W) / used + 1;
  int64_t i = 0;
  for (; i + W <= rows && i + W - 1 < whole; i += W) {
    const char *row = in + i * used * 8;
    if constexpr (used == 1)
      st(out + i, ld(row));
    else if constexpr (used == 2)
      split_pairs(ld(row), ld(row + vector_bytes), out + i, std::make_index_sequence<W>());
    else
      transpose_block<used>(row, used * 8, out + i);
  }
  return i;
}

// Rows that follow each other without gaps and are narrower than a vector; returns how many.
template <int used = 1>
inline int64_t transpose_narrow(const char *in, int64_t rows, int64_t d, double *out) {
  if constexpr (used >= W || used > 7)
    return 0;
  else
    return d == used ? transpose_narrow<used>(in, rows, out)
                     : transpose_narrow<used + 1>(in, rows, d, out);
}

// Rows of adjacent doubles.
inline void transpose_rows(const Source &s, double *out) {
  const int64_t d = s.columns;
  int64_t done = 0;
  if (d < W) {
    if (s.row_stride == d * 8) done = transpose_narrow(s.data, s.rows, d, out);
  } else {
    for (int64_t j = 0; j < d; j += W) {
      if (j + W > d) j = d - W;  // the last block overlaps the one before
      for (done = 0; done + W <= s.rows; done += W)
        transpose_block<W>(s.data + done * s.row_stride + j * 8, s.row_stride, out + j * B + done);
    }
  }
  for (int64_t i = done; i < s.rows; i++)
    for (int64_t j = 0; j < d; j++)
      __builtin_memcpy(out + j * B + i, s.data + i * s.row_stride + j * 8, 8);
}

inline void pack_columns(const Source &s, double *out) {
  if (!s.single && s.column_stride == 8) return transpose_rows(s, out);
  for (int64_t j = 0; j < s.columns; j++) {
    if (!s.single && s.row_stride == 8) {
      __builtin_memcpy(out + j * B, s.data + j * s.column_stride, size_t(s.rows) * 8);
    } else {
      for (int64_t i = 0; i < s.rows; i++) out[j * B + i] = element(s, i, j);
    }
  }
}

inline void pack_rows(const Source &s, int64_t stride, double *out) {
  for (int64_t i = 0; i < s.rows; i++, out += stride) {
    if (!s.single && s.column_stride == 8) {
      __builtin_memcpy(out, s.data + i * s.row_stride, size_t(s.columns) * 8);
    } else {
      for (int64_t j = 0; j < s.columns; j++) out[j] = element(s, i, j);
    }
    for (int64_t j = s.columns; j < stride; j++) out[j] = 0;
  }
}

// Lanes beyond the rows.
inline void fill_dead(int64_t columns, int64_t rows, bool repeat, double *out) {
  if (rows == B) return;
  for (int64_t j = 0; j < columns; j++)
    for (int64_t i = rows; i < B; i++) out[j * B + i] = repeat ? out[j * B] : 0.0;
}

// x - x is 0, or NaN where x is not finite; x >= lowest.
inline bool all_finite(int64_t columns, const double *p, double lowest) {
  Vec zero{};
  IntVec below{};
  for (int64_t i = 0; i < columns * B; i += W) {
    const Vec x = ld(p + i);
    zero += x - x;
    below |= x < splat(lowest);
  }
  const Vec answer = below ? splat(1.0) : zero;
  return hsum(answer) == 0;
}

// p[c][i] -> out[i][c]
inline void store_transposed(int64_t rows, int64_t k, const double *p, char *out,
                             int64_t row_stride, int64_t column_stride) {
  int64_t whole = 0;
  if (column_stride == 8 && k >= W) {
    whole = rows - rows % W;
    for (int64_t c = 0; c < k; c += W) {
      if (c + W > k) c = k - W;
      for (int64_t i = 0; i < whole; i += W) {
        Vec v[W];
#pragma GCC unroll 16
        for (int j = 0; j < W; j++) v[j] = ld(p + (c + j) * B + i);
        transpose(v);
#pragma GCC unroll 16
        for (int j = 0; j < W; j++) st(out + (i + j) * row_stride + c * 8, v[j]);
      }
    }
  }
  for (int64_t i = whole; i < rows; i++)
    for (int64_t c = 0; c < k; c++)
      __builtin_memcpy(out + i * row_stride + c * column_stride, p + c * B + i, 8);
}

}  // namespace windlass::mixture::WDL_LEVEL
