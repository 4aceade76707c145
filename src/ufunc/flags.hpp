// The sticky floating-point flags of the calling thread, numbered as on x86.
#pragma once
#include "core/float_state.hpp"
#include "kernels.hpp"

namespace windlass::ufunc::flags {

inline uint32_t raised() noexcept {
  __asm__ __volatile__("" ::: "memory");
#if defined(__x86_64__)
  return __builtin_ia32_stmxcsr() & all;
#elif defined(__aarch64__)
  const uint32_t now = uint32_t(FloatState::current().fpsr);
  return (now & 1) | (now << 1 & 28);
#else
  return all;
#endif
}

inline void raise(uint32_t flags) noexcept {
  FloatState state = FloatState::current();
#if defined(__x86_64__)
  state.mxcsr |= flags;
#elif defined(__aarch64__)
  state.fpsr |= (flags & 1) | (flags >> 1 & 14);
#endif
  state.set();
}

// The known mode without flags, for the time of a loop. Cheaper than FloatScope, which a call on a
// single number would notice: the x87 is not used, and inexact and denormal flags may stay.
class Quiet {
  const FloatState before_;
#if defined(__x86_64__)
  static constexpr uint32_t unheard = 0x22;

 public:
  Quiet() noexcept : before_{__builtin_ia32_stmxcsr(), 0} {
    if ((before_.mxcsr & ~unheard) != FloatState::known_mxcsr)
      __builtin_ia32_ldmxcsr(FloatState::known_mxcsr);
  }
  // The caller's mode and flags, and those that results deserve.
  void leave(uint32_t deserved) const noexcept {
    const uint32_t after = before_.mxcsr | deserved;
    if ((after & ~unheard) != FloatState::known_mxcsr) __builtin_ia32_ldmxcsr(after);
  }
#else
 public:
  Quiet() noexcept : before_(FloatState::current()) { FloatState::known().set(); }
  void leave(uint32_t deserved) const noexcept {
    before_.set();
    if (deserved) raise(deserved);
  }
#endif
};

// Whether the hardware has raised one since it was asked the last time, in the known mode.
inline bool suspicious() noexcept {
  if (!raised()) return false;
  FloatState::known().set();
  return true;
}

}  // namespace windlass::ufunc::flags
