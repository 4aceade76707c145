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

// Whether the hardware has raised one since it was asked the last time, in the known mode.
inline bool suspicious() noexcept {
  if (!raised()) return false;
  FloatState::known().set();
  return true;
}

}  // namespace windlass::ufunc::flags
