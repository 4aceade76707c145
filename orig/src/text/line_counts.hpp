// "count_lines" line by line: how many hits each line has, and where the lines begin.
#pragma once
#include <cstdint>

#include "core/run.hpp"
#include "settings.hpp"

namespace windlass::text {

// Returns the number of lines. counts_or_null: one a line; offsets_or_null: where each begins, and
// the end of the text. On all cores. Throws, before anything is written, WDL_TOO_SMALL for
// arguments 4 and 5, WDL_BAD_DATA, WDL_BAD_ARGUMENT for settings that "count_lines" does not take;
// WDL_CANCELLED.
int64_t line_counts(Run &run, const Settings &settings, const uint8_t *text, int64_t bytes,
                    int64_t *counts_or_null, int64_t counts_capacity, int64_t *offsets_or_null,
                    int64_t offsets_capacity);

}  // namespace windlass::text
