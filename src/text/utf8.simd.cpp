// Problem: the pairs of neighbouring characters of UTF-8 that are equal, and whether the text is well
// formed.
// With l(j) the length of the character that byte j belongs to, f(j) = [b(j) == b(j + l(j))]: a
// character equals the next one when f holds at all its bytes, since the leads and so the lengths are
// then equal. l(j) >= k + 1 where the greatest of the bytes j - k to j is a lead of such a length, so
// f comes from one comparison with a choice among four shifted views of the text.
// In masks of 64 bytes, S where characters start: A = S & f sends a one to the byte after each lead,
// the addition A << 1 + (f & ~S) carries it through continuations where f holds, and it arrives at the
// next start when all do. The carry out of bit 63 belongs to the next 64 bytes.
// ASCII is compared as plain bytes, 256 at a time.
// Keeps nothing in memory. Reads every byte once from memory, six to eight times from the first-level
// cache.
#include "utf8.simd.hpp"

#include "units.simd.hpp"
#include "utf8_decode.simd.hpp"
#include "utf8_faults.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

constexpr int64_t block_bytes = 64;
// What a window reads before its block, and after the block's start.
constexpr int64_t window_back = 3;
constexpr int64_t window_reach = block_bytes + 4;
constexpr int64_t group_bytes = 4 * block_bytes;
// How far a fault may lie behind before it is looked for: text that is read again is still in cache.
constexpr int64_t stage_bytes = 8192;

struct Scan {
  int64_t count = 0;
  // 1 when the character that ends with the last block, or goes on past it, is so far repeated.
  uint8_t carry = 0;
  Faults faults;

  // The next block of the text; in_text: the bytes that are not past its end.
  template <bool validate, bool four_bytes>
  void take(const Window &w, uint64_t in_text) {
    if constexpr (validate) faults.look_at<four_bytes>(w);
    const Block two = maximum(w.at(0), w.at(-1)), three = maximum(two, w.at(-2));
    Block next = choose(two, 0xC0, w.at(2), w.at(1));
    next = choose(three, 0xE0, w.at(3), next);
    if constexpr (four_bytes) next = choose(maximum(three, w.at(-3)), 0xF0, w.at(4), next);
    const uint64_t same = general(equal(w.at(0), next)), start = general(starts(w.at(0))) & in_text;
    const uint64_t lead = start & same;
    unsigned long long reached = 0;
    const auto over = _addcarry_u64(carry, lead << 1, same & ~start, &reached);
    carry = static_cast<uint8_t>(over | lead >> 63);
    count += ones(reached & start);
  }

  // A block of ASCII, followed by `next`.
  void take_ascii(const Block &block, const Block &next) {
    count += ones(equal(block, next)) + carry;
    carry = 0;
  }
};

// The block at text[i], which may begin before text[3] or end after the text: as if zeros were there.
// Zeros end a truncated character and are no continuation.
#if defined(__AVX512BW__)

inline uint64_t bits_between(int64_t first, int64_t last) {
  const auto clip = [](int64_t x) { return static_cast<unsigned>(x < 0 ? 0 : x > 64 ? 64 : x); };
  return _bzhi_u64(~uint64_t{0}, clip(last)) & ~_bzhi_u64(~uint64_t{0}, clip(first));
}

inline Window padded_window(const uint8_t *text, int64_t i, int64_t length) {
  Window window;
  for (int k = -3; k <= 4; ++k)
    window.views[k + 3].v[0] =
        _mm512_maskz_loadu_epi8(bits_between(-i - k, length - i - k), text + i + k);
  return window;
}

#else

inline Window padded_window(const uint8_t *text, int64_t i, int64_t length) {
  uint8_t padded[window_back + window_reach] = {};
  const int64_t begin = i < window_back ? 0 : i - window_back;
  const int64_t end = i + window_reach < length ? i + window_reach : length;
  __builtin_memcpy(padded + (begin - (i - window_back)), text + begin,
                   static_cast<size_t>(end - begin));
  return load_window<true>(padded + window_back);
}

#endif

template <bool validate>
inline void take_padded(Scan &scan, const uint8_t *text, int64_t i, int64_t length) {
  const int64_t left = length - i;
  const uint64_t in_text = left < 64 ? (uint64_t{1} << left) - 1 : ~uint64_t{0};
  scan.take<validate, true>(padded_window(text, i, length), in_text);
}

// Groups of four blocks up to at least text[stop - 1]; moves i on. `wide` says whether a character of
// four bytes may have begun in the group before.
template <bool validate>
inline void take_groups(Scan &scan, const uint8_t *text, int64_t &i, int64_t stop, bool &wide) {
  const uint64_t all = ~uint64_t{0};
  int64_t at = i;
  for (; at < stop; at += group_bytes) {
    const uint8_t *q = text + at;
    const Block b0 = load_block(q), b1 = load_block(q + 64), b2 = load_block(q + 128),
                b3 = load_block(q + 192), last = load_block(q + 193);
    const Block greatest = maximum(maximum(maximum(b0, b1), maximum(b2, b3)), last);
    if (!any_at_least(greatest, 0x80)) {
      scan.take_ascii(b0, load_block(q + 1));
      scan.take_ascii(b1, load_block(q + 65));
      scan.take_ascii(b2, load_block(q + 129));
      scan.take_ascii(b3, last);
      wide = false;
      continue;
    }
    const bool wide_here = any_at_least(greatest, 0xF0);
    if (wide | wide_here)
      for (int64_t k = 0; k < group_bytes; k += block_bytes)
        scan.take<validate, true>(load_window<true>(q + k), all);
    else
      for (int64_t k = 0; k < group_bytes; k += block_bytes)
        scan.take<validate, false>(load_window<false>(q + k), all);
    wide = wide_here;
  }
  i = at;
}

// Whole blocks of ASCII that the text begins with, where a character must follow.
inline int64_t take_ascii_blocks(Scan &scan, const uint8_t *text, int64_t length) {
  int64_t i = 0;
  for (; i + block_bytes < length; i += block_bytes) {
    const Block block = load_block(text + i), next = load_block(text + i + 1);
    if (any_at_least(maximum(block, next), 0x80)) break;
    scan.take_ascii(block, next);
  }
  return i;
}

template <bool validate>
inline Utf8 count_characters(const uint8_t *text, int64_t length) {
  if (length <= 0) return {0, -1};
  if (validate && is_continuation(text[0])) return {0, 0};
  Scan scan;
  int64_t i = take_ascii_blocks(scan, text, length < 512 ? length : 512);
  int64_t known = i;  // what is before it is well formed, but for a character that may go on
  if (i == 0) {
    take_padded<validate>(scan, text, 0, length);
    i = block_bytes;
  }
  bool wide = true;
  const int64_t groups_end = length - (group_bytes + 4);
  while (i <= groups_end) {
    const int64_t stop = i + stage_bytes <= groups_end ? i + stage_bytes : groups_end + 1;
    take_groups<validate>(scan, text, i, stop, wide);
    if (validate && scan.faults.any()) return {0, first_ill_formed(text, known, length)};
    known = i;
  }
  for (; i + window_reach <= length; i += block_bytes)
    scan.take<validate, true>(load_window<true>(text + i), ~uint64_t{0});
  for (; i < length; i += block_bytes) take_padded<validate>(scan, text, i, length);
  if (validate && scan.faults.any()) return {0, first_ill_formed(text, known, length)};
  return {scan.count, -1};
}

#else

inline bool ascii_word(const uint8_t *q) {
  uint64_t word;
  __builtin_memcpy(&word, q, sizeof word);
  return (word & 0x8080808080808080) == 0;
}

// Bytes from text[i] on that are surely ASCII, eight at a time.
inline int64_t ascii_run(const uint8_t *text, int64_t i, int64_t length) {
  int64_t run = 0;
  while (i + run + 8 <= length && ascii_word(text + i + run)) run += 8;
  return run;
}

template <bool validate>
inline Utf8 count_characters(const uint8_t *text, int64_t length) {
  int64_t count = 0, previous = 0;
  for (int64_t i = 0; i < length;) {
    const int64_t run = ascii_run(text, i, length);
    if (run > 0) {
      count += doubles_u8(text + i, run) + (previous == 1 && text[i] == text[i - 1]);
      i += run;
      previous = 1;
      continue;
    }
    const int64_t bytes = character_at(text, i, length);
    if (bytes == 0) return {0, i};
    if (bytes == previous) count += __builtin_memcmp(text + i - bytes, text + i, bytes) == 0;
    i += bytes;
    previous = bytes;
  }
  return {count, -1};
}

#endif

}  // namespace

Utf8 doubles_utf8(const uint8_t *text, int64_t length) {
  return count_characters<true>(text, length);
}

int64_t doubles_utf8_trusted(const uint8_t *text, int64_t length) {
  return count_characters<false>(text, length).count;
}

BadRow doubles_utf8_rows(const uint8_t *text, const int64_t *offsets, int64_t rows, int64_t *out) {
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t begin = offsets[row];
    const Utf8 result = count_characters<true>(text + begin, offsets[row + 1] - begin);
    if (result.bad >= 0) return {row, begin + result.bad};
    out[row] = result.count;
  }
  return {-1, -1};
}

void doubles_utf8_trusted_rows(const uint8_t *text, const int64_t *offsets, int64_t rows,
                               int64_t *out) {
  for (int64_t row = 0; row < rows; ++row)
    out[row] =
        count_characters<false>(text + offsets[row], offsets[row + 1] - offsets[row]).count;
}

}  // namespace windlass::text::WDL_LEVEL
