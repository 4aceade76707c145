// sqdist (n,d),(m,d)->(n,m), nearest (n,d),(m,d)->(n),(n), mahalanobis (d),(d),(d,d)->().
#include <algorithm>
#include <cmath>

#include "array_kernels.hpp"
#include "generalised.hpp"
#include "tasks.hpp"

namespace windlass::ufunc {
namespace {

using arrays::kernels, arrays::Squares;

struct Points {
  const char *data;
  intptr_t point_step, axis_step;
  const char *at(int64_t point, int64_t axis) const noexcept {
    return data + point * point_step + axis * axis_step;
  }
};

// A panel of `columns` points of b, as deep as memory allows; or several of all axes.
template <class T, int64_t fixed>
class Panel {
 public:
  Panel(const Points &b, int64_t d) noexcept : b_(b), d_(d), memory_(width * d) {
    depth_ = std::min(d, memory_.size() / width);
  }
  // How many there is room for.
  int64_t number() const noexcept { return d_ > 0 ? std::max<int64_t>(1, fixed / width / d_) : 1; }
  void take(int64_t first, int64_t columns, int64_t which = 0) noexcept {
    first_ = first, columns_ = columns;
    if (depth_ == d_) pack(0, d_, memory_.get() + which * width * d_);
  }
  // The squared distances of some rows of `a` to the first columns of it.
  void squares(const Points &a, int64_t row, int64_t rows, int64_t columns, char *out,
               intptr_t row_step, intptr_t column_step, int64_t which = 0) noexcept {
    const T *panel = memory_.get() + which * width * d_;
    int64_t k = 0;
    do {
      const int64_t depth = std::min(depth_, d_ - k);
      if (depth_ < d_) pack(k, depth, memory_.get());
      kernels().of<T>().squares({a.at(row, k), a.point_step, a.axis_step, rows, depth, columns,
                                 panel, out, row_step, column_step},
                                k > 0);
      k += depth;
    } while (k < d_);
  }

 private:
  // What lies beyond the columns is the first again, and raises no flags of its own.
  void pack(int64_t k, int64_t depth, T *to) noexcept {
    for (int64_t c = 0; c < width; c++) {
      const char *from = b_.at(first_ + (c < columns_ ? c : 0), k);
      for (int64_t j = 0; j < depth; j++) to[j * width + c] = get<T>(from + j * b_.axis_step);
    }
  }

  const int64_t width = kernels().of<T>().panel_columns;
  Points b_;
  int64_t d_, depth_, first_ = 0, columns_ = 0;
  Scratch<T, fixed> memory_;
};

constexpr int64_t most_rows = 768;  // of a task: they and a panel's results stay in the cache
// Of few axes the results take the time: of so many rows long pieces are written.
constexpr int64_t few_rows = 12;
constexpr int64_t tile_bytes = 3072;

template <class T>
struct SquaredDistances {
  Points a, b;
  char *out;
  intptr_t row_step, column_step;
  int64_t n, m, d;

  // Panels first <= p < last and some rows.
  [[gnu::noinline]] void compute(int64_t row, int64_t rows, int64_t first,
                                 int64_t last) const noexcept {
    const int64_t width = kernels().of<T>().panel_columns;
    Panel<T, 6144 / sizeof(T)> panel(b, d);
    const int64_t number = panel.number();
    for (int64_t p = first, some; p < last; p += some) {
      some = std::min(number, last - p);
      const auto columns = [&](int64_t k) { return std::min(width, m - (p + k) * width); };
      for (int64_t k = 0; k < some; k++) panel.take((p + k) * width, columns(k), k);
      const int64_t rows_at_once = some > 1 ? few_rows : 96;  // these stay in the first cache
      for (int64_t i = row, count; i < row + rows; i += count) {
        count = std::min(rows_at_once, row + rows - i);
        for (int64_t k = 0; k < some; k++)
          panel.squares(a, i, count, columns(k), out + i * row_step + (p + k) * width * column_step,
                        row_step, column_step, k);
      }
    }
  }
};

template <class T>
struct NearestPoints {
  Points a, b;
  char *index, *square;
  intptr_t index_step, square_step;
  int64_t m, d;
  static constexpr int64_t some = 96;  // rows

  // The flags of the distances; comparisons of NaN raise none.
  [[gnu::noinline]] uint32_t compute(int64_t row, int64_t rows) const noexcept {
    const auto &with = kernels().of<T>();
    const int64_t width = with.panel_columns;
    Panel<T, 2048 / sizeof(T)> panel(b, d);
    T best[some];
    int64_t which[some];
    uint32_t raised = 0;
    for (int64_t i = 0; i < rows; i++) best[i] = T(__builtin_inf()), which[i] = m ? 0 : -1;
    for (int64_t j = 0; j < m; j += width) {
      const int64_t columns = std::min(width, m - j);
      panel.take(j, columns);
      alignas(64) T tile[tile_bytes / sizeof(T)];
      const int64_t at_once = std::min<int64_t>(tile_bytes / int64_t(sizeof(T)) / width, 12);
      for (int64_t i = 0; i < rows; i += at_once) {
        const int64_t count = std::min(at_once, rows - i);
        panel.squares(a, row + i, count, width, reinterpret_cast<char *>(tile),
                      intptr_t(width) * intptr_t(sizeof(T)), intptr_t(sizeof(T)));
        raised |= flags::raised();
        with.least(count, columns, j, tile, best + i, which + i);
        FloatState::known().set();
      }
    }
    for (int64_t i = 0; i < rows; i++) {
      put(index + (row + i) * index_step, which[i]);
      put(square + (row + i) * square_step, best[i]);
    }
    return raised;
  }
};

// sqrt((x - y) P (x - y)), as many points at once as have one P.
template <class T>
struct QuadraticForms {
  static constexpr int64_t G = arrays::group<double>;
  Points x, y;
  const char *matrix;
  char *out;
  intptr_t matrix_step, row_step, column_step, out_step;
  int64_t d;

  [[gnu::noinline]] uint32_t compute(int64_t first, int64_t last) const noexcept {
    const int64_t wanted = d * (G + 1);
    Scratch<double, 832> memory(wanted);
    double *columns = memory.get(), *row = columns + d * G;
    for (int64_t count; first < last; first += count) {
      count = matrix_step ? 1 : std::min(G, last - first);
      double sums[G] = {};
      if (memory.size() < wanted) {
        put(out + first * out_step, T(__builtin_nan("")));
        count = 1;
        continue;
      }
      if (count < G) std::fill(columns, row, 0.0);
      for (int64_t k = 0; k < count; k++) subtract(first + k, columns + k);
      for (int64_t i = 0; i < d; i++) {
        const char *from = matrix + first * matrix_step + i * row_step;
        for (int64_t j = 0; j < d; j++) row[j] = double(get<T>(from + j * column_step));
        kernels().form(d, i, count, row, columns, sums);
      }
      for (int64_t k = 0; k < count; k++) put(out + (first + k) * out_step, T(std::sqrt(sums[k])));
    }
    return memory.size() < wanted ? uint32_t(flags::invalid) : flags::raised() & deserved;
  }

 private:
  void subtract(int64_t point, double *column) const noexcept {
    const char *p = x.at(point, 0), *q = y.at(point, 0);
    for (int64_t i = 0; i < d; i++, p += x.axis_step, q += y.axis_step)
      column[i * G] = double(get<T>(p)) - double(get<T>(q));
  }
};

}  // namespace

template <class T>
void Generalised<T>::sqdist(char **args, Steps dimensions, Steps steps, void *) {
  const int64_t outer = dimensions[0], n = dimensions[1], d = dimensions[2], m = dimensions[3];
  if (outer < 1 || n < 1 || m < 1) return;
  const int64_t width = arrays::kernels().of<T>().panel_columns;
  const int64_t panels = (m + width - 1) / width, cuts = (n + most_rows - 1) / most_rows;
  const double work = double(d + 4) / 8,
               panel_work = double(std::min(n, most_rows)) * double(width) * work;
  const int64_t length = std::min(panels, 1 + int64_t(131072 / panel_work));  // panels of a task
  const int64_t groups = (panels + length - 1) / length;
  run_tasks(outer * cuts * groups, double(outer) * double(n) * double(m) * work,
            [&](int64_t task) noexcept {
              const int64_t group = task % groups, cut = task / groups % cuts,
                            o = task / groups / cuts;
              const SquaredDistances<T> distances{{args[0] + o * steps[0], steps[3], steps[4]},
                                                  {args[1] + o * steps[1], steps[5], steps[6]},
                                                  args[2] + o * steps[2],
                                                  steps[7],
                                                  steps[8],
                                                  n,
                                                  m,
                                                  d};
              const int64_t first = cut * most_rows, panel = group * length;
              distances.compute(first, std::min(most_rows, n - first), panel,
                                std::min(panels, panel + length));
              return flags::raised();
            });
}

template <class T>
void Generalised<T>::nearest(char **args, Steps dimensions, Steps steps, void *) {
  const int64_t outer = dimensions[0], n = dimensions[1], d = dimensions[2], m = dimensions[3];
  if (outer < 1 || n < 1) return;
  constexpr int64_t some = NearestPoints<T>::some;
  const int64_t cuts = (n + some - 1) / some;
  run_tasks(outer * cuts, double(outer) * double(n) * double(m) * double(d + 4) / 8,
            [&](int64_t task) noexcept {
              const int64_t o = task / cuts, first = task % cuts * some;
              const NearestPoints<T> points{{args[0] + o * steps[0], steps[4], steps[5]},
                                            {args[1] + o * steps[1], steps[6], steps[7]},
                                            args[2] + o * steps[2],
                                            args[3] + o * steps[3],
                                            steps[8],
                                            steps[9],
                                            m,
                                            d};
              return points.compute(first, std::min(some, n - first));
            });
}

template <class T>
void Generalised<T>::mahalanobis(char **args, Steps dimensions, Steps steps, void *) {
  const int64_t d = dimensions[1];
  if (dimensions[0] < 1) return;
  const QuadraticForms<T> forms{{args[0], steps[0], steps[4]},
                                {args[1], steps[1], steps[5]},
                                args[2],
                                args[3],
                                steps[2],
                                steps[6],
                                steps[7],
                                steps[3],
                                d};
  run_ranges(dimensions[0], double(d) * double(d) / 4, QuadraticForms<T>::G,
             [&](int64_t first, int64_t last) noexcept { return forms.compute(first, last); });
}

template void Generalised<float>::sqdist(char **, Steps, Steps, void *);
template void Generalised<double>::sqdist(char **, Steps, Steps, void *);
template void Generalised<float>::nearest(char **, Steps, Steps, void *);
template void Generalised<double>::nearest(char **, Steps, Steps, void *);
template void Generalised<float>::mahalanobis(char **, Steps, Steps, void *);
template void Generalised<double>::mahalanobis(char **, Steps, Steps, void *);

}  // namespace windlass::ufunc
