// Numbers as texts.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "core/digits.hpp"

namespace windlass::test {
namespace {

std::string text(double value) { return std::string(Digits(value).text()); }

TEST(DigitsTest, FormsOfNumbers) {
  const std::pair<double, const char *> expected[] = {
      {0, "0"},
      {-0.0, "-0"},
      {10, "10"},
      {-100000, "-100000"},
      {1e6, "1e+06"},
      {1234567, "1234567"},
      {0.5, "0.5"},
      {1e-4, "0.0001"},
      {1e-5, "1e-05"},
      {0.1 + 0.2, "0.30000000000000004"},
      {999999.5, "999999.5"},
      {5e-324, "4.94066e-324"},
      {1.5e308, "1.5e+308"},
      {-std::numeric_limits<double>::infinity(), "-inf"},
      {std::numeric_limits<double>::quiet_NaN(), "nan"},
  };
  for (const auto &[value, form] : expected) EXPECT_EQ(text(value), form);
  EXPECT_EQ(Digits(int64_t(-9007199254740993)).text(), "-9007199254740993");
}

TEST(DigitsTest, NumbersAreReadBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; i++) {
    const uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isnormal(value)) continue;
    EXPECT_LE(std::fabs(std::strtod(text(value).c_str(), nullptr) / value - 1), 1e-14) << value;
    const double usual = double(i - 10000) / 1000;
    EXPECT_EQ(std::strtod(text(usual).c_str(), nullptr), usual);
  }
}

}  // namespace
}  // namespace windlass::test
