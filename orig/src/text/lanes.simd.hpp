// A vector of this level: which units of it equal their successors, as a mask or added to counters.
// U is the unit, uint8_t, uint16_t or uint32_t; addresses may have any alignment.
#pragma once
#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__AVX512BW__)

using Vector = __m512i;

inline Vector load(const uint8_t *q) { return _mm512_loadu_si512(q); }

template <class U>
inline uint64_t equal(Vector a, Vector b) {
  if constexpr (sizeof(U) == 1) return _mm512_cmpeq_epi8_mask(a, b);
  if constexpr (sizeof(U) == 2) return _mm512_cmpeq_epi16_mask(a, b);
  return _mm512_cmpeq_epi32_mask(a, b);
}

// The first `units` units, the others zero and not read.
template <class U>
inline Vector load_first(const uint8_t *q, uint64_t units) {
  const auto lanes = _bzhi_u64(~uint64_t{0}, static_cast<unsigned>(units));
  if constexpr (sizeof(U) == 1) return _mm512_maskz_loadu_epi8(lanes, q);
  if constexpr (sizeof(U) == 2) return _mm512_maskz_loadu_epi16(static_cast<__mmask32>(lanes), q);
  return _mm512_maskz_loadu_epi32(static_cast<__mmask16>(lanes), q);
}

// Which units, as masks: compared, one without the other, and added to counters.
using Hits = uint64_t;

template <class U>
inline Hits same(Vector a, Vector b) {
  return equal<U>(a, b);
}

template <class U>
inline Vector each_unit(int64_t unit) {
  if constexpr (sizeof(U) == 1) return _mm512_set1_epi8(static_cast<char>(unit));
  if constexpr (sizeof(U) == 2) return _mm512_set1_epi16(static_cast<short>(unit));
  return _mm512_set1_epi32(static_cast<int>(unit));
}

// ASCII letters equal their other case: units that differ in nothing but the bit of the case, and
// are letters. With no bit, equal units only.
template <class U>
inline Hits same_ignoring_case(Vector a, Vector b, Vector case_bit = each_unit<U>(0x20)) {
  const Vector differing = _mm512_xor_si512(a, b), lower = _mm512_or_si512(a, each_unit<U>(0x20));
  const Vector first = each_unit<U>('a'), letters = each_unit<U>(26), every = each_unit<U>(-1);
  const Vector other = _mm512_xor_si512(case_bit, every);
  if constexpr (sizeof(U) == 1) {
    const auto letter = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(lower, first), letters);
    return _mm512_testn_epi8_mask(differing, _mm512_mask_blend_epi8(letter, every, other));
  } else if constexpr (sizeof(U) == 2) {
    const auto letter = _mm512_cmplt_epu16_mask(_mm512_sub_epi16(lower, first), letters);
    return _mm512_testn_epi16_mask(differing, _mm512_mask_blend_epi16(letter, every, other));
  } else {
    const auto letter = _mm512_cmplt_epu32_mask(_mm512_sub_epi32(lower, first), letters);
    return _mm512_testn_epi32_mask(differing, _mm512_mask_blend_epi32(letter, every, other));
  }
}

inline Hits without_hits(Hits a, Hits b) { return a & ~b; }
inline uint64_t bits_of(Hits hits) { return hits; }

// Counters of a unit each; 255 steps fit, since `sum` adds up bytes.
template <class U>
inline Vector tally_hits(Vector counters, Hits hit) {
  const Vector minus_one = _mm512_set1_epi32(-1);
  if constexpr (sizeof(U) == 1) return _mm512_mask_sub_epi8(counters, hit, counters, minus_one);
  if constexpr (sizeof(U) == 2)
    return _mm512_mask_sub_epi16(counters, static_cast<__mmask32>(hit), counters, minus_one);
  return _mm512_mask_sub_epi32(counters, static_cast<__mmask16>(hit), counters, minus_one);
}

inline Vector zero() { return _mm512_setzero_si512(); }
inline Vector sum_bytes(Vector counters) { return _mm512_sad_epu8(counters, zero()); }
inline Vector add64(Vector a, Vector b) { return _mm512_add_epi64(a, b); }

template <class U>
inline int64_t total(Vector sums) {
  int64_t lane[8];
  _mm512_storeu_si512(lane, sums);
  return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

#elif defined(__AVX2__)

using Vector = __m256i;

inline Vector load(const uint8_t *q) {
  return _mm256_loadu_si256(reinterpret_cast<const Vector *>(q));
}

template <class U>
inline Vector equal_lanes(Vector a, Vector b) {
  if constexpr (sizeof(U) == 1) return _mm256_cmpeq_epi8(a, b);
  if constexpr (sizeof(U) == 2) return _mm256_cmpeq_epi16(a, b);
  return _mm256_cmpeq_epi32(a, b);
}

// A bit a byte, so that every hit has sizeof(U) bits.
template <class U>
inline uint64_t equal(Vector a, Vector b) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(equal_lanes<U>(a, b)));
}

template <class U>
inline Vector each_unit(int64_t unit) {
  if constexpr (sizeof(U) == 1) return _mm256_set1_epi8(static_cast<char>(unit));
  if constexpr (sizeof(U) == 2) return _mm256_set1_epi16(static_cast<short>(unit));
  return _mm256_set1_epi32(static_cast<int>(unit));
}

// ASCII letters equal their other case: units that differ in nothing but the bit of the case, and
// are letters. With no bit, equal units only.
template <class U>
inline Vector same_ignoring_case(Vector a, Vector b, Vector case_bit = each_unit<U>(0x20)) {
  // Added to a letter in lower case it gives the least of the signed numbers and the next 25.
  constexpr int64_t to_least = -(int64_t{1} << (8 * sizeof(U) - 1)) - 'a',
                    past = to_least + 'z' + 1;
  const Vector lower = _mm256_or_si256(a, each_unit<U>(0x20));
  Vector letter;
  if constexpr (sizeof(U) == 1)
    letter = _mm256_cmpgt_epi8(each_unit<U>(past), _mm256_add_epi8(lower, each_unit<U>(to_least)));
  else if constexpr (sizeof(U) == 2)
    letter =
        _mm256_cmpgt_epi16(each_unit<U>(past), _mm256_add_epi16(lower, each_unit<U>(to_least)));
  else
    letter =
        _mm256_cmpgt_epi32(each_unit<U>(past), _mm256_add_epi32(lower, each_unit<U>(to_least)));
  const Vector ignored = _mm256_and_si256(letter, case_bit);
  return equal_lanes<U>(_mm256_andnot_si256(ignored, _mm256_xor_si256(a, b)),
                        _mm256_setzero_si256());
}

// What 16 bytes are compared in.
inline Vector widen(__m128i a) { return _mm256_castsi128_si256(a); }

using Hits = Vector;

template <class U>
inline Hits same(Vector a, Vector b) {
  return equal_lanes<U>(a, b);
}
inline Hits without_hits(Hits a, Hits b) { return _mm256_andnot_si256(b, a); }
inline uint64_t bits_of(Hits hits) { return static_cast<uint32_t>(_mm256_movemask_epi8(hits)); }

// Counters of a byte each: a hit counts in all bytes of its unit, and 255 steps fit.
template <class U>
inline Vector tally_hits(Vector counters, Hits hits) {
  return _mm256_sub_epi8(counters, hits);
}

inline Vector zero() { return _mm256_setzero_si256(); }
inline Vector sum_bytes(Vector counters) { return _mm256_sad_epu8(counters, zero()); }
inline Vector add64(Vector a, Vector b) { return _mm256_add_epi64(a, b); }

template <class U>
inline int64_t total(Vector sums) {
  const __m128i half =
      _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  const __m128i sum = _mm_add_epi64(half, _mm_unpackhi_epi64(half, half));
  return _mm_cvtsi128_si64(sum) / static_cast<int64_t>(sizeof(U));
}

#elif defined(__SSE2__)

using Vector = __m128i;

inline Vector load(const uint8_t *q) {
  return _mm_loadu_si128(reinterpret_cast<const Vector *>(q));
}

template <class U>
inline Vector equal_lanes(Vector a, Vector b) {
  if constexpr (sizeof(U) == 1) return _mm_cmpeq_epi8(a, b);
  if constexpr (sizeof(U) == 2) return _mm_cmpeq_epi16(a, b);
  return _mm_cmpeq_epi32(a, b);
}

template <class U>
inline uint64_t equal(Vector a, Vector b) {
  return static_cast<uint32_t>(_mm_movemask_epi8(equal_lanes<U>(a, b)));
}

template <class U>
inline Vector each_unit(int64_t unit) {
  if constexpr (sizeof(U) == 1) return _mm_set1_epi8(static_cast<char>(unit));
  if constexpr (sizeof(U) == 2) return _mm_set1_epi16(static_cast<short>(unit));
  return _mm_set1_epi32(static_cast<int>(unit));
}

// ASCII letters equal their other case: units that differ in nothing but the bit of the case, and
// are letters. With no bit, equal units only.
template <class U>
inline Vector same_ignoring_case(Vector a, Vector b, Vector case_bit = each_unit<U>(0x20)) {
  // Added to a letter in lower case it gives the least of the signed numbers and the next 25.
  constexpr int64_t to_least = -(int64_t{1} << (8 * sizeof(U) - 1)) - 'a',
                    past = to_least + 'z' + 1;
  const Vector lower = _mm_or_si128(a, each_unit<U>(0x20));
  Vector letter;
  if constexpr (sizeof(U) == 1)
    letter = _mm_cmpgt_epi8(each_unit<U>(past), _mm_add_epi8(lower, each_unit<U>(to_least)));
  else if constexpr (sizeof(U) == 2)
    letter = _mm_cmpgt_epi16(each_unit<U>(past), _mm_add_epi16(lower, each_unit<U>(to_least)));
  else
    letter = _mm_cmpgt_epi32(each_unit<U>(past), _mm_add_epi32(lower, each_unit<U>(to_least)));
  const Vector ignored = _mm_and_si128(letter, case_bit);
  return equal_lanes<U>(_mm_andnot_si128(ignored, _mm_xor_si128(a, b)), _mm_setzero_si128());
}

inline Vector widen(__m128i a) { return a; }

using Hits = Vector;

template <class U>
inline Hits same(Vector a, Vector b) {
  return equal_lanes<U>(a, b);
}
inline Hits without_hits(Hits a, Hits b) { return _mm_andnot_si128(b, a); }
inline uint64_t bits_of(Hits hits) { return static_cast<uint32_t>(_mm_movemask_epi8(hits)); }

template <class U>
inline Vector tally_hits(Vector counters, Hits hits) {
  return _mm_sub_epi8(counters, hits);
}

inline Vector zero() { return _mm_setzero_si128(); }
inline Vector sum_bytes(Vector counters) { return _mm_sad_epu8(counters, zero()); }
inline Vector add64(Vector a, Vector b) { return _mm_add_epi64(a, b); }

template <class U>
inline int64_t total(Vector sums) {
  const __m128i sum = _mm_add_epi64(sums, _mm_unpackhi_epi64(sums, sums));
  return _mm_cvtsi128_si64(sum) / static_cast<int64_t>(sizeof(U));
}

#endif

// Without a level that has the instruction (x86-64-v2) the compiler would call a library function.
inline int64_t ones(uint64_t x) {
#if defined(__SSE2__) && !defined(__POPCNT__)
  x -= (x >> 1) & 0x5555555555555555;
  x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333);
  x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0F;
  return static_cast<int64_t>((x * 0x0101010101010101) >> 56);
#else
  return __builtin_popcountll(x);
#endif
}

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
