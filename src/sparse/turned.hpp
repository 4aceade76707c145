// The structure of compressed rows by columns, made when it is first needed. It says where values
// lie and holds none, so that these may change.
#pragma once
#include <memory>

#include "core/aligned.hpp"
#include "core/made_once.hpp"
#include "spmv_kernels.hpp"

namespace windlass::sparse {

template <class I>
class Turned {
 public:
  // From any thread. Throws std::bad_alloc.
  void make(int64_t rows, int64_t columns, const I *pointer, const I *index) const {
    made_.get([&] { return turn(rows, columns, pointer, index); });
  }
  // Once it is made.
  template <class T>
  CompressedRows<T, I> view(const T *value) const noexcept {
    const Structure &s = *made_.get();
    return {s.pointer.get(), s.index.get(), value, s.order.get()};
  }
  int64_t memory() const noexcept {
    const Structure *s = made_.get();
    return s ? s->pointer.bytes() + s->index.bytes() + s->order.bytes() : 0;
  }

 private:
  // For each entry of a column: its row, and its place among the entries by rows.
  struct Structure {
    Aligned<I> pointer, index, order;
  };

  // Counts, then deals out: the entries of a column keep the order of their rows.
  static std::unique_ptr<Structure> turn(int64_t rows, int64_t columns, const I *pointer,
                                         const I *index) {
    const int64_t entries = int64_t(pointer[rows]);
    auto made = std::make_unique<Structure>();
    made->pointer = Aligned<I>(columns + 1);
    made->index = Aligned<I>(entries);
    made->order = Aligned<I>(entries);
    I *next = made->pointer.get();
    for (int64_t k = 0; k < entries; k++) next[index[k] + 1]++;
    for (int64_t column = 0; column < columns; column++) next[column + 1] += next[column];
    for (int64_t row = 0; row < rows; row++)
      for (I k = pointer[row]; k < pointer[row + 1]; k++) {
        const I place = next[index[k]]++;
        made->index[place] = I(row);
        made->order[place] = k;
      }
    for (int64_t column = columns; column > 0; column--) next[column] = next[column - 1];
    next[0] = 0;
    return made;
  }

  MadeOnce<Structure> made_;
};

}  // namespace windlass::sparse
