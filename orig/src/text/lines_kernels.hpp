// Matches of a needle by lines, which end at LFs; the needle holds none. Patterns and ranges are as
// needle.hpp states them.
#pragma once
#include <cstdint>

#include "core/isa.hpp"
#include "needle.hpp"

namespace windlass::text::lines {

// What has been seen of a text up to where a range begins, and then up to where it ends.
struct Tally {
  int64_t lines = 0;   // that hold a match and have ended
  int64_t total = 0;   // matches
  int64_t reach = 0;   // counted apart: where the last one ends
  bool open = false;   // the line that has not ended holds a match
  int64_t first = -1;  // where the first match begins, from the text's begin
};

struct Kernels {
  // Adds matches and LFs of the range. apart: matches are taken from the left, without overlaps.
  void (*tally)(const Pattern &pattern, const Range &range, bool apart, Tally *tally);
  // How many matches each line has that begins at range.first (where one does) or behind an LF of
  // the range but its last byte; counts and offsets, of where these lines begin, may be null. What
  // is past the range's last LF is a line as well, if there is something.
  void (*by_line)(const Pattern &pattern, const Range &range, bool apart, int64_t *counts,
                  int64_t *offsets);
  int64_t (*feeds)(const uint8_t *text, int64_t bytes);  // LFs
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

}  // namespace windlass::text::lines
