#include "plus_plus.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/random.hpp"
#include "frame.hpp"

namespace windlass::cluster {
namespace {

template <class T>
class Seeding {
 public:
  Seeding(Run &run, Tiles<T> &tiles, int64_t trials, const RandomStream &random)
      : run_(run),
        tiles_(tiles),
        trials_(trials),
        random_(random),
        slots_(slot_count(tiles.count(), 1)),
        points_(size_t((trials + 1) * tiles.d())),
        candidates_(size_t(trials)),
        distances_((trials + 1) * tile_rows * run.workers()),
        least_(tiles.padded_rows()),
        potentials_(size_t(trials * tiles.count())) {
    std::fill_n(least_.get(), tiles.padded_rows(), std::numeric_limits<T>::infinity());
  }

  // Row `number` of those chosen, or -1: stopped.
  int64_t next(int64_t number) {
    const int64_t count = number ? trials_ : 1;
    for (int64_t i = 0; i < count; i++)
      candidates_[size_t(i)] = draw(random_.pair(number, uint32_t(i)).first);
    if (!measure(count, number > 0)) return -1;
    double least = std::numeric_limits<double>::infinity();
    int64_t best = 0;
    for (int64_t i = 0; i < count; i++) {
      double sum = 0;
      for (int64_t t = 0; t < tiles_.count(); t++)
        sum += potentials_[size_t(i * tiles_.count() + t)];
      if (sum < least) least = sum, best = i;
    }
    chosen_ = candidates_[size_t(best)], potential_ = least;
    tile_sums_ = potentials_.data() + best * tiles_.count();
    return chosen_;
  }

 private:
  void put_point(int64_t row, T *point) const {
    for (int64_t j = 0; j < tiles_.d(); j++)
      point[j] = tiles_.frame().inward(tiles_.samples().x.template get<T>(row, j), j);
  }

  // least <- that of the row chosen last; the potentials there would be with each candidate.
  bool measure(int64_t count, bool update) {
    const int64_t d = tiles_.d(), points = count + update;
    for (int64_t i = 0; i < count; i++) put_point(candidates_[size_t(i)], points_.data() + i * d);
    if (update) put_point(chosen_, points_.data() + count * d);
    const Operations<T> &operations = tiles_.operations();
    const auto step = [&](int64_t, Tile<T> &tile, int worker) {
      if (!tiles_.pack(tile)) return true;
      T *distances = distances_.get() + worker * (trials_ + 1) * tile_rows;
      T *least = least_.get() + tile.first;
      operations.distances(points, d, tile.columns, points_.data(), distances);
      if (update) operations.lower(distances + count * tile_rows, least);
      for (int64_t i = 0; i < count; i++)
        potentials_[size_t(i * tiles_.count() + tile.first / tile_rows)] =
            operations.potential(tile.rows.count, distances + i * tile_rows, least, tile.weights);
      return true;
    };
    const double work = double(tile_rows * d * points);
    return pass(
        run_, tiles_, slots_, work, [](int64_t) {}, step);
  }

  // The row at which the sum of all shares passes u times the whole.
  int64_t draw(double u) const {
    if (!tile_sums_ || !(potential_ > 0)) return draw_by_weight(u);
    double left = u * potential_;
    int64_t tile = 0, last = 0;
    for (; tile < tiles_.count(); tile++) {
      if (!(tile_sums_[tile] > 0)) continue;
      last = tile;
      if (left < tile_sums_[tile]) break;
      left -= tile_sums_[tile];
    }
    const int64_t first = last * tile_rows, end = std::min(first + tile_rows, tiles_.rows());
    std::vector<T> point(size_t(tiles_.d()));
    put_point(chosen_, point.data());
    int64_t found = first;
    for (int64_t row = first; row < end; row++) {
      const double share = share_of(row, point.data());
      if (!(share > 0)) continue;
      found = row;
      if (left < share) break;
      left -= share;
    }
    return found;
  }
  double share_of(int64_t row, const T *chosen) const {
    const double weight = tiles_.samples().weight(row);
    if (!(weight > 0)) return 0;
    double square = 0;
    for (int64_t j = 0; j < tiles_.d(); j++) {
      const T t = tiles_.frame().inward(tiles_.samples().x.template get<T>(row, j), j);
      const double difference = double(t) - double(chosen[j]);
      square += difference * difference;
    }
    return weight * std::min(square, double(least_[row]));
  }
  int64_t draw_by_weight(double u) const {
    const Samples &samples = tiles_.samples();
    if (!samples.weights.data)
      return std::min(int64_t(u * double(tiles_.rows())), tiles_.rows() - 1);
    double whole = 0, sum = 0;
    for (int64_t i = 0; i < tiles_.rows(); i++) whole += samples.weight(i);
    int64_t found = 0;
    for (int64_t i = 0; i < tiles_.rows(); i++) {
      if (!(samples.weight(i) > 0)) continue;
      found = i;
      if ((sum += samples.weight(i)) > u * whole) break;
    }
    return found;
  }

  Run &run_;
  Tiles<T> &tiles_;
  int64_t trials_;
  RandomStream random_;
  int64_t slots_, chosen_ = 0;
  std::vector<T> points_;  // of the candidates, then of the row chosen last
  std::vector<int64_t> candidates_;
  Aligned<T> distances_, least_;
  std::vector<double> potentials_;     // of each candidate and tile
  const double *tile_sums_ = nullptr;  // of the row chosen last
  double potential_ = 0;
};

}  // namespace

void require_rows(const Samples &samples, int64_t k) {
  if (k < 1 || samples.x.rows < k)
    throw Error(WDL_BAD_ARGUMENT, samples.argument,
                "n_samples=" + std::to_string(samples.x.rows) +
                    " should be >= n_clusters=" + std::to_string(k));
}

template <class T>
std::vector<int64_t> plus_plus(Run &run, Tiles<T> &tiles, int64_t k, uint64_t seed, uint32_t stream,
                               int64_t trials) {
  if (trials < 1) trials = 2 + int64_t(std::log(double(k)));
  Seeding<T> seeding(run, tiles, trials, {seed, stream});
  std::vector<int64_t> rows;
  rows.reserve(size_t(k));
  while (int64_t(rows.size()) < k) {
    const int64_t row = seeding.next(int64_t(rows.size()));
    if (row < 0) return {};
    rows.push_back(row);
  }
  return rows;
}

template std::vector<int64_t> plus_plus(Run &, Tiles<float> &, int64_t, uint64_t, uint32_t,
                                        int64_t);
template std::vector<int64_t> plus_plus(Run &, Tiles<double> &, int64_t, uint64_t, uint32_t,
                                        int64_t);

std::vector<int64_t> plus_plus(Run &run, const Samples &samples, int64_t k, uint64_t seed,
                               uint32_t stream, int64_t trials) {
  require_rows(samples, k);
  return by_dtype(samples.x, [&]<class T>(T) -> std::vector<int64_t> {
    Tiles<T> tiles(run, samples);
    if (!find_frame(run, tiles)) return {};
    return plus_plus(run, tiles, k, seed, stream, trials);
  });
}

// The k least of exponential variates of rate w (Efraimidis, Spirakis 2006, doi
// 10.1016/j.ipl.2005.11.003).
std::vector<int64_t> random_rows(Run &run, const Samples &samples, int64_t k, uint64_t seed,
                                 uint32_t stream) {
  struct Key {
    double time;
    int64_t row;
    bool operator<(const Key &other) const noexcept {
      return time < other.time || (time == other.time && row < other.row);
    }
  };
  const RandomStream random = {seed, stream};
  const int64_t n = samples.x.rows, chunk = 1 << 14, chunks = (n + chunk - 1) / chunk;
  std::vector<Key> keys(static_cast<size_t>(n));
  parallel_for(run, chunks, [&](int64_t c, int) {
    for (int64_t i = c * chunk; i < std::min(n, (c + 1) * chunk); i++)
      keys[size_t(i)] = {-std::log(random.pair(i, 0).first) / samples.weight(i), i};
  });
  if (run.stop_requested()) return {};
  std::partial_sort(keys.begin(), keys.begin() + k, keys.end());
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < k; i++) rows.push_back(keys[size_t(i)].row);
  return rows;
}

}  // namespace windlass::cluster
