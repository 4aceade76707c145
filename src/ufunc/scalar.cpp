#include "scalar.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <utility>

#include "core/parallel.hpp"
#include "core/process.hpp"
#include "flags.hpp"
#include "operand.hpp"

namespace windlass::ufunc {
namespace {

constexpr intptr_t task_size = 1024, threads_from = 4096;  // calls, of some 10 ns each
constexpr int most_inputs = 4;

// The calls of elements first <= k < last.
using Range = void (*)(char **args, const intptr_t *steps, intptr_t first, intptr_t last,
                       void *data);

template <class T, size_t... i>
void call_each(char **args, const intptr_t *steps, intptr_t first, intptr_t last, void *data,
               std::index_sequence<i...>) {
  constexpr size_t out = sizeof...(i);
  T (*const f)(decltype(T(i))...) = reinterpret_cast<T (*)(decltype(T(i))...)>(data);
  for (intptr_t k = first; k < last; k++) {
    T x[out];
    (std::memcpy(&x[i], args[i] + k * steps[i], sizeof(T)), ...);
    const T y = f(x[i]...);
    std::memcpy(args[out] + k * steps[out], &y, sizeof(T));
  }
}
template <class T, int inputs>
void range(char **args, const intptr_t *steps, intptr_t first, intptr_t last, void *data) {
  call_each<T>(args, steps, first, last, data, std::make_index_sequence<inputs>());
}

// On threads, in the caller's floating-point mode; the flags that the calls raise come home.
void share(Range calls, char **args, intptr_t n, const intptr_t *steps, void *data) {
  const FloatState caller = FloatState::current();
  std::atomic<uint32_t> raised{0};
  Run threads(process_wide::loop_threads());
  parallel_for(threads, (n + task_size - 1) / task_size, [&](int64_t task, int) {
    const FloatScope callers_own(caller);
    const intptr_t first = task * task_size, left = n - first;
    calls(args, steps, first, first + (left < task_size ? left : task_size), data);
    raised.fetch_or(flags::raised(), std::memory_order_relaxed);
  });
  flags::raise(raised.load(std::memory_order_relaxed));
}

template <class T, int inputs, bool thread_safe>
void scalar_loop(char **args, const intptr_t *dimensions, const intptr_t *steps, void *data) {
  const intptr_t n = dimensions[0];
  const intptr_t out = steps[inputs], size = sizeof(T);
  bool serial = !thread_safe || n < threads_from || (out < size && -out < size);
  for (int i = 0; i < inputs && !serial; i++)
    serial = in_order({args[i], steps[i]}, {args[inputs], out}, n, size);
  if (serial)
    range<T, inputs>(args, steps, 0, n, data);
  else
    share(range<T, inputs>, args, n, steps, data);
}

// The caller's own loops.

constexpr int most_arguments = 32;  // of a ufunc up to NumPy 1.26

constexpr intptr_t size_of(char letter) {
  switch (letter) {
    case '?':
    case 'b':
    case 'B':
      return 1;
    case 'h':
    case 'H':
    case 'e':
      return 2;
    case 'i':
    case 'I':
    case 'f':
      return 4;
    case 'g':
    case 'D':
      return 16;
    case 'G':
      return 32;
    default:
      return 8;
  }
}

// Whether no element depends on another one: an output apart from, or exactly, each other argument.
bool independent(const wdl_loop &own, char **args, const intptr_t *steps, intptr_t n) {
  const int arguments = own.inputs + own.outputs;
  intptr_t sizes[most_arguments];
  const char *letter = own.types;
  for (int i = 0; i < arguments; letter++)
    if (*letter != '-' && *letter != '>') sizes[i++] = size_of(*letter);
  for (int out = own.inputs; out < arguments; out++) {
    if (steps[out] < sizes[out] && -steps[out] < sizes[out]) return false;
    for (int i = 0; i < out; i++) {
      const intptr_t size = sizes[i] < sizes[out] ? sizes[out] : sizes[i];
      if (in_order({args[i], steps[i]}, {args[out], steps[out]}, n, size)) return false;
    }
  }
  return true;
}

void own_range(char **args, const intptr_t *steps, intptr_t first, intptr_t last, void *data) {
  const wdl_loop &own = *static_cast<const wdl_loop *>(data);
  char *moved[most_arguments];
  for (int i = 0; i < own.inputs + own.outputs; i++) moved[i] = args[i] + first * steps[i];
  const intptr_t n = last - first;
  own.loop(moved, &n, steps, own.data);
}

void own_loop(char **args, const intptr_t *dimensions, const intptr_t *steps, void *data) {
  const wdl_loop &own = *static_cast<const wdl_loop *>(data);
  if (dimensions[0] < threads_from || own.inputs + own.outputs > most_arguments ||
      !independent(own, args, steps, dimensions[0]))
    own.loop(args, dimensions, steps, own.data);
  else
    share(own_range, args, dimensions[0], steps, data);
}

constexpr wdl_loop own_driver = {"loop",  "A loop on threads.",
                                 "*",     nullptr,
                                 nullptr, own_loop,
                                 nullptr, 0,
                                 0,       nullptr,
                                 nullptr, nullptr,
                                 nullptr};

constexpr const char help[] = "A function of C, called for each element.";

template <class T, int inputs, bool thread_safe>
constexpr wdl_loop driver(const char *types) {
  return {"scalar", help,   types, nullptr, nullptr, scalar_loop<T, inputs, thread_safe>,
          nullptr,  inputs, 1,     nullptr, nullptr, nullptr,
          nullptr};
}

template <bool safe>
constexpr wdl_loop list[] = {
    driver<float, 1, safe>("f->f"),
    driver<double, 1, safe>("d->d"),
    driver<float, 2, safe>("ff->f"),
    driver<double, 2, safe>("dd->d"),
    driver<float, 3, safe>("fff->f"),
    driver<double, 3, safe>("ddd->d"),
    driver<float, 4, safe>("ffff->f"),
    driver<double, 4, safe>("dddd->d"),
    own_driver,
};
static_assert(std::size(list<true>) == 2 * most_inputs + 1);

}  // namespace

std::span<const wdl_loop> drivers(bool thread_safe) noexcept {
  const std::span<const wdl_loop> scalars(list<false>, 2 * most_inputs);
  return thread_safe ? std::span<const wdl_loop>(list<true>) : scalars;
}

}  // namespace windlass::ufunc
