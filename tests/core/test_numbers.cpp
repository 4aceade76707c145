// Numbers as text, beside what std::to_chars writes of them.
#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cstdint>
#include <limits>
#include <random>

#include "core/array.hpp"

namespace windlass {
namespace {

std::string expected(double value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

TEST(NumberText, IsWhatToCharsWrites) {
  using Limits = std::numeric_limits<double>;
  for (double value : {0.0,
                       1.0,
                       0.1,
                       0.25,
                       0.001,
                       1e-4,
                       1.5e-4,
                       1e-5,
                       12.5,
                       100.0,
                       1e4,
                       1e5,
                       12345678.0,
                       1e10,
                       1.25e10,
                       1e22,
                       1e23,
                       2.0 / 3,
                       1e-7,
                       9.999999999999999e22,
                       9007199254740993.0,
                       1e100,
                       Limits::max(),
                       Limits::min(),
                       Limits::denorm_min(),
                       Limits::epsilon(),
                       Limits::infinity(),
                       Limits::quiet_NaN()}) {
    EXPECT_EQ(number_text(value), expected(value));
    EXPECT_EQ(number_text(-value), expected(-value));
  }
}

TEST(NumberText, IsAsShortAndReadsBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; i++) {
    // Any bits; and decimals of few digits, which people write.
    double value = std::bit_cast<double>(random());
    if (i % 2) value = double(random() % 100000) / double(uint64_t(1) << random() % 20);
    const std::string text = number_text(value), standard = expected(value);
    if (value != value) continue;
    double read = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), read).ptr;
    ASSERT_EQ(end, text.data() + text.size()) << text;
    ASSERT_EQ(read, value) << text;
    ASSERT_EQ(text.size(), standard.size()) << text << " " << standard;
  }
}

}  // namespace
}  // namespace windlass
