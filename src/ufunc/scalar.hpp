// Loops that call a function of C for each element.
#pragma once
#include <windlass/ufunc.h>

#include <span>

namespace windlass::ufunc {

std::span<const wdl_loop> drivers(bool thread_safe) noexcept;

}  // namespace windlass::ufunc
