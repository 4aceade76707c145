// Problem: the pairs of neighbouring characters of UTF-8 that are equal, and whether the text is
// well formed.
// Let l(j) be the length of the character that byte j belongs to and f(j) = [b(j) == b(j + l(j))].
// A character equals the next one when f holds at all its bytes: the leads are then equal, hence
// the lengths. l(j) > k where the greatest of the bytes j - k to j leads more than k bytes, so f is
// one comparison with a choice among four shifted views of the text.
// In masks of 64 bytes with S the starts of characters, A = S & f sends a one to the byte after
// each lead. The sum (A << 1) + (f & ~S) carries it through the continuations where f holds, and it
// arrives at the next start when it holds at all. What leaves bit 63 belongs to the next block.
// ASCII is compared as plain bytes, 256 at a time.
// Keeps nothing in memory. Reads every byte once from memory, four to eight times from the
// first-level cache.
#include "utf8.simd.hpp"

#include "units.simd.hpp"
#include "utf8_decode.simd.hpp"
#include "utf8_faults.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

constexpr int64_t block_bytes = 64;
// What a window reads after its start.
constexpr int64_t window_reach = block_bytes + 4;
constexpr int64_t group_bytes = 4 * block_bytes;
// What a group reads, shifted windows included, after its start.
constexpr int64_t group_reach = group_bytes + 16;
// How far a fault may lie behind before it is looked for: text that is read again is still in
// cache.
constexpr int64_t stage_bytes = 8192;

struct Scan {
  int64_t count = 0;
  // 1 when the character that ends with the last block, or goes on past it, is so far repeated.
  uint64_t carry = 0;
  Faults faults;
  bool cut_short = false;

  // The next block of the text, without characters of more than `longest` bytes in or right before
  // it; in_text: the bytes that are not past the text's end.
  template <bool validate, int longest>
  [[gnu::always_inline]] void take(const Window &w, uint64_t in_text) {
    Block lead = maximum(w.at(0), w.at(-1));
    const Reach two = reach(lead, 0xC0);
    Block next = choose(two, w.at(2), w.at(1));
    Spans spans = {mask_of(two), 0, 0};
    if constexpr (longest >= 3) {
      lead = maximum(lead, w.at(-2));
      const Reach three = reach(lead, 0xE0);
      next = choose(three, w.at(3), next);
      spans.three = mask_of(three);
    }
    if constexpr (longest >= 4) {
      const Reach four = reach(maximum(lead, w.at(-3)), 0xF0);
      next = choose(four, w.at(4), next);
      spans.four = mask_of(four);
    }
    const uint64_t same = general(equal_bytes(w.at(0), next)), start = general(starts(w.at(0)));
    if constexpr (validate) faults.look_at<longest>(w, start, spans);
    count += ones(repeats(same, start) & start & in_text);
  }

  // Where the addition arrives.
  uint64_t repeats(uint64_t same, uint64_t start) {
    const uint64_t head = start & same, rest = same & ~start;
    const uint64_t reached = (head << 1) + rest + carry;
    // Out of bit 63 comes what a lead there sent, or what was carried through the byte there.
    carry = (head | (rest & ~reached)) >> 63;
    return reached;
  }

  // No continuation follows: at text[i] is ASCII or the end.
  void skip_to(const uint8_t *text, int64_t i) {
    cut_short |= cut_off(text, i);
    faults.forget_wanted();
  }

  bool ill_formed() const { return cut_short || faults.any_seen(); }

  // A block of ASCII and what follows each of its bytes; `pairs` begin at these.
  void take_ascii(const Block &block, const Block &next, uint64_t pairs = ~uint64_t{0}) {
    count += ones(equal_bytes(block, next) & pairs) + static_cast<int64_t>(carry);
    carry = 0;
  }
};

// The block at text[i], which may begin before text[3] or end after the text: as if zeros were
// there. Zeros end a truncated character and are no continuation.
#if defined(__AVX512BW__)

inline Window padded_window(const uint8_t *text, int64_t i, int64_t length) {
  const auto masked = [&](int64_t k) {
    const int64_t left = length - i - k;
    return load_first<uint8_t>(text + i + k, static_cast<uint64_t>(left < 64 ? left : 64));
  };
  const Vector here = masked(0), none = zero();
  Window window;
  window.views[3].v[0] = here;
  if (i == 0) {
    // The 16 bytes before each 16 of the block, and for what is after it the 16 bytes after.
    const Vector before = _mm512_maskz_alignr_epi64(0xFF, here, none, 6);
    window.views[0].v[0] = _mm512_alignr_epi8(here, before, 13);
    window.views[1].v[0] = _mm512_alignr_epi8(here, before, 14);
    window.views[2].v[0] = _mm512_alignr_epi8(here, before, 15);
  } else {
    for (int k = -3; k < 0; ++k) window.views[k + 3].v[0] = masked(k);
  }
  if (length - i <= block_bytes) {
    const Vector after = _mm512_maskz_alignr_epi64(0xFF, none, here, 2);
    window.views[4].v[0] = _mm512_alignr_epi8(after, here, 1);
    window.views[5].v[0] = _mm512_alignr_epi8(after, here, 2);
    window.views[6].v[0] = _mm512_alignr_epi8(after, here, 3);
    window.views[7].v[0] = _mm512_alignr_epi8(after, here, 4);
  } else {
    for (int k = 1; k <= 4; ++k) window.views[k + 3].v[0] = length - i > k ? masked(k) : none;
  }
  return window;
}

#else

inline Window padded_window(const uint8_t *text, int64_t i, int64_t length) {
  uint8_t padded[3 + window_reach] = {};
  const int64_t begin = i < 3 ? 0 : i - 3;
  const int64_t end = i + window_reach < length ? i + window_reach : length;
  __builtin_memcpy(padded + 3 + (begin - i), text + begin, static_cast<size_t>(end - begin));
  return load_window<4>(padded + 3);
}

#endif

template <bool validate>
inline void take_padded(Scan &scan, const uint8_t *text, int64_t i, int64_t length) {
  const int64_t left = length - i;
  const uint64_t all = ~uint64_t{0}, in_text = left < 64 ? (uint64_t{1} << left) - 1 : all;
  const Window window = padded_window(text, i, length);
  if (any(reach(window.at(0), 0x80))) return scan.take<validate, 4>(window, in_text);
  if (validate) scan.skip_to(text, i);
  scan.take_ascii(window.at(0), window.at(1), left > 64 ? all : in_text >> 1);
}

template <bool validate, int longest>
inline void take_blocks(Scan &scan, const uint8_t *q) {
  for (int64_t k = 0; k < group_bytes; k += block_bytes)
    scan.take<validate, longest>(
        validate ? load_window<longest>(q + k) : shift_window<longest>(q + k), ~uint64_t{0});
}

// Groups of four blocks from text[i] up to at least text[stop - 1]; returns where the next one
// begins. `longest` bounds the characters of the group before.
template <bool validate>
inline int64_t take_groups(Scan &scan, const uint8_t *text, int64_t i, int64_t stop, int &longest) {
  for (; i < stop; i += group_bytes) {
    const uint8_t *q = text + i;
    const Block b0 = load_block(q), b1 = load_block(q + 64), b2 = load_block(q + 128),
                b3 = load_block(q + 192);
    const Block greatest = maximum(maximum(b0, b1), maximum(b2, b3));
    if (!any(reach(greatest, 0x80))) {
      if (longest > 1) scan.skip_to(text, i);
      scan.take_ascii(b0, load_block(q + 1));
      scan.take_ascii(b1, load_block(q + 65));
      scan.take_ascii(b2, load_block(q + 129));
      scan.take_ascii(b3, load_block(q + 193));
      longest = 1;
      continue;
    }
    const int here = any(reach(greatest, 0xF0)) ? 4 : any(reach(greatest, 0xE0)) ? 3 : 2;
    const int most = here > longest ? here : longest;
    if (most == 4) take_blocks<validate, 4>(scan, q);
    if (most == 3) take_blocks<validate, 3>(scan, q);
    if (most == 2) take_blocks<validate, 2>(scan, q);
    longest = here;
  }
  return i;
}

// Whole blocks of ASCII that the text begins with.
inline int64_t take_ascii_blocks(Scan &scan, const uint8_t *text, int64_t length) {
  int64_t i = 0;
  for (; i + block_bytes < length; i += block_bytes) {
    const Block block = load_block(text + i);
    if (any(reach(block, 0x80))) break;
    scan.take_ascii(block, load_block(text + i + 1));
  }
  return i;
}

// Short rows are mostly ASCII: their count, or -1 for other text; 0 < length <= 64.
#if defined(__AVX512BW__)

inline int64_t count_short_ascii(const uint8_t *text, int64_t length) {
  const Block here = {{load_first<uint8_t>(text, static_cast<uint64_t>(length))}};
  if (any(reach(here, 0x80))) return -1;
  const auto pairs = static_cast<uint64_t>(length - 1);
  const Block next = {{load_first<uint8_t>(text + 1, pairs)}};
  return ones(_bzhi_u64(equal_bytes(here, next), static_cast<unsigned>(pairs)));
}

#else

inline int64_t count_short_ascii(const uint8_t *text, int64_t length) {
  uint64_t any = 0;
  if (length >= 8) {
    uint64_t word;
    for (int64_t i = 0; i < length; i += 8) {
      __builtin_memcpy(&word, text + (i + 8 <= length ? i : length - 8), sizeof word);
      any |= word;
    }
  } else {
    for (int64_t i = 0; i < length; ++i) any |= text[i];
  }
  return (any & 0x8080808080808080) != 0 ? -1 : doubles_u8(text, length);
}

#endif

template <bool validate>
Utf8 count_blocks(const uint8_t *text, int64_t length) {
  Scan scan;
  int64_t i = take_ascii_blocks(scan, text, length < 512 ? length : 512);
  int64_t known = i;  // what is before it is well formed, but for a character that may go on
  if (i == 0) {
    take_padded<validate>(scan, text, 0, length);
    i = block_bytes;
  }
  int longest = 4;
  const int64_t groups_end = length - group_reach;
  while (i <= groups_end) {
    const int64_t stop = i + stage_bytes <= groups_end ? i + stage_bytes : groups_end + 1;
    i = take_groups<validate>(scan, text, i, stop, longest);
    if (validate && scan.ill_formed()) return {0, first_ill_formed(text, known, length)};
    known = i;
  }
  for (; i + window_reach <= length; i += block_bytes)
    scan.take<validate, 4>(load_window<4>(text + i), ~uint64_t{0});
  for (; i < length; i += block_bytes) take_padded<validate>(scan, text, i, length);
  scan.skip_to(text, length);
  if (validate && scan.ill_formed()) return {0, first_ill_formed(text, known, length)};
  return {scan.count, -1};
}

template <bool validate>
inline Utf8 count_characters(const uint8_t *text, int64_t length) {
  if (length <= 0) return {0, -1};
  if (length <= block_bytes) {
    const int64_t count = count_short_ascii(text, length);
    if (count >= 0) return {count, -1};
  }
  return count_blocks<validate>(text, length);
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
    out[row] = count_characters<false>(text + offsets[row], offsets[row + 1] - offsets[row]).count;
}

}  // namespace windlass::text::WDL_LEVEL
