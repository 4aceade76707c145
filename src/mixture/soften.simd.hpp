// From log densities to responsibilities. With h = exp((p - highest) / 2) the square root of a
// responsibility is h / sqrt(sum h^2): the moments want it, and it costs no root per pair.
#pragma once
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

constexpr int V = 2;

// Below exp(-100 / 2), a responsibility of 4e-44, h is 0: subnormal products would cost some 10
// times the time, and 10 eps is added to each component's weight anyway.
constexpr double lowest_root = -100, lowest_visible = -708;

// h in place of p, sum h^2 and its inverse root.
inline void exponentials(int64_t k, double *p, const double *highest, double *sums, double *scale) {
  for (int64_t b = 0; b < B; b += V * W) {
    Vec sum[V] = {}, most[V];
    for (int v = 0; v < V; v++) most[v] = ld(highest + b + v * W);
    for (int64_t c = 0; c < k; c++) {
      double *q = p + c * B + b;
      Vec h[V];
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) h[v] = ld(q + v * W) - most[v];
      vexp(h, 0.5, lowest_root);
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        sum[v] += h[v] * h[v];
        st(q + v * W, h[v]);
      }
    }
    for (int v = 0; v < V; v++) {
      st(sums + b + v * W, sum[v]);
      st(scale + b + v * W, vsqrt(1.0 / sum[v]));
    }
  }
}

// sum of highest + log(sums), by logarithms of products: 1 <= sums <= k < 2^63, so that 16 of them
// stay below 2^1008.
inline double sum_logarithms(const double *highest, const double *sums) {
  constexpr int V = 8 / W;
  Vec total[V] = {}, product[V];
  for (int v = 0; v < V; v++) product[v] = splat(1.0);
  for (int64_t b = 0; b < B; b += 8)
    for (int v = 0; v < V; v++) {
      total[v] += ld(highest + b + v * W);
      product[v] *= ld(sums + b + v * W);
    }
  double result = 0;
  for (int v = 0; v < V; v++) {
    for (int i = 0; i < W; i++) result += __builtin_log(product[v][i]);
    result += hsum(total[v]);
  }
  return result;
}

inline double soften(const Layout &s, const double *weights_or_null, Tile &tile) {
  alignas(64) double sums[B];
  exponentials(s.k, tile.p, tile.highest, sums, tile.scale);
  for (int64_t b = tile.rows; b < B; b++) tile.scale[b] = 0, tile.highest[b] = 0, sums[b] = 1;
  if (!weights_or_null) return sum_logarithms(tile.highest, sums);
  double total = 0;
  for (int64_t b = 0; b < tile.rows; b++) {
    const double w = weights_or_null[b];
    tile.scale[b] *= __builtin_sqrt(w);
    if (w > 0) total += w * (tile.highest[b] + __builtin_log(sums[b]));
  }
  return total;
}

inline void responsibilities(const Layout &s, Tile &tile, double *log_likelihoods) {
  alignas(64) double sums[B];
  for (int64_t b = 0; b < B; b += V * W) {
    Vec sum[V] = {};
    for (int64_t c = 0; c < s.k; c++) {
      double *q = tile.p + c * B + b;
      Vec e[V];
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) e[v] = ld(q + v * W) - ld(tile.highest + b + v * W);
      vexp(e, 1.0, lowest_visible);
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        sum[v] += e[v];
        st(q + v * W, e[v]);
      }
    }
    for (int v = 0; v < V; v++) {
      st(sums + b + v * W, sum[v]);
      sum[v] = 1.0 / sum[v];
    }
    for (int64_t c = 0; c < s.k; c++) {
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        double *q = tile.p + c * B + b + v * W;
        st(q, ld(q) * sum[v]);
      }
    }
  }
  for (int64_t b = 0; b < B; b += W)
    st(log_likelihoods + b, ld(tile.highest + b) + vlog(ld(sums + b)));
}

inline void labels(const Layout &s, const Tile &tile, int64_t *labels) {
  for (int64_t b = 0; b < B; b += V * W) {
    IntVec label[V] = {};
    Vec most[V];
    for (int v = 0; v < V; v++) most[v] = ld(tile.p + b + v * W);
    for (int64_t c = 1; c < s.k; c++) {
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        const Vec x = ld(tile.p + c * B + b + v * W);
        const IntVec more = x > most[v];
        most[v] = more ? x : most[v];
        label[v] = more ? IntVec{} + c : label[v];
      }
    }
    for (int v = 0; v < V; v++) st(labels + b + v * W, label[v]);
  }
}

}  // namespace windlass::mixture::WDL_LEVEL
