// The blocks of a text of UTF-8: how far they reach, and those at the text's
// ends.
#pragma once
#include <cstdint>

#include "blocks.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

constexpr int64_t block_bytes = 64;
// What a window reads after its start.
constexpr int64_t window_reach = block_bytes + 4;
constexpr int64_t group_bytes = 4 * block_bytes;
// What a group reads after its start.
constexpr int64_t group_reach = group_bytes + 4;
// How far a fault may lie behind before it is looked for: text that is read
// again is still in cache. wc counts in a byte of a lane, one a block: at most 255 blocks.
constexpr int64_t stage_bytes = 8192;

// The block at text[i], which may begin before text[4] or end after the text:
// as if zeros were there. Zeros end a truncated character and are no
// continuation.
#if defined(__AVX512BW__)

inline Window padded_window(const uint8_t *text, int64_t i, int64_t length) {
  const auto masked = [&](int64_t k) {
    const int64_t left = length - i - k;
    return load_first<uint8_t>(text + i + k, static_cast<uint64_t>(left < 64 ? left : 64));
  };
  const Vector here = masked(0), none = zero();
  Window window;
  window.views[4].v[0] = here;
  if (i == 0) {
    // The 16 bytes before each 16 of the block, and for what is after it the 16
    // bytes after.
    const Vector before = _mm512_maskz_alignr_epi64(0xFF, here, none, 6);
    window.views[0].v[0] = _mm512_alignr_epi8(here, before, 12);
    window.views[1].v[0] = _mm512_alignr_epi8(here, before, 13);
    window.views[2].v[0] = _mm512_alignr_epi8(here, before, 14);
    window.views[3].v[0] = _mm512_alignr_epi8(here, before, 15);
  } else {
    for (int k = -4; k < 0; ++k) window.views[k + 4].v[0] = masked(k);
  }
  if (length - i <= block_bytes) {
    const Vector after = _mm512_maskz_alignr_epi64(0xFF, none, here, 2);
    window.views[5].v[0] = _mm512_alignr_epi8(after, here, 1);
    window.views[6].v[0] = _mm512_alignr_epi8(after, here, 2);
    window.views[7].v[0] = _mm512_alignr_epi8(after, here, 3);
    window.views[8].v[0] = _mm512_alignr_epi8(after, here, 4);
  } else {
    for (int k = 1; k <= 4; ++k) window.views[k + 4].v[0] = length - i > k ? masked(k) : none;
  }
  return window;
}

#else

inline Window padded_window(const uint8_t *text, int64_t i, int64_t length) {
  uint8_t padded[4 + window_reach] = {};
  const int64_t begin = i < 4 ? 0 : i - 4;
  const int64_t end = i + window_reach < length ? i + window_reach : length;
  __builtin_memcpy(padded + 4 + (begin - i), text + begin, static_cast<size_t>(end - begin));
  return load_views<-4, 4>(padded + 4);
}

#endif

// The greatest bytes of a group.
inline Block greatest_of(const uint8_t *q) {
  return maximum(maximum(load_block(q), load_block(q + 64)),
                 maximum(load_block(q + 128), load_block(q + 192)));
}

// Whether a group that follows others with characters of up to `longest` bytes
// is like these: not ASCII, as far as can be seen cheaply, and without longer ones.
template <int longest>
inline bool alike(const uint8_t *q) {
  if constexpr (longest == 4) return any(reach(load_block(q), 0x80));
  const Block greatest = greatest_of(q);
  if (longest == 3 && any(reach(greatest, 0xF0))) return false;
  if (longest == 2 && any(reach(greatest, 0xE0))) return false;
  return any(reach(greatest, 0x80));
}

// The most bytes of the characters that begin right before q, as far as windows
// look back. C0 and C1 count as 3: where characters are of two bytes at most,
// faults are seen by other means.
inline int longest_before(const uint8_t *q) {
  int longest = 2;
  for (int k = -4; k < 0; ++k) {
    const int here = q[k] >= 0xF0 ? 4 : q[k] >= 0xE0 || (q[k] & 0xFE) == 0xC0 ? 3 : 2;
    longest = here > longest ? here : longest;
  }
  return longest;
}

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
