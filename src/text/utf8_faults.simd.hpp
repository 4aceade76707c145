// Validation of UTF-8 (the Unicode standard, table 3-7), a window at a time.
// With a look-up of bytes: J. Keiser, D. Lemire, Validating UTF-8 in less than
// one instruction per byte, 2021, doi 10.1002/spe.2920. Three nibbles (both of
// a byte, the upper of the next) give the faults that each still allows; what
// all three allow has happened. Two continuations in a row are no fault where
// the byte two before begins three or more, or the one three before begins
// four.
#pragma once
#include <cstdint>

#include "blocks.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

// The bytes that a lead of at least two, three, four bytes covers when it is
// valid: itself and one, two, three more. Masks; three and four are 0 where
// nothing is that long.
struct Spans {
  uint64_t two, three, four;
};

#endif

#if defined(__AVX2__)

enum Fault : uint8_t {
  too_short = 1,            // a lead and then no continuation
  too_long = 2,             // ASCII and then a continuation
  overlong3 = 4,            // E0 80..9F
  too_large = 8,            // F4 90..BF and F5..FF
  surrogate = 16,           // ED A0..BF
  overlong2 = 32,           // C0 and C1
  overlong4_or_f5 = 64,     // F0 80..8F, and F5..FF before 80..8F
  two_continuations = 128,  // the bit that the must-be-continuation test meets
};

// By nibble, repeated for every 16 bytes of a vector, as the look-up wants it.
struct Nibbles {
  uint8_t faults[sizeof(Vector)];

  constexpr void repeat() {
    for (unsigned i = 16; i < sizeof faults; ++i) faults[i] = faults[i - 16];
  }
};

constexpr Nibbles first_upper = [] {
  Nibbles table{};
  for (int i = 0; i < 8; ++i) table.faults[i] = too_long;
  for (int i = 8; i < 12; ++i) table.faults[i] = two_continuations;
  table.faults[0xC] = too_short | overlong2;
  table.faults[0xD] = too_short;
  table.faults[0xE] = too_short | overlong3 | surrogate;
  table.faults[0xF] = too_short | too_large | overlong4_or_f5;
  table.repeat();
  return table;
}();

constexpr Nibbles first_lower = [] {
  Nibbles table{};
  for (int i = 0; i < 16; ++i) {
    table.faults[i] = too_short | too_long | two_continuations;
    if (i >= 4) table.faults[i] |= too_large;
    if (i >= 5) table.faults[i] |= overlong4_or_f5;
  }
  table.faults[0x0] |= overlong2 | overlong3 | overlong4_or_f5;
  table.faults[0x1] |= overlong2;
  table.faults[0xD] |= surrogate;
  table.repeat();
  return table;
}();

constexpr Nibbles second_upper = [] {
  Nibbles table{};
  for (int i = 0; i < 16; ++i) table.faults[i] = too_short;
  for (int i = 8; i < 12; ++i) table.faults[i] = too_long | overlong2 | two_continuations;
  table.faults[0x8] |= overlong3 | overlong4_or_f5;
  table.faults[0x9] |= overlong3 | too_large;
  table.faults[0xA] |= surrogate | too_large;
  table.faults[0xB] |= surrogate | too_large;
  table.repeat();
  return table;
}();

#if defined(__AVX512BW__)

inline Vector look_up(const Nibbles &table, Vector nibbles) {
  return _mm512_shuffle_epi8(load(table.faults), nibbles);
}
inline Vector lower_nibbles(Vector a) { return _mm512_and_si512(a, all(0x0F)); }
inline Vector upper_nibbles(Vector a) { return lower_nibbles(_mm512_srli_epi16(a, 4)); }
// The upper bit is left where a byte is at least the limit; limit >= 0x80.
inline Vector reach_upper(Vector a, uint8_t limit) {
  return _mm512_subs_epu8(a, all(static_cast<uint8_t>(limit - 0x80)));
}
// The upper bit is set in continuations only: 80..BF are the least of signed
// bytes.
inline Vector continuation_upper(Vector a) { return _mm512_adds_epi8(a, all(0x40)); }
// The truth tables of a | b | c, a & b & c, (a | b) & c and a | (b ^ c).
inline Vector any_of(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0xFE);
}
inline Vector all_three(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0x80);
}
inline Vector either_within(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0xA8);
}
inline Vector or_differing(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0xF6);
}
inline Vector both(Vector a, Vector b) { return _mm512_and_si512(a, b); }
inline Vector either(Vector a, Vector b) { return _mm512_or_si512(a, b); }
inline bool any_bit(Vector a) { return _mm512_test_epi8_mask(a, a) != 0; }
inline bool any_upper_bit(Vector a) { return _mm512_movepi8_mask(a) != 0; }

#else

inline Vector look_up(const Nibbles &table, Vector nibbles) {
  return _mm256_shuffle_epi8(load(table.faults), nibbles);
}
inline Vector lower_nibbles(Vector a) { return both(a, all(0x0F)); }
inline Vector upper_nibbles(Vector a) { return lower_nibbles(_mm256_srli_epi16(a, 4)); }
inline Vector reach_upper(Vector a, uint8_t limit) { return reach(a, limit); }
// The upper bit is set in continuations only: 80..BF are the least of signed
// bytes.
inline Vector continuation_upper(Vector a) { return _mm256_adds_epi8(a, all(0x40)); }
inline Vector all_three(Vector a, Vector b, Vector c) { return both(both(a, b), c); }
inline Vector either_within(Vector a, Vector b, Vector c) { return both(either(a, b), c); }
inline Vector or_differing(Vector a, Vector b, Vector c) {
  return either(a, _mm256_xor_si256(b, c));
}
inline bool any_bit(Vector a) { return _mm256_testz_si256(a, a) == 0; }
inline bool any_upper_bit(Vector a) { return upper_bits(a) != 0; }

#endif

// The faults of all windows so far.
struct Faults {
  static constexpr bool by_spans = false;

  Vector seen = zero();
  // Where nothing is longer than two bytes: the upper bits tell of misplaced
  // continuations.
  Vector misplaced = zero(), seen_lower = zero();  // without their upper bits
  AnyEqual overlong;

  // Those of a window's block, where no character is longer than `longest`
  // bytes.
  template <int longest>
  void look_at(const Window &w, uint64_t, const Spans &) {
    if constexpr (longest == 2) overlong.compare(without(w.at(0), 1), all_of(0xC0));
    for (int k = 0; k < vectors_a_block; ++k) {
      const Vector first = w.at(-1).v[k], second = w.at(0).v[k];
      if constexpr (longest == 2) {
        misplaced = or_differing(misplaced, reach_upper(first, 0xC0), continuation_upper(second));
      } else {
        const Vector found = all_three(look_up(first_upper, upper_nibbles(first)),
                                       look_up(first_lower, lower_nibbles(first)),
                                       look_up(second_upper, upper_nibbles(second)));
        const Vector third = reach_upper(w.at(-2).v[k], 0xE0);
        if constexpr (longest == 4) {
          const Vector fourth = reach_upper(w.at(-3).v[k], 0xF0);
          seen = or_differing(seen, found, either_within(third, fourth, all(0x80)));
        } else {
          misplaced = or_differing(misplaced, found, third);
          seen_lower = either(seen_lower, found);
        }
      }
    }
  }
  void forget_wanted() {}
  void want(const uint8_t *, int64_t) {}
  bool any_seen() const {
    return any_bit(either(seen, both(seen_lower, all(0x7F)))) || any_upper_bit(misplaced) ||
           overlong.seen();
  }
};

#elif defined(__SSE2__)

inline Vector reach_upper(Vector a, uint8_t limit) {
  return _mm_subs_epu8(a, all(static_cast<uint8_t>(limit - 0x80)));
}
inline Vector continuation_upper(Vector a) { return _mm_adds_epi8(a, all(0x40)); }
inline Vector or_differing(Vector a, Vector b, Vector c) { return either(a, _mm_xor_si128(b, c)); }
inline bool any_upper_bit(Vector a) { return upper_bits(a) != 0; }

// Without a look-up: a byte is a continuation exactly where a lead before it
// wants one, C0, C1 and F5 to FF never occur, and the second byte is at least
// A0 after E0, below A0 after ED, at least 90 after F0, below 90 after F4. Each
// of these two limits is one comparison, with the lead that is wrong on this
// side of it.
struct Faults {
  static constexpr bool by_spans = true;  // look_at() uses its last two arguments

  uint64_t misplaced = 0;
  // The continuations that the leads so far still want, from the next block's
  // first byte on.
  uint64_t wanted = 0;
  AnyEqual wrong;
  Block greatest = all_of(0);

  template <int longest>
  void look_at(const Window &w, uint64_t start, const Spans &spans) {
    const uint64_t lead2 = start & spans.two, lead3 = start & spans.three,
                   lead4 = start & spans.four;
    const uint64_t want = lead2 << 1 | lead3 << 2 | lead4 << 3 | wanted;
    wanted = lead2 >> 63 | lead3 >> 62 | lead4 >> 61;
    misplaced |= (start & want) | ~(start | spans.two | spans.three | spans.four);
    wrong.compare(without(w.at(0), 1), all_of(0xC0));
    if constexpr (longest >= 3)
      wrong.compare(w.at(-1), choose(reach(w.at(0), 0xA0), all_of(0xED), all_of(0xE0)));
    if constexpr (longest >= 4) {
      wrong.compare(w.at(-1), choose(reach(w.at(0), 0x90), all_of(0xF4), all_of(0xF0)));
      greatest = maximum(greatest, w.at(0));
    }
  }
  void forget_wanted() { wanted = 0; }
  // By what is before text[i]; i >= 3.
  void want(const uint8_t *text, int64_t i) {
    wanted = 0;
    for (int64_t back = 1; back <= 3; ++back) {
      const uint8_t lead = text[i - back];
      const int64_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      if (length > back) wanted = (uint64_t{1} << (length - back)) - 1;
    }
  }
  bool any_seen() const { return misplaced != 0 || wrong.seen() || any(reach(greatest, 0xF5)); }
};

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
