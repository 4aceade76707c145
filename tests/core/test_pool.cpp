#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include <windlass/windlass.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/parallel.hpp"

namespace windlass::test {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool thread_sanitizer = true;  // it forbids threads in the child of a fork
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool thread_sanitizer = true;
#else
constexpr bool thread_sanitizer = false;
#endif
#else
constexpr bool thread_sanitizer = false;
#endif

// A sum whose rounding depends on its order, in tasks of 1000 and a tree.
double tree_sum(int workers, int64_t tasks = 300) {
  Run run(workers);
  std::vector<double> parts(static_cast<size_t>(tasks));
  parallel_for(run, tasks, [&](int64_t task, int) {
    double sum = 0;
    for (int64_t i = task * 1000; i < (task + 1) * 1000; i++) sum += 1.0 / double(3 * i + 1);
    parts[size_t(task)] = sum;
  });
  reduce_tree(tasks, [&](int64_t to, int64_t from) { parts[size_t(to)] += parts[size_t(from)]; });
  return parts[0];
}

template <class Body>
void on_pool(int workers, int64_t tasks, Body body) {
  Run run(workers);
  parallel_for(run, tasks, body);
}

// The exit status of a child that runs body; -1 when it hung or crashed.
int in_child(const std::function<bool()> &body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(body() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(PoolTest, EveryTaskRunsOnce) {
  for (const int workers : {1, 2, 3, 8, 300})
    for (const int64_t tasks : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> runs(static_cast<size_t>(tasks));
      std::atomic<int> strange{0};
      on_pool(workers, tasks, [&](int64_t task, int worker) {
        runs[size_t(task)]++;
        strange += worker < 0 || worker >= workers;
      });
      for (const auto &count : runs) EXPECT_EQ(count, 1);
      EXPECT_EQ(strange, 0);
    }
}

TEST(PoolTest, TheSameBitsForAnyNumberOfThreads) {
  const double expected = tree_sum(1);
  for (const int workers : {1, 2, 3, 8})
    for (int i = 0; i < 20; i++) EXPECT_EQ(tree_sum(workers), expected) << workers;
}

TEST(PoolTest, NoWorkerIndexIsUsedTwiceAtOnce) {
  std::atomic<int> inside[8] = {};
  std::atomic<int> clashes{0};
  for (int i = 0; i < 200; i++)
    on_pool(8, 64, [&](int64_t, int worker) {
      clashes += inside[worker].fetch_add(1) != 0;
      std::this_thread::yield();
      inside[worker]--;
    });
  EXPECT_EQ(clashes, 0);
}

TEST(PoolTest, TheTreeDependsOnTheCountOnly) {
  for (int64_t count = 1; count < 70; count++) {
    std::vector<int64_t> sums(static_cast<size_t>(count), 1);
    int64_t additions = 0;
    reduce_tree(count, [&](int64_t to, int64_t from) {
      ASSERT_LT(to, from);
      ASSERT_LT(from, count);
      sums[size_t(to)] += sums[size_t(from)];
      additions++;
    });
    EXPECT_EQ(sums[0], count);
    EXPECT_EQ(additions, count - 1);
  }
}

TEST(PoolTest, TheLowestTasksExceptionComesHome) {
  for (const int workers : {1, 2, 8})
    for (int repeat = 0; repeat < 50; repeat++)
      for (const int64_t first : {0, 1, 17, 63}) {
        std::atomic<int> begun{0};
        int64_t caught = -1;
        try {
          on_pool(workers, 64, [&](int64_t task, int) {
            begun++;
            if (task >= first) throw task;
          });
        } catch (int64_t task) {
          caught = task;
        }
        EXPECT_EQ(caught, first);
        EXPECT_LE(begun, first + 8) << "no task is begun after one has thrown";
      }
  EXPECT_EQ(tree_sum(8), tree_sum(1)) << "the pool is as before";
}

TEST(PoolTest, RegionsWithinRegionsAreSerial) {
  std::atomic<int> elsewhere{0};
  on_pool(4, 16, [&](int64_t, int) {
    const std::thread::id outer = std::this_thread::get_id();
    on_pool(4, 16, [&](int64_t, int worker) {
      elsewhere += std::this_thread::get_id() != outer || worker != 0;
    });
  });
  EXPECT_EQ(elsewhere, 0);
}

TEST(PoolTest, ConcurrentCallers) {
  const double expected = tree_sum(1);
  std::vector<std::thread> crowd;
  for (int t = 0; t < 6; t++)
    crowd.emplace_back([&] {
      for (int i = 0; i < 30; i++) EXPECT_EQ(tree_sum(1 + i % 5), expected);
    });
  for (std::thread &one : crowd) one.join();
}

TEST(PoolTest, ManySmallRegions) {
  int64_t sum = 0;
  for (int i = 0; i < 20'000; i++) {
    std::atomic<int64_t> part{0};
    on_pool(2 + i % 3, 4, [&](int64_t task, int) { part += task; });
    sum += part;
  }
  EXPECT_EQ(sum, 6 * 20'000);
}

TEST(PoolTest, ThreadsAreFewerWhenNoneCanBeStarted) {
  if (thread_sanitizer) GTEST_SKIP() << "needs a fork";
  const double expected = tree_sum(1);
  const int status = in_child([&] {
    pthread_attr_t usual, greedy;
    pthread_getattr_default_np(&usual);
    pthread_attr_init(&greedy);
    pthread_attr_setstacksize(&greedy, size_t(1) << 46);  // more than there is: EAGAIN
    if (tree_sum(2) != expected || pool::started() != 1) return false;
    pthread_setattr_default_np(&greedy);
    for (int i = 0; i < 10; i++)
      if (tree_sum(8) != expected || pool::started() != 1) return false;
    pthread_setattr_default_np(&usual);
    return tree_sum(4) == expected && pool::started() == 3;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(in_child([&] {
              pthread_attr_t greedy;
              pthread_attr_init(&greedy);
              pthread_attr_setstacksize(&greedy, size_t(1) << 46);
              pthread_setattr_default_np(&greedy);
              return tree_sum(8) == expected && pool::started() == 0;
            }),
            0)
      << "without any thread";
}

TEST(PoolTest, AChildOfAForkStartsItsOwn) {
  if (thread_sanitizer) GTEST_SKIP() << "needs a fork";
  const double expected = tree_sum(3);
  for (int i = 0; i < 100; i++) {
    const int status = in_child([&] {
      if (pool::started() != 0) return false;
      return tree_sum(3) == expected && pool::started() == 2 && tree_sum(8) == expected;
    });
    ASSERT_EQ(status, 0) << "fork " << i;
    ASSERT_EQ(tree_sum(3), expected) << "the parent's pool goes on";
  }
}

TEST(PoolTest, AForkInsideARegion) {
  if (thread_sanitizer) GTEST_SKIP() << "needs a fork";
  const double expected = tree_sum(3);
  for (int i = 0; i < 20; i++) {
    std::atomic<int> status{0};
    const std::thread::id caller = std::this_thread::get_id();
    std::atomic<bool> forked{false};
    on_pool(3, 8, [&](int64_t, int worker) {
      if (worker == 0 && std::this_thread::get_id() == caller && !forked.exchange(true))
        status = in_child([&] { return tree_sum(3) == expected; });
    });
    EXPECT_EQ(status, 0);
  }
}

TEST(PoolTest, AForkWhileAnotherThreadComputes) {
  if (thread_sanitizer) GTEST_SKIP() << "needs a fork";
  const double expected = tree_sum(3);
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop) EXPECT_EQ(tree_sum(2, 20), tree_sum(1, 20));
  });
  for (int i = 0; i < 30; i++)
    EXPECT_EQ(in_child([&] { return tree_sum(3) == expected && tree_sum(2) == expected; }), 0);
  stop = true;
  busy.join();
}

#if defined(__x86_64__)
TEST(PoolTest, WorkersComputeInTheKnownMode) {
  if (thread_sanitizer) GTEST_SKIP() << "needs a fork";
  const int status = in_child([] {   // where the pool is started by a thread in a strange mode
    __builtin_ia32_ldmxcsr(0xffc0);  // flush to zero, subnormals as zero, towards zero
    std::atomic<int> wrong{0}, others{0};
    const std::thread::id caller = std::this_thread::get_id();
    for (int i = 0; i < 50 && !others; i++) {
      on_pool(4, 64, [&](int64_t, int) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        if (std::this_thread::get_id() == caller) return;
        others++;
        wrong += (__builtin_ia32_stmxcsr() & 0xffc0) != 0x1f80;
      });
    }
    __builtin_ia32_ldmxcsr(0x1f80);
    return others > 0 && wrong == 0;
  });
  EXPECT_EQ(status, 0);
}
#endif

// Printed, never judged: the machine may be shared.
TEST(PoolTest, WhatARegionCosts) {
  using Clock = std::chrono::steady_clock;
  for (const bool cold : {false, true}) {
    double best = 1;
    for (int i = 0; i < 100; i++) {
      if (cold) std::this_thread::sleep_for(std::chrono::microseconds(300));
      const auto start = Clock::now();
      on_pool(2, 2, [](int64_t, int) {});
      const double cost = std::chrono::duration<double>(Clock::now() - start).count();
      best = cost < best ? cost : best;
    }
    std::printf("a region of 2 threads costs %.2f us %s\n", best * 1e6, cold ? "cold" : "warm");
  }
}

}  // namespace
}  // namespace windlass::test
