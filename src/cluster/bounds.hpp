// What the triangle inequality says of each row, after Hamerly (2010, doi
// 10.1137/1.9781611972801.12): an upper bound of the distance to its centre and a lower bound of
// that to any other, moved by how far the centres move; where they stay apart by more than rounding
// errors, the row keeps its label without being compared. In t; two values a row.
#pragma once
#include "codebook.hpp"

namespace windlass::cluster {

// Sometimes: once few rows change their label, and while few are in doubt.
enum class Bounding { never, sometimes, always };

template <class T>
class Bounds {
 public:
  Bounds(const Run &, const Operations<T> &, int64_t rows, int64_t k, int64_t d);

  // There are none yet: the labels of all rows are to be computed.
  void begin(const std::vector<double> &centres) noexcept;
  bool fresh() const noexcept { return fresh_; }
  void completed() noexcept { fresh_ = false; }  // those of all rows have been set
  void forget() noexcept { fresh_ = true; }
  // Centres have moved.
  void move(Run &, const std::vector<double> &from, const std::vector<double> &to) noexcept;

  // chosen <- the rows of the tile whose label may change; returns how many.
  int64_t choose(const Tile<T> &, const int32_t *labels, int32_t *chosen) noexcept;
  // Those of `count` rows from what Codebook::label_two left in the tile: the first ones of the
  // tile, or those chosen.
  void set(const Tile<T> &, int64_t count, const int32_t *chosen_or_null) noexcept;

 private:
  void separate(Run &, const std::vector<double> &centres) noexcept;
  void nearest_to(int64_t first, int64_t count, T *squares) noexcept;

  const Operations<T> &operations_;
  int64_t k_, d_;
  Aligned<T> upper_, lower_;
  std::vector<T> own_, others_, apart_;  // see Moves
  T radius_ = 0;
  Aligned<T> points_, columns_, squares_;  // centres, as rows and in tiles; distances of a worker
  bool fresh_ = true;
};

}  // namespace windlass::cluster
