// Validation of UTF-8 by what two neighbouring bytes may be: J. Keiser, D. Lemire, Validating UTF-8
// in less than one instruction per byte, 2021, doi 10.1002/spe.2920.
// A look-up of three nibbles (both of the first byte, the upper of the second) gives the faults that
// each still allows; what all three allow has happened. Two continuations in a row are no fault where
// the byte two before begins three or more, or the byte three before begins four.
#pragma once
#include <cstdint>

#include "blocks.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

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

#endif

#if defined(__AVX512BW__)

// The faults of all windows so far.
struct Faults {
  Vector seen = zero();

  // Those of the bytes 1 to 64 of a window, where no character of four bytes is near unless asked.
  template <bool four_bytes>
  void look_at(const Window &window) {
    const Vector low = _mm512_set1_epi8(0x0F);
    const Vector first = window.at(0).v[0], second = window.at(1).v[0];
    const Vector a = _mm512_shuffle_epi8(load(first_upper.faults),
                                         _mm512_and_si512(_mm512_srli_epi16(first, 4), low));
    const Vector b = _mm512_shuffle_epi8(load(first_lower.faults), _mm512_and_si512(first, low));
    const Vector c = _mm512_shuffle_epi8(load(second_upper.faults),
                                         _mm512_and_si512(_mm512_srli_epi16(second, 4), low));
    // The upper bit is set where the byte two before is at least E0, or the one three before F0.
    const Vector third = _mm512_subs_epu8(window.at(-1).v[0], _mm512_set1_epi8(0x60));
    Vector fourth = zero();
    if (four_bytes) fourth = _mm512_subs_epu8(window.at(-2).v[0], _mm512_set1_epi8(0x70));
    const Vector upper = _mm512_set1_epi8(static_cast<char>(0x80));
    // 0x80: a & b & c; 0xA8: (third | fourth) & upper; 0xF6: seen | (found ^ expected).
    const Vector found = _mm512_ternarylogic_epi64(a, b, c, 0x80);
    const Vector expected = _mm512_ternarylogic_epi64(third, fourth, upper, 0xA8);
    seen = _mm512_ternarylogic_epi64(seen, found, expected, 0xF6);
  }
  bool any() const { return _mm512_test_epi8_mask(seen, seen) != 0; }
};

#elif defined(__AVX2__)

// The faults of all windows so far.
struct Faults {
  Vector seen = zero();

  // Those of the bytes 1 to 64 of a window, where no character of four bytes is near unless asked.
  template <bool four_bytes>
  void look_at(const Window &window) {
    const Vector low = _mm256_set1_epi8(0x0F);
    for (int k = 0; k < vectors_a_block; ++k) {
      const Vector first = window.at(0).v[k], second = window.at(1).v[k];
      const Vector a = _mm256_shuffle_epi8(load(first_upper.faults),
                                           _mm256_and_si256(_mm256_srli_epi16(first, 4), low));
      const Vector b = _mm256_shuffle_epi8(load(first_lower.faults), _mm256_and_si256(first, low));
      const Vector c = _mm256_shuffle_epi8(load(second_upper.faults),
                                           _mm256_and_si256(_mm256_srli_epi16(second, 4), low));
      // The upper bit is set where the byte two before is at least E0, or the one three before F0.
      const Vector third = _mm256_subs_epu8(window.at(-1).v[k], _mm256_set1_epi8(0x60));
      Vector fourth = zero();
      if (four_bytes) fourth = _mm256_subs_epu8(window.at(-2).v[k], _mm256_set1_epi8(0x70));
      const Vector expected = _mm256_and_si256(_mm256_or_si256(third, fourth),
                                               _mm256_set1_epi8(static_cast<char>(0x80)));
      const Vector found = _mm256_and_si256(_mm256_and_si256(a, b), c);
      seen = _mm256_or_si256(seen, _mm256_xor_si256(found, expected));
    }
  }
  bool any() const { return !_mm256_testz_si256(seen, seen); }
};

#else

// Without a look-up of bytes: the same conditions on masks.
struct Faults {
  uint64_t seen = 0;

  // Those of the bytes 1 to 64 of a window.
  template <bool four_bytes>
  void look_at(const Window &window) {
    const Block &first = window.at(0), &second = window.at(1);
    const uint64_t lead = at_least(first, 0xC0);
    uint64_t expected = lead | at_least(window.at(-1), 0xE0);
    if (four_bytes) expected |= at_least(window.at(-2), 0xF0);
    const uint64_t next_a0 = at_least(second, 0xA0), next_90 = at_least(second, 0x90);
    seen |= (expected ^ ~starts(second)) | (lead & ~at_least(first, 0xC2)) |
            (only(first, 0xE0) & ~next_a0) | (only(first, 0xED) & next_a0);
    if (four_bytes)
      seen |= at_least(first, 0xF5) | (only(first, 0xF0) & ~next_90) |
              (only(first, 0xF4) & next_90);
  }
  bool any() const { return seen != 0; }

  static uint64_t only(const Block &bytes, uint8_t value) {
    Block same;
    for (int k = 0; k < vectors_a_block; ++k) same.v[k] = _mm_set1_epi8(static_cast<char>(value));
    return equal(bytes, same);
  }
};

#endif
#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
