// Counting doubles: the i with unit[i] == unit[i + 1]. Lengths and offsets are in units (bytes for
// UTF-8), nothing outside [text, text + length) is read, text may have any alignment and holds NULs
// as data. A length of 0 or 1 has no doubles, and the text may then be null when it is 0.
#pragma once
#include <cstdint>

#include "core/isa.hpp"

namespace windlass::text {

// bad: -1 and count is valid, or the offset of the byte that starts the first ill-formed sequence
// (the Unicode standard, table 3-7; Python's UnicodeDecodeError.start) and count is 0.
struct Utf8 {
  int64_t count;
  int64_t bad;
};

// The first row that is ill-formed and where in the whole text, or -1 and -1.
struct BadRow {
  int64_t row;
  int64_t bad;
};

// Doubles, or the runs that they form: of equal units, at least two, as many as there are. ASCII
// letters may equal their other case.
struct Neighbours {
  bool runs = false, ignore_case = false;
};

// Row r is text[offsets[r]] to text[offsets[r + 1] - 1]; offsets never decrease.
struct Kernels {
  void (*doubles_u8_rows)(const uint8_t *text, const int64_t *offsets, int64_t rows, int64_t *out);
  // out past an ill-formed row is not written.
  BadRow (*doubles_utf8_rows)(const uint8_t *text, const int64_t *offsets, int64_t rows,
                              int64_t *out);
  void (*doubles_utf8_trusted_rows)(const uint8_t *text, const int64_t *offsets, int64_t rows,
                                    int64_t *out);

  int64_t (*count_u8)(const void *text, int64_t length, Neighbours what);
  int64_t (*count_u16)(const void *text, int64_t length, Neighbours what);
  int64_t (*count_u32)(const void *text, int64_t length, Neighbours what);
  Utf8 (*count_utf8)(const uint8_t *text, int64_t length, Neighbours what);
  // For text known to be valid; of any other text the count says nothing.
  int64_t (*count_utf8_trusted)(const uint8_t *text, int64_t length, Neighbours what);
  // Each maximal ill-formed part (the Unicode standard, section 3.9) is a character that equals
  // nothing.
  int64_t (*count_utf8_lossy)(const uint8_t *text, int64_t length, Neighbours what);
  // As `bad` of Utf8.
  int64_t (*first_ill_formed)(const uint8_t *text, int64_t length);
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

inline const Kernels &kernels_at(isa::Level level) noexcept {
  return *isa::pick(level, &base::kernels, &v3::kernels, &v4::kernels);
}
inline const Kernels &kernels() noexcept { return kernels_at(isa::level()); }

}  // namespace windlass::text
