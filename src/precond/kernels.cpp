#include "kernels.hpp"

#include "core/isa.hpp"

namespace windlass::precond {

const Kernels &kernels() { return *isa::pick(&base::kernels, &v3::kernels, &v4::kernels); }

}  // namespace windlass::precond
