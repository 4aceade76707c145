// UTF-8 a character at a time: what is well formed (the Unicode standard, table 3-7), maximal
// ill-formed parts (section 3.9, as Python's errors="replace" takes them), and white space.
#pragma once
#include <cstdint>

#include "settings.hpp"

namespace windlass::text {

// What begins at a byte: a character, or a maximal ill-formed part of 1 to 3 bytes. open: an
// ill-formed part that the end of the text cut off, and that more bytes may complete.
struct Character {
  int64_t bytes;
  bool well_formed, open;
};

// left > 0. surrogates: the three bytes of one are a character, as in a Python str.
constexpr Character next_character(const uint8_t *q, int64_t left,
                                   bool surrogates = false) noexcept {
  const uint8_t lead = q[0];
  if (lead < 0x80) return {1, true, false};
  if (lead < 0xC2 || lead > 0xF4) return {1, false, false};
  const int64_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint8_t highest = lead == 0xED && !surrogates ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (int64_t k = 1; k < bytes; ++k) {
    if (k == left) return {k, false, true};
    if (q[k] < lowest || q[k] > highest) return {k, false, false};
    lowest = 0x80;
    highest = 0xBF;
  }
  return {bytes, true, false};
}

// Bytes at the end of a text that begin a character and do not complete it: 0 to 3.
constexpr int64_t open_end(const uint8_t *text, int64_t length, bool surrogates = false) noexcept {
  for (int64_t back = 1; back <= 3 && back <= length; ++back) {
    const uint8_t byte = text[length - back];
    if (byte < 0x80) return 0;
    if (byte >= 0xC0) return next_character(text + length - back, back, surrogates).open ? back : 0;
  }
  return 0;
}

constexpr bool has_separators(Whitespace set) noexcept { return set == Whitespace::python; }
constexpr bool has_wide_spaces(Whitespace set) noexcept { return set != Whitespace::ascii; }

constexpr bool is_space(uint8_t byte, Whitespace set) noexcept {
  return byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) ||
         (has_separators(set) && byte >= 0x1C && byte <= 0x1F);
}

// Of a well-formed character: White_Space, and of Python's set U+001C to U+001F.
constexpr bool is_space(const uint8_t *q, int64_t bytes, Whitespace set) noexcept {
  if (bytes == 1) return is_space(q[0], set);
  if (!has_wide_spaces(set) || bytes == 4) return false;
  if (bytes == 2) return q[0] == 0xC2 && (q[1] == 0x85 || q[1] == 0xA0);
  const int code = (q[0] & 0x0F) << 12 | (q[1] & 0x3F) << 6 | (q[2] & 0x3F);
  return code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 ||
         code == 0x202F || code == 0x205F || code == 0x3000;
}

}  // namespace windlass::text
