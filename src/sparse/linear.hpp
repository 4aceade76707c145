// What solvers and preconditioners know of a matrix: y = A x, by rows or as a whole.
#pragma once
#include <cstdint>

#include "core/cut.hpp"
#include "core/team.hpp"

namespace windlass::sparse {

enum class Mode : int32_t { plain = 0, transpose = 1, adjoint = 2 };

// Of scalars of one dtype. Vectors are contiguous, aligned for their scalar, and never the same.
class Linear {
 public:
  Linear(int64_t rows, int64_t columns, int32_t dtype) noexcept
      : rows_(rows), columns_(columns), dtype_(dtype) {}
  virtual ~Linear() = default;
  Linear(const Linear &) = delete;
  Linear &operator=(const Linear &) = delete;

  int64_t rows() const noexcept { return rows_; }
  int64_t columns() const noexcept { return columns_; }
  int32_t dtype() const noexcept { return dtype_; }
  int64_t length_in(Mode mode) const noexcept { return mode == Mode::plain ? columns_ : rows_; }
  int64_t length_out(Mode mode) const noexcept { return mode == Mode::plain ? rows_ : columns_; }

  virtual bool has(Mode) const noexcept { return true; }
  // Any range of y can be computed by itself: y[first .. last) <- that part of A x.
  virtual bool by_rows(Mode) const noexcept { return false; }
  virtual void rows(Mode, int64_t first, int64_t last, const void *x, void *y) const noexcept {
    (void)first, (void)last, (void)x, (void)y;
  }
  // What the rows below cost, in any unit: members share rows in proportion to it.
  virtual int64_t cost_below(Mode, int64_t row) const noexcept { return row; }

  // y <- A x by all members, each of which calls it: x is complete on entry (they have met), y on
  // return. scratch is one memory for all, as large as scratch_bytes says, aligned to 64 bytes.
  // Not 0: what a callback returned that failed, to every member.
  virtual int32_t whole(Team::Member &, Mode, const void *x, void *y, void *scratch) const noexcept;
  virtual int64_t scratch_bytes(Mode) const noexcept { return 0; }

  // What one product reads and writes beyond x and y, in bytes; 0: not known.
  virtual int64_t bytes(Mode) const noexcept { return 0; }

 private:
  int64_t rows_, columns_;
  int32_t dtype_;
};

// The share of a cut's groups that a member takes, by the cost of their rows: begin .. end. It
// decides who computes a group and never what is computed.
struct Share {
  int64_t begin, end;
};
Share share_of(const Team::Member &, const Cut &, const Linear &, Mode) noexcept;

}  // namespace windlass::sparse
