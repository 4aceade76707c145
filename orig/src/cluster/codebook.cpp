#include "codebook.hpp"

#include <algorithm>
#include <limits>

namespace windlass::cluster {
namespace {

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

}  // namespace

template <class T>
Codebook<T>::Codebook(int64_t k, int64_t d)
    : k_(k),
      d_(d),
      blocks_((k + centre_block - 1) / centre_block),
      centres_(size_t(k * d)),
      packed_(blocks_ * (1 + d) * centre_block) {}

template <class T>
void Codebook<T>::set(std::vector<double> &&centres) {
  centres_ = std::move(centres);
  for (double &c : centres_) c = double(T(c));
  pack();
}

template <class T>
void Codebook<T>::swap(std::vector<double> &centres) {
  std::swap(centres_, centres);
  pack();
}

// Centres beyond k are infinitely far away.
template <class T>
void Codebook<T>::pack() {
  T *block = packed_.get();
  for (int64_t b = 0; b < blocks_; b++, block += (1 + d_) * centre_block)
    for (int64_t i = 0; i < centre_block; i++) {
      const int64_t c = b * centre_block + i;
      const double *centre = centres_.data() + c * d_;
      double square = c < k_ ? 0 : infinity<double>;
      for (int64_t j = 0; j < d_; j++) {
        if (c < k_) square += centre[j] * centre[j];
        block[(1 + j) * centre_block + i] = c < k_ ? T(-2 * centre[j]) : T(0);
      }
      block[i] = T(square);
    }
}

// kernel(first, last) over all blocks of centres. False: stopped.
template <class T>
template <class Kernel>
bool Codebook<T>::blocks(Run &run, Kernel kernel) const {
  const double work = double(tile_rows * centre_block * (d_ + 1));
  const int64_t step = std::max<int64_t>(1, int64_t(patience / work));
  for (int64_t b = 0; b < blocks_; b += step) {
    if (b && run.stop_requested()) return false;
    kernel(b, std::min(b + step, blocks_));
  }
  return true;
}

template <class T>
bool Codebook<T>::label(Run &run, Tiles<T> &tiles, Tile<T> &tile, int32_t *labels) const {
  if (!tiles.pack(tile)) return true;
  std::fill_n(tile.best, tile_rows, infinity<T>);
  std::fill_n(labels, tile_rows, 0);
  return blocks(run, [&](int64_t first, int64_t last) {
    tiles.operations().assign(tile.rows.count, d_, first, last, tile.columns, packed_.get(),
                              tile.best, labels);
  });
}

template <class T>
bool Codebook<T>::label_two(Run &run, const Operations<T> &operations, const Tile<T> &tile,
                            int64_t count) const {
  std::fill_n(tile.best, tile_rows, infinity<T>);
  std::fill_n(tile.second, tile_rows, infinity<T>);
  std::fill_n(tile.labels, tile_rows, 0);
  return blocks(run, [&](int64_t first, int64_t last) {
    operations.assign_two(count, d_, first, last, tile.columns, packed_.get(), tile.best,
                          tile.second, tile.labels);
  });
}

template class Codebook<float>;
template class Codebook<double>;

}  // namespace windlass::cluster
