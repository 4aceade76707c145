// From log densities to responsibilities. With h = exp((p - highest) / 2) the square root of a
// responsibility is h / sqrt(sum h^2): the moments want it, and it costs no root per pair.
#pragma once
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

// Below exp(-50), a responsibility of 4e-44, h is 0: subnormal products would cost some 10 times
// the time, and 10 eps is added to each component's weight anyway.
constexpr double lowest_half = -50, lowest_visible = -708;

// h in place of p, sum h^2 and its inverse root.
inline void exponentials(int64_t k, double *p, const double *highest, double *sums, double *scale) {
  constexpr int V = 4;
  for (int64_t b = 0; b < B; b += V * W) {
    Vec sum[V] = {}, most[V];
    for (int v = 0; v < V; v++) most[v] = ld(highest + b + v * W);
    for (int64_t c = 0; c < k; c++) {
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        double *q = p + c * B + b + v * W;
        const Vec h = vexp((ld(q) - most[v]) * 0.5, lowest_half);
        sum[v] += h * h;
        st(q, h);
      }
    }
    for (int v = 0; v < V; v++) {
      st(sums + b + v * W, sum[v]);
      st(scale + b + v * W, vsqrt(1.0 / sum[v]));
    }
  }
}

inline double soften(const Layout &s, const double *weights_or_null, Tile &tile) {
  alignas(64) double sums[B];
  exponentials(s.k, tile.p, tile.highest, sums, tile.scale);
  for (int64_t b = tile.rows; b < B; b++) tile.scale[b] = 0, sums[b] = 1;
  double total = 0;
  if (weights_or_null) {
    for (int64_t b = 0; b < tile.rows; b++) {
      const double w = weights_or_null[b];
      tile.scale[b] *= __builtin_sqrt(w);
      if (w > 0) total += w * (tile.highest[b] + __builtin_log(sums[b]));
    }
    return total;
  }
  for (int64_t b = 0; b < tile.rows; b++) total += tile.highest[b];
  // the logarithm of a product: 1 <= sum <= k < 2^63, so 16 of them stay below 2^1008
  for (int64_t b = 0; b < B; b += 16) {
    double product = 1;
    for (int64_t i = 0; i < 16; i++) product *= sums[b + i];
    total += __builtin_log(product);
  }
  return total;
}

inline void responsibilities(const Layout &s, Tile &tile, double *log_likelihoods) {
  constexpr int V = 4;
  alignas(64) double sums[B];
  for (int64_t b = 0; b < B; b += V * W) {
    Vec sum[V] = {};
    for (int64_t c = 0; c < s.k; c++) {
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        double *q = tile.p + c * B + b + v * W;
        const Vec e = vexp(ld(q) - ld(tile.highest + b + v * W), lowest_visible);
        sum[v] += e;
        st(q, e);
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
  for (int64_t b = 0; b < tile.rows; b++)
    log_likelihoods[b] = tile.highest[b] + __builtin_log(sums[b]);
}

inline void labels(const Layout &s, const Tile &tile, int64_t *labels) {
  constexpr int V = 4;
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
