#include "kernels.hpp"

#include "core/isa.hpp"

namespace windlass::mixture {

const Kernels &kernels() { return *isa::pick(&base::kernels, &v3::kernels, &v4::kernels); }

}  // namespace windlass::mixture
