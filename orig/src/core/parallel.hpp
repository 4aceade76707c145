// parallel_for over the process's one thread pool. Who runs a task is chance; where tasks begin and
// end is the caller's choice and must depend on the shape only, so that results keep their bits.
#pragma once
#include <atomic>
#include <cstdint>
#include <exception>

#include "run.hpp"

namespace windlass {
namespace pool {

// Calls call(arg, worker) on the calling thread (worker 0) and on up to workers - 1 threads of the
// pool that are ready while the caller is still at work; returns when all of them have returned.
// call must not throw. Serial when the pool is in use, in a nested region, or when no thread can be
// started.
void run(int workers, void (*call)(void *, int), void *arg) noexcept;
int started() noexcept;  // threads of the pool that have been started

}  // namespace pool

// body(task, worker) for every task of 0..tasks - 1, handed out in rising order. Of several
// exceptions the one of the lowest task comes home, whatever the timing; no task is begun after one
// has thrown.
template <class Body>
void parallel_for(Run &run, int64_t tasks, Body &&body) {
  if (run.workers() <= 1 || tasks <= 1) {
    for (int64_t task = 0; task < tasks; task++) body(task, 0);
    return;
  }
  struct Share {
    Body &body;
    int64_t tasks;
    std::atomic<int64_t> next{0}, failed{INT64_MAX};
    std::atomic_flag noting;
    std::exception_ptr error;

    void note(int64_t task) noexcept {
      next.store(tasks, std::memory_order_relaxed);
      while (noting.test_and_set(std::memory_order_acquire)) {
      }
      if (task < failed.load(std::memory_order_relaxed)) {
        failed.store(task, std::memory_order_relaxed);
        error = std::current_exception();
      }
      noting.clear(std::memory_order_release);
    }
    void work(int worker) noexcept {
      for (;;) {
        const int64_t task = next.fetch_add(1, std::memory_order_relaxed);
        if (task >= tasks) return;
        try {
          body(task, worker);
        } catch (...) {
          note(task);
        }
      }
    }
  } share{body, tasks, {}, {INT64_MAX}, {}, {}};
  const int workers = int64_t(run.workers()) < tasks ? run.workers() : int(tasks);
  pool::run(
      workers, [](void *s, int worker) { static_cast<Share *>(s)->work(worker); }, &share);
  if (share.error) std::rethrow_exception(share.error);
}

// parts[0] += the others, in a tree whose shape depends on count only. add(to, from) adds part from
// to part to.
template <class Add>
void reduce_tree(int64_t count, Add &&add) {
  for (int64_t half = 1; half < count; half *= 2)
    for (int64_t to = 0; to + half < count; to += 2 * half) add(to, to + half);
}

}  // namespace windlass
