#include "elementwise.hpp"

#include <atomic>
#include <cstring>

#include "core/parallel.hpp"
#include "core/process.hpp"
#include "flags.hpp"
#include "operand.hpp"

namespace windlass::ufunc {
namespace {

// Elements: of a block in buffers on the stack, which stay in the first level of cache; of one in
// the caller's memory; of a task; from which on threads pay; the most pieces of a reduction.
constexpr intptr_t buffered = 256, direct = 2048, task_size = 16384, threads_from = 49152;
constexpr intptr_t most_pieces = 64;

template <class T>
class Loop {
 public:
  Loop(char **args, const intptr_t *steps, const Elementwise &what) noexcept
      : what_(what),
        functions_(sizeof(T) == 8 ? kernels().f64 : kernels().f32),
        block_(functions_.*what.block),
        a_{args[0], steps[0]},
        b_{args[what.inputs - 1], steps[what.inputs - 1]},
        y_{args[what.inputs], steps[what.inputs]} {}

  // All of them return the flags that the results deserve.

  // Without looking at steps, which takes as long as a function of one number.
  static uint32_t one(char **args, const Elementwise &what) noexcept {
    const Functions &functions = sizeof(T) == 8 ? kernels().f64 : kernels().f32;
    alignas(64) char a[pad_bytes], b[pad_bytes], y[pad_bytes];
    const char *second = a;
    functions.spread(args[0], a);
    if (what.inputs == 2) functions.spread(args[1], b), second = b;
    const bool careful = (functions.*what.block)(a, second, y, pad);
    std::memcpy(args[what.inputs], y, sizeof(T));
    return judged(functions, what, careful, a, second, y, pad);
  }

  uint32_t run(intptr_t first, intptr_t last, intptr_t step) const noexcept {
    uint32_t raised = 0;
    for (intptr_t i = first; i < last; i += step)
      raised |= block(i, last - i < step ? last - i : step);
    return raised;
  }

  uint32_t all(intptr_t n) const noexcept {
    if (in_order(a_, y_, n, size) || in_order(b_, y_, n, size))
      return reduces(n) ? reduce(n) : run(0, n, 1);
    const intptr_t step = plain() ? direct : buffered;
    const bool upon_itself = y_.step < size && -y_.step < size;  // the last one is to stay
    if (n < threads_from || upon_itself) return run(0, n, step);
    return shared((n + task_size - 1) / task_size, [&](intptr_t task) noexcept {
      const intptr_t first = task * task_size, left = n - first;
      return run(first, first + (left < task_size ? left : task_size), step);
    });
  }

 private:
  static constexpr intptr_t size = sizeof(T), pad = pad_bytes / size;

  struct alignas(64) Buffers {
    T a[buffered], b[buffered], y[buffered];
  };

  // part(task) for all tasks, on the process's threads.
  template <class Part>
  static uint32_t shared(intptr_t tasks, Part &&part) noexcept {
    Run threads(process_wide::loop_threads());
    std::atomic<uint32_t> raised{0};
    parallel_for(threads, tasks, [&](int64_t task, int) noexcept {
      raised.fetch_or(part(intptr_t(task)), std::memory_order_relaxed);
    });
    return raised.load(std::memory_order_relaxed);
  }

  // In place the inputs are kept in buffers, should they be asked for after they were written over.
  bool plain() const noexcept {
    return a_.step == size && b_.step == size && y_.step == size && y_.data != a_.data &&
           y_.data != b_.data;
  }

  // y = f(...f(f(y, b[0]), b[1])..., b[n - 1]) as NumPy's reduce asks for it.
  bool reduces(intptr_t n) const noexcept {
    const Extent b(b_, n, size);
    return what_.associative && a_.data == y_.data && !a_.step && !y_.step &&
           (y_.data >= b.high || y_.data + size <= b.low);
  }
  // Pieces whose number depends on n only, and f of them.
  uint32_t reduce(intptr_t n) const noexcept {
    T parts[most_pieces];
    const intptr_t least = (n + most_pieces - 1) / most_pieces;
    const intptr_t piece = n < threads_from ? n : least < task_size ? task_size : least;
    const intptr_t pieces = (n + piece - 1) / piece;
    uint32_t raised = shared(pieces, [&](intptr_t i) noexcept {
      const intptr_t first = i * piece, left = n - first;
      return fold({b_.at(first), b_.step}, left < piece ? left : piece, parts + i);
    });
    T all;
    raised |= fold({reinterpret_cast<char *>(parts), size}, pieces, &all);
    const char *whole = reinterpret_cast<const char *>(&all);
    return raised | packed_block(a_.data, whole, y_.data, 1);
  }
  // Lane i of a block takes the elements i, i + block, ...; then halves are put together.
  uint32_t fold(const Operand &x, intptr_t n, T *out) const noexcept {
    Buffers buffer;
    intptr_t m = n < buffered ? n : buffered;
    uint32_t raised = 0;
    packed(x.data, x.step, m, buffer.a);
    const auto take = [&](const char *from, intptr_t step, intptr_t count) noexcept {
      const intptr_t padded = (count + pad - 1) / pad * pad;
      packed(from, step, count, buffer.b);
      const bool careful = block_(buffer.a, buffer.b, buffer.y, padded);
      raised |= judged(careful, buffer.a, buffer.b, buffer.y, padded);
      std::memcpy(buffer.a, buffer.y, size_t(count * size));
    };
    for (intptr_t i = m; i < n; i += m) take(x.at(i), x.step, n - i < m ? n - i : m);
    for (; m > 1; m -= m / 2)
      take(reinterpret_cast<const char *>(buffer.a + m - m / 2), size, m / 2);
    *out = buffer.a[0];
    return raised;
  }

  static void copied(const char *from, intptr_t step, char *to, intptr_t to_step,
                     intptr_t n) noexcept {
    if (step == size && to_step == size && n >= pad)
      std::memcpy(to, from, size_t(n * size));
    else  // few are faster one by one than by a call
      for (intptr_t i = 0; i < n; i++) std::memcpy(to + i * to_step, from + i * step, size_t(size));
  }

  // A copy of n elements, and up to whole vectors what raises no flags in any function.
  const void *packed(const char *from, intptr_t step, intptr_t n, T *to) const noexcept {
    if (n == 1) return functions_.spread(from, to), to;
    copied(from, step, reinterpret_cast<char *>(to), size, n);
    for (intptr_t i = n; i % pad; i++) to[i] = T(0.5);
    return to;
  }

  static uint32_t judged(const Functions &functions, const Elementwise &what, bool careful,
                         const void *a, const void *b, const void *y, intptr_t n) noexcept {
    if (!flags::suspicious() && !careful) return 0;
    const uint32_t deserved = functions.judge(a, b, y, n, what.deserved);
    flags::suspicious();  // what the judge's own comparisons raised is not left behind
    return deserved;
  }
  uint32_t judged(bool careful, const void *a, const void *b, const void *y,
                  intptr_t n) const noexcept {
    return judged(functions_, what_, careful, a, b, y, n);
  }

  uint32_t block(intptr_t first, intptr_t n) const noexcept {
    const char *a = a_.at(first), *b = b_.at(first);
    char *y = y_.at(first);
    uint32_t raised = 0;
    if (plain()) {
      const intptr_t whole = n - n % pad;
      if (whole) {
        const bool careful = block_(a, b, y, whole);
        raised = judged(careful, a, b, y, whole);
        if (whole == n) return raised;
        a += whole * size, b += whole * size, y += whole * size, n -= whole;
      }
    }
    return raised | packed_block(a, b, y, n);
  }

  uint32_t packed_block(const char *a, const char *b, char *y, intptr_t n) const noexcept {
    Buffers buffer;
    const intptr_t padded = (n + pad - 1) / pad * pad;
    const void *pa = packed(a, a_.step, n, buffer.a);
    const void *pb = what_.inputs == 2 ? packed(b, b_.step, n, buffer.b) : pa;
    const bool careful = block_(pa, pb, buffer.y, padded);
    copied(reinterpret_cast<const char *>(buffer.y), size, y, y_.step, n);
    return judged(careful, pa, pb, buffer.y, padded);
  }

  const Elementwise &what_;
  const Functions &functions_;
  Block block_;
  Operand a_, b_, y_;
};

}  // namespace

template <class T>
void elementwise_loop(char **args, const intptr_t *dimensions, const intptr_t *steps, void *data) {
  if (dimensions[0] < 1) return;
  const auto &what = *static_cast<const Elementwise *>(data);
  const flags::Quiet mode;
  mode.leave(dimensions[0] == 1 ? Loop<T>::one(args, what)
                                : Loop<T>(args, steps, what).all(dimensions[0]));
}

template void elementwise_loop<float>(char **, const intptr_t *, const intptr_t *, void *);
template void elementwise_loop<double>(char **, const intptr_t *, const intptr_t *, void *);

}  // namespace windlass::ufunc
