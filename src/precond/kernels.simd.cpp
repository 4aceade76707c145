// The table of one ISA level.
#include "kernels.hpp"

#include "chebyshev.simd.hpp"
#include "dense.simd.hpp"
#include "ordered.simd.hpp"
#include "sliced.simd.hpp"

namespace windlass::precond::WDL_LEVEL {
namespace {

template <class T, class F>
constexpr SolveKernels<T, F> solves = {sliced<T, F>, ordered<T, F>, sliced_transposed<T, F>,
                                       ordered_transposed<T, F>};

template <class T>
constexpr ChebyshevKernels<T> chebyshev = {start<T>, step<T>};

}  // namespace

const Kernels kernels = {
    .f32 = solves<float, float>,
    .f64 = solves<double, double>,
    .c64 = solves<Complex<float>, Complex<float>>,
    .c128 = solves<Complex<double>, Complex<double>>,
    .f64_in_f32 = solves<double, float>,
    .c128_in_c64 = solves<Complex<double>, Complex<float>>,
    .f32_blocks = {multiply<float>},
    .f64_blocks = {multiply<double>},
    .c64_blocks = {multiply<Complex<float>>},
    .c128_blocks = {multiply<Complex<double>>},
    .f32_chebyshev = chebyshev<float>,
    .f64_chebyshev = chebyshev<double>,
    .c64_chebyshev = chebyshev<Complex<float>>,
    .c128_chebyshev = chebyshev<Complex<double>>,
};

}  // namespace windlass::precond::WDL_LEVEL
