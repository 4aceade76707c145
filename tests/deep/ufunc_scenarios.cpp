#include "scenarios.hpp"

namespace deep {
namespace {

wdl_status find(World &w, const char *name, const char *types) {
  const wdl_loop *loop = nullptr;
  const wdl_status status = wdl_ufunc_find(w.ctx, name, types, &loop);
  w.pointer = loop;
  return status;
}

// Of so many elements that threads take part.
wdl_status computed(World &w, const char *name) {
  const wdl_loop *loop = nullptr;
  require(wdl_ufunc_find(0, name, "d->d", &loop), name);
  static double x[100'000], y[100'000];
  char *args[] = {reinterpret_cast<char *>(x), reinterpret_cast<char *>(y)};
  const intptr_t n[] = {100'000}, steps[] = {8, 8};
  loop->loop(args, n, steps, loop->data);
  w.real = y[99'999];
  return y[0] == w.real ? WDL_OK : WDL_INTERNAL;
}

constexpr Scenario scenarios[] = {
    {"wdl_ufunc_at", "",
     [](World &w) {
       const wdl_loop *loop = nullptr;
       const wdl_status status = wdl_ufunc_at(w.ctx, 0, &loop);
       w.pointer = loop;
       return status;
     }},
    {"wdl_ufunc_at", "bounds",
     [](World &w) {
       const wdl_loop *loop = nullptr;
       return wdl_ufunc_at(w.ctx, -1, &loop);
     }},
    {"wdl_ufunc_find", "", [](World &w) { return find(w, "exp", "d->d"); }},
    {"wdl_ufunc_find", "an unknown name", [](World &w) { return find(w, "expo", "d->d"); }},
    {"wdl_ufunc_find", "unknown types", [](World &w) { return find(w, "exp", "i->i"); }},
    {"wdl_ufunc_find", "the loop", [](World &w) { return computed(w, "exp"); }},
    {"wdl_ufunc_driver", "",
     [](World &w) {
       const wdl_loop *loop = nullptr;
       const wdl_status status = wdl_ufunc_driver(w.ctx, "dd->d", 0, &loop);
       w.pointer = loop;
       return status;
     }},
    {"wdl_ufunc_driver", "unknown types",
     [](World &w) {
       const wdl_loop *loop = nullptr;
       return wdl_ufunc_driver(w.ctx, "dl->d", 0, &loop);
     }},
};

}  // namespace

std::span<const Scenario> ufunc_scenarios() { return scenarios; }

}  // namespace deep
