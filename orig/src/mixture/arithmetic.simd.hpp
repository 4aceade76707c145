// The tables of one scalar type.
#pragma once
#include <cfloat>

#include "density.simd.hpp"
#include "distances.simd.hpp"
#include "moments.simd.hpp"
#include "pack.simd.hpp"
#include "panels.simd.hpp"
#include "soften.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

extern const Arithmetic single;

template <class Real>
bool in_panels(int64_t d) {
  return d > largest_lane_moments<Real>;
}

template <class Real>
Layout layout_full(int64_t d, int64_t k) {
  Layout s = {};
  s.d = d, s.k = k, s.scalar = sizeof(Real);
  s.statistics = 1 + d + d * (d + 1) / 2;
  s.parameters = k * parameter_size(d);
  s.row = in_panels<Real>(d) ? padded<Real>(d) : 0;
  s.centre = in_panels<Real>(d) ? s.row : d;
  s.accumulator = in_panels<Real>(d) ? panel_accumulator<Real>(s.row) : s.statistics * W<Real>;
  s.scratch = B * (in_panels<Real>(d) ? panel_stride(s.row) : d);
  if (s.scratch < d * group<Real>) s.scratch = d * group<Real>;
  return s;
}

// Of a component `moments` statistics and `parameters` parameters, `shared` ones of all.
template <class Real>
Layout layout_columns(int64_t d, int64_t k, int64_t moments, int64_t parameters, int64_t shared) {
  Layout s = {};
  s.d = d, s.k = k, s.centre = d, s.scalar = sizeof(Real);
  s.statistics = moments;
  s.accumulator = moments * W<Real>;
  s.parameters = k * parameters + shared;
  s.scratch = shared ? B * d : 0;
  return s;
}
template <class Real>
Layout layout_tied(int64_t d, int64_t k) {
  return layout_columns<Real>(d, k, 1 + d, 2 + d, d + d * (d + 1) / 2);
}
template <class Real>
Layout layout_diag(int64_t d, int64_t k) {
  return layout_columns<Real>(d, k, 1 + 2 * d, 1 + 2 * d, 0);
}
template <class Real>
Layout layout_spherical(int64_t d, int64_t k) {
  return layout_columns<Real>(d, k, 1 + 2 * d, 2 + d, 0);
}

template <class Real>
bool pack(const Layout &s, const Frame &frame, const Source &source, Tile &tile) {
  Real *columns = tile.columns, *rows = tile.row;
  tile.rows = source.rows;
  if (s.row) {  // the columns come from the tile's own rows
    pack_rows(source, s.row, rows);
    constexpr int64_t size = sizeof(Real);
    const Source own = {
        static_cast<const char *>(tile.row.data), source.rows, s.d, s.row * size, size, size == 4};
    pack_columns(own, columns);
  } else {
    pack_columns(source, columns);
  }
  prefetch_next(source);
  fill_dead(s.d, tile.rows, true, columns);
  if (source.single) take_frame(s, frame, columns, rows);
  return all_finite(s.d, columns, sizeof(Real) == 4 ? Real(-FLT_MAX) : Real(-DBL_MAX));
}

template <class Real>
void store(const Layout &s, const Tile &tile, char *out, int64_t row_stride,
           int64_t column_stride) {
  store_transposed<Real>(tile.rows, s.k, tile.p, out, row_stride, column_stride);
}

template <class Real, bool given, int D = 1>
bool moments_of_small(const Layout &s, const Real *centres, int64_t first, int64_t last,
                      const Tile &tile, Real *accumulators) {
  if constexpr (D > largest_small_moments) {
    return false;
  } else if (s.d == D) {
    moments_small<Real, D, given>(tile.columns, centres, first, last, tile.p, tile.scale,
                                  accumulators);
    return true;
  } else {
    return moments_of_small<Real, given, D + 1>(s, centres, first, last, tile, accumulators);
  }
}

template <class Real>
void moments_full(const Layout &s, const void *about, int64_t first, int64_t last, const Tile &tile,
                  void *sums) {
  const auto *centres = static_cast<const Real *>(about);
  auto *accumulators = static_cast<Real *>(sums);
  if (in_panels<Real>(s.d))
    moments_panels(s, centres, first, last, tile, accumulators);
  else if (!moments_of_small<Real, false>(s, centres, first, last, tile, accumulators))
    moments_lanes(s.d, centres, first, last, tile, accumulators);
}

template <class Real>
void flush_full(const Layout &s, const void *accumulators, double *statistics) {
  for (int64_t c = 0; c < s.k; c++) {
    const Real *A = static_cast<const Real *>(accumulators) + c * s.accumulator;
    double *out = statistics + c * s.statistics;
    in_panels<Real>(s.d) ? flush_panels(s, A, out) : flush_lanes(s.statistics, A, out);
  }
}

template <class Real>
void flush_columns(const Layout &s, const void *accumulators, double *statistics) {
  flush_lanes(s.k * s.statistics, static_cast<const Real *>(accumulators), statistics);
}

template <class Real>
constexpr Arithmetic arithmetic = {
    {{layout_full<Real>, pack_full<Real>, densities_full<Real>, moments_full<Real>,
      flush_full<Real>},
     {layout_tied<Real>, pack_tied<Real>, densities_tied<Real>, moments_columns<Real, false, false>,
      flush_columns<Real>},
     {layout_diag<Real>, pack_diag<Real>, densities_diag<Real>, moments_columns<Real, true, false>,
      flush_columns<Real>},
     {layout_spherical<Real>, pack_spherical<Real>, densities_spherical<Real>,
      moments_columns<Real, true, false>, flush_columns<Real>}},
    pack<Real>,
    soften<Real>,
    responsibilities<Real>,
    labels<Real>,
    store<Real>};

}  // namespace windlass::mixture::WDL_LEVEL
