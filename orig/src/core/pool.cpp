// One pool a process. The region is published by one atomic word (generation, open seats, workers
// inside); a worker takes a seat by one exchange, and the caller withdraws the seats nobody took,
// so it never waits for a thread that has not begun. Fork: the child's handler forgets the pool,
// and the next region starts a new one. Threads are never joined: they sleep until the process ends
// (the library stays loaded: -z nodelete).
#include <pthread.h>
#include <signal.h>

#include <chrono>

#include "parallel.hpp"

namespace windlass::pool {
namespace {

constexpr int most_threads = 255;
constexpr auto spin_time = std::chrono::microseconds(50);

// state: generation 32..63, open seats 16..31, workers inside 0..15
constexpr uint64_t seat = 1u << 16, inside_mask = seat - 1, seats_mask = 0xffffull << 16;

constinit std::atomic<uint64_t> state{0};
constinit std::atomic<uint32_t> bell{0};  // rung for the workers: a region was published
constinit std::atomic<uint32_t> done{0};  // rung for the caller: the last worker has left
constinit std::atomic<bool> taken{false}, watching_forks{false};
constinit std::atomic<int> threads{0};
void (*region_call)(void *, int);
void *region_arg;
int region_workers;
[[gnu::tls_model("initial-exec")]] thread_local bool inside_region;

void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Spins by the clock, for a pause lasts 40 to 140 cycles by model; then sleeps on word.
template <class Ready>
void wait_until(std::atomic<uint32_t> &word, Ready ready) noexcept {
  for (int i = 0; i < 256; i++) {
    if (ready()) return;
    pause();
  }
  const auto end = Run::Clock::now() + spin_time;
  for (int i = 0; (i & 31) || Run::Clock::now() < end; i++) {
    if (ready()) return;
    pause();
  }
  for (;;) {
    const uint32_t seen = word.load(std::memory_order_seq_cst);
    if (ready()) return;
    word.wait(seen, std::memory_order_seq_cst);
  }
}

bool take_seat(uint64_t served, uint64_t &mine) noexcept {
  uint64_t now = state.load(std::memory_order_acquire);
  while (now & seats_mask && now >> 32 != served)
    if (state.compare_exchange_weak(now, now - seat + 1, std::memory_order_acq_rel)) {
      mine = now;
      return true;
    }
  return false;
}

void *worker_main(void *) noexcept {
  FloatState::known().set();
  inside_region = true;  // so that what a task calls runs serially
  uint64_t served = UINT64_MAX, mine = 0;
  for (;;) {
    wait_until(bell, [&]() noexcept { return take_seat(served, mine); });
    served = mine >> 32;
    region_call(region_arg, region_workers - int((mine & seats_mask) >> 16));
    const uint64_t before = state.fetch_sub(1, std::memory_order_seq_cst);
    if ((before & inside_mask) == 1) {
      done.fetch_add(1, std::memory_order_seq_cst);
      done.notify_one();
    }
  }
}

void forget_after_fork() noexcept {
  state.store(0);
  threads.store(0);
  taken.store(false);
}

void start_threads(int wanted) noexcept {
  if (wanted > most_threads) wanted = most_threads;
  if (threads.load(std::memory_order_relaxed) >= wanted) return;
  if (!watching_forks.load(std::memory_order_relaxed)) {
    if (pthread_atfork(nullptr, nullptr, forget_after_fork)) return;
    watching_forks.store(true, std::memory_order_relaxed);
  }
  sigset_t all, before;  // signals are for the threads of the program
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (threads.load(std::memory_order_relaxed) < wanted) {
    pthread_t thread;  // no more to be had: fewer workers, the same answer
    if (pthread_create(&thread, nullptr, worker_main, nullptr)) break;
    pthread_detach(thread);
    threads.fetch_add(1, std::memory_order_relaxed);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void publish(int workers, void (*call)(void *, int), void *arg) noexcept {
  region_call = call, region_arg = arg, region_workers = workers;
  const uint64_t generation = ((state.load(std::memory_order_relaxed) >> 32) + 1) & 0xffffffff;
  state.store(generation << 32 | uint64_t(workers - 1) << 16, std::memory_order_seq_cst);
  bell.fetch_add(1, std::memory_order_seq_cst);
  if (workers > 2)
    bell.notify_all();
  else
    bell.notify_one();
}

void withdraw_and_wait() noexcept {
  state.fetch_and(~seats_mask, std::memory_order_seq_cst);
  wait_until(done,
             []() noexcept { return !(state.load(std::memory_order_seq_cst) & inside_mask); });
}

}  // namespace

int started() noexcept { return threads.load(std::memory_order_relaxed); }

void run(int workers, void (*call)(void *, int), void *arg) noexcept {
  if (workers > most_threads + 1) workers = most_threads + 1;
  if (workers <= 1 || inside_region || taken.exchange(true, std::memory_order_acquire))
    return call(arg, 0);
  inside_region = true;
  start_threads(workers - 1);
  if (threads.load(std::memory_order_relaxed)) {
    publish(workers, call, arg);
    call(arg, 0);
    withdraw_and_wait();
  } else {
    call(arg, 0);
  }
  inside_region = false;
  taken.store(false, std::memory_order_release);
}

}  // namespace windlass::pool
