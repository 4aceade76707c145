// Lookups of the halves of bytes in tables, and comparing what is left of needles.
#pragma once
#include "blocks.simd.hpp"
#include "many_kernels.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__AVX2__)

constexpr int64_t width = sizeof(Vector);

#if defined(__AVX512BW__)

inline Vector table_of(const uint8_t *q) {
  // Masked: GCC 12 warns of the other (bug 105593).
  return _mm512_maskz_broadcast_i32x4(0xFFFF,
                                      _mm_loadu_si128(reinterpret_cast<const __m128i *>(q)));
}
inline Vector look_up(Vector table, Vector index) { return _mm512_shuffle_epi8(table, index); }
inline Vector conjunction(Vector a, Vector b) { return _mm512_and_si512(a, b); }
inline Vector conjunction(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0x80);
}
inline Vector disjunction(Vector a, Vector b) { return _mm512_or_si512(a, b); }
inline Vector upper_half(Vector a) { return _mm512_and_si512(_mm512_srli_epi16(a, 4), all(0x0F)); }
inline Vector parity(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}
inline Vector majority(Vector a, Vector b, Vector c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0xE8);
}
inline uint64_t filled(Vector a) { return _mm512_test_epi8_mask(a, a); }
inline Vector tally_bit(Vector counters, Vector a, Vector bit) {
  return _mm512_mask_sub_epi8(counters, _mm512_test_epi8_mask(a, bit), counters,
                              _mm512_set1_epi32(-1));
}
inline void store(uint8_t *q, Vector a) { _mm512_storeu_si512(q, a); }

#else

inline Vector table_of(const uint8_t *q) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i *>(q)));
}
inline Vector look_up(Vector table, Vector index) { return _mm256_shuffle_epi8(table, index); }
inline Vector conjunction(Vector a, Vector b) { return both(a, b); }
inline Vector conjunction(Vector a, Vector b, Vector c) { return both(both(a, b), c); }
inline Vector disjunction(Vector a, Vector b) { return either(a, b); }
inline Vector upper_half(Vector a) { return both(_mm256_srli_epi16(a, 4), all(0x0F)); }
inline Vector parity(Vector a, Vector b, Vector c) {
  return _mm256_xor_si256(_mm256_xor_si256(a, b), c);
}
inline Vector majority(Vector a, Vector b, Vector c) {
  return either(both(a, b), both(c, _mm256_xor_si256(a, b)));
}
inline uint64_t filled(Vector a) { return ~upper_bits(_mm256_cmpeq_epi8(a, zero())) & 0xFFFFFFFF; }
inline Vector tally_bit(Vector counters, Vector a, Vector bit) {
  return _mm256_sub_epi8(counters, _mm256_cmpeq_epi8(both(a, bit), bit));
}
inline void store(uint8_t *q, Vector a) { _mm256_storeu_si256(reinterpret_cast<__m256i *>(q), a); }

#endif

inline bool word_agrees(const uint8_t *q, const uint8_t *bytes, const uint8_t *fold) {
  uint64_t text, needle, bits;
  __builtin_memcpy(&text, q, sizeof text);
  __builtin_memcpy(&needle, bytes, sizeof text);
  __builtin_memcpy(&bits, fold, sizeof text);
  return (text | bits) == needle;
}

// All of a needle longer than the tested bytes, which are eight.
inline bool agrees(const uint8_t *q, const uint8_t *bytes, const uint8_t *fold, int64_t length) {
  for (int64_t i = 8; i + 8 < length; i += 8)
    if (!word_agrees(q + i, bytes + i, fold + i)) return false;
  return word_agrees(q + length - 8, bytes + length - 8, fold + length - 8);
}

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
