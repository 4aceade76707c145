// Problem: the first ill-formed byte of UTF-8 (the Unicode standard, table 3-7).
// Faults are gathered over some kilobytes of windows, as utf8_faults.simd.hpp has them; where there
// is one, it is looked for a character at a time. ASCII is passed over 256 bytes at a time.
// Keeps nothing in memory.
#include "validity.simd.hpp"

#include "utf8_decode.simd.hpp"
#include "utf8_faults.simd.hpp"
#include "utf8_windows.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

struct Validation {
  Faults faults;
  bool cut_short = false;

  template <int longest>
  [[gnu::always_inline]] void take(const Window &w) {
#if defined(__AVX2__)
    faults.look_at<longest>(w, 0, {0, 0, 0});
#else
    Block lead = maximum(w.at(0), w.at(-1));
    Spans spans = {mask_of(reach(lead, 0xC0)), 0, 0};
    if constexpr (longest >= 3) {
      lead = maximum(lead, w.at(-2));
      spans.three = mask_of(reach(lead, 0xE0));
    }
    if constexpr (longest >= 4) spans.four = mask_of(reach(maximum(lead, w.at(-3)), 0xF0));
    faults.look_at<longest>(w, starts(w.at(0)), spans);
#endif
  }
  template <int longest>
  void take_blocks(const uint8_t *q) {
    for (int64_t k = 0; k < group_bytes; k += block_bytes)
      take<longest>(load_window<longest>(q + k));
  }
  // No continuation follows: at text[i] is ASCII or the end.
  void skip_to(const uint8_t *text, int64_t i) {
    cut_short |= cut_off(text, i);
    faults.forget_wanted();
  }
  bool ill_formed() const { return cut_short || faults.any_seen(); }
};

inline void take_padded(Validation &validation, const uint8_t *text, int64_t i, int64_t length) {
  const Window window = padded_window(text, i, length);
  if (any(reach(window.at(0), 0x80))) return validation.take<4>(window);
  validation.skip_to(text, i);
}

// Groups of four blocks from text[i] up to at least text[stop - 1]; returns where the next one
// begins. `longest` bounds the characters of the group before.
inline int64_t take_groups(Validation &validation, const uint8_t *text, int64_t i, int64_t stop,
                           int &longest) {
  for (; i < stop; i += group_bytes) {
    const uint8_t *q = text + i;
    const Block greatest = maximum(maximum(load_block(q), load_block(q + 64)),
                                   maximum(load_block(q + 128), load_block(q + 192)));
    if (!any(reach(greatest, 0x80))) {
      if (longest > 1) validation.skip_to(text, i);
      longest = 1;
      continue;
    }
    const int here = any(reach(greatest, 0xF0)) ? 4 : any(reach(greatest, 0xE0)) ? 3 : 2;
    const int most = here > longest ? here : longest;
    if (most == 4) validation.take_blocks<4>(q);
    if (most == 3) validation.take_blocks<3>(q);
    if (most == 2) validation.take_blocks<2>(q);
    longest = here;
  }
  return i;
}

#endif

}  // namespace

int64_t find_ill_formed(const uint8_t *text, int64_t length) {
  int64_t known = 0;
#if defined(__SSE2__)
  if (length <= 0) return -1;
  Validation validation;
  take_padded(validation, text, 0, length);
  int64_t i = block_bytes;
  int longest = 4;
  const int64_t groups_end = length - group_reach;
  while (i <= groups_end) {
    const int64_t stop = i + stage_bytes <= groups_end ? i + stage_bytes : groups_end + 1;
    i = take_groups(validation, text, i, stop, longest);
    if (validation.ill_formed()) return first_ill_formed(text, known, length);
    known = i;
  }
  for (; i + window_reach <= length; i += block_bytes) validation.take<4>(load_window<4>(text + i));
  for (; i < length; i += block_bytes) take_padded(validation, text, i, length);
  validation.skip_to(text, length);
  if (!validation.ill_formed()) return -1;
#endif
  return first_ill_formed(text, known, length);
}

}  // namespace windlass::text::WDL_LEVEL
