#include "run.hpp"

#include <cmath>

namespace windlass {

bool Run::stop_requested() noexcept {
  if (stopped_.load(std::memory_order_relaxed) != none) return true;
  int why = none;
  if (limits_.cancel_word &&
      limits_.cancel_word->load(std::memory_order_relaxed) & limits_.cancel_bit)
    why = cancel;
  else if (limits_.seconds > 0 && seconds() > limits_.seconds)
    why = time;
  if (why == none) return false;
  int before = none;
  stopped_.compare_exchange_strong(before, why, std::memory_order_relaxed);
  return true;
}

bool Run::report(const char *phase, int64_t done, int64_t total, double value, bool last) noexcept {
  if (!limits_.progress) return stop_requested();
  if (part_.whole >= 0) {
    const double share = total > 0 ? double(done) / double(total) : 0;
    done = std::llround((part_.begin + part_.share * share) * double(part_.whole));
    total = part_.whole;
  }
  const double now = seconds();
  if (now - reported_ < limits_.interval && !last && done != total) return stop_requested();
  reported_ = now;
  const wdl_progress progress = {phase, done, total, value, now};
  int32_t answer;
  {
    FloatScope callers_own(caller_);
    answer = limits_.progress(limits_.user, &progress);
  }
  if (answer) {
    callback_result_ = answer;
    stopped_.store(callback, std::memory_order_relaxed);
  }
  return stop_requested();
}

const char *Run::reason() const noexcept {
  switch (stopped_.load(std::memory_order_relaxed)) {
    case cancel:
      return "cancelled";
    case time:
      return "out of time";
    case callback:
      return "stopped by the progress callback";
    default:
      return "not stopped";
  }
}

}  // namespace windlass
