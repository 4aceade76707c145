// The table of tiles of float of one ISA level.
#include "arithmetic.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

const Arithmetic single = arithmetic<float>;

}  // namespace windlass::mixture::WDL_LEVEL
