#include "team.hpp"

namespace windlass {
namespace {

constexpr auto patience = std::chrono::microseconds(200);  // waking a thread takes some 70
constexpr uint32_t shut = 1u << 31;

}  // namespace

void Team::open() noexcept {
  for (int i = 0; i < most_; i++) flags_[size_t(i)].now.store(0, std::memory_order_relaxed);
  alone_ = most_ == 1 || !pool::idle();
  closed_.store(0, std::memory_order_relaxed);
  come_.store(0, std::memory_order_release);
}

int Team::close(int &count) noexcept {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!alone_ && come_.load(std::memory_order_acquire) + 1 < uint32_t(most_) &&
         std::chrono::steady_clock::now() < end)
    pause_briefly();
  count = int(come_.fetch_or(shut, std::memory_order_acq_rel)) + 1;
  closed_.store(uint32_t(count), std::memory_order_release);
  closed_.notify_all();
  return 0;
}

int Team::join(int &count) noexcept {
  uint32_t others = come_.load(std::memory_order_acquire);
  do {
    if (others & shut) return -1;
  } while (!come_.compare_exchange_weak(others, others + 1, std::memory_order_acq_rel));
  wait_until(closed_, [this]() noexcept { return closed_.load(std::memory_order_acquire); });
  count = int(closed_.load(std::memory_order_acquire));
  return int(others) + 1;
}

// Its own flag up, then a look at all the others: one cache line is passed for two threads.
void Team::meet(int index, int count) noexcept {
  std::atomic<uint32_t> &own = flags_[size_t(index)].now;
  const uint32_t round = own.load(std::memory_order_relaxed) + 1;
  own.store(round, std::memory_order_seq_cst);
  own.notify_all();
  for (int i = 0; i < count; i++) {
    if (i == index) continue;
    std::atomic<uint32_t> &other = flags_[size_t(i)].now;
    wait_until(other, [&]() noexcept {
      return int32_t(other.load(std::memory_order_seq_cst) - round) >= 0;
    });
  }
}

}  // namespace windlass
