// Products with compressed rows.
#pragma once
#include "core/scalar.hpp"
#include "spmv_kernels.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

template <class T, class I>
void csr(const CompressedRows<T, I> &a, int64_t first, int64_t last, bool conjugate, const T *x,
         T *y) {
  for (int64_t row = first; row < last; row++) {
    T sum{};
    for (I k = a.pointer[row]; k < a.pointer[row + 1]; k++) {
      const T value = a.value[a.order ? a.order[k] : k];
      sum += (conjugate ? conj(value) : value) * x[a.index[k]];
    }
    y[row] = sum;
  }
}

}  // namespace
}  // namespace windlass::sparse::WDL_LEVEL
