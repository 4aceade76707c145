// Problem: characters, lines (LF), words (runs of what is no white space) and the longest line.
// In masks of 64 bytes, W are the last bytes of white spaces. A space of n bytes ends a word when
// no white space ends n bytes before it: where W_n & ~(W << n), with the bits that come in from the
// block before. Words are these and the one that the text's end ends; only what is behind is
// looked at, so blocks need nothing of the next.
// A line can be the longest only if it reaches into two blocks, once one of 62 characters is known:
// then the first and the last LF of a block are all that matters, and no branch is needed.
// White space beyond ASCII is looked for in groups of four blocks that have, or follow, the leads
// of it. That of U+3000 is too frequent: where a group turns out to have the end of one, it is
// taken once more. Keeps nothing in memory. Reads every byte once from memory.
#pragma once
#include "space.simd.hpp"
#include "utf8_faults.simd.hpp"
#include "utf8_windows.simd.hpp"
#include "wc_kernels.hpp"
#include "wc_tally.simd.hpp"

namespace windlass::text::wc::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

inline Vector tally_starts(Vector counters, Vector a) {
#if defined(__AVX512BW__)
  return tally_hits<uint8_t>(counters, _mm512_cmpgt_epi8_mask(a, all(0xBF)));
#else
  return tally_hits<uint8_t>(counters, greater(a, all(0xBF)));
#endif
}

// Counters of a byte each, which are added up every 255 steps.
int64_t count_starts(const uint8_t *text, int64_t length) {
  constexpr int64_t width = sizeof(Vector);
  const uint8_t *q = text, *const end = text + length;
  Vector sums = zero();
  while (end - q >= 4 * width) {
    const int64_t groups = (end - q) / (4 * width);
    Vector c[4] = {zero(), zero(), zero(), zero()};
    for (int64_t left = groups < 255 ? groups : 255; left > 0; --left, q += 4 * width)
      for (int k = 0; k < 4; ++k) c[k] = tally_starts(c[k], load(q + k * width));
    for (int k = 0; k < 4; ++k) sums = add64(sums, sum_bytes(c[k]));
  }
  int64_t count = total<uint8_t>(sums);
  for (; end - q >= block_bytes; q += block_bytes) count += ones(starts(load_block(q)));
  if (end == q) return count;
  uint8_t padded[block_bytes] = {};
  __builtin_memcpy(padded, q, static_cast<size_t>(end - q));
  return count + ones(starts(load_block(padded))) - (block_bytes - (end - q));
}

#else

int64_t count_starts(const uint8_t *text, int64_t length) {
  int64_t count = 0;
  for (int64_t i = 0; i < length; ++i) count += (text[i] & 0xC0) != 0x80;
  return count;
}

#endif

#if defined(__SSE2__)

// How a text is to be read.
template <bool separators_, bool wide_, bool utf8_, bool validate_>
struct Mode {
  static constexpr bool separators = separators_, wide = wide_, utf8 = utf8_, validate = validate_;
};

// wide: the block may have white space beyond ASCII. Always inlined, so that what is counted stays
// in registers.
template <class M, bool wide>
[[gnu::always_inline]] inline void take_spaces(Tally &t, const Window &w) {
  const uint64_t one = ascii_spaces<M::separators>(w.at(0));
  if constexpr (wide)
    take_wide(t, one, spaces_of_two(w.at(-1), w.at(0)),
              spaces_of_three(w.at(-2), w.at(-1), w.at(0)));
  else
    take_narrow(t, one);
}

template <int longest>
[[gnu::always_inline]] inline void look_for_faults(Faults &faults, const Window &w,
                                                   uint64_t start) {
  Spans spans = {0, 0, 0};
#if !defined(__AVX2__)
  Block lead = maximum(w.at(0), w.at(-1));
  spans.two = mask_of(reach(lead, 0xC0));
  if constexpr (longest >= 3) {
    lead = maximum(lead, w.at(-2));
    spans.three = mask_of(reach(lead, 0xE0));
  }
  if constexpr (longest >= 4) spans.four = mask_of(reach(maximum(lead, w.at(-3)), 0xF0));
#endif
  faults.look_at<longest>(w, start, spans);
}

template <class M>
[[gnu::always_inline]] inline void take_ascii(Tally &t, Feeds &feeds, const Block &b) {
  take_narrow(t, ascii_spaces<M::separators>(b));
  const uint64_t lf = feeds.look_at(b);
  take_lines(t, lf);
  keep(t);
}

// A group of blocks without characters of more than `longest` bytes in or right before it. wide: it
// may have white space beyond ASCII.
template <class M, int longest, bool wide>
[[gnu::always_inline]] inline void take_blocks(Tally &t, Faults &faults, const uint8_t *q) {
  for (int64_t k = 0; k < group_bytes; k += block_bytes) {
    const Window w = load_window<longest>(q + k);
    const uint64_t start = general(starts(w.at(0)));
    if constexpr (M::validate) look_for_faults<longest>(faults, w, start);
    take_spaces<M, wide>(t, w);
    t.characters += ones(start);
    const uint64_t lf = general(equal_to(w.at(0), '\n'));
    t.lines += ones(lf);
    take_lines(t, lf, start);
    keep(t);
  }
}

struct Scan {
  Tally t;
  Faults faults;
  bool cut_short = false;
  bool wide_before = true;  // the group before may have leads of white space beyond ASCII

  // The block at text[i], of which 1 to 64 bytes are of the text.
  template <class M>
  void take_padded(const uint8_t *text, int64_t i, int64_t length) {
    const Window w = padded_window(text, i, length);
    const int64_t left = length - i, bytes = left < block_bytes ? left : block_bytes;
    const uint64_t before = t.spaces, in_text = all_bits >> (64 - bytes);
    const uint64_t start = M::utf8 ? starts(w.at(0)) : all_bits;
    if constexpr (M::validate) look_for_faults<4>(faults, w, start);
    take_spaces<M, M::wide>(t, w);
    if (bytes < 64) t.spaces = t.spaces << (64 - bytes) | before >> bytes;
    t.characters += ones(start & in_text);
    const uint64_t lf = equal_to(w.at(0), '\n');
    t.lines += ones(lf);
    take_lines(t, lf, start & in_text);
    if (t.longest < long_enough) t.longest = longest_inner_line(t.longest, lf, start & in_text);
  }

  // No continuation follows: at text[i] is ASCII or the end.
  void skip_to(const uint8_t *text, int64_t i) {
    cut_short |= cut_off(text, i);
    faults.forget_wanted();
  }
  bool ill_formed() const { return cut_short || faults.any_seen(); }
};

// Groups of ASCII from text[i] up to at least text[stop - 1]; returns where the next one begins.
// inner: as long as lines within a block may be the longest.
template <class M, bool inner>
[[gnu::noinline, gnu::flatten]] int64_t take_ascii_groups(Scan &scan, const uint8_t *text,
                                                          int64_t i, int64_t stop) {
  Tally t = scan.t;
  Feeds feeds;
  const int64_t begin = i;
  for (; i < stop && (!inner || t.longest < long_enough); i += group_bytes) {
    const uint8_t *q = text + i;
    if (M::utf8 && any(reach(greatest_of(q), 0x80))) break;
    if constexpr (inner) t.longest = longest_inner_lines<false>(t.longest, q);
    for (int64_t k = 0; k < group_bytes; k += block_bytes)
      take_ascii<M>(t, feeds, load_block(q + k));
  }
  t.characters += i - begin;
  t.lines += feeds.count();
  scan.t = t;
  return i;
}

template <class M, int longest>
[[gnu::always_inline]] inline WideSpaces wide_spaces_in(const uint8_t *q) {
  if constexpr (!M::wide) return {false, false};
  return WideSpaces::in<longest, group_bytes / block_bytes>(q);
}

// The same of groups that are alike, without white space beyond ASCII, of which the first one and
// what is right before it have characters of up to `longest` bytes.
template <class M, int longest>
[[gnu::noinline, gnu::flatten]] int64_t take_alike(Scan &scan, const uint8_t *text, int64_t i,
                                                   int64_t stop) {
  Tally t = scan.t;
  Faults faults = scan.faults;
  do {
    const uint8_t *q = text + i;
    if (t.longest < long_enough) t.longest = longest_inner_lines<M::utf8>(t.longest, q);
    take_blocks<M, longest, false>(t, faults, q);
    i += group_bytes;
  } while (i < stop && alike<longest>(text + i) && !wide_spaces_in<M, longest>(text + i).any());
  scan.t = t;
  scan.faults = faults;
  return i;
}

// The same of any groups, as long as they may have white space beyond ASCII.
template <class M>
[[gnu::noinline, gnu::flatten]] int64_t take_wide_groups(Scan &scan, const uint8_t *text, int64_t i,
                                                         int64_t stop) {
  Tally t = scan.t;
  Faults faults = scan.faults;
  WideSpaces here = wide_spaces_in<M, 4>(text + i);
  do {
    const uint8_t *q = text + i;
    if (t.longest < long_enough) t.longest = longest_inner_lines<M::utf8>(t.longest, q);
    take_blocks<M, 4, true>(t, faults, q);
    i += group_bytes;
    scan.wide_before = here.leads;
    if (i < stop) here = wide_spaces_in<M, 4>(text + i);
  } while (i < stop && (scan.wide_before || here.any()));
  scan.t = t;
  scan.faults = faults;
  return i;
}

#ifdef __OPTIMIZE_SIZE__
constexpr bool for_size = true;  // one loop for characters of all lengths
#else
constexpr bool for_size = false;
#endif

// The same of any groups.
template <class M>
int64_t take_groups(Scan &scan, const uint8_t *text, int64_t i, int64_t stop) {
  while (i < stop) {
    const Block greatest = greatest_of(text + i);
    if (!M::utf8 || !any(reach(greatest, 0x80))) {
      if constexpr (M::validate) scan.skip_to(text, i);
      scan.wide_before = false;
      i = scan.t.longest < long_enough ? take_ascii_groups<M, true>(scan, text, i, stop)
                                       : take_ascii_groups<M, false>(scan, text, i, stop);
      continue;
    }
    if constexpr (M::utf8) {
      const int here = any(reach(greatest, 0xF0)) ? 4 : any(reach(greatest, 0xE0)) ? 3 : 2;
      const int before = longest_before(text + i), longest = here > before ? here : before;
      if (M::wide && (scan.wide_before || wide_spaces_in<M, 4>(text + i).any()))
        i = take_wide_groups<M>(scan, text, i, stop);
      else if (longest == 4 || for_size)
        i = take_alike<M, 4>(scan, text, i, stop);
      else
        i = longest == 3 ? take_alike<M, 3>(scan, text, i, stop)
                         : take_alike<M, 2>(scan, text, i, stop);
    }
  }
  return i;
}

// Of blocks from q on, at most `bytes` bytes, which followed `before`: what was left out of t.
template <class M>
inline void settle(Tally &t, const Tally &before, const uint8_t *q, int64_t bytes) {
  t.longest = larger(t.longest, t.open);
  if (t.first_line >= 0 || t.lines == 0) return;
  const auto *lf =
      static_cast<const uint8_t *>(__builtin_memchr(q, '\n', static_cast<size_t>(bytes)));
  t.first_line = before.open + (M::utf8 ? count_starts(q, lf - q) : lf - q);
}

// Bytes of a first block: such that the next ones are lines of the cache, where no character is cut
// by that and windows, which look back, stay within the text.
inline int64_t first_bytes(const uint8_t *text, int64_t length) {
  const auto to_line = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(text) % 64);
  if (to_line >= 4 && to_line < length && text[to_line] < 0x80) return to_line;
  return length < block_bytes ? length : block_bytes;
}

// Until the end, or to where a stage is ill-formed: returns -1, or where that begins. The tally is
// that of what is before; checked: where the stage ends.
template <class M>
int64_t take_stages(Tally &tally, const uint8_t *text, int64_t length, int64_t &checked) {
  if (length <= 0) return -1;
  Scan scan{tally, {}};
  int64_t known = 0, i = first_bytes(text, length);
  scan.take_padded<M>(text, 0, i);
  const int64_t groups_end = length - group_reach;
  while (i <= groups_end) {
    const int64_t stop = i + stage_bytes <= groups_end ? i + stage_bytes : groups_end + 1;
    i = take_groups<M>(scan, text, i, stop);
    if (M::validate && scan.ill_formed()) return checked = i, known;
    settle<M>(scan.t, tally, text + known, i - known);
    known = i;
    tally = scan.t;
  }
  for (; i < length; i += block_bytes) scan.take_padded<M>(text, i, length);
  if constexpr (M::validate) {
    scan.skip_to(text, length);
    if (scan.ill_formed()) return checked = length, known;
  }
  settle<M>(scan.t, tally, text + known, length - known);
  tally = scan.t;
  return -1;
}

#endif

}  // namespace
}  // namespace windlass::text::wc::WDL_LEVEL
