#include "ilu0.hpp"

#include "core/samples.hpp"
#include "names.hpp"
#include "pivots.hpp"

namespace windlass::precond {
namespace {

struct Ilu0 : Incomplete {
  Ilu0() : Incomplete(ilu0_kind) {}

  void make(Run &run, const Source &a) override {
    visit_scalar(a.linear.dtype(), [&]<class T>() {
      make_of<T>(run, sparse::rows_of<T>(run, a.linear), false, [](Run &own, StripMatrix<T> &s) {
        Pivots changed = factor_ilu0(own, s);
        divide_by_pivots(s, changed);
        return changed;
      });
    });
  }
};

constexpr auto properties =
    joined(incomplete_properties, all_results, pivot_results, incomplete_results);

}  // namespace

template <class T>
Pivots factor_ilu0(Run &run, StripMatrix<T> &s) {
  const Pattern &p = s.pattern;
  Pivots changed;
  std::vector<int64_t> place(size_t(p.rows()), -1);  // of a column in the row at work
  for (int64_t i = 0; i < p.rows(); i++) {
    if (i % 512 == 511 && run.stop_requested()) throw_cancelled(run);
    const int64_t begin = p.pointer[size_t(i)], end = p.pointer[size_t(i) + 1];
    for (int64_t k = begin; k < end; k++) place[size_t(p.index[size_t(k)])] = k;
    for (int64_t k = begin; k < p.diagonal[size_t(i)]; k++) {
      const size_t c = size_t(p.index[size_t(k)]);
      const Wide<T> l = s.value[size_t(k)] / s.value[size_t(p.diagonal[c])];
      s.value[size_t(k)] = l;
      for (int64_t j = p.diagonal[c] + 1; j < p.pointer[c + 1]; j++) {
        const int64_t at = place[size_t(p.index[size_t(j)])];
        if (at >= 0) s.value[size_t(at)] -= l * s.value[size_t(j)];
      }
    }
    mend_row(s, i, changed);
    for (int64_t k = begin; k < end; k++) place[size_t(p.index[size_t(k)])] = -1;
  }
  return changed;
}

template Pivots factor_ilu0(Run &, StripMatrix<float> &);
template Pivots factor_ilu0(Run &, StripMatrix<double> &);
template Pivots factor_ilu0(Run &, StripMatrix<Complex<float>> &);
template Pivots factor_ilu0(Run &, StripMatrix<Complex<double>> &);

constinit const Kind ilu0_kind("ilu0", properties, make_object<Ilu0>, destroy_object<Ilu0>,
                               nullptr);

}  // namespace windlass::precond
