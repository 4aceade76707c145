// What a fuzz target gives: libFuzzer's entry point, and seeds to mutate from. regression.cpp
// drives it where there is no libFuzzer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
std::vector<std::string> seeds();
