// What an operation is told: the values of the properties of a "text".
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace windlass::text {

// What is counted; lengths are in bytes for the first two. The border's numbers.
enum class Unit : int32_t { byte = 1, utf8 = 2, u16 = 3, u32 = 4 };
enum class Invalid : int32_t { strict, lossy, trusted };
enum class WholeWords : int32_t { no, space, ascii };
enum class Match : int32_t { each, leftmost_first };
enum class Whitespace : int32_t { unicode, ascii, python };

// Bytes of a unit; 1 for UTF-8, whose lengths are in bytes.
constexpr int64_t unit_size(Unit unit) noexcept {
  return unit == Unit::u16 ? 2 : unit == Unit::u32 ? 4 : 1;
}

struct Settings {
  Unit unit = Unit::utf8;
  Invalid invalid = Invalid::strict;
  bool ignore_case = false, overlapping = false, lower = false;
  WholeWords whole_words = WholeWords::no;
  Match match = Match::each;
  Whitespace whitespace = Whitespace::unicode;
  int64_t top = 0;
  std::vector<std::string_view> needles;  // of memory that outlives whoever reads these
};

}  // namespace windlass::text
