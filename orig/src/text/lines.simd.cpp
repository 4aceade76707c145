// Problem: the lines that hold a match, and the matches, in one pass.
// Matches and LFs come as masks of 64 bytes. With a one wherever there is no LF, adding the matches
// carries out of every line that has one (and only there, into the bit of its LF): the sum's bits
// at LFs are the lines that count, and its carry is the line that goes on into the next block.
// Blocks without matches in lines without any so far are not looked at for LFs.
#include "lines_kernels.hpp"
#include "search_blocks.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

struct LineFeeds {
  Probe<false> byte;
  const Range &range;

  explicit LineFeeds(const Range &r) : byte(probe_of()), range(r) {}

  // Of the 64 bytes from `at` that the range has.
  uint64_t operator()(int64_t at) const {
    const uint8_t *q = range.text + at;
    const int64_t left = range.last - at;
    if (left >= 64) return mask_of(probe(load64(q), byte));
    return mask_of(probe(load_some(q, left), byte)) & first_bits(left);
  }

 private:
  static Probe<false> probe_of() {
    static constexpr uint8_t feed = '\n', fold = 0;
    Pattern pattern{};
    pattern.bytes = &feed, pattern.fold = &fold;
    return Probe<false>::of(pattern, 0);
  }
};

// The matches that are taken from the left; *reach is where the last one ends.
inline uint64_t taken(uint64_t hits, int64_t at, int64_t length, int64_t *reach) {
  uint64_t result = 0;
  int64_t end = *reach - at;
  while (hits != 0) {
    if (end >= 64) break;
    if (end > 0) hits &= ~uint64_t{0} << end;
    if (hits == 0) break;
    const int64_t next = __builtin_ctzll(hits);
    result |= uint64_t{1} << next;
    end = next + length;
  }
  *reach = at + end;
  return result;
}

template <bool apart>
void tally_range(const Pattern &pattern, const Range &range, lines::Tally *tally) {
  const LineFeeds feeds(range);
  int64_t lines = 0, total = 0, reach = tally->reach, first = tally->first;
  uint64_t open = tally->open;
  each_block(pattern, range, [&](int64_t at, uint64_t hits) {
    if ((hits | open) == 0) return true;
    if (first < 0) first = at + __builtin_ctzll(hits);
    total += ones(apart ? taken(hits, at, pattern.length, &reach) : hits);
    const uint64_t ends = feeds(at);
    unsigned long long sum;
    const bool over = __builtin_uaddll_overflow(~ends, hits, &sum);
    const bool more = __builtin_uaddll_overflow(sum, open, &sum);
    open = over || more;
    lines += ones(sum & ends);
    return true;
  });
  tally->lines += lines, tally->total += total;
  tally->reach = reach, tally->first = first, tally->open = open != 0;
}

void tally(const Pattern &pattern, const Range &range, bool apart, lines::Tally *tally) {
  if (apart)
    tally_range<true>(pattern, range, tally);
  else
    tally_range<false>(pattern, range, tally);
}

template <bool apart>
void lines_of_range(const Pattern &pattern, const Range &range, int64_t *counts, int64_t *offsets) {
  const LineFeeds feeds(range);
  int64_t line = 0, count = 0, reach = range.first;
  if (offsets && range.first < range.last) offsets[0] = range.first;
  each_block(pattern, range, [&](int64_t at, uint64_t hits) {
    if (apart) hits = taken(hits, at, pattern.length, &reach);
    for (uint64_t ends = feeds(at); ends != 0; ends &= ends - 1) {
      const int64_t feed = __builtin_ctzll(ends);
      const uint64_t before = hits & first_bits(feed);
      if (counts) counts[line] = count + ones(before);
      hits ^= before;
      count = 0;
      line++;
      if (offsets && at + feed + 1 < range.last) offsets[line] = at + feed + 1;
    }
    count += ones(hits);
    return true;
  });
  if (counts && range.last > range.first && range.text[range.last - 1] != '\n')
    counts[line] = count;
}

void by_line(const Pattern &pattern, const Range &range, bool apart, int64_t *counts,
             int64_t *offsets) {
  if (apart)
    lines_of_range<true>(pattern, range, counts, offsets);
  else
    lines_of_range<false>(pattern, range, counts, offsets);
}

int64_t feeds(const uint8_t *text, int64_t bytes) {
  const Range range{text, bytes, 0, bytes};
  const LineFeeds feeds(range);
  int64_t count = 0;
  for (int64_t at = 0; at < bytes; at += 64) count += ones(feeds(at));
  return count;
}

}  // namespace
}  // namespace windlass::text::WDL_LEVEL

namespace windlass::text::lines {

const Kernels WDL_LEVEL::kernels = {
    .tally = text::WDL_LEVEL::tally,
    .by_line = text::WDL_LEVEL::by_line,
    .feeds = text::WDL_LEVEL::feeds,
};

}  // namespace windlass::text::lines
