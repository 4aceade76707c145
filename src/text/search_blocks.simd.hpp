// Where a needle begins, as masks of 64 bytes of text. For *.simd.cpp files that count something of
// the matches:
//
//   each_block(pattern, range, [&](int64_t at, uint64_t hits) { ...; return true; });
//
// calls visit(at, hits) for at = range.first, range.first + 64, ... < range.last, in this order,
// until it returns false. Bit j of hits: a match begins at range.text + at + j, and
// at + j < range.last. Matches may overlap; they are bounded if the pattern says whole; they end
// within range.bytes. Nothing outside [text, text + bytes) is read. The time is linear in the text
// whatever the needle.
#pragma once
#include <cstdint>

#include "needle.hpp"
#include "search_match.simd.hpp"
#include "search_steady.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

// Needles of up to four bytes: all are compared.
template <int length, bool folded>
class Exact {
 public:
  Exact(const Pattern &pattern, const uint8_t *text) : text_(text) {
    for (int k = 0; k < length; ++k) probes_[k] = Probe<folded>::of(pattern, k);
  }

  Found found(int64_t at) const {
    return all_probes(at, [](const uint8_t *q) { return load64(q); });
  }
  uint64_t hits(int64_t at) const { return mask_of(found(at)); }
  uint64_t some(int64_t at, int64_t width) const {
    const auto load = [&](const uint8_t *q) { return load_some(q, width); };
    return mask_of(all_probes(at, load)) & first_bits(width);
  }

 private:
  const uint8_t *text_;
  Probe<folded> probes_[length];

  template <class Load>
  Found all_probes(int64_t at, Load &&load) const {
    Found found = probe(load(text_ + at), probes_[0]);
    for (int k = 1; k < length; ++k) found = narrow(found, load(text_ + at + k), probes_[k]);
    return found;
  }
};

// Any needle: three of its bytes are compared, and then all of it where they agree. When that takes
// too long (1 cycle for 2 bytes of text), the steady method has the next stretch.
template <bool folded>
class Filtered {
 public:
  Filtered(const Pattern &pattern, const Range &range, int64_t end)
      : p_(pattern), text_(range.text), bytes_(range.bytes), begin_(range.first),
        steady_(pattern, range.text, end) {
    for (int k = 0; k < 3; ++k) probes_[k] = Probe<folded>::of(pattern, pattern.rare[k]);
  }

  uint64_t hits(int64_t at) {
    if (at < steady_until_) return steadily(at, 64);
    const uint64_t found = probes(at, [](const uint8_t *q) { return load64(q); });
    return found == 0 ? 0 : verified(at, 64, found);
  }
  uint64_t some(int64_t at, int64_t width) {
    if (at < steady_until_) return steadily(at, width);
    const auto load = [&](const uint8_t *q) { return load_some(q, width); };
    const uint64_t found = probes(at, load) & first_bits(width);
    return found == 0 ? 0 : verified(at, width, found);
  }

 private:
  // Cycles, about: what a failed comparison costs, and what may be spent beyond the share.
  static constexpr int64_t attempt = 12, allowance = 4096, stretch = 16384;

  const Pattern &p_;
  const uint8_t *text_;
  int64_t bytes_, begin_, spent_ = 0, steady_until_ = 0;
  Probe<folded> probes_[3];
  Steady<folded> steady_;

  template <class Load>
  uint64_t probes(int64_t at, Load &&load) const {
    const uint8_t *q = text_ + at;
    Found found = probe(load(q + p_.rare[0]), probes_[0]);
    found = narrow(found, load(q + p_.rare[1]), probes_[1]);
    return mask_of(narrow(found, load(q + p_.rare[2]), probes_[2]));
  }

  uint64_t verified(int64_t at, int64_t width, uint64_t candidates) {
    uint64_t found = 0;
    do {
      const int j = __builtin_ctzll(candidates);
      bool agrees;
      if (p_.length <= 64) {
        agrees = begins<folded>(p_, text_ + at + j);
        spent_ += attempt;
      } else {
        const int64_t i = first_difference<folded>(p_, text_ + at + j, 0, p_.length);
        agrees = i == p_.length;
        spent_ += attempt + i / 32;
      }
      found |= static_cast<uint64_t>(agrees) << j;
      candidates &= candidates - 1;
      if (spent_ > allowance + (at - begin_) / 2) {
        steady_.begin(at + j + 1);
        steady_until_ = at + 64 + greater(stretch, p_.length);
        found = bounded(at, found);
        return j == 63 ? found : found | steadily(at, width);
      }
    } while (candidates != 0);
    return bounded(at, found);
  }

  [[gnu::noinline]] uint64_t steadily(int64_t at, int64_t width) {
    const uint64_t found = steady_.hits(at, width);
    steady_until_ = greater(steady_until_, steady_.next());
    if (at + 64 >= steady_until_) begin_ = at, spent_ = allowance - allowance / 8;
    return bounded(at, found);
  }

  // The matches that are whole words, where these are wanted.
  uint64_t bounded(int64_t at, uint64_t hits) const {
    if (!p_.whole || hits == 0) return hits;
    if (at > 0 && at + p_.length + 64 <= bytes_) {
      const uint8_t *q = text_ + at;
      if (p_.front) hits &= ~joining(load64(q - 1), p_.ascii);
      if (p_.back) hits &= ~joining(load64(q + p_.length), p_.ascii);
      return hits;
    }
    uint64_t found = 0;
    for (; hits != 0; hits &= hits - 1) {
      const int j = __builtin_ctzll(hits);
      const int64_t before = at + j - 1, behind = at + j + p_.length;
      const bool joined = (p_.front && before >= 0 && joins(text_[before])) ||
                          (p_.back && behind < bytes_ && joins(text_[behind]));
      found |= static_cast<uint64_t>(!joined) << j;
    }
    return found;
  }
  bool joins(uint8_t byte) const { return p_.joining[byte / 64] >> (byte % 64) & 1; }
};

inline int64_t last_begin(const Pattern &pattern, const Range &range) {
  return smaller(range.last, range.bytes - pattern.length + 1);
}

template <class Blocks, class Visit>
inline void visit_blocks(const Range &range, int64_t end, Blocks &&blocks, Visit &&visit) {
  int64_t at = range.first;
  for (; end - at >= 64; at += 64)
    if (!visit(at, blocks.hits(at))) return;
  if (at < end) {
    if (!visit(at, blocks.some(at, end - at))) return;
    at += 64;
  }
  for (; at < range.last; at += 64)
    if (!visit(at, uint64_t{0})) return;
}

template <bool folded, class Visit>
inline void each_block_of(const Pattern &pattern, const Range &range, Visit &&visit) {
  const int64_t end = last_begin(pattern, range);
  if (pattern.whole || pattern.length > 4)
    return visit_blocks(range, end, Filtered<folded>(pattern, range, end), visit);
  switch (pattern.length) {
    case 1:
      return visit_blocks(range, end, Exact<1, folded>(pattern, range.text), visit);
    case 2:
      return visit_blocks(range, end, Exact<2, folded>(pattern, range.text), visit);
    case 3:
      return visit_blocks(range, end, Exact<3, folded>(pattern, range.text), visit);
    default:
      return visit_blocks(range, end, Exact<4, folded>(pattern, range.text), visit);
  }
}

template <class Visit>
inline void each_block(const Pattern &pattern, const Range &range, Visit &&visit) {
  if (pattern.folded)
    each_block_of<true>(pattern, range, visit);
  else
    each_block_of<false>(pattern, range, visit);
}

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
