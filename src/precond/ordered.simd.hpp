// Triangles row by row, where the level schedule finds too few independent rows to fill slices. An
// entry takes 8 bytes with factors in single precision.
#pragma once
#include "core/scalar.hpp"
#include "kernels.hpp"

namespace windlass::precond::WDL_LEVEL {
namespace {

// Four sums, since one would be a chain of additions.
template <class T, class F>
T sum_of_row(const F *value, const int32_t *index, int64_t n, const T *x) {
  T s[4] = {};
  int64_t k = 0;
  for (; k + 4 <= n; k += 4)
    for (int j = 0; j < 4; j++) s[j] += T(value[k + j]) * x[index[k + j]];
  T sum = (s[0] + s[1]) + (s[2] + s[3]);
  for (; k < n; k++) sum += T(value[k]) * x[index[k]];
  return sum;
}

template <class T, class F>
void ordered(const OrderedView<F> &t, const T *from, T *work, T *to) {
  T *x = work + lanes;
  for (int64_t n = 0; n < t.rows; n++) {
    const int64_t i = t.upward ? t.rows - 1 - n : n, begin = t.begin[i] + t.skip;
    T a = from[t.source[i]];
    if (t.inverse) a *= T(t.inverse[i]);
    a -= sum_of_row<T, F>(t.value + begin, t.index + begin, t.end[i] - begin, x);
    x[i] = a;
    if (to) to[i] = a;
  }
}

}  // namespace
}  // namespace windlass::precond::WDL_LEVEL
