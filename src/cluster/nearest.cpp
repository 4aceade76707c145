#include "nearest.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.hpp"
#include "frame.hpp"
#include "lloyd.hpp"

namespace windlass::cluster {
namespace {

// In long double, whose range holds every square.
template <class T>
long double square(const Samples &samples, int64_t row, const Centres &centres, int64_t c) {
  long double sum = 0;
  for (int64_t j = 0; j < centres.d; j++) {
    const long double difference =
        static_cast<long double>(samples.x.get<T>(row, j)) - centres.data[c * centres.d + j];
    sum += difference * difference;
  }
  return sum;
}

template <class T>
bool finite_row(const Matrix &x, int64_t row) {
  for (int64_t j = 0; j < x.columns; j++)
    if (!std::isfinite(x.get<T>(row, j))) return false;
  return true;
}

// Of a row so far from the centres that its distances overflow.
template <class T>
int32_t far_label(const Samples &samples, int64_t row, const Centres &centres) {
  int32_t label = 0;
  long double least = std::numeric_limits<long double>::infinity();
  for (int64_t c = 0; c < centres.k; c++) {
    const long double s = square<T>(samples, row, centres, c);
    if (s < least) least = s, label = int32_t(c);
  }
  return label;
}

template <class T>
class Nearest {
 public:
  Nearest(Run &run, const Samples &samples, const Centres &centres)
      : run_(run), centres_(centres), tiles_(run, samples), codebook_(centres.k, centres.d) {
    frame_points(centres.k, centres.d, centres.data, tiles_.frame());
    points_ = inward(tiles_.frame(), centres.k, centres.d, centres.data, centres.argument);
    codebook_.set(std::vector<double>(points_));
  }

  double labels(const MutableVector &out, bool inertia) {
    const int64_t slots = slot_count(tiles_.count(), 1);
    std::vector<double> sums(static_cast<size_t>(slots));
    const auto step = [&](int64_t slot, Tile<T> &tile, int) {
      if (!label(tile)) return false;
      if (tiles_.rejected_before(tile.first + tile_rows)) return true;
      if (out.data)
        for (int64_t i = 0; i < tile.rows.count; i++)
          put_label(out, tile.first + i, tile.labels[i]);
      if (inertia) sums[size_t(slot)] += inertia_of(tile);
      return true;
    };
    const double work = double(tile_rows * centres_.k * (centres_.d + 1));
    if (!pass(
            run_, tiles_, slots, work, [](int64_t) {}, step))
      throw_cancelled(run_);
    reduce_tree(slots, [&](int64_t to, int64_t from) { sums[size_t(to)] += sums[size_t(from)]; });
    return sums[0];
  }

  void distances(const MutableMatrix &out) {
    const int64_t group = 64, d = centres_.d;
    std::vector<T> points(points_.begin(), points_.end());
    Aligned<T> memory(2 * group * tile_rows * run_.workers());
    const auto step = [&](int64_t, Tile<T> &tile, int worker) {
      T *squares = memory.get() + worker * 2 * group * tile_rows;
      tiles_.pack(tile);
      for (int64_t c = 0; c < centres_.k; c += group) {
        if (c && run_.stop_requested()) return false;
        const int64_t count = std::min(group, centres_.k - c);
        tiles_.operations().distances(count, d, tile.columns, points.data() + c * d, squares);
        put(out, tile, c, count, squares, squares + group * tile_rows);
      }
      return true;
    };
    const double work = double(tile_rows * centres_.k * (d + 1));
    if (!pass(
            run_, tiles_, slot_count(tiles_.count(), 1), work, [](int64_t) {}, step))
      throw_cancelled(run_);
  }

 private:
  bool label(Tile<T> &tile) {
    if (!codebook_.label(run_, tiles_, tile, tile.labels)) return false;
    if (tiles_.rejected_before(tile.first + tile_rows)) return true;
    for (int64_t i = 0; i < tile.rows.count; i++)
      if (!std::isfinite(tile.best[i]) && finite_row<T>(tiles_.samples().x, tile.first + i))
        tile.labels[i] = far_label<T>(tiles_.samples(), tile.first + i, centres_);
    return true;
  }
  double inertia_of(const Tile<T> &tile) const {
    const double unit = double(tiles_.frame().scale);
    const double sum = tiles_.operations().inertia(tile.rows, tiles_.frame().axes(), tile.labels,
                                                   tile.weights, codebook_.centres().data());
    if (std::isfinite(sum)) return sum / unit / unit;
    long double far = 0;
    const Samples &samples = tiles_.samples();
    for (int64_t i = tile.first; i < tile.first + tile.rows.count; i++)
      if (samples.counts(i))
        far += samples.weight(i) * square<T>(samples, i, centres_, tile.labels[i - tile.first]);
    return double(far);
  }
  // Distances to `count` centres from `first` on; room for as many values as squares.
  void put(const MutableMatrix &out, const Tile<T> &tile, int64_t first, int64_t count,
           const T *squares, T *room) const {
    const int64_t rows = tile.rows.count, size = sizeof(T);
    const bool direct = out.dtype == tiles_.samples().x.dtype && out.column_stride == size;
    char *to = out.data + tile.first * out.row_stride + first * out.column_stride;
    const bool finite = tiles_.operations().roots(rows, count, squares, 1 / tiles_.frame().scale,
                                                  direct ? to : reinterpret_cast<char *>(room),
                                                  direct ? out.row_stride : count * size);
    if (direct && finite) return;
    for (int64_t i = 0; i < rows; i++)
      for (int64_t c = 0; c < count; c++) {
        T root = direct ? T(0) : room[i * count + c];
        if (direct) std::memcpy(&root, to + i * out.row_stride + c * size, sizeof root);
        double distance = double(root);
        if (!std::isfinite(root))
          distance =
              double(std::sqrt(square<T>(tiles_.samples(), tile.first + i, centres_, first + c)));
        if (out.dtype == WDL_F32)
          out.put<float>(tile.first + i, first + c, float(distance));
        else
          out.put<double>(tile.first + i, first + c, distance);
      }
  }

  Run &run_;
  const Centres &centres_;
  Tiles<T> tiles_;
  Codebook<T> codebook_;
  std::vector<double> points_;  // the centres in t
};

}  // namespace

void put_label(const MutableVector &labels, int64_t row, int32_t label) noexcept {
  if (labels.dtype == WDL_I32)
    labels.put<int32_t>(row, label);
  else
    labels.put<int64_t>(row, label);
}

double nearest(Run &run, const Samples &samples, const Centres &centres,
               const MutableVector &labels, bool inertia) {
  return by_dtype(samples.x, [&]<class T>(T) {
    return Nearest<T>(run, samples, centres).labels(labels, inertia);
  });
}

void transform(Run &run, const Samples &samples, const Centres &centres,
               const MutableMatrix &distances) {
  by_dtype(samples.x, [&]<class T>(T) { Nearest<T>(run, samples, centres).distances(distances); });
}

double step(Run &run, const Samples &samples, int64_t k, std::vector<double> &centres,
            std::vector<double> &weights, const MutableVector &labels) {
  const int64_t d = samples.x.columns;
  return by_dtype(samples.x, [&]<class T>(T) {
    Tiles<T> tiles(run, samples);
    Lloyd<T> lloyd(run, tiles, k, Bounding::never);
    if (!find_frame(run, tiles, largest(centres.data(), k * d))) throw_cancelled(run);
    const Frame<T> &frame = tiles.frame();
    lloyd.start(inward(frame, k, d, centres.data(), 1));
    if (!lloyd.label_and_add() || !lloyd.measure()) throw_cancelled(run);
    const double unit = double(frame.scale);
    for (int64_t c = 0; c < k; c++) {
      const double w = lloyd.weights()[c], all = weights[size_t(c)] + w;
      if (!(w > 0)) continue;
      for (int64_t j = 0; j < d; j++) {
        double &centre = centres[size_t(c * d + j)];
        const double mean = frame.outward(lloyd.sums()[c * d + j] / w, j);
        centre += (mean - centre) * (w / all);
      }
      weights[size_t(c)] = all;
    }
    if (labels.data)
      for (int64_t i = 0; i < tiles.rows(); i++) put_label(labels, i, lloyd.labels()[i]);
    return lloyd.inertia() / unit / unit;
  });
}

}  // namespace windlass::cluster
