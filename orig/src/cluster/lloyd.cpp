#include "lloyd.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace windlass::cluster {

template <class T>
Lloyd<T>::Lloyd(Run &run, Tiles<T> &tiles, int64_t k, bool bounded)
    : run_(run),
      tiles_(tiles),
      k_(k),
      d_(tiles.d()),
      size_((k * (d_ + 1) + 2 + 7) / 8 * 8),
      slots_(slot_count(tiles.count(), size_)),
      labels_(tiles.padded_rows()),
      other_labels_(tiles.padded_rows()),
      codebook_(k, d_),
      next_(size_t(k * d_)),
      slot_data_(slots_ * size_) {
  if (bounded && k > 1) bounds_.emplace_back(tiles.padded_rows(), k, d_);
}

template <class T>
void Lloyd<T>::start(std::vector<double> &&centres) {
  codebook_.set(std::move(centres));
  for (Bounds<T> &b : bounds_) b.begin(codebook_.centres());
  labelled_ = of_next_ = false;
}

template <class T>
bool Lloyd<T>::label_some(Tile<T> &tile, int32_t *labels) {
  Bounds<T> &bounds = bounds_[0];
  int32_t chosen[tile_rows];
  std::memcpy(labels, labels_.get() + tile.first, sizeof(int32_t) * tile_rows);
  const int64_t count = bounds.choose(tile.first, tile.rows.count, labels, chosen);
  if (!count || !tiles_.pack_some(tile, count, chosen)) return true;
  if (!codebook_.label_two(run_, tiles_.operations(), tile, count)) return false;
  T *norms = reinterpret_cast<T *>(tile.reals);
  tiles_.operations().norms(d_, tile.columns, norms);
  for (int64_t i = 0; i < count; i++) {
    labels[chosen[i]] = tile.labels[i];
    bounds.set(tile.first + chosen[i], norms[i], tile.best[i], tile.second[i]);
  }
  return true;
}

template <class T>
template <bool sums>
bool Lloyd<T>::assign() {
  const Axes<T> axes = tiles_.frame().axes();
  const int64_t kd = k_ * d_;
  const auto begin = [&](int64_t slot) {
    std::fill_n(slot_data_.get() + slot * size_, size_, 0.0);
  };
  const auto step = [&](int64_t slot, Tile<T> &tile, int) {
    int32_t *labels = other_labels_.get() + tile.first;
    double *out = slot_data_.get() + slot * size_;
    if (!(bounds_.empty() ? codebook_.label(run_, tiles_, tile, labels) : label_some(tile, labels)))
      return false;
    if (tiles_.rejected_before(tile.first + tile_rows)) return true;
    const size_t bytes = size_t(tile.rows.count) * sizeof(int32_t);
    if (!labelled_ || std::memcmp(labels, labels_.get() + tile.first, bytes)) out[kd + k_ + 1] += 1;
    if (sums)
      out[kd + k_] += tiles_.operations().add(tile.rows, axes, labels, tile.weights,
                                              codebook_.centres().data(), out, out + kd);
    else
      out[kd + k_] += tiles_.operations().inertia(tile.rows, axes, labels, tile.weights,
                                                  codebook_.centres().data());
    return true;
  };
  if (!pass(run_, tiles_, slots_, double(tile_rows * k_ * (d_ + 1)), begin, step)) return false;
  add_slots();
  inertia_ = slot_data_[kd + k_];
  same_ = slot_data_[kd + k_ + 1] == 0;
  std::swap(labels_, other_labels_);
  labelled_ = true, of_next_ = false;
  return true;
}

// The tree's shape is the number of slots; it is cut by entry for the threads.
template <class T>
void Lloyd<T>::add_slots() {
  const int64_t pieces = 1 + size_ * slots_ / 65536;
  double *data = slot_data_.get();
  parallel_for(run_, pieces, [&](int64_t piece, int) {
    const int64_t first = size_ * piece / pieces, last = size_ * (piece + 1) / pieces;
    reduce_tree(slots_, [&](int64_t to, int64_t from) {
      for (int64_t i = first; i < last; i++) data[to * size_ + i] += data[from * size_ + i];
    });
  });
}

// A cluster without rows takes the row that is farthest from its centre, as in scikit-learn; of
// several the first takes the farthest. False: stopped.
template <class T>
bool Lloyd<T>::relocate() {
  double *sums = slot_data_.get(), *weights = sums + k_ * d_;
  std::vector<int64_t> empty, rows;
  for (int64_t c = 0; c < k_; c++)
    if (!(weights[c] > 0)) empty.push_back(c);
  relocated_ = !empty.empty();
  if (!relocated_) return true;
  std::vector<double> distances(size_t(tiles_.padded_rows()));
  const Axes<T> axes = tiles_.frame().axes();
  const auto step = [&](int64_t, Tile<T> &tile, int) {
    tiles_.operations().own_distances(tile.rows, axes, labels_.get() + tile.first,
                                      codebook_.centres().data(), distances.data() + tile.first);
    return true;
  };
  if (!pass(
          run_, tiles_, slots_, double(tile_rows * d_), [](int64_t) {}, step))
    return false;
  const Samples &samples = tiles_.samples();
  for (int64_t i = 0; i < tiles_.rows(); i++)
    if (samples.weight(i) > 0 && distances[size_t(i)] > 0) rows.push_back(i);
  const size_t count = std::min(rows.size(), empty.size());
  std::partial_sort(rows.begin(), rows.begin() + int64_t(count), rows.end(),
                    [&](int64_t a, int64_t b) {
                      const double x = distances[size_t(a)], y = distances[size_t(b)];
                      return x > y || (x == y && a < b);
                    });
  for (size_t i = 0; i < count; i++) {
    const int64_t row = rows[i], to = empty[i], from = labels_[row];
    const double w = samples.weight(row);
    for (int64_t j = 0; j < d_; j++) {
      const double t = double(tiles_.frame().inward(samples.x.get<T>(row, j), j));
      sums[from * d_ + j] -= w * t;
      sums[to * d_ + j] = w * t;
    }
    weights[to] = w;
    weights[from] -= w;
  }
  return true;
}

// A cluster that is still empty goes where the largest one is.
template <class T>
void Lloyd<T>::average() {
  const double *sums = slot_data_.get(), *weights = sums + k_ * d_;
  const int64_t largest = std::max_element(weights, weights + k_) - weights;
  shift_ = 0;
  for (int64_t c = 0; c < k_; c++) {
    const int64_t of = weights[c] > 0 ? c : largest;
    for (int64_t j = 0; j < d_; j++) {
      const size_t at = size_t(c * d_ + j);
      next_[at] = double(T(sums[of * d_ + j] / weights[of]));
      const double difference = next_[at] - codebook_.centres()[at];
      shift_ += difference * difference;
    }
  }
}

template <class T>
bool Lloyd<T>::iterate() {
  if (!assign<true>() || !relocate()) return false;
  average();
  return true;
}

template <class T>
void Lloyd<T>::advance() {
  codebook_.swap(next_);
  of_next_ = true;
  for (Bounds<T> &b : bounds_) b.move(next_, codebook_.centres());
}

template <class T>
bool Lloyd<T>::finish() {
  advance();
  return assign<false>();
}

template class Lloyd<float>;
template class Lloyd<double>;

}  // namespace windlass::cluster
