// Doubles in text of characters of all lengths.
#pragma once
#include <cstdint>

#include "utf8_scan.simd.hpp"
#include "utf8_windows.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__SSE2__)

template <int longest, Check check, bool full>
inline void take_blocks(Scan<check, full> &scan, const uint8_t *q) {
  constexpr int last = check == Check::lossy ? 3 : 0;
  for (int64_t k = 0; k < group_bytes; k += block_bytes)
    scan.template take<longest>(load_views<-longest, last>(q + k));
}

// Groups from text[i], which has characters of up to `longest` bytes in it or
// right before, to text[stop - 1] as long as they are alike; returns where they
// end. A loop for each `longest`, whose every step is the same, keeps its
// constants in registers.
template <int longest, Check check, bool full>
[[gnu::noinline]] int64_t take_alike(Scan<check, full> &in_memory, const uint8_t *text, int64_t i,
                                     int64_t stop) {
  Scan<check, full> scan = in_memory;
  do {
    take_blocks<longest>(scan, text + i);
    i += group_bytes;
  } while (i < stop && alike<longest>(text + i));
  in_memory = scan;
  return i;
}

#endif

#if defined(__AVX512BW__)

// How much is taken before it is known to be well formed.
constexpr int64_t mixed_bytes = 16 * group_bytes;

// What is added to the second byte, so that its upper bit stays exactly where it may follow the
// first, by two neighbouring first bytes: a look-up has no room for each. What holds for E0, ED, F0
// and F4 is asked of DF, EE, EF and F3 too, where hardly any text has it otherwise.
struct Limits {
  uint8_t added[sizeof(Vector)];
};
constexpr Limits limits = [] {
  Limits table{};
  for (unsigned i = 0; i < sizeof table.added; i += 16) {
    table.added[i + 15] = 0xE0;  // DF, E0: from A0
    table.added[i + 8] = 0x60;   // ED, EE: up to 9F
    table.added[i + 7] = 0xF0;   // EF, F0: from 90
    table.added[i + 5] = 0x70;   // F3, F4: up to 8F
    table.added[i + 4] = 0x80;   // F5 to FF: none
  }
  return table;
}();

// Windows that are surely well formed (the Unicode standard, table 3-7), by fewer operations than
// Faults has for being sure of what is not. avg(a, b) = (a + b + 1) / 2 sets the upper bit where a
// is at least 255 - b.
template <Check check>
struct Mixed {
  Vector faults = zero();     // the upper bits
  uint64_t torn = 0;          // starts that follow a lead
  uint64_t lead_before;       // 1 when a lead is right before the block
  uint64_t beyond_ascii = 0;  // of the last block
  Vector table = load(limits.added);

  explicit Mixed(uint8_t before) : lead_before(before >= 0xC0) {}

  template <bool full>
  [[gnu::always_inline]] void take(Tally<full> &tally, const uint8_t *q) {
    const Window w = load_views<-4, 0>(q);
    const Reach two = reach(w.at(0), 0x80), continuation = continuations(w.at(0));
    beyond_ascii = mask_of(two);
    if constexpr (check == Check::strict) look_at(w, continuation.mask);
    Spans spans{};
    const Block before = a_character_before<4>(w, two, spans);
    const uint64_t same = general(tally.equal(w.at(0), before)), start = ~mask_of(continuation);
    if constexpr (check == Check::strict) {
      const uint64_t lead = beyond_ascii & start;
      torn |= (lead << 1 | lead_before) & start;
      lead_before = lead >> 63;
    }
    tally.add(same, start, ~uint64_t{0});
  }
  bool well_formed() const { return torn == 0 && !any_upper_bit(faults); }

 private:
  // A continuation is where a lead of two bytes and more is one byte before, of three two bytes, of
  // four three bytes before, and nowhere else.
  void look_at(const Window &w, __mmask64 continuation) {
    const Vector here = w.at(0).v[0], first = w.at(-1).v[0];
    const Vector wanted = any_of(_mm512_avg_epu8(first, all(0xFF - 0xC2)),
                                 _mm512_avg_epu8(w.at(-2).v[0], all(0xFF - 0xE0)),
                                 _mm512_avg_epu8(w.at(-3).v[0], all(0xFF - 0xF0)));
    // 15 for DF and E0 to 4 for F5 and more; the upper bit, for which nothing is looked up, below.
    const Vector pair = _mm512_avg_epu8(_mm512_subs_epu8(all(0xF5), first), all(0xE8));
    const Vector added = _mm512_shuffle_epi8(table, pair);
    const Vector found = _mm512_maskz_add_epi8(continuation, added, here);
    faults = held(or_differing(faults, wanted, found));
  }
};

// Groups from text[i], not ASCII, up to text[stop - 1] or to one that ends in ASCII; returns where
// the next one begins.
template <Check check, bool full>
[[gnu::noinline]] int64_t take_any(Scan<check, full> &scan, const uint8_t *text, int64_t i,
                                   int64_t stop, int) {
  Tally<full> tally = scan;
  Mixed<check> mixed(text[i - 1]);
  do {
    const int64_t next = i + mixed_bytes < stop ? i + mixed_bytes : stop;
    int64_t end = i;
    do {
      for (int64_t k = 0; k < group_bytes; k += block_bytes) mixed.take(tally, text + end + k);
      end += group_bytes;
    } while (end < next && mixed.beyond_ascii != 0);
    if constexpr (check == Check::strict)
      if (!mixed.well_formed()) return take_alike<4>(scan, text, i, stop);
    static_cast<Tally<full> &>(scan) = tally;
    i = end;
  } while (i < stop && mixed.beyond_ascii != 0);
  return i;
}

#elif defined(__SSE2__)

// Groups from text[i], with characters of up to `here` bytes, up to text[stop - 1] as long as it is
// worth it; returns where the next one begins.
template <Check check, bool full>
inline int64_t take_any(Scan<check, full> &scan, const uint8_t *text, int64_t i, int64_t stop,
                        int here) {
  const int before = longest_before(text + i);
  const int longest = here > before ? here : before;
  const int64_t some = i + 32 * group_bytes < stop ? i + 32 * group_bytes : stop;
  return longest == 4   ? take_alike<4>(scan, text, i, some)
         : longest == 3 ? take_alike<3>(scan, text, i, some)
                        : take_alike<2>(scan, text, i, some);
}

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL
