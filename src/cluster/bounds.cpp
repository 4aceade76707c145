#include "bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace windlass::cluster {
namespace {

constexpr int64_t group = 16;  // centres of a task of separate()

// What T's rounding may add to a bound that is stored, and take from it.
template <class T>
constexpr double up = 1 + 4 * double(std::numeric_limits<T>::epsilon());

int64_t tiles_of(int64_t k) { return (k + tile_rows - 1) / tile_rows; }

double distance(const double *a, const double *b, int64_t d) {
  double sum = 0;
  for (int64_t j = 0; j < d; j++) sum += (a[j] - b[j]) * (a[j] - b[j]);
  return std::sqrt(sum);
}

}  // namespace

template <class T>
Bounds<T>::Bounds(const Run &run, const Operations<T> &operations, int64_t rows, int64_t k,
                  int64_t d)
    : operations_(operations),
      k_(k),
      d_(d),
      upper_(rows),
      lower_(rows),
      own_(size_t(k)),
      others_(size_t(k)),
      apart_(size_t(k)),
      points_(k * d),
      columns_(tiles_of(k) * d * tile_rows),
      squares_(group * tile_rows * run.workers()) {}

template <class T>
void Bounds<T>::begin(const std::vector<double> &centres) noexcept {
  double most = 0;
  for (int64_t c = 0; c < k_; c++) {
    double square = 0;
    for (int64_t j = 0; j < d_; j++)
      square += centres[size_t(c * d_ + j)] * centres[size_t(c * d_ + j)];
    most = std::fmax(most, square);
  }
  radius_ = T(std::sqrt(most) * up<T>);
}

template <class T>
void Bounds<T>::move(Run &run, const std::vector<double> &from,
                     const std::vector<double> &to) noexcept {
  begin(to);
  int64_t farthest = 0;
  T most = 0, second = 0;
  for (int64_t c = 0; c < k_; c++) {
    const T moved = T(up<T> * distance(from.data() + c * d_, to.data() + c * d_, d_));
    own_[size_t(c)] = moved;
    if (moved > most)
      second = most, most = moved, farthest = c;
    else if (moved > second)
      second = moved;
  }
  std::fill(others_.begin(), others_.end(), most);
  others_[size_t(farthest)] = second;
  separate(run, to);
}

// How far each centre is at least from any other, where that is little work (some 10 ms): else 0,
// which excludes nothing.
template <class T>
void Bounds<T>::separate(Run &run, const std::vector<double> &centres) noexcept {
  std::fill(apart_.begin(), apart_.end(), T(0));
  if (double(k_) * double(k_) * double(d_ + 16) > 16 * patience) return;
  std::fill_n(columns_.get(), tiles_of(k_) * d_ * tile_rows, T(0));
  for (int64_t c = 0; c < k_; c++)
    for (int64_t j = 0; j < d_; j++) {
      const T t = T(centres[size_t(c * d_ + j)]);
      points_[c * d_ + j] = t;
      columns_[(c / tile_rows * d_ + j) * tile_rows + c % tile_rows] = t;
    }
  parallel_for(run, (k_ + group - 1) / group, [&](int64_t task, int worker) {
    const int64_t first = task * group, count = std::min(group, k_ - first);
    nearest_to(first, count, squares_.get() + worker * group * tile_rows);
  });
}

// The sum of squares has d + 2 roundings.
template <class T>
void Bounds<T>::nearest_to(int64_t first, int64_t count, T *squares) noexcept {
  T least[group];
  std::fill_n(least, group, std::numeric_limits<T>::infinity());
  for (int64_t tile = 0; tile < tiles_of(k_); tile++) {
    operations_.distances(count, d_, columns_.get() + tile * d_ * tile_rows,
                          points_.get() + first * d_, squares);
    const int64_t begin = tile * tile_rows, rows = std::min(tile_rows, k_ - begin);
    for (int64_t c = 0; c < count; c++)
      for (int64_t i = 0; i < rows; i++) {
        const T square = squares[c * tile_rows + i];
        if (begin + i != first + c && square < least[c]) least[c] = square;
      }
  }
  const double part = double(d_ + 8) * double(std::numeric_limits<T>::epsilon());
  for (int64_t c = 0; c < count; c++)
    apart_[size_t(first + c)] = T(std::sqrt(double(least[c])) * std::fmax(0.0, 1 - part));
}

template <class T>
int64_t Bounds<T>::choose(const Tile<T> &tile, const int32_t *labels, int32_t *chosen) noexcept {
  const Moves<T> moves = {own_.data(), others_.data(), apart_.data(), radius_};
  return operations_.choose(tile.rows.count, d_, moves, labels, upper_.get() + tile.first,
                            lower_.get() + tile.first, chosen);
}

template <class T>
void Bounds<T>::set(const Tile<T> &tile, int64_t count, const int32_t *chosen_or_null) noexcept {
  operations_.bound(d_, radius_, tile.columns, tile.best, tile.second);
  T *upper = upper_.get() + tile.first, *lower = lower_.get() + tile.first;
  for (int64_t i = 0; i < count; i++) {
    const int64_t row = chosen_or_null ? chosen_or_null[i] : i;
    upper[row] = tile.best[i], lower[row] = tile.second[i];
  }
}

template class Bounds<float>;
template class Bounds<double>;

}  // namespace windlass::cluster
