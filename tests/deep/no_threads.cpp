// pthread_create fails at its first, second, third call, always, or for want of address space: the
// same results to the bit as on one thread, from fewer workers, and nothing left behind.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>

#include "allocation.hpp"
#include "scenarios.hpp"

namespace {

constexpr int always = -1, never = 0;
std::atomic<int> fail_at{never}, calls{0};

}  // namespace

extern "C" __attribute__((visibility("default"))) int pthread_create(pthread_t *thread,
                                                                     const pthread_attr_t *attr,
                                                                     void *(*start)(void *),
                                                                     void *arg) noexcept {
  using Create = int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  static const auto real = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  const int call = ++calls;
  if (fail_at == always || call == fail_at) return EAGAIN;
  return real(thread, attr, start, arg);
}

namespace deep {
namespace {

constexpr int workers = 4, most = 1024;

struct Shared {
  size_t expected[most];
  int64_t checked, failures, blocks;
  int calls;
};
Shared *shared;

// Output arrays are unspecified after a failure on the way.
size_t digest(const Scenario &s, int threads) {
  World w(threads);
  if (s.prepare) s.prepare(w);
  const wdl_status status = s.act(w);
  return std::hash<std::string>()(std::to_string(status) + w.values() + w.objects() +
                                  (status <= -100 ? "" : w.arrays()));
}

template <class Each>
void each_scenario(Each each) {
  int index = 0;
  each_computing([&](const Scenario &s) {
    if (index == most) give_up("more scenarios than there is room for");
    each(s, index++);
  });
}

template <class Work>
void apart(const std::string &what, Work work) {
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
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  shared->failures++;
  std::fprintf(stderr, "%s: ended with status %d\n", what.c_str(), status);
}

void compare(const std::string &what) {
  each_scenario([&](const Scenario &s, int index) {
    // Tables of words take more memory than is left there.
    const std::string name = std::string(s.function) + s.what;
    if (what == "no address space" && name.find("word_counts") != name.npos) return;
    shared->checked++;
    if (digest(s, workers) == shared->expected[index]) return;
    shared->failures++;
    std::fprintf(stderr, "%s: %s (%s) gives another result\n", what.c_str(), s.function, s.what);
  });
}

void fail_call(int call) {
  const std::string what =
      call == always ? "no thread starts" : "thread " + std::to_string(call) + " does not start";
  apart(what, [&] {
    each_scenario([](const Scenario &s, int) { digest(s, 1); });  // what is made once
    fail_at = call, calls = 0;
    const int64_t before = outstanding();
    compare(what);
    const int64_t left = outstanding() - before;
    if (call == always && left) {
      shared->failures++;
      std::fprintf(stderr, "%s: %lld blocks are left\n", what.c_str(), (long long)left);
    }
    shared->calls = calls;
  });
}

// The system's own refusal: no room for a thread's stack.
[[maybe_unused]] void fail_for_address_space() {
  apart("no address space", [] {
    each_scenario([](const Scenario &s, int) { digest(s, 1); });
    long pages = 0;
    if (FILE *file = std::fopen("/proc/self/statm", "r")) {
      if (std::fscanf(file, "%ld", &pages) != 1) pages = 0;
      std::fclose(file);
    }
    const rlim_t bytes = rlim_t(pages) * rlim_t(sysconf(_SC_PAGESIZE)) + (6 << 20);
    const rlimit limit = {bytes, bytes};
    if (!pages || setrlimit(RLIMIT_AS, &limit)) give_up("setrlimit");
    compare("no address space");
  });
}

}  // namespace
}  // namespace deep

int main() {
  using namespace deep;
  World::text();
  shared = static_cast<Shared *>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (shared == MAP_FAILED) give_up("mmap");
  apart("one thread", [] {
    each_scenario([](const Scenario &s, int index) { shared->expected[index] = digest(s, 1); });
  });
  for (int call : {1, 2, 3, always}) fail_call(call);
#if !defined(DEEP_OPERATOR_NEW)
  fail_for_address_space();
#endif
  std::printf("threads that do not start: %lld calls, %d attempts in the last, %lld failures\n",
              (long long)shared->checked, shared->calls, (long long)shared->failures);
  return shared->failures ? 1 : 0;
}
