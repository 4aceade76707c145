// A matrix for tests of solvers: compressed rows, the plain product, and the stencils they solve.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/scalar.hpp"
#include "sparse/linear.hpp"

namespace windlass::test {

template <class T>
class CsrMatrix : public sparse::Linear {
 public:
  CsrMatrix(int64_t rows, int64_t columns, std::vector<int64_t> pointer, std::vector<int64_t> index,
            std::vector<T> value)
      : Linear(rows, columns, dtype_of<T>()),
        pointer_(std::move(pointer)),
        index_(std::move(index)),
        value_(std::move(value)) {}
  CsrMatrix(const CsrMatrix &other)
      : Linear(other.Linear::rows(), other.Linear::columns(), other.dtype()),
        pointer_(other.pointer_),
        index_(other.index_),
        value_(other.value_) {}

  bool by_rows(sparse::Mode mode) const noexcept override { return mode == sparse::Mode::plain; }
  void rows(sparse::Mode, int64_t first, int64_t last, const void *from,
            void *to) const noexcept override {
    for (int64_t r = first; r < last; r++) {
      T sum{};
      for (int64_t k = pointer_[size_t(r)]; k < pointer_[size_t(r) + 1]; k++)
        sum += value_[size_t(k)] * static_cast<const T *>(from)[index_[size_t(k)]];
      static_cast<T *>(to)[r] = sum;
    }
  }
  int32_t whole(Team::Member &member, sparse::Mode mode, const void *from, void *to,
                void *scratch) const noexcept override {
    if (mode == sparse::Mode::plain) return Linear::whole(member, mode, from, to, scratch);
    T *y = static_cast<T *>(to);
    if (member.index() == 0) {
      for (int64_t j = 0; j < Linear::columns(); j++) y[j] = T{};
      for (int64_t r = 0; r < Linear::rows(); r++)
        for (int64_t k = pointer_[size_t(r)]; k < pointer_[size_t(r) + 1]; k++) {
          const T v = value_[size_t(k)];
          y[index_[size_t(k)]] +=
              (mode == sparse::Mode::adjoint ? conj(v) : v) * static_cast<const T *>(from)[r];
        }
    }
    member.meet();
    return 0;
  }

  int64_t band() const noexcept override {
    int64_t widest = 0;
    for (int64_t r = 0; r < Linear::rows(); r++)
      for (int64_t k = pointer_[size_t(r)]; k < pointer_[size_t(r) + 1]; k++)
        widest = std::max(widest, std::abs(index_[size_t(k)] - r));
    return widest;
  }

  // body(row, each_entry), where each_entry(f) calls f(column, value).
  template <class Body>
  void each_row(Body &&body) const {
    for (int64_t r = 0; r < Linear::rows(); r++)
      body(r, [&](auto &&entry) {
        for (int64_t k = pointer_[size_t(r)]; k < pointer_[size_t(r) + 1]; k++)
          entry(index_[size_t(k)], value_[size_t(k)]);
      });
  }

 private:
  using Linear::rows;
  std::vector<int64_t> pointer_, index_;
  std::vector<T> value_;
};

// -u'' - v'' + wind u_x, upwind differences on a grid of side x side points, 5 entries a row.
// shift is added to the diagonal.
template <class T>
CsrMatrix<T> convection_diffusion(int64_t side, double wind, T shift = T()) {
  std::vector<int64_t> pointer = {0}, index;
  std::vector<T> value;
  const auto put = [&](int64_t column, T v) { index.push_back(column), value.push_back(v); };
  for (int64_t i = 0; i < side; i++)
    for (int64_t j = 0; j < side; j++) {
      const int64_t row = i * side + j;
      if (i > 0) put(row - side, T(-1));
      if (j > 0) put(row - 1, T(-1 - wind));
      put(row, T(4 + wind) + shift);
      if (j + 1 < side) put(row + 1, T(-1));
      if (i + 1 < side) put(row + side, T(-1));
      pointer.push_back(int64_t(index.size()));
    }
  return {side * side, side * side, pointer, index, value};
}

}  // namespace windlass::test
