// Where UTF-8 is first ill-formed, as kernels.hpp states it.
#pragma once
#include <cstdint>

namespace windlass::text::WDL_LEVEL {

int64_t find_ill_formed(const uint8_t *text, int64_t length);

}  // namespace windlass::text::WDL_LEVEL
