// The table of one ISA level.
#include "kernels.hpp"

#include "assign.simd.hpp"
#include "bounds.simd.hpp"
#include "distances.simd.hpp"
#include "pack.simd.hpp"
#include "sums.simd.hpp"

namespace windlass::cluster::WDL_LEVEL {
namespace {

template <class T>
constexpr Operations<T> operations = {pack<T>,       survey<T>,  sum_of_squares<T>, assign<T>,
                                      assign_two<T>, bound<T>,   choose<T>,         add<T>,
                                      move<T>,       inertia<T>, own_distances<T>,  distances<T>,
                                      roots<T>,      lower<T>,   potential<T>};

}  // namespace

const Kernels kernels = {operations<float>, operations<double>};

}  // namespace windlass::cluster::WDL_LEVEL
