// 64 bytes at a time: comparisons as masks, bit j for byte j, and the validation of UTF-8.
#pragma once
#include <cstdint>

#include "lanes.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

constexpr int vectors_a_block = 64 / static_cast<int>(sizeof(Vector));

struct Block {
  Vector v[vectors_a_block];
};

inline Block load_block(const uint8_t *q) {
  Block block;
  for (int k = 0; k < vectors_a_block; ++k)
    block.v[k] = load(q + k * static_cast<int64_t>(sizeof(Vector)));
  return block;
}

// The same bytes loaded from 0 to 4 bytes further on.
struct Window {
  Block at[5];
};

inline Window load_window(const uint8_t *q) {
  return {{load_block(q), load_block(q + 1), load_block(q + 2), load_block(q + 3),
           load_block(q + 4)}};
}

#endif

#if defined(__AVX512BW__)

inline uint64_t equal(const Block &a, const Block &b) {
  return _mm512_cmpeq_epi8_mask(a.v[0], b.v[0]);
}
inline uint64_t at_least(const Block &a, uint8_t limit) {
  return _mm512_cmpge_epu8_mask(a.v[0], _mm512_set1_epi8(static_cast<char>(limit)));
}
inline uint64_t high_bits(const Block &a) { return _mm512_movepi8_mask(a.v[0]); }

inline bool all_ascii(const uint8_t *q, int64_t bytes) {
  Vector any = load(q + bytes - 64);
  for (int64_t i = 0; i + 64 <= bytes; i += 64) any = _mm512_or_si512(any, load(q + i));
  return _mm512_movepi8_mask(any) == 0;
}

#elif defined(__AVX2__)

inline uint64_t bits(Vector low, Vector high) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
         static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(high))) << 32;
}
inline uint64_t equal(const Block &a, const Block &b) {
  return bits(_mm256_cmpeq_epi8(a.v[0], b.v[0]), _mm256_cmpeq_epi8(a.v[1], b.v[1]));
}
inline uint64_t at_least(const Block &a, uint8_t limit) {
  const Vector least = _mm256_set1_epi8(static_cast<char>(limit));
  const auto reached = [&](Vector x) { return _mm256_cmpeq_epi8(_mm256_max_epu8(x, least), x); };
  return bits(reached(a.v[0]), reached(a.v[1]));
}
inline uint64_t high_bits(const Block &a) { return bits(a.v[0], a.v[1]); }

inline bool all_ascii(const uint8_t *q, int64_t bytes) {
  Vector any = load(q + bytes - 32);
  for (int64_t i = 0; i + 32 <= bytes; i += 32) any = _mm256_or_si256(any, load(q + i));
  return _mm256_movemask_epi8(any) == 0;
}

#elif defined(__SSE2__)

inline uint64_t bits(const Block &a) {
  uint64_t mask = 0;
  for (int k = 0; k < 4; ++k)
    mask |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(a.v[k]))) << (16 * k);
  return mask;
}
inline uint64_t equal(const Block &a, const Block &b) {
  Block same;
  for (int k = 0; k < 4; ++k) same.v[k] = _mm_cmpeq_epi8(a.v[k], b.v[k]);
  return bits(same);
}
inline uint64_t at_least(const Block &a, uint8_t limit) {
  const Vector least = _mm_set1_epi8(static_cast<char>(limit));
  Block reached;
  for (int k = 0; k < 4; ++k)
    reached.v[k] = _mm_cmpeq_epi8(_mm_max_epu8(a.v[k], least), a.v[k]);
  return bits(reached);
}
inline uint64_t high_bits(const Block &a) { return bits(a); }

inline bool all_ascii(const uint8_t *q, int64_t bytes) {
  Vector any = load(q + bytes - 16);
  for (int64_t i = 0; i + 16 <= bytes; i += 16) any = _mm_or_si128(any, load(q + i));
  return _mm_movemask_epi8(any) == 0;
}

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
