// Memory for vectors: zeros, aligned to 64 bytes; in huge pages where it is large.
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace windlass {

// Not zeroed. Throws std::bad_alloc.
void *allocate_aligned(size_t bytes);
void free_aligned(void *memory, size_t bytes) noexcept;

template <class T>
class Aligned {
 public:
  Aligned() = default;
  // Throws std::bad_alloc.
  explicit Aligned(int64_t size) : Aligned(raw(size)) {
    if (size) std::memset(static_cast<void *>(data_.get()), 0, size_t(size) * sizeof(T));
  }
  // Not zeroed: for threads to write first.
  static Aligned raw(int64_t size) {
    Aligned made;
    if (size) made.data_ = allocate(size);
    made.size_ = size;
    return made;
  }
  T *get() const noexcept { return data_.get(); }
  int64_t size() const noexcept { return size_; }
  int64_t bytes() const noexcept { return size_ * int64_t(sizeof(T)); }
  T &operator[](int64_t i) const noexcept { return data_.get()[i]; }

 private:
  struct Free {
    size_t bytes;
    void operator()(T *p) const noexcept { free_aligned(p, bytes); }
  };
  static std::unique_ptr<T, Free> allocate(int64_t size) {
    if (uint64_t(size) > uint64_t(INT64_MAX) / sizeof(T)) throw std::bad_alloc();
    const size_t bytes = size_t(size) * sizeof(T);
    return {static_cast<T *>(allocate_aligned(bytes)), Free{bytes}};
  }
  int64_t size_ = 0;
  std::unique_ptr<T, Free> data_;
};

}  // namespace windlass
