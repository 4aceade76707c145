// Problem: how often each of many needles begins in a text where few of them do.
// Way: a byte of text chooses, for each place in a window, the eighths of the needles that can have
// it there; where one is left a needle may be (the filter of Hyperscan's Teddy: X. Wang et al.,
// Hyperscan, 2019, https://www.usenix.org/conference/nsdi19/presentation/wang-xiang). Such places
// are first collected, without a branch for each; then a hash of the window tells the needle, which
// is compared at once with what lies about the window, again without a branch.
#include "many_lookup.simd.hpp"
#include "sieve_kernels.hpp"

namespace windlass::text::WDL_LEVEL {
namespace {

#if defined(__AVX2__)

using many::Part;
using namespace sieve;

constexpr int64_t block = 64;
constexpr int64_t seen = block + window - 1;  // bytes that are read of a block

// Bit j of a mask is for the place `from` + j. Three are written at once, as there are rarely more.
inline uint16_t *append(uint16_t *places, uint64_t mask, int64_t from) {
  uint16_t *end = places + ones(mask);
  for (int k = 0; k < 3; ++k, mask &= mask - 1)
    *places++ = static_cast<uint16_t>(from + static_cast<int64_t>(_tzcnt_u64(mask)));
  for (; mask != 0; mask &= mask - 1)
    *places++ = static_cast<uint16_t>(from + static_cast<int64_t>(_tzcnt_u64(mask)));
  return end;
}

// Places in a part, by their distance from its first byte.
struct Sifted {
  int64_t at;        // so far
  uint16_t *places;  // the end of them
};

class Filter {
 public:
  explicit Filter(const Sieve &sieve) {
    for (int k = 0; k < window; ++k) tables_[k] = table_of(sieve.by_four[k]);
  }
  // Where windows may begin in 64 bytes from q.
  uint64_t at(const uint8_t *q) const {
    uint64_t mask = 0;
    for (int64_t v = 0; v < block; v += width) {
      const Vector front = conjunction(look(q + v, 0), look(q + v, 1));
      mask |= filled(conjunction(front, look(q + v, 2), look(q + v, 3))) << v;
    }
    return mask;
  }

 private:
  Vector tables_[window];

  Vector look(const uint8_t *q, int k) const {
    return look_up(tables_[k], conjunction(load(q + k), all(0x0F)));
  }
};

// Whole blocks, until `limit` is passed.
Sifted sift(const Sieve &sieve, const uint8_t *text, int64_t end, uint16_t *places,
            uint16_t *limit) {
  const Filter filter(sieve);
  int64_t at = 0;
  for (; end - at >= block && places <= limit; at += block)
    places = append(places, filter.at(text + at), at);
  return {at, places};
}

#if defined(__AVX512BW__)

// The same by seven bits of each of so many bytes, and places by compressing.
template <int bytes>
[[gnu::target("avx512vbmi,avx512vbmi2")]] Sifted sift_by_seven(const Sieve &sieve,
                                                               const uint8_t *text, int64_t end,
                                                               uint16_t *places, uint16_t *limit) {
  Vector low[bytes], high[bytes];
  uint8_t rising[block];
  for (int k = 0; k < bytes; ++k) low[k] = load(sieve.by_seven[k]);
  for (int k = 0; k < bytes; ++k) high[k] = load(sieve.by_seven[k] + block);
  for (int j = 0; j < block; ++j) rising[j] = static_cast<uint8_t>(j);
  const Vector numbers = load(rising);
  __m256i before = _mm256_setzero_si256();
  int64_t at = 0;
  for (; end - at >= block && places <= limit; at += block) {
    Vector in[bytes];
    for (int k = 0; k < bytes; ++k)
      in[k] = _mm512_permutex2var_epi8(low[k], load(text + at + k), high[k]);
    Vector front = conjunction(in[0], in[1]);
    if (bytes == 4) front = conjunction(in[0], in[1], in[2]);
    const uint64_t mask = _mm512_test_epi8_mask(front, in[bytes - 1]);
    const Vector found = _mm512_maskz_compress_epi8(mask, numbers);
    const __m256i first = _mm256_cvtepu8_epi16(_mm512_maskz_extracti32x4_epi32(0xF, found, 0));
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(places), _mm256_add_epi16(first, before));
    before = _mm256_add_epi16(before, _mm256_set1_epi16(block));
    places = ones(mask) > 16 ? append(places, mask, at) : places + ones(mask);
  }
  return {at, places};
}

Sifted sift_permuting(const Sieve &sieve, const uint8_t *text, int64_t end, uint16_t *places,
                      uint16_t *limit) {
  return (sieve.width == 3 ? sift_by_seven<3> : sift_by_seven<4>)(sieve, text, end, places, limit);
}

#endif

// Compares what lies about the places with the needles.
class Comparison {
 public:
  Comparison(const Sieve &sieve, const Part &part, Result &result)
      : sieve_(sieve), part_(part), result_(result) {
    // Frames about these are read in place, and needles are within the text and begin in the part.
    inner_ = part.first + around;
    const int64_t last = part.bytes - around + 1;
    inner_end_ = part.last < last ? part.last : last;
  }

  // Of a tile from the text's byte `base` on; what is not plain may take so many cycles, about.
  bool all_of(int64_t base, uint16_t *places, uint16_t *end, int64_t cycles) {
    uint16_t *from = places, *to = end;
    while (from != end && base + *from < inner_) ++from;
    while (to != from && base + to[-1] >= inner_end_) --to;
    const uint8_t *text = part_.text + base;
    uint16_t *kept =
        sieve_.all_plain ? count_plain<true>(text, from, to) : count_plain<false>(text, from, to);
    while (to != end) *kept++ = *to++;
    left_ = cycles;
    for (; places != kept; ++places)
      if (!is_counted(base + *places)) return false;
    return true;
  }

 private:
  const Sieve &sieve_;
  Part part_;
  Result &result_;
  int64_t inner_, inner_end_;
  int64_t left_ = 0;

  uint32_t hash_of(const uint8_t *q) const {
    uint32_t key;
    __builtin_memcpy(&key, q, sizeof key);
    return hash(key & sieve_.key_bits, sieve_.key_shift);
  }
  static __m256i load_frame(const uint8_t *q) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(q));
  }
  static bool equals(const uint8_t *q, const uint8_t *frame) {
    const __m256i differ = _mm256_xor_si256(load_frame(q - around), load_frame(frame));
    return _mm256_testz_si256(differ, load_frame(frame + sizeof(Frame::bytes)));
  }
  // Without a branch. The places of others are kept, from `from` on; returns their end.
  template <bool all_plain>
  uint16_t *count_plain(const uint8_t *text, uint16_t *from, const uint16_t *to) const {
    const auto *frames = reinterpret_cast<const uint8_t *>(sieve_.frames);
    const uint16_t *plain = sieve_.plain;
    const uint32_t key_bits = sieve_.key_bits;
    const int32_t key_shift = sieve_.key_shift;
    auto *counts = reinterpret_cast<uint8_t *>(result_.counts);
    uint16_t *kept = from;
    const auto take = [&](uint64_t place, int turn) {
      uint32_t key;
      __builtin_memcpy(&key, text + place, sizeof key);
      const uint64_t frame = plain[hash(key & key_bits, key_shift)];
      if (!all_plain) *kept = static_cast<uint16_t>(place), kept += frame & 1;
      auto *count = reinterpret_cast<Counts *>(counts + frame / (sizeof(Frame) / sizeof(Counts)));
      count->turn[turn] += equals(text + place, frames + frame);
    };
    for (; to - from >= 4; from += 4)
      for (int k = 0; k < 4; ++k) take(from[k], k);
    for (; from != to; ++from) take(*from, 0);
    return kept;
  }
  // Whether what is at the text's byte p was counted in time.
  bool is_counted(int64_t p) {
    if (p >= inner_ && p < inner_end_) return each(p, part_.text + p);
    uint8_t frame[2 * around] = {};
    for (int64_t i = 0; i < 2 * around; ++i) {
      const int64_t at = p - around + i;
      if (at >= 0 && at < part_.bytes) frame[i] = part_.text[at];
    }
    return each(p, frame + around);
  }
  // q: as the text is at its byte p, in a frame.
  bool each(int64_t p, const uint8_t *q) {
    for (uint32_t n = sieve_.first[hash_of(q)]; n != 0; n = sieve_.next[n]) {
      left_ -= 4;
      if (left_ < 0) return false;
      const Needle &needle = sieve_.needles[n];
      const int64_t begin = p - needle.offset, length = needle.length;
      if (begin < part_.first || begin >= part_.last || begin + length > part_.bytes) continue;
      if (!equals(q, sieve_.frames[n].bytes)) continue;
      if (length > 2 * around) {
        left_ -= length / 8;
        if (!agrees(part_.text + begin, needle.bytes, needle.fold, length)) continue;
      }
      result_.counts[n].turn[0]++;
      if (!needle.told) continue;
      if (result_.told == most_hits) return false;
      result_.hits[result_.told++] = {begin, static_cast<int32_t>(n)};
    }
    return true;
  }
};

using Sift = Sifted(const Sieve &sieve, const uint8_t *text, int64_t end, uint16_t *places,
                    uint16_t *limit);

bool count_by(Sift &sift_blocks, const Sieve &sieve, const Part &part, int64_t most,
              Result &result) {
  const int64_t begin_by = part.last + sieve.before;  // windows do
  const int64_t end = part.bytes < begin_by ? part.bytes : begin_by;
  const Filter filter(sieve);
  Comparison comparison(sieve, part, result);
  uint16_t *const limit = result.places + most;
  // The first tile ends where a line of the cache does.
  int64_t size = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(part.text + part.first) % 64);
  for (int64_t base = part.first; base < end; base += size, size = tile) {
    if (size > end - base || size == 0) size = end - base < tile ? end - base : tile;
    const uint8_t *text = part.text + base;
    const int64_t bytes = part.bytes - base, readable = bytes - (window - 1);
    auto [at, q] =
        sift_blocks(sieve, text, size < readable ? size : readable, result.places, limit);
    for (; at < size && q <= limit; at += block) {
      uint8_t copy[seen] = {};
      const uint8_t *rest = text + at;
      if (bytes - at < seen) {
        for (int64_t i = 0; i < bytes - at; ++i) copy[i] = rest[i];
        rest = copy;
      }
      const uint64_t within = size - at < block ? (uint64_t{1} << (size - at)) - 1 : ~uint64_t{0};
      q = append(q, filter.at(rest) & within, at);
    }
    if (q > limit || !comparison.all_of(base, result.places, q, 4 * most)) return false;
  }
  return true;
}

bool count(const Sieve &sieve, const Part &part, int64_t most, Result &result) {
  return count_by(sift, sieve, part, most, result);
}

#if defined(__AVX512BW__)
bool count_permuting(const Sieve &sieve, const Part &part, int64_t most, Result &result) {
  return count_by(sift_permuting, sieve, part, most, result);
}
#endif

#endif

}  // namespace
}  // namespace windlass::text::WDL_LEVEL

namespace windlass::text::sieve {

const Kernels WDL_LEVEL::kernels = {
#if defined(__AVX2__)
    .count = text::WDL_LEVEL::count,
#else
    .count = nullptr,
#endif
#if defined(__AVX512BW__)
    .count_permuting = text::WDL_LEVEL::count_permuting,
#else
    .count_permuting = nullptr,
#endif
};

}  // namespace windlass::text::sieve
