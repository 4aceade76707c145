// wdl_array on our side of the border: every check of dtype, rank, shape, stride, size and overlap,
// the views that algorithms take, and the array that an object owns.
#pragma once
#include <windlass/core.h>

#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "dtype.hpp"
#include "error.hpp"

namespace windlass {

// Views of the caller's memory: strides in bytes, any sign, any alignment, so elements go by
// memcpy.
template <class Byte>
struct BasicVector {
  Byte *data;
  int32_t dtype;
  int64_t size, stride;

  template <class T>
  T get(int64_t i) const noexcept {
    T value;
    std::memcpy(&value, data + i * stride, sizeof value);
    return value;
  }
  template <class T>
  void put(int64_t i, T value) const noexcept {
    std::memcpy(data + i * stride, &value, sizeof value);
  }
};
template <class Byte>
struct BasicMatrix {
  Byte *data;
  int32_t dtype;
  int64_t rows, columns, row_stride, column_stride;

  template <class T>
  T get(int64_t i, int64_t j) const noexcept {
    T value;
    std::memcpy(&value, data + i * row_stride + j * column_stride, sizeof value);
    return value;
  }
  template <class T>
  void put(int64_t i, int64_t j, T value) const noexcept {
    std::memcpy(data + i * row_stride + j * column_stride, &value, sizeof value);
  }
};
using Vector = BasicVector<const char>;
using MutableVector = BasicVector<char>;
using Matrix = BasicMatrix<const char>;
using MutableMatrix = BasicMatrix<char>;

inline Vector vector(const wdl_array &a) noexcept {
  return {static_cast<const char *>(a.data), a.dtype, a.shape[0], a.stride[0]};
}
inline MutableVector mutable_vector(const wdl_array &a) noexcept {
  return {static_cast<char *>(a.data), a.dtype, a.shape[0], a.stride[0]};
}
inline Matrix matrix(const wdl_array &a) noexcept {
  return {
      static_cast<const char *>(a.data), a.dtype, a.shape[0], a.shape[1], a.stride[0], a.stride[1]};
}
inline MutableMatrix mutable_matrix(const wdl_array &a) noexcept {
  return {static_cast<char *>(a.data), a.dtype, a.shape[0], a.shape[1], a.stride[0], a.stride[1]};
}

// No array reaches further: beyond any machine's user space, and small enough to add up unchecked.
inline constexpr int64_t most_bytes = int64_t(1) << 56;

std::string number_text(double value);                       // as Digits
std::string shape_text(int32_t ndim, const int64_t *shape);  // "(3, 2)", "(3,)"
int64_t element_count(const wdl_array &a) noexcept;          // of a checked array
void fill_c_strides(wdl_array &a) noexcept;
// Element by element, in C order; dtype and shape are equal.
void copy_elements(const wdl_array &from, const wdl_array &to) noexcept;
// Copies a checked f64 array in C order; throws WDL_BAD_DATA with its place for what is not finite.
void read_reals(const wdl_array &from, int32_t argument, const char *name, double *to);
// Throws unless data, dtype, ndim, shape, strides, flags and reserved describe memory that can
// exist.
void check_array(const wdl_array *a, int32_t argument, const char *name);
// Throws WDL_BAD_SHAPE "x has shape (3,), expected (4,) to match y".
void expect_shape(const wdl_array &a, int32_t argument, const char *name,
                  std::span<const int64_t> shape, const char *why);
inline void expect_shape(const wdl_array &a, int32_t argument, const char *name,
                         std::initializer_list<int64_t> shape, const char *why) {
  expect_shape(a, argument, name, std::span(shape.begin(), shape.size()), why);
}

// The arrays of one call, each checked by itself as it is named and for overlap by finish().
class Arguments {
 public:
  static constexpr int32_t any_rank = -1;

  const wdl_array &in(const wdl_array *a, int32_t argument, const char *name,
                      std::initializer_list<int32_t> dtypes, int32_t ndim);
  const wdl_array &out(const wdl_array *a, int32_t argument, const char *name,
                       std::initializer_list<int32_t> dtypes, int32_t ndim);
  // Throws WDL_OVERLAP where an output shares memory with another argument.
  void finish() const;

 private:
  struct Named {
    const wdl_array *array;
    int32_t argument;
    const char *name;
    bool written;
  };
  static constexpr int most = 8;
  Named named_[most];
  int count_ = 0;
};

// An array that an object owns: C order, aligned for double.
struct OwnedArray {
  int32_t dtype = 0;
  std::vector<int64_t> shape;
  std::vector<double> storage;
  bool present = false;

  OwnedArray() = default;
  explicit OwnedArray(const wdl_array &from);  // copies a checked array
  static OwnedArray of(std::initializer_list<int64_t> shape, std::vector<double> values);

  wdl_array view() const noexcept;
  int64_t size() const noexcept { return present ? element_count(view()) : 0; }
  const double *reals() const noexcept { return storage.data(); }
  explicit operator bool() const noexcept { return present; }
};

}  // namespace windlass
