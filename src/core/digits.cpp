#include "digits.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

#include "float_state.hpp"

namespace windlass {
namespace {

double power_of_ten(int exponent) noexcept {
  double power = 1, square = 10;
  for (int left = exponent; left; left /= 2, square *= square)
    if (left % 2) power *= square;
  return power;
}

double scaled(double value, int exponent) noexcept {
  return exponent < 0 ? value / power_of_ten(-exponent) : value * power_of_ten(exponent);
}

// digits * 10^(exponent - precision + 1): so many digits of a number above 0, of which those beyond
// the 15th may be wrong.
struct Rounded {
  int precision, exponent;
  int64_t digits;

  Rounded(double value, int count) noexcept
      : precision(count), exponent(int(std::floor(std::log10(value)))) {
    const int64_t most = int64_t(power_of_ten(precision));
    digits = of(value);
    if (digits >= most) exponent++, digits = of(value);
    if (digits < most / 10) exponent--, digits = of(value);
  }
  // As "%g" has it.
  char *write(char *to) const noexcept {
    char text[24];
    const auto count = std::to_chars(text, text + sizeof text, digits).ptr - text;
    auto length = count;
    while (length > 1 && text[length - 1] == '0') length--;
    const bool scientific = exponent < -4 || exponent >= precision;
    const auto whole = scientific ? 1 : exponent + 1;  // digits before the point
    if (whole <= 0) {
      *to++ = '0', *to++ = '.';
      for (int i = whole; i < 0; i++) *to++ = '0';
    }
    for (std::ptrdiff_t i = 0; i < length || i < whole; i++) {
      if (i == whole && i > 0) *to++ = '.';
      *to++ = text[i];
    }
    if (!scientific) return to;
    *to++ = 'e', *to++ = exponent < 0 ? '-' : '+';
    if (std::abs(exponent) < 10) *to++ = '0';
    return std::to_chars(to, to + 4, std::abs(exponent)).ptr;
  }

 private:
  // By two factors, each of which is a number.
  int64_t of(double value) const noexcept {
    const int shift = precision - 1 - exponent, half = shift / 2;
    return std::llrint(scaled(scaled(value, half), shift - half));
  }
};

}  // namespace

Digits::Digits(int64_t value) noexcept
    : length_(size_t(std::to_chars(digits_, digits_ + sizeof digits_, value).ptr - digits_)) {}

Digits::Digits(double value) noexcept {
  const FloatScope known(FloatState::known());
  char *begin = digits_, *end = begin;
  if (std::signbit(value)) *begin++ = '-';
  value = std::fabs(value);
  if (value > 0 && std::isfinite(value)) {
    double back = 0;
    for (int precision = 6; precision <= 17 && back != value; precision++) {
      end = Rounded(value, precision).write(begin);
      std::from_chars(begin, end, back);
    }
  } else {
    const char *name = value == 0 ? "0" : std::isnan(value) ? "nan" : "inf";
    end = begin + std::strlen(name);
    std::memcpy(begin, name, std::strlen(name));
  }
  length_ = size_t(end - digits_);
}

}  // namespace windlass
