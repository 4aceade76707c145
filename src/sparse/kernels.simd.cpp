// The table of one ISA level.
#include "kernels.hpp"

#include "basis.simd.hpp"
#include "blocks.simd.hpp"
#include "sell.simd.hpp"
#include "spmv.simd.hpp"
#include "vectors.simd.hpp"

namespace windlass::sparse::WDL_LEVEL {
namespace {

template <class T, class B>
constexpr BasisKernels<T, B> basis = {dots<T, B>,    dots2<T, B>,     update<T, B>,
                                      update2<T, B>, dots_many<T, B>, update_many<T, B>,
                                      store<T, B>};
template <class T>
constexpr VectorKernels<T> vectors = {dot<T>,   norm2<T>,   product<T>, axpy<T>,     xpay<T>,
                                      axpby<T>, combine<T>, scale<T>,   multiply<T>, basis<T, T>};
template <class T, class I>
constexpr IndexedKernels<T, I> indexed = {csr<T, I>, csr_many<T, I>, blocks<T, I>};
template <class T>
constexpr auto slices_or_none() {
  if constexpr (is_complex<T>)
    return nullptr;
  else
    return slices<T>;
}
template <class T>
constexpr SpmvKernels<T> rows = {indexed<T, int32_t>, indexed<T, int64_t>, dense_rows<T>,
                                 dense_columns<T>, slices_or_none<T>()};

}  // namespace

const Kernels kernels = {
    .vectors = {vectors<float>, vectors<double>, vectors<Complex<float>>, vectors<Complex<double>>},
    .f64_in_f32 = basis<double, float>,
    .c128_in_c64 = basis<Complex<double>, Complex<float>>,
    .rows = {rows<float>, rows<double>, rows<Complex<float>>, rows<Complex<double>>},
};

}  // namespace windlass::sparse::WDL_LEVEL
