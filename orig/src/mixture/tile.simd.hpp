// What the kernel files of one level share. Kernels are templates on the tile's scalar.
#pragma once
#include "core/simd.hpp"
#include "kernels.hpp"

namespace windlass::mixture::WDL_LEVEL {

using namespace simd::WDL_LEVEL;

constexpr int64_t B = tile_rows;
constexpr double root_half = 0.70710678118654752440;

template <class Real>
using Vec = Lanes<Real>;
template <class Real>
constexpr int W = lanes<Real>;

template <class Real>
[[gnu::always_inline]] inline Vec<Real> load(const Real *p) {
  return ld<Vec<Real>>(p);
}
template <class Real>
[[gnu::always_inline]] inline Vec<Real> splat(Real s) {
  return spread<Vec<Real>>(s);
}

// As many scalars as a vector of doubles has.
template <class Real>
[[gnu::always_inline]] inline Vec<double> load_doubles(const Real *p) {
  using Part = typename VectorOf<Real, W<double>>::type;
  return __builtin_convertvector(ld<Part>(p), Vec<double>);
}

// Column j of the tile's frame, and back.
template <class Real>
Real framed(const Frame &frame, double x, int64_t j) {
  return Real((x - frame.origin[j]) * frame.scale[j]);
}
inline double unframed(const Frame &frame, double t, int64_t j) {
  return t / frame.scale[j] + frame.origin[j];
}

}  // namespace windlass::mixture::WDL_LEVEL
