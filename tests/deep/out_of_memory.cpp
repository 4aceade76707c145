// Fails each allocation of each scenario in turn, once and for good, and asks what the contract
// promises: WDL_OUT_OF_MEMORY and a record that says so (or success, where the allocation could be
// done without), no id, numbers untouched, every object as it was, nothing leaked, and a retry that
// succeeds with the result of a call that never failed.
//   out_of_memory               runs all; one line with the counts, failures on stderr
//   out_of_memory --functions   the exported functions that are covered, one a line
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <new>

#include "allocation.hpp"
#include "scenarios.hpp"

namespace deep {
namespace {

constexpr int workers = 3;

struct Outcome {
  wdl_status status;
  size_t objects, values, arrays;  // digests
};

Outcome look(const World &w, wdl_status status) {
  const std::hash<std::string> digest;
  return {status, digest(save(w.ctx) + w.objects()), digest(w.values()), digest(w.arrays())};
}

// Shared with the children: each scenario runs in one, so that a crash is one failure.
struct Shared {
  Outcome reference;
  int64_t points, failures, n;
  Fail mode;
  bool fired;
  wdl_object none;
};
Shared *shared;

void complain(const Scenario &s, const std::string &what) {
  if (shared->failures++ < 50)
    std::fprintf(stderr, "%s (%s), allocation %lld%s: %s\n", s.function, s.what,
                 (long long)shared->n, shared->mode == Fail::once ? "" : " and all after it",
                 what.c_str());
}

// wdl_error_get and wdl_error_message write no record; neither does wdl_cancel.
bool writes_record(const char *function) {
  return std::strncmp(function, "wdl_error_", 10) && std::strcmp(function, "wdl_cancel");
}

// Without a function where there was no memory for the thread's first record either.
bool recorded(const World &w, const char *function) {
  for (wdl_context ctx : {w.ctx, wdl_context(0)}) {
    wdl_error record;
    if (wdl_error_get(ctx, &record) == WDL_OK && record.status == WDL_OUT_OF_MEMORY &&
        (!std::strcmp(record.function, function) || !*record.function) &&
        std::strstr(record.text, "out of memory"))
      return true;
  }
  return false;
}

// What a call that failed for want of memory may leave behind.
const char *judge(const Scenario &s, const World &w, const Outcome &before, const Outcome &now,
                  const Outcome &reference) {
  if (s.spares && now.status == reference.status && now.arrays == reference.arrays) return nullptr;
  if (now.status != WDL_OUT_OF_MEMORY) return "neither the status of success nor out of memory";
  if (writes_record(s.function) && !recorded(w, s.function)) return "the record does not say so";
  if (w.id) return "an id came out";
  if (now.values != before.values) return "a number was written";
  if (now.objects != before.objects) return "an object has changed";
  const bool refused = reference.status < 0 && reference.status > -100;
  if (refused && now.arrays != before.arrays) return "a refused call has written";
  return nullptr;
}

// What output arrays hold after a failure on the way is unspecified.
bool equal(const Outcome &a, const Outcome &b) {
  return a.status == b.status && a.objects == b.objects && a.values == b.values &&
         (a.arrays == b.arrays || a.status <= -100);
}

Outcome play(const Scenario &s) {
  World w(workers);
  if (s.prepare) s.prepare(w);
  const wdl_status status = s.act(w);
  return look(w, status);
}

// Whether there was an n-th allocation to fail.
bool inject(const Scenario &s) {
  const int64_t live_without = live_handles(), blocks_without = outstanding();
  const Outcome &reference = shared->reference;
  bool fired;
  {
    World w(workers);
    if (s.prepare) s.prepare(w);
    const Outcome before = look(w, WDL_OK);
    const int64_t live = live_handles();
    arm(shared->n, shared->mode);
    const wdl_status status = s.act(w);
    fired = disarm() > 0;
    const Outcome now = look(w, status);
    if (!equal(now, reference)) {
      if (const char *wrong = judge(s, w, before, now, reference))
        complain(s, std::string(wrong) + ": " + wdl_status_name(status));
      if (live_handles() != live) complain(s, "a handle is left");
    }
    if (!fired && !equal(now, reference)) complain(s, "fails by itself");
    if (fired && now.status == WDL_OUT_OF_MEMORY && !equal(look(w, s.act(w)), reference))
      complain(s, "a retry gives another result");
  }
  if (live_handles() != live_without) complain(s, "a handle is left at the end");
  // Now: an object may keep what it has got ready.
  const int64_t left = outstanding() - blocks_without;
  if (left && !s.cold) complain(s, std::to_string(left) + " blocks are left");
  return shared->fired = fired;
}

// In a child of its own; false when it did not come to its end.
template <class Work>
bool apart(const Scenario &s, Work work) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child == 0) {
    alarm(600);
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  complain(s, WIFSIGNALED(status) ? std::string("ended by signal ") + strsignal(WTERMSIG(status))
                                  : "ended the process");
  return false;
}

// A cold scenario runs each time in a process that has done nothing yet.
void run(const Scenario &s) {
  shared->n = 0;
  if (!apart(s, [&] { shared->reference = play(s); })) return;
  for (Fail mode : {Fail::once, Fail::from_then_on}) {
    shared->mode = mode, shared->n = 0;
    if (!s.cold) {
      apart(s, [&] {
        play(s);                    // what a process does once,
        wdl_release(shared->none);  // and a thread: its error record
        for (shared->n = 1; inject(s); shared->n++) shared->points++;
      });
      continue;
    }
    do shared->n++, shared->fired = false;
    while (apart(s, [&] { shared->points += inject(s); }) && shared->fired);
  }
}

int run_all() {
  int64_t scenarios = 0;
  each_of_all([&](const Scenario &s) { scenarios++, run(s); });
  std::printf("out of memory: %lld allocations failed in %lld scenarios, %lld failures\n",
              (long long)shared->points, (long long)scenarios, (long long)shared->failures);
  return shared->failures ? 1 : 0;
}

}  // namespace
}  // namespace deep

int main(int argc, char **argv) {
  using namespace deep;
  if (argc > 1 && !std::strcmp(argv[1], "--functions")) {
    each_of_all([](const Scenario &s) { std::puts(s.function); });
    return 0;
  }
  World::text();
  shared = static_cast<Shared *>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (shared == MAP_FAILED) give_up("mmap");
  shared->none = wdl_object(1) << 40;
  return run_all();
}
