// The kernels of sparse matrices and vectors, one table per ISA level.
#pragma once
#include "spmv_kernels.hpp"
#include "vectors.hpp"

namespace windlass::sparse {

struct Kernels {
  VectorKernels<float> f32;
  VectorKernels<double> f64;
  VectorKernels<Complex<float>> c64;
  VectorKernels<Complex<double>> c128;
  BasisKernels<double, float> f64_in_f32;
  BasisKernels<Complex<double>, Complex<float>> c128_in_c64;
  SpmvKernels<float> f32_rows;
  SpmvKernels<double> f64_rows;
  SpmvKernels<Complex<float>> c64_rows;
  SpmvKernels<Complex<double>> c128_rows;
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
  if constexpr (std::is_same_v<T, float>) return kernels().f32;
  if constexpr (std::is_same_v<T, double>) return kernels().f64;
  if constexpr (std::is_same_v<T, Complex<float>>) return kernels().c64;
  if constexpr (std::is_same_v<T, Complex<double>>) return kernels().c128;
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
  if constexpr (std::is_same_v<T, float>) return kernels().f32_rows;
  if constexpr (std::is_same_v<T, double>) return kernels().f64_rows;
  if constexpr (std::is_same_v<T, Complex<float>>) return kernels().c64_rows;
  if constexpr (std::is_same_v<T, Complex<double>>) return kernels().c128_rows;
}

}  // namespace windlass::sparse
