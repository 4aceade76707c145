// The table of one ISA level.
#include "array_kernels.hpp"

#include "quadratic.simd.hpp"
#include "soften.simd.hpp"
#include "squares.simd.hpp"

namespace windlass::ufunc::arrays::WDL_LEVEL {
namespace {

template <class T>
constexpr Operations<T> operations = {
    .totals = totals<T>,
    .softmax = softmax<T>,
    .largest = largest<T>,
    .exponentials = exponentials<T>,
    .scale = scale<T>,
    .group_totals = group_totals<T>,
    .group_softmax = group_softmax<T>,
    .log_totals = log_totals<T>,
    .panel_columns = panel_columns<T>,
    .squares = squares<T>,
    .least = least<T>,
};

}  // namespace

const Kernels kernels = {
    {operations<float>, operations<double>}, sums, scalar_log, solve, form, outer};

}  // namespace windlass::ufunc::arrays::WDL_LEVEL
