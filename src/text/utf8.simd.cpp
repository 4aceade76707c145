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
#include "utf8_covers.simd.hpp"
#include "utf8_decode.simd.hpp"
#include "utf8_faults.simd.hpp"
#include "utf8_windows.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

enum class Check { none, strict, lossy };

#if defined(__SSE2__)

// `full`: of what is counted anything but plain doubles.
template <Check check, bool full>
struct Scan {
  int64_t count = 0;
  // 1 when the character that ends with the last block, or goes on past it, is so far repeated.
  uint64_t carry = 0;
  Faults faults;
  bool cut_short = false;
  // Of full ones: all ones where runs are counted, and 1 when the last character was a repeat.
  uint64_t runs;
  uint64_t repeat = 0;
  Vector case_bit;
  Covers covers;  // of lossy ones

  explicit Scan(Neighbours what)
      : runs(what.runs ? ~uint64_t{0} : 0), case_bit(all(what.ignore_case ? 0x20 : 0)) {}

  // The next block of the text, without characters of more than `longest` bytes in or right before
  // it; in_text: the bytes that are not past the text's end.
  template <int longest>
  [[gnu::always_inline]] void take(const Window &w, uint64_t in_text) {
    if constexpr (check == Check::lossy) return take_lossy(w, in_text);
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
    const uint64_t same = general(equal(w.at(0), next)), start = general(starts(w.at(0)));
    if constexpr (check == Check::strict) faults.template look_at<longest>(w, start, spans);
    add(repeats(start & same, same & ~start) & start & in_text, start);
  }

  // Well-formed characters are compared alone: leads that have what they want cover it.
  void take_lossy(const Window &w, uint64_t in_text) {
    const uint64_t start = starts(w.at(0));
    const Covered in = covers.take(w, start);
    const uint64_t same =
        (equal(w.at(0), w.at(1)) & in.one) | (equal_bytes(w.at(0), w.at(2)) & in.two) |
        (equal_bytes(w.at(0), w.at(3)) & in.three) | (equal_bytes(w.at(0), w.at(4)) & in.four);
    add(repeats(start & same, same & ~start) & start & in_text, start);
  }

  uint64_t equal(const Block &a, const Block &b) const {
    return full ? equal_but_case(a, b, case_bit) : equal_bytes(a, b);
  }

  // Where the ones at `from` arrive, carried through those at `through`: after the last of them.
  static uint64_t carried(uint64_t from, uint64_t through, uint64_t &carry) {
    const uint64_t reached = (from << 1) + through + carry;
    // Out of bit 63 comes what was sent there, or what was carried through it.
    carry = (from | (through & ~reached)) >> 63;
    return reached;
  }
  uint64_t repeats(uint64_t head, uint64_t rest) { return carried(head, rest, carry); }

  // `again`: the starts of characters that equal the one before.
  void add(uint64_t again, uint64_t start) {
    if constexpr (full) again &= ~(carried(again, ~start, repeat) & runs);
    count += ones(again);
  }

  // No continuation follows: at text[i] is ASCII or the end.
  void skip_to(const uint8_t *text, int64_t i) {
    cut_short |= cut_off(text, i);
    faults.forget_wanted();
  }

  bool ill_formed() const { return cut_short || faults.any_seen(); }

  // A block of ASCII and what follows each of its bytes; `pairs` begin at these.
  void take_ascii(const Block &block, const Block &next, uint64_t pairs = ~uint64_t{0}) {
    const uint64_t same = equal(block, next) & pairs;
    if constexpr (full) {
      const uint64_t again = same << 1 | carry;
      count += ones(again & ~((again << 1 | repeat) & runs));
      carry = same >> 63;
      repeat = again >> 63;
    } else {
      count += ones(same) + static_cast<int64_t>(carry);
      carry = 0;
    }
  }
};

template <Check check, bool full>
inline void take_padded(Scan<check, full> &scan, const uint8_t *text, int64_t i, int64_t length) {
  const int64_t left = length - i;
  const uint64_t all = ~uint64_t{0}, in_text = left < 64 ? (uint64_t{1} << left) - 1 : all;
  const Window window = padded_window(text, i, length);
  if (any(reach(window.at(0), 0x80))) return scan.template take<4>(window, in_text);
  if (check == Check::strict) scan.skip_to(text, i);
  scan.take_ascii(window.at(0), window.at(1), left > 64 ? all : in_text >> 1);
}

template <int longest, Check check, bool full>
inline void take_blocks(Scan<check, full> &scan, const uint8_t *q) {
  constexpr bool shift = check == Check::none;
  for (int64_t k = 0; k < group_bytes; k += block_bytes)
    scan.template take<longest>(shift ? shift_window<longest>(q + k) : load_window<longest>(q + k),
                                ~uint64_t{0});
}

// Groups of four blocks from text[i] up to at least text[stop - 1]; returns where the next one
// begins. `longest` bounds the characters of the group before.
template <Check check, bool full>
inline int64_t take_groups(Scan<check, full> &scan, const uint8_t *text, int64_t i, int64_t stop,
                           int &longest) {
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
    if constexpr (check == Check::lossy) {
      take_blocks<4>(scan, q);
      continue;
    }
    const int here = any(reach(greatest, 0xF0)) ? 4 : any(reach(greatest, 0xE0)) ? 3 : 2;
    const int most = here > longest ? here : longest;
    if (most == 4) take_blocks<4>(scan, q);
    if (most == 3) take_blocks<3>(scan, q);
    if (most == 2) take_blocks<2>(scan, q);
    longest = here;
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
    scan.take_ascii(block, load_block(text + i + 1));
  }
  return i;
}

// Short rows are mostly ASCII: their count, or -1 for other text; 0 < length <= 64.
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
  int64_t i = take_ascii_blocks(scan, text, length < 512 ? length : 512);
  int64_t known = i;  // what is before it is well formed, but for a character that may go on
  if (i == 0) {
    take_padded(scan, text, 0, length);
    i = block_bytes;
  }
  int longest = 4;
  const int64_t groups_end = length - group_reach;
  while (i <= groups_end) {
    const int64_t stop = i + stage_bytes <= groups_end ? i + stage_bytes : groups_end + 1;
    i = take_groups(scan, text, i, stop, longest);
    if (strict && scan.ill_formed()) return {0, first_ill_formed(text, known, length)};
    known = i;
  }
  for (; i + window_reach <= length; i += block_bytes)
    scan.template take<4>(load_window<4>(text + i), ~uint64_t{0});
  for (; i < length; i += block_bytes) take_padded(scan, text, i, length);
  scan.skip_to(text, length);
  if (strict && scan.ill_formed()) return {0, first_ill_formed(text, known, length)};
  return {scan.count, -1};
}

template <Check check, bool full = false>
inline Utf8 count_characters(const uint8_t *text, int64_t length, Neighbours what = {}) {
  if (length <= 0) return {0, -1};
  if (length <= block_bytes) {
    const int64_t count = count_short_ascii<full>(text, length, what);
    if (count >= 0) return {count, -1};
  }
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
  int64_t count = 0, previous = 0;  // bytes of the character before, 0 where it equals nothing
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
    const int64_t bytes = character_at(text, i, length);
    if (bytes == 0 && check != Check::lossy) return {0, i};
    walk.take(text + i, bytes);
    i += bytes > 0 ? bytes : ill_formed_part(text, i, length);
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

Utf8 doubles_utf8(const uint8_t *text, int64_t length) {
  return count_characters<Check::strict>(text, length);
}

int64_t doubles_utf8_trusted(const uint8_t *text, int64_t length) {
  return count_characters<Check::none>(text, length).count;
}

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
