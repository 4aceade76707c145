// Doubles of a whole text in chunks that may be counted in any order, by any thread.
// The sum of the chunks' counts is the one-shot count; the least `bad` that is not -1 is the text's
// first ill-formed byte. Borders depend on the unit and the length only.
#pragma once
#include <cstdint>

#include "kernels.hpp"

namespace windlass::text {

enum class Unit : int { byte = 1, utf8 = 2, u16 = 3, u32 = 4 };

// Bytes of a unit; 1 for UTF-8, whose lengths are in bytes.
constexpr int64_t unit_size(Unit unit) noexcept {
  return unit == Unit::u16 ? 2 : unit == Unit::u32 ? 4 : 1;
}

// Bytes a chunk: some 8 us at the speed of memory, many times the cost of a task or a hot region,
// so that a text of a megabyte has work for every core.
inline constexpr int64_t chunk_bytes = int64_t{1} << 18;

// 0 for an empty text.
int64_t chunk_count(Unit unit, int64_t length) noexcept;
// trusted: UTF-8 known to be valid is not validated.
Utf8 count_chunk(Unit unit, const void *text, int64_t length, int64_t chunk, bool trusted) noexcept;
// The same with any number of units a chunk and any level's kernels.
Utf8 count_chunk(const Kernels &kernels, Unit unit, const void *text, int64_t length, int64_t chunk,
                 int64_t chunk_units, bool trusted) noexcept;

}  // namespace windlass::text
