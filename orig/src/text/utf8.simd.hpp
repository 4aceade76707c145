// Doubles of UTF-8 characters, as kernels.hpp states them.
#pragma once
#include <cstdint>

#include "kernels.hpp"

namespace windlass::text::WDL_LEVEL {

Utf8 count_utf8(const uint8_t *text, int64_t length, Neighbours what);
int64_t count_utf8_trusted(const uint8_t *text, int64_t length, Neighbours what);
int64_t count_utf8_lossy(const uint8_t *text, int64_t length, Neighbours what);
BadRow doubles_utf8_rows(const uint8_t *text, const int64_t *offsets, int64_t rows, int64_t *out);
void doubles_utf8_trusted_rows(const uint8_t *text, const int64_t *offsets, int64_t rows,
                               int64_t *out);

}  // namespace windlass::text::WDL_LEVEL
