// mvn_logpdf (n,d),(k,d),(k,d,d)->(n,k), cholesky_solve (d,d),(d)->(d) and
// weighted_cov (n,d),(n)->(d),(d,d), all in double precision.
#include <algorithm>
#include <cmath>

#include "array_kernels.hpp"
#include "generalised.hpp"
#include "tasks.hpp"

namespace windlass::ufunc {
namespace {

using arrays::kernels, arrays::tile;

constexpr int64_t group = arrays::group<double>;
constexpr int64_t task_rows = 512;  // that factoring anew for each task costs little
constexpr double nan = __builtin_nan("");

template <class T>
double number(const char *from) noexcept {
  return double(get<T>(from));
}

double log_of(double x) noexcept {
  return x < 0x1p-900 ? kernels().log(x * 0x1p900) - 900 * 0.69314718055994530942
                      : kernels().log(x);
}

// The logarithm of a density of one component: -(d log 2 pi + log det + |L^-1 (x - mean)|^2) / 2
// with the covariance L L^T.
template <class T>
struct Component {
  const char *x, *mean, *covariance;
  char *out;
  intptr_t x_row, x_axis, mean_axis, covariance_row, covariance_axis, out_row;
  int64_t d;

  [[gnu::noinline]] uint32_t densities(int64_t first, int64_t last) const noexcept {
    const int64_t triangle = d * (d + 1) / 2, wanted = triangle + d * group;
    Scratch<double, 832> memory(wanted);
    double *lower = memory.get(), *columns = lower + triangle;
    uint32_t raised = flags::invalid;
    double log_det = nan;
    if (memory.size() >= wanted) log_det = factor(lower, raised);
    if (log_det != log_det) {
      for (int64_t i = first; i < last; i++) put(out + i * out_row, T(nan));
      return raised;
    }
    for (; first < last; first += group)
      some(first, std::min(group, last - first), log_det, lower, columns);
    return flags::raised() & deserved;
  }

 private:
  // The rows of L, with the reciprocals of its diagonal; returns log det or, where the covariance
  // is not positive definite, NaN; which was not raised by a NaN in it.
  double factor(double *lower, uint32_t &raised) const noexcept {
    double log_det = 0, *row = lower;
    for (int64_t i = 0; i < d; row += ++i) {
      const double *other = lower;
      for (int64_t j = 0; j <= i; other += ++j) {
        double s = number<T>(covariance + i * covariance_row + j * covariance_axis);
        for (int64_t k = 0; k < j; k++) s -= row[k] * other[k];
        if (j < i) {
          row[j] = s * other[j];
          continue;
        }
        if (!(s > 0 && s - s == 0)) {
          raised = s == s ? uint32_t(flags::invalid) : 0;
          return nan;
        }
        log_det += log_of(s);
        row[i] = 1 / std::sqrt(s);
      }
    }
    return log_det;
  }

  void some(int64_t first, int64_t count, double log_det, const double *lower,
            double *columns) const noexcept {
    for (int64_t j = 0; j < d; j++) {
      const double centre = number<T>(mean + j * mean_axis);
      const char *from = x + first * x_row + j * x_axis;
      double *to = columns + j * group;
      for (int64_t i = 0; i < count; i++) to[i] = number<T>(from + i * x_row) - centre;
      for (int64_t i = count; i < group; i++) to[i] = 0;
    }
    alignas(64) double squares[group];
    kernels().solve(d, lower, columns, squares);
    const double constant = 1.8378770664093454836 * double(d) + log_det;
    for (int64_t i = 0; i < count; i++)
      put(out + (first + i) * out_row, T(0.0 - 0.5 * (constant + squares[i])));
  }
};

// L z = b, then L^T y = z, row by row of L; z in double where that is on the stack, else in y.
template <class T>
struct Substitution {
  const char *factor, *b;
  char *y;
  intptr_t row, column, b_step, y_step;
  int64_t d;
  static constexpr int64_t most = 512;

  void solve() const noexcept {
    if (d > most) return in<T>(y, y_step);
    double z[most];
    in<double>(reinterpret_cast<char *>(z), sizeof(double));
    for (int64_t i = 0; i < d; i++) put(y + i * y_step, T(z[i]));
  }

 private:
  template <class Z>
  void in(char *z, intptr_t step) const noexcept {
    for (int64_t i = 0; i < d; i++) {
      double s = number<T>(b + i * b_step);
      for (int64_t j = 0; j < i; j++) s -= at(i, j) * double(get<Z>(z + j * step));
      put(z + i * step, Z(s / at(i, i)));
    }
    for (int64_t i = d - 1; i >= 0; i--) {
      const double s = double(get<Z>(z + i * step)) / at(i, i);
      put(z + i * step, Z(s));
      for (int64_t j = 0; j < i; j++)
        put(z + j * step, Z(double(get<Z>(z + j * step)) - at(i, j) * s));
    }
  }
  double at(int64_t i, int64_t j) const noexcept {
    return number<T>(factor + i * row + j * column);
  }
};

// A tile of the covariance about the mean: two passes and a correction (T. F. Chan, G. H. Golub,
// R. J. LeVeque, 1983, doi:10.1080/00031305.1983.10483115).
template <class T>
struct WeightedCovariance {
  const char *x, *w;
  char *mean, *covariance;
  intptr_t x_row, x_axis, w_step, mean_step, row, column;
  int64_t n, d;

  struct Columns {
    int64_t first, count;
    double mean[tile] = {}, rest[tile] = {};  // sums of w x, then means; sums of w (x - mean)
  };

  [[gnu::noinline]] void compute(int64_t i, int64_t j) const noexcept {
    Columns p{i, std::min(tile, d - i)}, q{j, std::min(tile, d - j)};
    const double whole = means(p, q);
    constexpr int64_t block = 16;
    alignas(64) double left[block * tile], right[block * tile], sums[tile * tile] = {};
    double weights[block];
    for (int64_t r = 0; r < n; r += block) {
      const int64_t rows = std::min(block, n - r);
      for (int64_t s = 0; s < rows; s++) weights[s] = number<T>(w + (r + s) * w_step);
      centred(p, r, rows, weights, left);
      if (i != j) centred(q, r, rows, weights, right);
      kernels().outer(rows, weights, left, i == j ? left : right, sums);
    }
    if (i == j) std::copy(p.rest, p.rest + tile, q.rest);
    for (int64_t a = 0; a < p.count; a++)
      for (int64_t b = 0; b < (i == j ? a + 1 : q.count); b++) {
        const double sum = sums[a * tile + b], correction = p.rest[a] * q.rest[b] / whole;
        const double value = (sum - sum == 0 ? sum - correction : sum) / whole;
        put(covariance + (i + a) * row + (j + b) * column, T(value));
        put(covariance + (j + b) * row + (i + a) * column, T(value));
      }
    for (int64_t a = 0; a < p.count && i == j; a++)
      put(mean + (i + a) * mean_step, T(p.mean[a] + p.rest[a] / whole));
  }

 private:
  // Returns the sum of the weights.
  double means(Columns &p, Columns &q) const noexcept {
    double whole = 0;
    for (int64_t r = 0; r < n; r++) {
      const double weight = number<T>(w + r * w_step);
      const char *from = x + r * x_row;
      whole += weight;
      for (Columns *c : {&p, &q})
        for (int64_t a = 0; a < c->count; a++)
          c->mean[a] += weight * number<T>(from + (c->first + a) * x_axis);
    }
    for (Columns *c : {&p, &q})
      for (int64_t a = 0; a < c->count; a++) c->mean[a] /= whole;
    return whole;
  }
  void centred(Columns &c, int64_t first, int64_t rows, const double *weights,
               double *to) const noexcept {
    for (int64_t r = 0; r < rows; r++, to += tile) {
      const char *from = x + (first + r) * x_row + c.first * x_axis;
      for (int64_t a = 0; a < c.count; a++) {
        to[a] = number<T>(from + a * x_axis) - c.mean[a];
        c.rest[a] += weights[r] * to[a];
      }
      for (int64_t a = c.count; a < tile; a++) to[a] = 0;
    }
  }
};

}  // namespace

template <class T>
void Generalised<T>::mvn_logpdf(char **args, Steps dimensions, Steps steps, void *) {
  const int64_t outer = dimensions[0], n = dimensions[1], d = dimensions[2], k = dimensions[3];
  if (outer < 1 || n < 1 || k < 1) return;
  const int64_t cuts = (n + task_rows - 1) / task_rows;
  const double size = double(d) + 8;
  run_tasks(outer * k * cuts, double(outer) * double(n) * double(k) * size * size / 8,
            [&](int64_t task) noexcept {
              const int64_t cut = task % cuts, c = task / cuts % k, o = task / cuts / k;
              const Component<T> component{args[0] + o * steps[0],
                                           args[1] + o * steps[1] + c * steps[6],
                                           args[2] + o * steps[2] + c * steps[8],
                                           args[3] + o * steps[3] + c * steps[12],
                                           steps[4],
                                           steps[5],
                                           steps[7],
                                           steps[9],
                                           steps[10],
                                           steps[11],
                                           d};
              return component.densities(cut * task_rows, std::min(n, (cut + 1) * task_rows));
            });
}

template <class T>
void Generalised<T>::cholesky_solve(char **args, Steps dimensions, Steps steps, void *) {
  const int64_t d = dimensions[1];
  if (dimensions[0] < 1) return;
  run_ranges(dimensions[0], double(d) * double(d), 1, [&](int64_t first, int64_t last) noexcept {
    for (int64_t o = first; o < last; o++)
      Substitution<T>{args[0] + o * steps[0],
                      args[1] + o * steps[1],
                      args[2] + o * steps[2],
                      steps[3],
                      steps[4],
                      steps[5],
                      steps[6],
                      d}
          .solve();
    return flags::raised() & deserved;
  });
}

template <class T>
void Generalised<T>::weighted_cov(char **args, Steps dimensions, Steps steps, void *) {
  const int64_t outer = dimensions[0], n = dimensions[1], d = dimensions[2];
  if (outer < 1 || d < 1) return;
  const int64_t tiles = (d + tile - 1) / tile, pairs = tiles * (tiles + 1) / 2;
  run_ranges(outer * pairs, double(n) * 64, 1, [&](int64_t first, int64_t last) noexcept {
    for (; first < last; first++) {
      const int64_t o = first / pairs;
      int64_t i = 0, j = first % pairs;
      while (j > i) j -= ++i;
      const WeightedCovariance<T> of{args[0] + o * steps[0],
                                     args[1] + o * steps[1],
                                     args[2] + o * steps[2],
                                     args[3] + o * steps[3],
                                     steps[4],
                                     steps[5],
                                     steps[6],
                                     steps[7],
                                     steps[8],
                                     steps[9],
                                     n,
                                     d};
      of.compute(i * tile, j * tile);
    }
    return flags::raised() & deserved;
  });
}

template void Generalised<float>::mvn_logpdf(char **, Steps, Steps, void *);
template void Generalised<double>::mvn_logpdf(char **, Steps, Steps, void *);
template void Generalised<float>::cholesky_solve(char **, Steps, Steps, void *);
template void Generalised<double>::cholesky_solve(char **, Steps, Steps, void *);
template void Generalised<float>::weighted_cov(char **, Steps, Steps, void *);
template void Generalised<double>::weighted_cov(char **, Steps, Steps, void *);

}  // namespace windlass::ufunc
