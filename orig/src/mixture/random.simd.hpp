// Responsibilities to start from: variates divided by their sum in each row, uniform ones or
// exponential ones, which makes Dirichlet(1, ..., 1) of them (Devroye 1986, "Non-Uniform Random
// Variate Generation", theorem XI.4.1).
// The numbers are RandomStream's: pair(row, c / 2) for the components c and c + 1.
#pragma once
#include "core/random.hpp"
#include "tile.simd.hpp"

namespace windlass::mixture::WDL_LEVEL {

// Philox4x32-10 for counters (row, row >> 32, index, stream) of the rows of a tile.
struct PhiloxTile {
  uint32_t word[4][B];

  void fill(uint64_t seed, uint32_t stream, int64_t first, uint32_t index) {
    for (int64_t i = 0; i < B; i++) {
      const uint64_t row = uint64_t(first + i);
      word[0][i] = uint32_t(row), word[1][i] = uint32_t(row >> 32);
      word[2][i] = index, word[3][i] = stream;
    }
    uint32_t key0 = uint32_t(seed), key1 = uint32_t(seed >> 32);
    for (int round = 0; round < 10; round++) {
      for (int64_t i = 0; i < B; i++) {
        const uint64_t a = uint64_t(philox_multiplier[0]) * word[0][i];
        const uint64_t b = uint64_t(philox_multiplier[1]) * word[2][i];
        word[0][i] = uint32_t(b >> 32) ^ word[1][i] ^ key0;
        word[2][i] = uint32_t(a >> 32) ^ word[3][i] ^ key1;
        word[1][i] = uint32_t(b);
        word[3][i] = uint32_t(a);
      }
      key0 += philox_weyl[0], key1 += philox_weyl[1];
    }
  }
};

// The open units of two words or -log of them, and their sum so far.
template <RandomRows distribution>
inline void variates(const uint32_t *high, const uint32_t *low, double *out, double *sums) {
  uint64_t bits[B];
  for (int64_t i = 0; i < B; i++) bits[i] = (uint64_t(high[i]) << 32 | low[i]) >> 12;
  for (int64_t b = 0; b < B; b += W<double>) {
    // 52 bits behind a 1 are in [1, 2)
    const Vec<double> one = (Vec<double>)(ld<BitVec>(bits + b) | (BitVec)splat(1.0));
    const Vec<double> unit = (one - 1.0) + 0x1p-53;
    const Vec<double> x = distribution == RandomRows::uniform ? unit : -vlog(unit);
    st(out + b, x);
    st(sums + b, load(sums + b) + x);
  }
}

template <RandomRows distribution>
inline void random_rows(const Layout &s, uint64_t seed, uint32_t stream, int64_t first,
                        Tile &tile) {
  PhiloxTile random;
  double *all = tile.p;
  alignas(64) double sums[B] = {};
  for (int64_t c = 0; c < s.k; c += 2) {
    random.fill(seed, stream, first, uint32_t(c / 2));
    variates<distribution>(random.word[0], random.word[1], all + c * B, sums);
    if (c + 1 < s.k)
      variates<distribution>(random.word[2], random.word[3], all + (c + 1) * B, sums);
  }
  for (int64_t b = 0; b < B; b++) sums[b] = b < tile.rows ? 1 / sums[b] : 0;
  for (int64_t c = 0; c < s.k; c++)
    for (int64_t b = 0; b < B; b += W<double>) {
      double *p = all + c * B + b;
      st(p, load(p) * load(sums + b));
    }
}

inline void random_responsibilities(const Layout &s, RandomRows distribution, uint64_t seed,
                                    uint32_t stream, int64_t first, Tile &tile) {
  if (distribution == RandomRows::uniform)
    random_rows<RandomRows::uniform>(s, seed, stream, first, tile);
  else
    random_rows<RandomRows::dirichlet>(s, seed, stream, first, tile);
}

}  // namespace windlass::mixture::WDL_LEVEL
