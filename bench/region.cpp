// What a parallel region of two workers costs. Linked with the library's objects, for regions are
// no part of the interface. Prints one line of JSON, in nanoseconds:
//   start_hot, start_cold  until the second worker is inside, from a pool that ended its last
//                          region just now, or 100 ms ago
//   whole_hot, whole_cold  until an empty region has returned: the caller waits for nobody who has
//                          not come
//   missed_hot, missed_cold  share of the starts in which the second worker came after 2 ms, or not
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "core/parallel.hpp"

namespace {

using Clock = std::chrono::steady_clock;

double nanoseconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::nano>(to - from).count();
}

struct Arrival {
  std::atomic<bool> come{false};
  Clock::time_point at;
};

// The caller stays inside until the other worker has come, at most 2 ms.
void meet(void *argument, int worker) {
  Arrival &arrival = *static_cast<Arrival *>(argument);
  if (worker) {
    arrival.at = Clock::now();
    arrival.come.store(true, std::memory_order_release);
    return;
  }
  const auto patience = Clock::now() + std::chrono::milliseconds(2);
  while (!arrival.come.load(std::memory_order_acquire) && Clock::now() < patience) {
  }
}

double start() {
  Arrival arrival;
  const auto begin = Clock::now();
  windlass::pool::run(2, meet, &arrival);
  return arrival.come.load() ? nanoseconds(begin, arrival.at) : -1;
}

double whole() {
  const auto begin = Clock::now();
  windlass::pool::run(
      2, [](void *, int) {}, nullptr);
  return nanoseconds(begin, Clock::now());
}

struct Sample {
  double median, missed;
};

Sample sample(double (*one)(), int count, std::chrono::microseconds idle) {
  std::vector<double> times;
  for (int i = 0; i < count; i++) {
    if (idle.count() < 100) {  // sleeping would take longer than that
      const auto until = Clock::now() + idle;
      while (Clock::now() < until) {
      }
    } else {
      std::this_thread::sleep_for(idle);
    }
    if (const double time = one(); time >= 0) times.push_back(time);
  }
  const double missed = 1 - double(times.size()) / count;
  if (times.empty()) return {-1, missed};
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], missed};
}

}  // namespace

int main(int argc, char **argv) {
  const int hot = argc > 1 ? std::atoi(argv[1]) : 5000, cold = argc > 2 ? std::atoi(argv[2]) : 20;
  const std::chrono::microseconds at_once(20), later(100000);
  sample(start, 100, at_once);
  const Sample start_hot = sample(start, hot, at_once), start_cold = sample(start, cold, later);
  const Sample whole_hot = sample(whole, hot, at_once), whole_cold = sample(whole, cold, later);
  std::printf(
      "{\"start_hot\": %.1f, \"start_cold\": %.1f, \"whole_hot\": %.1f, \"whole_cold\": %.1f, "
      "\"missed_hot\": %.4f, \"missed_cold\": %.4f}\n",
      start_hot.median, start_cold.median, whole_hot.median, whole_cold.median, start_hot.missed,
      start_cold.missed);
}
