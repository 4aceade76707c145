// Responsibilities to start from: Dirichlet(1, ..., 1) in each row, that is, exponential variates
// divided by their sum (Devroye 1986, "Non-Uniform Random Variate Generation", theorem XI.4.1).
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

// -log of the open units of two words, and their sum so far.
inline void exponential_variates(const uint32_t *high, const uint32_t *low, double *out,
                                 double *sums) {
  uint64_t bits[B];
  for (int64_t i = 0; i < B; i++) bits[i] = (uint64_t(high[i]) << 32 | low[i]) >> 12;
  for (int64_t b = 0; b < B; b += W) {
    // 52 bits behind a 1 are in [1, 2)
    const Vec one = (Vec)(ld<BitVec>(bits + b) | (BitVec)splat(1.0));
    const Vec x = -vlog((one - 1.0) + 0x1p-53);
    st(out + b, x);
    st(sums + b, ld(sums + b) + x);
  }
}

inline void random_responsibilities(const Layout &s, uint64_t seed, uint32_t stream, int64_t first,
                                    Tile &tile) {
  PhiloxTile random;
  alignas(64) double sums[B] = {};
  for (int64_t c = 0; c < s.k; c += 2) {
    random.fill(seed, stream, first, uint32_t(c / 2));
    exponential_variates(random.word[0], random.word[1], tile.p + c * B, sums);
    if (c + 1 < s.k)
      exponential_variates(random.word[2], random.word[3], tile.p + (c + 1) * B, sums);
  }
  for (int64_t b = 0; b < B; b++) sums[b] = b < tile.rows ? 1 / sums[b] : 0;
  for (int64_t c = 0; c < s.k; c++)
    for (int64_t b = 0; b < B; b += W) {
      double *p = tile.p + c * B + b;
      st(p, ld(p) * ld(sums + b));
    }
}

}  // namespace windlass::mixture::WDL_LEVEL
