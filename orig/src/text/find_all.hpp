// Where all matches of a needle are.
#pragma once
#include <cstdint>

#include "core/run.hpp"
#include "settings.hpp"

namespace windlass::text {

// How many there are, as "count" counts, on all cores; with positions, their places in rising order
// besides. Throws WDL_TOO_SMALL for argument 4, before anything is written, when there are more
// than capacity; WDL_BAD_ARGUMENT for argument 1, WDL_BAD_DATA for 2, WDL_CANCELLED.
int64_t find_all(Run &run, const Settings &settings, const uint8_t *text, int64_t bytes,
                 int64_t *positions_or_null, int64_t capacity);

}  // namespace windlass::text
