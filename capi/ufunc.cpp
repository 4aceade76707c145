// ufunc.h.
#include <windlass/sparse.h>
#include <windlass/ufunc.h>

#include <cstring>

#include "guard.hpp"
#include "ufunc/list.hpp"
#include "ufunc/scalar.hpp"

using namespace windlass;

namespace {

std::string_view text_of(const char *text, int32_t argument, const char *name) {
  return {given(text, argument, name), strnlen(text, 64)};
}

// The one of those types, or throws what types the others have.
const wdl_loop *of_types(std::span<const wdl_loop> loops, std::string_view types,
                         int32_t argument) {
  std::string known;
  for (const wdl_loop &loop : loops) {
    if (types == loop.types) return &loop;
    known += (known.empty() ? "" : ", ") + std::string(loop.types);
  }
  throw Error(WDL_UNKNOWN_NAME, argument, "types is " + shown(types) + ", expected " + known);
}

std::span<const wdl_loop> named(std::string_view name, int32_t argument) {
  const auto all = ufunc::loops();
  Nearest nearest(name);
  size_t first = 0, last = 0;
  for (size_t i = 0; i < all.size(); i++) {
    nearest.consider(all[i].name);
    if (name != all[i].name) continue;
    if (first == last) first = i;
    last = i + 1;
  }
  if (first == last)
    throw Error(
        WDL_UNKNOWN_NAME, argument,
        "name is " + shown(name) + ", expected one that wdl_ufunc_at lists" + nearest.text());
  return all.subspan(first, last - first);
}

}  // namespace

wdl_status wdl_ufunc_at(wdl_context ctx, int32_t index, const wdl_loop **out) {
  return guarded_plain(ctx, "wdl_ufunc_at", [&](const Call &) -> wdl_status {
    if (index < 0)
      throw Error(WDL_BAD_ARGUMENT, 1,
                  "index is " + std::to_string(index) + ", expected 0 or more");
    given(out, 2, "out");
    const auto all = ufunc::loops();
    *out = size_t(index) < all.size() ? &all[size_t(index)] : nullptr;
    return WDL_OK;
  });
}

wdl_status wdl_ufunc_find(wdl_context ctx, const char *name, const char *types,
                          const wdl_loop **out) {
  return guarded_plain(ctx, "wdl_ufunc_find", [&](const Call &) -> wdl_status {
    const auto wanted = text_of(name, 1, "name"), letters = text_of(types, 2, "types");
    given(out, 3, "out");
    *out = of_types(named(wanted, 1), letters, 2);
    return WDL_OK;
  });
}

wdl_status wdl_ufunc_driver(wdl_context ctx, const char *types, int32_t flags,
                            const wdl_loop **out) {
  return guarded_plain(ctx, "wdl_ufunc_driver", [&](const Call &) -> wdl_status {
    const auto letters = text_of(types, 1, "types");
    if (flags & ~WDL_THREAD_SAFE)
      throw Error(WDL_BAD_ARGUMENT, 2,
                  "flags is " + std::to_string(flags) + ", expected 0 or WDL_THREAD_SAFE");
    given(out, 3, "out");
    *out = of_types(ufunc::drivers(flags != 0), letters, 1);
    return WDL_OK;
  });
}
