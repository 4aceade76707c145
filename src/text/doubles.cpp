#include "doubles.hpp"

#include <algorithm>

namespace windlass::text {
namespace {

constexpr bool is_continuation(uint8_t byte) noexcept { return (byte & 0xC0) == 0x80; }

// The start of the character that holds the byte at `border`, at most 3 bytes before it. In text
// that is ill-formed there this is some place at or after the last character that begins before the
// fault, so the chunk that holds the first fault begins at a character's start and finds it.
int64_t character_start(const uint8_t *text, int64_t length, int64_t border) noexcept {
  if (border >= length) return length;
  for (int64_t start = border; start >= std::max<int64_t>(border - 3, 0); --start)
    if (!is_continuation(text[start])) return start;
  return border;
}

int64_t character_length(uint8_t lead) noexcept {
  return lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

// The pair across the border belongs to the first of the two chunks, which reads on by one
// character. A fault in that character is reported by both chunks, at the same offset.
Utf8 count_utf8_chunk(const Kernels &kernels, const uint8_t *text, int64_t length, int64_t border,
                      int64_t next_border, bool trusted) noexcept {
  const int64_t begin = character_start(text, length, border);
  int64_t end = character_start(text, length, next_border);
  if (begin == end) return {0, -1};
  if (end < length) end = std::min(end + character_length(text[end]), length);
  if (trusted) return {kernels.doubles_utf8_trusted(text + begin, end - begin), -1};
  Utf8 result = kernels.doubles_utf8(text + begin, end - begin);
  if (result.bad >= 0) result.bad += begin;
  return result;
}

}  // namespace

int64_t chunk_count(Unit unit, int64_t length) noexcept {
  const int64_t units = chunk_bytes / unit_size(unit);
  return length / units + (length % units != 0);
}

Utf8 count_chunk(const Kernels &kernels, Unit unit, const void *text, int64_t length, int64_t chunk,
                 int64_t chunk_units, bool trusted) noexcept {
  const int64_t begin = chunk * chunk_units;
  const int64_t units = std::min(chunk_units, length - begin);
  const auto *bytes = static_cast<const uint8_t *>(text);
  if (unit == Unit::utf8)
    return count_utf8_chunk(kernels, bytes, length, begin, begin + units, trusted);
  const int64_t with_next = std::min(units + 1, length - begin);
  bytes += begin * unit_size(unit);
  if (unit == Unit::u16) return {kernels.doubles_u16(bytes, with_next), -1};
  if (unit == Unit::u32) return {kernels.doubles_u32(bytes, with_next), -1};
  return {kernels.doubles_u8(bytes, with_next), -1};
}

Utf8 count_chunk(Unit unit, const void *text, int64_t length, int64_t chunk,
                 bool trusted) noexcept {
  return count_chunk(kernels(), unit, text, length, chunk, chunk_bytes / unit_size(unit), trusted);
}

}  // namespace windlass::text
