// The one list of loops.
#pragma once
#include <windlass/ufunc.h>

#include <span>

namespace windlass::ufunc {

std::span<const wdl_loop> loops() noexcept;

}  // namespace windlass::ufunc
