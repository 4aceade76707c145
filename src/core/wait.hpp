// How a thread waits for another: it spins some 50 us by the clock, then sleeps.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace windlass {

inline void pause_briefly() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Until ready(); who makes it ready changes word and notifies it. By the clock, for a pause lasts
// 40 to 140 cycles by model.
template <class Ready>
void wait_until(std::atomic<uint32_t> &word, Ready ready) noexcept {
  using Clock = std::chrono::steady_clock;
  constexpr auto spin_time = std::chrono::microseconds(50);
  for (int i = 0; i < 256; i++) {
    if (ready()) return;
    pause_briefly();
  }
  const auto end = Clock::now() + spin_time;
  for (int i = 0; (i & 31) || Clock::now() < end; i++) {
    if (ready()) return;
    pause_briefly();
  }
  for (;;) {
    const uint32_t seen = word.load(std::memory_order_seq_cst);
    if (ready()) return;
    word.wait(seen, std::memory_order_seq_cst);
  }
}

}  // namespace windlass
