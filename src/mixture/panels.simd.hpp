// The moments of a tile for large d, dimensions in the lanes: z = sqrt(r) t is packed row by row,
// and S grows in panels of 8 (16 registers: 4) rows by 3 vectors, lower panels only. Rows whose
// sqrt(r) is at most 1e-22 are left out: beside the 10 eps of each weight they cannot be seen.
// An accumulator: s0 (one vector), s1[row], then panels; panel q is PR x (q + 1) PR.
#pragma once
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

constexpr int PR = vector_registers == 32 ? 8 : 4;
constexpr double smallest_root = 1e-22;

inline int64_t padded(int64_t d) { return (d + PR - 1) / PR * PR; }
inline int64_t panel_stride(int64_t row) { return row + 8; }  // of z: rows spread over L1's sets
inline int64_t panel_accumulator(int64_t row) {
  const int64_t panels = row / PR;
  return W + row + PR * PR * panels * (panels + 1) / 2;
}

// rows PR x NV vectors of S += z^T z over count rows of z.
template <int NV>
[[gnu::always_inline]] inline void panel(const double *z, int64_t stride, int64_t count, int64_t i0,
                                         int64_t j0, double *S, int64_t width) {
  Vec s[PR][NV] = {};
  for (int64_t b = 0; b < count; b++, z += stride) {
    Vec x[NV];
#pragma GCC unroll 16
    for (int v = 0; v < NV; v++) x[v] = ld(z + j0 + v * W);
#pragma GCC unroll 16
    for (int i = 0; i < PR; i++) {
      const Vec y = splat(z[i0 + i]);
#pragma GCC unroll 16
      for (int v = 0; v < NV; v++) s[i][v] += y * x[v];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < PR; i++)
#pragma GCC unroll 16
    for (int v = 0; v < NV; v++) {
      double *a = S + i * width + j0 + v * W;
      st(a, ld(a) + s[i][v]);
    }
}

inline void update_panels(int64_t row, const double *z, int64_t count, double *S) {
  const int64_t stride = panel_stride(row);
  for (int64_t i = 0; i < row; i += PR) {
    const int64_t width = i + PR;
    int64_t j = 0;
    for (; j + 3 * W <= width; j += 3 * W) panel<3>(z, stride, count, i, j, S, width);
    if (width - j == 2 * W) panel<2>(z, stride, count, i, j, S, width);
    if (width - j == W) panel<1>(z, stride, count, i, j, S, width);
    S += PR * width;
  }
}

struct LiveRows {
  int64_t count;
  double root[B + 1];
  int32_t index[B + 1];
};

// z and s1 of NV vectors of dimensions.
template <int NV>
[[gnu::always_inline]] inline void centre_rows(const LiveRows &live, const double *rows,
                                               int64_t row, const double *mu, double *s1,
                                               double *z) {
  Vec m[NV], s[NV] = {};
#pragma GCC unroll 16
  for (int v = 0; v < NV; v++) m[v] = ld(mu + v * W);
  for (int64_t i = 0; i < live.count; i++) {
    const Vec q = splat(live.root[i]);
#pragma GCC unroll 16
    for (int v = 0; v < NV; v++) {
      const Vec y = (ld(rows + live.index[i] * row + v * W) - m[v]) * q;
      s[v] += y * q;
      st(z + i * panel_stride(row) + v * W, y);
    }
  }
#pragma GCC unroll 16
  for (int v = 0; v < NV; v++) st(s1 + v * W, ld(s1 + v * W) + s[v]);
}

inline void moments_panels(const Layout &s, const double *centres, int64_t first, int64_t last,
                           const Tile &tile, double *accumulators) {
  const int64_t row = s.row;
  LiveRows live;
  for (int64_t c = first; c < last; c++) {
    double *A = accumulators + c * s.accumulator, *s1 = A + W;
    const double *mu = centres + c * s.centre;
    Vec s0 = ld(A);
    for (int64_t b = 0; b < B; b += W) {
      const Vec q = ld(tile.p + c * B + b) * ld(tile.scale + b);
      s0 += q * q;
      st(live.root + b, q);
    }
    st(A, s0);
    live.count = 0;
    for (int32_t b = 0; b < B; b++) {
      live.root[live.count] = live.root[b];
      live.index[live.count] = b;
      live.count += live.root[b] > smallest_root;
    }
    if (!live.count) continue;
    int64_t j = 0;
    for (; j + 4 * W <= row; j += 4 * W)
      centre_rows<4>(live, tile.row + j, row, mu + j, s1 + j, tile.scratch + j);
    for (; j < row; j += W)
      centre_rows<1>(live, tile.row + j, row, mu + j, s1 + j, tile.scratch + j);
    update_panels(row, tile.scratch, live.count, s1 + row);
  }
}

inline void flush_panels(const Layout &s, const double *A, double *out) {
  const double *s1 = A + W, *S = s1 + s.row;
  *out++ = hsum(ld(A));
  for (int64_t j = 0; j < s.d; j++) *out++ = s1[j];
  for (int64_t i = 0; i < s.d; i++) {
    const int64_t q = i / PR, width = (q + 1) * PR;
    const double *from = S + PR * PR * q * (q + 1) / 2 + (i - q * PR) * width;
    for (int64_t j = 0; j <= i; j++) *out++ = from[j];
  }
}

}  // namespace windlass::mixture::WDL_LEVEL
