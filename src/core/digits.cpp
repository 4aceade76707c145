#include "digits.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace windlass {

Digits::Digits(int64_t value) noexcept
    : length_(size_t(std::to_chars(digits_, digits_ + sizeof digits_, value).ptr - digits_)) {}

Digits::Digits(double value) noexcept {
  constexpr int enough = 17;  // for any double
  int precision = 6, length;
  do {
    length = std::snprintf(digits_, sizeof digits_, "%.*g", precision, value);
  } while (precision++ < enough && std::strtod(digits_, nullptr) != value);
  length_ = size_t(length);
  for (size_t i = 0; i < length_; i++)
    if (digits_[i] == ',') digits_[i] = '.';  // of the program's locale
}

}  // namespace windlass
