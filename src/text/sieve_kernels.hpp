// Where one of many needles may begin: four bytes of each, a window, are looked for, and what is
// found is compared.
#pragma once
#include <cstdint>

#include "many_kernels.hpp"

namespace windlass::text::sieve {

inline constexpr int window = 4;   // bytes; fewer of a shorter needle
inline constexpr int around = 16;  // bytes of a frame before a window and from there
inline constexpr int64_t tile =
    8192;  // bytes at a time, so that they stay in the first-level cache
inline constexpr int64_t most_places = tile / 2, room_for_places = most_places + 128;
inline constexpr int64_t most_hits = 512;

// The text about a window, less the bits of the mask, is as that of a needle.
struct alignas(64) Frame {
  uint8_t bytes[2 * around] = {}, mask[2 * around] = {};
};

struct Needle {
  // A text's byte t equals byte i when (t | fold[i]) == bytes[i].
  const uint8_t *bytes, *fold;
  int64_t length;
  int32_t offset;  // of its window; a needle that fits into a frame lies in it
  bool told;       // it matters where it is
};

// Needles are numbered from 1.
struct Sieve {
  int32_t width = window;  // bytes of a window, 3 or 4; fewer of a shorter needle
  // By the lower four or seven bits of a window's byte k: the eighths of the needles that have it.
  uint8_t by_four[window][16] = {}, by_seven[window][128] = {};
  uint32_t key_bits = 0;  // of the window's bytes those that are hashed
  int32_t key_shift = 0;
  const uint16_t *first = nullptr;  // by the hash: the first needle with it, or 0
  const uint16_t *next = nullptr;   // by needle: the next one of the same hash, or 0
  // By the hash: where the frame of its only needle is, 64 bytes each, if the needle lies in that
  // and is not told; 0: none; 1: others.
  const uint16_t *plain = nullptr;
  bool all_plain = true;  // none is 1
  const Frame *frames = nullptr;
  const Needle *needles = nullptr;
  int64_t before = 0;  // the most bytes of a needle before its window
};

struct Hit {
  int64_t place;
  int32_t needle;
};

// A needle's count is the sum of four that take turns: what has just been stored can be read some
// cycles later only.
struct Counts {
  uint32_t turn[4];
};

struct Result {
  Counts *counts;    // by needle; added to
  uint16_t *places;  // room_for_places
  int64_t told;
  Hit *hits;  // room for most_hits: of needles that are told, by rising place of each
};

// Hashes of windows.
inline constexpr uint32_t hash(uint32_t key, int32_t shift) noexcept {
  return (key * 0x9E3779B1u) >> shift;  // 2^32 / golden ratio (Knuth)
}

// Needles that begin in the part. False when it looks as if there were too many, more than `most`
// places in a tile, or comparing would take too long: the result then says nothing.
using Count = bool(const Sieve &sieve, const many::Part &part, int64_t most, Result &result);

// Null at levels that have no bytewise shuffle.
struct Kernels {
  Count *count;
  Count *count_permuting;  // with AVX-512 VBMI and VBMI2, or null
};

namespace base {
extern const Kernels kernels;
}
namespace v3 {
extern const Kernels kernels;
}
namespace v4 {
extern const Kernels kernels;
}

inline const Kernels &kernels() noexcept {
  return *isa::pick(&base::kernels, &v3::kernels, &v4::kernels);
}

}  // namespace windlass::text::sieve
