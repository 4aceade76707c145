// The list of methods: one file and one name each.
#pragma once
#include <string_view>

#include "solve.hpp"

namespace windlass::krylov {

extern const Method cg;
extern const Method gmres;
extern const Method fgmres;

inline constexpr const Method *methods[] = {&cg, &gmres, &fgmres};

inline const Method *find_method(std::string_view name) {
  for (const Method *method : methods)
    if (name == method->name) return method;
  return nullptr;
}

}  // namespace windlass::krylov
