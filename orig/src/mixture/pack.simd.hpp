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

// Whether the caller's scalars are the tile's.
template <class Real>
bool same_scalars(const Source &s) {
  return s.single == (sizeof(Real) == 4);
}

// columns[j][i] for a vector's rows from i and `used` columns from j. A whole vector is read from
// the beginning of each row.
template <int used, class Real>
[[gnu::always_inline]] inline void transpose_block(const char *in, int64_t stride, Real *out) {
  constexpr int N = W<Real>;
  Vec<Real> v[N];
#pragma GCC unroll 16
  for (int i = 0; i < N; i++) v[i] = ld<Vec<Real>>(in + i * stride);
  transpose(v);
#pragma GCC unroll 16
  for (int j = 0; j < used; j++) st(out + j * B, v[j]);
}

template <class Real, size_t... i>
[[gnu::always_inline]] inline void split_pairs(Vec<Real> a, Vec<Real> b, Real *out,
                                               std::index_sequence<i...>) {
  st(out, __builtin_shufflevector(a, b, (2 * int(i))...));
  st(out + B, __builtin_shufflevector(a, b, (2 * int(i) + 1)...));
}

template <int used, class Real>
int64_t transpose_adjacent(const char *in, int64_t rows, Real *out) {
  constexpr int N = W<Real>;
  // a whole vector can be read from the beginning of the rows before this one
  const int64_t whole = used <= 2 ? rows : (rows * used - N) / used + 1;
  int64_t i = 0;
  for (; i + N <= rows && i + N - 1 < whole; i += N) {
    const char *row = in + i * used * int64_t(sizeof(Real));
    if constexpr (used == 1)
      st(out + i, ld<Vec<Real>>(row));
    else if constexpr (used == 2)
      split_pairs(ld<Vec<Real>>(row), ld<Vec<Real>>(row + vector_bytes), out + i,
                  std::make_index_sequence<N>());
    else
      transpose_block<used>(row, used * int64_t(sizeof(Real)), out + i);
  }
  return i;
}

// Rows that follow each other without gaps and are narrower than a vector; returns how many.
template <class Real, int used = 1>
int64_t transpose_narrow(const char *in, int64_t rows, int64_t d, Real *out) {
  if constexpr (used >= W<Real>)
    return 0;
  else
    return d == used ? transpose_adjacent<used>(in, rows, out)
                     : transpose_narrow<Real, used + 1>(in, rows, d, out);
}

// Rows of adjacent scalars.
template <class Real>
void transpose_rows(const Source &s, Real *out) {
  constexpr int N = W<Real>;
  constexpr int64_t size = sizeof(Real);
  const int64_t d = s.columns;
  int64_t done = 0;
  if (d < N) {
    if (s.row_stride == d * size) done = transpose_narrow(s.data, s.rows, d, out);
  } else {
    for (int64_t j = 0; j < d; j += N) {
      if (j + N > d) j = d - N;  // the last block overlaps the one before
      for (done = 0; done + N <= s.rows; done += N)
        transpose_block<N>(s.data + done * s.row_stride + j * size, s.row_stride,
                           out + j * B + done);
    }
  }
  for (int64_t i = done; i < s.rows; i++)
    for (int64_t j = 0; j < d; j++)
      __builtin_memcpy(out + j * B + i, s.data + i * s.row_stride + j * size, sizeof(Real));
}

template <class Real>
void pack_columns(const Source &s, Real *out) {
  constexpr int64_t size = sizeof(Real);
  const bool same = same_scalars<Real>(s);
  if (same && s.column_stride == size) return transpose_rows(s, out);
  for (int64_t j = 0; j < s.columns; j++) {
    if (same && s.row_stride == size) {
      __builtin_memcpy(out + j * B, s.data + j * s.column_stride, size_t(s.rows * size));
    } else {
      for (int64_t i = 0; i < s.rows; i++) out[j * B + i] = Real(element(s, i, j));
    }
  }
}

template <class Real>
void pack_rows(const Source &s, int64_t stride, Real *out) {
  constexpr int64_t size = sizeof(Real);
  for (int64_t i = 0; i < s.rows; i++, out += stride) {
    if (same_scalars<Real>(s) && s.column_stride == size) {
      __builtin_memcpy(out, s.data + i * s.row_stride, size_t(s.columns * size));
    } else {
      for (int64_t j = 0; j < s.columns; j++) out[j] = Real(element(s, i, j));
    }
    for (int64_t j = s.columns; j < stride; j++) out[j] = 0;
  }
}

// The rows behind these, which are most likely the next tile's: reading comes in bursts with long
// computations between them, so that the hardware does not look ahead.
inline void prefetch_next(const Source &s) {
  const int64_t size = s.rows * s.row_stride;
  if (s.column_stride > 8 || size <= 0 || size > 65536) return;
  for (int64_t i = 0; i < size; i += 64) __builtin_prefetch(s.data + size + i, 0, 2);
}

// Lanes beyond the rows.
template <class Real>
void fill_dead(int64_t columns, int64_t rows, bool repeat, Real *out) {
  if (rows == B) return;
  for (int64_t j = 0; j < columns; j++)
    for (int64_t i = rows; i < B; i++) out[j * B + i] = repeat ? out[j * B] : Real(0);
}

// x - x is 0, or NaN where x is not finite; x >= lowest.
template <class Real>
bool all_finite(int64_t columns, const Real *p, Real lowest) {
  Vec<Real> zero{};
  LaneInts<Real> below{};
  for (int64_t i = 0; i < columns * B; i += W<Real>) {
    const Vec<Real> x = load(p + i);
    zero += x - x;
    below |= x < splat(lowest);
  }
  const Vec<Real> answer = below ? splat(Real(1)) : zero;
  return hsum(answer) == 0;
}

// Into the frame, rounded once, as the scale is a power of 2. Tiles of double take what tiles of
// float would hold, out of the frame again.
template <class Real>
void take_frame(const Layout &s, const Frame &frame, Real *columns, Real *rows) {
  for (int64_t j = 0; j < s.d; j++, columns += B) {
    const float scale = float(frame.scale[j]), shift = float(frame.origin[j] * frame.scale[j]);
    for (int64_t i = 0; i < B; i++) {
      const float t = float(columns[i]) * scale - shift;
      columns[i] = sizeof(Real) == 4 ? Real(t) : Real(t / frame.scale[j] + frame.origin[j]);
    }
    for (int64_t i = 0; s.row && i < B; i++) rows[i * s.row + j] = columns[i];
  }
}

// p[c][i] -> out[i][c]
template <class Real>
void store_transposed(int64_t rows, int64_t k, const Real *p, char *out, int64_t row_stride,
                      int64_t column_stride) {
  constexpr int N = W<double>;
  int64_t whole = 0;
  if (column_stride == 8 && k >= N) {
    whole = rows - rows % N;
    for (int64_t c = 0; c < k; c += N) {
      if (c + N > k) c = k - N;
      for (int64_t i = 0; i < whole; i += N) {
        Vec<double> v[N];
#pragma GCC unroll 16
        for (int j = 0; j < N; j++) v[j] = load_doubles(p + (c + j) * B + i);
        transpose(v);
#pragma GCC unroll 16
        for (int j = 0; j < N; j++) st(out + (i + j) * row_stride + c * 8, v[j]);
      }
    }
  }
  for (int64_t i = whole; i < rows; i++)
    for (int64_t c = 0; c < k; c++) {
      const double value = double(p[c * B + i]);
      __builtin_memcpy(out + i * row_stride + c * column_stride, &value, 8);
    }
}

}  // namespace windlass::mixture::WDL_LEVEL
