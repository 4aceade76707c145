// 64 bytes at a time: comparisons as masks (bit j for byte j), choices, and
// shifted views of a text.
#pragma once
#include <cstdint>
#include <utility>

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

// Keeps a mask in a general register: moving one there takes two cycles on Zen
// 4, and compilers would move the mask and what is computed from it apart.
inline uint64_t general(uint64_t mask) {
  asm("" : "+r"(mask));
  return mask;
}

// f(k) for each vector of a block.
template <class F>
inline Block each_vector(F &&f) {
  Block block;
  for (int k = 0; k < vectors_a_block; ++k) block.v[k] = f(k);
  return block;
}

// In a register, here and now: compilers would load again for each use, though loads are the limit,
// and put off work for several blocks until they run out of registers.
inline Vector held(Vector a) {
#if defined(__AVX512BW__)
  asm("" : "+v"(a));
#else
  asm("" : "+x"(a));
#endif
  return a;
}
inline Block held(const Block &a) {
  return each_vector([&](int k) { return held(a.v[k]); });
}

#endif

#if defined(__AVX512BW__)

inline Vector all(uint8_t byte) { return _mm512_set1_epi8(static_cast<char>(byte)); }

// Which bytes are at least some limit: a mask, to choose by and to compute
// with.
struct Reach {
  __mmask64 mask;
};

inline Reach reach(const Block &a, uint8_t limit) {
  return {_mm512_cmpge_epu8_mask(a.v[0], all(limit))};
}
inline uint64_t mask_of(Reach reach) { return general(reach.mask); }
inline bool any(Reach reach) { return reach.mask != 0; }
inline Block choose(Reach reach, const Block &yes, const Block &no) {
  return {{_mm512_mask_blend_epi8(reach.mask, no.v[0], yes.v[0])}};
}

inline uint64_t equal_bytes(const Block &a, const Block &b) {
  return _mm512_cmpeq_epi8_mask(a.v[0], b.v[0]);
}
inline uint64_t equal_but_case(const Block &a, const Block &b, Vector case_bit) {
  return same_ignoring_case<uint8_t>(a.v[0], b.v[0], case_bit);
}
// The bytes that are no continuations.
inline uint64_t starts(const Block &a) { return _mm512_cmpgt_epi8_mask(a.v[0], all(0xBF)); }
inline Reach continuations(const Block &a) { return {_mm512_cmplt_epi8_mask(a.v[0], all(0xC0))}; }
inline Vector maximum(Vector a, Vector b) { return _mm512_max_epu8(a, b); }
inline Block maximum(const Block &a, const Block &b) { return {{maximum(a.v[0], b.v[0])}}; }
inline Vector minus(Vector a, Vector b) { return _mm512_sub_epi8(a, b); }
inline Block without(const Block &a, uint8_t bits) {
  return {{_mm512_and_si512(a.v[0], all(static_cast<uint8_t>(~bits)))}};
}

// Whether any two bytes that were compared have been equal.
struct AnyEqual {
  __mmask64 never = ~__mmask64{0};

  void compare(const Block &a, const Block &b) {
    never = _mm512_mask_cmpneq_epi8_mask(never, a.v[0], b.v[0]);
  }
  bool seen() const { return never != ~__mmask64{0}; }
};

#elif defined(__SSE2__)

#if defined(__AVX2__)

inline Vector all(uint8_t byte) { return _mm256_set1_epi8(static_cast<char>(byte)); }
inline uint32_t upper_bits(Vector a) { return static_cast<uint32_t>(_mm256_movemask_epi8(a)); }
inline Vector greater(Vector a, Vector b) { return _mm256_cmpgt_epi8(a, b); }
inline Vector maximum(Vector a, Vector b) { return _mm256_max_epu8(a, b); }
inline Vector minus(Vector a, Vector b) { return _mm256_sub_epi8(a, b); }
inline Vector both(Vector a, Vector b) { return _mm256_and_si256(a, b); }
inline Vector either(Vector a, Vector b) { return _mm256_or_si256(a, b); }
// The upper bit is left where a byte is at least the limit; limit >= 0x80.
inline Vector reach(Vector a, uint8_t limit) {
  return _mm256_subs_epu8(a, all(static_cast<uint8_t>(limit - 0x80)));
}
inline Vector choose(Vector reached, Vector yes, Vector no) {
  return _mm256_blendv_epi8(no, yes, reached);
}

#else

inline Vector all(uint8_t byte) { return _mm_set1_epi8(static_cast<char>(byte)); }
inline uint32_t upper_bits(Vector a) { return static_cast<uint32_t>(_mm_movemask_epi8(a)); }
inline Vector greater(Vector a, Vector b) { return _mm_cmpgt_epi8(a, b); }
inline Vector maximum(Vector a, Vector b) { return _mm_max_epu8(a, b); }
inline Vector minus(Vector a, Vector b) { return _mm_sub_epi8(a, b); }
inline Vector both(Vector a, Vector b) { return _mm_and_si128(a, b); }
inline Vector either(Vector a, Vector b) { return _mm_or_si128(a, b); }
inline Vector reach(Vector a, uint8_t limit) {
  return _mm_cmpeq_epi8(_mm_max_epu8(a, all(limit)), a);
}
inline Vector choose(Vector reached, Vector yes, Vector no) {
  return _mm_or_si128(_mm_and_si128(reached, yes), _mm_andnot_si128(reached, no));
}

#endif

inline uint64_t mask_of(const Block &a) {
  uint64_t mask = 0;
  for (int k = 0; k < vectors_a_block; ++k)
    mask |= static_cast<uint64_t>(upper_bits(a.v[k])) << (k * sizeof(Vector));
  return mask;
}

// Which bytes are at least some limit: the upper bits of a block.
struct Reach {
  Block bytes;
};

inline Reach reach(const Block &a, uint8_t limit) {
  return {each_vector([&](int k) { return reach(a.v[k], limit); })};
}
inline uint64_t mask_of(const Reach &reach) { return mask_of(reach.bytes); }
inline bool any(const Reach &reach) { return mask_of(reach.bytes) != 0; }
inline Block choose(const Reach &reach, const Block &yes, const Block &no) {
  return each_vector([&](int k) { return choose(reach.bytes.v[k], yes.v[k], no.v[k]); });
}

inline uint64_t equal_bytes(const Block &a, const Block &b) {
  return mask_of(each_vector([&](int k) { return equal_lanes<uint8_t>(a.v[k], b.v[k]); }));
}
inline uint64_t equal_but_case(const Block &a, const Block &b, Vector case_bit) {
  return mask_of(
      each_vector([&](int k) { return same_ignoring_case<uint8_t>(a.v[k], b.v[k], case_bit); }));
}
// The bytes that are no continuations.
inline uint64_t starts(const Block &a) {
  return mask_of(each_vector([&](int k) { return greater(a.v[k], all(0xBF)); }));
}
inline Block maximum(const Block &a, const Block &b) {
  return each_vector([&](int k) { return maximum(a.v[k], b.v[k]); });
}
inline Block without(const Block &a, uint8_t bits) {
  return each_vector([&](int k) { return both(a.v[k], all(static_cast<uint8_t>(~bits))); });
}

// Whether any two bytes that were compared have been equal.
struct AnyEqual {
  Vector found = zero();

  void compare(const Block &a, const Block &b) {
    for (int k = 0; k < vectors_a_block; ++k)
      found = either(found, equal_lanes<uint8_t>(a.v[k], b.v[k]));
  }
  bool seen() const { return upper_bits(found) != 0; }
};

#endif

#if defined(__SSE2__)

inline Block all_of(uint8_t byte) {
  return each_vector([&](int) { return all(byte); });
}

// 64 bytes and the same seen from up to 4 bytes before and 4 after.
struct Window {
  Block views[9];

  const Block &at(int k) const { return views[k + 4]; }
};

// The views from `first` to `last`.
template <int first, int last>
inline Window load_views(const uint8_t *q) {
  Window window;
  for (int k = first; k <= last; ++k) window.views[k + 4] = load_block(q + k);
#if defined(__AVX512BW__)
  for (int k = first; k <= 0; ++k) window.views[k + 4] = held(window.views[k + 4]);
#endif
  return window;
}

// Where no character is longer than `longest` bytes, from longest - 1 before to
// longest after.
template <int longest>
inline Window load_window(const uint8_t *q) {
  return load_views<1 - longest, longest>(q);
}

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
