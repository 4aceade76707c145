// What blocks of 64 bytes add to a tally: lines and words by masks; and single characters.
#pragma once
#include "blocks.simd.hpp"
#include "characters.hpp"
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

// Parts from text[i] on until one begins at text[stop] or later; returns where, or of strict text
// the first ill-formed one as -1 - its offset.
inline int64_t take_parts(Tally &t, const uint8_t *text, int64_t i, int64_t stop, int64_t length,
                          Whitespace set, Invalid invalid) {
  while (i < stop) {
    const Character part = next_character(text + i, length - i, invalid == Invalid::trusted);
    if (invalid == Invalid::strict && !part.well_formed) return -1 - i;
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
// By itself: compilers would clear the register first, which takes as long.
inline int64_t zeros_below(uint64_t mask) {
  int64_t zeros;
  asm("tzcnt %1, %0" : "=r"(zeros) : "r"(mask) : "cc");
  return zeros;
}
inline int64_t zeros_above(uint64_t mask) { return static_cast<int64_t>(_lzcnt_u64(mask)); }
#else
inline int64_t zeros_below(uint64_t mask) { return mask ? __builtin_ctzll(mask) : 64; }
inline int64_t zeros_above(uint64_t mask) { return mask ? __builtin_clzll(mask) : 64; }
#endif

// The zeros above the highest one, or where there is none another number. Without a branch, which
// lines of random lengths would mispredict: lzcnt sets the carry where there is none.
inline int64_t zeros_above(uint64_t mask, int64_t where_none) {
#if defined(__LZCNT__)
  int64_t zeros;
  asm("lzcnt %1, %0\n\tcmovc %2, %0" : "=&r"(zeros) : "r"(mask), "r"(where_none) : "cc");
  return zeros;
#else
  const uint64_t none = general(uint64_t{0} - (mask == 0));
  return (static_cast<int64_t>(none) & (where_none - 64)) + zeros_above(mask);
#endif
}

// LFs, counted in bytes: of up to 255 blocks.
struct Feeds {
  Block counters = all_of(0);

  // Those of the next block.
  [[gnu::always_inline]] uint64_t look_at(const Block &block) {
    uint64_t lf = 0;
    for (int k = 0; k < vectors_a_block; ++k) {
      const Hits hits = same<uint8_t>(block.v[k], all('\n'));
      counters.v[k] = tally_hits<uint8_t>(counters.v[k], hits);
      lf |= bits_of(hits) << (k * sizeof(Vector));
    }
    return general(lf);
  }
  int64_t count() const {
    Vector sums = zero();
    for (int k = 0; k < vectors_a_block; ++k) sums = add64(sums, sum_bytes(counters.v[k]));
    return total<uint8_t>(sums);
  }
};

// From here on a line within a block cannot be the longest.
constexpr int64_t long_enough = 62;

// Whether so many ones are in a row; run > 0.
inline bool has_run(uint64_t mask, int64_t run) {
  int64_t known = 1;
  for (; 2 * known <= run; known *= 2) mask &= mask >> known;
  return (mask & mask >> (run - known)) != 0;
}

// The longest of the lines within a block, between its LFs, or what is longer.
inline int64_t longest_inner_line(int64_t longest, uint64_t lf, uint64_t starts) {
  if ((lf & (lf - 1)) == 0) return longest;
  const uint64_t outside = ((lf & -lf) - 1) | (all_bits << (zeros_above(lf) ^ 63));
  if (!has_run(~(lf | outside), longest + 1)) return longest;
  for (uint64_t rest = lf & (lf - 1); rest != 0; rest &= rest - 1) {
    const uint64_t before = (rest & -rest) - 1;  // and the LF ahead is the greatest of lf within
    const int64_t ahead = 63 - __builtin_clzll(lf & before);
    longest = larger(longest, ones(starts & before & (all_bits << ahead << 1)));
  }
  return longest;
}

// The same of a group of blocks. Not inlined, and by value: a tally whose address is taken would
// stay in memory.
template <bool utf8>
[[gnu::noinline]] int64_t longest_inner_lines(int64_t longest, const uint8_t *q) {
  for (int64_t k = 0; k < group_bytes; k += block_bytes) {
    const Block b = load_block(q + k);
    longest =
        longest_inner_line(longest, equal_bytes(b, all_of('\n')), utf8 ? starts(b) : all_bits);
  }
  return longest;
}

// A branch, since it is hardly ever taken: compilers would choose without one.
[[gnu::always_inline]] inline void take_length(Tally &t, int64_t length) {
  if (__builtin_expect(length > t.longest, 0)) {
    asm("" : "+r"(length));
    t.longest = length;
  }
}

// The lines that reach into a block with these LFs and starts of characters from the one before, or
// out of it into the next one.
[[gnu::always_inline]] inline void take_lines(Tally &t, uint64_t lf, uint64_t starts) {
  const uint64_t behind = all_bits << (~zeros_above(lf) & 63) << 1;
  take_length(t, t.open + ones(starts & (lf - 1) & ~lf));
  const int64_t all = t.open + ones(starts), last = ones(starts & behind);
  t.open = lf == 0 ? all : last;
}

// The same of a block of ASCII.
[[gnu::always_inline]] inline void take_lines(Tally &t, uint64_t lf) {
  take_length(t, t.open + zeros_below(lf));
  t.open = zeros_above(lf, t.open + block_bytes);
}

// spaces << 1 | before >> 63, by two additions: bits are moved from mask to mask in each block.
[[gnu::always_inline]] inline uint64_t shifted_in(uint64_t spaces, uint64_t before) {
  asm("add %1, %1\n\tadc %0, %0" : "+r"(spaces), "+r"(before) : : "cc");
  return spaces;
}

// Blocks whose spaces are all of a byte each.
[[gnu::always_inline]] inline void take_narrow(Tally &t, uint64_t spaces) {
  t.ends += ones(spaces & ~shifted_in(spaces, t.spaces));
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
  asm(""
      : "+r"(t.ends), "+r"(t.open), "+r"(t.longest), "+r"(t.spaces), "+r"(t.lines),
        "+r"(t.characters));
}

#endif

}  // namespace
}  // namespace windlass::text::wc::WDL_LEVEL
