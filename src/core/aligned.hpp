// Memory for vectors: zeros, aligned to 64 bytes, from a page's border on where it is large.
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace windlass {

template <class T>
class Aligned {
 public:
  Aligned() = default;
  // Throws std::bad_alloc.
  explicit Aligned(int64_t size) : size_(size), data_(size ? allocate(size) : nullptr) {
    if (size) std::memset(static_cast<void *>(data_.get()), 0, size_t(size) * sizeof(T));
  }
  // Not zeroed: for threads to write first.
  static Aligned raw(int64_t size) {
    Aligned made;
    if (size) made.data_.reset(allocate(size));
    made.size_ = size;
    return made;
  }
  T *get() const noexcept { return data_.get(); }
  int64_t size() const noexcept { return size_; }
  int64_t bytes() const noexcept { return size_ * int64_t(sizeof(T)); }
  T &operator[](int64_t i) const noexcept { return data_.get()[i]; }

 private:
  static constexpr std::align_val_t line{64};
  static T *allocate(int64_t size) {
    if (uint64_t(size) > uint64_t(INT64_MAX) / sizeof(T)) throw std::bad_alloc();
    return static_cast<T *>(::operator new(size_t(size) * sizeof(T), line));
  }
  struct Free {
    void operator()(T *p) const noexcept { ::operator delete(static_cast<void *>(p), line); }
  };
  int64_t size_ = 0;
  std::unique_ptr<T, Free> data_;
};

}  // namespace windlass
