#include "kernels.hpp"

namespace windlass::text {

const Kernels &kernels() noexcept { return kernels_at(isa::level()); }

const Kernels &kernels_at(isa::Level level) noexcept {
  return *isa::pick(level, &base::kernels, &v3::kernels, &v4::kernels);
}

}  // namespace windlass::text
