#include "kernels.hpp"

#include "core/isa.hpp"

namespace windlass::ufunc {

const Kernels &kernels() noexcept { return *isa::pick(&base::kernels, &v3::kernels, &v4::kernels); }

}  // namespace windlass::ufunc
