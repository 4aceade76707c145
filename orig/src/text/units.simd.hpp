// Doubles of fixed-width units, as kernels.hpp states them.
#pragma once
#include <cstdint>

#include "kernels.hpp"

namespace windlass::text::WDL_LEVEL {

int64_t doubles_u8(const uint8_t *text, int64_t length);
int64_t count_u8(const void *text, int64_t length, Neighbours what);
int64_t count_u16(const void *text, int64_t length, Neighbours what);
int64_t count_u32(const void *text, int64_t length, Neighbours what);
void doubles_u8_rows(const uint8_t *text, const int64_t *offsets, int64_t rows, int64_t *out);

}  // namespace windlass::text::WDL_LEVEL
