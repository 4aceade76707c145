// The moments of a tile for large d, dimensions in the lanes: z = sqrt(r) t is packed row by row,
// and S grows in panels of 8 (16 registers: 4) rows by 3 vectors, lower panels only. Rows whose
// sqrt(r) is at most 1e-22 are left out: beside the 10 eps of each weight they cannot be seen.
// An accumulator: s0 (one vector), s1[row], then panels of PR rows.
#pragma once
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

constexpr int PR = vector_registers == 32 ? 8 : 4;
template <class Real>
constexpr int step = W<Real> > PR ? W<Real> : PR;  // of the panels' widths
template <class Real>
constexpr Real smallest_root = sizeof(Real) == 8 ? Real(1e-22) : Real(1e-14);

template <class Real>
int64_t padded(int64_t d) {
  return (d + step<Real> - 1) / step<Real> * step<Real>;
}
inline int64_t panel_stride(int64_t row) { return row + 8; }  // of z: rows spread over L1's sets
template <class Real>
int64_t panel_width(int64_t i) {  // of the panel that begins with row i
  return padded<Real>(i + PR);
}
template <class Real>
int64_t panel_accumulator(int64_t row) {
  int64_t size = W<Real> + row;
  for (int64_t i = 0; i < row; i += PR) size += PR * panel_width<Real>(i);
  return size;
}

// rows PR x NV vectors of S += z^T z over count rows of z.
template <int NV, class Real>
[[gnu::always_inline]] inline void panel(const Real *z, int64_t stride, int64_t count, int64_t i0,
                                         int64_t j0, Real *S, int64_t width) {
  Vec<Real> s[PR][NV] = {};
  for (int64_t b = 0; b < count; b++, z += stride) {
    Vec<Real> x[NV];
#pragma GCC unroll 16
    for (int v = 0; v < NV; v++) x[v] = load(z + j0 + v * W<Real>);
#pragma GCC unroll 16
    for (int i = 0; i < PR; i++) {
      const Vec<Real> y = splat(z[i0 + i]);
#pragma GCC unroll 16
      for (int v = 0; v < NV; v++) s[i][v] += y * x[v];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < PR; i++)
#pragma GCC unroll 16
    for (int v = 0; v < NV; v++) {
      Real *a = S + i * width + j0 + v * W<Real>;
      st(a, load(a) + s[i][v]);
    }
}

template <class Real>
void update_panels(int64_t row, const Real *z, int64_t count, Real *S) {
  const int64_t stride = panel_stride(row);
  for (int64_t i = 0; i < row; i += PR) {
    const int64_t width = panel_width<Real>(i);
    int64_t j = 0;
    for (; j + 3 * W<Real> <= width; j += 3 * W<Real>) panel<3>(z, stride, count, i, j, S, width);
    if (width - j == 2 * W<Real>) panel<2>(z, stride, count, i, j, S, width);
    if (width - j == W<Real>) panel<1>(z, stride, count, i, j, S, width);
    S += PR * width;
  }
}

template <class Real>
struct LiveRows {
  int64_t count;
  Real root[B + 1];
  int32_t index[B + 1];
};

// z and s1 of NV vectors of dimensions.
template <int NV, class Real>
[[gnu::always_inline]] inline void centre_rows(const LiveRows<Real> &live, const Real *rows,
                                               int64_t row, const Real *mu, Real *s1, Real *z) {
  Vec<Real> m[NV], s[NV] = {};
#pragma GCC unroll 16
  for (int v = 0; v < NV; v++) m[v] = load(mu + v * W<Real>);
  for (int64_t i = 0; i < live.count; i++) {
    const Vec<Real> q = splat(live.root[i]);
#pragma GCC unroll 16
    for (int v = 0; v < NV; v++) {
      const Vec<Real> y = (load(rows + live.index[i] * row + v * W<Real>) - m[v]) * q;
      s[v] += y * q;
      st(z + i * panel_stride(row) + v * W<Real>, y);
    }
  }
#pragma GCC unroll 16
  for (int v = 0; v < NV; v++) st(s1 + v * W<Real>, load(s1 + v * W<Real>) + s[v]);
}

template <class Real>
void moments_panels(const Layout &s, const Real *centres, int64_t first, int64_t last,
                    const Tile &tile, Real *accumulators) {
  const Real *rows = tile.row, *p = tile.p, *scale = tile.scale;
  Real *z = tile.scratch;
  const int64_t row = s.row;
  LiveRows<Real> live;
  for (int64_t c = first; c < last; c++) {
    Real *A = accumulators + c * s.accumulator, *s1 = A + W<Real>;
    const Real *mu = centres + c * s.centre;
    Vec<Real> s0 = load(A);
    for (int64_t b = 0; b < B; b += W<Real>) {
      const Vec<Real> q = load(p + c * B + b) * load(scale + b);
      s0 += q * q;
      st(live.root + b, q);
    }
    st(A, s0);
    live.count = 0;
    for (int32_t b = 0; b < B; b++) {
      live.root[live.count] = live.root[b];
      live.index[live.count] = b;
      live.count += live.root[b] > smallest_root<Real>;
    }
    if (!live.count) continue;
    int64_t j = 0;
    for (; j + 4 * W<Real> <= row; j += 4 * W<Real>)
      centre_rows<4>(live, rows + j, row, mu + j, s1 + j, z + j);
    for (; j < row; j += W<Real>) centre_rows<1>(live, rows + j, row, mu + j, s1 + j, z + j);
    update_panels(row, z, live.count, s1 + row);
  }
}

template <class Real>
void flush_panels(const Layout &s, const Real *A, double *out) {
  const Real *s1 = A + W<Real>, *S = s1 + s.row;
  *out++ += double(hsum(load(A)));
  for (int64_t j = 0; j < s.d; j++) *out++ += double(s1[j]);
  for (int64_t i = 0; i < s.d; i++) {
    for (int64_t j = 0; j <= i; j++) *out++ += double(S[j]);
    S += panel_width<Real>(i / PR * PR);
  }
}

}  // namespace windlass::mixture::WDL_LEVEL
