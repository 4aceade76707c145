// Calling the library's loops, at every level.
#pragma once
#include <gtest/gtest.h>
#include <windlass/windlass.h>

#include <cstring>
#include <string>
#include <vector>

#include "core/isa.hpp"
#include "ufunc/list.hpp"

namespace windlass::ufunc::test {

// Body for every level and elementwise loop; leaves the level as it was.
template <class Body>
void each_loop(Body &&body) {
  const isa::Level before = isa::level();
  for (const isa::Level level : isa::supported()) {
    isa::set_level(level);
    for (const wdl_loop &loop : loops()) {
      if (loop.signature) continue;
      SCOPED_TRACE(std::string(loop.name) + " " + loop.types + " at " + isa::name(level));
      if (loop.types[0] == 'd')
        body(loop, double());
      else
        body(loop, float());
    }
  }
  isa::set_level(before);
}

inline const wdl_loop &named(const char *name, const char *types) {
  const wdl_loop *found = nullptr;
  EXPECT_EQ(wdl_ufunc_find(0, name, types, &found), WDL_OK);
  return *found;
}

// a and b as bytes: inputs of a loop of one or two.
inline void call(const wdl_loop &loop, const void *a, intptr_t a_step, const void *b,
                 intptr_t b_step, void *y, intptr_t y_step, intptr_t n) {
  char *in = static_cast<char *>(const_cast<void *>(a)), *out = static_cast<char *>(y);
  char *second = static_cast<char *>(const_cast<void *>(b));
  if (loop.inputs == 1) {
    char *args[] = {in, out};
    const intptr_t steps[] = {a_step, y_step};
    loop.loop(args, &n, steps, loop.data);
  } else {
    char *args[] = {in, second, out};
    const intptr_t steps[] = {a_step, b_step, y_step};
    loop.loop(args, &n, steps, loop.data);
  }
}

template <class T>
T once(const wdl_loop &loop, T a, T b = 0) {
  T y = 0;
  call(loop, &a, 0, &b, 0, &y, 0, 1);
  return y;
}

template <class T>
bool same_bits(T a, T b) {
  return !std::memcmp(&a, &b, sizeof(T));
}

}  // namespace windlass::ufunc::test
