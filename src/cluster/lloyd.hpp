// Lloyd's iteration (Lloyd 1982, doi 10.1109/TIT.1982.1056489): each row to its nearest centre,
// each centre to the mean of its rows. One pass reads x once; an iteration of n rows and k centres
// costs at most 2 n k d flops, and beyond x there are two labels a row and k (d + 1) sums a slot.
//
// Rows whose label is certain are not compared: see Bounds. Of rows without weights only those that
// change their label are subtracted from one sum and added to the other, until as many as half of
// all have been: then all are added up again, as they are at the end. Both depend on the labels
// alone, so that the results are the same bits with and without bounds.
#pragma once
#include "bounds.hpp"

namespace windlass::cluster {

template <class T>
class Lloyd {
 public:
  // The frame of the tiles stands, or is found before start().
  Lloyd(Run &, Tiles<T> &, int64_t k, Bounding);

  void start(std::vector<double> &&centres);  // in t
  // Labels, sums and next centres. False: stopped.
  bool iterate();
  // The next centres become the present ones.
  void advance();
  // Labels and inertia of the next centres, which are means of rows added up. False: stopped.
  bool finish();

  // The first half of an iteration.
  bool label_and_add();
  // The inertia of the labels, row by row. False: stopped.
  bool measure();

  bool labelled() const noexcept { return labelled_; }  // are there labels since start()
  // The last labels that were completed, the centres that they are of, and both's inertia in t:
  // after an iteration as sums have it, of |t|^2 and of the centres, but for their cancellation.
  const int32_t *labels() const noexcept { return labels_.get(); }
  const std::vector<double> &centres() const noexcept {
    return of_next_ ? next_ : codebook_.centres();
  }
  double inertia() const noexcept { return inertia_; }
  const double *sums() const noexcept { return totals_.data(); }
  const double *weights() const noexcept { return sums() + k_ * d_; }
  bool same_labels() const noexcept { return changed_ == 0; }  // as in the iteration before
  bool relocated() const noexcept { return relocated_; }
  double shift() const noexcept { return shift_; }  // squared, of all centres together

 private:
  // Of a slot, and in all: sums[k][d], weights[k], then these.
  enum Entry { squares, changed, doubtful, row_inertia, entries };
  double &entry(int64_t slot, Entry e) noexcept {
    return slot_data_[slot * size_ + k_ * (d_ + 1) + e];
  }
  double total(Entry e) const noexcept { return totals_[size_t(k_ * (d_ + 1) + e)]; }

  bool bounds_pay();
  template <class Then>
  bool label(Then then);
  bool label_bounded(Tile<T> &, int32_t *labels, double &in_doubt);
  void add_rows(int64_t slot, const Tile<T> &, const int32_t *labels);
  bool add_all();
  void add_slots();
  double algebraic_inertia() const noexcept;
  bool relocate();
  void average();

  Run &run_;
  Tiles<T> &tiles_;
  int64_t k_, d_, size_, slots_;
  Bounding bounding_;
  Aligned<int32_t> labels_, other_labels_;
  Codebook<T> codebook_;
  std::vector<double> next_, totals_;
  Aligned<double> slot_data_;
  std::vector<Bounds<T>> bounds_;       // one, or none
  int64_t pause_ = 0, next_pause_ = 1;  // iterations without bounds
  double changed_ = 0, moved_ = 0;      // rows: in the last iteration; since all were added up
  double inertia_ = 0, shift_ = 0;
  bool relocated_ = false, labelled_ = false;
  bool of_next_ = false;  // the labels are of the centres before, which next_ holds then
};

}  // namespace windlass::cluster
