#include "hermitian.hpp"

#include <algorithm>
#include <cmath>

#include "core/array.hpp"
#include "pivots.hpp"

namespace windlass::precond {
namespace {

std::string entry_text(int64_t row, int64_t column) {
  return "(" + std::to_string(row) + ", " + std::to_string(column) + ")";
}
[[noreturn]] void refuse(int64_t row, int64_t column, const std::string &what) {
  throw Error(WDL_BAD_DATA, 2, "the matrix is not " + what, row, column);
}

template <class T>
T entry(const sparse::Rows<T> &a, int64_t row, int64_t column) {
  const auto begin = a.index.begin() + a.pointer[size_t(row)],
             end = a.index.begin() + a.pointer[size_t(row) + 1];
  const auto found = std::lower_bound(begin, end, int32_t(column));
  return found != end && *found == column ? a.value[size_t(found - a.index.begin())] : T{};
}

}  // namespace

// Equal across the diagonal but for rounding: against sqrt(a_ii a_jj), which no entry of a positive
// definite matrix exceeds.
template <class T>
void check_hermitian(const sparse::Rows<T> &a) {
  constexpr double tolerance = sizeof(Real<T>) == 4 ? 1e-4 : 1e-8;
  const int64_t n = int64_t(a.pointer.size()) - 1;
  std::vector<double> diagonal(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; i++) {
    const Wide<T> d(entry(a, i, i));
    diagonal[size_t(i)] = double(real(d));
    check_finite(diagonal[size_t(i)], i, i);
    if (!(real(d) >= smallest<T> && real(d) <= largest<T>))
      refuse(i, i,
             (real(d) > 0 ? "within range: entry " : "positive definite: entry ") +
                 entry_text(i, i) + " of its diagonal is " + number_text(double(real(d))));
  }
  for (int64_t i = 0; i < n; i++)
    for (int64_t k = a.pointer[size_t(i)]; k < a.pointer[size_t(i) + 1]; k++) {
      const int64_t j = a.index[size_t(k)];
      const Wide<T> v(a.value[size_t(k)]), w(conj(entry(a, j, i)));
      check_finite(double(magnitude(v)), i, j);
      const double bound = std::sqrt(diagonal[size_t(i)]) * std::sqrt(diagonal[size_t(j)]);
      if (!(double(magnitude(v - w)) <= tolerance * bound))
        refuse(i, j,
               std::string(is_complex<T> ? "Hermitian" : "symmetric") + ": entries " +
                   entry_text(i, j) + " and " + entry_text(j, i) + " differ");
      if (i != j && double(magnitude(v)) > (1 + tolerance) * bound)
        refuse(i, j,
               "positive definite: the square of entry " + entry_text(i, j) +
                   " is above the product of the diagonal entries beside and below it");
    }
}

template void check_hermitian(const sparse::Rows<float> &);
template void check_hermitian(const sparse::Rows<double> &);
template void check_hermitian(const sparse::Rows<Complex<float>> &);
template void check_hermitian(const sparse::Rows<Complex<double>> &);

}  // namespace windlass::precond
