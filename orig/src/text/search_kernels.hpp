// Looking for a needle. Patterns and ranges are as needle.hpp states them; nothing outside
// [text, text + bytes) is read, and ends of the text bound whole words.
#pragma once
#include <cstdint>

#include "core/isa.hpp"
#include "needle.hpp"

namespace windlass::text::search {

struct Kernels {
  // Matches that begin in the range; they may overlap.
  int64_t (*count)(const Pattern &pattern, const Range &range);
  // Taken from the left, none before *reach nor before the end of the one before, which is then in
  // *reach, if it is beyond range.last.
  int64_t (*count_apart)(const Pattern &pattern, const Range &range, int64_t *reach);
  // As count_apart() from two reaches, until both are one: where that is, or range.last. Adds.
  int64_t (*count_apart_twice)(const Pattern &pattern, const Range &range, int64_t *reaches,
                               int64_t *counts);
  int64_t (*first)(const Pattern &pattern, const Range &range);  // -1: none
  int64_t (*last)(const Pattern &pattern, const Range &range);
  // Where they are, in rising order; stops before there are more than `most` (>= 64, or as many as
  // there are): *resume is range.last or from where to go on.
  int64_t (*positions)(const Pattern &pattern, const Range &range, int64_t most, int64_t *out,
                       int64_t *resume);
  int64_t (*positions_apart)(const Pattern &pattern, const Range &range, int64_t *reach,
                             int64_t *out);
  // The first i in [from, to) whose byte is not that at i - pattern.period, or to.
  int64_t (*period_end)(const Pattern &pattern, const uint8_t *text, int64_t from, int64_t to);
  // A count for every text; apart or overlapping.
  void (*count_rows)(const Pattern &pattern, bool apart, const uint8_t *text,
                     const int64_t *offsets, int64_t rows, int64_t *out);
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

}  // namespace windlass::text::search
