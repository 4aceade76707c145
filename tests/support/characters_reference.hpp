// Equal neighbours one unit at a time, and UTF-8 with maximal ill-formed parts by the Unicode
// standard's table 3-7 and section 3.9; and ill-formed texts of every sort.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "text/kernels.hpp"
#include "text/settings.hpp"

namespace windlass::test {

using text::Neighbours;
using text::Unit;

// The Unicode standard, table 3-7: what each byte of a character may be.
struct Form {
  int bytes;
  uint8_t low[4], high[4];
};
constexpr Form forms[] = {
    {1, {0x00}, {0x7F}},
    {2, {0xC2, 0x80}, {0xDF, 0xBF}},
    {3, {0xE0, 0xA0, 0x80}, {0xE0, 0xBF, 0xBF}},
    {3, {0xE1, 0x80, 0x80}, {0xEC, 0xBF, 0xBF}},
    {3, {0xED, 0x80, 0x80}, {0xED, 0x9F, 0xBF}},
    {3, {0xEE, 0x80, 0x80}, {0xEF, 0xBF, 0xBF}},
    {4, {0xF0, 0x90, 0x80, 0x80}, {0xF0, 0xBF, 0xBF, 0xBF}},
    {4, {0xF1, 0x80, 0x80, 0x80}, {0xF3, 0xBF, 0xBF, 0xBF}},
    {4, {0xF4, 0x80, 0x80, 0x80}, {0xF4, 0x8F, 0xBF, 0xBF}},
};

// A text's units, and where it is first ill-formed; what is ill-formed is a unit below 0, each
// another one.
struct Units {
  std::vector<int64_t> units;
  int64_t ill = -1;
};

inline Units units_of_utf8(std::string_view text) {
  Units found;
  for (size_t at = 0; at < text.size();) {
    size_t longest = 1;  // of what some form begins with
    bool whole = false;
    for (const Form &form : forms) {
      size_t fits = 0;
      while (fits < size_t(form.bytes) && at + fits < text.size() &&
             uint8_t(text[at + fits]) >= form.low[fits] &&
             uint8_t(text[at + fits]) <= form.high[fits])
        fits++;
      longest = std::max(longest, fits);
      whole = whole || fits == size_t(form.bytes);
    }
    int64_t unit = 0;
    for (size_t k = 0; k < longest; k++) unit = unit << 8 | uint8_t(text[at + k]);
    if (!whole && found.ill < 0) found.ill = int64_t(at);
    found.units.push_back(whole ? unit : -1 - int64_t(at));
    at += longest;
  }
  return found;
}

inline Units units_of(std::string_view text, Unit unit) {
  if (unit == Unit::utf8) return units_of_utf8(text);
  const auto size = size_t(unit_size(unit));
  Units found;
  for (size_t at = 0; at < text.size(); at += size) {
    uint32_t value = 0;  // of a unit of this size, in this machine's order of bytes
    uint16_t two;
    if (size == 1) value = uint8_t(text[at]);
    if (size == 2) std::memcpy(&two, text.data() + at, 2), value = two;
    if (size == 4) std::memcpy(&value, text.data() + at, 4);
    found.units.push_back(value);
  }
  return found;
}

inline int64_t count_slowly(Units text, Neighbours what) {
  if (what.ignore_case)
    for (int64_t &unit : text.units)
      if (unit >= 'A' && unit <= 'Z') unit += 'a' - 'A';
  int64_t count = 0;
  bool before = false;
  for (size_t i = 0; i + 1 < text.units.size(); i++) {
    const bool pair = text.units[i] == text.units[i + 1];
    count += pair && !(what.runs && before);
    before = pair;
  }
  return count;
}

inline const std::vector<std::string> &faults() {
  static const std::vector<std::string> all = {
      "\x80",
      "\xBF",
      "\xC0\x80",
      "\xC1\xBF",
      "\xC2",
      "\xC2\x41",
      "\xC2\xC2",
      "\xDF\x80\x80",
      "\xE0\x80\x80",
      "\xE0\x9F\xBF",
      "\xE0\xA0",
      "\xE1\x80",
      "\xE1",
      "\xE1\x80\x41",
      "\xEC\xC2\x80",
      "\xED\xA0\x80",
      "\xED\xBF\xBF",
      "\xEF\xBF",
      "\xE1\x80\x80\x80",
      "\xF0\x80\x80\x80",
      "\xF0\x8F\xBF\xBF",
      "\xF0\x90",
      "\xF0\x90\x80",
      "\xF1\x80\x80",
      "\xF1\x80\x41",
      "\xF4\x90\x80\x80",
      "\xF4\xBF",
      "\xF4\x8F\xBF",
      "\xF5\x80\x80\x80",
      "\xF8\x88\x80\x80",
      "\xFE",
      "\xFF",
      "\xFF\xFF",
      "\xF1\x80\x80\x80\x80",
      "\xF0\xC3\xA9\xC3\xA9",
      "\xE1\xC3\xA9\xC3\xA9",
      "\xE1\x80\xE1\x80\x80\xE1\x80\x80",
      "\xC3\xA9\xC3\xA9\xA9\xA9",
      "\x80\x80\x80\x80\x80",
  };
  return all;
}

}  // namespace windlass::test
