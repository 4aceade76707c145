// A needle made ready to be looked for: what the kernels read of it, and who keeps it.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "settings.hpp"

namespace windlass::text {

// Byte i of the needle equals a text's byte b when (b | fold[i]) == bytes[i]: fold is 0x20 at
// letters whose case is ignored (and these are small in bytes), 0 elsewhere. 64 zeros follow both.
struct Pattern {
  const uint8_t *bytes, *fold;
  int64_t length;       // > 0
  int64_t period;       // the smallest; == length: no border, so that matches never overlap
  int overlaps[3];      // all distances at which it overlaps itself (one may be there twice); 0: it
                        // does not, or in more ways, or is longer than 63 bytes
  int64_t critical;     // of a critical factorisation, < period
  int64_t rare[3];      // offsets of the bytes that are looked for first
  bool folded;          // some fold is not 0
  bool whole;           // a match counts when it is bounded:
  bool front, back;     // by an end of the text, or a byte before, behind, that is not in `joining`
  bool ascii;           // which are letters, digits and _; else all but whitespace
  uint64_t joining[4];  // a set of bytes
};

// A text, and where matches begin that are meant: in [first, last).
struct Range {
  const uint8_t *text;
  int64_t bytes, first, last;
};

class Needle {
 public:
  // Throws WDL_BAD_ARGUMENT for argument 1: units wider than a byte, a needle that is ill-formed
  // where the unit is utf8, an empty one that is to be a whole word.
  Needle(const Settings &settings, std::string_view needle);
  Needle(const Needle &) = delete;
  Needle &operator=(const Needle &) = delete;

  int64_t length() const noexcept { return pattern_.length; }
  bool empty() const noexcept { return pattern_.length == 0; }
  bool has_border() const noexcept { return pattern_.period < pattern_.length; }
  const Pattern &pattern() const noexcept { return pattern_; }  // of one that is not empty

 private:
  void find_overlaps();
  void choose_rare();
  void bound(WholeWords words);

  std::vector<uint8_t> storage_;
  Pattern pattern_{};
};

// The only needle of settings; throws WDL_BAD_ARGUMENT for argument 1 unless there is one.
std::string_view only_needle(const Settings &settings);

}  // namespace windlass::text
