// Where up to eight needles begin, all in one pass.
#pragma once
#include <cstdint>

#include "core/isa.hpp"

namespace windlass::text::many {

inline constexpr int64_t tested_bytes = 8;  // of each needle, at most, by the tables
inline constexpr int64_t first_bytes = 4;   // those that are looked at everywhere

// Needle b is bit b.
struct Group {
  // By the two halves of a needle's byte k: the needles that can have it there. Needles of fewer
  // bytes can have anything.
  uint8_t low[tested_bytes][16] = {}, high[tested_bytes][16] = {};
  uint8_t within[tested_bytes] = {};  // the needles of up to so many bytes
  int32_t tested = 0;                 // bytes of the tables that are used
  int32_t needles = 0;
  uint8_t beyond = 0;  // the needles of more than first_bytes
  uint8_t longer = 0;  // the needles of more than tested_bytes
  // A text's byte t equals byte i of needle b when (t | fold[b][i]) == bytes[b][i].
  const uint8_t *bytes[8] = {}, *fold[8] = {};
  int64_t length[8] = {};
};

struct Part {
  const uint8_t *text;
  int64_t bytes, first, last;  // needles begin in [first, last), end by bytes
};

// Null at levels that have no bytewise shuffle.
struct Kernels {
  // Adds how often each needle begins in the part; they may overlap. marks, if not null, has for
  // every byte of the part the needles that begin there, with up to 63 bytes of any value behind.
  // False when comparing what looks like long needles would take too long: counts and marks then
  // say nothing.
  bool (*count)(const Group &group, const Part &part, int64_t *counts, uint8_t *marks);
  // Which of so many marks have some of the bits; up to 63 bytes behind the marks are read, and
  // bits for them are of any value.
  void (*select)(const uint8_t *marks, int64_t bytes, uint8_t bits, uint64_t *out);
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

}  // namespace windlass::text::many
