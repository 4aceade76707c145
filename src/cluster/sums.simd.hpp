// What each cluster's rows sum up to, row by row, in double.
#pragma once
#include "tile.simd.hpp"

namespace windlass::cluster::WDL_LEVEL {

// W values of a row as t.
template <class T>
[[gnu::always_inline]] inline Vec row_part(const char *row, const Axes<T> &axes, int64_t j) {
  using Part = typename VectorOf<T, W>::type;
  const Part t = ld<Part>(row + j * int64_t(sizeof(T))) * axes.scale - ld<Part>(axes.origin + j);
  return __builtin_convertvector(t, Vec);
}
template <class T>
[[gnu::always_inline]] inline double row_value(const char *row, const Axes<T> &axes, int64_t j) {
  return double(element<T>(row + j * int64_t(sizeof(T))) * axes.scale - axes.origin[j]);
}

// Of a row: the sum of w |t|^2, or w |t - c|^2, lane by lane and of the values that are left.
struct Squares {
  Vec vectors{};
  double rest = 0;
};
[[gnu::always_inline]] inline double total(const Squares &squares) {
  return hsum(squares.vectors) + squares.rest;
}

// sum += w t; w |t|^2.
template <class T, bool weighted, bool squares>
[[gnu::always_inline]] inline void put_row(const char *row, int64_t d, const Axes<T> &axes,
                                           double w, double *sum, Squares &out) {
  int64_t j = 0;
  for (; j + W <= d; j += W) {
    const Vec t = row_part<T>(row, axes, j), wt = weighted ? w * t : t;
    st(sum + j, ld(sum + j) + wt);
    if (squares) out.vectors += wt * t;
  }
  for (; j < d; j++) {
    const double t = row_value<T>(row, axes, j), wt = weighted ? w * t : t;
    sum[j] += wt;
    if (squares) out.rest += wt * t;
  }
}

template <class T, bool weighted>
inline double add_rows(const Rows &rows, const Axes<T> &axes, const int32_t *labels,
                       const double *w, double *sums, double *weights) {
  Squares squares;
  for (int64_t i = 0; i < rows.count; i++) {
    const double weight = weighted ? w[i] : 1.0;
    if (weighted && !(weight > 0)) continue;
    weights[labels[i]] += weight;
    put_row<T, weighted, true>(rows.data + i * rows.stride, rows.d, axes, weight,
                               sums + labels[i] * rows.d, squares);
  }
  return total(squares);
}

template <class T>
double add(const Rows &rows, const Axes<T> &axes, const int32_t *labels,
           const double *weights_or_null, double *sums, double *weights) {
  return weights_or_null ? add_rows<T, true>(rows, axes, labels, weights_or_null, sums, weights)
                         : add_rows<T, false>(rows, axes, labels, nullptr, sums, weights);
}

template <class T>
void move(const Rows &rows, const Axes<T> &axes, const int32_t *from, const int32_t *to,
          double *sums, double *weights) {
  Squares none;
  for (int64_t i = 0; i < rows.count; i++) {
    if (from[i] == to[i]) continue;
    const char *row = rows.data + i * rows.stride;
    weights[from[i]] -= 1, weights[to[i]] += 1;
    put_row<T, true, false>(row, rows.d, axes, -1, sums + from[i] * rows.d, none);
    put_row<T, true, false>(row, rows.d, axes, 1, sums + to[i] * rows.d, none);
  }
}

// w |t - c|^2
template <class T, bool weighted>
[[gnu::always_inline]] inline void measure_row(const char *row, int64_t d, const Axes<T> &axes,
                                               double w, const double *c, Squares &out) {
  int64_t j = 0;
  Vec vectors{};
  for (; j + W <= d; j += W) {
    const Vec difference = row_part<T>(row, axes, j) - ld(c + j);
    vectors += difference * difference;
  }
  out.vectors += weighted ? w * vectors : vectors;
  double square = 0;
  for (; j < d; j++) {
    const double difference = row_value<T>(row, axes, j) - c[j];
    square += difference * difference;
  }
  out.rest += weighted ? w * square : square;
}

template <class T, bool weighted>
inline double inertia_of(const Rows &rows, const Axes<T> &axes, const int32_t *labels,
                         const double *w, const double *centres) {
  Squares squares;
  for (int64_t i = 0; i < rows.count; i++) {
    const double weight = weighted ? w[i] : 1.0;
    if (weighted && !(weight > 0)) continue;
    measure_row<T, weighted>(rows.data + i * rows.stride, rows.d, axes, weight,
                             centres + labels[i] * rows.d, squares);
  }
  return total(squares);
}

template <class T>
double inertia(const Rows &rows, const Axes<T> &axes, const int32_t *labels,
               const double *weights_or_null, const double *centres) {
  return weights_or_null ? inertia_of<T, true>(rows, axes, labels, weights_or_null, centres)
                         : inertia_of<T, false>(rows, axes, labels, nullptr, centres);
}

template <class T>
void own_distances(const Rows &rows, const Axes<T> &axes, const int32_t *labels,
                   const double *centres, double *out) {
  for (int64_t i = 0; i < rows.count; i++) {
    Squares squares;
    measure_row<T, false>(rows.data + i * rows.stride, rows.d, axes, 1.0,
                          centres + labels[i] * rows.d, squares);
    out[i] = total(squares);
  }
}

}  // namespace windlass::cluster::WDL_LEVEL
