// Log densities and moments of a tile where the covariances are diagonal, samples in the lanes:
//   diag       p[c][i] = offset_c - sum_j ((x_ij - mu_cj) s_cj)^2
//   spherical  p[c][i] = offset_c - s_c |x_i - mu_c|^2
//   tied       the same of y = L (x - origin), L = U^T of the one covariance, with s = 1/2
// and s0 = sum r, s1 = sum r t, s2 = sum r t^2 with t = x - centre, each an accumulator of a vector
// whose lanes are added once a slot. Flops a row and component: 3 d (diag: 4 d) and 5 d (tied: 3
// d); tied whitens once a row, d^2.
#pragma once
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

constexpr int distance_vectors = vector_registers == 32 ? 8 : 4;  // of rows at a time
static_assert(B % (distance_vectors * W) == 0);

constexpr double half = 0.5, root_half = 0.70710678118654752440;

// offset, mu[d], s[d] of each component
inline void pack_diag(const Layout &s, const double *offsets, const double *means, const double *u,
                      double *out) {
  for (int64_t c = 0; c < s.k; c++) {
    *out++ = offsets[c];
    for (int64_t j = 0; j < s.d; j++) *out++ = means[c * s.d + j];
    for (int64_t j = 0; j < s.d; j++) *out++ = u[c * s.d + j] * root_half;
  }
}

// offset, s, mu[d] of each component
inline void pack_spherical(const Layout &s, const double *offsets, const double *means,
                           const double *u, double *out) {
  for (int64_t c = 0; c < s.k; c++) {
    *out++ = offsets[c];
    *out++ = u[c] * u[c] * half;
    for (int64_t j = 0; j < s.d; j++) *out++ = means[c * s.d + j];
  }
}

// L t, L the transpose of an upper triangle
inline void whiten(int64_t d, const double *u, const double *t, double *y) {
  for (int64_t i = 0; i < d; i++) {
    y[i] = 0;
    for (int64_t j = 0; j <= i; j++) y[i] += u[j * d + i] * t[j];
  }
}

// As spherical, of whitened means; then the origin and L row by row.
inline void pack_tied(const Layout &s, const double *offsets, const double *means, const double *u,
                      double *out) {
  const int64_t d = s.d;
  double *origin = out + s.k * (2 + d), *L = origin + d;
  for (int64_t j = 0; j < d; j++) {
    origin[j] = 0;
    for (int64_t c = 0; c < s.k; c++) origin[j] += means[c * d + j] / double(s.k);
  }
  for (int64_t c = 0; c < s.k; c++, out += 2 + d) {
    out[0] = offsets[c];
    out[1] = half;
    double *t = L;  // not yet in use
    for (int64_t j = 0; j < d; j++) t[j] = means[c * d + j] - origin[j];
    whiten(d, u, t, out + 2);
  }
  for (int64_t i = 0; i < d; i++)
    for (int64_t j = 0; j <= i; j++) *L++ = u[j * d + i];
}

// The squares' sums of V vectors of rows of one component become log densities.
template <int V>
[[gnu::always_inline]] inline void put_densities(const Vec (&density)[V], bool begin, double *p,
                                                 double *highest) {
#pragma GCC unroll 16
  for (int v = 0; v < V; v++) {
    const Vec a = vmax(density[v], splat(lowest_density));
    st(highest + v * W, begin ? a : vmax(ld(highest + v * W), a));
    st(p + v * W, a);
  }
}

inline void densities_diag(const Layout &s, const double *parameters, int64_t first, int64_t last,
                           Tile &tile) {
  constexpr int V = distance_vectors;
  const int64_t d = s.d, size = 1 + 2 * d;
  for (int64_t b = 0; b < B; b += V * W)
    for (int64_t c = first; c < last; c++) {
      const double *mu = parameters + c * size + 1, *scale = mu + d;
      Vec sum[V];
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) sum[v] = splat(mu[-1]);
      for (int64_t j = 0; j < d; j++) {
        const Vec m = splat(mu[j]), q = splat(scale[j]);
#pragma GCC unroll 16
        for (int v = 0; v < V; v++) {
          const Vec t = (ld(tile.columns + j * B + b + v * W) - m) * q;
          sum[v] -= t * t;
        }
      }
      put_densities<V>(sum, c == 0, tile.p + c * B + b, tile.highest + b);
    }
}

inline void densities_round(int64_t d, const double *columns, const double *parameters,
                            int64_t first, int64_t last, Tile &tile) {
  constexpr int V = distance_vectors;
  for (int64_t b = 0; b < B; b += V * W)
    for (int64_t c = first; c < last; c++) {
      const double *mu = parameters + c * (2 + d) + 2;
      Vec sum[V] = {};
      for (int64_t j = 0; j < d; j++) {
        const Vec m = splat(mu[j]);
#pragma GCC unroll 16
        for (int v = 0; v < V; v++) {
          const Vec t = ld(columns + j * B + b + v * W) - m;
          sum[v] += t * t;
        }
      }
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) sum[v] = mu[-2] - mu[-1] * sum[v];
      put_densities<V>(sum, c == 0, tile.p + c * B + b, tile.highest + b);
    }
}

inline void densities_spherical(const Layout &s, const double *parameters, int64_t first,
                                int64_t last, Tile &tile) {
  densities_round(s.d, tile.columns, parameters, first, last, tile);
}

// y = L (x - origin)
inline void whiten_columns(int64_t d, const double *columns, const double *origin, const double *L,
                           double *y) {
  constexpr int V = distance_vectors;
  for (int64_t i = 0; i < d; i++, L += i)
    for (int64_t b = 0; b < B; b += V * W) {
      Vec sum[V] = {};
      for (int64_t j = 0; j <= i; j++) {
        const Vec l = splat(L[j]), o = splat(origin[j]);
#pragma GCC unroll 16
        for (int v = 0; v < V; v++) sum[v] += (ld(columns + j * B + b + v * W) - o) * l;
      }
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) st(y + i * B + b + v * W, sum[v]);
    }
}

inline void densities_tied(const Layout &s, const double *parameters, int64_t first, int64_t last,
                           Tile &tile) {
  const double *origin = parameters + s.k * (2 + s.d);
  if (first == 0) whiten_columns(s.d, tile.columns, origin, origin + s.d, tile.scratch);
  densities_round(s.d, tile.scratch, parameters, first, last, tile);
}

// s1 and, for squares, s2 of J columns.
template <int J, bool squares>
[[gnu::always_inline]] inline void add_columns(const double *columns, const double *mu,
                                               const double *r, double *s1, double *s2) {
  Vec a1[J], a2[J], m[J];
#pragma GCC unroll 16
  for (int j = 0; j < J; j++) {
    a1[j] = ld(s1 + j * W);
    if (squares) a2[j] = ld(s2 + j * W);
    m[j] = splat(mu[j]);
  }
  for (int64_t b = 0; b < B; b += W) {
    const Vec q = ld(r + b);
#pragma GCC unroll 16
    for (int j = 0; j < J; j++) {
      const Vec t = ld(columns + j * B + b) - m[j];
      if constexpr (squares) {
        const Vec w = q * t;
        a1[j] += w;
        a2[j] += w * t;
      } else {
        a1[j] += q * t;
      }
    }
  }
#pragma GCC unroll 16
  for (int j = 0; j < J; j++) {
    st(s1 + j * W, a1[j]);
    if (squares) st(s2 + j * W, a2[j]);
  }
}

template <bool squares, bool given>
void moments_columns(const Layout &s, const double *centres, int64_t first, int64_t last,
                     const Tile &tile, double *accumulators) {
  alignas(64) double responsibilities[B];
  for (int64_t c = first; c < last; c++) {
    double *s0 = accumulators + c * s.accumulator, *s1 = s0 + W, *s2 = s1 + s.d * W;
    const double *mu = centres + c * s.centre, *r = tile.p + c * B;
    Vec sum = ld(s0);
    for (int64_t b = 0; b < B; b += W) {
      Vec q = ld(r + b);
      if (!given) q *= ld(tile.scale + b), q *= q;
      sum += q;
      st(responsibilities + b, q);
    }
    st(s0, sum);
    int64_t j = 0;
    for (; j + 4 <= s.d; j += 4)
      add_columns<4, squares>(tile.columns + j * B, mu + j, responsibilities, s1 + j * W,
                              s2 + j * W);
    for (; j < s.d; j++)
      add_columns<1, squares>(tile.columns + j * B, mu + j, responsibilities, s1 + j * W,
                              s2 + j * W);
  }
}

}  // namespace windlass::mixture::WDL_LEVEL
