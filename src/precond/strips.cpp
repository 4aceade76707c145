#include "strips.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace windlass::precond {

int64_t strip_count(int64_t n, int64_t wanted) noexcept {
  constexpr int64_t least = 1024;  // below, blocks cost more steps than threads save
  return std::max<int64_t>(1, std::min(wanted, n / least));
}

void check_finite(double magnitude, int64_t row, int64_t column) {
  if (std::isfinite(magnitude)) return;
  throw Error(WDL_BAD_DATA, 2,
              "the matrix has an entry that is not finite in row " + std::to_string(row) +
                  ", column " + std::to_string(column),
              row, column);
}

template <class T>
StripMatrix<T> cut_strip(const sparse::Rows<T> &a, int64_t first, int64_t last) {
  StripMatrix<T> s;
  s.first = first;
  const size_t rows = size_t(last - first);
  s.pattern.pointer.reserve(rows + 1), s.pattern.diagonal.reserve(rows), s.size.reserve(rows);
  const size_t most = size_t(a.pointer[size_t(last)] - a.pointer[size_t(first)]) + rows;
  s.pattern.index.reserve(most), s.value.reserve(most);
  s.pattern.pointer.push_back(0);
  const auto put = [&](int64_t column, Wide<T> value) {
    s.pattern.index.push_back(int32_t(column - first));
    s.value.push_back(value);
  };
  for (int64_t row = first; row < last; row++) {
    double size = 0;
    bool found = false;
    const auto diagonal = [&](Wide<T> value) {
      s.pattern.diagonal.push_back(int64_t(s.value.size()));
      put(row, value);
      found = true;
    };
    for (int64_t k = a.pointer[size_t(row)]; k < a.pointer[size_t(row) + 1]; k++) {
      const int64_t column = a.index[size_t(k)];
      const Wide<T> value(a.value[size_t(k)]);
      const double magnitude = double(windlass::magnitude(value));
      check_finite(magnitude, row, column);
      size = std::max(size, magnitude);
      if (column < first || column >= last) continue;
      if (!found && column > row) diagonal({});
      column == row ? diagonal(value) : put(column, value);
    }
    if (!found) diagonal({});
    s.size.push_back(size > smallest<T> ? size : 1);
    s.pattern.pointer.push_back(int64_t(s.value.size()));
  }
  return s;
}

template StripMatrix<float> cut_strip(const sparse::Rows<float> &, int64_t, int64_t);
template StripMatrix<double> cut_strip(const sparse::Rows<double> &, int64_t, int64_t);
template StripMatrix<Complex<float>> cut_strip(const sparse::Rows<Complex<float>> &, int64_t,
                                               int64_t);
template StripMatrix<Complex<double>> cut_strip(const sparse::Rows<Complex<double>> &, int64_t,
                                                int64_t);

}  // namespace windlass::precond
