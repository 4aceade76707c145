// Squared distances to some points as sums of squared differences: twice the work of the expanded
// form, but without its cancellation, so that a point is at distance 0 from itself.
#pragma once
#include "tile.simd.hpp"

namespace windlass::cluster::WDL_LEVEL {

template <class T, int C>
[[gnu::always_inline]] inline void distances_of(int64_t d, const T *columns, const T *points,
                                                T *out) {
  constexpr int V = vector_registers == 32 ? 4 : 2, N = lanes<T>;
  for (int64_t i = 0; i < B; i += V * N) {
    Lanes<T> sum[C][V] = {};
    for (int64_t j = 0; j < d; j++) {
      Lanes<T> t[V];
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) t[v] = load<T>(columns + j * B + i + v * N);
#pragma GCC unroll 16
      for (int c = 0; c < C; c++) {
        const Lanes<T> p = spread<Lanes<T>>(points[c * d + j]);
#pragma GCC unroll 16
        for (int v = 0; v < V; v++) {
          const Lanes<T> difference = t[v] - p;
          sum[c][v] += difference * difference;
        }
      }
    }
#pragma GCC unroll 16
    for (int c = 0; c < C; c++)
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) st(out + c * B + i + v * N, sum[c][v]);
  }
}

template <class T>
void distances(int64_t count, int64_t d, const T *columns, const T *points, T *out) {
  for (; count >= 4; count -= 4, points += 4 * d, out += 4 * B)
    distances_of<T, 4>(d, columns, points, out);
  if (count == 3) distances_of<T, 3>(d, columns, points, out);
  if (count == 2) distances_of<T, 2>(d, columns, points, out);
  if (count == 1) distances_of<T, 1>(d, columns, points, out);
}

// A block of as many centres as rows of a vector, as `rows` rows of out.
template <class T>
[[gnu::always_inline]] inline void roots_of(int64_t rows, const T *squares, T factor, char *out,
                                            int64_t stride, Lanes<T> &not_finite) {
  constexpr int N = lanes<T>;
  Lanes<T> v[N];
#pragma GCC unroll 16
  for (int c = 0; c < N; c++) {
    v[c] = vsqrt(load<T>(squares + c * B)) * factor;
    not_finite += v[c] - v[c];
  }
  transpose(v);
  if (rows >= N) {
#pragma GCC unroll 16
    for (int i = 0; i < N; i++) st(out + i * stride, v[i]);
    return;
  }
  Lanes<T> some[N];
  __builtin_memcpy(some, v, sizeof v);
  for (int64_t i = 0; i < rows; i++) st(out + i * stride, some[i]);
}

template <class T>
bool roots(int64_t rows, int64_t count, const T *squares, T factor, char *out, int64_t stride) {
  constexpr int N = lanes<T>;
  Lanes<T> not_finite{};
  T wrong = 0;
  for (int64_t i = 0; i < rows && count >= N; i += N)
    for (int64_t c = 0; c < count; c += N) {
      if (c + N > count) c = count - N;  // the last block overlaps the one before
      roots_of<T>(rows - i, squares + c * B + i, factor, out + i * stride + c * int64_t(sizeof(T)),
                  stride, not_finite);
    }
  for (int64_t i = 0; i < rows && count < N; i++)
    for (int64_t c = 0; c < count; c++) {
      const T r = root(squares[c * B + i]) * factor;
      wrong += r - r;
      __builtin_memcpy(out + i * stride + c * int64_t(sizeof(T)), &r, sizeof r);
    }
  for (int i = 0; i < N; i++) wrong += not_finite[i];
  return wrong == 0;
}

template <class T>
void lower(const T *distances, T *least) {
  for (int64_t i = 0; i < B; i += lanes<T>) {
    const Lanes<T> a = load<T>(distances + i), b = load<T>(least + i);
    st(least + i, a < b ? a : b);
  }
}

template <class T>
double potential(int64_t rows, const T *distances, const T *least, const double *weights_or_null) {
  Vec sum{};
  int64_t i = 0;
  for (; i + W <= rows; i += W) {
    const Vec a = as_doubles<T>(distances + i), b = as_doubles<T>(least + i), m = a < b ? a : b;
    sum += weights_or_null ? m * ld(weights_or_null + i) : m;
  }
  double rest = 0;
  for (; i < rows; i++) {
    const double m = double(distances[i] < least[i] ? distances[i] : least[i]);
    rest += weights_or_null ? m * weights_or_null[i] : m;
  }
  return hsum(sum) + rest;
}

}  // namespace windlass::cluster::WDL_LEVEL
