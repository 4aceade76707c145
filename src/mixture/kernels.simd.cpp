// The table of one ISA level.
#include "kernels.hpp"

#include "cholesky.simd.hpp"
#include "density.simd.hpp"
#include "distances.simd.hpp"
#include "moments.simd.hpp"
#include "pack.simd.hpp"
#include "panels.simd.hpp"
#include "random.simd.hpp"
#include "soften.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {
namespace {

bool in_panels(int64_t d) { return d > largest_lane_moments; }

Layout layout_full(int64_t d, int64_t k) {
  Layout s = {};
  s.d = d, s.k = k;
  s.statistics = 1 + d + d * (d + 1) / 2;
  s.parameters = k * parameter_size(d);
  s.row = in_panels(d) ? padded(d) : 0;
  s.centre = in_panels(d) ? s.row : d;
  s.accumulator = in_panels(d) ? panel_accumulator(s.row) : s.statistics * W;
  s.scratch = B * (in_panels(d) ? panel_stride(s.row) : d);
  if (s.scratch < d * group) s.scratch = d * group;
  return s;
}

// Of a component `moments` statistics and `parameters` parameters, `shared` ones of all.
Layout layout_columns(int64_t d, int64_t k, int64_t moments, int64_t parameters, int64_t shared) {
  Layout s = {};
  s.d = d, s.k = k, s.centre = d;
  s.statistics = moments;
  s.accumulator = moments * W;
  s.parameters = k * parameters + shared;
  s.scratch = shared ? B * d : 0;
  return s;
}
Layout layout_tied(int64_t d, int64_t k) {
  return layout_columns(d, k, 1 + d, 2 + d, d + d * (d + 1) / 2);
}
Layout layout_diag(int64_t d, int64_t k) { return layout_columns(d, k, 1 + 2 * d, 1 + 2 * d, 0); }
Layout layout_spherical(int64_t d, int64_t k) { return layout_columns(d, k, 1 + 2 * d, 2 + d, 0); }

bool pack(const Layout &s, const Source &source, Tile &tile) {
  tile.rows = source.rows;
  if (s.row) {  // the columns come from the tile's own rows
    pack_rows(source, s.row, tile.row);
    const Source rows = {
        reinterpret_cast<const char *>(tile.row), source.rows, s.d, s.row * 8, 8, false};
    pack_columns(rows, tile.columns);
  } else {
    pack_columns(source, tile.columns);
  }
  fill_dead(s.d, tile.rows, true, tile.columns);
  return all_finite(s.d, tile.columns, -DBL_MAX);
}

bool pack_responsibilities(const Layout &s, const Source &source, Tile &tile) {
  pack_columns(source, tile.p);
  fill_dead(s.k, source.rows, false, tile.p);
  return all_finite(s.k, tile.p, 0);
}

void store(const Layout &s, const Tile &tile, char *out, int64_t row_stride,
           int64_t column_stride) {
  store_transposed(tile.rows, s.k, tile.p, out, row_stride, column_stride);
}

template <bool given, int D = 1>
bool moments_of_small(const Layout &s, const double *centres, int64_t first, int64_t last,
                      const Tile &tile, double *accumulators) {
  if constexpr (D > largest_small_moments) {
    return false;
  } else if (s.d == D) {
    moments_small<D, given>(tile.columns, centres, first, last, tile.p, tile.scale, accumulators);
    return true;
  } else {
    return moments_of_small<given, D + 1>(s, centres, first, last, tile, accumulators);
  }
}

void moments_full(const Layout &s, const double *centres, int64_t first, int64_t last,
                  const Tile &tile, double *accumulators) {
  if (in_panels(s.d))
    moments_panels(s, centres, first, last, tile, accumulators);
  else if (!moments_of_small<false>(s, centres, first, last, tile, accumulators))
    moments_lanes(s.d, centres, first, last, tile, accumulators);
}

void moments_full_given(const Layout &s, const double *centres, int64_t first, int64_t last,
                        const Tile &tile, double *accumulators) {
  if (moments_of_small<true>(s, centres, first, last, tile, accumulators)) return;
  for (int64_t i = first * B; i < last * B; i += W) st(tile.p + i, vsqrt(ld(tile.p + i)));
  for (int64_t b = 0; b < B; b += W) st(tile.scale + b, splat(1.0));
  moments_full(s, centres, first, last, tile, accumulators);
}

void flush_full(const Layout &s, const double *accumulators, double *statistics) {
  for (int64_t c = 0; c < s.k; c++) {
    const double *A = accumulators + c * s.accumulator;
    double *out = statistics + c * s.statistics;
    in_panels(s.d) ? flush_panels(s, A, out) : flush_lanes(s.statistics, A, out);
  }
}

void flush_columns(const Layout &s, const double *accumulators, double *statistics) {
  flush_lanes(s.k * s.statistics, accumulators, statistics);
}

void exp(int64_t n, const double *x, double *y) {
  for (int64_t i = 0; i + 8 <= n; i += 8) {
    Vec v[8 / W];
    for (int j = 0; j < 8 / W; j++) v[j] = ld(x + i + j * W);
    vexp(v, 1.0, lowest_visible);
    for (int j = 0; j < 8 / W; j++) st(y + i + j * W, v[j]);
  }
}

void log(int64_t n, const double *x, double *y) {
  for (int64_t i = 0; i < n; i += W) st(y + i, vlog(ld(x + i)));
}

}  // namespace

const Kernels kernels = {
    {{layout_full, pack_full, densities_full, moments_full, moments_full_given, flush_full},
     {layout_tied, pack_tied, densities_tied, moments_columns<false, false>,
      moments_columns<false, true>, flush_columns},
     {layout_diag, pack_diag, densities_diag, moments_columns<true, false>,
      moments_columns<true, true>, flush_columns},
     {layout_spherical, pack_spherical, densities_spherical, moments_columns<true, false>,
      moments_columns<true, true>, flush_columns}},
    pack,
    pack_responsibilities,
    random_responsibilities,
    soften,
    responsibilities,
    labels,
    store,
    cholesky,
    invert_triangle,
    exp,
    log};

}  // namespace windlass::mixture::WDL_LEVEL
