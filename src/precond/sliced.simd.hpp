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
// Rows of a level lie on many pages, whose turns the processor's own prefetching takes for as many
// streams, and it loses sight of those of the factors (from memory 3 times slower): so many slices
// ahead they are asked for.
constexpr int64_t ahead = 32;
template <class F>
[[gnu::always_inline]] inline void fetch(const F *p, int64_t steps) {
  __builtin_prefetch(p + steps * lanes);
}
// What stands at a slot and those that follow, or at those of a group.
template <class T>
[[gnu::always_inline]] inline void read(Eight<T> &v, const T *p, int32_t at,
                                        const int32_t *groups) {
  if (at >= 0) return follow<T>(v, p + at);
  const int32_t *group = groups + int64_t(~at) * lanes;
  fetch(group, ahead);
  gather<T>(v, p, group);
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
void solve_slices(const SlicedView<F> &t, int64_t begin, int64_t end, const T *from, T *work,
                  T *to) {
  for (int64_t s = begin; s < end; s++) {
    Eight<T> a, x, v;
    read<T>(a, from, t.from[s], t.source);
    if constexpr (scaled) {
      widen<T, F>(v, t.inverse + s * lanes);
      fetch(t.inverse + s * lanes, ahead);
      fetch(t.row + s * lanes, ahead);
      scale<T>(a, v);
    }
    for (int64_t k = t.first[s]; k < t.first[s + 1]; k++) {
      read<T>(x, work, t.at[k], t.index);
      widen<T, F>(v, t.value + k * lanes);
      fetch(t.value + k * lanes, 2 * ahead);
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
void sliced(const SlicedView<F> &t, int64_t begin, int64_t end, const T *from, T *work, T *to) {
  to ? solve_slices<T, F, true, true>(t, begin, end, from, work, to)
     : solve_slices<T, F, false, false>(t, begin, end, from, work, to);
}

}  // namespace
}  // namespace windlass::precond::WDL_LEVEL
