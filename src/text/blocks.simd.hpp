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

// 64 bytes and the same seen from up to 3 bytes before and 4 after. Only texts with characters of four
// bytes ask for the outermost two.
struct Window {
  Block views[8];

  const Block &at(int k) const { return views[k + 3]; }
};

template <bool four_bytes>
inline Window load_window(const uint8_t *q) {
  Window window;
#if defined(__AVX512BW__) && VAR
  if constexpr (four_bytes) {
    const Vector a=load(q-3), b=load(q+13);
    window.views[0].v[0]=a;
    window.views[1].v[0]=_mm512_alignr_epi8(b,a,1);
    window.views[2].v[0]=_mm512_alignr_epi8(b,a,2);
    window.views[3].v[0]=VAR==2?_mm512_alignr_epi8(b,a,3):load(q);
    window.views[4].v[0]=_mm512_alignr_epi8(b,a,4);
    window.views[5].v[0]=VAR==2?_mm512_alignr_epi8(b,a,5):load(q+2);
    window.views[6].v[0]=VAR==2?_mm512_alignr_epi8(b,a,6):_mm512_alignr_epi8(b,a,6);
    window.views[7].v[0]=_mm512_alignr_epi8(b,a,7);
  } else {
    const Vector a=load(q-2), b=load(q+14);
    window.views[1].v[0]=a;
    window.views[2].v[0]=_mm512_alignr_epi8(b,a,1);
    window.views[3].v[0]=VAR==2?_mm512_alignr_epi8(b,a,2):load(q);
    window.views[4].v[0]=VAR==2?_mm512_alignr_epi8(b,a,3):VAR==1?load(q+1):_mm512_alignr_epi8(b,a,3);
    window.views[5].v[0]=_mm512_alignr_epi8(b,a,4);
    window.views[6].v[0]=_mm512_alignr_epi8(b,a,5);
  }
  return window;
#endif
  for (int k = four_bytes ? -3 : -2; k <= (four_bytes ? 4 : 3); ++k)
    window.views[k + 3] = load_block(q + k);
  return window;
}

#endif

// Keeps a mask in a general register: moving one costs two cycles on Zen 4, and compilers move the
// mask and each combination of it apart.
inline uint64_t general(uint64_t mask) {
  asm("" : "+r"(mask));
  return mask;
}

#if defined(__AVX512BW__)

inline uint64_t equal(const Block &a, const Block &b) {
  return _mm512_cmpeq_epi8_mask(a.v[0], b.v[0]);
}
inline uint64_t starts(const Block &a) {
  return _mm512_cmpgt_epi8_mask(a.v[0], _mm512_set1_epi8(static_cast<char>(0xBF)));
}
inline Block maximum(const Block &a, const Block &b) { return {_mm512_max_epu8(a.v[0], b.v[0])}; }
inline bool any_at_least(const Block &a, uint8_t limit) {
  return _mm512_cmpge_epu8_mask(a.v[0], _mm512_set1_epi8(static_cast<char>(limit))) != 0;
}
inline Block choose(const Block &a, uint8_t limit, const Block &yes, const Block &no) {
  const auto reached =
      _mm512_cmpge_epu8_mask(a.v[0], _mm512_set1_epi8(static_cast<char>(limit)));
  return {_mm512_mask_blend_epi8(reached, no.v[0], yes.v[0])};
}

#elif defined(__AVX2__)

inline uint64_t bits(Vector low, Vector high) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
         static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(high))) << 32;
}
inline uint64_t equal(const Block &a, const Block &b) {
  return bits(_mm256_cmpeq_epi8(a.v[0], b.v[0]), _mm256_cmpeq_epi8(a.v[1], b.v[1]));
}
inline uint64_t starts(const Block &a) {
  const Vector last = _mm256_set1_epi8(static_cast<char>(0xBF));
  return bits(_mm256_cmpgt_epi8(a.v[0], last), _mm256_cmpgt_epi8(a.v[1], last));
}
inline Block maximum(const Block &a, const Block &b) {
  return {_mm256_max_epu8(a.v[0], b.v[0]), _mm256_max_epu8(a.v[1], b.v[1])};
}
// The upper bit is left where a byte is at least 0x80 + x and x is taken off; limit >= 0x80.
inline Vector reaching(Vector a, uint8_t limit) {
  return _mm256_subs_epu8(a, _mm256_set1_epi8(static_cast<char>(limit - 0x80)));
}
inline bool any_at_least(const Block &a, uint8_t limit) {
  return _mm256_movemask_epi8(reaching(_mm256_max_epu8(a.v[0], a.v[1]), limit)) != 0;
}
inline Block choose(const Block &a, uint8_t limit, const Block &yes, const Block &no) {
  return {_mm256_blendv_epi8(no.v[0], yes.v[0], reaching(a.v[0], limit)),
          _mm256_blendv_epi8(no.v[1], yes.v[1], reaching(a.v[1], limit))};
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
inline uint64_t starts(const Block &a) {
  Block start;
  for (int k = 0; k < 4; ++k)
    start.v[k] = _mm_cmpgt_epi8(a.v[k], _mm_set1_epi8(static_cast<char>(0xBF)));
  return bits(start);
}
inline Block maximum(const Block &a, const Block &b) {
  Block greater;
  for (int k = 0; k < 4; ++k) greater.v[k] = _mm_max_epu8(a.v[k], b.v[k]);
  return greater;
}
inline bool any_at_least(const Block &a, uint8_t limit) { return at_least(a, limit) != 0; }
inline Block choose(const Block &a, uint8_t limit, const Block &yes, const Block &no) {
  const Vector least = _mm_set1_epi8(static_cast<char>(limit));
  Block chosen;
  for (int k = 0; k < 4; ++k) {
    const Vector reached = _mm_cmpeq_epi8(_mm_max_epu8(a.v[k], least), a.v[k]);
    chosen.v[k] =
        _mm_or_si128(_mm_and_si128(reached, yes.v[k]), _mm_andnot_si128(reached, no.v[k]));
  }
  return chosen;
}

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
