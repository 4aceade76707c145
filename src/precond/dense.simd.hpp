// Products with dense blocks of a diagonal.
#pragma once
#include "core/scalar.hpp"
#include "kernels.hpp"

namespace windlass::precond::WDL_LEVEL {
namespace {

template <class T>
void multiply(int64_t k, int64_t first, int64_t last, const T *a, bool transposed, bool conjugate,
              const T *x, T *z) {
  const int64_t down = transposed ? 1 : k, right = transposed ? k : 1;
  for (int64_t i = first; i < last; i++) {
    T sum{};
    for (int64_t j = 0; j < k; j++) {
      const T v = a[i * down + j * right];
      sum += (conjugate ? conj(v) : v) * x[j];
    }
    z[i] = sum;
  }
}

}  // namespace
}  // namespace windlass::precond::WDL_LEVEL
