// Doubles in text of characters of three bytes alone, as Chinese and Japanese mostly are: 21 of
// them a block of 63 bytes, so that what has to lead and what to continue stands still. Where that
// does not hold the text is left to those who take any.
#pragma once
#include <cstdint>

#include "utf8_scan.simd.hpp"
#include "utf8_windows.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

constexpr int64_t threes_bytes = 63, threes_group = 4 * threes_bytes;
constexpr uint64_t threes_leads = 0x1249249249249249;

// E0 and C0 where the leads are, 80 and C0 where the continuations are, and what else there may not
// be set; nothing of the byte behind the block.
struct ThreesPattern {
  uint8_t upper[64], fixed[64];
};
constexpr ThreesPattern threes_pattern = [] {
  ThreesPattern t{};
  for (int j = 0; j < threes_bytes; ++j) {
    t.upper[j] = j % 3 == 0 ? 0xE0 : 0x80;
    t.fixed[j] = j % 3 == 0 ? 0xF0 : 0xC0;
  }
  return t;
}();

template <Check check>
struct Threes {
  Block upper = load_block(threes_pattern.upper), fixed = load_block(threes_pattern.fixed);

  // The doubles of a group, whose first character begins at q: each at its second one. -1: not all
  // of it is of three bytes and well formed.
  [[gnu::always_inline]] int64_t count(const uint8_t *q) const {
    Block other = all_of(0);
    AnyEqual limited;  // E0 and ED: not every continuation may follow
    int64_t doubles = 0;
#pragma GCC unroll 4
    for (int64_t k = 0; k < threes_group; k += threes_bytes) {
      const Block here = load_block(q + k);
      const uint64_t same = general(equal_bytes(here, load_block(q + k - 3)));
      doubles += ones(same & same >> 1 & same >> 2 & threes_leads);
      other =
          each_vector([&](int v) { return other.v[v] | ((here.v[v] ^ upper.v[v]) & fixed.v[v]); });
      if constexpr (check == Check::strict) {
        limited.compare(here, all_of(0xE0));
        limited.compare(here, all_of(0xED));
      }
    }
    if (equal_bytes(other, all_of(0)) != ~uint64_t{0}) return -1;
    return limited.seen() && !within_limits(q) ? -1 : doubles;
  }

 private:
  static bool within_limits(const uint8_t *q) {
    AnyEqual wrong;
    for (int64_t k = 0; k < threes_group; k += threes_bytes) {
      const Block here = load_block(q + k);
      wrong.compare(load_block(q + k - 1), choose(reach(here, 0xA0), all_of(0xED), all_of(0xE0)));
    }
    return !wrong.seen();
  }
};

// Groups from the character on that text[i] is of, up to at least text[stop - 1]; returns where the
// next character begins, or i where there is none of them.
template <Check check, bool full>
[[gnu::noinline]] int64_t take_threes(Scan<check, full> &scan, const uint8_t *text, int64_t i,
                                      int64_t stop) {
  if constexpr (full) return i;
  const Threes<check> threes;
  const int64_t begin = i - (is_continuation(text[i]) ? is_continuation(text[i - 1]) ? 2 : 1 : 0);
  int64_t at = begin, sum = 0;
  for (; at < stop; at += threes_group) {
    const int64_t doubles = threes.count(text + at);
    if (doubles < 0) break;
    sum += doubles;
  }
  if (at == begin) return i;
  scan.skip_to(text, begin);
  // A double that ends right before has not been counted; one that reaches over text[i] has, here.
  scan.count += sum + static_cast<int64_t>(begin == i ? scan.carry : 0);
  scan.carry = 0;
  return at;
}

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
