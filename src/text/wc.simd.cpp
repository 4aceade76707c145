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
#include "characters.hpp"
#include "space.simd.hpp"
#include "utf8_decode.simd.hpp"
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
    t.longest = longest_inner_line(t.longest, lf, start & in_text);
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

// The most ones of `starts` between two ones of `lf`, or an end and one.
inline int64_t longest_of_short(uint64_t lf, uint64_t starts) {
  int64_t longest = 0;
  for (; lf != 0; lf &= lf - 1) {
    const uint64_t before = (lf & -lf) - 1;
    longest = larger(longest, ones(starts & before));
    starts &= ~before << 1;
  }
  return larger(longest, ones(starts));
}

// A text of at most 64 bytes. Those of `here` that are not of the text may be anything.
template <bool separators>
[[gnu::always_inline]] inline void put_short_ascii(int64_t *out, const Block &here,
                                                   int64_t length) {
  const uint64_t in_text = length == 0 ? 0 : all_bits >> (64 - length);
  const uint64_t spaces = ascii_spaces<separators>(here), lf = equal_to(here, '\n') & in_text;
  out[0] = out[1] = out[4] = length;
  out[2] = ones(lf);
  out[3] = ones(~spaces & (spaces << 1 | 1) & in_text);
  if (lf != 0) out[4] = longest_of_short(lf, in_text);
}

// 0 < length <= 64; returns whether the text is well formed, else `out` is unspecified.
template <class M>
[[gnu::noinline]] bool put_short(int64_t *out, const uint8_t *text, int64_t length) {
  const Window w = padded_window(text, 0, length);
  const uint64_t in_text = all_bits >> (64 - length), start = starts(w.at(0)) & in_text;
  if constexpr (M::validate) {
    Faults faults;
    look_for_faults<4>(faults, w, starts(w.at(0)));
    if (cut_off(text, length) || faults.any_seen()) return false;
  }
  Tally t;
  take_spaces<M, M::wide>(t, w);
  const uint64_t last = t.spaces >> (length - 1) & 1, lf = equal_to(w.at(0), '\n') & in_text;
  out[0] = length;
  out[1] = ones(start);
  out[2] = ones(lf);
  out[3] = t.ends + (last == 0);
  out[4] = longest_of_short(lf, start);
  return true;
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

// The first 64 bytes at q, of which `length` may be read and perhaps all.
inline Block load_short(const uint8_t *q, int64_t length, bool all) {
#if defined(__AVX512BW__)
  if (!all) return {{load_first<uint8_t>(q, static_cast<uint64_t>(length))}};
#else
  if (!all) {
    uint8_t padded[block_bytes] = {};
    if (length > 0) __builtin_memcpy(padded, q, static_cast<size_t>(length));
    return load_block(padded);
  }
#endif
  return load_block(q);
}

inline uint64_t beyond_ascii(const Block &block, int64_t length) {
  return length == 0 ? 0 : mask_of(reach(block, 0x80)) << (64 - length);
}

template <bool separators, bool wide>
IllRow count_short(const uint8_t *text, const int64_t *offsets, int64_t rows, const Reading &how,
                   int64_t *out) {
  const int64_t end = offsets[rows];
  for (int64_t row = 0; row < rows; ++row, out += 5) {
    const int64_t begin = offsets[row], length = offsets[row + 1] - begin;
    const uint8_t *q = text + begin;
    if (length <= block_bytes) {
      const Block here = load_short(q, length, begin + block_bytes <= end);
      if (!how.utf8 || beyond_ascii(here, length) == 0) {
        put_short_ascii<separators>(out, here, length);
        continue;
      }
      if (how.invalid == Invalid::trusted
              ? put_short<Mode<separators, wide, true, false>>(out, q, length)
              : put_short<Mode<separators, wide, true, true>>(out, q, length))
        continue;
    }
    Tally tally;
    if (!how.utf8) {
      count_bytes(tally, q, length, how.set);
    } else {
      const int64_t ill = count_utf8<separators, wide>(tally, q, length, how.set, how.invalid);
      if (ill >= 0) return {row, ill};
    }
    put(out, length, tally);
  }
  return {-1, -1};
}

IllRow count_rows(const uint8_t *text, const int64_t *offsets, int64_t rows, const Reading &how,
                  int64_t *out) {
  if (how.set == Whitespace::python) return count_short<true, true>(text, offsets, rows, how, out);
  if (how.set == Whitespace::ascii) return count_short<false, false>(text, offsets, rows, how, out);
  return count_short<false, true>(text, offsets, rows, how, out);
}

#else

IllRow count_rows(const uint8_t *text, const int64_t *offsets, int64_t rows, const Reading &how,
                  int64_t *out) {
  for (int64_t row = 0; row < rows; ++row, out += 5) {
    const uint8_t *q = text + offsets[row];
    const int64_t length = offsets[row + 1] - offsets[row];
    Tally tally;
    if (!how.utf8) {
      count_bytes(tally, q, length, how.set);
    } else {
      const int64_t ill = count_characters(tally, q, length, how.set, how.invalid);
      if (ill >= 0) return {row, ill};
    }
    put(out, length, tally);
  }
  return {-1, -1};
}

#endif

}  // namespace
}  // namespace windlass::text::wc::WDL_LEVEL

namespace windlass::text::wc {

const Kernels WDL_LEVEL::kernels = {
    .bytes = WDL_LEVEL::count_bytes,
    .utf8 = WDL_LEVEL::count_characters,
    .starts = WDL_LEVEL::count_starts,
    .rows = WDL_LEVEL::count_rows,
};

}  // namespace windlass::text::wc
