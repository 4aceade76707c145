// Lloyd's iteration (Lloyd 1982, doi 10.1109/TIT.1982.1056489): each row to its nearest centre,
// each centre to the mean of its rows. One pass reads x once; an iteration of n rows and k centres
// costs 2 n k d flops, and beyond x there are two labels a row and k (d + 1) sums a slot.
//
// Bounded, after Hamerly (2010, doi 10.1137/1.9781611972801.12): each row keeps an upper bound of
// the distance to its centre and a lower bound of that to any other, moved by how far the centres
// move; where they stay apart by more than rounding errors, the row keeps its label without being
// compared. Sums are added up as always, so that the results are those of the plain iteration, bit
// by bit.
#pragma once
#include "codebook.hpp"

namespace windlass::cluster {

// Distances are bounded at each row; see above. In t.
template <class T>
class Bounds {
 public:
  Bounds(int64_t rows, int64_t k, int64_t d);
  // Centres have been set, or have moved from `from` to `to`.
  void begin(const std::vector<double> &centres) noexcept;
  void move(const std::vector<double> &from, const std::vector<double> &to) noexcept;
  // chosen <- the rows of the tile whose label may change; returns how many.
  int64_t choose(int64_t first, int64_t count, const int32_t *labels, int32_t *chosen) noexcept;
  // The labels of a row have been computed, with what the kernels say of it.
  void set(int64_t row, T norm, T best, T second) noexcept;

 private:
  // Of c^2 - 2 t.c as the kernels compute it, where |t| <= own + |c|.
  double error(double own) const noexcept;
  void separate(const std::vector<double> &centres) noexcept;

  int64_t k_, d_;
  std::vector<T> upper_, lower_;
  std::vector<double> moved_, apart_;
  double most_moved_ = 0, second_moved_ = 0, radius_ = 0;
  int64_t farthest_ = 0;
  bool fresh_ = true;  // there are no bounds yet
};

template <class T>
class Lloyd {
 public:
  // The frame of the tiles stands, or is found before start().
  Lloyd(Run &, Tiles<T> &, int64_t k, bool bounded);

  void start(std::vector<double> &&centres);  // in t
  // Labels, inertia and next centres. False: stopped.
  bool iterate();
  // The next centres become the present ones.
  void advance();
  // Labels and inertia of the next centres. False: stopped.
  bool finish();

  // The first half of an iteration: sums() and weights() too.
  bool assign_and_add() { return assign<true>(); }

  bool labelled() const noexcept { return labelled_; }  // are there labels since start()
  // The last labels that were completed, the centres that they are of, and both's inertia in t.
  const int32_t *labels() const noexcept { return labels_.get(); }
  const std::vector<double> &centres() const noexcept {
    return of_next_ ? next_ : codebook_.centres();
  }
  double inertia() const noexcept { return inertia_; }
  const double *sums() const noexcept { return slot_data_.get(); }
  const double *weights() const noexcept { return sums() + k_ * d_; }
  bool same_labels() const noexcept { return same_; }  // as in the iteration before
  bool relocated() const noexcept { return relocated_; }
  double shift() const noexcept { return shift_; }  // squared, of all centres together

 private:
  template <bool sums>
  bool assign();
  bool label_some(Tile<T> &, int32_t *labels);
  void add_slots();
  bool relocate();
  void average();

  Run &run_;
  Tiles<T> &tiles_;
  int64_t k_, d_, size_, slots_;
  Aligned<int32_t> labels_, other_labels_;
  Codebook<T> codebook_;
  std::vector<double> next_;
  Aligned<double> slot_data_;  // of a slot: sums[k][d], weights[k], inertia, labels that changed
  std::vector<Bounds<T>> bounds_;  // one, or none
  double inertia_ = 0, shift_ = 0;
  bool same_ = false, relocated_ = false, labelled_ = false;
  bool of_next_ = false;  // the labels are of the centres before, which next_ holds then
};

}  // namespace windlass::cluster
