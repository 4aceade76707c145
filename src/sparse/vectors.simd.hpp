// Sums and updates of vectors. Sums are taken in lanes counted from the piece's beginning, and the
// lanes added as a tree, so that they have the same bits wherever the piece lies.
#pragma once
#include "lanes.simd.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

// Sums of lanes: x_i y_i, and for complex numbers in crossed also those of x's parts with the other
// part of y.
template <class T>
struct Products {
  Vec straight = {}, crossed = {};
  [[gnu::always_inline]] void add(Vec x, Vec y) {
    straight += x * y;
    if constexpr (is_complex<T>) crossed += x * swapped(y);
  }
  [[gnu::always_inline]] Products &operator+=(const Products &b) {
    straight += b.straight;
    crossed += b.crossed;
    return *this;
  }
};

template <class T>
[[gnu::always_inline]] inline Products<T> products_of(int64_t n, const T *x, const T *y) {
  constexpr int U = 4;  // an addition waits for the one before it, 4 cycles
  Products<T> sum[U];
  const int64_t length = n * parts<T>;
  const Real<T> *a = reals(x), *b = reals(y);
  int64_t i = 0;
  for (; i + U * W <= length; i += U * W)
    each<U>([&](int u) { sum[u].add(load<Vec>(a + i + u * W), load<Vec>(b + i + u * W)); });
  for (; i + W <= length; i += W) sum[0].add(load<Vec>(a + i), load<Vec>(b + i));
  if (const int rest = int(length - i))
    sum[0].add(load_some<Vec>(a + i, rest), load_some<Vec>(b + i, rest));
  return (sum[0] += sum[2]) += (sum[1] += sum[3]);
}

template <class T>
Wide<T> dot(int64_t n, const T *x, const T *y) {
  const Products<T> sum = products_of(n, x, y);
  if constexpr (is_complex<T>)
    return {hsum(sum.straight), -hsum(sum.crossed * turn<Vec>())};
  else
    return hsum(sum.straight);
}
template <class T>
double norm2(int64_t n, const T *x) {
  return hsum(products_of(n * parts<T>, reals(x), reals(x)).straight);
}
template <class T>
Wide<T> product(int64_t n, const T *x, const T *y) {
  const Products<T> sum = products_of(n, x, y);
  if constexpr (is_complex<T>)
    return {-hsum(sum.straight * turn<Vec>()), hsum(sum.crossed)};
  else
    return hsum(sum.straight);
}

// z_i <- f(x_i, y_i) in vectors of the scalars' own precision, each lane by the same operations.
template <class T, class F>
[[gnu::always_inline]] inline void each_pair(int64_t n, const T *x, const T *y, T *z, F f) {
  using V = Lanes<Real<T>>;
  constexpr int N = width<V>;
  const int64_t length = n * parts<T>;
  const Real<T> *a = reals(x), *b = reals(y);
  Real<T> *c = reals(z);
  int64_t i = 0;
  for (; i + N <= length; i += N) save(c + i, f(load<V>(a + i), load<V>(b + i)));
  if (const int rest = int(length - i))
    save_some(c + i, f(load_some<V>(a + i, rest), load_some<V>(b + i, rest)), rest);
}

template <class T>
void axpy(int64_t n, Wide<T> a, const T *x, T *y) {
  const Factor<T> s(a);
  each_pair(n, x, y, y, [&](auto u, auto v) { return v + s * u; });
}
template <class T>
void xpay(int64_t n, const T *x, Wide<T> a, T *y) {
  const Factor<T> s(a);
  each_pair(n, x, y, y, [&](auto u, auto v) { return u + s * v; });
}
template <class T>
void combine(int64_t n, Wide<T> a, const T *x, Wide<T> b, const T *y, T *z) {
  const Factor<T> s(a), t(b);
  each_pair(n, x, y, z, [&](auto u, auto v) { return s * u + t * v; });
}
template <class T>
void axpby(int64_t n, Wide<T> a, const T *x, Wide<T> b, T *y) {
  combine<T>(n, a, x, b, y, y);
}
template <class T>
void scale(int64_t n, Wide<T> a, T *x) {
  const Factor<T> s(a);
  each_pair(n, x, x, x, [&](auto u, auto) { return s * u; });
}
template <class T>
void multiply(int64_t n, const T *d, const T *x, T *y) {
  each_pair(n, d, x, y, [](auto u, auto v) {
    if constexpr (is_complex<T>)
      return real_parts(u) * v + imaginary_parts(u) * turn<decltype(v)>() * swapped(v);
    else
      return u * v;
  });
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
