// Kernels of products with rows of a matrix. Each row is summed by itself in an order that depends
// on its length only. conjugate: of conj(A) x.
#pragma once
#include <cstdint>

#include "core/scalar.hpp"

namespace windlass::sparse {

// Indices are int32 or int64, in any order, with duplicates; pointer holds rows + 1 entries.
template <class T, class I>
struct CompressedRows {
  const I *pointer;
  const I *index;
  const T *value;
  const I *order = nullptr;  // where the values of the entries lie; nullptr: in the same order
};

// Compressed rows of blocks of height x width scalars, which lie one behind the other; within a
// block an entry lies at i * row_step + j * column_step.
template <class T, class I>
struct BlockRows {
  CompressedRows<T, I> blocks;
  int64_t height, width, row_step, column_step;
};

// Slices of eight rows, as long as the longest of them: eight values an entry, one of each row;
// where a row has none, the value is 0. Slices that are the same have one place. base: twice how
// far the column of the first row lies behind that row, where those of the others follow it; else
// 2 i + 1, where eight such distances behind the first row lie in index[8 i ..].
struct SlicePlace {
  int32_t first, count;  // entries of eight
};
template <class T>
struct Slices {
  const SlicePlace *place;
  const int32_t *base;
  const int32_t *index;
  const T *value;
  int64_t ahead;  // how far to ask for values before they are read
};

// Vectors that lie beside each other: entry i of vector c at data[i * stride + c].
template <class T>
struct Many {
  int64_t count;
  const T *x;
  int64_t x_stride;
  T *y;
  int64_t y_stride;
};

template <class T, class I>
struct IndexedKernels {
  // y[first .. last) <- rows of A x
  void (*csr)(const CompressedRows<T, I> &, int64_t first, int64_t last, bool conjugate, const T *x,
              T *y);
  // The same of every vector, with the bits that csr gives for one.
  void (*csr_many)(const CompressedRows<T, I> &, int64_t first, int64_t last, bool conjugate,
                   const Many<T> &);
  void (*blocks)(const BlockRows<T, I> &, int64_t first, int64_t last, bool conjugate, const T *x,
                 T *y);
};

template <class T>
struct SpmvKernels {
  IndexedKernels<T, int32_t> i32;
  IndexedKernels<T, int64_t> i64;
  // Of a dense matrix of so many columns, ld scalars from row to row, or from column to column.
  void (*dense_rows)(const T *a, int64_t ld, int64_t columns, int64_t first, int64_t last,
                     bool conjugate, const T *x, T *y);
  void (*dense_columns)(const T *a, int64_t ld, int64_t columns, int64_t first, int64_t last,
                        bool conjugate, const T *x, T *y);
  // rows: of the matrix, in the last slice of which some may be missing. Of real scalars only.
  void (*slices)(const Slices<T> &, int64_t rows, int64_t first, int64_t last, const T *x, T *y);

  template <class I>
  const IndexedKernels<T, I> &indexed() const noexcept {
    if constexpr (sizeof(I) == 4)
      return i32;
    else
      return i64;
  }
};

}  // namespace windlass::sparse
