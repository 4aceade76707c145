// The list of preconditioners: a further one is a file and a name here.
#pragma once
#include <string_view>

#include "core/object.hpp"

namespace windlass::precond {

extern const Kind jacobi_kind, block_jacobi_kind, ssor_kind, ilu0_kind, ilut_kind, ic0_kind,
    chebyshev_kind;

inline constexpr const Kind *all_kinds[] = {
    &jacobi_kind, &block_jacobi_kind, &ssor_kind,      &ilu0_kind,
    &ilut_kind,   &ic0_kind,          &chebyshev_kind,
};

struct Preconditioner;
// Throws WDL_UNKNOWN_NAME with the nearest name.
const Kind &find(const char *name, int32_t argument);
// Throws WDL_BAD_HANDLE for an object of another kind.
Preconditioner &preconditioner_of(Object &, int32_t argument);

}  // namespace windlass::precond
