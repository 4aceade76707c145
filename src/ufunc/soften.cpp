// logsumexp (n)->() and softmax (n)->(n). Short rows are computed side by side, in the lanes;
// others in blocks that stay in the first level of cache, the longest on several threads.
#include "array_kernels.hpp"
#include "generalised.hpp"
#include "tasks.hpp"

namespace windlass::ufunc {
namespace {

using arrays::group, arrays::kernels;

// Numbers: of a row up to which it is short; of a block, of which the last is at most `last_block`
// and never under one vector; of a row that is cut for threads, in at most `most_parts`.
constexpr int64_t short_row = 16, block = 448, last_block = 464, long_row = 131072, most_parts = 64;

// The sum of e^x: e^top (tops + rest), tops a number of the x that are equal to top.
// top is NaN where one of them is; where it is infinite the others say nothing.
struct Total {
  double top = -__builtin_inf(), tops = 0, rest = 0;
};

// Where the blocks of a part of a row begin and end.
struct Parts {
  int64_t n, count, length;
  explicit Parts(int64_t n) noexcept : n(n), count(1), length(n) {
    if (n < long_row) return;
    const int64_t blocks = n / block, least = 65536 / block;  // blocks of a part
    const int64_t of_part = blocks / most_parts + 1 > least ? blocks / most_parts + 1 : least;
    length = of_part * block;
    count = n / length;
  }
  // f(first, length, number) for the blocks of a part, at most so many of one length at once.
  template <class F>
  void blocks(int64_t part, int64_t most, F &&f) const noexcept {
    int64_t i = part * length;
    const int64_t end = part + 1 < count ? i + length : n;
    for (int64_t left; (left = end - i) > 0;) {
      const int64_t size = left <= last_block ? left : block;
      const int64_t whole = (left - last_block + block - 1) / block;
      const int64_t number = left <= last_block ? 1 : whole < most ? whole : most;
      f(i, size, number);
      i += size * number;
    }
  }
};

struct Totals {
  static constexpr int64_t most = most_parts + 1, rows = 8, blocks = (most + 7) / rows;
  double top[most + 7], tops[most + 7], rest[most + 7];

  void set(int64_t i, const Total &t) noexcept {
    top[i] = t.top, tops[i] = t.tops, rest[i] = t.rest;
  }
  // Of `count` of them.
  Total sum(int64_t count) noexcept {
    for (int64_t i = 0; i < 7; i++) set(count + i, {});
    kernels().sums(1, count, 1, top, tops, rest);
    return {top[0], tops[0], rest[0]};
  }
};

// `count` rows of n numbers as columns, zeros beyond.
template <class T>
void pack(const char *from, intptr_t row, intptr_t step, int64_t count, int64_t n, T *columns) {
  constexpr int64_t G = group<T>;
  for (int64_t j = 0; j < n; j++, columns += G, from += step) {
    for (int64_t i = 0; i < count; i++) columns[i] = get<T>(from + i * row);
    for (int64_t i = count; i < G; i++) columns[i] = 0;
  }
}

template <class T>
struct LogSumExp {
  static constexpr int64_t G = group<T>;
  char *in, *out;
  intptr_t in_row, out_row, step;
  int64_t n;

  Total part(const char *x, const Parts &parts, int64_t which) const noexcept {
    constexpr intptr_t size = sizeof(T);
    alignas(64) T buffer[last_block];
    Totals of;
    int64_t have = 1;
    of.set(0, {});
    parts.blocks(which, step == size ? most_parts : 1, [&](int64_t i, int64_t length, int64_t k) {
      const T *from = contiguous(x + i * step, step, length, buffer);
      kernels().of<T>().totals(k, length, reinterpret_cast<const char *>(from), length * size,
                               of.top + have, of.tops + have, of.rest + have);
      have += k;
      if (have == Totals::most) of.set(0, of.sum(have)), have = 1;
    });
    return of.sum(have);
  }

  uint32_t rows(int64_t first, int64_t last) const noexcept {
    for (; first < last; first += G) some(first, last - first < G ? last - first : G);
    return 0;
  }

  // One row by several threads.
  void cut(int64_t row) const noexcept {
    const Parts parts(n);
    Totals of{};
    const char *x = in + row * in_row;
    run_tasks(parts.count, double(n), [&](int64_t p) noexcept -> uint32_t {
      of.set(p, part(x, parts, p));
      return 0;
    });
    const FloatScope known(FloatState::known());
    of.set(0, of.sum(parts.count));
    write(of, row, 1);
  }

 private:
  void some(int64_t first, int64_t count) const noexcept {
    const char *x = in + first * in_row;
    Totals totals{};
    if (n <= short_row)
      side_by_side(x, count, totals);
    else
      several(x, count, totals);
    write(totals, first, count);
  }
  void several(const char *x, int64_t count, Totals &totals) const noexcept {
    if (n <= last_block && step == intptr_t(sizeof(T)))
      kernels().of<T>().totals(count, n, x, in_row, totals.top, totals.tops, totals.rest);
    else if (n <= Totals::blocks * block)
      for (int64_t i = 0; i < count; i += Totals::rows, x += Totals::rows * in_row)
        by_blocks(x, count - i < Totals::rows ? count - i : Totals::rows, totals, i);
    else
      for (int64_t i = 0; i < count; i++, x += in_row) totals.set(i, part(x, Parts(n), 0));
  }
  // Rows of some blocks, each block of all of them.
  [[gnu::noinline]] void by_blocks(const char *x, int64_t rows, Totals &totals,
                                   int64_t first) const noexcept {
    alignas(64) T buffer[last_block];
    Totals of{};
    int64_t at = 0;
    Parts(n).blocks(0, 1, [&](int64_t i, int64_t length, int64_t) {
      const bool direct = step == intptr_t(sizeof(T));
      const char *from = x + i * step;
      for (int64_t r = 0; r < rows; r += direct ? rows : 1, from += in_row) {
        const T *row = contiguous(from, step, length, buffer);
        kernels().of<T>().totals(direct ? rows : 1, length, reinterpret_cast<const char *>(row),
                                 in_row, of.top + at + r, of.tops + at + r, of.rest + at + r);
      }
      at += Totals::rows;
    });
    kernels().sums(rows, at / Totals::rows, Totals::rows, of.top, of.tops, of.rest);
    for (int64_t r = 0; r < rows; r++) totals.set(first + r, {of.top[r], of.tops[r], of.rest[r]});
  }
  [[gnu::noinline]] void side_by_side(const char *x, int64_t count, Totals &totals) const noexcept {
    alignas(64) T columns[short_row * G];
    pack(x, in_row, step, count, n, columns);
    kernels().of<T>().group_totals(n, columns, totals.top, totals.tops, totals.rest);
  }
  void write(const Totals &totals, int64_t first, int64_t count) const noexcept {
    T y[G];
    kernels().of<T>().log_totals(totals.top, totals.tops, totals.rest, y);
    scattered(y, count, out + first * out_row, out_row);
  }
};

template <class T>
struct Softmax {
  static constexpr int64_t G = group<T>;
  char *in, *out;
  intptr_t in_row, out_row, in_step, out_step;
  int64_t n;

  uint32_t rows(int64_t first, int64_t last) const noexcept {
    constexpr intptr_t size = sizeof(T);
    uint32_t raised = 0;
    if (n > short_row && n <= last_block && in_step == size && out_step == size)
      return kernels().of<T>().softmax(last - first, n, in + first * in_row, in_row,
                                       out + first * out_row, out_row)
                 ? uint32_t(flags::invalid)
                 : 0;
    if (n <= short_row)
      for (; first < last; first += G)
        raised |= side_by_side(first, last - first < G ? last - first : G);
    for (; first < last; first++) raised |= row(first);
    return raised;
  }

  void cut(int64_t which) const noexcept {
    if (const uint32_t raised = row(which)) flags::raise(raised);
  }

 private:
  uint32_t side_by_side(int64_t first, int64_t count) const noexcept {
    alignas(64) T columns[short_row * G];
    pack(in + first * in_row, in_row, in_step, count, n, columns);
    const bool invalid = kernels().of<T>().group_softmax(n, columns);
    char *y = out + first * out_row;
    for (int64_t j = 0; j < n; j++, y += out_step) scattered(columns + j * G, count, y, out_row);
    return invalid ? uint32_t(flags::invalid) : 0;
  }

  // f(part) for every part of the row.
  template <class F>
  void each(const Parts &parts, F &&f) const noexcept {
    if (parts.count == 1)
      f(0);
    else
      run_tasks(parts.count, double(n), f);
  }

  // Three passes.
  uint32_t row(int64_t which) const noexcept {
    const Parts parts(n);
    const char *x = in + which * in_row;
    char *y = out + which * out_row;
    T tops[most_parts + 1], top;
    double sums[most_parts + 1], sum = 0;
    each(parts, [&](int64_t p) noexcept { return largest(parts, p, x, tops[p]); });
    top = tops[0];
    for (int64_t p = 1; p < parts.count; p++)
      if (tops[p] > top) top = tops[p];
    each(parts, [&](int64_t p) noexcept { return soften(parts, p, x, y, top, sums[p]); });
    for (int64_t p = 0; p < parts.count; p++) sum += sums[p];
    each(parts, [&](int64_t p) noexcept { return scale(parts, p, y, T(1 / sum)); });
    return sum != sum && !has_nan(x) ? uint32_t(flags::invalid) : 0;
  }

  bool has_nan(const char *x) const noexcept {
    bool nan = false;
    for (int64_t i = 0; i < n; i++, x += in_step) nan |= get<T>(x) != get<T>(x);
    return nan;
  }
  [[gnu::noinline]] uint32_t largest(const Parts &parts, int64_t p, const char *x,
                                     T &top) const noexcept {
    alignas(64) T buffer[last_block];
    top = -T(__builtin_inf());
    parts.blocks(p, 1, [&](int64_t i, int64_t size, int64_t) {
      const T more =
          kernels().of<T>().largest(size, contiguous(x + i * in_step, in_step, size, buffer));
      if (more > top) top = more;
    });
    return 0;
  }
  [[gnu::noinline]] uint32_t soften(const Parts &parts, int64_t p, const char *x, char *y, T top,
                                    double &sum) const noexcept {
    alignas(64) T from[last_block], to[last_block];
    const bool direct = out_step == intptr_t(sizeof(T));
    sum = 0;
    parts.blocks(p, 1, [&](int64_t i, int64_t size, int64_t) {
      char *out = y + i * out_step;
      sum += kernels().of<T>().exponentials(size, contiguous(x + i * in_step, in_step, size, from),
                                            top, direct ? reinterpret_cast<T *>(out) : to);
      if (!direct) scattered(to, size, out, out_step);
    });
    return 0;
  }
  [[gnu::noinline]] uint32_t scale(const Parts &parts, int64_t p, char *y,
                                   T factor) const noexcept {
    alignas(64) T buffer[last_block];
    const bool direct = out_step == intptr_t(sizeof(T));
    parts.blocks(p, 1, [&](int64_t i, int64_t size, int64_t) {
      char *to = y + i * out_step;
      T *e = direct ? reinterpret_cast<T *>(to) : buffer;
      if (!direct) contiguous(to, out_step, size, buffer);
      kernels().of<T>().scale(size, factor, e);
      if (!direct) scattered(e, size, to, out_step);
    });
    return 0;
  }
};

template <class T, class Rows>
void run(const Rows &rows, int64_t outer) noexcept {
  if (rows.n >= long_row)
    for (int64_t row = 0; row < outer; row++) rows.cut(row);
  else if (outer > 0)
    run_ranges(outer, double(rows.n), group<T>,
               [&](int64_t first, int64_t last) noexcept { return rows.rows(first, last); });
}

}  // namespace

template <class T>
void Generalised<T>::logsumexp(char **args, Steps dimensions, Steps steps, void *) {
  run<T>(LogSumExp<T>{args[0], args[1], steps[0], steps[1], steps[2], dimensions[1]},
         dimensions[0]);
}

template <class T>
void Generalised<T>::softmax(char **args, Steps dimensions, Steps steps, void *) {
  if (dimensions[1] > 0)
    run<T>(Softmax<T>{args[0], args[1], steps[0], steps[1], steps[2], steps[3], dimensions[1]},
           dimensions[0]);
}

template void Generalised<float>::logsumexp(char **, Steps, Steps, void *);
template void Generalised<double>::logsumexp(char **, Steps, Steps, void *);
template void Generalised<float>::softmax(char **, Steps, Steps, void *);
template void Generalised<double>::softmax(char **, Steps, Steps, void *);

}  // namespace windlass::ufunc
