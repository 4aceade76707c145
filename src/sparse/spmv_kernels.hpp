// Kernels of products with rows of a compressed matrix. Indices are int32 or int64, in any order,
// with duplicates; pointer holds rows + 1 entries.
#pragma once
#include <cstdint>

#include "core/scalar.hpp"

namespace windlass::sparse {

template <class T, class I>
struct CompressedRows {
  const I *pointer;
  const I *index;
  const T *value;
  const I *order = nullptr;  // where the values of the entries lie; nullptr: in the same order
};

template <class T>
struct SpmvKernels {
  // y[first .. last) <- rows of A x; conjugate: of conj(A) x.
  void (*csr32)(const CompressedRows<T, int32_t> &, int64_t first, int64_t last, bool conjugate,
                const T *x, T *y);
  void (*csr64)(const CompressedRows<T, int64_t> &, int64_t first, int64_t last, bool conjugate,
                const T *x, T *y);

  void csr(const CompressedRows<T, int32_t> &a, int64_t first, int64_t last, bool conjugate,
           const T *x, T *y) const {
    csr32(a, first, last, conjugate, x, y);
  }
  void csr(const CompressedRows<T, int64_t> &a, int64_t first, int64_t last, bool conjugate,
           const T *x, T *y) const {
    csr64(a, first, last, conjugate, x, y);
  }
};

}  // namespace windlass::sparse
