// What one call may use: threads, time, and the caller's patience. Made by the border from the
// call's context; algorithms see nothing else of it.
#pragma once
#include <windlass/core.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#include "float_state.hpp"

namespace windlass {

class Run {
 public:
  using Clock = std::chrono::steady_clock;

  struct Limits {
    int workers = 1;
    const std::atomic<uint64_t> *cancel_word = nullptr;  // with cancel_bit set: cancelled
    uint64_t cancel_bit = 0;
    double seconds = 0;  // 0: no limit
    wdl_progress_fn progress = nullptr;
    void *user = nullptr;
    double interval = 0;
  };

  struct Part {
    int64_t whole = -1;  // below 0: all, and in the units that are reported
    double begin = 0, share = 1;
  };

  explicit Run(const Limits &limits, const FloatState &caller = FloatState::current()) noexcept
      : limits_(limits), caller_(caller), start_(Clock::now()) {}
  explicit Run(int workers) noexcept : Run(Limits{.workers = workers}) {}
  Run(const Run &) = delete;
  Run &operator=(const Run &) = delete;

  // The greatest worker index of parallel_for + 1: how many copies of scratch to allocate.
  int workers() const noexcept { return limits_.workers; }
  const FloatState &caller() const noexcept { return caller_; }

  // Cancelled, out of time, or asked to stop by the progress callback. From any thread; some 30 ns:
  // look at least every 10 ms.
  bool stop_requested() noexcept;

  // Tells the progress callback, at most every interval (always when done == total). From the
  // calling thread only. True: stop.
  bool report(const char *phase, int64_t done, int64_t total, double value,
              bool last = false) noexcept;

  // While one lives, what is reported is the part from/of to to/of of the call's work, which is
  // told as `whole`; within another, the part of that one's part. The calling thread's, as report.
  class Stage {
   public:
    Stage(Run &run, int64_t whole, int64_t from, int64_t to, int64_t of) noexcept
        : run_(run), outer_(run.part_) {
      Part &part = run.part_;
      if (part.whole < 0) part.whole = whole;
      part.begin += part.share * double(from) / double(of);
      part.share *= double(to - from) / double(of);
    }
    ~Stage() { run_.part_ = outer_; }
    Stage(const Stage &) = delete;
    Stage &operator=(const Stage &) = delete;

   private:
    Run &run_;
    Part outer_;
  };

  double seconds() const noexcept {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }
  int64_t callback_result() const noexcept { return callback_result_; }
  enum Reason : int { none, cancel, time, callback };
  Reason stopped() const noexcept { return Reason(stopped_.load(std::memory_order_relaxed)); }
  const char *reason() const noexcept;  // why it was stopped: "cancelled", "time limit", ...

 private:
  Limits limits_;
  FloatState caller_;
  Clock::time_point start_;
  Part part_;
  double reported_ = -1e300;
  int64_t callback_result_ = 0;
  std::atomic<int> stopped_{none};
};

}  // namespace windlass
