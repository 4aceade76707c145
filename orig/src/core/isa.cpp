#include "isa.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace windlass::isa {
namespace {

constinit std::atomic<int> chosen{0};

// Compiled at the baseline. __builtin_cpu_supports also asks the operating system for the
// registers.
int count_supported() noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                  __builtin_cpu_supports("popcnt");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v4 ? 3 : v3 ? 2 : 1;
#else
  return 1;
#endif
}

Level probe() noexcept {
  const auto levels = supported();
  Level best = levels.back();
  if (const char *wish = std::getenv("WINDLASS_ISA"))
    for (Level level : levels)
      if (!std::strcmp(wish, name(level))) best = level;
  return best;
}

}  // namespace

std::span<const Level> supported() noexcept {
  return std::span(all).first(std::size_t(count_supported()));
}

const char *name(Level level) noexcept {
  return level == Level::v4 ? "v4" : level == Level::v3 ? "v3" : "base";
}

Level level() noexcept {
  int now = chosen.load(std::memory_order_relaxed);
  if (!now) {  // two threads may probe at once: both find the same, and a set_level in between
               // stays
    int none = 0;
    now = int(probe());
    if (!chosen.compare_exchange_strong(none, now, std::memory_order_relaxed)) now = none;
  }
  return Level(now);
}

bool set_level(Level level) noexcept {
  for (Level one : supported())
    if (one == level) return chosen.store(int(level), std::memory_order_relaxed), true;
  return false;
}

}  // namespace windlass::isa
