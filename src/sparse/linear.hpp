// What solvers and preconditioners know of a matrix: y = A x, by rows or as a whole.
#pragma once
#include <cstdint>

#include "core/cut.hpp"
#include "core/scalar.hpp"
#include "core/team.hpp"

namespace windlass::sparse {

// conjugate (of the matrix, not transposed) is what the adjoint of a transpose needs; no caller of
// the library asks for it.
enum class Mode : int32_t { plain = 0, transpose = 1, adjoint = 2, conjugate = 3 };

constexpr bool is_transposed(Mode m) noexcept { return m == Mode::transpose || m == Mode::adjoint; }
constexpr bool is_conjugated(Mode m) noexcept { return m == Mode::conjugate || m == Mode::adjoint; }
constexpr Mode mode_of(bool transposed, bool conjugated) noexcept {
  if (transposed) return conjugated ? Mode::adjoint : Mode::transpose;
  return conjugated ? Mode::conjugate : Mode::plain;
}
// One after the other.
constexpr Mode both(Mode a, Mode b) noexcept {
  return mode_of(is_transposed(a) != is_transposed(b), is_conjugated(a) != is_conjugated(b));
}

// A factor of entries, which may be conjugated before; of a real matrix it is real.
template <class T>
struct Scaling {
  T scale;
  bool conjugated, one;
  Scaling(Complex<double> by, bool conjugate) noexcept
      : conjugated(conjugate), one(by == Complex<double>(1)) {
    if constexpr (is_complex<T>)
      scale = T(by);
    else
      scale = T(by.re);
  }
  T operator()(T value) const noexcept {
    if (conjugated) value = conj(value);
    return one ? value : scale * value;
  }
};

// Where entries of rows are put, see Linear::place_entries.
struct Placing {
  int64_t *next;   // of each row: where its next entry goes
  int32_t *index;  // columns
  void *value;     // of the matrix's dtype
};

// Vectors beside each other: entry i of vector c lies at i * stride + c.
struct Block {
  int64_t count;
  const void *x;
  int64_t x_stride;
  void *y;
  int64_t y_stride;
};

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
  int64_t length_in(Mode mode) const noexcept { return is_transposed(mode) ? rows_ : columns_; }
  int64_t length_out(Mode mode) const noexcept { return is_transposed(mode) ? columns_ : rows_; }

  virtual bool has(Mode) const noexcept { return true; }
  // Makes what products in a mode need, once: before the first of them, from any thread. Throws
  // std::bad_alloc.
  virtual void prepare(Mode) const {}
  // Any range of y can be computed by itself: y[first .. last) <- that part of A x.
  virtual bool by_rows(Mode) const noexcept { return false; }
  virtual void rows(Mode, int64_t first, int64_t last, const void *x, void *y) const noexcept {
    (void)first, (void)last, (void)x, (void)y;
  }
  // The same of many vectors at once, with the bits of one at a time, where that pays.
  virtual bool by_blocks(Mode) const noexcept { return false; }
  virtual void block(Mode, int64_t first, int64_t last, const Block &) const noexcept {
    (void)first, (void)last;
  }
  // What the rows below cost, in any unit: members share rows in proportion to it.
  virtual int64_t cost_below(Mode, int64_t row) const noexcept { return row; }

  // y <- A x by all members, each of which calls it: x is complete on entry (they have met), y on
  // return. scratch is one memory for all, as large as scratch_bytes says, aligned to 64 bytes.
  // Not 0: what a callback returned that failed, to every member.
  virtual int32_t whole(Team::Member &, Mode, const void *x, void *y, void *scratch) const noexcept;
  virtual int64_t scratch_bytes(Mode) const noexcept { return 0; }

  // Entries lie at most so many columns off the diagonal, where that is known.
  virtual int64_t band() const noexcept { return INT64_MAX; }

  // What one product reads and writes beyond x and y, in bytes; 0: not known.
  virtual int64_t bytes(Mode) const noexcept { return 0; }

  // Entries that are stored, duplicates and zeros counted; -1: none are, as of a callback.
  virtual int64_t entries() const noexcept { return -1; }
  // Memory that it has allocated itself.
  virtual int64_t memory() const noexcept { return 0; }
  // For rows.hpp, where entries() >= 0 and length_in(mode) < 2^31: count[row] += entries of the
  // row; and each entry times scale to its row's next place.
  virtual void count_entries(Mode, int64_t *count) const noexcept { (void)count; }
  virtual void place_entries(Mode, Complex<double> scale, const Placing &) const noexcept {
    (void)scale;
  }

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
