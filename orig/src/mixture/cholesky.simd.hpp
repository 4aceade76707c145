// Dense Cholesky factor and triangular inverse, row-major, by rows: row i takes multiples of four
// earlier (or later) rows at a time, so that one load and store of it serve four products.
// Flops: d^3 / 3 each.
#pragma once
#include <cfloat>

#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

// to -= sum over the `count` rows at `rows` of factor[r * factor_stride] * row; columns from..d.
inline void subtract_rows(int64_t from, int64_t d, int64_t count, const double *rows,
                          const double *factor, int64_t factor_stride, double *__restrict to) {
  int64_t r = 0;
  for (; r + 4 <= count; r += 4) {
    const double *__restrict p = rows + r * d, *__restrict f = factor + r * factor_stride;
    const double f0 = f[0], f1 = f[factor_stride], f2 = f[2 * factor_stride],
                 f3 = f[3 * factor_stride];
    for (int64_t j = from; j < d; j++)
      to[j] -= f0 * p[j] + f1 * p[d + j] + f2 * p[2 * d + j] + f3 * p[3 * d + j];
  }
  for (; r < count; r++) {
    const double *__restrict p = rows + r * d;
    const double f = factor[r * factor_stride];
    for (int64_t j = from; j < d; j++) to[j] -= f * p[j];
  }
}

// r_ij = (a_ij - sum_{l<i} r_li r_lj) / r_ii
inline int64_t cholesky(int64_t d, int64_t first, int64_t last, double *a) {
  for (int64_t i = first; i < last; i++) {
    double *row = a + i * d;
    for (int64_t j = 0; j < i; j++) row[j] = 0;
    subtract_rows(i, d, i, a, a + i, d, row);
    if (!(row[i] > 0 && row[i] <= DBL_MAX)) return i;
    const double root = __builtin_sqrt(row[i]);
    row[i] = root;
    for (int64_t j = i + 1; j < d; j++) row[j] /= root;
  }
  return -1;
}

// u_ij = (delta_ij - sum_{l>i} r_il u_lj) / r_ii
inline void invert_triangle(int64_t d, int64_t first, int64_t last, const double *r, double *u) {
  for (int64_t i = last; i-- > first;) {
    double *row = u + i * d;
    for (int64_t j = 0; j < d; j++) row[j] = 0;
    subtract_rows(i + 1, d, d - 1 - i, u + (i + 1) * d, r + i * d + i + 1, 1, row);
    const double pivot = r[i * d + i];
    for (int64_t j = i + 1; j < d; j++) row[j] /= pivot;
    row[i] = 1 / pivot;
  }
}

}  // namespace windlass::mixture::WDL_LEVEL
