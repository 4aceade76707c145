#include "number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace windlass {
namespace {

// Nothing has more: 17 digits tell doubles apart, and long double errs in the 18th.
constexpr int most_digits = 18;

// digits * 10^exponent
struct Decimal {
  int64_t digits;
  int exponent;
};

long double scaled(long double value, int exponent) noexcept {
  long double power = 1, square = 10;
  for (int n = std::abs(exponent); n; n /= 2, square *= square)
    if (n % 2) power *= square;
  return exponent < 0 ? value / power : value * power;
}

bool reads_as(Decimal d, double value) noexcept {
  char text[32];
  char *end = std::to_chars(text, text + sizeof text, d.digits).ptr;
  *end++ = 'e';
  end = std::to_chars(end, text + sizeof text, d.exponent).ptr;
  double read = 0;
  std::from_chars(text, end, read);
  return read == value;
}

// Of a positive finite number: rounded to ever more digits until it reads back.
Decimal shortest(double value) noexcept {
  const int first = int(std::floor(std::log10(value)));
  Decimal d{};
  for (int n = 1; n <= most_digits; n++) {
    d.exponent = first + 1 - n;
    d.digits = std::llround(scaled(value, -d.exponent));
    if (reads_as(d, value)) break;
  }
  for (; d.digits % 10 == 0; d.digits /= 10) d.exponent++;
  return d;
}

}  // namespace

size_t write_number(double value, char (&to)[32]) noexcept {
  char *end = to;
  const auto put = [&](char c) { *end++ = c; };
  if (std::signbit(value)) put('-');
  if (!std::isfinite(value) || value == 0) {
    for (char c : std::string_view(value == 0 ? "0" : value != value ? "nan" : "inf")) put(c);
    return size_t(end - to);
  }
  const Decimal d = shortest(std::fabs(value));
  char digits[24];
  const int n = int(std::to_chars(digits, digits + sizeof digits, d.digits).ptr - digits);
  const int point = n + d.exponent;  // digits before it
  const int exponent = std::abs(point - 1);
  const int scientific = n + (n > 1) + (exponent < 100 ? 4 : 5);
  const int fixed = point <= 0 ? 2 - point + n : std::max(point, n + (point < n));
  if (fixed <= scientific) {
    for (int i = std::min(point - 1, 0); i < std::max(point, n); i++) {
      if (i == point) put('.');
      put(i >= 0 && i < n ? digits[i] : '0');
    }
    return size_t(end - to);
  }
  for (int i = 0; i < n; i++) {
    if (i == 1) put('.');
    put(digits[i]);
  }
  put('e');
  put(point < 1 ? '-' : '+');
  if (exponent >= 100) put(char('0' + exponent / 100));
  put(char('0' + exponent / 10 % 10));
  put(char('0' + exponent % 10));
  return size_t(end - to);
}

}  // namespace windlass
