#include "diagonal.hpp"

#include <algorithm>
#include <cmath>

#include "pivots.hpp"

namespace windlass::precond {

template <class T>
std::vector<Wide<T>> mended_diagonal(const sparse::Rows<T> &a, Pivots &changed) {
  const int64_t n = int64_t(a.pointer.size()) - 1;
  std::vector<Wide<T>> diagonal(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; i++) {
    double size = 0;
    for (int64_t k = a.pointer[size_t(i)]; k < a.pointer[size_t(i) + 1]; k++) {
      const Wide<T> value(a.value[size_t(k)]);
      check_finite(double(magnitude(value)), i, a.index[size_t(k)]);
      size = std::max(size, double(magnitude(value)));
      if (a.index[size_t(k)] == i) diagonal[size_t(i)] = value;
    }
    if (mend<T>(diagonal[size_t(i)], size > smallest<T> ? size : 1)) changed.note(i);
  }
  return diagonal;
}

template std::vector<double> mended_diagonal(const sparse::Rows<float> &, Pivots &);
template std::vector<double> mended_diagonal(const sparse::Rows<double> &, Pivots &);
template std::vector<Complex<double>> mended_diagonal(const sparse::Rows<Complex<float>> &,
                                                      Pivots &);
template std::vector<Complex<double>> mended_diagonal(const sparse::Rows<Complex<double>> &,
                                                      Pivots &);

}  // namespace windlass::precond
