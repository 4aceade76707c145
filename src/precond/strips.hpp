// A matrix cut into strips of consecutive rows, each square by itself: what lies outside of them is
// dropped. What factors are made of.
#pragma once
#include <cstdint>
#include <vector>

#include "core/scalar.hpp"
#include "sparse/rows.hpp"

namespace windlass::precond {

// Compressed rows with sorted columns, all counted from the strip's first row; each row has its
// diagonal entry.
struct Pattern {
  std::vector<int64_t> pointer;   // rows + 1
  std::vector<int64_t> diagonal;  // where each row's diagonal entry stands
  std::vector<int32_t> index;

  int64_t rows() const noexcept { return int64_t(diagonal.size()); }
  bool operator==(const Pattern &) const = default;
};

template <class T>
struct StripMatrix {
  int64_t first;  // row
  Pattern pattern;
  std::vector<Wide<T>> value;
  std::vector<double> size;  // of each row's largest entry; 1 where that is too small to divide by
};

// Magnitudes that factors keep to, far enough from the ends of T that products and inverses are
// finite.
template <class T>
inline constexpr double largest = sizeof(Real<T>) == 4 ? 1e30 : 1e150;
template <class T>
inline constexpr double smallest = sizeof(Real<T>) == 4 ? 1e-30 : 1e-150;

// Rows whose pivot was too small, or whose factors overflowed, and which were changed.
struct Pivots {
  int64_t count = 0, first = -1;

  void note(int64_t row) noexcept {
    if (!count++) first = row;
  }
  void add(const Pivots &later) noexcept {
    if (!count) first = later.first;
    count += later.count;
  }
};

// How many strips n rows are cut into: fewer than wanted where they would have less than 1024 rows.
int64_t strip_count(int64_t n, int64_t wanted) noexcept;
inline int64_t first_row(int64_t n, int64_t strips, int64_t strip) noexcept {
  return n / strips * strip + n % strips * strip / strips;
}

// Throws WDL_BAD_DATA with row and column.
void check_finite(double magnitude, int64_t row, int64_t column);
// Throws as check_finite.
template <class T>
StripMatrix<T> cut_strip(const sparse::Rows<T> &a, int64_t first, int64_t last);

}  // namespace windlass::precond
