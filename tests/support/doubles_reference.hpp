// Doubles one unit at a time, and UTF-8 decoded by the Unicode standard's table 3-7, row by row.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace windlass::test {

template <class Unit>
int64_t count_doubles_slowly(const void *text, int64_t length) {
  int64_t count = 0;
  const auto *bytes = static_cast<const char *>(text);
  for (int64_t i = 0; i + 1 < length; ++i)
    count += std::memcmp(bytes + i * int64_t{sizeof(Unit)}, bytes + (i + 1) * int64_t{sizeof(Unit)},
                         sizeof(Unit)) == 0;
  return count;
}

struct Decoded {
  std::vector<uint32_t> characters;
  int64_t bad = -1;  // where the first ill-formed sequence begins
};

inline Decoded decode_utf8(const uint8_t *text, int64_t length) {
  struct Row {
    int bytes;
    uint8_t low[4], high[4];
  };
  static constexpr Row table[] = {
      {1, {0x00}, {0x7F}},
      {2, {0xC2, 0x80}, {0xDF, 0xBF}},
      {3, {0xE0, 0xA0, 0x80}, {0xE0, 0xBF, 0xBF}},
      {3, {0xE1, 0x80, 0x80}, {0xEC, 0xBF, 0xBF}},
      {3, {0xED, 0x80, 0x80}, {0xED, 0x9F, 0xBF}},
      {3, {0xEE, 0x80, 0x80}, {0xEF, 0xBF, 0xBF}},
      {4, {0xF0, 0x90, 0x80, 0x80}, {0xF0, 0xBF, 0xBF, 0xBF}},
      {4, {0xF1, 0x80, 0x80, 0x80}, {0xF3, 0xBF, 0xBF, 0xBF}},
      {4, {0xF4, 0x80, 0x80, 0x80}, {0xF4, 0x8F, 0xBF, 0xBF}},
  };
  Decoded result;
  for (int64_t i = 0; i < length;) {
    int bytes = 0;
    for (const Row &row : table) {
      bool fits = i + row.bytes <= length;
      for (int k = 0; fits && k < row.bytes; ++k)
        fits = text[i + k] >= row.low[k] && text[i + k] <= row.high[k];
      if (fits) bytes = row.bytes;
    }
    if (bytes == 0) {
      result.bad = i;
      return result;
    }
    static constexpr uint8_t payload[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t character = text[i] & payload[bytes];
    for (int k = 1; k < bytes; ++k) character = character << 6 | (text[i + k] & 0x3F);
    result.characters.push_back(character);
    i += bytes;
  }
  return result;
}

inline int64_t count_doubles_slowly(const Decoded &text) {
  const auto size = static_cast<int64_t>(text.characters.size());
  return count_doubles_slowly<uint32_t>(text.characters.data(), size);
}

inline void append_utf8(std::string &text, uint32_t character) {
  const auto put = [&](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (character < 0x80) return put(character);
  if (character < 0x800) {
    put(0xC0 | character >> 6);
  } else if (character < 0x10000) {
    put(0xE0 | character >> 12);
    put(0x80 | (character >> 6 & 0x3F));
  } else {
    put(0xF0 | character >> 18);
    put(0x80 | (character >> 12 & 0x3F));
    put(0x80 | (character >> 6 & 0x3F));
  }
  put(0x80 | (character & 0x3F));
}

}  // namespace windlass::test
