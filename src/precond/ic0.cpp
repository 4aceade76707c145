// Incomplete Cholesky without fill, as L D L^H: what ILU(0) makes of a Hermitian matrix, with U
// taken from L so that M is Hermitian to the last bit. Where a pivot is not positive, the strip is
// factored again with its diagonal grown by a share, the shift: T. A. Manteuffel, 1980,
// doi 10.1090/S0025-5718-1980-0559197-0.
#include <atomic>

#include "hermitian.hpp"
#include "ilu0.hpp"
#include "names.hpp"

namespace windlass::precond {
namespace {

struct Ic0 : Incomplete {
  Ic0() : Incomplete(ic0_kind) {}
  double shift = 0;

  void make(Run &, const Source &) override;
};

// The lower triangle, and its mirror image above.
template <class T>
StripMatrix<T> mirrored(const StripMatrix<T> &s) {
  const Pattern &p = s.pattern;
  const size_t n = size_t(p.rows());
  StripMatrix<T> m;
  m.first = s.first;
  std::vector<int64_t> next(n + 1);  // first a row's entries above the diagonal, then where they go
  for (size_t i = 0; i < n; i++)
    for (int64_t k = p.pointer[i]; k < p.diagonal[i]; k++) next[size_t(p.index[size_t(k)])]++;
  m.pattern.pointer.push_back(0);
  for (size_t i = 0; i < n; i++) {
    const int64_t below = p.diagonal[i] - p.pointer[i];
    m.pattern.diagonal.push_back(m.pattern.pointer[i] + below);
    m.pattern.pointer.push_back(m.pattern.diagonal[i] + 1 + next[i]);
    next[i] = m.pattern.diagonal[i] + 1;
  }
  m.pattern.index.resize(size_t(m.pattern.pointer[n]));
  m.value.resize(m.pattern.index.size());
  const auto put = [&](int64_t at, size_t column, Wide<T> value) {
    m.pattern.index[size_t(at)] = int32_t(column);
    m.value[size_t(at)] = value;
  };
  for (size_t i = 0; i < n; i++) {
    for (int64_t k = p.pointer[i]; k < p.diagonal[i]; k++) {
      const size_t column = size_t(p.index[size_t(k)]);
      put(m.pattern.pointer[i] + k - p.pointer[i], column, s.value[size_t(k)]);
      put(next[column]++, i, conj(s.value[size_t(k)]));
    }
    m.size.push_back(real(s.value[size_t(p.diagonal[i])]));  // what a pivot is small beside
    put(m.pattern.diagonal[i], i, Wide<T>(m.size[i]));
  }
  return m;
}

// U <- L^H
template <class T>
void mirror_factor(StripMatrix<T> &s) {
  const Pattern &p = s.pattern;
  std::vector<int64_t> next(p.diagonal);
  for (size_t i = 0; i < p.diagonal.size(); i++) {
    Wide<T> &pivot = s.value[size_t(p.diagonal[i])];
    pivot = Wide<T>(real(pivot));
    for (int64_t k = p.pointer[i]; k < p.diagonal[i]; k++)
      s.value[size_t(++next[size_t(p.index[size_t(k)])])] = conj(s.value[size_t(k)]);
  }
}

template <class T>
bool positive(const StripMatrix<T> &s) {
  for (int64_t k : s.pattern.diagonal)
    if (!(real(s.value[size_t(k)]) > 0)) return false;
  return true;
}

// The shift that it took.
template <class T>
double factor_shifted(Run &run, StripMatrix<T> &s) {
  const StripMatrix<T> a = mirrored(s);
  constexpr double greatest = 1e6;  // the matrix is but its diagonal then
  for (double shift = 0; shift<greatest; shift = shift> 0 ? 2 * shift : 1e-3) {
    s = a;
    for (int64_t k : s.pattern.diagonal) s.value[size_t(k)] *= Wide<T>(1 + shift);
    if (factor_ilu0(run, s).count || !positive(s)) continue;
    mirror_factor(s);
    return shift;
  }
  throw Error(WDL_BAD_DATA, 2, "the matrix is not positive definite, whatever the shift");
}

void Ic0::make(Run &run, const Source &a) {
  std::atomic<double> needed{0};
  visit_scalar(a.linear.dtype(), [&]<class T>() {
    const sparse::Rows<T> rows = sparse::rows_of<T>(run, a.linear);
    check_hermitian(rows);
    make_of<T>(run, rows, true, [&](Run &own, StripMatrix<T> &s) {
      const double found = factor_shifted(own, s);
      double most_so_far = needed.load();
      while (found > most_so_far && !needed.compare_exchange_weak(most_so_far, found)) {
      }
      return Pivots{};
    });
  });
  shift = needed;
}

constexpr std::array shift_results{
    Property{real_info("shift",
                       "Share that the diagonal was grown by, of the block that needed most, until "
                       "all pivots were positive.",
                       nullptr, 0, infinity, WDL_RESULT),
             field<&Ic0::shift>, is_set_up},
};
constexpr auto properties =
    joined(incomplete_properties, all_results, shift_results, incomplete_results);

}  // namespace

constinit const Kind ic0_kind("ic0", properties, make_object<Ic0>, destroy_object<Ic0>, nullptr);

}  // namespace windlass::precond
