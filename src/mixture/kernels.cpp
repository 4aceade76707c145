#include "kernels.hpp"

#include "core/isa.hpp"

namespace windlass::mixture {

const Kernels &kernels() {
#if defined(__x86_64__)
  return *isa::pick(&base::kernels, &v3::kernels, &v4::kernels);
#else
  return base::kernels;
#endif
}

}  // namespace windlass::mixture
