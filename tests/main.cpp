// The test program: GoogleTest, or with --levels the names of the machine's levels, one a line.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>

#include "core/isa.hpp"

int main(int argc, char **argv) {
  if (argc == 2 && !std::strcmp(argv[1], "--levels")) {
    for (auto level : windlass::isa::supported()) std::puts(windlass::isa::name(level));
    return 0;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
