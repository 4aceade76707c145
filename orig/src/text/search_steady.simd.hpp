// All matches in time linear in the text, whatever needle and text: Two-Way (M. Crochemore,
// D. Perrin, Two-way string-matching, 1991, doi 10.1145/116825.116845) on 64 positions at a time.
// The needle is u v, cut at a critical factorisation: v is compared first, and where it differs at
// its byte j no match begins in the j + 1 positions from here; where v agrees and u does not, none
// begins in a whole period. Positions at which the first bytes of v differ are left out by vectors,
// so that every comparison that is made wins many positions. Matches that follow each other at the
// period are found by where the text's period ends.
#pragma once
#include <cstdint>

#include "search_match.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

// Bytes of a long needle that are compared at 64 positions: so many that a candidate they leave
// wins as many positions, at least.
constexpr int64_t most_probes = 16;
// Needles up to here are compared wholly: it takes no longer than a few candidates do.
constexpr int64_t most_exact = step == 64 ? 64 : step == 32 ? 48 : step == 16 ? 32 : 0;

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t greater(int64_t a, int64_t b) { return a < b ? b : a; }

#if defined(__AVX512BW__)
inline Vector small_letters(Vector a) {
  const __mmask64 great = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(a, all('A')), all(26));
  return _mm512_mask_add_epi8(a, great, a, all(0x20));
}
#elif defined(__SSE2__)
inline Vector small_letters(Vector a) {
  const Vector d = less(a, all('A')), top = all(25);
  return either(a, both(equal_lanes<uint8_t>(maximum(d, top), top), all(0x20)));
}
#endif
inline uint8_t small_letter(uint8_t a) {
  return a >= 'A' && a <= 'Z' ? static_cast<uint8_t>(a | 0x20) : a;
}

// The first i in [from, to) with text[i] != text[i - period]; to if there is none.
template <bool folded>
int64_t period_end(const uint8_t *text, int64_t period, int64_t from, int64_t to) {
  int64_t i = from;
#if defined(__SSE2__)
  for (; to - i >= step; i += step) {
    Vector a = load(text + i), b = load(text + i - period);
    if (folded) a = small_letters(a), b = small_letters(b);
    if (const uint64_t differing = ~equal<uint8_t>(a, b) & step_bits)
      return i + __builtin_ctzll(differing);
  }
#endif
  const auto as = [](uint8_t byte) { return folded ? small_letter(byte) : byte; };
  while (i < to && as(text[i]) == as(text[i - period])) ++i;
  return i;
}

template <bool folded>
class Steady {
 public:
  // Matches that begin before `end`, none of which reaches past the text.
  Steady(const Pattern &pattern, const uint8_t *text, int64_t end)
      : p_(pattern), text_(text), end_(end) {
    if (p_.period < 64)
      for (int64_t j = 0; j < 64; j += p_.period) comb_ |= uint64_t{1} << j;
    else
      comb_ = 1;
  }

  // Matches that begin before `at` are not asked for any more.
  void begin(int64_t at) { next_ = at, memory_ = 0, known_ = known_end_ = 0; }
  int64_t next() const { return next_; }

  // In rising order of `at`, without gaps.
  uint64_t hits(int64_t at, int64_t width) {
    uint64_t found = take_known(at, width);
    if (next_ - at >= width) return found;
    uint64_t left = candidates(at, width);
    if (next_ > at) left &= ~uint64_t{0} << (next_ - at);
    if (p_.length <= most_exact && ones(left) * p_.period < 64) {
      next_ = at + width;
      return found | left;
    }
    while (left != 0) {
      compare(at + __builtin_ctzll(left));
      found |= take_known(at, width);
      if (next_ - at >= width) break;
      left &= ~uint64_t{0} << (next_ - at);
    }
    next_ = greater(next_, at + width);
    return found;
  }

 private:
  const Pattern &p_;
  const uint8_t *text_;
  int64_t end_;
  uint64_t comb_ = 0;                   // matches at the period
  int64_t next_ = 0;                    // before it all matches are known
  int64_t at_memory_ = 0, memory_ = 0;  // the needle's first bytes that agree at a position
  int64_t known_ = 0, known_end_ = 0;   // matches: every period from the one to the other

  uint64_t take_known(int64_t at, int64_t width) {
    if (known_ >= smaller(known_end_, at + width)) return 0;
    uint64_t bits = comb_ << (known_ - at);
    const int64_t limit = smaller(known_end_ - at, width);
    if (limit < 64) bits &= first_bits(limit);
    known_ += ones(bits) * p_.period;
    return bits;
  }

  void compare(int64_t at) {
    const uint8_t *q = text_ + at;
    const int64_t m = p_.length, memory = at == at_memory_ ? memory_ : 0;
    const int64_t from = greater(p_.critical, memory);
    const int64_t differs = first_difference<folded>(p_, q, from, m);
    memory_ = 0;
    if (differs < m) {
      next_ = at + differs - p_.critical + 1;
    } else if (memory < p_.critical &&
               first_difference<folded>(p_, q, memory, p_.critical) < p_.critical) {
      next_ = at_memory_ = at + p_.period;
      memory_ = m - p_.period;
    } else {
      const int64_t last = end_ + m - 1;  // the text as far as it matters
      const int64_t until = period_end<folded>(text_, p_.period, at + m, last);
      known_ = at;
      known_end_ = until - m + 1;
      next_ = until - p_.period + 1;  // a match around `until` would have its period
    }
  }

  // v from its begin, then what remains of a short needle.
  template <class Load>
  uint64_t probes(int64_t at, Load &&load) const {
    const int64_t m = p_.length, count = m <= most_exact ? m : most_probes, c = p_.critical;
    const uint8_t *q = text_ + at;
    Found found = probe(load(q + c), Probe<folded>::of(p_, c));
    const auto narrow_by = [&](int64_t from, int64_t to) {
      const auto one = [&](int64_t i) {
        found = narrow(found, load(q + i), Probe<folded>::of(p_, i));
      };
      int64_t i = from;
      for (; to - i >= 4; i += 4) {
        one(i), one(i + 1), one(i + 2), one(i + 3);
        if (mask_of(found) == 0) return false;
      }
      for (; i < to; ++i) one(i);
      return true;
    };
    const int64_t behind = smaller(m, c + count);
    if (!narrow_by(c + 1, behind) || !narrow_by(0, count - (behind - c))) return 0;
    return mask_of(found);
  }
  uint64_t candidates(int64_t at, int64_t width) const {
    if (width == 64) return probes(at, [](const uint8_t *q) { return load64(q); });
    const auto some = [&](const uint8_t *q) { return load_some(q, width); };
    return probes(at, some) & first_bits(width);
  }
};

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
