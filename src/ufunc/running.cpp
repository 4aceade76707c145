// moving_mean (n),()->(n) and cumulative_moments (n)->(n),(n), in double precision.
#include <algorithm>

#include "generalised.hpp"
#include "tasks.hpp"

namespace windlass::ufunc {
namespace {

constexpr double nan = __builtin_nan("");

// The mean of the last `window` numbers. The row is cut into blocks as long as the window, so that
// each window is the end of one block and the beginning of the next (M. van Herk, 1992,
// doi:10.1016/0167-8655(92)90069-C): sums from the end backwards wait in the output. Nothing is
// subtracted, so that errors do not pile up, and NaN and infinities leave with their window.
template <class T>
struct MovingMean {
  const char *x;
  char *y;
  intptr_t x_step, y_step;
  int64_t n, window;

  void block(int64_t b) const noexcept {
    const int64_t first = b * window, last = std::min(n, first + window);
    const double count = double(window);
    double sum = 0;
    for (int64_t i = first - 1; b && i > first - window; i--) {
      sum += at(i);
      if (i + window - 1 < last) put(y + (i + window - 1) * y_step, T(sum / count));
    }
    sum = 0;
    for (int64_t i = first; i < last; i++) {
      sum += at(i);
      char *to = y + i * y_step;
      const bool whole = i == first + window - 1;
      put(to, T(whole ? sum / count : b ? double(get<T>(to)) + sum / count : nan));
    }
  }

 private:
  double at(int64_t i) const noexcept { return double(get<T>(x + i * x_step)); }
};

// Mean and variance of the numbers so far (B. P. Welford, 1962,
// doi:10.1080/00401706.1962.10490022).
template <class T>
void moments(const char *x, char *mean, char *variance, int64_t n, intptr_t x_step,
             intptr_t mean_step, intptr_t variance_step) noexcept {
  double m = 0, squares = 0;
  for (int64_t i = 0; i < n; i++) {
    const double value = double(get<T>(x + i * x_step)), inverse = 1 / double(i + 1);
    const double difference = value - m;
    const bool far = difference - difference != 0;  // it may be too large for a double
    m = i == 0 ? value : far ? m + (value * inverse - m * inverse) : m + difference * inverse;
    squares += difference * (value - m);
    put(mean + i * mean_step, T(m));
    put(variance + i * variance_step, T(squares * inverse));
  }
}

}  // namespace

template <class T>
void Generalised<T>::moving_mean(char **args, Steps dimensions, Steps steps, void *) {
  const int64_t outer = dimensions[0], n = dimensions[1];
  if (outer < 1 || n < 1) return;
  for (int64_t o = 0; o < outer;) {  // rows of one window, most often all of them
    const int64_t window = get<int64_t>(args[1] + o * steps[1]);
    int64_t end = o + 1;
    while (end < outer && get<int64_t>(args[1] + end * steps[1]) == window) end++;
    const int64_t length = window < 1 ? n : std::min(n, window), blocks = (n + length - 1) / length;
    run_ranges((end - o) * blocks, 4 * double(length), 1,
               [&](int64_t first, int64_t last) noexcept {
                 for (; first < last; first++) {
                   const int64_t row = o + first / blocks;
                   const char *x = args[0] + row * steps[0];
                   char *y = args[2] + row * steps[2];
                   if (window >= 1 && window <= n)
                     MovingMean<T>{x, y, steps[3], steps[4], n, window}.block(first % blocks);
                   else
                     for (int64_t i = 0; i < n; i++) put(y + i * steps[4], T(nan));
                 }
                 return window < 1 ? uint32_t(flags::invalid) : flags::raised() & deserved;
               });
    o = end;
  }
}

template <class T>
void Generalised<T>::cumulative_moments(char **args, Steps dimensions, Steps steps, void *) {
  const int64_t n = dimensions[1];
  if (dimensions[0] < 1) return;
  run_ranges(dimensions[0], 4 * double(n), 1, [&](int64_t first, int64_t last) noexcept {
    for (int64_t o = first; o < last; o++)
      moments<T>(args[0] + o * steps[0], args[1] + o * steps[1], args[2] + o * steps[2], n,
                 steps[3], steps[4], steps[5]);
    return flags::raised() & deserved;
  });
}

template void Generalised<float>::moving_mean(char **, Steps, Steps, void *);
template void Generalised<double>::moving_mean(char **, Steps, Steps, void *);
template void Generalised<float>::cumulative_moments(char **, Steps, Steps, void *);
template void Generalised<double>::cumulative_moments(char **, Steps, Steps, void *);

}  // namespace windlass::ufunc
