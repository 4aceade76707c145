// An array that a matrix is made of: the caller's own memory where it is contiguous, aligned and of
// the type that is wanted, else a copy.
#pragma once
#include "core/aligned.hpp"
#include "core/array.hpp"

namespace windlass::sparse {

inline bool lies_as_wanted(const wdl_array &a, int32_t dtype) noexcept {
  const int64_t size = find_dtype(a.dtype)->size;
  if (a.dtype != dtype || reinterpret_cast<uintptr_t>(a.data) % uintptr_t(size < 8 ? size : 8))
    return false;
  wdl_array packed = a;
  fill_c_strides(packed);
  for (int i = 0; i < a.ndim; i++)
    if (a.shape[i] > 1 && a.stride[i] != packed.stride[i]) return false;
  return true;
}

template <class T>
class Kept {
 public:
  Kept() = default;
  // Of a checked array; an int32 one can be kept as int64.
  Kept(const wdl_array &a, int32_t dtype) : size_(element_count(a)) {
    data_ = static_cast<const T *>(a.data);
    if (lies_as_wanted(a, dtype)) return;
    own_ = Aligned<T>(size_);
    data_ = own_.get();
    if (a.dtype == dtype) {
      wdl_array copy = a;
      copy.data = own_.get();
      fill_c_strides(copy);
      copy_elements(a, copy);
    } else if constexpr (std::is_same_v<T, int64_t>) {
      for (int64_t i = 0; i < size_; i++) own_[i] = vector(a).get<int32_t>(i);
    }
  }
  // Takes over what the library has made.
  explicit Kept(Aligned<T> own) : size_(own.size()), own_(std::move(own)) { data_ = own_.get(); }

  const T *get() const noexcept { return data_; }
  int64_t size() const noexcept { return size_; }
  int64_t memory() const noexcept { return own_.bytes(); }
  const T &operator[](int64_t i) const noexcept { return data_[i]; }

 private:
  const T *data_ = nullptr;
  int64_t size_ = 0;
  Aligned<T> own_;
};

}  // namespace windlass::sparse
