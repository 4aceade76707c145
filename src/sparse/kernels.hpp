// The kernels of sparse matrices and vectors, one table per ISA level.
#pragma once
#include "spmv_kernels.hpp"
#include "vectors.hpp"

namespace windlass::sparse {

struct Kernels {
  OfScalars<VectorKernels> vectors;
  BasisKernels<double, float> f64_in_f32;
  BasisKernels<Complex<double>, Complex<float>> c128_in_c64;
  OfScalars<SpmvKernels> rows;
};

const Kernels &kernels();
namespace base {
extern const Kernels kernels;
}
namespace v3 {
extern const Kernels kernels;
}
namespace v4 {
extern const Kernels kernels;
}

template <class T>
const VectorKernels<T> &vectors() {
  return kernels().vectors.of<T>();
}
template <class T, class B>
const BasisKernels<T, B> &basis_kernels() {
  if constexpr (std::is_same_v<T, B>)
    return vectors<T>().basis;
  else if constexpr (is_complex<T>)
    return kernels().c128_in_c64;
  else
    return kernels().f64_in_f32;
}
template <class T>
const SpmvKernels<T> &spmv() {
  return kernels().rows.of<T>();
}

}  // namespace windlass::sparse
