// What the kernel files of one level share.
#pragma once
#include "core/simd.hpp"
#include "kernels.hpp"

namespace windlass::mixture::WDL_LEVEL {

using namespace simd::WDL_LEVEL;

constexpr int64_t B = tile_rows;

}  // namespace windlass::mixture::WDL_LEVEL
