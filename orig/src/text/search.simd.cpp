// Looking for a needle: the kernels that search_kernels.hpp states.
#include <utility>

#include "search_kernels.hpp"
#include "search_rows.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

// Up to here masks are faster: counters have to be cleared and added up.
constexpr int64_t few_bytes = 4096;
// From here on an attempt that fails costs little.
constexpr int64_t many_bytes = 32768;

// One load of each block then stays within a line of the cache.
inline int64_t to_line(const uint8_t *q) {
  return static_cast<int64_t>(-reinterpret_cast<uintptr_t>(q) % 64);
}

#if defined(__SSE2__)

// Matches in whole groups of blocks; moves at on. Counters of a byte each, as for doubles.
template <class Blocks>
int64_t count_groups(const Blocks &blocks, int64_t &at, int64_t end) {
  constexpr int64_t lanes = 64 / step == 1 ? 4 : 2, group = lanes * 64;
  Vector sums = zero();
  while (end - at >= group) {
    const int64_t groups = (end - at) / group;
    Counters counters[lanes];
    for (int64_t left = groups < 255 ? groups : 255; left > 0; --left, at += group)
      for (int k = 0; k < lanes; ++k) counters[k].add(blocks.found(at + 64 * k));
    for (int k = 0; k < lanes; ++k) sums = add64(sums, counters[k].sums());
  }
  return total<uint8_t>(sums);
}

// As count_groups, while groups that have the two least common bytes of a needle are themselves
// uncommon: the others are passed over by a test. Stops where there are more than one in eight.
template <class Blocks>
int64_t count_uncommon(const Blocks &blocks, int64_t &at, int64_t end) {
  constexpr int64_t group = 256, cost = 8, allowance = 24, most = 256;
  const auto pair = blocks.pair();
  int64_t count = 0, credit = allowance;
  for (; credit >= 0 && end - at >= group; at += group) {
    const Found found =
        any_of(any_of(pair(at), pair(at + 64)), any_of(pair(at + 128), pair(at + 192)));
    credit = smaller(credit + 1, most);
    if (mask_of(found) == 0) continue;
    for (int k = 0; k < 4; ++k) count += ones(blocks.hits(at + 64 * k));
    credit -= cost;
  }
  return count;
}

#endif

template <int length, class Blocks>
int64_t count_exact(const Pattern &pattern, const Range &range) {
  const Blocks blocks(pattern, range.text);
  const int64_t end = last_begin(pattern, range);
  int64_t at = range.first, count = 0;
#if defined(__SSE2__)
  if (end - at > few_bytes) {
    const int64_t head = to_line(range.text + at);
    if (head > 0) count = ones(blocks.some(at, head));
    at += head;
    if (length > 2 && end - at > many_bytes) count += count_uncommon(blocks, at, end);
    count += count_groups(blocks, at, end);
  }
#endif
  for (; end - at >= 64; at += 64) count += ones(blocks.hits(at));
  return at < end ? count + ones(blocks.some(at, end - at)) : count;
}

template <bool folded>
int64_t count_of(const Pattern &pattern, const Range &range) {
  if (!pattern.whole) {
    if (pattern.length == 1) return count_exact<1, Exact<1, folded>>(pattern, range);
    if (pattern.length == 2) return count_exact<2, Exact<2, folded>>(pattern, range);
    if (pattern.length == 3) return count_exact<3, Exact<3, folded>>(pattern, range);
    if (pattern.length == 4) return count_exact<4, Exact<4, folded>>(pattern, range);
  }
  int64_t count = 0;
  Range some = {range.text, range.bytes, range.first, last_begin(pattern, range)};
  const auto add = [&](int64_t, uint64_t hits) {
    count += ones(hits);
    return true;
  };
  if (some.last - some.first > few_bytes) {
    const int64_t head = to_line(range.text + range.first + pattern.rare[0]);
    each_block_of<folded>(pattern, {range.text, range.bytes, range.first, range.first + head}, add);
    some.first += head;
  }
  each_block_of<folded>(pattern, some, add);
  return count;
}

int64_t count(const Pattern &pattern, const Range &range) {
  return pattern.folded ? count_of<true>(pattern, range) : count_of<false>(pattern, range);
}

// take(i) for the matches of a block at `at` that are apart from what ends at reach.
template <class Take>
inline void take_apart(int64_t at, uint64_t hits, int64_t length, int64_t &reach, Take &&take) {
  if (reach - at >= 64) return;
  if (reach > at) hits &= ~uint64_t{0} << (reach - at);
  while (hits != 0) {
    const int64_t j = __builtin_ctzll(hits);
    take(at + j);
    reach = at + j + length;
    if (j + length >= 64) return;
    hits &= ~uint64_t{0} << (j + length);
  }
}

int64_t count_any_apart(const Pattern &pattern, const Range &range, int64_t *reach) {
  int64_t taken = 0, end = *reach;
  each_block(pattern, range, [&](int64_t at, uint64_t hits) {
    if (hits != 0) take_apart(at, hits, pattern.length, end, [&](int64_t) { ++taken; });
    return true;
  });
  *reach = end;
  return taken;
}

// Matches of a needle of up to 63 bytes that overlaps itself in three ways at most. Few of them do:
// where none does, all are taken, without looking at one after the other.
class Apart {
 public:
  Apart(const Pattern &pattern, int64_t reach)
      : length_(pattern.length),
        a_(pattern.overlaps[0]),
        b_(pattern.overlaps[1]),
        c_(pattern.overlaps[2]),
        reach_(reach) {}

  void add(int64_t at, uint64_t hits) {
    const auto by = [&](int d) { return hits << d | before_ >> (64 - d); };
    const uint64_t overlapping = hits & (by(a_) | by(b_) | by(c_));
    if (overlapping != 0 || at < reach_) return choose(at, hits);
    taken_ += ones(hits);
    earlier_ = before_;
    before_ = hits;
  }
  int64_t taken() const { return taken_; }
  // Of the last that was taken in the blocks up to the one at `at`.
  int64_t reach(int64_t at) const {
    // One in the block before that one reaches beyond a last block that is not whole.
    int64_t last = reach_;
    if (earlier_ != 0) last = greater(last, at - 1 - __builtin_clzll(earlier_) + length_);
    if (before_ != 0) last = greater(last, at + 63 - __builtin_clzll(before_) + length_);
    return last;
  }

 private:
  int64_t length_;
  int a_, b_, c_;
  uint64_t before_ = 0, earlier_ = 0;  // taken in the last block, and in the one before it
  int64_t taken_ = 0;
  int64_t reach_;  // of what is taken before that; where it is more than the block's begin

  [[gnu::noinline]] void choose(int64_t at, uint64_t hits) {
    int64_t end = reach(at - 64);
    uint64_t chosen = 0;
    take_apart(at, hits, length_, end, [&](int64_t i) { chosen |= uint64_t{1} << (i - at); });
    taken_ += ones(chosen);
    earlier_ = before_;
    before_ = chosen;
  }
};

int64_t count_apart(const Pattern &pattern, const Range &range, int64_t *reach) {
  if (pattern.overlaps[0] == 0) return count_any_apart(pattern, range, reach);
  Apart apart(pattern, *reach);
  int64_t last = range.first;
  const Range some = {range.text, range.bytes, range.first, last_begin(pattern, range)};
  each_block(pattern, some, [&](int64_t at, uint64_t hits) {
    apart.add(at, hits);
    last = at;
    return true;
  });
  *reach = apart.reach(last);
  return apart.taken();
}

int64_t count_apart_twice(const Pattern &pattern, const Range &range, int64_t *reaches,
                          int64_t *counts) {
  int64_t one = range.last, end[2] = {reaches[0], reaches[1]}, taken[2] = {};
  each_block(pattern, range, [&](int64_t at, uint64_t hits) {
    if (hits == 0) return true;
    for (int k = 0; k < 2; ++k)
      take_apart(at, hits, pattern.length, end[k], [&](int64_t) { ++taken[k]; });
    if (end[0] != end[1]) return true;
    one = smaller(at + 64, range.last);
    return false;
  });
  for (int k = 0; k < 2; ++k) reaches[k] = end[k], counts[k] += taken[k];
  return one;
}

int64_t first(const Pattern &pattern, const Range &range) {
  int64_t found = -1;
  each_block(pattern, range, [&](int64_t at, uint64_t hits) {
    if (hits == 0) return true;
    found = at + __builtin_ctzll(hits);
    return false;
  });
  return found;
}

// In stretches from the end, each of them forwards, so that the linear method serves here too.
int64_t last(const Pattern &pattern, const Range &range) {
  constexpr int64_t least = 4096;
  const int64_t stretch = greater(least, pattern.length);
  int64_t found = -1, end = last_begin(pattern, range);
  while (found < 0 && end > range.first) {
    const Range part = {range.text, range.bytes, greater(range.first, end - stretch), end};
    each_block(pattern, part, [&](int64_t at, uint64_t hits) {
      if (hits != 0) found = at + 63 - __builtin_clzll(hits);
      return true;
    });
    end = part.first;
  }
  return found;
}

int64_t positions(const Pattern &pattern, const Range &range, int64_t most, int64_t *out,
                  int64_t *resume) {
  int64_t found = 0;
  *resume = range.last;
  each_block(pattern, range, [&](int64_t at, uint64_t hits) {
    if (hits == 0) return true;
    if (most - found < ones(hits)) {
      *resume = at;
      return false;
    }
    for (; hits != 0; hits &= hits - 1) out[found++] = at + __builtin_ctzll(hits);
    return true;
  });
  return found;
}

int64_t positions_apart(const Pattern &pattern, const Range &range, int64_t *reach, int64_t *out) {
  int64_t found = 0, end = *reach;
  each_block(pattern, range, [&](int64_t at, uint64_t hits) {
    if (hits != 0) take_apart(at, hits, pattern.length, end, [&](int64_t i) { out[found++] = i; });
    return true;
  });
  *reach = end;
  return found;
}

int64_t end_of_period(const Pattern &pattern, const uint8_t *text, int64_t from, int64_t to) {
  return pattern.folded ? period_end<true>(text, pattern.period, from, to)
                        : period_end<false>(text, pattern.period, from, to);
}

template <class Blocks>
void count_rows_by(const Pattern &pattern, bool apart, const uint8_t *text, const int64_t *offsets,
                   int64_t rows, int64_t *out) {
  const Blocks blocks(pattern, text);
  const auto one = [&](int64_t row) {
    const int64_t bytes = offsets[row + 1] - offsets[row];
    const Range range = {text + offsets[row], bytes, 0, bytes};
    int64_t reach = 0;
    return apart ? count_apart(pattern, range, &reach) : count(pattern, range);
  };
  if (apart)
    count_each_row<true>(blocks, offsets, rows, out, one);
  else
    count_each_row<false>(blocks, offsets, rows, out, one);
}

using CountRows = decltype(search::Kernels::count_rows);

template <bool folded, int... less>
CountRows exact_rows(int64_t length, std::integer_sequence<int, less...>) {
  CountRows chosen = nullptr;
  ((chosen = length == less + 1 ? count_rows_by<ExactRows<less + 1, folded>> : chosen), ...);
  return chosen;
}

template <bool folded>
CountRows rows_counter(const Pattern &pattern) {
  if (pattern.whole || pattern.length > 8) return count_rows_by<FilteredRows<folded>>;
  return exact_rows<folded>(pattern.length, std::make_integer_sequence<int, 8>{});
}

void count_rows(const Pattern &pattern, bool apart, const uint8_t *text, const int64_t *offsets,
                int64_t rows, int64_t *out) {
  const CountRows counter =
      pattern.folded ? rows_counter<true>(pattern) : rows_counter<false>(pattern);
  counter(pattern, apart, text, offsets, rows, out);
}

}  // namespace
}  // namespace windlass::text::WDL_LEVEL

namespace windlass::text::search {

const Kernels WDL_LEVEL::kernels = {
    .count = text::WDL_LEVEL::count,
    .count_apart = text::WDL_LEVEL::count_apart,
    .count_apart_twice = text::WDL_LEVEL::count_apart_twice,
    .first = text::WDL_LEVEL::first,
    .last = text::WDL_LEVEL::last,
    .positions = text::WDL_LEVEL::positions,
    .positions_apart = text::WDL_LEVEL::positions_apart,
    .period_end = text::WDL_LEVEL::end_of_period,
    .count_rows = text::WDL_LEVEL::count_rows,
};

}  // namespace windlass::text::search
