// One character at a time: what is well formed (the Unicode standard, table 3-7), and where text
// first is not.
#pragma once
#include <cstdint>

namespace windlass::text::WDL_LEVEL {
namespace {

inline bool is_continuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Bytes of the well-formed character at text[i], 0 when there is none; i < length.
inline int64_t character_at(const uint8_t *text, int64_t i, int64_t length) {
  const uint8_t lead = text[i];
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const int64_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length - i < bytes) return 0;
  const uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (text[i + 1] < lowest || text[i + 1] > highest) return 0;
  for (int64_t k = 2; k < bytes; ++k)
    if (!is_continuation(text[i + k])) return 0;
  return bytes;
}

// Bytes of the maximal ill-formed part at text[i] (the Unicode standard, section 3.9): as much as
// some character begins with, at least one.
inline int64_t ill_formed_part(const uint8_t *text, int64_t i, int64_t length) {
  uint8_t padded[4] = {text[i], 0x80, 0x80, 0x80};
  if (text[i] == 0xE0) padded[1] = 0xA0;
  if (text[i] == 0xF0) padded[1] = 0x90;
  const int64_t bytes = character_at(padded, 0, 4);
  int64_t part = 1;
  while (part < bytes && i + part < length) {
    padded[part] = text[i + part];
    if (character_at(padded, 0, 4) == 0) break;
    ++part;
  }
  return part;
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
