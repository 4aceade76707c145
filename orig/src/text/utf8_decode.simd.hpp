// One character at a time: where text is first ill-formed.
#pragma once
#include <cstdint>

#include "characters.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

inline bool is_continuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Bytes of the well-formed character at text[i], 0 when there is none; i < length.
inline int64_t character_at(const uint8_t *text, int64_t i, int64_t length) {
  const Character found = next_character(text + i, length - i);
  return found.well_formed ? found.bytes : 0;
}

// Whether text[i] has to be a continuation by what is before it.
inline bool cut_off(const uint8_t *text, int64_t i) {
  return (i >= 1 && text[i - 1] >= 0xC0) || (i >= 2 && text[i - 2] >= 0xE0) ||
         (i >= 3 && text[i - 3] >= 0xF0);
}

// The first ill-formed sequence, or -1; everything before text[known] is known to be well formed,
// but for a last character that may go on there.
inline int64_t first_ill_formed(const uint8_t *text, int64_t known, int64_t length) {
  int64_t i = (known < length ? known : length) - (known > 0);
  for (int64_t back = 0; back < 3 && i > 0 && is_continuation(text[i]); ++back) --i;
  while (i < length) {
    const int64_t bytes = character_at(text, i, length);
    if (bytes == 0) return i;
    i += bytes;
  }
  return -1;
}

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
