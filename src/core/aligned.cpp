#include "aligned.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace windlass {
namespace {

// Of 2 MiB: a thread reads such memory twice as fast from DRAM as in pages of 4 KiB, and the first
// write of it costs a fifth.
constexpr size_t huge = size_t(2) << 20;

std::align_val_t border(size_t bytes) noexcept {
  return std::align_val_t{bytes < huge ? 64 : huge};
}

}  // namespace

void *allocate_aligned(size_t bytes) {
  void *memory = ::operator new(bytes, border(bytes));
#if defined(__linux__)
  if (bytes >= huge) madvise(memory, bytes, MADV_HUGEPAGE);  // or it stays as it is
#endif
  return memory;
}

void free_aligned(void *memory, size_t bytes) noexcept { ::operator delete(memory, border(bytes)); }

}  // namespace windlass
