#include "lloyd.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace windlass::cluster {

// Rows of fewer multiply-adds are compared as fast as their bounds.
constexpr int64_t least_work = 256;

template <class T>
Lloyd<T>::Lloyd(Run &run, Tiles<T> &tiles, int64_t k, Bounding bounding)
    : run_(run),
      tiles_(tiles),
      k_(k),
      d_(tiles.d()),
      size_((k * (d_ + 1) + entries + 7) / 8 * 8),
      slots_(slot_count(tiles.count(), size_)),
      bounding_(bounding),
      labels_(tiles.padded_rows()),
      other_labels_(tiles.padded_rows()),
      codebook_(k, d_),
      next_(size_t(k * d_)),
      totals_(static_cast<size_t>(size_)),
      slot_data_(slots_ * size_) {
  if (bounding == Bounding::sometimes && k * d_ < least_work) bounding_ = Bounding::never;
  if (k > 1 && bounding_ != Bounding::never)
    bounds_.emplace_back(run, tiles.operations(), tiles.padded_rows(), k, d_);
}

template <class T>
void Lloyd<T>::start(std::vector<double> &&centres) {
  codebook_.set(std::move(centres));
  for (Bounds<T> &b : bounds_) b.forget();
  labelled_ = of_next_ = false;
  changed_ = moved_ = 0, pause_ = 0, next_pause_ = 1;
}

// Whether the next pass sets and uses bounds.
template <class T>
bool Lloyd<T>::bounds_pay() {
  if (bounds_.empty()) return false;
  if (bounding_ == Bounding::always) return true;
  if (pause_ > 0) return pause_--, false;
  return labelled_ && (!bounds_[0].fresh() || changed_ <= 0.5 * double(tiles_.rows()));
}

template <class T>
bool Lloyd<T>::label_bounded(Tile<T> &tile, int32_t *labels, double &in_doubt) {
  Bounds<T> &bounds = bounds_[0];
  int32_t chosen[tile_rows];
  int64_t count = tile.rows.count;
  if (bounds.fresh()) {
    if (!tiles_.pack(tile)) return true;
  } else {
    std::memcpy(labels, labels_.get() + tile.first, sizeof(int32_t) * tile_rows);
    count = bounds.choose(tile, labels, chosen);
    if (!count || !tiles_.pack_some(tile, count, chosen)) return true;
  }
  in_doubt += double(count);
  if (!codebook_.label_two(run_, tiles_.operations(), tile, count)) return false;
  bounds.set(tile, count, bounds.fresh() ? nullptr : chosen);
  if (bounds.fresh())
    std::memcpy(labels, tile.labels, sizeof(int32_t) * tile_rows);
  else
    for (int64_t i = 0; i < count; i++) labels[chosen[i]] = tile.labels[i];
  return true;
}

// The labels of all rows, and then(slot, tile, labels) of each tile.
template <class T>
template <class Then>
bool Lloyd<T>::label(Then then) {
  const bool bounded = bounds_pay();
  if (bounded && bounds_[0].fresh()) bounds_[0].begin(codebook_.centres());
  const auto begin = [&](int64_t slot) {
    for (Entry e : {changed, doubtful, row_inertia}) entry(slot, e) = 0;
  };
  const auto step = [&](int64_t slot, Tile<T> &tile, int) {
    int32_t *labels = other_labels_.get() + tile.first;
    if (!(bounded ? label_bounded(tile, labels, entry(slot, doubtful))
                  : codebook_.label(run_, tiles_, tile, labels)))
      return false;
    if (!tiles_.rejected_before(tile.first + tile_rows)) then(slot, tile, labels);
    return true;
  };
  if (!pass(run_, tiles_, slots_, double(tile_rows * k_ * (d_ + 1)), begin, step)) return false;
  add_slots();
  std::swap(labels_, other_labels_);
  labelled_ = true, of_next_ = false;
  if (bounds_.empty()) return true;
  const bool used = bounded && !bounds_[0].fresh();
  bounded ? bounds_[0].completed() : bounds_[0].forget();
  if (bounding_ == Bounding::sometimes && used && total(doubtful) > 0.7 * double(tiles_.rows())) {
    bounds_[0].forget();
    pause_ = next_pause_, next_pause_ *= 2;
  }
  return true;
}

template <class T>
void Lloyd<T>::add_rows(int64_t slot, const Tile<T> &tile, const int32_t *labels) {
  double *sums = slot_data_.get() + slot * size_;
  entry(slot, squares) += tiles_.operations().add(tile.rows, tiles_.frame().axes(), labels,
                                                  tile.weights, sums, sums + k_ * d_);
}

template <class T>
bool Lloyd<T>::label_and_add() {
  const double most = 0.5 * double(tiles_.rows());
  const bool all = !labelled_ || tiles_.samples().weights.data || moved_ + changed_ > most;
  if (all) std::fill_n(slot_data_.get(), slots_ * size_, 0.0);
  const auto then = [&](int64_t slot, const Tile<T> &tile, const int32_t *labels) {
    const int32_t *before = labels_.get() + tile.first;
    int64_t different = 0;
    for (int64_t i = 0; i < tile.rows.count; i++) different += !labelled_ || labels[i] != before[i];
    entry(slot, changed) += double(different);
    double *sums = slot_data_.get() + slot * size_;
    if (all)
      add_rows(slot, tile, labels);
    else if (different)
      tiles_.operations().move(tile.rows, tiles_.frame().axes(), before, labels, sums,
                               sums + k_ * d_);
  };
  if (!label(then)) return false;
  changed_ = total(changed);
  moved_ = all ? 0 : moved_ + changed_;
  inertia_ = algebraic_inertia();
  return true;
}

template <class T>
bool Lloyd<T>::add_all() {
  const auto begin = [&](int64_t slot) {
    std::fill_n(slot_data_.get() + slot * size_, size_, 0.0);
  };
  const auto step = [&](int64_t slot, Tile<T> &tile, int) {
    add_rows(slot, tile, labels_.get() + tile.first);
    return true;
  };
  if (!pass(run_, tiles_, slots_, double(tile_rows * d_), begin, step)) return false;
  add_slots();
  moved_ = 0;
  return true;
}

template <class T>
bool Lloyd<T>::measure() {
  const auto begin = [&](int64_t slot) { entry(slot, row_inertia) = 0; };
  const auto step = [&](int64_t slot, Tile<T> &tile, int) {
    entry(slot, row_inertia) +=
        tiles_.operations().inertia(tile.rows, tiles_.frame().axes(), labels_.get() + tile.first,
                                    tile.weights, centres().data());
    return true;
  };
  if (!pass(run_, tiles_, slots_, double(tile_rows * d_), begin, step)) return false;
  add_slots();
  inertia_ = total(row_inertia);
  return true;
}

// The tree's shape is the number of slots; it is cut by entry for the threads.
template <class T>
void Lloyd<T>::add_slots() {
  const int64_t pieces = 1 + size_ * slots_ / 65536;
  const double *data = slot_data_.get();
  double *to = totals_.data();
  parallel_for(run_, pieces, [&](int64_t piece, int) {
    const int64_t first = size_ * piece / pieces, last = size_ * (piece + 1) / pieces;
    std::copy(data + first, data + last, to + first);
    for (int64_t slot = 1; slot < slots_; slot++)
      for (int64_t i = first; i < last; i++) to[i] += data[slot * size_ + i];
  });
}

// sum w |t - c|^2 = sum w |t|^2 + sum c (c sum w - 2 sum w t)
template <class T>
double Lloyd<T>::algebraic_inertia() const noexcept {
  double sum = total(squares);
  for (int64_t c = 0; c < k_; c++)
    for (int64_t j = 0; j < d_; j++) {
      const double centre = codebook_.centres()[size_t(c * d_ + j)];
      sum += centre * (centre * weights()[c] - 2 * sums()[c * d_ + j]);
    }
  return sum > 0 ? sum : 0;
}

// A cluster without rows takes the row that is farthest from its centre, as in scikit-learn; of
// several the first takes the farthest. False: stopped.
template <class T>
bool Lloyd<T>::relocate() {
  double *sums = totals_.data(), *weights = sums + k_ * d_;
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
  const double *sums = totals_.data(), *weights = sums + k_ * d_;
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
  if (!label_and_add() || !relocate()) return false;
  average();
  return true;
}

template <class T>
void Lloyd<T>::advance() {
  codebook_.swap(next_);
  of_next_ = true;
  for (Bounds<T> &b : bounds_)
    if (!b.fresh()) b.move(run_, next_, codebook_.centres());
}

template <class T>
bool Lloyd<T>::finish() {
  if (moved_ > 0) {
    if (!add_all() || !relocate()) return false;
    average();
  }
  if (next_ == codebook_.centres()) return measure();
  advance();
  const auto then = [&](int64_t slot, const Tile<T> &tile, const int32_t *labels) {
    entry(slot, row_inertia) += tiles_.operations().inertia(
        tile.rows, tiles_.frame().axes(), labels, tile.weights, codebook_.centres().data());
  };
  if (!label(then)) return false;
  inertia_ = total(row_inertia);
  return true;
}

template class Lloyd<float>;
template class Lloyd<double>;

}  // namespace windlass::cluster
