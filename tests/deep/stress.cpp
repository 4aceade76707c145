// Threads that do to shared objects whatever the interface allows, in any order. What one thread
// alone would get must come out, or one of the statuses that say another thread was there.
//   stress [seconds a test]
#include <sys/time.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <thread>

#include "world.hpp"

namespace deep {
namespace {

constexpr int crowd = 4;
double seconds = 1;
std::atomic<int64_t> calls{0};
std::atomic<int> failures{0};

void expect(bool good, const char *what, wdl_status status = WDL_OK, wdl_context ctx = 0) {
  calls++;
  if (good || failures++ > 20) return;
  std::fprintf(stderr, "%s: %s; %s\n", what, wdl_status_name(status), wdl_error_message(ctx));
}

void allow(wdl_status status, std::initializer_list<wdl_status> allowed, const char *what,
           wdl_context ctx = 0) {
  bool good = status == WDL_OK;
  for (wdl_status one : allowed) good = good || status == one;
  expect(good, what, status, ctx);
}

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2654435761 + 1) {}
  int below(int n) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return int((state_ >> 33) % uint64_t(n));
  }

 private:
  uint64_t state_;
};

// body(thread) again and again until the time is over.
void together(const char *what, int threads, const std::function<void(int)> &body) {
  const int64_t before = calls;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::vector<std::thread> all;
  for (int t = 0; t < threads; t++)
    all.emplace_back([&, t] {
      while (std::chrono::steady_clock::now() < end) body(t);
    });
  for (std::thread &one : all) one.join();
  std::printf("stress: %s, %lld calls\n", what, (long long)(calls - before));
}

struct Own {  // of a thread
  wdl_context ctx = 0;
  explicit Own(int threads) {
    require(wdl_context_create(0, &ctx), "context");
    require(wdl_set_int(0, ctx, "threads", threads), "threads");
  }
  ~Own() { wdl_release(ctx); }
};

std::vector<double> predict(const World &w, wdl_context ctx, wdl_status &status) {
  std::vector<double> out(size_t(World::rows * World::components), -1);
  const wdl_array x = w.matrix(w.x, World::rows, World::columns);
  wdl_array r = w.matrix(out, World::rows, World::components);
  status = wdl_mixture_predict_proba(ctx, w.fitted, &x, &r);
  return out;
}

// Readers of one model, each with a context of its own, and regions that meet.
void readers() {
  const World w(3);
  wdl_status status;
  const std::vector<double> expected = predict(w, 0, status);
  int64_t doubles = 0;
  wdl_text_count_doubles(0, World::text().data(), World::long_text, WDL_TEXT_UTF8, &doubles);
  std::vector<wdl_context> contexts(crowd);
  for (int t = 0; t < crowd; t++) {
    require(wdl_context_create(0, &contexts[size_t(t)]), "context");
    require(wdl_set_int(0, contexts[size_t(t)], "threads", t + 1), "threads");
  }
  together("readers of one model", crowd, [&](int t) {
    wdl_status now;
    const std::vector<double> out = predict(w, contexts[size_t(t)], now);
    expect(now == WDL_OK, "predict_proba", now, contexts[size_t(t)]);
    expect(!std::memcmp(out.data(), expected.data(), out.size() * 8), "the bits of predict_proba");
    int64_t count = 0;
    now = wdl_text_count_doubles(contexts[size_t(t)], World::text().data(), World::long_text,
                                 WDL_TEXT_UTF8, &count);
    expect(now == WDL_OK && count == doubles, "count_doubles", now, contexts[size_t(t)]);
  });
  for (wdl_context ctx : contexts) wdl_release(ctx);
}

// One place for an object that any thread may use, replace or release.
struct Places {
  std::atomic<wdl_object> id[12]{};
  ~Places() {
    for (auto &one : id) wdl_release(one);
  }
  std::atomic<wdl_object> &any(Random &random) { return id[random.below(12)]; }
};

void replace(Places &places, Random &random) {
  wdl_object fresh = 0;
  static const double data[] = {1, 2, 3};
  switch (random.below(4)) {
    case 0:
      allow(wdl_context_create(0, &fresh), {}, "context_create");
      break;
    case 1: {
      wdl_array a;
      require(wdl_array_matrix(0, data, WDL_F64, 1, 3, &a), "matrix");
      allow(wdl_buffer_create(0, &a, nullptr, nullptr, &fresh), {}, "buffer_create");
      break;
    }
    default:
      allow(wdl_mixture_create(0, &fresh), {}, "mixture_create");
  }
  const wdl_object old = places.any(random).exchange(fresh);
  if (old) allow(wdl_release(old), {}, "release");  // taken out of its place by one thread only
}

// The kind of what is named is anyone's guess, so names may be unknown and kinds wrong.
void use(Places &places, Random &random, const World &w) {
  const wdl_object object = places.any(random), other = places.any(random);
  const wdl_context ctx = random.below(3) ? 0 : wdl_context(places.any(random));
  const wdl_array x = w.matrix(w.x, 60, World::columns);
  int64_t whole = 0;
  char bytes[4096];
  const char *kind = nullptr;
  switch (random.below(9)) {
    case 0:
      return allow(wdl_set_int(ctx, object, "max_iter", random.below(4)),
                   {WDL_BUSY, WDL_BAD_HANDLE, WDL_UNKNOWN_NAME}, "set_int", ctx);
    case 1:
      return allow(wdl_get_int(ctx, object, "max_iter", &whole),
                   {WDL_BUSY, WDL_BAD_HANDLE, WDL_UNKNOWN_NAME}, "get_int", ctx);
    case 2:
      return allow(wdl_set_object(ctx, object, "start", other),
                   {WDL_BUSY, WDL_BAD_HANDLE, WDL_UNKNOWN_NAME, WDL_BAD_ARGUMENT}, "set_object",
                   ctx);
    case 3:
      return allow(wdl_mixture_fit(ctx, object, &x, nullptr),
                   {WDL_BUSY, WDL_BAD_HANDLE, WDL_NOT_CONVERGED, WDL_CANCELLED, WDL_STOPPED,
                    WDL_BAD_ARGUMENT},
                   "fit", ctx);
    case 4: {  // of a chain of starts too, which may be longer than the bytes
      const wdl_status saved = wdl_save(ctx, object, bytes, sizeof bytes, &whole);
      if (saved == WDL_TOO_SMALL) return expect(whole > int64_t(sizeof bytes), "bytes of a save");
      return allow(saved, {WDL_BUSY, WDL_BAD_HANDLE, WDL_UNSUPPORTED}, "save", ctx);
    }
    case 5:
      return allow(wdl_cancel(object, random.below(2)), {WDL_BAD_HANDLE}, "cancel");
    case 6:
      return allow(wdl_kind_of(ctx, object, &kind), {WDL_BUSY, WDL_BAD_HANDLE}, "kind_of", ctx);
    case 7:
      return allow(wdl_text_count_doubles(ctx, "aabb", 4, WDL_TEXT_BYTE, &whole),
                   {WDL_BUSY, WDL_BAD_HANDLE, WDL_CANCELLED}, "count_doubles", ctx);
    default: {
      wdl_error error;
      return allow(wdl_error_get(ctx, &error), {WDL_BUSY, WDL_BAD_HANDLE}, "error_get");
    }
  }
}

void chaos() {
  const World w(2);
  Places places;
  std::vector<Random> random;
  for (int t = 0; t < crowd; t++) random.emplace_back(uint64_t(t) + 1);
  together("everything at once", crowd, [&](int t) {
    if (random[size_t(t)].below(4) == 0)
      replace(places, random[size_t(t)]);
    else
      use(places, random[size_t(t)], w);
  });
}

// One thread releases what another computes with.
void release_under_way() {
  const World w(2);
  std::atomic<wdl_mixture> shared{0};
  together("release while another computes", 2, [&](int t) {
    if (t == 1) {
      if (const wdl_mixture taken = shared.exchange(0)) allow(wdl_release(taken), {}, "release");
      return;
    }
    const Own own(2);
    wdl_mixture mixture = 0;
    require(wdl_mixture_create(0, &mixture), "mixture");
    const wdl_array x = w.matrix(w.x, World::rows, World::columns);
    shared = mixture;
    allow(wdl_mixture_fit(own.ctx, mixture, &x, nullptr), {WDL_NOT_CONVERGED, WDL_BAD_HANDLE},
          "fit", own.ctx);
    if (const wdl_mixture left = shared.exchange(0)) allow(wdl_release(left), {}, "release");
  });
}

wdl_context cancelled_by_signal, untouched_by_signal;
void on_signal(int) {
  static std::atomic<int> turn{0};
  wdl_cancel(cancelled_by_signal, ++turn % 3 == 0);
}

void signals() {
  const World w(2);
  const Own a(2), b(2);
  cancelled_by_signal = a.ctx, untouched_by_signal = b.ctx;
  std::signal(SIGALRM, on_signal);
  const itimerval storm = {{0, 1000}, {0, 1000}}, calm = {};
  int64_t doubles = 0;
  wdl_text_count_doubles(0, World::text().data(), World::long_text, WDL_TEXT_UTF8, &doubles);
  setitimer(ITIMER_REAL, &storm, nullptr);
  together("a signal each millisecond", 1, [&](int) {
    for (const Own *own : {&a, &b}) {
      int64_t count = -1;
      const wdl_status status = wdl_text_count_doubles(own->ctx, World::text().data(),
                                                       World::long_text, WDL_TEXT_UTF8, &count);
      if (own == &a) allow(status, {WDL_CANCELLED}, "count_doubles", own->ctx);
      expect(status == WDL_CANCELLED ? count == -1 && own == &a : count == doubles,
             "a count under signals", status, own->ctx);
      wdl_mixture mixture = 0;
      require(wdl_mixture_create(0, &mixture), "mixture");
      const wdl_array x = w.matrix(w.x, World::rows, World::columns);
      const wdl_status fitted = wdl_mixture_fit(own->ctx, mixture, &x, nullptr);
      if (own == &a)
        allow(fitted, {WDL_CANCELLED, WDL_STOPPED, WDL_NOT_CONVERGED}, "fit", own->ctx);
      else
        allow(fitted, {WDL_NOT_CONVERGED}, "fit", own->ctx);
      wdl_release(mixture);
    }
  });
  setitimer(ITIMER_REAL, &calm, nullptr);
  std::signal(SIGALRM, SIG_IGN);
}

struct Nested {
  const World *w;
  wdl_context ctx;
  wdl_mixture mixture;
};

// What a callback may do with the context it runs under, and what the object in use answers.
int32_t nested_calls(void *user, const wdl_progress *now) {
  const Nested &n = *static_cast<Nested *>(user);
  int64_t count = 0;
  allow(wdl_text_count_doubles(n.ctx, "aabb", 4, WDL_TEXT_BYTE, &count), {}, "nested count", n.ctx);
  expect(count == 2, "a nested count");
  const wdl_status status = wdl_set_int(n.ctx, n.mixture, "max_iter", 5);
  expect(status == (now->done == 1 ? WDL_BUSY : WDL_BAD_HANDLE), "set while fitting", status);
  wdl_status predicted;
  predict(*n.w, n.ctx, predicted);
  expect(predicted == WDL_OK, "nested predict", predicted, n.ctx);
  if (now->done == 1) allow(wdl_release(n.mixture), {}, "release of what is being fitted");
  return 0;
}

void callbacks() {
  const World w(3);
  together("calls out of progress callbacks", crowd, [&](int) {
    const Own own(3);
    Nested n{&w, own.ctx, 0};
    require(wdl_mixture_create(0, &n.mixture), "mixture");
    require(wdl_set_real(0, n.mixture, "tol", 0), "tol");
    require(wdl_set_int(0, n.mixture, "max_iter", 3), "max_iter");
    require(wdl_context_progress(own.ctx, nested_calls, &n, 0), "progress");
    const wdl_array x = w.matrix(w.x, World::rows, World::columns);
    const wdl_status status = wdl_mixture_fit(own.ctx, n.mixture, &x, nullptr);
    expect(status == WDL_OK || status == WDL_NOT_CONVERGED, "fit", status, own.ctx);
  });
}

// Objects that hold one another, grown at either end: nothing recurses over a chain of any length.
void chains() {
  std::vector<wdl_mixture> links(100000);
  for (bool from_below : {false, true}) {
    for (wdl_mixture &one : links) require(wdl_mixture_create(0, &one), "mixture");
    for (size_t i = 1; i < links.size(); i++) {
      const size_t at = from_below ? links.size() - i : i;
      allow(wdl_set_object(0, links[at], "start", links[at - 1]), {WDL_BAD_ARGUMENT}, "set_object");
    }
    int64_t needed = 0;
    allow(wdl_save(0, links.back(), nullptr, 0, &needed), {WDL_UNSUPPORTED}, "save of a chain");
    for (wdl_mixture one : links) allow(wdl_release(one), {}, "release of a link");
  }
  std::printf("stress: chains of objects\n");
}

// The level of the kernels changes while others are inside them.
void levels() {
  const World w(2);
  std::vector<std::string> names;
  for (const char *name : {"base", "v3", "v4"})
    if (wdl_set_text(0, WDL_PROCESS, "isa", name) == WDL_OK) names.push_back(name);
  std::vector<Random> random;
  for (int t = 0; t < 3; t++) random.emplace_back(uint64_t(t) + 77);
  together("levels that change", 3, [&](int t) {
    if (t == 0) {
      const auto &name = names[size_t(random[0].below(int(names.size())))];
      return allow(wdl_set_text(0, WDL_PROCESS, "isa", name.c_str()), {}, "isa");
    }
    const Own own(2);
    wdl_mixture mixture = 0;
    require(wdl_mixture_create(0, &mixture), "mixture");
    require(wdl_set_int(0, mixture, "n_components", 4), "n_components");
    require(wdl_set_int(0, mixture, "max_iter", 3), "max_iter");
    const int64_t rows = 10 + random[size_t(t)].below(300);
    const wdl_array x = w.matrix(w.x, rows, World::columns);
    allow(wdl_mixture_fit(own.ctx, mixture, &x, nullptr), {WDL_NOT_CONVERGED}, "fit", own.ctx);
    wdl_release(mixture);
    wdl_status status;
    predict(w, own.ctx, status);
    expect(status == WDL_OK, "predict", status, own.ctx);
  });
}

}  // namespace
}  // namespace deep

int main(int argc, char **argv) {
  using namespace deep;
  if (argc > 1) seconds = std::atof(argv[1]);
  World::text();
  const int64_t live = live_handles();
  for (auto test : {readers, chaos, release_under_way, signals, callbacks, chains, levels}) {
    test();
    expect(live_handles() == live, "live handles");
  }
  std::printf("stress: %lld calls, %d failures\n", (long long)calls, failures.load());
  return failures ? 1 : 0;
}
