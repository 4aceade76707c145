#include "search_kernels.hpp"

namespace windlass::text::search {

const Kernels &kernels() noexcept { return *isa::pick(&base::kernels, &v3::kernels, &v4::kernels); }

}  // namespace windlass::text::search
