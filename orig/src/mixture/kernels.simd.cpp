// The table of one ISA level.
#include "kernels.hpp"

#include "arithmetic.simd.hpp"
#include "cholesky.simd.hpp"
#include "random.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {
namespace {

bool pack_responsibilities(const Layout &s, const Source &source, Tile &tile) {
  double *p = tile.p;
  pack_columns(source, p);
  fill_dead(s.k, source.rows, false, p);
  return all_finite(s.k, p, 0.0);
}

void moments_full_given(const Layout &s, const void *centres, int64_t first, int64_t last,
                        const Tile &tile, void *accumulators) {
  double *p = tile.p, *scale = tile.scale;
  if (moments_of_small<double, true>(s, static_cast<const double *>(centres), first, last, tile,
                                     static_cast<double *>(accumulators)))
    return;
  for (int64_t i = first * B; i < last * B; i += W<double>) st(p + i, vsqrt(load(p + i)));
  for (int64_t b = 0; b < B; b += W<double>) st(scale + b, splat(1.0));
  moments_full<double>(s, centres, first, last, tile, accumulators);
}

template <class Real>
void exp(int64_t n, const Real *x, Real *y) {
  constexpr int N = W<Real>;
  for (int64_t i = 0; i + 16 <= n; i += 16) {
    Vec<Real> v[16 / N];
    for (int j = 0; j < 16 / N; j++) v[j] = load(x + i + j * N);
    vexp(v, Real(1), lowest_visible<Real>);
    for (int j = 0; j < 16 / N; j++) st(y + i + j * N, v[j]);
  }
}

void log(int64_t n, const double *x, double *y) {
  for (int64_t i = 0; i < n; i += W<double>) st(y + i, vlog(load(x + i)));
}

}  // namespace

const Kernels kernels = {arithmetic<double>,
                         &single,
                         {moments_full_given, moments_columns<double, false, true>,
                          moments_columns<double, true, true>, moments_columns<double, true, true>},
                         pack_responsibilities,
                         random_responsibilities,
                         cholesky,
                         invert_triangle,
                         exp<double>,
                         exp<float>,
                         log};

}  // namespace windlass::mixture::WDL_LEVEL
