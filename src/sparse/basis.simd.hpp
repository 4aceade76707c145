// Products with the columns of a basis.
#pragma once
#include "vectors.hpp"
#include "vectors.simd.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

template <class T, class B>
void dots(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, Wide<T> *sums) {
  using S = Wide<T>;
  for (int64_t c = 0; c < k; c++) {
    const B *column = v + c * ld;
    sums[c] += sum_of<S>(n, [=](int64_t i) { return conj(S(column[i])) * S(x[i]); });
  }
}
template <class T, class B>
void dots2(int64_t n, const B *v, int64_t ld, int64_t k, const T *x, const T *y, Wide<T> *sums,
           Wide<T> *more) {
  dots<T, B>(n, v, ld, k, x, sums);
  dots<T, B>(n, v, ld, k, y, more);
}
template <class T, class B>
void update(int64_t n, const B *v, int64_t ld, int64_t k, const Wide<T> *a, T *x) {
  for (int64_t c = 0; c < k; c++) {
    const B *column = v + c * ld;
    const T f = T(a[c]);
    for (int64_t i = 0; i < n; i++) x[i] -= f * T(column[i]);
  }
}
template <class T, class B>
void update2(int64_t n, const B *v, int64_t ld, int64_t k, const Wide<T> *a, T *x, const Wide<T> *b,
             T *y) {
  update<T, B>(n, v, ld, k, a, x);
  update<T, B>(n, v, ld, k, b, y);
}
template <class T, class B>
void store(int64_t n, Wide<T> a, const T *x, B *v) {
  for (int64_t i = 0; i < n; i++) v[i] = B(T(a) * x[i]);
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
