// A needle in each of many short texts that follow one another: as search_blocks.simd.hpp, but made
// ready once for all rows. A block may reach beyond its row while it ends within the last one.
#pragma once
#include <cstdint>

#include "search_blocks.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

// Beyond this, comparing all candidates could take long; other searches are ready soon enough.
constexpr int64_t short_row = 256;

// The first `count` bits, 0 to 64.
inline uint64_t low_bits(uint64_t bits, int64_t count) {
#if defined(__BMI2__)
  return _bzhi_u64(bits, static_cast<unsigned>(count));
#else
  return count < 64 ? bits & first_bits(count) : bits;
#endif
}

// Needles of up to eight bytes: all are compared, since a branch that was not foreseen costs more.
template <int bytes, bool folded>
class ExactRows {
 public:
  static constexpr bool simple = true;  // hits are matches
  ExactRows(const Pattern &pattern, const uint8_t *text) : exact_(pattern, text) {}

  static constexpr int64_t length() { return bytes; }
  uint64_t hits(int64_t at) const { return exact_.hits(at); }
  uint64_t some(int64_t at, int64_t width) const { return exact_.some(at, width); }
  uint64_t taken(int64_t, uint64_t hits, int64_t, int64_t) const { return hits; }

 private:
  Exact<bytes, folded> exact_;
};

// Any needle: its rare bytes are compared, and then all of it where they agree.
template <bool folded>
class FilteredRows {
 public:
  static constexpr bool simple = false;
  FilteredRows(const Pattern &pattern, const uint8_t *text) : p_(pattern), text_(text) {
    for (int k = 0; k < 3; ++k) probes_[k] = Probe<folded>::of(pattern, pattern.rare[k]);
  }

  int64_t length() const { return p_.length; }
  uint64_t hits(int64_t at) const {
    return candidates(at, [](const uint8_t *q) { return load64(q); });
  }
  uint64_t some(int64_t at, int64_t width) const {
    return candidates(at, [&](const uint8_t *q) { return load_some(q, width); });
  }
  // The matches among candidates at `at` and on of the row [begin, end).
  uint64_t taken(int64_t at, uint64_t candidates, int64_t begin, int64_t end) const {
    uint64_t found = 0;
    for (; candidates != 0; candidates &= candidates - 1) {
      const int64_t i = at + __builtin_ctzll(candidates), behind = i + p_.length;
      if (!begins<folded>(p_, text_ + i)) continue;
      const bool joined = (p_.front && i > begin && joins(text_[i - 1])) ||
                          (p_.back && behind < end && joins(text_[behind]));
      if (!joined) found |= candidates & -candidates;
    }
    return found;
  }

 private:
  const Pattern &p_;
  const uint8_t *text_;
  Probe<folded> probes_[3];

  template <class Load>
  uint64_t candidates(int64_t at, Load &&load) const {
    const uint8_t *q = text_ + at;
    Found found = probe(load(q + p_.rare[0]), probes_[0]);
    found = narrow(found, load(q + p_.rare[1]), probes_[1]);
    return mask_of(narrow(found, load(q + p_.rare[2]), probes_[2]));
  }
  bool joins(uint8_t byte) const { return p_.joining[byte / 64] >> (byte % 64) & 1; }
};

// How many of a block's matches are taken from the left, from byte `from` of it on, which becomes
// the next block's.
inline int64_t take_few(uint64_t hits, int64_t length, int64_t &from) {
  int64_t count = 0, reach = from;
  if (reach >= 64) hits = 0;
  hits &= ~uint64_t{0} << (reach & 63);
  while (hits != 0) {
    reach = __builtin_ctzll(hits) + length;
    ++count;
    if (reach >= 64) break;
    hits &= ~uint64_t{0} << reach;
  }
  from = greater(reach - 64, 0);
  return count;
}

// Of the row [begin, end), whose blocks may reach up to text_end.
template <bool apart, class Blocks>
int64_t count_row(const Blocks &blocks, int64_t begin, int64_t end, int64_t text_end) {
  const int64_t length = blocks.length(), readable = text_end - (length + 63);
  const int64_t last = end - length + 1;
  int64_t count = 0, from = 0;
  for (int64_t at = begin; at < last; at += 64) {
    const int64_t width = smaller(last - at, 64);
    uint64_t hits = at <= readable ? blocks.hits(at) : blocks.some(at, smaller(width, 63));
    hits = blocks.taken(at, hits & ~uint64_t{0} >> (64 - width), begin, end);
    count += apart ? take_few(hits, length, from) : ones(hits);
  }
  return count;
}

// other(row): of a row that is not short.
template <bool apart, class Blocks, class Other>
void count_each_row(const Blocks &blocks, const int64_t *offsets, int64_t rows, int64_t *out,
                    Other &&other) {
  constexpr bool simple = !apart && Blocks::simple;
  const int64_t text_end = offsets[rows], readable = text_end - (blocks.length() + 63);
  int64_t end = offsets[0];
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t begin = end, size = (end = offsets[row + 1]) - begin;
    if (simple && size <= 64 && begin <= readable) {  // as most are: without another branch
      out[row] = ones(low_bits(blocks.hits(begin), greater(size - blocks.length() + 1, 0)));
      continue;
    }
    out[row] = size > short_row ? other(row) : count_row<apart>(blocks, begin, end, text_end);
  }
}

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
