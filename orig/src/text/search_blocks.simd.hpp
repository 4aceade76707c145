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
    for (int k = 0; k < 2; ++k) rare_[k] = pattern.rare[k];
  }

  Found found(int64_t at) const {
    return all_probes(at, [](const uint8_t *q) { return load64(q); });
  }
  uint64_t hits(int64_t at) const { return mask_of(found(at)); }
  uint64_t some(int64_t at, int64_t width) const {
    const auto load = [&](const uint8_t *q) { return load_some(q, width); };
    return mask_of(all_probes(at, load)) & first_bits(width);
  }
  // found(at), but of the needle's two least common bytes only.
  auto pair() const {
    const Probe<folded> a = probes_[rare_[0]], b = probes_[rare_[1]];
    const uint8_t *q = text_ + rare_[0], *r = text_ + rare_[1];
    return [=](int64_t at) { return narrow(probe(load64(q + at), a), load64(r + at), b); };
  }

 private:
  const uint8_t *text_;
  int64_t rare_[2];
  Probe<folded> probes_[length];

  template <class Load>
  Found all_probes(int64_t at, Load &&load) const {
    Found found = probe(load(text_ + at), probes_[0]);
    for (int k = 1; k < length; ++k) found = narrow(found, load(text_ + at + k), probes_[k]);
    return found;
  }
};

// Any needle: three of its bytes are compared, and then all of it where they agree. Where that
// takes too long a stretch of text is searched by comparing all bytes everywhere, of a short
// needle, or by the steady method.
template <bool folded>
class Filtered {
 public:
  Filtered(const Pattern &pattern, const Range &range, int64_t end)
      : p_(pattern),
        text_(range.text),
        bytes_(range.bytes),
        begin_(range.first),
        steady_(pattern, range.text, end) {
    for (int k = 0; k < 3; ++k) probes_[k] = Probe<folded>::of(pattern, pattern.rare[k]);
  }

  // Whole blocks from at on, up to one in which candidates are: these, or 0 at the end.
  template <class Visit>
  uint64_t skip(int64_t &at, int64_t end, bool &go, Visit &visit) const {
    Probe<folded> a = probes_[0], b = probes_[1], c = probes_[2];
    keep(a), keep(b), keep(c);  // in registers, whatever is called later
    const int64_t to_b = p_.rare[1] - p_.rare[0], to_c = p_.rare[2] - p_.rare[0];
    const uint8_t *q = text_ + p_.rare[0] + at;
    for (; end - at >= 64; at += 64, q += 64) {
      Found found = narrow(probe(load64(q), a), load64(q + to_b), b);
      found = narrow(found, load64(q + to_c), c);
      if (const uint64_t mask = mask_of(found)) return mask;
      if (!(go = visit(at, uint64_t{0}))) return 0;
    }
    return 0;
  }
  bool busy(int64_t at) const { return at < busy_until_; }

  // Whole blocks from at on that are searched so; false: no more are wanted.
  template <class Visit>
  bool be_busy(int64_t &at, int64_t end, Visit &visit) {
    if (p_.length <= most_dense) {
      for (; at < busy_until_ && end - at >= 64; at += 64)
        if (!visit(at, bounded(at, densely(at, 64)))) return false;
    } else {
      for (; at < busy_until_ && end - at >= 64; at += 64)
        if (!visit(at, busily(at, 64))) return false;
    }
    begin_ = at, spent_ = allowance - allowance / 8;
    return true;
  }

  // Of the candidates in a block.
  [[gnu::noinline]] uint64_t verified(int64_t at, int64_t width, uint64_t candidates) {
    const int64_t per_byte = p_.length <= most_dense ? 40 / p_.length : 2;
    uint64_t found = 0;
    spent_ += surprise;
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
      if (spent_ > allowance + (at - begin_) / per_byte) {
        become_busy(at, j + 1);
        found = bounded(at, found);
        if (j == 63) return found;
        return found | (busily(at, width) & (~uint64_t{0} << (j + 1)));
      }
    } while (candidates != 0);
    return bounded(at, found);
  }

  uint64_t some(int64_t at, int64_t width) {
    if (busy(at)) return busily(at, width);
    const uint8_t *q = text_ + at;
    const auto load = [&](int k) { return load_some(q + p_.rare[k], width); };
    Found found = narrow(probe(load(0), probes_[0]), load(1), probes_[1]);
    found = narrow(found, load(2), probes_[2]);
    const uint64_t mask = mask_of(found) & first_bits(width);
    return mask == 0 ? 0 : verified(at, width, mask);
  }

 private:
  // Cycles, about: of a branch that was not foreseen, of a comparison, and what may be spent beyond
  // what the other methods take: for a short needle 1.6 cycles a byte of it and 64 of text.
  static constexpr int64_t surprise = 16, attempt = 10, allowance = 1024;
  static constexpr int64_t stretch = 65536, most_dense = 16;

  const Pattern &p_;
  const uint8_t *text_;
  int64_t bytes_, begin_, spent_ = 0, busy_until_ = 0;
  Probe<folded> probes_[3];
  Probe<folded> every_[most_dense];
  Steady<folded> steady_;

  static void keep([[maybe_unused]] Probe<folded> &p) {
#if defined(__SSE2__)
    asm("" : "+x"(p.byte));
    if (folded) asm("" : "+x"(p.fold));
#endif
  }

  [[gnu::noinline]] uint64_t busily(int64_t at, int64_t width) {
    if (p_.length <= most_dense) return bounded(at, densely(at, width));
    const uint64_t found = steady_.hits(at, width);
    busy_until_ = greater(busy_until_, steady_.next());
    return bounded(at, found);
  }

  void become_busy(int64_t at, int64_t from) {
    busy_until_ = at + 64 + greater(stretch, p_.length);
    if (p_.length > most_dense) return steady_.begin(at + from);
    for (int64_t k = 0; k < p_.length; ++k) every_[k] = Probe<folded>::of(p_, k);
  }

  template <class Load>
  uint64_t all_probes(const uint8_t *q, Load &&load) const {
    Found found = probe(load(q), every_[0]);
    const int64_t few = smaller(p_.length, 8);
    for (int64_t k = 1; k < few; ++k) found = narrow(found, load(q + k), every_[k]);
    if (p_.length == few || mask_of(found) == 0) return mask_of(found);
    for (int64_t k = few; k < p_.length; ++k) found = narrow(found, load(q + k), every_[k]);
    return mask_of(found);
  }
  uint64_t densely(int64_t at, int64_t width) const {
    const uint8_t *q = text_ + at;
    if (width == 64) return all_probes(q, [](const uint8_t *r) { return load64(r); });
    return all_probes(q, [&](const uint8_t *r) { return load_some(r, width); }) & first_bits(width);
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

// The last block, and those in which nothing can begin.
template <class Blocks, class Visit>
inline void visit_rest(const Range &range, int64_t at, int64_t end, Blocks &blocks, Visit &visit) {
  if (at < end) {
    if (!visit(at, blocks.some(at, end - at))) return;
    at += 64;
  }
  for (; at < range.last; at += 64)
    if (!visit(at, uint64_t{0})) return;
}

template <class Blocks, class Visit>
inline void visit_exact(const Range &range, int64_t end, Blocks &&blocks, Visit &visit) {
  int64_t at = range.first;
  for (; end - at >= 64; at += 64)
    if (!visit(at, blocks.hits(at))) return;
  visit_rest(range, at, end, blocks, visit);
}

template <bool folded, class Visit>
inline void visit_filtered(const Pattern &pattern, const Range &range, int64_t end, Visit &visit) {
  Filtered<folded> blocks(pattern, range, end);
  int64_t at = range.first;
  while (end - at >= 64) {
    bool go = true;
    if (blocks.busy(at)) {
      if (!blocks.be_busy(at, end, visit)) return;
      continue;
    }
    const uint64_t candidates = blocks.skip(at, end, go, visit);
    if (!go) return;
    if (candidates == 0) break;
    if (!visit(at, blocks.verified(at, 64, candidates))) return;
    at += 64;
  }
  visit_rest(range, at, end, blocks, visit);
}

template <bool folded, class Visit>
inline void each_block_of(const Pattern &pattern, const Range &range, Visit &&visit) {
  const int64_t end = last_begin(pattern, range);
  if (pattern.whole || pattern.length > 4)
    return visit_filtered<folded>(pattern, range, end, visit);
  switch (pattern.length) {
    case 1:
      return visit_exact(range, end, Exact<1, folded>(pattern, range.text), visit);
    case 2:
      return visit_exact(range, end, Exact<2, folded>(pattern, range.text), visit);
    case 3:
      return visit_exact(range, end, Exact<3, folded>(pattern, range.text), visit);
    default:
      return visit_exact(range, end, Exact<4, folded>(pattern, range.text), visit);
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
