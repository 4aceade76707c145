// Numbers as texts, where nothing may be allocated.
#pragma once
#include <cstdint>
#include <string_view>

namespace windlass {

class Digits {
 public:
  explicit Digits(int64_t value) noexcept;
  // Six digits, or as many as read back, in the form of "%g" in the C locale; those beyond the 15th
  // are near. The tables of std::to_chars would be a twentieth of what is downloaded.
  explicit Digits(double value) noexcept;
  std::string_view text() const noexcept { return {digits_, length_}; }

 private:
  char digits_[32];
  size_t length_;
};

}  // namespace windlass
