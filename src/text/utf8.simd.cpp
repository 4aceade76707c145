// Problem: the pairs of neighbouring characters of UTF-8 that are equal, and
// whether the text is well formed. Let l(j) be the length of the character that
// byte j belongs to and f(j) = [b(j) == b(j - l(j))]. A character equals the
// one before when f holds at all its bytes: the leads are then equal, hence the
// lengths. l(j) > k where the greatest of the bytes j - k to j leads more than
// k bytes, so f is one comparison with a choice among four shifted views of the
// text. In masks of 64 bytes with S the starts of characters, A = S & f sends a
// one to the byte after each lead. The sum (A << 1) + (f & ~S) carries it
// through the continuations where f holds, and it arrives at the next start, or
// at the text's end, when it holds at all. What leaves bit 63 belongs to the
// next block. ASCII is compared as plain bytes, 256 at a time; ASCII with
// characters of one other length has loops of its own, with one choice among
// two views. Keeps nothing in memory. Reads every byte once from memory, three
// to five times from the first-level cache.
#include "utf8.simd.hpp"

#include "units.simd.hpp"
#include "utf8_decode.simd.hpp"
#include "utf8_mixed.simd.hpp"
#include "utf8_of_length.simd.hpp"
#include "utf8_scan.simd.hpp"
#include "utf8_threes.simd.hpp"
#include "utf8_windows.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

// Of a stage: leaving the loops for one length at its end costs some 3 % more at half of that.
constexpr int64_t far_bytes = 2 * stage_bytes;

template <Check check, bool full>
inline void take_padded(Scan<check, full> &scan, const uint8_t *text, int64_t i, int64_t length) {
  const int64_t left = length - i;
  const uint64_t all = ~uint64_t{0}, comparable = i == 0 ? all - 1 : all;
  const uint64_t after = left < 64 ? (uint64_t{2} << left) - 1 : all;
  const Window window = padded_window(text, i, length);
  if (any(reach(window.at(0), 0x80))) return scan.template take<4>(window, after, comparable);
  if (check == Check::strict) scan.skip_to(text, i);
  scan.take_ascii(scan.equal(window.at(0), window.at(-1)) & comparable & after >> (left < 64));
}

// As short a text is not worth that its blocks lie in lines of the cache.
constexpr int64_t long_bytes = 4096;

// The first bytes of a long text; returns where the first block is that lies in a line, and one of
// its views within it: where lines begin, a block is taken that overlaps the first one and counts
// what arrives after that.
template <Check check>
[[gnu::noinline]] int64_t take_to_line(Scan<check, false> &scan, const uint8_t *text) {
  const uint64_t all = ~uint64_t{0};
  scan.template take<4>(padded_window(text, 0, long_bytes), all, all - 1);
  const auto line = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(text) % block_bytes);
  if (line < 4 || line > block_bytes - 4) return block_bytes;
  scan.carry = 0;
  scan.faults.want(text, line);
  scan.template take<4>(load_views<-4, 0>(text + line), all << (block_bytes - line));
  return line + block_bytes;
}

// Groups of ASCII from text[i] to text[stop - 1]; returns where they end.
template <Check check, bool full>
inline int64_t take_ascii_groups(Scan<check, full> &scan, const uint8_t *text, int64_t i,
                                 int64_t stop) {
  for (; i < stop; i += group_bytes) {
    const uint8_t *q = text + i;
    if (any(reach(greatest_of(q), 0x80))) break;
    for (int64_t k = 0; k < group_bytes; k += block_bytes)
      scan.take_ascii(scan.equal(load_block(q + k), load_block(q + k - 1)));
  }
  return i;
}

// Groups of four blocks from text[i] up to at least text[stop - 1]; returns
// where the next one begins.
template <Check check, bool full>
inline int64_t take_groups(Scan<check, full> &scan, const uint8_t *text, int64_t i, int64_t stop) {
  while (i < stop) {
    const Block greatest = greatest_of(text + i);
    if (!any(reach(greatest, 0x80))) {
      scan.skip_to(text, i);
      i = take_ascii_groups(scan, text, i, stop);
      continue;
    }
    const int here = any(reach(greatest, 0xF0)) ? 4 : any(reach(greatest, 0xE0)) ? 3 : 2;
    if constexpr (check == Check::lossy) {
      i = take_alike<4>(scan, text, i, stop);
      continue;
    }
    int64_t end = i;
    if (here == 3 && mask_of(reach(load_block(text + i), 0x80)) == ~uint64_t{0})
      end = take_threes(scan, text, i, stop);
    if (end == i)
      end = here == 2   ? take_of_length<2, false>(scan, text, i, stop)
            : here == 3 ? take_of_length<3, false>(scan, text, i, stop)
                        : take_of_length<4, true>(scan, text, i, stop);
    if (end == i && here == 3) end = take_of_length<3, true>(scan, text, i, stop);
    if (end > i) {
      i = end;
      continue;
    }
    i = take_any(scan, text, i, stop, here);
  }
  return i;
}

// Whole blocks of ASCII that the text begins with.
template <Check check, bool full>
inline int64_t take_ascii_blocks(Scan<check, full> &scan, const uint8_t *text, int64_t length) {
  int64_t i = 0;
  for (; i + block_bytes < length; i += block_bytes) {
    const Block block = load_block(text + i);
    if (any(reach(block, 0x80))) break;
    scan.take_ascii(i == 0 ? scan.equal(block, load_block(text + 1)) << 1
                           : scan.equal(block, load_block(text + i - 1)));
  }
  return i;
}

// Short rows are mostly ASCII: their count, or -1 for other text; 0 < length
// <= 64.
#if defined(__AVX512BW__)

template <bool full>
inline int64_t count_short_ascii(const uint8_t *text, int64_t length, Neighbours what) {
  const Block here = {{load_first<uint8_t>(text, static_cast<uint64_t>(length))}};
  if (any(reach(here, 0x80))) return -1;
  const auto pairs = static_cast<uint64_t>(length - 1);
  const Block next = {{load_first<uint8_t>(text + 1, pairs)}};
  uint64_t same = equal_bytes(here, next);
  if (full && what.ignore_case) same = equal_but_case(here, next, all(0x20));
  same = _bzhi_u64(same, static_cast<unsigned>(pairs));
  if (full && what.runs) same &= ~(same << 1);
  return ones(same);
}

#else

template <bool full>
inline int64_t count_short_ascii(const uint8_t *text, int64_t length, Neighbours what) {
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
  if ((any & 0x8080808080808080) != 0) return -1;
  return full ? count_u8(text, length, what) : doubles_u8(text, length);
}

#endif

template <Check check, bool full>
Utf8 count_blocks(const uint8_t *text, int64_t length, Neighbours what) {
  constexpr bool strict = check == Check::strict;
  Scan<check, full> scan(what);
  const bool from_line = !full && length >= long_bytes;
  int64_t i = from_line ? 0 : take_ascii_blocks(scan, text, length < 512 ? length : 512);
  int64_t known = i;  // what is before it is well formed, but for a character that may go on
  if constexpr (!full)
    if (from_line) i = take_to_line(scan, text);
  if (i == 0) {
    take_padded(scan, text, 0, length);
    i = block_bytes;
  }
  const int64_t groups_end = length - group_reach;
  while (i <= groups_end) {
    const int64_t stop = i + far_bytes <= groups_end ? i + far_bytes : groups_end + 1;
    i = take_groups(scan, text, i, stop);
    if (strict && scan.ill_formed()) return {0, first_ill_formed(text, known, length)};
    known = i;
  }
  for (; i + window_reach <= length; i += block_bytes)
    scan.template take<4>(load_views<-4, 4>(text + i));
  for (; i < length; i += block_bytes) take_padded(scan, text, i, length);
  if (i == length) scan.end();
  scan.skip_to(text, length);
  if (strict && scan.ill_formed()) return {0, first_ill_formed(text, known, length)};
  return {scan.count, -1};
}

// Text that may be ill-formed: at full speed as long as it is not.
template <bool full>
struct Lossy {
  Scan<Check::lossy, full> slow;
  Scan<Check::strict, full> fast;
  bool well_formed = false;  // so is the stage before, and `fast` has the state

  explicit Lossy(Neighbours what) : slow(what), fast(what) {}

  // `slow` goes on at text[i]; nothing before is ill-formed but what may go on there.
  void slow_down(const uint8_t *text, int64_t i, int64_t length) {
    well_formed = false;
    slow.count = fast.count;
    slow.repeat = fast.repeat;
    slow.carry = 0;
    slow.covers = {};
    for (int64_t back = 1; back <= 4 && back <= i; ++back) {
      if (is_continuation(text[i - back])) continue;
      const int64_t bytes = character_at(text, i - back, length), over = bytes - back;
      if (over >= 0) slow.carry = fast.carry;
      const uint64_t ahead = over > 0 ? (uint64_t{1} << over) - 1 : 0;
      (bytes == 2 ? slow.covers.two : bytes == 3 ? slow.covers.three : slow.covers.four) = ahead;
      break;
    }
  }
  void speed_up() {
    well_formed = true;
    fast.count = slow.count;
    fast.carry = slow.carry;
    fast.repeat = slow.repeat;
    fast.faults = {};
    fast.cut_short = false;
  }
  // The groups of a stage; returns where the next one begins.
  int64_t take_stage(const uint8_t *text, int64_t i, int64_t stop, int64_t length) {
    if (well_formed) {
      const Scan<Check::strict, full> kept = fast;
      const int64_t next = take_groups(fast, text, i, stop);
      if (!fast.ill_formed()) return next;
      fast = kept;
      slow_down(text, i, length);
    }
    slow.covers.missed = 0;
    const int64_t next = take_groups(slow, text, i, stop);
    if (slow.covers.missed == 0) speed_up();
    return next;
  }
};

template <bool full>
int64_t count_lossy(const uint8_t *text, int64_t length, Neighbours what) {
  Lossy<full> scan(what);
  take_padded(scan.slow, text, 0, length);
  if (scan.slow.covers.missed == 0 && length > group_reach) scan.speed_up();
  int64_t i = block_bytes;
  const int64_t groups_end = length - group_reach;
  while (i <= groups_end) {
    const int64_t stop = i + far_bytes <= groups_end ? i + far_bytes : groups_end + 1;
    i = scan.take_stage(text, i, stop, length);
  }
  if (scan.well_formed) scan.slow_down(text, i, length);
  for (; i < length; i += block_bytes) take_padded(scan.slow, text, i, length);
  if (i == length) scan.slow.end();
  return scan.slow.count;
}

template <Check check, bool full = false>
inline Utf8 count_characters(const uint8_t *text, int64_t length, Neighbours what = {}) {
  if (length <= 0) return {0, -1};
  if (length <= block_bytes) {
    const int64_t count = count_short_ascii<full>(text, length, what);
    if (count >= 0) return {count, -1};
  }
  if constexpr (check == Check::lossy)
    return {count_lossy<full>(text, length, what), -1};
  else
    return count_blocks<check, full>(text, length, what);
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

// One character, or one ill-formed part, at a time.
struct Walk {
  Neighbours what;
  int64_t count = 0,
          previous = 0;  // bytes of the character before, 0 where it equals nothing
  bool repeat = false;

  void add(bool again) {
    count += again && !(what.runs && repeat);
    repeat = again;
  }
  void take_ascii(const uint8_t *q, int64_t run) {
    const bool letter_pairs = what.ignore_case || what.runs;
    if (!letter_pairs) {
      count += doubles_u8(q, run) + (previous == 1 && q[0] == q[-1]);
    } else {
      for (int64_t i = 0; i < run; ++i)
        add((i > 0 || previous == 1) && equal_ascii(q[i - 1], q[i]));
    }
    previous = 1;
  }
  void take(const uint8_t *q, int64_t bytes) {
    const bool ascii = bytes == 1 && previous == 1;
    add(ascii ? equal_ascii(q[-1], q[0])
              : bytes > 0 && bytes == previous &&
                    __builtin_memcmp(q - bytes, q, static_cast<size_t>(bytes)) == 0);
    previous = bytes;
  }
  bool equal_ascii(uint8_t a, uint8_t b) const {
    if (a == b) return true;
    return what.ignore_case && (a ^ b) == 0x20 && static_cast<uint8_t>((a | 0x20) - 'a') < 26;
  }
};

template <Check check, bool full = false>
inline Utf8 count_characters(const uint8_t *text, int64_t length, Neighbours what = {}) {
  Walk walk{what};
  for (int64_t i = 0; i < length;) {
    const int64_t run = ascii_run(text, i, length);
    if (run > 0) {
      walk.take_ascii(text + i, run);
      i += run;
      continue;
    }
    const Character next = next_character(text + i, length - i, check == Check::none);
    if (!next.well_formed && check != Check::lossy) return {0, i};
    walk.take(text + i, next.well_formed ? next.bytes : 0);
    i += next.bytes;
  }
  return {walk.count, -1};
}

#endif

template <Check check>
Utf8 count(const uint8_t *text, int64_t length, Neighbours what) {
  if (what.runs || what.ignore_case) return count_characters<check, true>(text, length, what);
  return count_characters<check>(text, length);
}

}  // namespace

Utf8 count_utf8(const uint8_t *text, int64_t length, Neighbours what) {
  return count<Check::strict>(text, length, what);
}

int64_t count_utf8_trusted(const uint8_t *text, int64_t length, Neighbours what) {
  return count<Check::none>(text, length, what).count;
}

int64_t count_utf8_lossy(const uint8_t *text, int64_t length, Neighbours what) {
  return count<Check::lossy>(text, length, what).count;
}

BadRow doubles_utf8_rows(const uint8_t *text, const int64_t *offsets, int64_t rows, int64_t *out) {
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t begin = offsets[row];
    const Utf8 result = count_characters<Check::strict>(text + begin, offsets[row + 1] - begin);
    if (result.bad >= 0) return {row, begin + result.bad};
    out[row] = result.count;
  }
  return {-1, -1};
}

void doubles_utf8_trusted_rows(const uint8_t *text, const int64_t *offsets, int64_t rows,
                               int64_t *out) {
  for (int64_t row = 0; row < rows; ++row)
    out[row] =
        count_characters<Check::none>(text + offsets[row], offsets[row + 1] - offsets[row]).count;
}

}  // namespace windlass::text::WDL_LEVEL
