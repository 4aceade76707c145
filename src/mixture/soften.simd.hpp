// From log densities to responsibilities. With h = exp((p - highest) / 2) the square root of a
// responsibility is h / sqrt(sum h^2): the moments want it, and it costs no root per pair.
#pragma once
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

constexpr int V = 2;

// Below exp(-70 / 2), a responsibility of 4e-31 (float: 4e-18), h is 0, and large d leave the row
// out: squares of distances that outweigh that belong to rows of still smaller responsibilities,
// and 10 eps is added to each component's weight anyway.
template <class Real>
constexpr Real lowest_root = sizeof(Real) == 8 ? -70 : -40;
template <class Real>
constexpr Real lowest_visible = sizeof(Real) == 8 ? -708 : -87;

// h in place of p, sum h^2 and its inverse root.
template <class Real>
void exponentials(int64_t k, Real *p, const Real *highest, Real *sums, Real *scale) {
  for (int64_t b = 0; b < B; b += V * W<Real>) {
    Vec<Real> sum[V] = {}, most[V];
    for (int v = 0; v < V; v++) most[v] = load(highest + b + v * W<Real>);
    for (int64_t c = 0; c < k; c++) {
      Real *q = p + c * B + b;
      Vec<Real> h[V];
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) h[v] = load(q + v * W<Real>) - most[v];
      vexp(h, Real(0.5), lowest_root<Real>);
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        sum[v] += h[v] * h[v];
        st(q + v * W<Real>, h[v]);
      }
    }
    for (int v = 0; v < V; v++) {
      st(sums + b + v * W<Real>, sum[v]);
      st(scale + b + v * W<Real>, vsqrt(Real(1) / sum[v]));
    }
  }
}

// sum of highest + log(sums), by logarithms of products: 1 <= sums <= k < 2^63, so that 16 of them
// stay below 2^1008.
template <class Real>
double sum_logarithms(const Real *highest, const Real *sums) {
  constexpr int N = W<double>, V = 8 / N;
  Vec<double> total[V] = {}, product[V];
  for (int v = 0; v < V; v++) product[v] = splat(1.0);
  for (int64_t b = 0; b < B; b += 8)
    for (int v = 0; v < V; v++) {
      total[v] += load_doubles(highest + b + v * N);
      product[v] *= load_doubles(sums + b + v * N);
    }
  double result = 0;
  for (int v = 0; v < V; v++) {
    for (int i = 0; i < N; i++) result += __builtin_log(product[v][i]);
    result += hsum(total[v]);
  }
  return result;
}

template <class Real>
double soften(const Layout &s, const double *weights_or_null, Tile &tile) {
  alignas(64) Real sums[B];
  Real *highest = tile.highest, *scale = tile.scale;
  exponentials<Real>(s.k, tile.p, highest, sums, scale);
  for (int64_t b = tile.rows; b < B; b++) scale[b] = 0, highest[b] = 0, sums[b] = 1;
  if (!weights_or_null) return sum_logarithms(highest, sums);
  double total = 0;
  for (int64_t b = 0; b < tile.rows; b++) {
    const double w = weights_or_null[b];
    scale[b] *= Real(__builtin_sqrt(w));
    if (w > 0) total += w * (double(highest[b]) + __builtin_log(double(sums[b])));
  }
  return total;
}

template <class Real>
void responsibilities(const Layout &s, Tile &tile, double *log_likelihoods) {
  alignas(64) Real sums[B];
  Real *p = tile.p;
  const Real *highest = tile.highest;
  for (int64_t b = 0; b < B; b += V * W<Real>) {
    Vec<Real> sum[V] = {};
    for (int64_t c = 0; c < s.k; c++) {
      Real *q = p + c * B + b;
      Vec<Real> e[V];
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) e[v] = load(q + v * W<Real>) - load(highest + b + v * W<Real>);
      vexp(e, Real(1), lowest_visible<Real>);
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        sum[v] += e[v];
        st(q + v * W<Real>, e[v]);
      }
    }
    for (int v = 0; v < V; v++) {
      st(sums + b + v * W<Real>, sum[v]);
      sum[v] = Real(1) / sum[v];
    }
    for (int64_t c = 0; c < s.k; c++) {
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        Real *q = p + c * B + b + v * W<Real>;
        st(q, load(q) * sum[v]);
      }
    }
  }
  for (int64_t b = 0; b < B; b += W<double>)
    st(log_likelihoods + b, load_doubles(highest + b) + vlog(load_doubles(sums + b)));
}

template <class Real>
void labels(const Layout &s, const Tile &tile, int64_t *labels) {
  const Real *p = tile.p;
  for (int64_t b = 0; b < B; b += V * W<Real>) {
    LaneInts<Real> label[V] = {};
    Vec<Real> most[V];
    for (int v = 0; v < V; v++) most[v] = load(p + b + v * W<Real>);
    for (int64_t c = 1; c < s.k; c++) {
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        const Vec<Real> x = load(p + c * B + b + v * W<Real>);
        const LaneInts<Real> more = x > most[v];
        most[v] = more ? x : most[v];
        label[v] = more ? LaneInts<Real>{} + LaneInt<Real>(c) : label[v];
      }
    }
    for (int v = 0; v < V; v++)
      for (int i = 0; i < W<Real>; i++) labels[b + v * W<Real> + i] = label[v][i];
  }
}

}  // namespace windlass::mixture::WDL_LEVEL
