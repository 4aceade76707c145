#include "process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <thread>

#include "handles.hpp"
#include "isa.hpp"

namespace windlass {
namespace process_wide {
namespace {

constinit std::atomic<int> threads_set{0}, cores_found{0};

// Reads a small file into text; the bytes read, 0 when it cannot be.
int read_small(const char *path, char *text, int capacity) noexcept {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t n = read(file, text, size_t(capacity));
  close(file);
  return n > 0 ? int(n) : 0;
}

// Cores that a control group's quota allows (rounded up); 0: no quota. Version 2's cpu.max holds
// "quota period" or "max period", version 1 has a file for each.
int quota() noexcept {
  char text[64];
  double limit = 0, period = 0;
  if (int n = read_small("/sys/fs/cgroup/cpu.max", text, sizeof text)) {
    const auto first = std::from_chars(text, text + n, limit);
    if (first.ec != std::errc() || first.ptr >= text + n) return 0;
    std::from_chars(first.ptr + 1, text + n, period);
  } else {
    n = read_small("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", text, sizeof text);
    std::from_chars(text, text + n, limit);
    n = read_small("/sys/fs/cgroup/cpu/cpu.cfs_period_us", text, sizeof text);
    std::from_chars(text, text + n, period);
  }
  if (!(limit > 0) || !(period > 0)) return 0;
  const int whole = int(limit / period);
  return whole < limit / period ? whole + 1 : whole;
}

int find_cores() noexcept {
  int n = int(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) n = CPU_COUNT(&set);
#endif
  if (const int most = quota(); most > 0 && most < n) n = most;
  return n > 0 ? n : 1;
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

const char *supported_levels() {
  constexpr const char *names[] = {"", "base", "base|v3", "base|v3|v4"};
  return names[isa::supported().size()];
}

void choose_level(int32_t choice) {
  constexpr isa::Level levels[] = {isa::Level::base, isa::Level::v3, isa::Level::v4};
  if (!isa::set_level(levels[choice]))
    throw Error(WDL_UNSUPPORTED, 3,
                std::string("isa is \"") + isa::name(levels[choice]) +
                    "\", which this machine does not support");
}

constexpr Property properties[] = {
    {.info = int_info("threads", "Threads of calls whose context does not say; 0: the cores.",
                      nullptr, 0, 256),
     .read_int = [] { return int64_t(process_wide::threads()); },
     .write_int = [](int64_t n) { process_wide::threads_set.store(int(n)); }},
    {.info =
         text_info("isa", "Instruction-set level of the kernels in use.", nullptr, "base|v3|v4"),
     .read_text = [] { return isa::name(isa::level()); },
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
     .read_text = [] { return "windlass " WDL_VERSION " " WDL_COMPILER " " WDL_MACHINE; }},
};

constinit Object the_process(process_kind);

}  // namespace

constinit const Kind process_kind(
    "process", properties, nullptr, [](Object *) noexcept {}, nullptr);

Object &process() noexcept { return the_process; }

}  // namespace windlass
