// The doubles of UTF-8 block by block: what one block leaves for the next, and the faults so far.
#pragma once
#include <cstdint>

#include "units.simd.hpp"
#include "utf8_covers.simd.hpp"
#include "utf8_decode.simd.hpp"
#include "utf8_faults.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

enum class Check { none, strict, lossy };

#if defined(__SSE2__)

// What is counted; `full`: anything but plain doubles.
template <bool full>
struct Tally {
  int64_t count = 0;
  // 1 when the character that ends with the last block, or goes on past it, is
  // so far repeated.
  uint64_t carry = 0;
  // Of full ones: all ones where runs are counted, and 1 when the last
  // character was a repeat.
  uint64_t runs;
  uint64_t repeat = 0;
  Vector case_bit;

  explicit Tally(Neighbours what)
      : runs(what.runs ? ~uint64_t{0} : 0), case_bit(all(what.ignore_case ? 0x20 : 0)) {}

  uint64_t equal(const Block &a, const Block &b) const {
    return full ? equal_but_case(a, b, case_bit) : equal_bytes(a, b);
  }

  // Where the ones at `from` arrive, carried through those at `through`: after
  // the last of them. What leaves bit 63 does not depend on what came in at bit
  // 0, since no character is as long as a block.
  static uint64_t carried(uint64_t from, uint64_t through, uint64_t &carry) {
    const uint64_t reached = (from | through) + from;
    const uint64_t came = carry;
    carry = reached < from;
    return reached + came;
  }
  // A block; same: the bytes that equal those a character before; start: where characters start;
  // counted: what of these may be.
  void add(uint64_t same, uint64_t start, uint64_t counted) {
    uint64_t again = carried(start & same, same & ~start, carry) & start & counted;
    if constexpr (full) again &= ~(carried(again, ~start, repeat) & runs);
    count += ones(again);
  }
  // A block of ASCII; same: the bytes that equal the one before.
  void take_ascii(uint64_t same) {
    if constexpr (full) {
      const uint64_t again = same << 1 | carry;
      count += ones(again & ~((again << 1 | repeat) & runs));
      carry = same >> 63;
      repeat = again >> 63;
    } else {
      count += ones(same) + static_cast<int64_t>(carry);
      carry = 0;
    }
  }
  // The text ends where the last block does.
  void end() { count += static_cast<int64_t>(carry & ~(repeat & runs)); }
};

// For each byte of the window's block the one that is before it by the length of its character, of
// up to `longest` bytes; two: the bytes of characters of at least two.
template <int longest>
[[gnu::always_inline]] inline Block a_character_before(const Window &w, const Reach &two,
                                                       Spans &spans) {
  Block lead = maximum(w.at(0), w.at(-1));
  Block before = choose(two, w.at(-2), w.at(-1));
  if constexpr (longest >= 3) {
    lead = maximum(lead, w.at(-2));
    const Reach three = reach(lead, 0xE0);
    before = choose(three, w.at(-3), before);
    spans.three = mask_of(three);
  }
  if constexpr (longest >= 4) {
    const Reach four = reach(maximum(lead, w.at(-3)), 0xF0);
    before = choose(four, w.at(-4), before);
    spans.four = mask_of(four);
  }
  return before;
}

template <Check check, bool full>
struct Scan : Tally<full> {
  using Tally<full>::Tally, Tally<full>::equal, Tally<full>::add;

  Faults faults;
  bool cut_short = false;
  Covers covers;  // of lossy ones

  // The next block of the text, without characters of more than `longest` bytes
  // in or right before it; after: the bytes that follow one of the text's;
  // comparable: those that have one before.
  template <int longest>
  [[gnu::always_inline]] void take(const Window &w, uint64_t after = ~uint64_t{0},
                                   uint64_t comparable = ~uint64_t{0}) {
    if constexpr (check == Check::lossy) return take_lossy(w, after, comparable);
    // Of well-formed text this is the same, with less work.
    const Reach two =
        Faults::by_spans ? reach(maximum(w.at(0), w.at(-1)), 0xC0) : reach(w.at(0), 0x80);
    Spans spans = {mask_of(two), 0, 0};
    const Block before = a_character_before<longest>(w, two, spans);
    const uint64_t same = general(equal(w.at(0), before)) & comparable;
    const uint64_t start = general(starts(w.at(0)));
    if constexpr (check == Check::strict) faults.template look_at<longest>(w, start, spans);
    add(same, start, after);
  }

  // Well-formed characters are compared alone, and all other bytes are
  // characters of their own.
  void take_lossy(const Window &w, uint64_t after, uint64_t comparable) {
    const uint64_t lead = starts(w.at(0));
    const Covered in = covers.take(w, lead);
    const uint64_t start = lead | ~(in.two | in.three | in.four);
    const uint64_t same =
        comparable &
        ((equal(w.at(0), w.at(-1)) & in.one) | (equal_bytes(w.at(0), w.at(-2)) & in.two) |
         (equal_bytes(w.at(0), w.at(-3)) & in.three) | (equal_bytes(w.at(0), w.at(-4)) & in.four));
    add(same, start, after);
  }

  // No continuation follows: at text[i] is ASCII or the end.
  void skip_to(const uint8_t *text, int64_t i) {
    cut_short |= cut_off(text, i);
    faults.forget_wanted();
  }

  bool ill_formed() const { return cut_short || faults.any_seen(); }
};

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
