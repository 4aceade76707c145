// Draws from a mixture.
#pragma once
#include <cstdint>

#include "core/array.hpp"
#include "core/run.hpp"
#include "parameters.hpp"

namespace windlass::mixture {

// As many rows as x has (f64), the components they come from into labels (i64; data nullptr: not
// wanted). What is drawn depends on the seed and the parameters only; row i is the same whatever
// follows it. Needs weights, means and covariances. Throws WDL_BAD_DATA, WDL_CANCELLED.
void sample(Run &, const Parameters &, uint64_t seed, const MutableMatrix &x,
            const MutableVector &labels);

}  // namespace windlass::mixture
