// How scalars fill vectors: floats widened to doubles for sums, complex numbers as pairs of lanes.
#pragma once
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/scalar.hpp"
#include "core/simd.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

using namespace simd::WDL_LEVEL;

// Real numbers of a scalar.
template <class T>
constexpr int parts = is_complex<T> ? 2 : 1;
template <class T>
const Real<T> *reals(const T *x) {
  return reinterpret_cast<const Real<T> *>(x);
}
template <class T>
Real<T> *reals(T *x) {
  return reinterpret_cast<Real<T> *>(x);
}
// The part of a coefficient, rounded as the vectors are.
template <class R>
R part(double a, int) {
  return R(a);
}
template <class R>
R part(Complex<double> a, int p) {
  return R(p ? a.im : a.re);
}

template <class V>
constexpr int width = sizeof(V) / sizeof(V{}[0]);

// Reals as lanes of V. GCC 12 converts floats half a vector at a time (bug 85048), at 3 times the
// cost of one instruction.
template <class V, class B>
[[gnu::always_inline]] inline V load(const B *p) {
  if constexpr (sizeof(B) == sizeof(V{}[0])) {
    return ld<V>(p);
  } else {
#if defined(__AVX512F__)
    return (V)_mm512_maskz_cvtps_pd(255, _mm256_loadu_ps(p));  // GCC warns of the plain one
#elif defined(__AVX2__)
    return (V)_mm256_cvtps_pd(_mm_loadu_ps(p));
#elif defined(__SSE2__)
    return (V)_mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)p)));
#else
    return __builtin_convertvector(ld<typename VectorOf<B, width<V>>::type>(p), V);
#endif
  }
}
template <class V, class B>
[[gnu::always_inline]] inline void save(B *p, V x) {
  using Part = typename VectorOf<B, width<V>>::type;
  st(p, __builtin_convertvector(x, Part));
}

// Into a register: GCC would load what several products share for each of them.
template <class V>
[[gnu::always_inline]] inline V once(V x) {
#if defined(__x86_64__)
  asm("" : "+v"(x));
#endif
  return x;
}

// The same of the first `count` lanes, the others zero.
template <class V, class B>
[[gnu::always_inline]] inline V load_some(const B *p, int count) {
  B some[width<V>] = {};
  for (int i = 0; i < count; i++) some[i] = p[i];
  return load<V>(some);
}
template <class V, class B>
[[gnu::always_inline]] inline void save_some(B *p, V x, int count) {
  B some[width<V>];
  save(some, x);
  for (int i = 0; i < count; i++) p[i] = some[i];
}

// Lanes i and i ^ flip, or lanes i & keep | odd.
template <int flip, int keep, int odd, class V, size_t... i>
[[gnu::always_inline]] inline V rearranged(V x, std::index_sequence<i...>) {
  return __builtin_shufflevector(x, x, (((int(i) & keep) | odd) ^ flip)...);
}
template <class V>
[[gnu::always_inline]] inline V swapped(V x) {  // re + im i -> im + re i
  return rearranged<1, -1, 0>(x, std::make_index_sequence<width<V>>());
}
template <class V>
[[gnu::always_inline]] inline V real_parts(V x) {  // twice
  return rearranged<0, -2, 0>(x, std::make_index_sequence<width<V>>());
}
template <class V>
[[gnu::always_inline]] inline V imaginary_parts(V x) {  // twice
  return rearranged<0, -2, 1>(x, std::make_index_sequence<width<V>>());
}
// (-1, 1, -1, 1, ...): swapped(x) * turn is i x.
template <class V>
[[gnu::always_inline]] inline V turn() {
  V v{};
#pragma GCC unroll 16
  for (int i = 0; i < width<V>; i++) v[i] = i % 2 ? 1 : -1;
  return v;
}

// Multiplication by a scalar.
template <class T>
class Factor {
 public:
  using V = Lanes<Real<T>>;
  [[gnu::always_inline]] explicit Factor(Wide<T> a) : re_(spread<V>(part<Real<T>>(a, 0))) {
    if constexpr (is_complex<T>) im_ = part<Real<T>>(a, 1) * turn<V>();
  }
  [[gnu::always_inline]] V operator*(V x) const {
    if constexpr (is_complex<T>)
      return re_ * x + im_ * swapped(x);
    else
      return re_ * x;
  }

 private:
  V re_, im_;
};

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
