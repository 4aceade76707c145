// Weighted moments of a tile about the centres: s0 = sum r, s1 = sum r t, S = sum r t t^T with
// t = x - centre, r = (p scale)^2. Kept about a centre near the mean, they lose nothing to
// cancellation. Accumulators are vectors, one a statistic: their lanes are added once a slot.
//   d <= 4: a template on d, every statistic in a register over the tile.
//   d <= 31 (16 registers: 23): z = sqrt(r) t is stored once, S takes z z^T in register blocks.
// Larger d: panels.simd.hpp. Flops: d^2 + 5 d a row and component.
#pragma once
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

constexpr int largest_small_moments = 4;
constexpr int largest_lane_moments = vector_registers == 32 ? 31 : 23;
constexpr int block_columns = vector_registers == 32 ? 4 : 2;  // of the update, 4 rows each

// given: p holds the responsibilities themselves.
template <int D, bool given>
void moments_small(const double *columns, const double *centres, int64_t first, int64_t last,
                   const double *p, const double *scale, double *accumulators) {
  constexpr int count = 1 + D + D * (D + 1) / 2;
  for (int64_t c = first; c < last; c++) {
    const double *mu = centres + c * D;
    double *A = accumulators + c * count * W;
    Vec s[count];
    for (int i = 0; i < count; i++) s[i] = ld(A + i * W);
    for (int64_t b = 0; b < B; b += W) {
      Vec r = ld(p + c * B + b), t[D];
      if (!given) r *= ld(scale + b), r *= r;
      s[0] += r;
      int o = 1 + D;
#pragma GCC unroll 16
      for (int i = 0; i < D; i++) {
        t[i] = ld(columns + i * B + b) - mu[i];
        const Vec w = r * t[i];
        s[1 + i] += w;
#pragma GCC unroll 16
        for (int j = 0; j <= i; j++) s[o++] += w * t[j];
      }
    }
    for (int i = 0; i < count; i++) st(A + i * W, s[i]);
  }
}

// Rows i0 .., columns j0 .. of S. J >= 0: on the diagonal, j0 = i0 + J; J < 0: below it.
template <int R, int J>
[[gnu::always_inline]] inline void update_block(const double *z, double *S, int64_t i0,
                                                int64_t j0) {
  Vec s[R][block_columns] = {};
  for (int64_t b = 0; b < B; b += W) {
    Vec x[block_columns];
#pragma GCC unroll 16
    for (int j = 0; j < block_columns; j++)
      if (J + j < R) x[j] = ld(z + (j0 + j) * B + b);
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      const Vec y = ld(z + (i0 + i) * B + b);
#pragma GCC unroll 16
      for (int j = 0; j < block_columns; j++)
        if (J + j <= i) s[i][j] += y * x[j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 16
    for (int j = 0; j < block_columns; j++)
      if (J + j <= i) {
        double *a = S + ((i0 + i) * (i0 + i + 1) / 2 + j0 + j) * W;
        st(a, ld(a) + s[i][j]);
      }
}

template <int R>
[[gnu::always_inline]] inline void update_rows(const double *z, double *S, int64_t i0) {
  for (int64_t j = 0; j < i0; j += block_columns) update_block<R, -block_columns>(z, S, i0, j);
  update_block<R, 0>(z, S, i0, i0);
  if constexpr (block_columns == 2 && R > 2) update_block<R, 2>(z, S, i0, i0 + 2);
}

// z = sqrt(r) (x - mu), and s1.
inline void centre_columns(int64_t d, const double *columns, const double *mu, const double *root,
                           double *s1, double *z) {
  for (int64_t j = 0; j < d; j++, columns += B, z += B, s1 += W) {
    const Vec m = splat(mu[j]);
    Vec even = ld(s1), odd{};
    for (int64_t b = 0; b < B; b += 2 * W) {
      Vec q = ld(root + b), x = (ld(columns + b) - m) * q;
      st(z + b, x);
      even += x * q;
      q = ld(root + b + W), x = (ld(columns + b + W) - m) * q;
      st(z + b + W, x);
      odd += x * q;
    }
    st(s1, even + odd);
  }
}

inline void moments_lanes(int64_t d, const double *centres, int64_t first, int64_t last,
                          const Tile &tile, double *accumulators) {
  const int64_t count = 1 + d + d * (d + 1) / 2;
  alignas(64) double root[B];
  for (int64_t c = first; c < last; c++) {
    double *A = accumulators + c * count * W, *S = A + (1 + d) * W, *z = tile.scratch;
    Vec s0 = ld(A);
    for (int64_t b = 0; b < B; b += W) {
      const Vec q = ld(tile.p + c * B + b) * ld(tile.scale + b);
      s0 += q * q;
      st(root + b, q);
    }
    st(A, s0);
    centre_columns(d, tile.columns, centres + c * d, root, A + W, z);
    int64_t i = 0;
    for (; i + 4 <= d; i += 4) update_rows<4>(z, S, i);
    if (d - i == 1) update_rows<1>(z, S, i);
    if (d - i == 2) update_rows<2>(z, S, i);
    if (d - i == 3) update_rows<3>(z, S, i);
  }
}

inline void flush_lanes(int64_t count, const double *accumulators, double *statistics) {
  int64_t i = 0;
  for (; i + W <= count; i += W) {  // W sums at once: the lanes are transposed and added
    Vec v[W];
#pragma GCC unroll 16
    for (int l = 0; l < W; l++) v[l] = ld(accumulators + (i + l) * W);
    transpose(v);
#pragma GCC unroll 16
    for (int n = W / 2; n; n /= 2)
#pragma GCC unroll 16
      for (int l = 0; l < n; l++) v[l] += v[l + n];
    st(statistics + i, v[0]);
  }
  for (; i < count; i++) statistics[i] = hsum(ld(accumulators + i * W));
}

}  // namespace windlass::mixture::WDL_LEVEL
