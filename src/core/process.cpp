#include "process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstring>
#include <thread>

#include "handles.hpp"
#include "isa.hpp"

namespace windlass {
namespace process_wide {
namespace {

constinit std::atomic<int> threads_set{0}, cores_found{0};
[[gnu::tls_model("initial-exec")]] thread_local int loop_threads_set;

// Reads a small file into text; the bytes read, 0 when it cannot be.
int read_small(const char *path, char *text, int capacity) noexcept {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t n = read(file, text, size_t(capacity));
  close(file);
  return n > 0 ? int(n) : 0;
}

// What a quota of "limit period" microseconds allows, in whole cores; most where there is none.
int whole_cores(double limit, double period, int most) noexcept {
  if (!(limit > 0) || !(period > 0) || limit / period >= most) return most;
  const int whole = int(limit / period);
  return whole < limit / period ? whole + 1 : whole;
}

// Version 2: cpu.max of a group holds "quota period" or "max period".
int quota_of(const char *folder, int most) noexcept {
  char path[1700], text[64];
  double limit = 0, period = 0;
  const size_t length = std::strlen(folder);
  std::memcpy(path, folder, length);
  std::memcpy(path + length, "/cpu.max", sizeof "/cpu.max");
  const int n = read_small(path, text, sizeof text);
  const auto first = std::from_chars(text, text + n, limit);
  if (first.ec != std::errc() || first.ptr >= text + n) return most;
  std::from_chars(first.ptr + 1, text + n, period);
  return whole_cores(limit, period, most);
}

// The least that the process's group and those above it allow; most where none has a quota.
int quota(int most) noexcept {
  constexpr char root[] = "/sys/fs/cgroup";
  char own[1536], folder[1600], text[64];  // small, for the stacks of small threads
  const int n = read_small("/proc/self/cgroup", own, sizeof own - 1);
  const std::string_view groups(own, size_t(n));
  const size_t line = groups.substr(0, 3) == "0::" ? 0 : groups.find("\n0::");
  std::string_view group;
  if (line != groups.npos) {
    group = groups.substr(groups.find("0::", line) + 3);
    group = group.substr(0, group.find('\n'));
  }
  if (group.size() + sizeof root > sizeof folder) group = {};
  for (;;) {
    std::memcpy(folder, root, sizeof root - 1);
    std::memcpy(folder + sizeof root - 1, group.data(), group.size());
    folder[sizeof root - 1 + group.size()] = 0;
    most = quota_of(folder, most);
    if (group.empty()) break;
    group = group.substr(0, group.rfind('/') == group.npos ? 0 : group.rfind('/'));
  }
  double limit = 0, period = 0;  // version 1 has a file for each
  const int a = read_small("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", text, sizeof text);
  std::from_chars(text, text + a, limit);
  const int b = read_small("/sys/fs/cgroup/cpu/cpu.cfs_period_us", text, sizeof text);
  std::from_chars(text, text + b, period);
  return whole_cores(limit, period, most);
}

int find_cores() noexcept {
  int n = int(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) n = CPU_COUNT(&set);
#endif
  return quota(n > 0 ? n : 1);
}

}  // namespace

int cores() noexcept {
  int n = cores_found.load(std::memory_order_relaxed);
  if (!n) cores_found.store(n = find_cores(), std::memory_order_relaxed);
  return n;
}

int threads() noexcept {
  const int n = threads_set.load(std::memory_order_relaxed);
  return n ? n : cores();
}

int loop_threads() noexcept { return loop_threads_set ? loop_threads_set : threads(); }

}  // namespace process_wide

namespace {

#if defined(__clang__)
#define WDL_COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define WDL_COMPILER "gcc " __VERSION__
#else
#define WDL_COMPILER "unknown compiler"
#endif
#if defined(__x86_64__)
#define WDL_MACHINE "x86-64"
#elif defined(__aarch64__)
#define WDL_MACHINE "aarch64"
#else
#define WDL_MACHINE "unknown machine"
#endif

constexpr char level_names[] = "base|v3|v4";  // as isa::all

std::string_view supported_levels() {
  std::string_view names = level_names;
  size_t end = 0;
  for (size_t left = isa::supported().size(); left; left--) end = names.find('|', end + 1);
  return names.substr(0, end);
}

void choose_level(int32_t choice) {
  const isa::Level level = isa::all[choice];
  if (!isa::set_level(level))
    throw Error(
        WDL_UNSUPPORTED, 3,
        std::string("isa is \"") + isa::name(level) + "\", which this machine does not support");
}

constexpr Property properties[] = {
    {.info = int_info("threads", "Threads of calls whose context does not say; 0: the cores.",
                      nullptr, 0, 256),
     .read_int = [] { return int64_t(process_wide::threads()); },
     .write_int = [](int64_t n) { process_wide::threads_set.store(int(n)); }},
    {.info = int_info("loop_threads",
                      "Threads of the loops that the calling thread runs; 0: as many as threads.",
                      nullptr, 0, 256),
     .read_int = [] { return int64_t(process_wide::loop_threads()); },
     .write_int = [](int64_t n) { process_wide::loop_threads_set = int(n); }},
    {.info = text_info("isa", "Instruction-set level of the kernels in use.", nullptr, level_names),
     .read_text = []() -> std::string_view { return isa::name(isa::level()); },
     .write_text = choose_level},
    {.info = text_info("isa_supported", "Levels that this machine can run, separated by |.",
                       nullptr, nullptr, WDL_RESULT),
     .read_text = supported_levels},
    {.info = int_info("cores", "Cores that affinity and control group allow.", nullptr, 1, 65536,
                      WDL_RESULT),
     .read_int = [] { return int64_t(process_wide::cores()); }},
    {.info = int_info("live_handles", "Objects that exist.", nullptr, 0, 1048576, WDL_RESULT),
     .read_int = [] { return handles::live(); }},
    {.info = text_info("build", "Version, compiler and machine of the library.", nullptr, nullptr,
                       WDL_RESULT),
     .read_text = []() -> std::string_view {
       return "windlass " WDL_VERSION " " WDL_COMPILER " " WDL_MACHINE;
     }},
};

constinit Object the_process(process_kind);

}  // namespace

constinit const Kind process_kind(
    "process", properties, nullptr, [](Object *) noexcept {}, nullptr);

Object &process() noexcept { return the_process; }

}  // namespace windlass
