// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random
// numbers: as easy as 1, 2, 3", doi 10.1145/2063384.2063405). What is drawn depends on the seed,
// the stream and the place only, so any thread may draw any part.
#pragma once
#include <array>
#include <cstdint>

namespace windlass {

inline constexpr uint32_t philox_multiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
inline constexpr uint32_t philox_weyl[2] = {0x9E3779B9u,
                                            0xBB67AE85u};  // added to the key each round

using PhiloxBlock = std::array<uint32_t, 4>;

constexpr PhiloxBlock philox4x32(PhiloxBlock counter, std::array<uint32_t, 2> key) noexcept {
  for (int round = 0; round < 10; round++) {
    const uint64_t a = uint64_t(philox_multiplier[0]) * counter[0];
    const uint64_t b = uint64_t(philox_multiplier[1]) * counter[2];
    counter = {uint32_t(b >> 32) ^ counter[1] ^ key[0], uint32_t(b),
               uint32_t(a >> 32) ^ counter[3] ^ key[1], uint32_t(a)};
    key[0] += philox_weyl[0];
    key[1] += philox_weyl[1];
  }
  return counter;
}

// The random numbers of one seed and stream: two doubles for each row and index.
struct RandomStream {
  uint64_t seed;
  uint32_t stream;

  struct Pair {
    double first, second;
  };

  // 52 random bits and a half: in the open interval (0, 1).
  static constexpr double open_unit(uint32_t high, uint32_t low) noexcept {
    const uint64_t bits = (uint64_t(high) << 32 | low) >> 12;
    return (double(bits) + 0.5) * 0x1p-52;
  }
  constexpr Pair pair(int64_t row, uint32_t index) const noexcept {
    const PhiloxBlock b = philox4x32({uint32_t(row), uint32_t(uint64_t(row) >> 32), index, stream},
                                     {uint32_t(seed), uint32_t(seed >> 32)});
    return {open_unit(b[0], b[1]), open_unit(b[2], b[3])};
  }
};

}  // namespace windlass
