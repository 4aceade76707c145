// Doubles of a whole text in chunks that may be counted in any order, by any thread.
// The sum of the chunks' counts is the one-shot count; the least `bad` that is not -1 is the text's
// first ill-formed byte. Borders depend on the unit and the length only.
#pragma once
#include <cstdint>

#include "kernels.hpp"
#include "settings.hpp"
#include "source.hpp"

namespace windlass::text {

// 0 for an empty text.
int64_t chunk_count(Unit unit, int64_t length) noexcept;
// trusted: UTF-8 known to be valid is not validated.
Utf8 count_chunk(Unit unit, const void *text, int64_t length, int64_t chunk, bool trusted) noexcept;
// The same with any number of units a chunk and any level's kernels.
Utf8 count_chunk(const Kernels &kernels, Unit unit, const void *text, int64_t length, int64_t chunk,
                 int64_t chunk_units, bool trusted) noexcept;

}  // namespace windlass::text
