#include "names.hpp"

#include <algorithm>

#include "preconditioner.hpp"

namespace windlass::precond {

const Kind &find(const char *name, int32_t argument) {
  const std::string_view wanted(name, strnlen(name, 64));
  Nearest nearest(wanted);
  for (const Kind *kind : all_kinds) {
    if (wanted == kind->name) return *kind;
    nearest.consider(kind->name);
  }
  std::string text = "name is " + shown(wanted) + ", expected one of ";
  for (const Kind *kind : all_kinds)
    text += (kind == all_kinds[0] ? "\"" : ", \"") + std::string(kind->name) + "\"";
  throw Error(WDL_UNKNOWN_NAME, argument, text + nearest.text());
}

Preconditioner &preconditioner_of(Object &object, int32_t argument) {
  if (std::find(std::begin(all_kinds), std::end(all_kinds), object.kind) == std::end(all_kinds))
    throw Error(WDL_BAD_HANDLE, argument,
                std::string("the handle is of kind \"") + object.kind->name +
                    "\", expected a preconditioner");
  return static_cast<Preconditioner &>(object);
}

}  // namespace windlass::precond
