// The table of one ISA level.
#include "kernels.hpp"

#include "chebyshev.simd.hpp"
#include "dense.simd.hpp"
#include "ordered.simd.hpp"
#include "sliced.simd.hpp"

namespace windlass::precond::WDL_LEVEL {
namespace {

template <class T, class F>
constexpr SolveKernels<T, F> solves = {sliced<T, F>, ordered<T, F>};

template <class T>
constexpr ChebyshevKernels<T> chebyshev = {start<T>, step<T>};

template <class T>
constexpr DenseKernels<T> dense = {multiply<T>};

}  // namespace

const Kernels kernels = {
    .solves = {solves<float, float>, solves<double, double>, solves<Complex<float>, Complex<float>>,
               solves<Complex<double>, Complex<double>>},
    .f64_in_f32 = solves<double, float>,
    .c128_in_c64 = solves<Complex<double>, Complex<float>>,
    .blocks = {dense<float>, dense<double>, dense<Complex<float>>, dense<Complex<double>>},
    .chebyshev = {chebyshev<float>, chebyshev<double>, chebyshev<Complex<float>>,
                  chebyshev<Complex<double>>},
};

}  // namespace windlass::precond::WDL_LEVEL
