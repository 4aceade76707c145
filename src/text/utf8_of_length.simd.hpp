// Doubles in text of ASCII and of characters that all have one other length, as most scripts are.
// Such text is well formed where continuations are what follows a lead by less than that length,
// leads are in one range, and the second byte is at least A0 after E0, below A0 after ED, at least
// 90 after F0, below 90 after F4 (the Unicode standard, table 3-7). What is not like that is left
// to those who take any text.
#pragma once
#include <cstdint>

#include "utf8_scan.simd.hpp"
#include "utf8_windows.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

// As much ASCII alone is left to its own loop.
constexpr int64_t some_groups = 4 * group_bytes;

// `limited`: with leads that not every continuation may follow, E0 and ED, F0 and F4.
template <int bytes, bool limited>
constexpr uint8_t least_lead = bytes == 2   ? 0xC2
                               : bytes == 4 ? 0xF0
                               : limited    ? 0xE0
                                            : 0xE1;
template <int bytes>
constexpr uint8_t greatest_lead = bytes == 2   ? 0xDF
                                  : bytes == 3 ? 0xEF
                                               : 0xF4;

// What is known of the blocks so far.
template <int bytes, bool limited, Check check>
struct OfLength {
  static constexpr bool strict = check == Check::strict;

  Vector greatest = zero();   // of the bytes since it was zero
  Vector farthest = zero();   // of the bytes less the least lead
  Vector misplaced = zero();  // the upper bits
  AnyEqual wrong;
  // Held here, compilers do not make them again in every group.
  Vector least = held(all(least_lead<bytes, limited>));

  template <bool full>
  [[gnu::always_inline]] void take(Tally<full> &tally, const uint8_t *q) {
    const Block here = held(load_block(q)), first = held(load_block(q - 1)),
                last = held(load_block(q - bytes));
    const uint64_t start = general(starts(here));
    tally.add(general(tally.equal(here, choose(reach(here, 0x80), last, first))), start,
              ~uint64_t{0});
    Block lead = first;
    for (int k = 2; k < bytes; ++k) lead = maximum(lead, held(load_block(q - k)));
    for (int k = 0; k < vectors_a_block; ++k) {
      greatest = held(maximum(greatest, here.v[k]));
      farthest = held(maximum(farthest, minus(here.v[k], least)));
      if constexpr (strict)
        misplaced = held(
            or_differing(misplaced, reach_upper(lead.v[k], 0xC0), continuation_upper(here.v[k])));
    }
    if constexpr (strict && bytes == 3 && !limited) wrong.compare(here, all_of(0xED));
    if constexpr (strict && bytes == 3 && limited)
      wrong.compare(first, choose(reach(here, 0xA0), all_of(0xED), all_of(0xE0)));
    if constexpr (strict && bytes == 4)
      wrong.compare(first, choose(reach(here, 0x90), all_of(0xF4), all_of(0xF0)));
  }
  bool ascii() const { return !any_upper_bit(greatest); }
  // Leads below the least one are farther above it than any other byte.
  bool alike() const {
    const Vector over = either(reach_upper(greatest, greatest_lead<bytes> + 1),
                               reach_upper(farthest, 0xC0 - least_lead<bytes, limited>));
    return !any_upper_bit(either(misplaced, over)) & !wrong.seen();
  }
};

// Whether what is before text[i] ends no character that groups would take for one of theirs, and
// leaves open one of theirs only.
template <int bytes, bool limited>
inline bool may_follow(const uint8_t *text, int64_t i) {
  for (int64_t back = 1; back <= 3; ++back) {
    const uint8_t lead = text[i - back];
    if (lead < 0xC0) continue;
    const int64_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    const bool fits = lead >= least_lead<bytes, limited> && lead <= greatest_lead<bytes> &&
                      (limited || lead != 0xED);
    if (back < bytes ? !fits : length > back) return false;
  }
  return true;
}

// Groups from text[i] up to at least text[stop - 1]; returns where the first begins that is not
// alike, or where there have been some of ASCII alone.
template <int bytes, bool limited, Check check, bool full>
[[gnu::noinline]] int64_t take_of_length(Scan<check, full> &scan, const uint8_t *text, int64_t i,
                                         int64_t stop) {
  if (!may_follow<bytes, limited>(text, i)) return i;
  Tally<full> tally = scan, kept = scan;
  OfLength<bytes, limited, check> taken;
  bool alike = true;
  while (alike && i < stop) {
    const int64_t next = i + some_groups < stop ? i + some_groups : stop;
    taken.greatest = zero();
    while (i < next) {
      for (int64_t k = 0; k < group_bytes; k += block_bytes) taken.take(tally, text + i + k);
      alike = taken.alike();
      if (!alike) break;
      kept = tally;
      i += group_bytes;
    }
    if (taken.ascii()) break;
  }
  static_cast<Tally<full> &>(scan) = kept;
  scan.faults.want(text, i);
  return i;
}

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
