// Validation of UTF-8, a window at a time (the Unicode standard, table 3-7).
// 1. A byte is a continuation exactly where a lead before it wants one: where the byte before is at
//    least C0, the one two before at least E0, or the one three before at least F0.
// 2. What the lead is may not follow from that alone: C0, C1 and F5 to FF never occur, and the second
//    byte is at least A0 after E0, below A0 after ED, at least 90 after F0, below 90 after F4. That is
//    one comparison for each of the two limits: with the lead that is wrong on this side of it.
// J. Keiser, D. Lemire, Validating UTF-8 in less than one instruction per byte, 2021,
// doi 10.1002/spe.2920, looks both up by nibbles; here the masks that counting needs give the first.
#pragma once
#include <cstdint>

#include "blocks.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

struct Faults {
  uint64_t misplaced = 0;
  // The continuations that the leads so far still want, from the next block's first byte on.
  uint64_t wanted = 0;
  AnyEqual wrong2, wrong3, wrong4;
  Block greatest = all_of(0);

  // start: no continuations. spanN: the bytes that a lead of N or more bytes covers when it is valid,
  // the lead itself and N - 1 more; 0 where none is that long.
  template <int longest>
  void look_at(const Window &w, uint64_t start, uint64_t span2, uint64_t span3, uint64_t span4) {
    const uint64_t lead2 = start & span2, lead3 = start & span3, lead4 = start & span4;
    const uint64_t want = lead2 << 1 | lead3 << 2 | lead4 << 3 | wanted;
    wanted = lead2 >> 63 | lead3 >> 62 | lead4 >> 61;
    misplaced |= (start & want) | ~(start | span2 | span3 | span4);
    wrong2.compare(without(w.at(0), 1), all_of(0xC0));
    if constexpr (longest >= 3)
      wrong3.compare(w.at(0), choose(reach(w.at(1), 0xA0), all_of(0xED), all_of(0xE0)));
    if constexpr (longest >= 4) {
      wrong4.compare(w.at(0), choose(reach(w.at(1), 0x90), all_of(0xF4), all_of(0xF0)));
      greatest = maximum(greatest, w.at(0));
    }
  }

  void look_at_ascii() {
    misplaced |= wanted;
    wanted = 0;
  }

  bool any_seen() const { return misplaced != 0 || wrong2.seen() || wrong3.seen() || wrong4.seen() ||
           any(reach(greatest, 0xF5)); }
};

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
