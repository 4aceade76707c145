// Fails each allocation of each scenario in turn, once and for good, and asks what the contract
// promises: WDL_OUT_OF_MEMORY and a record that says so (or success, where the allocation could be
// done without), no id, numbers untouched, every object as it was, nothing leaked, and a retry that
// succeeds with the result of a call that never failed.
//   out_of_memory               runs all; one line with the counts, failures on stderr
//   out_of_memory --functions   the exported functions that are covered, one a line
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "allocation.hpp"
#include "scenarios.hpp"

namespace deep {
namespace {

constexpr int workers = 3;

struct Outcome {
  wdl_status status;
  std::string objects, values, arrays;
};

Outcome look(const World &w, wdl_status status) {
  return {status, w.objects(), w.values(), w.arrays()};
}

int failures = 0;
void complain(const Scenario &s, int64_t n, Fail mode, const std::string &what) {
  if (failures++ < 50)
    std::fprintf(stderr, "%s (%s), allocation %lld%s: %s\n", s.function, s.what, (long long)n,
                 mode == Fail::once ? "" : " and all after it", what.c_str());
}

// wdl_error_get and wdl_error_message write no record; neither does wdl_cancel.
bool writes_record(const char *function) {
  return std::strncmp(function, "wdl_error_", 10) && std::strcmp(function, "wdl_cancel");
}

bool recorded(const World &w, const char *function) {
  for (wdl_context ctx : {w.ctx, wdl_context(0)}) {
    wdl_error record;
    if (wdl_error_get(ctx, &record) == WDL_OK && record.status == WDL_OUT_OF_MEMORY &&
        !std::strcmp(record.function, function) && std::strstr(record.text, "out of memory"))
      return true;
  }
  return false;
}

// What a call that failed for want of memory may leave behind.
const char *judge(const Scenario &s, const World &w, const Outcome &before, const Outcome &now,
                  const Outcome &reference) {
  if (now.status != WDL_OUT_OF_MEMORY) return "neither the status of success nor out of memory";
  if (writes_record(s.function) && !recorded(w, s.function)) return "the record does not say so";
  if (w.id) return "an id came out";
  if (now.values != before.values) return "a number was written";
  if (now.objects != before.objects) return "an object has changed";
  const bool refused = reference.status < 0 && reference.status > -100;
  if (refused && now.arrays != before.arrays) return "a refused call has written";
  return nullptr;
}

bool equal(const Outcome &a, const Outcome &b) {
  return a.status == b.status && a.objects == b.objects && a.values == b.values &&
         a.arrays == b.arrays;
}

Outcome play(const Scenario &s) {
  World w(workers);
  if (s.prepare) s.prepare(w);
  const wdl_status status = s.act(w);
  return look(w, status);
}

// Whether the n-th allocation was there to fail.
bool inject(const Scenario &s, int64_t n, Fail mode, const Outcome &reference) {
  const int64_t live_without = live_handles();
  bool fired;
  {
    World w(workers);
    if (s.prepare) s.prepare(w);
    const Outcome before = look(w, WDL_OK);
    const int64_t live = live_handles(), blocks = outstanding();
    arm(n, mode);
    const wdl_status status = s.act(w);
    fired = disarm() > 0;
    const int64_t left = outstanding() - blocks;
    const Outcome now = look(w, status);
    if (!equal(now, reference)) {
      if (const char *wrong = judge(s, w, before, now, reference))
        complain(s, n, mode, std::string(wrong) + ": " + wdl_status_name(status));
      if (live_handles() != live) complain(s, n, mode, "a handle is left");
      if (left && !s.cold) complain(s, n, mode, std::to_string(left) + " blocks are left");
    }
    if (!fired && !equal(now, reference)) complain(s, n, mode, "fails by itself");
    if (fired && now.status == WDL_OUT_OF_MEMORY && !equal(look(w, s.act(w)), reference))
      complain(s, n, mode, "a retry gives another result");
  }
  if (live_handles() != live_without) complain(s, n, mode, "a handle is left at the end");
  return fired;
}

int64_t run(const Scenario &s) {
  const Outcome reference = play(s);
  int64_t points = 0;
  for (Fail mode : {Fail::once, Fail::from_then_on})
    for (int64_t n = 1; inject(s, n, mode, reference); n++) points++;
  return points;
}

// In children that have done nothing yet. The reference is of a warm process: the same result.
int64_t run_cold(const Scenario &s, const Outcome &reference) {
  int64_t points = 0;
  for (Fail mode : {Fail::once, Fail::from_then_on})
    for (int64_t n = 1;; n++) {
      std::fflush(nullptr);
      const pid_t child = fork();
      if (child == 0) {
        alarm(60);
        failures = 0;
        const bool fired = inject(s, n, mode, reference);
        _exit(failures ? 1 : fired ? 2 : 0);
      }
      int status = 0;
      waitpid(child, &status, 0);
      if (!WIFEXITED(status) || WEXITSTATUS(status) == 1 || WEXITSTATUS(status) == 3) {
        complain(s, n, mode, "failed in a process of its own, status " + std::to_string(status));
        break;
      }
      if (WEXITSTATUS(status) == 0) break;
      points++;
    }
  return points;
}

// The reference of a cold scenario, through a pipe from a process of its own.
Outcome play_apart(const Scenario &s) {
  int ends[2];
  if (pipe(ends)) give_up("pipe");
  if (fork() == 0) {
    const Outcome o = play(s);
    for (const std::string &part : {std::string(reinterpret_cast<const char *>(&o.status), 4),
                                    o.objects, o.values, o.arrays}) {
      const size_t size = part.size();
      if (write(ends[1], &size, sizeof size) < 0 || write(ends[1], part.data(), size) < 0) _exit(1);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string parts[4];
  for (std::string &part : parts) {
    size_t size = 0, got = 0;
    if (read(ends[0], &size, sizeof size) != ssize_t(sizeof size)) give_up("a cold scenario died");
    part.resize(size);
    while (got < size) {
      const ssize_t more = read(ends[0], part.data() + got, size - got);
      if (more <= 0) give_up("a cold scenario died");
      got += size_t(more);
    }
  }
  close(ends[0]);
  wait(nullptr);
  Outcome o{0, parts[1], parts[2], parts[3]};
  std::memcpy(&o.status, parts[0].data(), sizeof o.status);
  return o;
}

int run_all() {
  int64_t points = 0, scenarios = 0;
  for (bool cold : {true, false})
    for (auto list : {core_scenarios(), property_scenarios(), text_scenarios(),
                      mixture_scenarios()})
      for (const Scenario &s : list)
        if (s.cold == cold)
          scenarios++, points += cold ? run_cold(s, play_apart(s)) : run(s);
  std::printf("out of memory: %lld allocations failed in %lld scenarios, %d failures\n",
              (long long)points, (long long)scenarios, failures);
  return failures ? 1 : 0;
}

}  // namespace
}  // namespace deep

int main(int argc, char **argv) {
  using namespace deep;
  if (argc > 1 && !std::strcmp(argv[1], "--functions")) {
    for (auto list : {core_scenarios(), property_scenarios(), text_scenarios(),
                      mixture_scenarios()})
      for (const Scenario &s : list) std::puts(s.function);
    return 0;
  }
  World::text();
  return run_all();
}
