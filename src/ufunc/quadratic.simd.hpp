// Quadratic forms, and squared Mahalanobis distances by forward substitution, points in the lanes;
// and sums of outer products, tile by tile.
#pragma once
#include "array_kernels.hpp"
#include "core/simd.hpp"

namespace windlass::ufunc::arrays::WDL_LEVEL {

using namespace simd::WDL_LEVEL;

// z_i = (t_i - sum over j < i of L_ij z_j) / L_ii
inline void solve(int64_t d, const double *lower, double *columns, double *squares) {
  constexpr int64_t G = group<double>;
  for (int64_t v = 0; v < G; v += 4 * W) {
    Vec square[4] = {};
    const double *l = lower;
    for (int64_t i = 0; i < d; i++) {
      Vec z[4];
      each<4>([&](int u) { z[u] = ld(columns + i * G + v + u * W); });
      for (int64_t j = 0; j < i; j++, l++)
        each<4>([&](int u) { z[u] -= *l * ld(columns + j * G + v + u * W); });
      each<4>([&](int u) {
        z[u] *= *l;
        st(columns + i * G + v + u * W, z[u]);
        square[u] += z[u] * z[u];
      });
      l++;
    }
    each<4>([&](int u) { st(squares + v + u * W, square[u]); });
  }
}

// Row i of the sums of t_i a_ij t_j.
inline void form(int64_t d, int64_t i, int64_t points, const double *row, const double *columns,
                 double *sums) {
  constexpr int64_t G = group<double>;
  for (int64_t v = 0; v < points; v += 4 * W) {
    Vec product[4] = {};
    for (int64_t j = 0; j < d; j++)
      each<4>([&](int u) { product[u] += row[j] * ld(columns + j * G + v + u * W); });
    each<4>([&](int u) {
      double *to = sums + v + u * W;
      st(to, ld(to) + ld(columns + i * G + v + u * W) * product[u]);
    });
  }
}

inline void outer(int64_t rows, const double *w, const double *p, const double *q, double *sums) {
  constexpr int V = tile / W, R = vector_registers == 32 && V < 4 ? 8 : V < 8 ? 2 : 1;
  for (int i = 0; i < tile; i += R) {
    Vec sum[R][V];
    each<R>([&](int r) { each<V>([&](int v) { sum[r][v] = ld(sums + (i + r) * tile + v * W); }); });
    for (int64_t row = 0; row < rows; row++) {
      Vec y[V];
      each<V>([&](int v) { y[v] = ld(q + row * tile + v * W); });
      each<R>([&](int r) {
        const double s = w[row] * p[row * tile + i + r];
        each<V>([&](int v) { sum[r][v] += s * y[v]; });
      });
    }
    each<R>([&](int r) { each<V>([&](int v) { st(sums + (i + r) * tile + v * W, sum[r][v]); }); });
  }
}

}  // namespace windlass::ufunc::arrays::WDL_LEVEL
