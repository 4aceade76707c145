// A matrix as compressed rows (CSR), in the caller's memory or its own.
#pragma once
#include <memory>

#include "core/run.hpp"
#include "kept.hpp"
#include "linear.hpp"
#include "turned.hpp"

namespace windlass::sparse {

template <class T, class I>
class Compressed final : public Linear {
 public:
  // Of checked structure: pointer has rows + 1 entries.
  Compressed(int64_t columns, Kept<I> pointer, Kept<I> index, Kept<T> value)
      : Linear(pointer.size() - 1, columns, dtype_of<T>()),
        pointer_(std::move(pointer)),
        index_(std::move(index)),
        value_(std::move(value)) {}

  CompressedRows<T, I> view() const noexcept {
    return {pointer_.get(), index_.get(), value_.get()};
  }

  void prepare(Mode) const override;
  bool by_rows(Mode) const noexcept override { return true; }
  void rows(Mode, int64_t first, int64_t last, const void *x, void *y) const noexcept override;
  bool by_blocks(Mode) const noexcept override { return true; }
  void block(Mode, int64_t first, int64_t last, const Block &) const noexcept override;
  int64_t cost_below(Mode, int64_t row) const noexcept override;
  int64_t bytes(Mode) const noexcept override;
  int64_t entries() const noexcept override { return index_.size(); }
  int64_t memory() const noexcept override;
  void count_entries(Mode, int64_t *count) const noexcept override;
  void place_entries(Mode, Complex<double> scale, const Placing &) const noexcept override;

 private:
  CompressedRows<T, I> view(Mode) const noexcept;

  Kept<I> pointer_, index_;
  Kept<T> value_;
  Turned<I> turned_;
};

// Checks the structure, which is refused with WDL_BAD_DATA and the place of what is wrong: pointers
// that do not begin with 0, fall, or do not end with the number of indices, indices out of range.
// Arrays are checked ones: i32 or i64, i32 or i64, and a scalar dtype, of one dimension.
struct CompressedArrays {
  const wdl_array *pointer, *index, *value;
  int32_t pointer_argument, index_argument;
  const char *extent;  // what indices are less than: "columns"
};
std::unique_ptr<const Linear> make_compressed(Run &, int64_t columns, const CompressedArrays &);

// Sorts the entries by rows and copies them; names and checks as above.
struct Coordinates {
  const wdl_array *row, *column, *value;
  int32_t row_argument, column_argument;
};
std::unique_ptr<const Linear> make_of_coordinates(Run &, int64_t rows, int64_t columns,
                                                  const Coordinates &);

}  // namespace windlass::sparse
