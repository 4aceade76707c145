// Problem: characters, lines (LF), words (runs of what is no white space) and the longest line.
// In masks of 64 bytes, W are the last bytes of white spaces. A space of n bytes ends a word when
// no white space ends n bytes before it: where W_n & ~(W << n), with the bits that come in from the
// block before. Words are these and the one that the text's end ends; only what is behind is
// looked at, so blocks need nothing of the next.
// A line can be the longest only if it reaches into two blocks, once one of 62 characters is known:
// then the first and the last LF of a block are all that matters, and no branch is needed.
// White space beyond ASCII is looked for in groups of four blocks that have the leads of it.
// Keeps nothing in memory. Reads every byte once from memory.
#include "characters.hpp"
#include "space.simd.hpp"
#include "utf8_decode.simd.hpp"
#include "utf8_faults.simd.hpp"
#include "utf8_windows.simd.hpp"
#include "wc_kernels.hpp"

namespace windlass::text::wc::WDL_LEVEL {
namespace {

using namespace windlass::text::WDL_LEVEL;

inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// The character or ill-formed part at q, of which the tally knows the first `known` bytes.
inline void take_part(Tally &t, const uint8_t *q, Character part, int64_t known, Whitespace set) {
  const bool space = part.well_formed && is_space(q, part.bytes, set);
  if (space && (t.spaces >> (63 - known) & 1) == 0) ++t.ends;
  t.spaces = t.spaces >> (part.bytes - known) | uint64_t{space} << 63;
  if (known > 0) return;
  ++t.characters;
  if (q[0] != '\n') {
    t.longest = larger(t.longest, ++t.open);
    return;
  }
  if (t.lines++ == 0) t.first_line = t.open;
  t.open = 0;
}

// Parts from text[i] on until one begins at text[stop] or later; returns where, or with `strict`
// the first ill-formed one as -1 - its offset.
inline int64_t take_parts(Tally &t, const uint8_t *text, int64_t i, int64_t stop, int64_t length,
                          Whitespace set, bool strict) {
  while (i < stop) {
    const Character part = next_character(text + i, length - i);
    if (strict && !part.well_formed) return -1 - i;
    take_part(t, text + i, part, 0, set);
    i += part.bytes;
  }
  return i;
}

#if defined(__SSE2__)

constexpr uint64_t all_bits = ~uint64_t{0};

#if defined(__BMI__) && defined(__LZCNT__)
inline int64_t zeros_below(uint64_t mask) { return static_cast<int64_t>(_tzcnt_u64(mask)); }
inline int64_t zeros_above(uint64_t mask) { return static_cast<int64_t>(_lzcnt_u64(mask)); }
#else
inline int64_t zeros_below(uint64_t mask) { return mask ? __builtin_ctzll(mask) : 64; }
inline int64_t zeros_above(uint64_t mask) { return mask ? __builtin_clzll(mask) : 64; }
#endif

// All bits when there are no ones. Not a condition, of which compilers would make a branch that
// lines of random lengths mispredict.
inline uint64_t if_none(uint64_t mask) { return general(uint64_t{0} - (mask == 0)); }

// From here on a line within a block cannot be the longest.
constexpr int64_t long_enough = 62;

inline bool only_outer_lines(const Tally &t) {
  return t.longest >= long_enough && t.first_line >= 0;
}

// Whether so many ones are in a row; run > 0.
inline bool has_run(uint64_t mask, int64_t run) {
  int64_t known = 1;
  for (; 2 * known <= run; known *= 2) mask &= mask >> known;
  return (mask & mask >> (run - known)) != 0;
}

// The lines within a block, between its LFs.
inline void take_inner_lines(Tally &t, uint64_t lf, uint64_t starts) {
  if (t.longest >= long_enough) return;
  const uint64_t outside = ((lf & -lf) - 1) | (all_bits << (zeros_above(lf) ^ 63));
  if (!has_run(~(lf | outside), t.longest + 1)) return;
  for (uint64_t rest = lf & (lf - 1); rest != 0; rest &= rest - 1) {
    const uint64_t before = (rest & -rest) - 1;  // and the LF ahead is the greatest of lf within
    const int64_t ahead = 63 - __builtin_clzll(lf & before);
    t.longest = larger(t.longest, ones(starts & before & (all_bits << ahead << 1)));
  }
}

// A block with these LFs and starts of characters.
[[gnu::always_inline]] inline void take_lines(Tally &t, uint64_t lf, uint64_t starts) {
  t.lines += ones(lf);
  if (lf == 0) {
    t.longest = larger(t.longest, t.open += ones(starts));
    return;
  }
  const int64_t first = t.open + ones(starts & (lf - 1) & ~lf);
  t.longest = larger(t.longest, first);
  if (t.first_line < 0) t.first_line = first;
  if ((lf & (lf - 1)) != 0) take_inner_lines(t, lf, starts);
  t.open = ones(starts & (all_bits << (63 - zeros_above(lf)) << 1));
  t.longest = larger(t.longest, t.open);
}

// The same where only outer lines matter.
[[gnu::always_inline]] inline void take_outer_lines(Tally &t, uint64_t lf, uint64_t starts) {
  const uint64_t none = if_none(lf);
  t.lines += ones(lf);
  t.longest = larger(t.longest, t.open + ones(starts & (lf - 1) & ~lf));
  const uint64_t behind = none | (all_bits << (~zeros_above(lf) & 63) << 1);
  t.open = (t.open & static_cast<int64_t>(none)) + ones(starts & behind);
}

[[gnu::always_inline]] inline void take_outer_lines(Tally &t, uint64_t lf) {
  const uint64_t none = if_none(lf);
  t.lines += ones(lf);
  t.longest = larger(t.longest, t.open + zeros_below(lf));
  t.open = (t.open & static_cast<int64_t>(none)) + zeros_above(lf);
}

// `bytes` bytes whose spaces are all of a byte each.
[[gnu::always_inline]] inline void take_narrow(Tally &t, uint64_t spaces) {
  t.ends += ones(spaces & ~(spaces << 1 | t.spaces >> 63));
  t.spaces = spaces;
}

[[gnu::always_inline]] inline void take_wide(Tally &t, uint64_t one, uint64_t two, uint64_t three) {
  const uint64_t spaces = one | two | three, before = t.spaces;
  t.ends += ones((one & ~(spaces << 1 | before >> 63)) | (two & ~(spaces << 2 | before >> 62)) |
                 (three & ~(spaces << 3 | before >> 61)));
  t.spaces = spaces;
}

// Keeps the tally in general registers: compilers would make vectors of parts of it, and mix blocks
// until it is in memory.
[[gnu::always_inline]] inline void keep(Tally &t) {
  asm("" : "+r"(t.lines), "+r"(t.ends), "+r"(t.open), "+r"(t.longest), "+r"(t.spaces));
}

// How a text is to be read.
template <bool separators_, bool wide_, bool utf8_, bool validate_>
struct Mode {
  static constexpr bool separators = separators_, wide = wide_, utf8 = utf8_, validate = validate_;
};

// Always inlined, so that what is counted stays in registers.
template <class M>
[[gnu::always_inline]] inline void take_spaces(Tally &t, const Window &w, bool wide) {
  const uint64_t one = ascii_spaces<M::separators>(w.at(0));
  if (M::wide && wide)
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

template <class M, bool outer>
[[gnu::always_inline]] inline void take_ascii(Tally &t, const Block &b) {
  take_narrow(t, ascii_spaces<M::separators>(b));
  const uint64_t lf = general(equal_to(b, '\n'));
  if constexpr (outer)
    take_outer_lines(t, lf);
  else
    take_lines(t, lf, all_bits);
}

// The next block of the text. wide: it may have white space beyond ASCII.
template <class M, bool outer, int longest>
[[gnu::always_inline]] inline void take_block(Tally &t, Faults &faults, const Window &w,
                                              bool wide) {
  const uint64_t start = M::utf8 ? general(starts(w.at(0))) : all_bits;
  if constexpr (M::validate) look_for_faults<longest>(faults, w, start);
  take_spaces<M>(t, w, wide);
  t.characters += ones(start);
  const uint64_t lf = general(equal_to(w.at(0), '\n'));
  if constexpr (outer)
    take_outer_lines(t, lf, start);
  else
    take_lines(t, lf, start);
  keep(t);
}

// A group of blocks without characters of more than `longest` bytes in or right before it.
template <class M, bool outer, int longest>
[[gnu::always_inline]] inline void take_blocks(Tally &t, Faults &faults, const uint8_t *q,
                                               bool wide) {
  // As far as it matters for white space, there are three views.
  constexpr int views = M::validate && longest > 3 ? 4 : 3;
  if (wide)
    for (int64_t k = 0; k < group_bytes; k += block_bytes)
      take_block<M, outer, longest>(t, faults, load_window<views>(q + k), true);
  else
    for (int64_t k = 0; k < group_bytes; k += block_bytes)
      take_block<M, outer, longest>(t, faults, load_window<longest>(q + k), false);
}

struct Scan {
  Tally t;
  Faults faults;
  bool cut_short = false;
  int longest_before = 4;   // bytes of a character in the group before, at most
  bool wide_before = true;  // that may have leads of white space

  // The block at text[i], of which 1 to 64 bytes are of the text.
  template <class M>
  void take_padded(const uint8_t *text, int64_t i, int64_t length) {
    const Window w = padded_window(text, i, length);
    const int64_t left = length - i, bytes = left < block_bytes ? left : block_bytes;
    const uint64_t before = t.spaces, in_text = all_bits >> (64 - bytes);
    const uint64_t start = M::utf8 ? starts(w.at(0)) : all_bits;
    if constexpr (M::validate) look_for_faults<4>(faults, w, start);
    take_spaces<M>(t, w, M::utf8);
    if (bytes < 64) t.spaces = t.spaces << (64 - bytes) | before >> bytes;
    t.characters += ones(start & in_text);
    take_lines(t, equal_to(w.at(0), '\n'), start & in_text);
  }

  // No continuation follows: at text[i] is ASCII or the end.
  void skip_to(const uint8_t *text, int64_t i) {
    cut_short |= cut_off(text, i);
    faults.forget_wanted();
  }
  bool ill_formed() const { return cut_short || faults.any_seen(); }
};

// Groups of four blocks from text[i] up to at least text[stop - 1], or until the kind of lines to
// look at changes; returns where the next one begins.
template <class M, bool outer>
[[gnu::noinline]] int64_t take_groups(Scan &scan, const uint8_t *text, int64_t i, int64_t stop) {
  Tally t = scan.t;
  Faults faults = scan.faults;
  for (; i < stop && (outer || !only_outer_lines(t)); i += group_bytes) {
    const uint8_t *q = text + i;
    const Block b0 = load_block(q), b1 = load_block(q + 64), b2 = load_block(q + 128),
                b3 = load_block(q + 192);
    const Block greatest = maximum(maximum(b0, b1), maximum(b2, b3));
    if (!M::utf8 || !any(reach(greatest, 0x80))) {
      if (M::validate && scan.longest_before > 1) {
        scan.cut_short |= cut_off(text, i);
        faults.forget_wanted();
      }
      for (int64_t k = 0; k < group_bytes; k += block_bytes) {
        take_ascii<M, outer>(t, load_block(q + k));
        keep(t);
      }
      t.characters += group_bytes;
      scan.longest_before = 1;
      scan.wide_before = false;
      continue;
    }
    bool wide = false, wide_before = false;
    if constexpr (M::wide) {
      WideSpaces spaces;
      spaces.look_at(b0, q);
      spaces.look_at(b1, q + 64);
      spaces.look_at(b2, q + 128);
      spaces.look_at(b3, q + 192);
      wide_before = spaces.any_lead();
      wide = wide_before || scan.wide_before || spaces.any_u3000();
    }
    const int here = !M::validate || any(reach(greatest, 0xF0)) ? 4
                     : any(reach(greatest, 0xE0))               ? 3
                                                                : 2;
    const int most = here > scan.longest_before ? here : scan.longest_before;
    if (most == 4) take_blocks<M, outer, 4>(t, faults, q, wide);
    if (most == 3) take_blocks<M, outer, 3>(t, faults, q, wide);
    if (most == 2) take_blocks<M, outer, 2>(t, faults, q, wide);
    scan.longest_before = here;
    scan.wide_before = wide_before;
  }
  scan.t = t;
  scan.faults = faults;
  return i;
}

// Until the end, or to where a stage is ill-formed: returns -1, or where that begins. The tally is
// that of what is before; checked: where the stage ends.
template <class M>
int64_t take_stages(Tally &tally, const uint8_t *text, int64_t length, int64_t &checked) {
  if (length <= 0) return -1;
  Scan scan{tally, {}};
  scan.take_padded<M>(text, 0, length);
  int64_t known = 0, i = block_bytes;
  const int64_t groups_end = length - group_reach;
  while (i <= groups_end) {
    const int64_t stop = i + stage_bytes <= groups_end ? i + stage_bytes : groups_end + 1;
    if (!only_outer_lines(scan.t)) i = take_groups<M, false>(scan, text, i, stop);
    if (i < stop) i = take_groups<M, true>(scan, text, i, stop);
    if (M::validate && scan.ill_formed()) return checked = i, known;
    known = i;
    tally = scan.t;
  }
  for (; i + window_reach <= length; i += block_bytes)
    take_block<M, false, 4>(scan.t, scan.faults, load_window<4>(text + i), true);
  for (; i < length; i += block_bytes) scan.take_padded<M>(text, i, length);
  if constexpr (M::validate) {
    scan.skip_to(text, length);
    if (scan.ill_formed()) return checked = length, known;
  }
  tally = scan.t;
  return -1;
}

template <bool separators, bool wide>
int64_t count_utf8(Tally &tally, const uint8_t *text, int64_t length, Whitespace set,
                   Invalid invalid) {
  int64_t checked = 0;
  if (invalid == Invalid::trusted)
    return take_stages<Mode<separators, wide, true, false>>(tally, text, length, checked);
  for (int64_t from = 0;;) {
    const uint8_t *rest = text + from;
    const int64_t left = length - from;
    const int64_t known =
        take_stages<Mode<separators, wide, true, true>>(tally, rest, left, checked);
    if (known < 0) return -1;
    if (invalid == Invalid::strict) return from + first_ill_formed(rest, known, left);
    int64_t i = known;
    if (const int64_t begun = open_end(rest, known); begun > 0) {
      const uint8_t *q = rest + known - begun;
      const Character part = next_character(q, left - known + begun);
      take_part(tally, q, part, begun, set);
      i += part.bytes - begun;
    }
    from += take_parts(tally, rest, i, checked, left, set, false);
  }
}

#else

template <bool separators, bool wide>
int64_t count_utf8(Tally &tally, const uint8_t *text, int64_t length, Whitespace set,
                   Invalid invalid) {
  const int64_t end = take_parts(tally, text, 0, length, length, set, invalid == Invalid::strict);
  return end < 0 ? -1 - end : -1;
}

#endif

void count_bytes(Tally &tally, const uint8_t *text, int64_t length, Whitespace set) {
#if defined(__SSE2__)
  int64_t checked = 0;
  if (has_separators(set))
    take_stages<Mode<true, false, false, false>>(tally, text, length, checked);
  else
    take_stages<Mode<false, false, false, false>>(tally, text, length, checked);
#else
  for (int64_t i = 0; i < length; ++i) take_part(tally, text + i, {1, true, false}, 0, set);
#endif
}

int64_t count_characters(Tally &tally, const uint8_t *text, int64_t length, Whitespace set,
                         Invalid invalid) {
  if (set == Whitespace::python) return count_utf8<true, true>(tally, text, length, set, invalid);
  if (set == Whitespace::ascii) return count_utf8<false, false>(tally, text, length, set, invalid);
  return count_utf8<false, true>(tally, text, length, set, invalid);
}

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

}  // namespace
}  // namespace windlass::text::wc::WDL_LEVEL

namespace windlass::text::wc {

const Kernels WDL_LEVEL::kernels = {
    .bytes = WDL_LEVEL::count_bytes,
    .utf8 = WDL_LEVEL::count_characters,
    .starts = WDL_LEVEL::count_starts,
};

}  // namespace windlass::text::wc
