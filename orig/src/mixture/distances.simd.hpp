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
static_assert(B % (distance_vectors * vector_bytes / 4) == 0);

// offset, mu[d], s[d] of each component
template <class Real>
void pack_diag(const Layout &s, const Frame &frame, const double *offsets, const double *means,
               const double *u, void *parameters) {
  auto *out = static_cast<Real *>(parameters);
  for (int64_t c = 0; c < s.k; c++, means += s.d, u += s.d) {
    *out++ = Real(offsets[c]);
    for (int64_t j = 0; j < s.d; j++) *out++ = framed<Real>(frame, means[j], j);
    for (int64_t j = 0; j < s.d; j++) *out++ = Real(u[j] * root_half / frame.scale[j]);
  }
}

// offset, s, mu[d] of each component; the frame has one scale for all columns
template <class Real>
void pack_spherical(const Layout &s, const Frame &frame, const double *offsets, const double *means,
                    const double *u, void *parameters) {
  auto *out = static_cast<Real *>(parameters);
  for (int64_t c = 0; c < s.k; c++, means += s.d) {
    const double root = u[c] / frame.scale[0];
    *out++ = Real(offsets[c]);
    *out++ = Real(root * root * 0.5);
    for (int64_t j = 0; j < s.d; j++) *out++ = framed<Real>(frame, means[j], j);
  }
}

// As spherical, of whitened means, y = L (mu - origin), L the transpose of an upper triangle; then
// the origin and L row by row.
template <class Real>
void pack_tied(const Layout &s, const Frame &frame, const double *offsets, const double *means,
               const double *u, void *parameters) {
  const int64_t d = s.d;
  auto *out = static_cast<Real *>(parameters), *origin = out + s.k * (2 + d), *L = origin + d;
  for (int64_t j = 0; j < d; j++) {
    double mean = 0;
    for (int64_t c = 0; c < s.k; c++) mean += means[c * d + j] / double(s.k);
    origin[j] = framed<Real>(frame, mean, j);
  }
  for (int64_t c = 0; c < s.k; c++, out += 2 + d) {
    out[0] = Real(offsets[c]);
    out[1] = Real(0.5);
    for (int64_t i = 0; i < d; i++) {
      double y = 0;
      for (int64_t j = 0; j <= i; j++)
        y += u[j * d + i] * (means[c * d + j] - unframed(frame, origin[j], j));
      out[2 + i] = Real(y);
    }
  }
  for (int64_t i = 0; i < d; i++)
    for (int64_t j = 0; j <= i; j++) *L++ = Real(u[j * d + i] / frame.scale[j]);
}

// p and highest of V vectors of rows: density(c, sum) gives a component's log densities.
template <int V, class Real, class Density>
[[gnu::always_inline]] inline void densities_columns(int64_t first, int64_t last, int64_t b,
                                                     Tile &tile, Density density) {
  Real *p = tile.p, *highest = tile.highest;
  Vec<Real> most[V];
#pragma GCC unroll 16
  for (int v = 0; v < V; v++)
    most[v] = first ? load(highest + b + v * W<Real>) : splat(lowest_density<Real>);
  for (int64_t c = first; c < last; c++) {
    Vec<Real> sum[V];
    density(c, sum);
#pragma GCC unroll 16
    for (int v = 0; v < V; v++) {
      const Vec<Real> a = vmax(sum[v], splat(lowest_density<Real>));
      most[v] = vmax(most[v], a);
      st(p + c * B + b + v * W<Real>, a);
    }
  }
#pragma GCC unroll 16
  for (int v = 0; v < V; v++) st(highest + b + v * W<Real>, most[v]);
}

template <class Real>
void densities_diag(const Layout &s, const void *packed, int64_t first, int64_t last, Tile &tile) {
  constexpr int V = distance_vectors;
  const Real *parameters = static_cast<const Real *>(packed), *columns = tile.columns;
  const int64_t d = s.d, size = 1 + 2 * d;
  for (int64_t b = 0; b < B; b += V * W<Real>)
    densities_columns<V, Real>(first, last, b, tile, [&](int64_t c, Vec<Real>(&sum)[V]) {
      const Real *mu = parameters + c * size + 1, *scale = mu + d;
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) sum[v] = splat(mu[-1]);
      for (int64_t j = 0; j < d; j++) {
        const Vec<Real> m = splat(mu[j]), q = splat(scale[j]);
#pragma GCC unroll 16
        for (int v = 0; v < V; v++) {
          const Vec<Real> t = (load(columns + j * B + b + v * W<Real>) - m) * q;
          sum[v] -= t * t;
        }
      }
    });
}

template <class Real>
void densities_round(int64_t d, const Real *columns, const Real *parameters, int64_t first,
                     int64_t last, Tile &tile) {
  constexpr int V = distance_vectors;
  for (int64_t b = 0; b < B; b += V * W<Real>)
    densities_columns<V, Real>(first, last, b, tile, [&](int64_t c, Vec<Real>(&sum)[V]) {
      const Real *mu = parameters + c * (2 + d) + 2;
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) sum[v] = Vec<Real>{};
      for (int64_t j = 0; j < d; j++) {
        const Vec<Real> m = splat(mu[j]);
#pragma GCC unroll 16
        for (int v = 0; v < V; v++) {
          const Vec<Real> t = load(columns + j * B + b + v * W<Real>) - m;
          sum[v] += t * t;
        }
      }
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) sum[v] = mu[-2] - mu[-1] * sum[v];
    });
}

template <class Real>
void densities_spherical(const Layout &s, const void *packed, int64_t first, int64_t last,
                         Tile &tile) {
  densities_round<Real>(s.d, tile.columns, static_cast<const Real *>(packed), first, last, tile);
}

// y = L (x - origin)
template <class Real>
void whiten_columns(int64_t d, const Real *columns, const Real *origin, const Real *L, Real *y) {
  constexpr int V = distance_vectors;
  for (int64_t i = 0; i < d; i++, L += i)
    for (int64_t b = 0; b < B; b += V * W<Real>) {
      Vec<Real> sum[V] = {};
      for (int64_t j = 0; j <= i; j++) {
        const Vec<Real> l = splat(L[j]), o = splat(origin[j]);
#pragma GCC unroll 16
        for (int v = 0; v < V; v++) sum[v] += (load(columns + j * B + b + v * W<Real>) - o) * l;
      }
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) st(y + i * B + b + v * W<Real>, sum[v]);
    }
}

template <class Real>
void densities_tied(const Layout &s, const void *packed, int64_t first, int64_t last, Tile &tile) {
  const auto *parameters = static_cast<const Real *>(packed);
  const Real *origin = parameters + s.k * (2 + s.d);
  if (first == 0) whiten_columns<Real>(s.d, tile.columns, origin, origin + s.d, tile.scratch);
  densities_round<Real>(s.d, tile.scratch, parameters, first, last, tile);
}

// Vectors of responsibilities that stay in registers while the columns pass.
template <class Real>
constexpr int held_vectors = vector_registers == 32 && B >= 16 * W<Real> ? 16 : 8;

template <class Real, bool squares, bool given>
void moments_columns(const Layout &s, const void *centres, int64_t first, int64_t last,
                     const Tile &tile, void *accumulators) {
  constexpr int V = held_vectors<Real>, N = W<Real>;
  const Real *p = tile.p, *scale = tile.scale;
  for (int64_t c = first; c < last; c++) {
    const Real *mu = static_cast<const Real *>(centres) + c * s.centre;
    Real *s0 = static_cast<Real *>(accumulators) + c * s.accumulator;
    for (int64_t b = 0; b < B; b += V * N) {
      const Real *x = static_cast<const Real *>(tile.columns) + b;
      Real *s1 = s0 + N, *s2 = s1 + s.d * N;
      Vec<Real> r[V], sum[2] = {load(s0)};
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        r[v] = load(p + c * B + b + v * N);
        if (!given) r[v] *= load(scale + b + v * N), r[v] *= r[v];
        sum[v % 2] += r[v];
      }
      st(s0, sum[0] + sum[1]);
      for (int64_t j = 0; j < s.d; j++, x += B, s1 += N, s2 += N) {
        const Vec<Real> m = splat(mu[j]);
        Vec<Real> a1[2] = {load(s1)}, a2[2] = {};
        if constexpr (squares) a2[0] = load(s2);
#pragma GCC unroll 16
        for (int v = 0; v < V; v++) {
          const Vec<Real> t = load(x + v * N) - m;
          if constexpr (squares) {
            const Vec<Real> w = r[v] * t;
            a1[v % 2] += w;
            a2[v % 2] += w * t;
          } else {
            a1[v % 2] += r[v] * t;
          }
        }
        st(s1, a1[0] + a1[1]);
        if constexpr (squares) st(s2, a2[0] + a2[1]);
      }
    }
  }
}

}  // namespace windlass::mixture::WDL_LEVEL
