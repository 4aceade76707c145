// The centres that rows are compared with.
#pragma once
#include "tiles.hpp"

namespace windlass::cluster {

template <class T>
class Codebook {
 public:
  Codebook(int64_t k, int64_t d);

  void set(std::vector<double> &&centres);  // in t; they are rounded to T
  // New centres for the old ones.
  void swap(std::vector<double> &centres);
  const std::vector<double> &centres() const noexcept { return centres_; }

  // Packs a tile and finds the nearest centre of each row; best[] too. False: stopped. Where the
  // tile is rejected the labels are not set.
  bool label(Run &, Tiles<T> &, Tile<T> &, int32_t *labels) const;
  // The same with the second best, for `count` rows that are packed already.
  bool label_two(Run &, const Operations<T> &, const Tile<T> &, int64_t count) const;

 private:
  void pack();
  template <class Kernel>
  bool blocks(Run &, Kernel kernel) const;

  int64_t k_, d_, blocks_;
  std::vector<double> centres_;
  Aligned<T> packed_;
};

}  // namespace windlass::cluster
