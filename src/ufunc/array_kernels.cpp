#include "array_kernels.hpp"

#include "core/isa.hpp"

namespace windlass::ufunc::arrays {

const Kernels &kernels() noexcept { return *isa::pick(&base::kernels, &v3::kernels, &v4::kernels); }

}  // namespace windlass::ufunc::arrays
