// The floating-point mode of the calling thread: known while the library computes, the caller's own
// at the border and in callbacks. Rounding to nearest, subnormals kept, no traps.
#pragma once
#include <cstdint>

namespace windlass {

struct FloatState {
#if defined(__x86_64__)
  uint32_t mxcsr;
  uint16_t x87;
  static constexpr uint32_t known_mxcsr = 0x1f80;
  static constexpr uint16_t known_x87 = 0x037f;

  static FloatState current() noexcept {
    FloatState s;
    s.mxcsr = __builtin_ia32_stmxcsr();
    __asm__ __volatile__("fnstcw %0" : "=m"(s.x87));
    return s;
  }
  static FloatState known() noexcept { return {known_mxcsr, known_x87}; }
  // The sticky flags count too: what a computation raised inside is not the caller's.
  void set() const noexcept {
    const FloatState now = current();
    if (now.mxcsr != mxcsr) __builtin_ia32_ldmxcsr(mxcsr);
    if (now.x87 != x87) __asm__ __volatile__("fldcw %0" : : "m"(x87));
  }
#elif defined(__aarch64__)
  uint64_t fpcr, fpsr;

  static FloatState current() noexcept {
    FloatState s;
    __asm__ __volatile__("mrs %0, fpcr\n\tmrs %1, fpsr" : "=r"(s.fpcr), "=r"(s.fpsr));
    return s;
  }
  static FloatState known() noexcept { return {0, 0}; }
  void set() const noexcept {
    __asm__ __volatile__("msr fpcr, %0\n\tmsr fpsr, %1" : : "r"(fpcr), "r"(fpsr));
  }
#else
  static FloatState current() noexcept { return {}; }
  static FloatState known() noexcept { return {}; }
  void set() const noexcept {}
#endif
};

// Sets a state for a scope and puts back the one before.
class FloatScope {
  FloatState before_;

 public:
  explicit FloatScope(const FloatState &during) noexcept : before_(FloatState::current()) {
    during.set();
  }
  ~FloatScope() { before_.set(); }
  FloatScope(const FloatScope &) = delete;
  FloatScope &operator=(const FloatScope &) = delete;
  const FloatState &before() const noexcept { return before_; }
};

}  // namespace windlass
