// White space in blocks of 64 bytes, as masks.
#pragma once
#include <cstdint>

#include "blocks.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

#if defined(__AVX2__)
// By the lower nibble, for every 16 bytes: the space that has it, or a byte that does not.
struct SpaceTable {
  uint8_t space[sizeof(Vector)];
};
constexpr SpaceTable spaces_by_nibble = [] {
  SpaceTable table{};
  for (unsigned i = 0; i < sizeof table.space; ++i) {
    const unsigned nibble = i % 16;
    table.space[i] = nibble == 0 ? 0x20 : nibble >= 9 && nibble <= 13 ? nibble : 0;
  }
  return table;
}();
#endif

// Space and U+0009 to U+000D, with separators U+001C to U+001F too.
#if defined(__AVX512BW__)
template <bool separators>
inline uint64_t ascii_spaces(const Block &block) {
  const Vector a = block.v[0];
  if constexpr (separators) {
    const Vector least =
        _mm512_min_epu8(_mm512_sub_epi8(a, all(0x09)), _mm512_sub_epi8(a, all(0x1C)));
    return _mm512_cmple_epu8_mask(least, all(4));
  }
  return _mm512_cmpeq_epi8_mask(a, _mm512_shuffle_epi8(load(spaces_by_nibble.space), a));
}
#elif defined(__AVX2__)
template <bool separators>
inline uint64_t ascii_spaces(const Block &block) {
  return mask_of(each_vector([&](int k) {
    const Vector a = block.v[k];
    if constexpr (separators) {
      const Vector least =
          _mm256_min_epu8(_mm256_sub_epi8(a, all(0x09)), _mm256_sub_epi8(a, all(0x1C)));
      return _mm256_cmpeq_epi8(least, _mm256_min_epu8(least, all(4)));
    }
    return _mm256_cmpeq_epi8(a, _mm256_shuffle_epi8(load(spaces_by_nibble.space), a));
  }));
}
#else
template <bool separators>
inline uint64_t ascii_spaces(const Block &block) {
  return mask_of(each_vector([&](int k) {
    const Vector a = block.v[k];
    const Vector control = _mm_sub_epi8(a, all(0x09));
    if constexpr (separators) {
      const Vector least = _mm_min_epu8(control, _mm_sub_epi8(a, all(0x1C)));
      return _mm_cmpeq_epi8(least, _mm_min_epu8(least, all(4)));
    }
    return either(_mm_cmpeq_epi8(control, _mm_min_epu8(control, all(4))),
                  _mm_cmpeq_epi8(a, all(0x20)));
  }));
}
#endif

#if defined(__AVX512BW__)
inline Vector least(Vector a, Vector b) { return _mm512_min_epu8(a, b); }
// (a ^ c) | (b ^ c)
inline Vector either_differs(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0x7E);
}
inline bool any_at_most(Vector a, uint8_t limit) {
  return _mm512_cmple_epu8_mask(a, all(limit)) != 0;
}
#else
#if defined(__AVX2__)
inline Vector least(Vector a, Vector b) { return _mm256_min_epu8(a, b); }
inline Vector differing(Vector a, Vector b) { return _mm256_xor_si256(a, b); }
#else
inline Vector least(Vector a, Vector b) { return _mm_min_epu8(a, b); }
inline Vector differing(Vector a, Vector b) { return _mm_xor_si128(a, b); }
#endif
inline Vector either_differs(Vector a, Vector b, Vector c) {
  return either(differing(a, c), differing(b, c));
}
inline bool any_at_most(Vector a, uint8_t limit) {
  return upper_bits(equal_lanes<uint8_t>(least(a, all(limit)), a)) != 0;
}
#endif

// Whether some blocks, in which no character is longer than `longest` bytes, can have white space
// beyond ASCII: C2, E1 or E2 lead to it, or so does E3, but since text may be full of the
// neighbours of U+3000, of that the last two bytes are looked for, 80 80.
struct WideSpaces {
  bool leads, ends;

  template <int longest, int blocks>
  [[gnu::always_inline]] static WideSpaces in(const uint8_t *q) {
    Vector lead = all(0xFF), end = all(0xFF);
    for (int64_t j = 0; j < 64 * blocks; j += 64) {
      const Block b = load_block(q + j), folded = longest > 2 ? without(b, 0x20) : b;
      for (int k = 0; k < vectors_a_block; ++k) {
        lead = least(lead, minus(folded.v[k], all(0xC1)));
        if constexpr (longest > 2)
          end = least(end, either_differs(load_block(q + j - 1).v[k], b.v[k], all(0x80)));
      }
    }
    return {any_at_most(lead, 1), longest > 2 && any_at_most(end, 0)};
  }
  bool any() const { return leads | ends; }
};

inline uint64_t equal_to(const Block &block, uint8_t byte) {
  return equal_bytes(block, all_of(byte));
}

#if defined(__AVX512BW__)

// By the lower nibble of a byte, for every 16 bytes: the white space that the byte may be part of.
struct WideTables {
  // The last bytes A8, A9, AF after E2 80, and 85, A0 after C2: their low seven bits, FF elsewhere.
  uint8_t after_2080[64], after_c2[64];
  // U+1680, U+205F, U+3000, whose leads are E1, E2, E3.
  uint8_t first[64], second[64], third[64];
};
constexpr WideTables wide_spaces = [] {
  WideTables t{};
  for (unsigned i = 0; i < 64; ++i) t.after_2080[i] = t.after_c2[i] = 0xFF;
  for (unsigned i = 0; i < 64; i += 16) {
    t.after_2080[i + 8] = 0x28, t.after_2080[i + 9] = 0x29, t.after_2080[i + 15] = 0x2F;
    t.after_c2[i + 5] = 0x05, t.after_c2[i] = 0x20;
    t.first[i + 1] = 0xE1, t.second[i + 1] = 0x9A, t.third[i + 1] = 0x80;
    t.first[i + 2] = 0xE2, t.second[i + 2] = 0x81, t.third[i + 2] = 0x9F;
    t.first[i + 3] = 0xE3, t.second[i + 3] = 0x80, t.third[i + 3] = 0x80;
    for (unsigned k : {0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}) t.first[i + k] = 0xFF - k;
  }
  return t;
}();

// Where three views of a text, each a byte after the one before, show a white space of three bytes:
// U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000. None of the leads that the
// other nibbles have in the table has that nibble, so they match nothing.
inline uint64_t spaces_of_three(const Block &a, const Block &b, const Block &c) {
  const Vector lead = a.v[0], second = b.v[0], third = c.v[0];
  const Vector low = _mm512_xor_si512(third, all(0x80));
  __mmask64 general_punctuation = _mm512_cmpeq_epi8_mask(lead, all(0xE2));
  general_punctuation = _mm512_mask_cmpeq_epi8_mask(general_punctuation, second, all(0x80));
  const __mmask64 spaces = _mm512_mask_cmple_epu8_mask(general_punctuation, low, all(0x0A));
  const __mmask64 others = _mm512_mask_cmpeq_epi8_mask(
      general_punctuation, low, _mm512_shuffle_epi8(load(wide_spaces.after_2080), low));
  const Vector nibble = _mm512_and_si512(lead, all(0x0F));
  Vector not_single = _mm512_xor_si512(lead, _mm512_shuffle_epi8(load(wide_spaces.first), nibble));
  not_single = _mm512_ternarylogic_epi64(
      not_single, second, _mm512_shuffle_epi8(load(wide_spaces.second), nibble), 0xF6);
  not_single = _mm512_ternarylogic_epi64(
      not_single, third, _mm512_shuffle_epi8(load(wide_spaces.third), nibble), 0xF6);
  return spaces | others | _mm512_testn_epi8_mask(not_single, not_single);
}

// The same of two bytes: U+0085, U+00A0.
inline uint64_t spaces_of_two(const Block &a, const Block &b) {
  const Vector low = _mm512_xor_si512(b.v[0], all(0x80));
  return _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(a.v[0], all(0xC2)), low,
                                     _mm512_shuffle_epi8(load(wide_spaces.after_c2), low));
}

#else

// Where three views of a text, each a byte after the one before, show a white space of three bytes:
// U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F, U+3000.
inline uint64_t spaces_of_three(const Block &a, const Block &b, const Block &c) {
  const uint64_t e2 = equal_to(a, 0xE2), b80 = equal_to(b, 0x80), c80 = equal_to(c, 0x80);
  const uint64_t general_punctuation = mask_of(reach(c, 0x80)) & ~mask_of(reach(c, 0x8B));
  const uint64_t c_of_20 =
      general_punctuation | equal_to(c, 0xA8) | equal_to(c, 0xA9) | equal_to(c, 0xAF);
  return (e2 & b80 & c_of_20) | (e2 & equal_to(b, 0x81) & equal_to(c, 0x9F)) |
         (equal_to(a, 0xE3) & b80 & c80) | (equal_to(a, 0xE1) & equal_to(b, 0x9A) & c80);
}

// The same of two bytes: U+0085, U+00A0.
inline uint64_t spaces_of_two(const Block &a, const Block &b) {
  return equal_to(a, 0xC2) & (equal_to(b, 0x85) | equal_to(b, 0xA0));
}

#endif

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
