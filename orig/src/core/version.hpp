// The project's version, which the build file states once.
#pragma once
#include <cstdint>

namespace windlass {

inline constexpr char version_text[] = WDL_VERSION;

// major << 16 | minor << 8 | patch
constexpr uint32_t version_number() noexcept {
  uint32_t number = 0, part = 0;
  for (char letter : version_text) {
    if (letter >= '0' && letter <= '9')
      part = part * 10 + uint32_t(letter - '0');
    else
      number = number << 8 | part, part = 0;
  }
  return number;
}
static_assert(version_number() < 1u << 24);

}  // namespace windlass
