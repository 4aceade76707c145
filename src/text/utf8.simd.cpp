// Problem: the pairs of neighbouring characters of UTF-8 that are equal, and whether the text is well
// formed.
// With e_k(i) = [b(i) == b(i + k)], the character of k bytes that begins at i equals the next one when
// e_k holds at i, i + 1, ..., i + k - 1: the leads are then equal, hence the lengths too.
// A window of 64 bytes and its four shifts give e_1 to e_4 as masks of 64 bits; those of its first 60
// bytes are decided by the window alone, so windows begin 60 bytes apart and carry nothing over.
// ASCII is compared as plain bytes, 256 at a time.
// Keeps nothing in memory. Reads every byte once from memory, five times from the first-level cache.
#include "utf8.simd.hpp"

#include "units.simd.hpp"
#include "utf8_decode.simd.hpp"
#include "utf8_faults.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

constexpr int64_t window_step = 60;
constexpr int64_t window_reach = 64 + 4;
constexpr int64_t ascii_step = 256;
// Past the step: a lead among the bytes that a window after this would take as examined is seen.
constexpr int64_t ascii_reach = ascii_step + 3;
// How far a fault may lie behind before it is looked for: text that is read again is still in cache.
constexpr int64_t stage_bytes = 8192;

inline Classes classes(const Window &window) {
  const Block &bytes = window.at[0];
  return {high_bits(bytes), at_least(bytes, 0xC0), at_least(bytes, 0xE0), at_least(bytes, 0xF0)};
}

// Bit i, i < 60: the character that begins at byte i equals the next. `ascii` are the bytes at which
// a pair of one-byte characters may begin. The leads need not be told apart further: where e_k holds
// at a longer character's lead, a continuation would equal that lead.
inline uint64_t doubled(const Window &window, const Classes &c, uint64_t ascii) {
  const Block &b = window.at[0];
  const uint64_t e1 = equal(b, window.at[1]), e2 = equal(b, window.at[2]),
                 e3 = equal(b, window.at[3]), e4 = equal(b, window.at[4]);
  const uint64_t e44 = e4 & e4 >> 1;
  const uint64_t found = (e1 & ~c.wide & ascii) | (e2 & e2 >> 1 & c.lead) |
                         (e3 & e3 >> 1 & e3 >> 2 & c.lead3) | (e44 & e44 >> 2 & c.lead4);
  return found & ((uint64_t{1} << window_step) - 1);
}

struct Scan {
  int64_t count = 0;
  Faults faults;

  template <bool validate>
  void take(const Window &window, uint64_t ascii, uint64_t begins) {
    const Classes c = classes(window);
    if constexpr (validate) faults.look_at(window, c);
    count += ones(doubled(window, c, ascii) & begins);
  }
};

// Text from `begin` to its end as if zeros followed it, and as if they preceded it when begin is -3.
// Zeros end a truncated character and are no continuation, and pairs with them are left out.
#if defined(__AVX512BW__)

inline uint64_t bits_between(int64_t first, int64_t last) {
  const auto clip = [](int64_t x) { return static_cast<unsigned>(x < 0 ? 0 : x > 64 ? 64 : x); };
  return _bzhi_u64(~uint64_t{0}, clip(last)) & ~_bzhi_u64(~uint64_t{0}, clip(first));
}

template <bool validate>
inline void take_padded(Scan &scan, const uint8_t *text, int64_t begin, int64_t length) {
  const uint64_t all = ~uint64_t{0};
  for (int64_t i = begin; i < length; i += window_step) {
    Window window;
    for (int64_t k = 0; k < 5; ++k)
      window.at[k].v[0] =
          _mm512_maskz_loadu_epi8(bits_between(-i - k, length - i - k), text + i + k);
    scan.take<validate>(window, bits_between(0, length - 1 - i), i < 0 ? all << -i : all);
  }
}

#else

template <bool validate>
inline void take_padded(Scan &scan, const uint8_t *text, int64_t begin, int64_t length) {
  constexpr int64_t longest = window_reach + 3;
  uint8_t padded[window_step * ((longest - 1) / window_step) + window_reach] = {};
  const int64_t size = length - begin, margin = begin < 0 ? -begin : 0;
  __builtin_memcpy(padded + margin, text + begin + margin, static_cast<size_t>(size - margin));
  const uint64_t all = ~uint64_t{0};
  for (int64_t i = 0; i < size; i += window_step) {
    const int64_t pairs = size - 1 - i;
    const uint64_t ascii = pairs < 64 ? (uint64_t{1} << (pairs > 0 ? pairs : 0)) - 1 : all;
    scan.take<validate>(load_window(padded + i), ascii, i == 0 ? all << margin : all);
  }
}

#endif

// From text[i] to at least text[stop - 1]; moves i on. What is before text[i + 3] is examined.
template <bool validate>
inline void take_stage(Scan &scan, const uint8_t *text, int64_t &i, int64_t stop, int64_t length) {
  const uint64_t all = ~uint64_t{0};
  int64_t at = i;
  while (at < stop && at + ascii_reach <= length) {
    if (all_ascii(text + at, ascii_reach)) {
      for (int64_t k = 0; k < ascii_step; k += 64)
        scan.count += ones(equal(load_block(text + at + k), load_block(text + at + k + 1)));
      at += ascii_step;
    } else {
      for (int64_t k = 0; k < 4; ++k, at += window_step)
        scan.take<validate>(load_window(text + at), all, all);
    }
  }
  for (; at < stop && at + window_reach <= length; at += window_step)
    scan.take<validate>(load_window(text + at), all, all);
  i = at;
}

template <bool validate>
inline Utf8 count_short(const uint8_t *text, int64_t length) {
  if (length <= 0) return {0, -1};
  Scan scan;
  take_padded<validate>(scan, text, -3, length);
  if (validate && scan.faults.any()) return {0, first_ill_formed(text, 0, length)};
  return {scan.count, -1};
}

template <bool validate>
Utf8 count_long(const uint8_t *text, int64_t length) {
  if (validate)
    for (int64_t i = 0; i < 3;) {
      const int64_t bytes = character_at(text, i, length);
      if (bytes == 0) return {0, i};
      i += bytes;
    }
  Scan scan;
  int64_t i = 0;
  while (i + window_reach <= length) {
    const int64_t start = i;
    take_stage<validate>(scan, text, i, i + stage_bytes, length);
    if (validate && scan.faults.any()) return {0, first_ill_formed(text, start, length)};
  }
  take_padded<validate>(scan, text, i, length);
  if (validate && scan.faults.any()) return {0, first_ill_formed(text, i, length)};
  return {scan.count, -1};
}

template <bool validate>
inline Utf8 count_characters(const uint8_t *text, int64_t length) {
  if (length < window_reach) return count_short<validate>(text, length);
  return count_long<validate>(text, length);
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
