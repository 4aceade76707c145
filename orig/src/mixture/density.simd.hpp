// Log densities of a tile, samples in the lanes:
//   p[c][i] = offset_c - |L_c (x_i - mu_c)|^2,  L_c = inverse Cholesky factor of Sigma_c, / sqrt 2.
// d <= 24 (16 registers: 8): a template on d, L and mu broadcast. Larger d: groups of rows whose
// x - mu is stored, then row blocks of y = L t whose squares are summed straight from the
// registers; the components are the outer loop, so that L stays in L1. Flops: d^2 + 3 d a row and
// component.
#pragma once
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

constexpr int largest_small_density = vector_registers == 32 ? 24 : 8;
constexpr int block_rows = 4, block_vectors = vector_registers == 32 ? 4 : 2;  // of L t
template <class Real>
constexpr int group = block_vectors *W<Real>;  // samples

inline int64_t parameter_size(int64_t d) { return 1 + d + d * (d + 1) / 2; }  // of a component

// offset, mu[d], then L: row by row for small d, else in blocks of 4 rows, the 4 (in the triangle
// on the diagonal fewer) values of a column together.
template <class Real>
void pack_component(int64_t d, const Frame &frame, double offset, const double *mean,
                    const double *u, Real *out) {
  *out++ = Real(offset);
  for (int64_t j = 0; j < d; j++) *out++ = framed<Real>(frame, mean[j], j);
  const int64_t height = d <= largest_small_density ? 1 : block_rows;
  for (int64_t i = 0; i < d; i += height) {
    const int64_t end = i + height < d ? i + height : d;
    for (int64_t j = 0; j < end; j++)
      for (int64_t r = i > j ? i : j; r < end; r++)
        *out++ = Real(u[j * d + r] * root_half / frame.scale[j]);
  }
}

template <class Real>
void pack_full(const Layout &s, const Frame &frame, const double *offsets, const double *means,
               const double *u, void *parameters) {
  for (int64_t c = 0; c < s.k; c++)
    pack_component(s.d, frame, offsets[c], means + c * s.d, u + c * s.d * s.d,
                   static_cast<Real *>(parameters) + c * parameter_size(s.d));
}

// With 32 registers the rows stay in them, and one vector after the other is done with; with 16,
// the rows are read for each component, and two vectors share a broadcast of L.
template <class Real, int D>
void densities_small(const Real *columns, const Real *parameters, int64_t first, int64_t last,
                     Real *p, Real *highest) {
  constexpr bool held = vector_registers == 32;
  constexpr int V = held ? (D <= 5 ? 4 : D <= 8 ? 2 : 1) : (D <= 4 ? 2 : 1), U = held ? 1 : V;
  constexpr int size = 1 + D + D * (D + 1) / 2;
  for (int64_t b = 0; b < B; b += V * W<Real>) {
    Vec<Real> x[D][V], most[V];
    for (int v = 0; v < V; v++) {
      most[v] = first ? load(highest + b + v * W<Real>) : splat(lowest_density<Real>);
      for (int j = 0; held && j < D; j++) x[j][v] = load(columns + j * B + b + v * W<Real>);
    }
    for (int64_t c = first; c < last; c++) {
      const Real *q = parameters + c * size, *mu = q + 1;
#pragma GCC unroll 32
      for (int v = 0; v < V; v += U) {
        const Real *L = mu + D;
        Vec<Real> sum[U] = {}, t[D][U];
#pragma GCC unroll 32
        for (int j = 0; j < D; j++)
#pragma GCC unroll 32
          for (int u = 0; u < U; u++)
            t[j][u] = (held ? x[j][v + u] : load(columns + j * B + b + (v + u) * W<Real>)) - mu[j];
#pragma GCC unroll 32
        for (int i = 0; i < D; i++) {
          Vec<Real> y[U];
#pragma GCC unroll 32
          for (int j = 0; j <= i; j++, L++)
#pragma GCC unroll 32
            for (int u = 0; u < U; u++) y[u] = j ? y[u] + t[j][u] * *L : t[j][u] * *L;
#pragma GCC unroll 32
          for (int u = 0; u < U; u++) sum[u] += y[u] * y[u];
        }
#pragma GCC unroll 32
        for (int u = 0; u < U; u++) {
          const Vec<Real> a = vmax(q[0] - sum[u], splat(lowest_density<Real>));
          most[v + u] = vmax(most[v + u], a);
          st(p + c * B + b + (v + u) * W<Real>, a);
        }
      }
    }
    for (int v = 0; v < V; v++) st(highest + b + v * W<Real>, most[v]);
  }
}

// sum += squares of rows i0 .. i0 + R - 1 of L t; returns where the next block of L begins.
template <int R, class Real>
[[gnu::always_inline]] inline const Real *triangle_rows(const Real *t, const Real *L, int64_t i0,
                                                        Vec<Real> *sum) {
  Vec<Real> y[R][block_vectors] = {};
  for (int64_t j = 0; j < i0; j++, L += R, t += group<Real>) {
    Vec<Real> x[block_vectors];
#pragma GCC unroll 32
    for (int v = 0; v < block_vectors; v++) x[v] = load(t + v * W<Real>);
#pragma GCC unroll 32
    for (int r = 0; r < R; r++)
#pragma GCC unroll 32
      for (int v = 0; v < block_vectors; v++) y[r][v] += x[v] * L[r];
  }
#pragma GCC unroll 32
  for (int j = 0; j < R; j++, t += group<Real>)
#pragma GCC unroll 32
    for (int r = j; r < R; r++, L++)
#pragma GCC unroll 32
      for (int v = 0; v < block_vectors; v++) y[r][v] += load(t + v * W<Real>) * *L;
#pragma GCC unroll 32
  for (int r = 0; r < R; r++)
#pragma GCC unroll 32
    for (int v = 0; v < block_vectors; v++) sum[v] += y[r][v] * y[r][v];
  return L;
}

template <class Real>
inline void densities_group(int64_t d, const Real *columns, const Real *q, Real *p, Real *highest,
                            Real *t) {
  const Real *mu = q + 1, *L = mu + d;
  for (int64_t j = 0; j < d; j++)
#pragma GCC unroll 32
    for (int v = 0; v < block_vectors; v++)
      st(t + j * group<Real> + v * W<Real>, load(columns + j * B + v * W<Real>) - mu[j]);
  Vec<Real> sum[block_vectors] = {};
  int64_t i = 0;
  for (; i + block_rows <= d; i += block_rows) L = triangle_rows<block_rows>(t, L, i, sum);
  if (d - i == 1) triangle_rows<1>(t, L, i, sum);
  if (d - i == 2) triangle_rows<2>(t, L, i, sum);
  if (d - i == 3) triangle_rows<3>(t, L, i, sum);
  for (int v = 0; v < block_vectors; v++) {
    const Vec<Real> a = vmax(q[0] - sum[v], splat(lowest_density<Real>));
    st(highest + v * W<Real>, vmax(load(highest + v * W<Real>), a));
    st(p + v * W<Real>, a);
  }
}

template <class Real>
void densities_large(int64_t d, const Real *parameters, int64_t first, int64_t last,
                     const Tile &tile) {
  const Real *columns = tile.columns;
  Real *p = tile.p, *highest = tile.highest, *t = tile.scratch;
  if (!first)
    for (int64_t b = 0; b < B; b += W<Real>) st(highest + b, splat(lowest_density<Real>));
  for (int64_t c = first; c < last; c++)
    for (int64_t b = 0; b < B; b += group<Real>)
      densities_group(d, columns + b, parameters + c * parameter_size(d), p + c * B + b,
                      highest + b, t);
}

template <class Real, int D = 1>
void densities_full(const Layout &s, const void *packed, int64_t first, int64_t last, Tile &tile) {
  const auto *parameters = static_cast<const Real *>(packed);
  if constexpr (D > largest_small_density)
    densities_large(s.d, parameters, first, last, tile);
  else if (s.d == D)
    densities_small<Real, D>(tile.columns, parameters, first, last, tile.p, tile.highest);
  else
    densities_full<Real, D + 1>(s, packed, first, last, tile);
}

}  // namespace windlass::mixture::WDL_LEVEL
