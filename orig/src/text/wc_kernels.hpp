// Counting characters, lines, words and the longest line in one pass, and characters alone.
#pragma once
#include <cstdint>

#include "core/isa.hpp"
#include "settings.hpp"

namespace windlass::text::wc {

// Of the text so far; what follows begins at a border of characters.
struct Tally {
  int64_t characters = 0, lines = 0;
  int64_t ends = 0;                // words that white space has ended
  int64_t open = 0;                // characters after the last LF
  int64_t longest = 0;             // characters of the longest line, the open one included
  int64_t first_line = -1;         // characters before the first LF
  uint64_t spaces = ~uint64_t{0};  // bit 63 - k: white space ended k bytes before the end, or the
                                   // text begins there

  bool in_word() const noexcept { return spaces >> 63 == 0; }
  int64_t words() const noexcept { return ends + in_word(); }
  int64_t first() const noexcept { return lines == 0 ? open : first_line; }
};

// How rows are to be read: as UTF-8 or as bytes.
struct Reading {
  bool utf8;
  Whitespace set;
  Invalid invalid;
};

// A row and the offset in it where it is first ill-formed; -1, -1: none is.
struct IllRow {
  int64_t row, byte;
};

struct Kernels {
  // Adds a text to the tally. Nothing outside of it is read.
  void (*bytes)(Tally &tally, const uint8_t *text, int64_t length, Whitespace set);
  // Strict: the offset of the first ill-formed byte (the tally is then unspecified) or -1.
  int64_t (*utf8)(Tally &tally, const uint8_t *text, int64_t length, Whitespace set,
                  Invalid invalid);
  // Bytes that are no continuations of UTF-8: where it is well formed, characters.
  int64_t (*starts)(const uint8_t *text, int64_t length);
  // For each row [offsets[r], offsets[r + 1]) its bytes, characters, lines, words and longest line,
  // to out (rows, 5). Nothing outside of [offsets[0], offsets[rows]) is read.
  IllRow (*rows)(const uint8_t *text, const int64_t *offsets, int64_t rows, const Reading &how,
                 int64_t *out);
};

namespace base {
extern const Kernels kernels;
}
namespace v3 {
extern const Kernels kernels;
}
namespace v4 {
extern const Kernels kernels;
}

inline const Kernels &kernels() noexcept {
  return *isa::pick(&base::kernels, &v3::kernels, &v4::kernels);
}

}  // namespace windlass::text::wc
