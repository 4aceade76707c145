// SSOR: with A = D + L + U, M^-1 = (D + omega L) D^-1 (D + omega U) / (omega (2 - omega)), which is
// stored as I + omega L D^-1, D / (omega (2 - omega)) and I + omega D^-1 U. D. M. Young, Iterative
// Solution of Large Linear Systems, 1971, chapter 15; O. Axelsson, 1972, doi 10.1007/BF01932955.
#include "incomplete.hpp"
#include "names.hpp"
#include "pivots.hpp"

namespace windlass::precond {
namespace {

struct Ssor : Incomplete {
  Ssor() : Incomplete(ssor_kind) {}
  double omega = 1;

  template <class T>
  Pivots factor(StripMatrix<T> &s) const {
    const Pattern &p = s.pattern;
    std::vector<bool> mended;
    for (int64_t i = 0; i < p.rows(); i++)
      mended.push_back(mend<T>(s.value[size_t(p.diagonal[size_t(i)])], s.size[size_t(i)]));
    Pivots changed;
    std::vector<Wide<T>> diagonal;
    for (int64_t k : p.diagonal) diagonal.push_back(s.value[size_t(k)]);
    for (int64_t i = 0; i < p.rows(); i++) {
      for (int64_t k = p.pointer[size_t(i)]; k < p.pointer[size_t(i) + 1]; k++) {
        Wide<T> &v = s.value[size_t(k)];
        const size_t column = size_t(p.index[size_t(k)]);
        if (int64_t(column) < i) v = Wide<T>(omega) * v / diagonal[column];
        if (int64_t(column) == i) v = v * Wide<T>(1 / (omega * (2 - omega)));
        if (int64_t(column) > i) v = Wide<T>(omega) * v / diagonal[size_t(i)];
      }
      Pivots of_row;
      mend_row(s, i, of_row);
      if (of_row.count || mended[size_t(i)]) changed.note(s.first + i);
    }
    return changed;
  }

  void make(Run &run, const Source &a) override {
    visit_scalar(a.linear.dtype(), [&]<class T>() {
      make_of<T>(run, sparse::rows_of<T>(run, a.linear), false,
                 [this](Run &, StripMatrix<T> &s) { return factor<T>(s); });
    });
  }
};

constexpr std::array settings{
    Property{real_info("omega", "Relaxation, between 0 and 2: 1 is symmetric Gauss-Seidel.", "1",
                       1e-3, 2 - 1e-3),
             field<&Ssor::omega>},
};
constexpr auto properties =
    joined(settings, incomplete_properties, all_results, pivot_results, incomplete_results);

}  // namespace

constinit const Kind ssor_kind("ssor", properties, make_object<Ssor>, destroy_object<Ssor>,
                               nullptr);

}  // namespace windlass::precond
