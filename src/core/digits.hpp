// Numbers as texts, where nothing may be allocated.
#pragma once
#include <cstdint>
#include <string_view>

namespace windlass {

class Digits {
 public:
  explicit Digits(int64_t value) noexcept;
  // Six digits, or as many as read back. By the C library: the tables of std::to_chars are a
  // twentieth of what the shared library takes once it is packed.
  explicit Digits(double value) noexcept;
  std::string_view text() const noexcept { return {digits_, length_}; }

 private:
  char digits_[32];
  size_t length_;
};

}  // namespace windlass
