// The instruction-set levels that *.simd.cpp files are compiled for, and the one in use.
#pragma once
#include <span>

namespace windlass::isa {

enum class Level : int { base = 1, v3 = 3, v4 = 4 };

inline constexpr Level all[] = {Level::base, Level::v3, Level::v4};

// Those this machine can run, lowest first.
std::span<const Level> supported() noexcept;
const char *name(Level level) noexcept;  // "base", "v3", "v4"
// In use: the highest supported, lowered by the environment's WINDLASS_ISA, read at first use.
Level level() noexcept;
// False, and nothing changes, where the machine does not support it.
bool set_level(Level level) noexcept;

template <class Table>
const Table *pick(Level level, const Table *base, const Table *v3, const Table *v4) noexcept {
  return level == Level::v4 ? v4 : level == Level::v3 ? v3 : base;
}
template <class Table>
const Table *pick(const Table *base, const Table *v3, const Table *v4) noexcept {
  return pick(level(), base, v3, v4);
}

}  // namespace windlass::isa
