// What wc tells of a text, and of many short ones: the kernels that wc_kernels.hpp states.
#include "characters.hpp"
#include "utf8_decode.simd.hpp"
#include "wc_kernels.hpp"
#include "wc_stages.simd.hpp"

namespace windlass::text::wc::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

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
    from += take_parts(tally, rest, i, checked, left, set, invalid);
  }
}

#else

template <bool separators, bool wide>
int64_t count_utf8(Tally &tally, const uint8_t *text, int64_t length, Whitespace set,
                   Invalid invalid) {
  const int64_t end = take_parts(tally, text, 0, length, length, set, invalid);
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

// The offset at which a row of `length` bytes is ill-formed, or -1; readable: so many bytes are.
template <bool separators, bool wide>
int64_t count_row(const uint8_t *q, int64_t length, int64_t readable, const Reading &how,
                  int64_t *out) {
  if (length <= block_bytes) {
    const Block here = load_short(q, length, block_bytes <= readable);
    if (!how.utf8 || beyond_ascii(here, length) == 0) {
      put_short_ascii<separators>(out, here, length);
      return -1;
    }
    if (how.invalid == Invalid::trusted
            ? put_short<Mode<separators, wide, true, false>>(out, q, length)
            : put_short<Mode<separators, wide, true, true>>(out, q, length))
      return -1;
  }
  Tally tally;
  int64_t ill = -1;
  if (!how.utf8)
    count_bytes(tally, q, length, how.set);
  else
    ill = count_utf8<separators, wide>(tally, q, length, how.set, how.invalid);
  put(out, length, tally);
  return ill;
}

// Rows that are looked at together: of most of them is known by that that they are plain.
constexpr int64_t group_rows = 32;

// Whether text and the 64 bytes behind it have no LF and, in UTF-8, nothing beyond ASCII.
inline bool is_plain(const uint8_t *q, int64_t bytes, bool utf8) {
  Block high = load_block(q + bytes);
  Block feed = each_vector([&](int k) { return minus(high.v[k], all('\n')); });
  for (int64_t i = 0; i < bytes; i += block_bytes) {
    const Block b = load_block(q + i);
    high = maximum(high, b);
    feed = each_vector([&](int k) { return least(feed.v[k], minus(b.v[k], all('\n'))); });
  }
  bool feeds = false;
  for (int k = 0; k < vectors_a_block; ++k) feeds |= any_at_most(feed.v[k], 0);
  return !feeds && !(utf8 && any(reach(high, 0x80)));
}

// Rows of plain text as long as they are short; 64 bytes can be read at each. Returns the next.
template <bool separators>
[[gnu::noinline]] int64_t put_plain_rows(const uint8_t *text, const int64_t *offsets, int64_t row,
                                         int64_t stop, int64_t *out) {
  for (int64_t end = offsets[row]; row < stop; ++row) {
    const int64_t begin = end, length = (end = offsets[row + 1]) - begin;
    if (length >= block_bytes) break;
    const uint64_t in_text = (uint64_t{1} << length) - 1;
    const uint64_t spaces = ascii_spaces<separators>(load_block(text + begin));
    int64_t *const to = out + 5 * row;
    to[0] = to[1] = to[4] = length;
    to[2] = 0;
    to[3] = ones(~spaces & (spaces << 1 | 1) & in_text);
  }
  return row;
}

template <bool separators, bool wide>
IllRow count_short(const uint8_t *text, const int64_t *offsets, int64_t rows, const Reading &how,
                   int64_t *out) {
  const int64_t end = offsets[rows];
  int64_t last = rows;  // at the rows before it 64 bytes can be read
  while (last > 0 && end - offsets[last - 1] < block_bytes) --last;
  for (int64_t row = 0; row < rows;) {
    const int64_t stop = row >= last ? rows : row + group_rows < last ? row + group_rows : last;
    if (row < last && is_plain(text + offsets[row], offsets[stop - 1] - offsets[row], how.utf8))
      row = put_plain_rows<separators>(text, offsets, row, stop, out);
    for (; row < stop; ++row) {
      const int64_t at = offsets[row];
      const int64_t ill = count_row<separators, wide>(text + at, offsets[row + 1] - at, end - at,
                                                      how, out + 5 * row);
      if (ill >= 0) return {row, ill};
    }
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
