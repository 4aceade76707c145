// Equal neighbours: the operations "count_doubles", the i with unit[i] == unit[i + 1], and
// "count_runs", the longest stretches of two equal units or more.
#pragma once
#include "kernels.hpp"
#include "operation.hpp"
#include "utf8_piece.hpp"

namespace windlass::text {

// Of a piece: how many, and what its neighbours are compared with. Doubles and runs are both sums
// over the pairs of neighbouring units; a run is an equal pair that follows none.
struct NeighbourCounts {
  int64_t count = 0;
  // Units, 2 for any more; the first and the last, in one case where case is ignored, and -1 for
  // what equals nothing; whether the first two and the last two are equal.
  int64_t units = 0, first = -1, last = -1;
  bool first_pair = false, last_pair = false;
  bool runs = false;  // what count is of

  template <class V>
  void visit(V &v) {
    v(count), v(units), v(first), v(last), v(first_pair), v(last_pair), v(runs);
  }
  void join(const NeighbourCounts &next) noexcept;
};

// Both operations (operation.hpp).
class CountNeighbours {
 public:
  using Summary = Utf8Piece<NeighbourCounts>;  // of other units without undecided bytes
  static constexpr bool validates = true, joins_or_leaves = true;

  int64_t outputs() const noexcept { return 1; }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const noexcept;
  Summary scan(const uint8_t *text, int64_t bytes) const;
  void join(Summary &left, const Summary &right) const;
  int64_t finish(const Summary &summary, int64_t *out) const;
  bool settled(const Summary &summary) const noexcept;
  bool sound(const Summary &summary) const noexcept;
  Ill rows(const RowRange &rows, int64_t *out) const noexcept;

 protected:
  CountNeighbours(const Settings &settings, bool runs, const Kernels &kernels) noexcept;

 private:
  const Kernels *kernels_;
  Unit unit_;
  Invalid invalid_;
  Neighbours what_;

  bool trusted() const noexcept { return invalid_ == Invalid::trusted; }
  NeighbourCounts one(int64_t unit) const noexcept;
  NeighbourCounts one(const uint8_t *text, Character character) const noexcept;
  int64_t unit_at(const uint8_t *q) const noexcept;
  int64_t count_units(const uint8_t *text, int64_t bytes) const noexcept;
  NeighbourCounts units(const uint8_t *text, int64_t bytes) const noexcept;
  NeighbourCounts characters(const uint8_t *text, int64_t bytes, int64_t &ill) const noexcept;
};

class CountDoubles : public CountNeighbours {
 public:
  explicit CountDoubles(const Settings &settings, const Kernels &kernels = text::kernels()) noexcept
      : CountNeighbours(settings, false, kernels) {}
};

class CountRuns : public CountNeighbours {
 public:
  explicit CountRuns(const Settings &settings, const Kernels &kernels = text::kernels()) noexcept
      : CountNeighbours(settings, true, kernels) {}
};

}  // namespace windlass::text
