#include <algorithm>
#include <cmath>
#include <limits>

#include "lloyd.hpp"

namespace windlass::cluster {
namespace {

// What T's rounding may add to a bound that is stored, and take from it.
template <class T>
constexpr double up = 1 + 4 * double(std::numeric_limits<T>::epsilon());
template <class T>
constexpr double down = 1 - 4 * double(std::numeric_limits<T>::epsilon());

double distance(const double *a, const double *b, int64_t d) {
  double sum = 0;
  for (int64_t j = 0; j < d; j++) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return std::sqrt(sum);
}

}  // namespace

template <class T>
Bounds<T>::Bounds(int64_t rows, int64_t k, int64_t d)
    : k_(k),
      d_(d),
      upper_(size_t(rows)),
      lower_(size_t(rows)),
      moved_(size_t(k)),
      apart_(size_t(k)) {}

template <class T>
void Bounds<T>::begin(const std::vector<double> &centres) noexcept {
  move(centres, centres);
  fresh_ = true;
}

template <class T>
void Bounds<T>::move(const std::vector<double> &from, const std::vector<double> &to) noexcept {
  fresh_ = false;
  most_moved_ = second_moved_ = radius_ = 0;
  for (int64_t c = 0; c < k_; c++) {
    const double *centre = to.data() + c * d_;
    const double moved = up<T> * distance(from.data() + c * d_, centre, d_);
    moved_[size_t(c)] = moved;
    if (moved > most_moved_) {
      second_moved_ = most_moved_, most_moved_ = moved, farthest_ = c;
    } else if (moved > second_moved_) {
      second_moved_ = moved;
    }
    double square = 0;
    for (int64_t j = 0; j < d_; j++) square += centre[j] * centre[j];
    radius_ = std::fmax(radius_, std::sqrt(square));
  }
  separate(to);
}

// How far each centre is from any other, where that is little work: else 0, which excludes nothing.
template <class T>
void Bounds<T>::separate(const std::vector<double> &centres) noexcept {
  const bool small = double(k_) * double(k_) * double(d_) < patience;
  std::fill(apart_.begin(), apart_.end(), small ? std::numeric_limits<double>::infinity() : 0);
  for (int64_t a = 0; small && a < k_; a++)
    for (int64_t b = a + 1; b < k_; b++) {
      const double *x = centres.data() + a * d_, *y = centres.data() + b * d_;
      const double between = down<T> * distance(x, y, d_);
      apart_[size_t(a)] = std::fmin(apart_[size_t(a)], between);
      apart_[size_t(b)] = std::fmin(apart_[size_t(b)], between);
    }
}

// Each of d + 1 fused additions of at most (|t| + |c|)^2 rounds once, and c^2 and |t|^2 as often.
template <class T>
double Bounds<T>::error(double own) const noexcept {
  const double size = 2 * radius_ + own;
  return double(std::numeric_limits<T>::epsilon()) * double(d_ + 8) * size * size;
}

template <class T>
int64_t Bounds<T>::choose(int64_t first, int64_t count, const int32_t *labels,
                          int32_t *chosen) noexcept {
  int64_t number = 0;
  for (int64_t i = 0; i < count; i++) {
    const size_t row = size_t(first + i), label = fresh_ ? 0 : size_t(labels[i]);
    const double moved = int64_t(label) == farthest_ ? second_moved_ : most_moved_;
    const double upper = (double(upper_[row]) + moved_[label]) * up<T>;
    const double lower =
        (double(lower_[row]) - moved) * (double(lower_[row]) > moved ? down<T> : 1);
    upper_[row] = T(upper), lower_[row] = T(lower);
    const double other = std::fmax(lower, apart_[label] - upper);
    const bool stays = other > upper && (other - upper) * (other + upper) > 2 * error(upper);
    if (fresh_ || !stays) chosen[number++] = int32_t(i);
  }
  return number;
}

template <class T>
void Bounds<T>::set(int64_t row, T norm, T best, T second) noexcept {
  const double square = double(norm), own = std::sqrt(std::fmax(0.0, square + double(best)));
  const double slack = error(std::sqrt(square));
  upper_[size_t(row)] = T(std::sqrt(own * own + slack) * up<T>);
  lower_[size_t(row)] = T(std::sqrt(std::fmax(0.0, square + double(second) - slack)) * down<T>);
}

template class Bounds<float>;
template class Bounds<double>;

}  // namespace windlass::cluster
