// Loops around the caller's own: a function of C that is called for each element, a loop that is
// run on threads.
#pragma once
#include <windlass/ufunc.h>

#include <span>

namespace windlass::ufunc {

std::span<const wdl_loop> drivers(bool thread_safe) noexcept;

}  // namespace windlass::ufunc
