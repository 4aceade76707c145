// Sums and updates of vectors. Sums run over eight lanes of Wide that are added as a tree, so that
// they have the same bits wherever the piece lies.
#pragma once
#include "core/scalar.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

constexpr int sum_lanes = 16;

template <class S, class Term>
S sum_of(int64_t n, Term term) {
  S lane[sum_lanes] = {};
  int64_t i = 0;
  for (; i + sum_lanes <= n; i += sum_lanes)
    for (int j = 0; j < sum_lanes; j++) lane[j] += term(i + j);
  for (int j = 0; i < n; i++, j++) lane[j] += term(i);
  for (int half = sum_lanes / 2; half; half /= 2)
    for (int j = 0; j < half; j++) lane[j] += lane[j + half];
  return lane[0];
}

template <class T>
Wide<T> dot(int64_t n, const T *x, const T *y) {
  using S = Wide<T>;
  return sum_of<S>(n, [=](int64_t i) { return conj(S(x[i])) * S(y[i]); });
}
template <class T>
double norm2(int64_t n, const T *x) {
  return sum_of<double>(n, [=](int64_t i) { return windlass::norm2(Wide<T>(x[i])); });
}
template <class T>
Wide<T> product(int64_t n, const T *x, const T *y) {
  using S = Wide<T>;
  return sum_of<S>(n, [=](int64_t i) { return S(x[i]) * S(y[i]); });
}
template <class T>
void axpy(int64_t n, Wide<T> a, const T *x, T *y) {
  const T b = T(a);
  for (int64_t i = 0; i < n; i++) y[i] += b * x[i];
}
template <class T>
void xpay(int64_t n, const T *x, Wide<T> a, T *y) {
  const T b = T(a);
  for (int64_t i = 0; i < n; i++) y[i] = x[i] + b * y[i];
}
template <class T>
void axpby(int64_t n, Wide<T> a, const T *x, Wide<T> b, T *y) {
  const T s = T(a), t = T(b);
  for (int64_t i = 0; i < n; i++) y[i] = s * x[i] + t * y[i];
}
template <class T>
void combine(int64_t n, Wide<T> a, const T *x, Wide<T> b, const T *y, T *z) {
  const T s = T(a), t = T(b);
  for (int64_t i = 0; i < n; i++) z[i] = s * x[i] + t * y[i];
}
template <class T>
void scale(int64_t n, Wide<T> a, T *x) {
  const T b = T(a);
  for (int64_t i = 0; i < n; i++) x[i] = b * x[i];
}
template <class T>
void multiply(int64_t n, const T *d, const T *x, T *y) {
  for (int64_t i = 0; i < n; i++) y[i] = d[i] * x[i];
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
