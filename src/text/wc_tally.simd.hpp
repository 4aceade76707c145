// What blocks of 64 bytes add to a tally: lines and words by masks; and single characters.
#pragma once
#include "blocks.simd.hpp"
#include "characters.hpp"
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

// What wc tells of a text.
inline void put(int64_t *out, int64_t bytes, const Tally &t) {
  out[0] = bytes, out[1] = t.characters, out[2] = t.lines, out[3] = t.words(), out[4] = t.longest;
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

#endif

}  // namespace
}  // namespace windlass::text::wc::WDL_LEVEL
