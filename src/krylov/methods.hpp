// The list of methods: one file and one name each.
#pragma once
#include <string_view>

#include "solve.hpp"

namespace windlass::krylov {

extern const Method bicg;
extern const Method bicgstab;
extern const Method cg;
extern const Method cgs;
extern const Method fgmres;
extern const Method gcrotmk;
extern const Method gmres;
extern const Method idrs;
extern const Method lgmres;
extern const Method lsmr;
extern const Method lsqr;
extern const Method minres;
extern const Method qmr;
extern const Method tfqmr;

inline constexpr const Method *methods[] = {&bicg,    &bicgstab, &cg,   &cgs,    &fgmres,
                                            &gcrotmk, &gmres,    &idrs, &lgmres, &lsmr,
                                            &lsqr,    &minres,   &qmr,  &tfqmr};

inline const Method *find_method(std::string_view name) {
  for (const Method *method : methods)
    if (name == method->name) return method;
  return nullptr;
}

}  // namespace windlass::krylov
