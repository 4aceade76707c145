// Triangles in slices of 8 independent rows: 8 lanes advance together, an entry of each a step.
// 4.5 to 8 bytes an entry with factors in single precision, 2 flops. Rows that follow each other in
// one level mostly read neighbours in another, which is one load; the rest is gathered by scalar
// loads, which beat the gather instruction (12 cycles on Zen 4).
// Levels: E. Anderson, Y. Saad, 1989, doi 10.1142/S0129053389000056.
#pragma once
#include "core/scalar.hpp"
#include "core/simd.hpp"
#include "kernels.hpp"
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace windlass::precond::WDL_LEVEL {
namespace {

// Eight scalars: a vector of them, or of complex ones an array.
template <class T>
struct EightOf {
  struct type {
    T lane[lanes];
    T &operator[](int j) { return lane[j]; }
    const T &operator[](int j) const { return lane[j]; }
  };
};
template <>
struct EightOf<double> : simd::WDL_LEVEL::VectorOf<double, lanes> {};
template <>
struct EightOf<float> : simd::WDL_LEVEL::VectorOf<float, lanes> {};
template <class T>
using Eight = typename EightOf<T>::type;

// Vectors go by reference: at lower levels they are wider than registers that could return them.
template <class T>
[[gnu::always_inline]] inline void follow(Eight<T> &v, const T *p) {
  __builtin_memcpy(static_cast<void *>(&v), p, sizeof v);
}
template <class T>
[[gnu::always_inline]] inline void gather(Eight<T> &v, const T *p, const int32_t *i) {
  if constexpr (is_complex<T>)
    for (int j = 0; j < lanes; j++) v[j] = p[i[j]];
  else
    v = Eight<T>{p[i[0]], p[i[1]], p[i[2]], p[i[3]], p[i[4]], p[i[5]], p[i[6]], p[i[7]]};
}
template <class T, class F>
[[gnu::always_inline]] inline void widen(Eight<T> &v, const F *p) {
  if constexpr (std::is_same_v<T, F>) {
    follow<T>(v, p);
  } else if constexpr (is_complex<T>) {
    for (int j = 0; j < lanes; j++) v[j] = T(p[j]);
  } else {
#if defined(__AVX512F__)
    // GCC 12 makes two halves of __builtin_convertvector.
    v = (Eight<double>)_mm512_maskz_cvtps_pd(0xff, _mm256_loadu_ps(p));
#else
    Eight<float> narrow;
    follow<float>(narrow, p);
    v = __builtin_convertvector(narrow, Eight<double>);
#endif
  }
}
// a <- a - v x
template <class T>
[[gnu::always_inline]] inline void subtract(Eight<T> &a, const Eight<T> &v, const Eight<T> &x) {
  if constexpr (is_complex<T>)
    for (int j = 0; j < lanes; j++) a[j] -= v[j] * x[j];
  else
    a -= v * x;
}
// a <- a v
template <class T>
[[gnu::always_inline]] inline void scale(Eight<T> &a, const Eight<T> &v) {
  if constexpr (is_complex<T>)
    for (int j = 0; j < lanes; j++) a[j] *= v[j];
  else
    a *= v;
}

template <class T, class F, bool scaled, bool scattered>
void solve_slices(const SlicedView<F> &t, const T *from, T *work, T *to) {
  for (int64_t s = 0; s < t.slices; s++) {
    Eight<T> a, x, v;
    gather<T>(a, from, t.source + s * lanes);
    if constexpr (scaled) {
      widen<T, F>(v, t.inverse + s * lanes);
      scale<T>(a, v);
    }
    for (int64_t k = t.first[s]; k < t.first[s + 1]; k++) {
      const int32_t at = t.at[k];
      if (at >= 0)
        follow<T>(x, work + at);
      else
        gather<T>(x, work, t.index + int64_t(~at) * lanes);
      widen<T, F>(v, t.value + k * lanes);
      subtract<T>(a, v, x);
    }
    __builtin_memcpy(static_cast<void *>(work + (s + 1) * lanes), &a, sizeof a);
    if constexpr (scattered) {
      const int32_t *row = t.row + s * lanes;
      if (t.count[s] == lanes)
        for (int j = 0; j < lanes; j++) to[row[j]] = a[j];
      else
        for (int j = 0; j < t.count[s]; j++) to[row[j]] = a[j];
    }
  }
}
template <class T, class F>
void sliced(const SlicedView<F> &t, const T *from, T *work, T *to) {
  to ? solve_slices<T, F, true, true>(t, from, work, to)
     : solve_slices<T, F, false, false>(t, from, work, to);
}

template <class T, class F>
void sliced_transposed(const SlicedView<F> &t, bool conjugate, T *work) {
  const auto taken = [=](F v) { return T(conjugate ? conj(v) : v); };
  for (int64_t s = t.slices - 1; s >= 0; s--)
    for (int j = 0; j < t.count[s]; j++) {
      T &x = work[(s + 1) * lanes + j];
      for (int64_t k = t.first[s]; k < t.first[s + 1]; k++) {
        const int32_t at = t.at[k];
        const int64_t slot = at >= 0 ? at + j : t.index[int64_t(~at) * lanes + j];
        work[slot] -= taken(t.value[k * lanes + j]) * x;
      }
      if (t.inverse) x *= taken(t.inverse[s * lanes + j]);
    }
}

}  // namespace
}  // namespace windlass::precond::WDL_LEVEL
