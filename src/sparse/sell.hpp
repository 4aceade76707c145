// A copy in slices of eight rows, for many products with one matrix: see sell.simd.hpp.
#pragma once
#include <memory>

#include "core/run.hpp"
#include "linear.hpp"

namespace windlass::sparse {

// Of what `mode` multiplies with, for products in Mode::plain. nullptr where slices do not suit:
// rows of such different lengths that more than a quarter would be filled in, complex scalars, no
// entries of its own, 2^31 columns or more. bytes() tells what a product then reads; the values are
// those of now. Throws WDL_CANCELLED, std::bad_alloc.
std::unique_ptr<const Linear> sell_of(Run &, const Linear &, Mode = Mode::plain);

}  // namespace windlass::sparse
