// What Chebyshev's iteration does between products: three vectors read and written, two more read.
#pragma once
#include "core/scalar.hpp"
#include "kernels.hpp"

namespace windlass::precond::WDL_LEVEL {
namespace {

template <class T>
T times(Real<T> a, T x) {
  if constexpr (is_complex<T>)
    return {a * x.re, a * x.im};
  else
    return a * x;
}

template <class T>
void start(int64_t n, double a, const Real<T> *scale, const T *r, T *s, T *d, T *z) {
  const Real<T> f = Real<T>(a);
  for (int64_t i = 0; i < n; i++) {
    s[i] = r[i];
    d[i] = times<T>(scale ? f * scale[i] : f, r[i]);
    z[i] = d[i];
  }
}
template <class T>
void step(int64_t n, double a, double b, const Real<T> *scale, const T *w, T *s, T *d, T *z) {
  const Real<T> f = Real<T>(a), g = Real<T>(b);
  for (int64_t i = 0; i < n; i++) {
    s[i] -= w[i];
    d[i] = times<T>(f, d[i]) + times<T>(scale ? g * scale[i] : g, s[i]);
    z[i] += d[i];
  }
}

}  // namespace
}  // namespace windlass::precond::WDL_LEVEL
