#include <signal.h>
#include <sys/time.h>
#include <windlass/windlass.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "support/live_handles.hpp"

namespace windlass::test {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

wdl_error record_of(wdl_context ctx) {
  wdl_error record{};
  EXPECT_EQ(wdl_error_get(ctx, &record), WDL_OK);
  return record;
}

// A text of 4 MiB: several tasks, on several threads.
wdl_status count_text(wdl_context ctx, int64_t *out) {
  static const std::string text(4 << 20, 'a');
  return wdl_text_count_doubles(ctx, text.data(), int64_t(text.size()), WDL_TEXT_UTF8, out);
}

// A mixture whose fit takes as long as it is let: tol is 0, and nothing limits the iterations.
class ContextsTest : public LiveHandles {
 protected:
  void SetUp() override {
    LiveHandles::SetUp();
    ctx_ = new_context();
    EXPECT_EQ(wdl_mixture_create(0, &mixture_), WDL_OK);
    EXPECT_EQ(wdl_set_int(0, mixture_, "n_components", 4), WDL_OK);
    EXPECT_EQ(wdl_set_int(0, mixture_, "max_iter", 1 << 30), WDL_OK);
    EXPECT_EQ(wdl_set_real(0, mixture_, "tol", 0), WDL_OK);
    x_.resize(size_t(rows * 2));
    uint32_t dice = 1;
    for (double &value : x_) value = double((dice = dice * 1664525u + 1013904223u) >> 8) * 1e-6;
    EXPECT_EQ(wdl_array_matrix(0, x_.data(), WDL_F64, rows, 2, &view_), WDL_OK);
  }
  void TearDown() override {
    wdl_release(mixture_);
    wdl_release(ctx_);
    LiveHandles::TearDown();
  }

  using Inside = std::function<int32_t(const wdl_progress &)>;
  static int32_t call(void *user, const wdl_progress *now) {
    return (*static_cast<Inside *>(user))(*now);
  }
  wdl_status fit(Inside inside, double min_seconds = 0) {
    EXPECT_EQ(wdl_context_progress(ctx_, call, &inside, min_seconds), WDL_OK);
    const wdl_status status = wdl_mixture_fit(ctx_, mixture_, &view_, nullptr);
    wdl_context_progress(ctx_, nullptr, nullptr, 0);
    return status;
  }

  static constexpr int64_t rows = 20'000;
  wdl_context ctx_ = 0;
  wdl_mixture mixture_ = 0;
  std::vector<double> x_;
  wdl_array view_;
};

TEST_F(ContextsTest, ACallbackMayCallOn) {
  int64_t count = 0, threads = -1;
  int calls = 0;
  const std::thread::id caller = std::this_thread::get_id();
  const wdl_status status = fit([&](const wdl_progress &now) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_STREQ(now.phase, "fit");
    EXPECT_GE(now.seconds, 0);
    EXPECT_EQ(count_text(ctx_, &count), WDL_OK) << message(ctx_);
    EXPECT_EQ(wdl_get_int(ctx_, ctx_, "threads", &threads), WDL_OK) << message(ctx_);
    EXPECT_EQ(wdl_get_int(ctx_, mixture_, "n_components", &threads), WDL_BUSY);
    EXPECT_EQ(wdl_get_int(0, mixture_, "n_components", &threads), WDL_BUSY);
    return ++calls == 3;
  });
  EXPECT_EQ(status, WDL_STOPPED) << message(ctx_);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(count, (4 << 20) - 1);
  EXPECT_EQ(record_of(ctx_).callback_result, 1);
  EXPECT_EQ(wdl_get_int(ctx_, mixture_, "n_components", &threads), WDL_OK) << "free again";
}

TEST_F(ContextsTest, AFitWithinAFitReportsNothing) {
  wdl_mixture inner = 0;
  ASSERT_EQ(wdl_mixture_create(0, &inner), WDL_OK);
  ASSERT_EQ(wdl_set_int(0, inner, "max_iter", 2), WDL_OK);
  int depth = 0, deepest = 0;
  const wdl_status status = fit([&](const wdl_progress &) {
    deepest = ++depth > deepest ? depth : deepest;
    EXPECT_GE(wdl_mixture_fit(ctx_, inner, &view_, nullptr), 0) << message(ctx_);
    return --depth == 0;
  });
  EXPECT_EQ(status, WDL_STOPPED);
  EXPECT_EQ(deepest, 1);
  int64_t iterations = 0;
  EXPECT_EQ(wdl_get_int(0, inner, "n_iter", &iterations), WDL_OK);
  EXPECT_GE(iterations, 1);
  EXPECT_EQ(wdl_release(inner), WDL_OK);
}

TEST_F(ContextsTest, AnotherThreadsCallIsBusy) {
  wdl_error other{};
  int64_t out = 5;
  const wdl_status status = fit([&](const wdl_progress &) {
    std::thread([&] {
      EXPECT_EQ(count_text(ctx_, &out), WDL_BUSY);
      EXPECT_EQ(wdl_set_real(ctx_, ctx_, "time_limit", 1), WDL_BUSY);
      EXPECT_EQ(wdl_error_get(ctx_, &other), WDL_BUSY);
      EXPECT_EQ(wdl_set_real(ctx_, ctx_, "time_limit", 1), WDL_BUSY);
      other = record_of(0);
      EXPECT_STREQ(wdl_error_message(ctx_), other.text) << "the thread's own";
    }).join();
    return 1;
  });
  EXPECT_EQ(status, WDL_STOPPED);
  EXPECT_EQ(out, 5);
  EXPECT_EQ(other.status, WDL_BUSY);
  EXPECT_EQ(other.argument, 0);
  EXPECT_STREQ(other.function, "wdl_set_real");
}

TEST_F(ContextsTest, CancelIsSticky) {
  int64_t out = 5;
  EXPECT_EQ(wdl_cancel(ctx_, 1), WDL_OK);
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(count_text(ctx_, &out), WDL_CANCELLED);
    EXPECT_EQ(out, 5) << "scalar outputs are untouched";
    EXPECT_LE(wdl_mixture_fit(ctx_, mixture_, &view_, nullptr), WDL_CANCELLED);
  }
  EXPECT_EQ(wdl_mixture_score(ctx_, mixture_, &view_, nullptr), WDL_NO_VALUE) << "still not fitted";
  EXPECT_EQ(count_text(0, &out), WDL_OK) << "other contexts go on";
  EXPECT_EQ(wdl_cancel(ctx_, 0), WDL_OK);
  EXPECT_EQ(count_text(ctx_, &out), WDL_OK) << message(ctx_);
  for (const wdl_context wrong : {wdl_context(0), wdl_context(WDL_PROCESS), mixture_, ~ctx_})
    EXPECT_EQ(wdl_cancel(wrong, 1), WDL_BAD_HANDLE);
}

TEST_F(ContextsTest, CancelFromAnotherThread) {
  std::atomic<bool> running{false};
  Clock::time_point cancelled;
  std::thread other([&] {
    while (!running) std::this_thread::yield();
    cancelled = Clock::now();
    EXPECT_EQ(wdl_cancel(ctx_, 1), WDL_OK);
  });
  const wdl_status status = fit([&](const wdl_progress &) {
    running = true;
    return 0;
  });
  EXPECT_LT(seconds_since(cancelled), 2);
  other.join();
  EXPECT_EQ(status, WDL_STOPPED) << message(ctx_);
  EXPECT_NE(message(ctx_).find("cancelled"), std::string::npos) << message(ctx_);
  double score = 0;
  EXPECT_EQ(wdl_cancel(ctx_, 0), WDL_OK);
  EXPECT_EQ(wdl_mixture_score(ctx_, mixture_, &view_, &score), WDL_OK) << "the best so far is kept";
}

volatile wdl_context interrupted;
void on_alarm(int) { wdl_cancel(interrupted, 1); }

TEST_F(ContextsTest, CancelFromASignalHandler) {
  struct sigaction action {
  }, before;
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, &before);
  interrupted = ctx_;
  const itimerval in_20_ms = {{0, 5'000}, {0, 20'000}}, off{};
  setitimer(ITIMER_REAL, &in_20_ms, nullptr);
  const wdl_status status = wdl_mixture_fit(ctx_, mixture_, &view_, nullptr);
  setitimer(ITIMER_REAL, &off, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_TRUE(status == WDL_STOPPED || status == WDL_CANCELLED) << status;
  EXPECT_EQ(wdl_cancel(ctx_, 0), WDL_OK);
}

TEST_F(ContextsTest, ATimeLimitEndsACall) {
  // Where it is slow, as under a sanitizer, there is no result yet after the first of these limits.
  double limit = 0.025, took = 0;
  wdl_status status = WDL_CANCELLED;
  while (status == WDL_CANCELLED && limit < 5) {
    limit *= 2;
    ASSERT_EQ(wdl_set_real(ctx_, ctx_, "time_limit", limit), WDL_OK);
    const auto start = Clock::now();
    status = wdl_mixture_fit(ctx_, mixture_, &view_, nullptr);
    took = seconds_since(start);
  }
  EXPECT_EQ(status, WDL_STOPPED) << message(ctx_);
  EXPECT_GE(took, limit);
  EXPECT_LT(took, limit + 5);
  EXPECT_NE(message(ctx_).find("out of time"), std::string::npos) << message(ctx_);
  int64_t out;
  EXPECT_EQ(count_text(ctx_, &out), WDL_OK) << "the limit is of each call";
}

TEST_F(ContextsTest, RecordsAreOfAContextOrAThread) {
  const wdl_context second = new_context();
  int64_t out = 0;
  EXPECT_EQ(wdl_get_int(ctx_, mixture_, "one", &out), WDL_UNKNOWN_NAME);
  EXPECT_EQ(wdl_get_int(second, mixture_, nullptr, &out), WDL_BAD_ARGUMENT);
  EXPECT_EQ(wdl_get_int(0, ~ctx_, "threads", &out), WDL_BAD_HANDLE);
  const wdl_error first = record_of(ctx_), other = record_of(second), mine = record_of(0);
  EXPECT_EQ(first.status, WDL_UNKNOWN_NAME);
  EXPECT_EQ(other.status, WDL_BAD_ARGUMENT);
  EXPECT_EQ(mine.status, WDL_BAD_HANDLE);
  EXPECT_EQ(first.argument * 100 + other.argument * 10 + mine.argument, 221);
  std::thread([&] {
    EXPECT_EQ(record_of(0).status, WDL_OK) << "a new thread has no record yet";
    EXPECT_EQ(message(0), "");
    EXPECT_EQ(wdl_get_int(0, mixture_, "two", &out), WDL_UNKNOWN_NAME);
    EXPECT_EQ(record_of(ctx_).status, WDL_UNKNOWN_NAME) << "a context's record is anyone's to read";
  }).join();
  EXPECT_EQ(std::memcmp(&mine, std::vector<wdl_error>(1, record_of(0)).data(), sizeof mine), 0);
  EXPECT_EQ(wdl_release(second), WDL_OK);
}

TEST_F(ContextsTest, OnlyACallThatSaysSomethingWritesTheRecord) {
  int64_t out = 0;
  EXPECT_EQ(wdl_get_int(ctx_, mixture_, "one", &out), WDL_UNKNOWN_NAME);
  const std::string before = message(ctx_);
  EXPECT_EQ(wdl_get_int(ctx_, mixture_, "n_components", &out), WDL_OK);
  EXPECT_EQ(wdl_cancel(ctx_, 0), WDL_OK);
  EXPECT_EQ(wdl_cancel(~ctx_, 0), WDL_BAD_HANDLE);
  EXPECT_EQ(wdl_error_get(ctx_, nullptr), WDL_BAD_ARGUMENT);
  EXPECT_EQ(message(ctx_), before);
  ASSERT_EQ(wdl_set_int(ctx_, mixture_, "max_iter", 1), WDL_OK);
  EXPECT_EQ(wdl_mixture_fit(ctx_, mixture_, &view_, nullptr), WDL_NOT_CONVERGED);
  EXPECT_EQ(record_of(ctx_).status, WDL_NOT_CONVERGED) << "one above 0 does";
  EXPECT_EQ(message(ctx_).find("wdl_mixture_fit: "), 0u);
}

TEST_F(ContextsTest, ProgressKeepsItsInterval) {
  ASSERT_EQ(wdl_set_int(0, mixture_, "max_iter", 40), WDL_OK);
  std::vector<double> times;
  int64_t done = 0, total = 0;
  const auto note = [&](const wdl_progress &now) {
    times.push_back(now.seconds);
    done = now.done, total = now.total;
    return 0;
  };
  EXPECT_EQ(fit(note, 0.02), WDL_NOT_CONVERGED) << message(ctx_);
  for (size_t i = 1; i + 1 < times.size(); i++) EXPECT_GE(times[i] - times[i - 1], 0.02);
  EXPECT_EQ(done, total) << "once at the end";
  times.clear();
  EXPECT_EQ(fit(note, 1e9), WDL_NOT_CONVERGED);
  EXPECT_LE(times.size(), 2u);
}

TEST_F(ContextsTest, AContextReleasedInItsOwnCall) {
  wdl_status inside = WDL_INTERNAL, again = WDL_INTERNAL;
  const int64_t live = handles::live();
  const wdl_status status = fit([&](const wdl_progress &) {
    inside = wdl_release(ctx_);
    again = wdl_set_int(ctx_, ctx_, "threads", 1);
    return 1;
  });
  EXPECT_EQ(status, WDL_STOPPED) << "the call itself goes on";
  EXPECT_EQ(inside, WDL_OK);
  EXPECT_EQ(again, WDL_BAD_HANDLE) << "the id is stale at once";
  EXPECT_EQ(handles::live(), live - 1);
}

TEST_F(ContextsTest, ThreadsOnTheirOwnContexts) {
  std::vector<std::thread> crowd;
  for (int t = 0; t < 4; t++)
    crowd.emplace_back([] {
      const wdl_context mine = new_context();
      for (int i = 0; i < 200; i++) {
        int64_t out = 0;
        EXPECT_EQ(wdl_get_int(mine, WDL_PROCESS, "cores", &out), WDL_OK);
        EXPECT_EQ(wdl_get_int(mine, WDL_PROCESS, "no such", &out), WDL_UNKNOWN_NAME);
        if (i % 50 == 0) {
          EXPECT_EQ(count_text(mine, &out), WDL_OK);
          EXPECT_EQ(out, (4 << 20) - 1);
        }
      }
      EXPECT_EQ(wdl_release(mine), WDL_OK);
    });
  for (std::thread &one : crowd) one.join();
}

// A shared context: each call is done, or is busy and has done nothing.
TEST_F(ContextsTest, ThreadsOnOneContext) {
  std::atomic<int> done{0}, busy{0};
  std::vector<std::thread> crowd;
  for (int t = 0; t < 4; t++)
    crowd.emplace_back([&] {
      for (int i = 0; i < 500; i++) {
        int64_t out = -1;
        const wdl_status status = wdl_get_int(ctx_, ctx_, "threads", &out);
        EXPECT_TRUE(status == WDL_OK || status == WDL_BUSY) << status;
        EXPECT_EQ(out, status == WDL_OK ? 0 : -1);
        (status == WDL_OK ? done : busy)++;
      }
    });
  for (std::thread &one : crowd) one.join();
  EXPECT_EQ(done + busy, 2000);
  EXPECT_GT(done, 0);
}

TEST_F(ContextsTest, ReadersShareAMixture) {
  ASSERT_EQ(wdl_set_int(0, mixture_, "max_iter", 2), WDL_OK);
  ASSERT_GE(wdl_mixture_fit(0, mixture_, &view_, nullptr), 0);
  double expected = 0;
  ASSERT_EQ(wdl_mixture_score(0, mixture_, &view_, &expected), WDL_OK);
  std::vector<std::thread> crowd;
  for (int t = 0; t < 4; t++)
    crowd.emplace_back([&] {
      for (int i = 0; i < 10; i++) {
        double score = 0;
        EXPECT_EQ(wdl_mixture_score(0, mixture_, &view_, &score), WDL_OK) << message(0);
        EXPECT_EQ(score, expected) << "the same bits, whoever else computes";
      }
    });
  for (std::thread &one : crowd) one.join();
}

TEST_F(ContextsTest, ABufferGoesOnceAfterItsLastUser) {
  double data[] = {1, 2, 3, 4};
  wdl_array view;
  ASSERT_EQ(wdl_array_matrix(0, data, WDL_F64, 2, 2, &view), WDL_OK);
  int released = 0;
  const auto count = [](void *user) { ++*static_cast<int *>(user); };
  wdl_buffer id = 0;
  EXPECT_EQ(wdl_buffer_create(~ctx_, &view, count, &released, &id), WDL_BAD_HANDLE);
  EXPECT_EQ(wdl_buffer_create(0, nullptr, count, &released, &id), WDL_BAD_ARGUMENT);
  EXPECT_EQ(wdl_buffer_create(0, &view, count, &released, nullptr), WDL_BAD_ARGUMENT);
  EXPECT_EQ(released, 0) << "not when its creation failed";
  ASSERT_EQ(wdl_buffer_create(0, &view, count, &released, &id), WDL_OK);
  {
    const Borrow user(id, Borrow::shared, 0);
    EXPECT_EQ(wdl_release(id), WDL_OK);
    EXPECT_EQ(released, 0);
  }
  EXPECT_EQ(released, 1);
  EXPECT_EQ(wdl_release(id), WDL_BAD_HANDLE);
  EXPECT_EQ(released, 1);
}

TEST_F(ContextsTest, AReleaseFunctionMayCallOn) {
  double data[] = {1};
  wdl_array view;
  ASSERT_EQ(wdl_array_matrix(0, data, WDL_F64, 1, 1, &view), WDL_OK);
  wdl_buffer outer = 0, inner = 0;
  ASSERT_EQ(wdl_buffer_create(0, &view, nullptr, nullptr, &inner), WDL_OK);
  const auto release = [](void *user) {
    EXPECT_EQ(wdl_release(*static_cast<wdl_buffer *>(user)), WDL_OK);
    wdl_context made = 0;
    EXPECT_EQ(wdl_context_create(0, &made), WDL_OK);
    EXPECT_EQ(wdl_release(made), WDL_OK);
  };
  ASSERT_EQ(wdl_buffer_create(0, &view, release, &inner, &outer), WDL_OK);
  EXPECT_EQ(wdl_release(outer), WDL_OK);
  EXPECT_EQ(wdl_release(inner), WDL_BAD_HANDLE);
}

}  // namespace
}  // namespace windlass::test
