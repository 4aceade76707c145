#include "words_kernels.hpp"

namespace windlass::text::words {

const Kernels &kernels() noexcept { return *isa::pick(&base::kernels, &v3::kernels, &v4::kernels); }

}  // namespace windlass::text::words
