// The bytes of well-formed characters, in text that may be ill-formed.
#pragma once
#include <cstdint>

#include "blocks.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

// Bytes of characters that have so many bytes.
struct Covered {
  uint64_t one, two, three, four;
};

struct Covers {
  // Bytes that the block before's characters have in the next one.
  uint64_t two = 0, three = 0, four = 0;
  uint64_t missed = 0;  // whether any byte was of no character

  // A lead covers what follows it where that is as the Unicode standard's table 3-7 has it: a
  // sequence that fits begins nowhere but at a character's start, whatever is before it.
  Covered take(const Window &w, uint64_t start) {
    const Block &b = w.at(0), &second = w.at(1);
    const uint64_t from2 = mask_of(reach(b, 0xC2)), from3 = mask_of(reach(b, 0xE0)),
                   from4 = mask_of(reach(b, 0xF0)), past = mask_of(reach(b, 0xF5));
    const uint64_t c1 = ~starts(second), c2 = c1 & ~starts(w.at(2)), c3 = c2 & ~starts(w.at(3));
    // The lead for which a second byte is on the wrong side of this limit.
    const uint64_t wrong = equal_bytes(b, choose(reach(second, 0xA0), all_of(0xED), all_of(0xE0))) |
                           equal_bytes(b, choose(reach(second, 0x90), all_of(0xF4), all_of(0xF0)));
    const uint64_t lead2 = from2 & ~from3 & c1, lead3 = from3 & ~from4 & c2 & ~wrong,
                   lead4 = from4 & ~past & c3 & ~wrong;
    const Covered in = {start & ~mask_of(reach(b, 0x80)), lead2 | lead2 << 1 | two,
                        lead3 | lead3 << 1 | lead3 << 2 | three,
                        lead4 | lead4 << 1 | lead4 << 2 | lead4 << 3 | four};
    missed |= ~(in.one | in.two | in.three | in.four);
    two = lead2 >> 63;
    three = lead3 >> 63 | lead3 >> 62;
    four = lead4 >> 63 | lead4 >> 62 | lead4 >> 61;
    return in;
  }
};

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
