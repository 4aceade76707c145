// Squared distances as sums of squared differences: twice the work of the expanded form, but
// without its cancellation, so that equal points are at distance 0. The panel's points lie in the
// lanes; each vector of theirs that is loaded serves R rows, each coordinate of a row V vectors.
#pragma once
#include "array_kernels.hpp"
#include "core/simd.hpp"

namespace windlass::ufunc::arrays::WDL_LEVEL {

using namespace simd::WDL_LEVEL;

constexpr int panel_vectors = vector_registers == 32 ? 4 : 2,
              panel_rows = vector_registers == 32 ? 6 : 4;
template <class T>
constexpr int64_t panel_columns = panel_vectors *lanes<T>;

// What is there of a row of out, from and to vectors; any step, and any number of columns.
template <class T>
[[gnu::noinline]] void gather_row(const Squares<T> &s, const char *row, T *to) {
  for (int64_t c = 0; c < s.columns; c++)
    __builtin_memcpy(to + c, row + c * s.column_step, sizeof(T));
}
template <class T>
[[gnu::noinline]] void scatter_row(const Squares<T> &s, const T *from, char *row) {
  for (int64_t c = 0; c < s.columns; c++)
    __builtin_memcpy(row + c * s.column_step, from + c, sizeof(T));
}

template <class T, int R>
[[gnu::always_inline]] inline void squares_of(const Squares<T> &s, int64_t row, bool more) {
  constexpr int V = panel_vectors, N = lanes<T>;
  const char *point = s.points + row * s.point_step;
  char *out = s.out + row * s.row_step;
  const bool whole = s.column_step == intptr_t(sizeof(T)) && s.columns == panel_columns<T>;
  Lanes<T> sum[R][V] = {};
  if (more)
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      T part[panel_columns<T>] = {};
      if (!whole) gather_row(s, out + r * s.row_step, part);
      each<V>([&](int v) {
        sum[r][v] = ld<Lanes<T>>(whole ? out + r * s.row_step + v * vector_bytes
                                       : reinterpret_cast<const char *>(part + v * N));
      });
    }
  const T *panel = s.panel;
  for (int64_t k = 0; k < s.depth; k++, point += s.axis_step, panel += panel_columns<T>) {
    Lanes<T> x[V];
    each<V>([&](int v) { x[v] = ld<Lanes<T>>(panel + v * N); });
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      T t;
      __builtin_memcpy(&t, point + r * s.point_step, sizeof t);
      each<V>([&](int v) {
        const Lanes<T> difference = x[v] - t;
        sum[r][v] += difference * difference;
      });
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    T part[panel_columns<T>];
    char *to = whole ? out + r * s.row_step : reinterpret_cast<char *>(part);
    each<V>([&](int v) { st(to + v * vector_bytes, sum[r][v]); });
    if (!whole) scatter_row(s, part, out + r * s.row_step);
  }
}

template <class T>
void squares(const Squares<T> &s, bool more) {
  int64_t row = 0;
  if (!more)
    for (; row + panel_rows <= s.rows; row += panel_rows) squares_of<T, panel_rows>(s, row, false);
  for (; row < s.rows; row++) squares_of<T, 1>(s, row, more);
}

// A row's numbers are looked at one by one only where one is less.
template <class T>
void least(int64_t rows, int64_t columns, int64_t first, const T *squares, T *best,
           int64_t *index) {
  using V = Lanes<T>;
  for (int64_t row = 0; row < rows; row++, squares += panel_columns<T>) {
    T b = best[row];
    if (b != b) continue;
    LaneInts<T> less{};
    each<panel_vectors>([&](int v) {
      const V x = ld<V>(squares + v * lanes<T>);
      less |= (x == x ? x : spread<V>(-T(__builtin_inf()))) < b;
    });
    int64_t words[vector_bytes / 8], some = 0;
    st(words, less);
    for (int64_t word : words) some |= word;
    for (int64_t c = 0; some && b == b && c < columns; c++)
      if (!(squares[c] >= b)) b = squares[c], index[row] = first + c;
    best[row] = b;
  }
}

}  // namespace windlass::ufunc::arrays::WDL_LEVEL
