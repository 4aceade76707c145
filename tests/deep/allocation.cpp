#include "allocation.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace deep {
namespace {

constinit std::atomic<int64_t> to_go{INT64_MAX}, failed{0}, blocks{0};
constinit std::atomic<bool> persistent{false};

bool refuse() noexcept {
  if (to_go.load(std::memory_order_relaxed) == INT64_MAX) return false;
  const int64_t left = to_go.fetch_sub(1, std::memory_order_relaxed);
  if (left > 1 || (left < 1 && !persistent.load(std::memory_order_relaxed))) return false;
  failed.fetch_add(1, std::memory_order_relaxed);
  errno = ENOMEM;
  return true;
}

void *count(void *block) noexcept {
  if (block) blocks.fetch_add(1, std::memory_order_relaxed);
  return block;
}

void uncount(const void *block) noexcept {
  if (block) blocks.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace

void arm(int64_t n, Fail mode) noexcept {
  failed = 0;
  persistent = mode == Fail::from_then_on;
  to_go = n;
}

int64_t disarm() noexcept {
  to_go = INT64_MAX;
  return failed;
}

int64_t outstanding() noexcept { return blocks; }

}  // namespace deep

#if !defined(DEEP_OPERATOR_NEW)

// The names under which the GNU C library keeps its own.
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

__attribute__((visibility("default"))) void *malloc(size_t size) {
  return deep::refuse() ? nullptr : deep::count(__libc_malloc(size));
}
__attribute__((visibility("default"))) void *calloc(size_t count, size_t size) {
  return deep::refuse() ? nullptr : deep::count(__libc_calloc(count, size));
}
__attribute__((visibility("default"))) void *realloc(void *block, size_t size) {
  if (deep::refuse()) return nullptr;
  void *moved = __libc_realloc(block, size);
  if (!block) deep::count(moved);
  return moved;
}
__attribute__((visibility("default"))) void *memalign(size_t alignment, size_t size) {
  return deep::refuse() ? nullptr : deep::count(__libc_memalign(alignment, size));
}
__attribute__((visibility("default"))) void *aligned_alloc(size_t alignment, size_t size) {
  return deep::refuse() ? nullptr : deep::count(__libc_memalign(alignment, size));
}
__attribute__((visibility("default"))) int posix_memalign(void **out, size_t alignment,
                                                          size_t size) {
  void *block = deep::refuse() ? nullptr : deep::count(__libc_memalign(alignment, size));
  if (!block) return ENOMEM;
  *out = block;
  return 0;
}
__attribute__((visibility("default"))) void free(void *block) {
  deep::uncount(block);
  __libc_free(block);
}
}

#else

namespace {

void *plain(std::size_t size) noexcept {
  return deep::refuse() ? nullptr : deep::count(std::malloc(size ? size : 1));
}
void *aligned(std::size_t size, std::align_val_t alignment) noexcept {
  void *block = nullptr;
  if (deep::refuse() || posix_memalign(&block, std::size_t(alignment), size ? size : 1))
    return nullptr;
  return deep::count(block);
}
void *or_throw(void *block) {
  if (!block) throw std::bad_alloc();
  return block;
}
void drop(void *block) noexcept {
  deep::uncount(block);
  std::free(block);
}

}  // namespace

void *operator new(std::size_t n) { return or_throw(plain(n)); }
void *operator new[](std::size_t n) { return or_throw(plain(n)); }
void *operator new(std::size_t n, const std::nothrow_t &) noexcept { return plain(n); }
void *operator new[](std::size_t n, const std::nothrow_t &) noexcept { return plain(n); }
void *operator new(std::size_t n, std::align_val_t a) { return or_throw(aligned(n, a)); }
void *operator new[](std::size_t n, std::align_val_t a) { return or_throw(aligned(n, a)); }
void *operator new(std::size_t n, std::align_val_t a, const std::nothrow_t &) noexcept {
  return aligned(n, a);
}
void *operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t &) noexcept {
  return aligned(n, a);
}
void operator delete(void *p) noexcept { drop(p); }
void operator delete[](void *p) noexcept { drop(p); }
void operator delete(void *p, std::size_t) noexcept { drop(p); }
void operator delete[](void *p, std::size_t) noexcept { drop(p); }
void operator delete(void *p, std::align_val_t) noexcept { drop(p); }
void operator delete[](void *p, std::align_val_t) noexcept { drop(p); }
void operator delete(void *p, std::size_t, std::align_val_t) noexcept { drop(p); }
void operator delete[](void *p, std::size_t, std::align_val_t) noexcept { drop(p); }
void operator delete(void *p, const std::nothrow_t &) noexcept { drop(p); }
void operator delete[](void *p, const std::nothrow_t &) noexcept { drop(p); }
void operator delete(void *p, std::align_val_t, const std::nothrow_t &) noexcept { drop(p); }
void operator delete[](void *p, std::align_val_t, const std::nothrow_t &) noexcept { drop(p); }

#endif
