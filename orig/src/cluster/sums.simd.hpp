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

// sum += w t where there is one; adds w |t - c|^2 to vectors (lane by lane) and to rest.
template <class T, bool sums, bool weighted>
[[gnu::always_inline]] inline void add_row(const char *row, int64_t d, const Axes<T> &axes,
                                           double w, const double *c, double *sum, Vec &vectors,
                                           double &rest) {
  int64_t j = 0;
  Vec squares{};
  for (; j + W <= d; j += W) {
    const Vec t = row_part<T>(row, axes, j), difference = t - ld(c + j);
    squares += difference * difference;
    if (sums) st(sum + j, weighted ? ld(sum + j) + w * t : ld(sum + j) + t);
  }
  vectors += weighted ? w * squares : squares;
  double square = 0;
  for (; j < d; j++) {
    const double t = row_value<T>(row, axes, j), difference = t - c[j];
    square += difference * difference;
    if (sums) sum[j] += weighted ? w * t : t;
  }
  rest += weighted ? w * square : square;
}

template <class T, bool sums, bool weighted>
inline double add_rows(const Rows &rows, const Axes<T> &axes, const int32_t *labels,
                       const double *w, const double *centres, double *sum, double *weights) {
  Vec vectors{};
  double rest = 0;
  for (int64_t i = 0; i < rows.count; i++) {
    const int64_t label = labels[i], at = label * rows.d;
    const double weight = weighted ? w[i] : 1.0;
    if (weighted && !(weight > 0)) continue;
    if (sums) weights[label] += weight;
    add_row<T, sums, weighted>(rows.data + i * rows.stride, rows.d, axes, weight, centres + at,
                               sums ? sum + at : nullptr, vectors, rest);
  }
  return hsum(vectors) + rest;
}

template <class T>
double add(const Rows &rows, const Axes<T> &axes, const int32_t *labels,
           const double *weights_or_null, const double *centres, double *sums, double *weights) {
  return weights_or_null
             ? add_rows<T, true, true>(rows, axes, labels, weights_or_null, centres, sums, weights)
             : add_rows<T, true, false>(rows, axes, labels, nullptr, centres, sums, weights);
}

template <class T>
double inertia(const Rows &rows, const Axes<T> &axes, const int32_t *labels,
               const double *weights_or_null, const double *centres) {
  return weights_or_null
             ? add_rows<T, false, true>(rows, axes, labels, weights_or_null, centres, nullptr,
                                        nullptr)
             : add_rows<T, false, false>(rows, axes, labels, nullptr, centres, nullptr, nullptr);
}

template <class T>
void own_distances(const Rows &rows, const Axes<T> &axes, const int32_t *labels,
                   const double *centres, double *out) {
  for (int64_t i = 0; i < rows.count; i++) {
    Vec vectors{};
    double rest = 0;
    add_row<T, false, false>(rows.data + i * rows.stride, rows.d, axes, 1.0,
                             centres + labels[i] * rows.d, nullptr, vectors, rest);
    out[i] = hsum(vectors) + rest;
  }
}

}  // namespace windlass::cluster::WDL_LEVEL
