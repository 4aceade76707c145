// What the generalised loops share: elements at any address, memory, and tasks on threads.
#pragma once
#include <atomic>
#include <cstring>
#include <new>

#include "core/parallel.hpp"
#include "core/process.hpp"
#include "flags.hpp"

namespace windlass::ufunc {

template <class T>
inline T get(const char *from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T>
inline void put(char *to, T value) noexcept {
  std::memcpy(to, &value, sizeof value);
}

// n numbers, contiguous: where they lie, or copied.
template <class T>
const T *contiguous(const char *from, intptr_t step, int64_t n, T *buffer) noexcept {
  if (step == intptr_t(sizeof(T))) return reinterpret_cast<const T *>(from);
  for (int64_t i = 0; i < n; i++) buffer[i] = get<T>(from + i * step);
  return buffer;
}
template <class T>
void scattered(const T *from, int64_t n, char *to, intptr_t step) noexcept {
  for (int64_t i = 0; i < n; i++) put(to + i * step, from[i]);
}

// Memory of one task: `fixed` numbers on the stack, or more where that is wanted and to be had.
template <class T, int64_t fixed>
class Scratch {
 public:
  explicit Scratch(int64_t wanted) noexcept {
    if (wanted <= fixed || wanted > INT64_MAX / 64) return;
    heap_ = static_cast<T *>(::operator new(size_t(wanted) * sizeof(T), line, std::nothrow));
    if (heap_) size_ = wanted;
  }
  ~Scratch() {
    if (heap_) ::operator delete(static_cast<void *>(heap_), line, std::nothrow);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  T *get() noexcept { return heap_ ? heap_ : stack_; }
  int64_t size() const noexcept { return size_; }

 private:
  static constexpr std::align_val_t line{64};
  T *heap_ = nullptr;
  int64_t size_ = fixed;
  alignas(64) T stack_[fixed];
};

// Of results that are made in many steps: that one of them underflows says nothing.
constexpr uint32_t deserved = flags::all & ~uint32_t(flags::underflow);

// Additions, or as much, from which on threads pay.
constexpr double threads_from = 1e5;

// body(task) for 0 <= task < tasks, in the known floating-point mode, on threads if it is `work`
// enough; raises for the caller the flags that the bodies return.
template <class Body>
void run_tasks(int64_t tasks, double work, Body &&body) noexcept {
  std::atomic<uint32_t> raised{0};
  const auto one = [&](int64_t task, int) noexcept {
    const FloatScope known(FloatState::known());
    if (const uint32_t found = body(task)) raised.fetch_or(found, std::memory_order_relaxed);
  };
  if (tasks > 1 && work >= threads_from) {
    Run threads(process_wide::loop_threads());
    parallel_for(threads, tasks, one);
  } else {
    for (int64_t task = 0; task < tasks; task++) one(task, 0);
  }
  if (const uint32_t all = raised.load(std::memory_order_relaxed)) flags::raise(all);
}

// body(first, last) over ranges of n, each of about as much work as a thread should fetch at once,
// a multiple of `unit` long.
template <class Body>
void run_ranges(int64_t n, double work_of_one, int64_t unit, Body &&body) noexcept {
  constexpr double task_work = 32768;
  const double wanted = task_work / (work_of_one > 1 ? work_of_one : 1) / double(unit);
  const int64_t length = unit * (wanted > 1 ? int64_t(wanted) : 1);
  run_tasks(n / length + (n % length != 0), double(n) * work_of_one, [&](int64_t task) noexcept {
    const int64_t first = task * length, left = n - first;
    return body(first, first + (left < length ? left : length));
  });
}

}  // namespace windlass::ufunc
