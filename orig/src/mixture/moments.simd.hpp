// Weighted moments of a tile about the centres: s0 = sum r, s1 = sum r t, S = sum r t t^T with
// t = x - centre, r = (p scale)^2. Kept about a centre near the mean, they lose nothing to
// cancellation. Accumulators are vectors, one a statistic: their lanes are added once a slot.
//   d <= 4: a template on d, every statistic in a register over the tile.
//   d <= 31 (float: 41; 16 registers: 23 and 30): z = sqrt(r) t is stored once, S takes z z^T in
//   register blocks.
// Larger d: panels.simd.hpp. Flops: d^2 + 5 d a row and component.
#pragma once
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

constexpr int largest_small_moments = 4;
constexpr int lane_moments_of_double = vector_registers == 32 ? 31 : 23;
template <class Real>  // panels of float are wider, and more of them lies above the diagonal
constexpr int largest_lane_moments = lane_moments_of_double *(sizeof(Real) == 8 ? 3 : 4) / 3;
constexpr int block_columns = vector_registers == 32 ? 4 : 2;  // of the update, 4 rows each

// given: p holds the responsibilities themselves.
template <class Real, int D, bool given>
void moments_small(const Real *columns, const Real *centres, int64_t first, int64_t last,
                   const Real *p, const Real *scale, Real *accumulators) {
  constexpr int count = 1 + D + D * (D + 1) / 2;
  for (int64_t c = first; c < last; c++) {
    const Real *mu = centres + c * D;
    Real *A = accumulators + c * count * W<Real>;
    Vec<Real> s[count];
    for (int i = 0; i < count; i++) s[i] = load(A + i * W<Real>);
    for (int64_t b = 0; b < B; b += W<Real>) {
      Vec<Real> r = load(p + c * B + b), t[D];
      if (!given) r *= load(scale + b), r *= r;
      s[0] += r;
      int o = 1 + D;
#pragma GCC unroll 16
      for (int i = 0; i < D; i++) {
        t[i] = load(columns + i * B + b) - mu[i];
        const Vec<Real> w = r * t[i];
        s[1 + i] += w;
#pragma GCC unroll 16
        for (int j = 0; j <= i; j++) s[o++] += w * t[j];
      }
    }
    for (int i = 0; i < count; i++) st(A + i * W<Real>, s[i]);
  }
}

// Rows i0 .., columns j0 .. of S. J >= 0: on the diagonal, j0 = i0 + J; J < 0: below it.
template <int R, int J, class Real>
[[gnu::always_inline]] inline void update_block(const Real *z, Real *S, int64_t i0, int64_t j0) {
  Vec<Real> s[R][block_columns] = {};
  for (int64_t b = 0; b < B; b += W<Real>) {
    Vec<Real> x[block_columns];
#pragma GCC unroll 16
    for (int j = 0; j < block_columns; j++)
      if (J + j < R) x[j] = load(z + (j0 + j) * B + b);
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      const Vec<Real> y = load(z + (i0 + i) * B + b);
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
        Real *a = S + ((i0 + i) * (i0 + i + 1) / 2 + j0 + j) * W<Real>;
        st(a, load(a) + s[i][j]);
      }
}

template <int R, class Real>
[[gnu::always_inline]] inline void update_rows(const Real *z, Real *S, int64_t i0) {
  for (int64_t j = 0; j < i0; j += block_columns) update_block<R, -block_columns>(z, S, i0, j);
  update_block<R, 0>(z, S, i0, i0);
  if constexpr (block_columns == 2 && R > 2) update_block<R, 2>(z, S, i0, i0 + 2);
}

// z = sqrt(r) (x - mu), and s1.
template <class Real>
inline void centre_columns(int64_t d, const Real *columns, const Real *mu, const Real *root,
                           Real *s1, Real *z) {
  for (int64_t j = 0; j < d; j++, columns += B, z += B, s1 += W<Real>) {
    const Vec<Real> m = splat(mu[j]);
    Vec<Real> even = load(s1), odd{};
    for (int64_t b = 0; b < B; b += 2 * W<Real>) {
      Vec<Real> q = load(root + b), x = (load(columns + b) - m) * q;
      st(z + b, x);
      even += x * q;
      q = load(root + b + W<Real>), x = (load(columns + b + W<Real>) - m) * q;
      st(z + b + W<Real>, x);
      odd += x * q;
    }
    st(s1, even + odd);
  }
}

template <class Real>
void moments_lanes(int64_t d, const Real *centres, int64_t first, int64_t last, const Tile &tile,
                   Real *accumulators) {
  const Real *columns = tile.columns, *p = tile.p, *scale = tile.scale;
  const int64_t count = 1 + d + d * (d + 1) / 2;
  alignas(64) Real root[B];
  for (int64_t c = first; c < last; c++) {
    Real *A = accumulators + c * count * W<Real>, *S = A + (1 + d) * W<Real>, *z = tile.scratch;
    Vec<Real> s0 = load(A);
    for (int64_t b = 0; b < B; b += W<Real>) {
      const Vec<Real> q = load(p + c * B + b) * load(scale + b);
      s0 += q * q;
      st(root + b, q);
    }
    st(A, s0);
    centre_columns(d, columns, centres + c * d, root, A + W<Real>, z);
    int64_t i = 0;
    for (; i + 4 <= d; i += 4) update_rows<4>(z, S, i);
    if (d - i == 1) update_rows<1>(z, S, i);
    if (d - i == 2) update_rows<2>(z, S, i);
    if (d - i == 3) update_rows<3>(z, S, i);
  }
}

template <class Real>
void flush_lanes(int64_t count, const Real *accumulators, double *statistics) {
  constexpr int N = W<Real>;
  int64_t i = 0;
  for (; i + N <= count; i += N) {  // N sums at once: the lanes are transposed and added
    Vec<Real> v[N];
#pragma GCC unroll 16
    for (int l = 0; l < N; l++) v[l] = load(accumulators + (i + l) * N);
    transpose(v);
#pragma GCC unroll 16
    for (int n = N / 2; n; n /= 2)
#pragma GCC unroll 16
      for (int l = 0; l < n; l++) v[l] += v[l + n];
#pragma GCC unroll 16
    for (int l = 0; l < N; l++) statistics[i + l] += double(v[0][l]);
  }
  for (; i < count; i++) statistics[i] += double(hsum(load(accumulators + i * N)));
}

}  // namespace windlass::mixture::WDL_LEVEL
