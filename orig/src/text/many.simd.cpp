// Problem: how often each of eight needles begins in a text.
// A byte of text chooses, by each of its halves, the needles that can have it at their byte k; the
// needles that are left after up to eight bytes begin there (the filter of Hyperscan's Teddy: X.
// Wang et al., Hyperscan, 2019, https://www.usenix.org/conference/nsdi19/presentation/wang-xiang;
// with a bit for each needle it is exact, also where case is ignored). Four bytes are looked at
// everywhere, the others where a needle is left; what is longer is then compared. The bits are
// added up in place, by carry-save adders over eight vectors (W. Mula, N. Kurz, D. Lemire, Faster
// population counts using AVX2 instructions, 2018, doi 10.1093/comjnl/bxx046).
#include "many_lookup.simd.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__AVX2__)

using many::Group;
using many::Part;

// Bits of bytes, added up: sums of one, two, four, and eight by the byte.
class BitSums {
 public:
  void add(const Vector (&a)[8]) {
    const Vector two0 = save(ones_, a[0], a[1]), two1 = save(ones_, a[2], a[3]);
    const Vector four0 = save(twos_, two0, two1);
    const Vector two2 = save(ones_, a[4], a[5]), two3 = save(ones_, a[6], a[7]);
    const Vector four1 = save(twos_, two2, two3);
    const Vector eights = save(fours_, four0, four1);
    if (filled(eights) == 0) return;
    for (int b = 0; b < 8; ++b)
      eights_[b] = tally_bit(eights_[b], eights, all(static_cast<uint8_t>(1 << b)));
    if (++steps_ == 255) flush();
  }
  void add(Vector a) {
    const Vector alone[8] = {a, zero(), zero(), zero(), zero(), zero(), zero(), zero()};
    add(alone);
  }
  void total(int64_t *counts) {
    flush();
    for (int b = 0; b < 8; ++b) {
      const Vector bit = all(static_cast<uint8_t>(1 << b));
      counts[b] +=
          8 * counts_[b] + 4 * ones_of(fours_, bit) + 2 * ones_of(twos_, bit) + ones_of(ones_, bit);
    }
  }

 private:
  Vector ones_ = zero(), twos_ = zero(), fours_ = zero();
  Vector eights_[8] = {zero(), zero(), zero(), zero(), zero(), zero(), zero(), zero()};
  int64_t counts_[8] = {};
  int steps_ = 0;

  static Vector save(Vector &sum, Vector a, Vector b) {
    const Vector carry = majority(sum, a, b);
    sum = parity(sum, a, b);
    return carry;
  }
  static int64_t ones_of(Vector a, Vector bit) { return ones(filled(conjunction(a, bit))); }
  void flush() {
    if (steps_ == 0) return;
    for (int b = 0; b < 8; ++b) {
      counts_[b] += windlass::text::WDL_LEVEL::total<uint8_t>(sum_bytes(eights_[b]));
      eights_[b] = zero();
    }
    steps_ = 0;
  }
};

template <int tested>
class Filter {
 public:
  Filter(const Group &group, const Part &part) : group_(group), part_(part) {
    for (int k = 0; k < tested; ++k) {
      low_[k] = table_of(group.low[k]);
      high_[k] = table_of(group.high[k]);
    }
  }

  // The needles that may begin at the bytes from q.
  Vector at(const uint8_t *q) const {
    const Vector a = load(q);
    Vector left =
        conjunction(look_up(low_[0], conjunction(a, all(0x0F))), look_up(high_[0], upper_half(a)));
    for (int k = 1; k < tested; ++k) left = narrow(left, q + k, low_[k], high_[k]);
    return left;
  }
  // Leaves those that agree at the bytes behind the first ones as well.
  template <int count>
  void further(Vector (&left)[count], const uint8_t *q) const {
    for (int k = first; k < group_.tested; ++k) {
      const Vector low = table_of(group_.low[k]), high = table_of(group_.high[k]);
      for (int v = 0; v < count; ++v) left[v] = narrow(left[v], q + k + v * width, low, high);
    }
  }
  // All of this at the text's byte p and what follows, as much of it as there is.
  Vector near_end(int64_t p) const {
    uint8_t text[width + many::tested_bytes] = {}, possible[width] = {};
    const int64_t bytes = part_.bytes - p, most = group_.tested;
    for (int64_t j = 0; j < bytes && j < width + most - 1; ++j) text[j] = part_.text[p + j];
    for (int64_t j = 0; j < width && p + j < part_.last; ++j)
      possible[j] = bytes - j >= most ? 0xFF : group_.within[bytes - j];
    Vector found[1] = {at(text)};
    further(found, text);
    return conjunction(found[0], load(possible));
  }

  bool exhausted() const { return spent_ > allowance + (part_.last - part_.first) / 2; }
  // Without the long needles that are not there.
  [[gnu::noinline]] Vector verified(Vector found, int64_t p) {
    uint8_t marks[width];
    store(marks, found);
    uint64_t left = filled(conjunction(found, all(group_.longer)));
    for (; left != 0; left &= left - 1) {
      const int j = __builtin_ctzll(left);
      const uint8_t *q = part_.text + p + j;
      for (unsigned bits = marks[j] & group_.longer; bits != 0; bits &= bits - 1) {
        const int b = __builtin_ctz(bits);
        const int64_t length = group_.length[b];
        spent_ += 4 + length / 8;
        if (p + j + length > part_.bytes || !agrees(q, group_.bytes[b], group_.fold[b], length))
          marks[j] = static_cast<uint8_t>(marks[j] & ~(1 << b));
      }
    }
    return load(marks);
  }

 private:
  static constexpr int first = many::first_bytes;
  static constexpr int64_t allowance = 1024;

  const Group &group_;
  Part part_;
  Vector low_[tested], high_[tested];
  int64_t spent_ = 0;  // cycles, about

  static Vector narrow(Vector left, const uint8_t *q, Vector low, Vector high) {
    const Vector a = load(q);
    return conjunction(left, look_up(low, conjunction(a, all(0x0F))), look_up(high, upper_half(a)));
  }
};

template <int tested, bool marked>
bool count_tested(const Group &group, const Part &part, int64_t *counts, uint8_t *marks) {
  Filter<tested> filter(group, part);
  BitSums sums;
  const Vector beyond = all(group.beyond), longer = all(group.longer);
  const int64_t readable = part.bytes - (group.tested - 1);
  const int64_t end = part.last < readable ? part.last : readable;
  int64_t p = part.first;
  for (; end - p >= 8 * width; p += 8 * width) {
    Vector found[8];
    for (int k = 0; k < 8; ++k) found[k] = filter.at(part.text + p + k * width);
    const Vector any =
        disjunction(disjunction(disjunction(found[0], found[1]), disjunction(found[2], found[3])),
                    disjunction(disjunction(found[4], found[5]), disjunction(found[6], found[7])));
    if (filled(any) != 0) {
      if (filled(conjunction(any, beyond)) != 0) {
        filter.further(found, part.text + p);
        for (int k = 0; k < 8 && group.longer; ++k)
          if (filled(conjunction(found[k], longer)) != 0)
            found[k] = filter.verified(found[k], p + k * width);
        if (filter.exhausted()) return false;
      }
      sums.add(found);
    }
    if constexpr (marked)
      for (int k = 0; k < 8; ++k) store(marks + (p - part.first) + k * width, found[k]);
  }
  for (; p < part.last; p += width) {
    const uint8_t *q = part.text + p;
    Vector found[1];
    if (end - p >= width) {
      found[0] = filter.at(q);
      filter.further(found, q);
    } else {
      found[0] = filter.near_end(p);
    }
    if (filled(conjunction(found[0], longer)) != 0) found[0] = filter.verified(found[0], p);
    sums.add(found[0]);
    if constexpr (marked) store(marks + (p - part.first), found[0]);
  }
  sums.total(counts);
  return !filter.exhausted();
}

template <int tested>
bool count_marked(const Group &group, const Part &part, int64_t *counts, uint8_t *marks) {
  return marks ? count_tested<tested, true>(group, part, counts, marks)
               : count_tested<tested, false>(group, part, counts, marks);
}

bool count(const Group &group, const Part &part, int64_t *counts, uint8_t *marks) {
  if (group.tested == 1) return count_marked<1>(group, part, counts, marks);
  if (group.tested == 2) return count_marked<2>(group, part, counts, marks);
  if (group.tested == 3) return count_marked<3>(group, part, counts, marks);
  return count_marked<4>(group, part, counts, marks);
}

void select(const uint8_t *marks, int64_t bytes, uint8_t bits, uint64_t *out) {
  const Vector wanted = all(bits);
  for (int64_t at = 0; at < bytes; at += 64) {
    uint64_t mask = 0;
    for (int64_t k = 0; k < 64; k += width)
      mask |= filled(conjunction(load(marks + at + k), wanted)) << k;
    out[at / 64] = mask;
  }
}

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL

namespace windlass::text::many {

const Kernels WDL_LEVEL::kernels = {
#if defined(__AVX2__)
    .count = text::WDL_LEVEL::count,
    .select = text::WDL_LEVEL::select,
#else
    .count = nullptr,
    .select = nullptr,
#endif
};

}  // namespace windlass::text::many
