// What an object makes when it is first needed, and keeps.
#pragma once
#include <atomic>
#include <memory>

namespace windlass {

template <class T>
class MadeOnce {
 public:
  MadeOnce() = default;
  MadeOnce(const MadeOnce &) = delete;
  MadeOnce &operator=(const MadeOnce &) = delete;
  ~MadeOnce() { delete made_.load(); }

  // nullptr before it is made.
  const T *get() const noexcept { return made_.load(std::memory_order_acquire); }
  // make() gives a std::unique_ptr; from any thread. Where two make one, the first stays.
  template <class Make>
  const T &get(Make &&make) const {
    if (const T *made = get()) return *made;
    std::unique_ptr<const T> fresh = make();
    const T *before = nullptr;
    if (!made_.compare_exchange_strong(before, fresh.get(), std::memory_order_acq_rel))
      return *before;
    return *fresh.release();
  }
  // While nobody uses it.
  void forget() noexcept { delete made_.exchange(nullptr, std::memory_order_acq_rel); }

 private:
  mutable std::atomic<const T *> made_{nullptr};
};

}  // namespace windlass
