// Memory between two pages that must not be touched: a read or write past either end is a fault.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

namespace windlass::test {

class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::size_t capacity) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    capacity_ = (capacity + page - 1) / page * page;
    mapped_ = capacity_ + 2 * page;
    void *area = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) throw std::bad_alloc();
    area_ = static_cast<uint8_t *>(area);
    begin_ = area_ + page;
    if (mprotect(begin_, capacity_, PROT_READ | PROT_WRITE) != 0) {
      munmap(area_, mapped_);
      throw std::bad_alloc();
    }
  }
  GuardedBuffer(const GuardedBuffer &) = delete;
  GuardedBuffer &operator=(const GuardedBuffer &) = delete;
  ~GuardedBuffer() { munmap(area_, mapped_); }

  // `size` bytes, at most the capacity, that begin right behind the first guard.
  uint8_t *at_begin(std::size_t = 0) const { return begin_; }
  // `size` bytes that end right before the second guard.
  uint8_t *at_end(std::size_t size) const { return begin_ + capacity_ - size; }

  const uint8_t *copy_to_begin(const void *data, std::size_t size) const {
    if (size > 0) std::memcpy(at_begin(size), data, size);
    return at_begin(size);
  }
  const uint8_t *copy_to_end(const void *data, std::size_t size) const {
    if (size > 0) std::memcpy(at_end(size), data, size);
    return at_end(size);
  }

 private:
  std::size_t capacity_ = 0, mapped_ = 0;
  uint8_t *area_ = nullptr, *begin_ = nullptr;
};

}  // namespace windlass::test
