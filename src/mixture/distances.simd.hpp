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

// The squares' sums of V vectors of rows of one component become log densities.
template <int V, class Real>
[[gnu::always_inline]] inline void put_densities(const Vec<Real> (&density)[V], bool begin, Real *p,
                                                 Real *highest) {
#pragma GCC unroll 16
  for (int v = 0; v < V; v++) {
    const Vec<Real> a = vmax(density[v], splat(lowest_density<Real>));
    st(highest + v * W<Real>, begin ? a : vmax(load(highest + v * W<Real>), a));
    st(p + v * W<Real>, a);
  }
}

template <class Real>
void densities_diag(const Layout &s, const void *packed, int64_t first, int64_t last, Tile &tile) {
  const Real *parameters = static_cast<const Real *>(packed), *columns = tile.columns;
  Real *p = tile.p, *highest = tile.highest;
  constexpr int V = distance_vectors;
  const int64_t d = s.d, size = 1 + 2 * d;
  for (int64_t b = 0; b < B; b += V * W<Real>)
    for (int64_t c = first; c < last; c++) {
      const Real *mu = parameters + c * size + 1, *scale = mu + d;
      Vec<Real> sum[V];
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
      put_densities<V, Real>(sum, c == 0, p + c * B + b, highest + b);
    }
}

template <class Real>
void densities_round(int64_t d, const Real *columns, const Real *parameters, int64_t first,
                     int64_t last, Tile &tile) {
  constexpr int V = distance_vectors;
  Real *p = tile.p, *highest = tile.highest;
  for (int64_t b = 0; b < B; b += V * W<Real>)
    for (int64_t c = first; c < last; c++) {
      const Real *mu = parameters + c * (2 + d) + 2;
      Vec<Real> sum[V] = {};
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
      put_densities<V, Real>(sum, c == 0, p + c * B + b, highest + b);
    }
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

// s1 and, for squares, s2 of J columns.
template <int J, bool squares, class Real>
[[gnu::always_inline]] inline void add_columns(const Real *columns, const Real *mu, const Real *r,
                                               Real *s1, Real *s2) {
  Vec<Real> a1[J], a2[J], m[J];
#pragma GCC unroll 16
  for (int j = 0; j < J; j++) {
    a1[j] = load(s1 + j * W<Real>);
    if (squares) a2[j] = load(s2 + j * W<Real>);
    m[j] = splat(mu[j]);
  }
  for (int64_t b = 0; b < B; b += W<Real>) {
    const Vec<Real> q = load(r + b);
#pragma GCC unroll 16
    for (int j = 0; j < J; j++) {
      const Vec<Real> t = load(columns + j * B + b) - m[j];
      if constexpr (squares) {
        const Vec<Real> w = q * t;
        a1[j] += w;
        a2[j] += w * t;
      } else {
        a1[j] += q * t;
      }
    }
  }
#pragma GCC unroll 16
  for (int j = 0; j < J; j++) {
    st(s1 + j * W<Real>, a1[j]);
    if (squares) st(s2 + j * W<Real>, a2[j]);
  }
}

template <class Real, bool squares, bool given>
void moments_columns(const Layout &s, const void *centres, int64_t first, int64_t last,
                     const Tile &tile, void *accumulators) {
  const Real *columns = tile.columns, *p = tile.p, *scale = tile.scale;
  alignas(64) Real responsibilities[B];
  for (int64_t c = first; c < last; c++) {
    Real *s0 = static_cast<Real *>(accumulators) + c * s.accumulator, *s1 = s0 + W<Real>,
         *s2 = s1 + s.d * W<Real>;
    const Real *mu = static_cast<const Real *>(centres) + c * s.centre, *r = p + c * B;
    Vec<Real> sum = load(s0);
    for (int64_t b = 0; b < B; b += W<Real>) {
      Vec<Real> q = load(r + b);
      if (!given) q *= load(scale + b), q *= q;
      sum += q;
      st(responsibilities + b, q);
    }
    st(s0, sum);
    int64_t j = 0;
    for (; j + 4 <= s.d; j += 4)
      add_columns<4, squares>(columns + j * B, mu + j, responsibilities, s1 + j * W<Real>,
                              s2 + j * W<Real>);
    for (; j < s.d; j++)
      add_columns<1, squares>(columns + j * B, mu + j, responsibilities, s1 + j * W<Real>,
                              s2 + j * W<Real>);
  }
}

}  // namespace windlass::mixture::WDL_LEVEL
