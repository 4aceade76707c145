// Rows as columns, and what is said of the columns alone.
#pragma once
#include "tile.simd.hpp"

namespace windlass::cluster::WDL_LEVEL {

// columns[j][i] for a vector of rows from i and `used` columns from j; not_finite gains a NaN where
// something is not finite.
template <class T, int used>
[[gnu::always_inline]] inline void pack_block(const char *in, int64_t stride, const T *origin,
                                              T scale, T *out, Lanes<T> &not_finite) {
  constexpr int N = lanes<T>;
  Lanes<T> v[N];
#pragma GCC unroll 16
  for (int i = 0; i < N; i++) v[i] = load<T>(in + i * stride);
  transpose(v);
#pragma GCC unroll 16
  for (int j = 0; j < used; j++) {
    const Lanes<T> t = v[j] * scale - spread<Lanes<T>>(origin[j]);
    not_finite += t - t;
    st(out + j * B, t);
  }
}

template <class T>
bool pack(const Rows &rows, const Axes<T> &axes, T *columns) {
  constexpr int N = lanes<T>;
  const int64_t d = rows.d, whole = rows.count / N * N;
  Lanes<T> not_finite{};
  for (int64_t i = 0; i < whole; i += N) {
    const char *in = rows.data + i * rows.stride;
    for (int64_t j = 0; j < d; j += N) {
      if (j + N > d && d > N) j = d - N;  // the last block overlaps the one before
      const char *p = in + j * int64_t(sizeof(T));
      const T *o = axes.origin + j;
      T *out = columns + j * B + i;
      if (N > 2 && d <= 2)
        pack_block<T, 2>(p, rows.stride, o, axes.scale, out, not_finite);
      else if (N > 4 && d <= 4)
        pack_block < T, N<4 ? N : 4>(p, rows.stride, o, axes.scale, out, not_finite);
      else
        pack_block<T, N>(p, rows.stride, o, axes.scale, out, not_finite);
    }
  }
  T wrong = 0;
  for (int64_t i = whole; i < rows.count; i++)
    for (int64_t j = 0; j < d; j++) {
      const T t = element<T>(rows.data + i * rows.stride + j * int64_t(sizeof(T))) * axes.scale -
                  axes.origin[j];
      wrong += t - t;
      columns[j * B + i] = t;
    }
  for (int64_t j = 0; j < d; j++)
    for (int64_t i = rows.count; i < B; i++) columns[j * B + i] = 0;
  for (int i = 0; i < N; i++) wrong += not_finite[i];
  return wrong == 0;
}

template <class T>
void survey(int64_t d, const T *columns, double *sums, T *most) {
  Lanes<T> largest = spread<Lanes<T>>(*most);
  for (int64_t j = 0; j < d; j++, columns += B) {
    Vec sum{};
    for (int64_t i = 0; i < B; i += W) sum += as_doubles<T>(columns + i);
    for (int64_t i = 0; i < B; i += lanes<T>) {
      const Lanes<T> t = load<T>(columns + i), size = t < 0 ? -t : t;
      largest = size > largest ? size : largest;
    }
    sums[j] += hsum(sum);
  }
  for (int i = 0; i < lanes<T>; i++)
    if (largest[i] > *most) *most = largest[i];
}

template <class T>
double sum_of_squares(int64_t d, const T *columns) {
  Vec sum{};
  for (int64_t i = 0; i < d * B; i += W) {
    const Vec t = as_doubles<T>(columns + i);
    sum += t * t;
  }
  return hsum(sum);
}

}  // namespace windlass::cluster::WDL_LEVEL
