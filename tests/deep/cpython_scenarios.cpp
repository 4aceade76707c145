#include "scenarios.hpp"

namespace deep {
namespace {

wdl_status text(World &w, const char *operation, const wdl_cpython &python) {
  wdl_cpython_fn function = nullptr;
  const wdl_status status = wdl_cpython_text(w.ctx, operation, &python, &function);
  w.pointer = reinterpret_cast<const void *>(function);
  return status;
}

// None of it is called.
wdl_cpython python() {
  static char object;
  wdl_cpython p = {};
  p.unicode = p.bytes = &object;
  p.otherwise = p.in_force = p.of_bytes = p.of_str = &object;
  p.type = [](void *o) { return o; };
  p.release = [](void *) {};
  p.length = p.size = p.entries = [](void *) { return intptr_t{0}; };
  p.data = [](void *) { return &object; };
  p.find = [](void *, void *key) { return key; };
  p.number = [](void *) { return int64_t{0}; };
  p.integer = [](int64_t) -> void * { return &object; };
  p.clear = [] {};
  p.call = [](void *f, void *const *, intptr_t, void *) { return f; };
  p.state = 32, p.characters = 56, p.ascii = 40, p.shift = 2;
  return p;
}

constexpr Scenario scenarios[] = {
    {"wdl_cpython_text", "", [](World &w) { return text(w, "find", python()); }},
    {"wdl_cpython_text", "an unknown operation",
     [](World &w) { return text(w, "finds", python()); }},
    {"wdl_cpython_text", "no functions", [](World &w) { return text(w, "find", {}); }},
};

}  // namespace

std::span<const Scenario> cpython_scenarios() { return scenarios; }

}  // namespace deep
