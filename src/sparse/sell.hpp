// A copy in slices of eight rows, for many products with one matrix: see sell.simd.hpp.
#pragma once
#include <atomic>
#include <memory>

#include "core/run.hpp"
#include "linear.hpp"

namespace windlass::sparse {

class SellStages;

class SellCopy {
 public:
  SellCopy() noexcept;
  ~SellCopy();
  SellCopy(const SellCopy &) = delete;
  SellCopy &operator=(const SellCopy &) = delete;

  // Of what `mode` multiplies with, for products in Mode::plain, with the values of now. All
  // members call it, once they have met, and get the same. nullptr: slices do not suit, for rows
  // of such different lengths that more than a quarter would be filled in, more than most_bytes,
  // complex scalars, no entries of its own, or 2^30 rows or columns or more; there is no memory; or
  // the run was stopped.
  const Linear *make(Team::Member &, Run &, const Linear &, Mode = Mode::plain,
                     int64_t most_bytes = INT64_MAX) noexcept;
  // The same of the matrix that it was made of last, whose values may have changed; allocates
  // nothing where that lies in compressed rows. nullptr: slices that were the same no longer are,
  // make is to be called again; or the run was stopped.
  const Linear *refresh(Team::Member &, Run &) noexcept;
  // Whether the matrix lies in compressed rows, which are read as they are.
  static bool reads(const Linear &) noexcept;
  // Whether there is a copy of such a one.
  bool kept() const noexcept;
  void drop() noexcept;
  int64_t memory() const noexcept;

 private:
  bool whole(Team::Member &) noexcept;
  template <class Stage>
  bool alone(Team::Member &, Stage) noexcept;
  template <class Stage>
  bool together(Team::Member &, Run &, Stage) noexcept;

  std::unique_ptr<SellStages> stages_;
  std::atomic<bool> failed_{false};
};

}  // namespace windlass::sparse
