#include "incomplete.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "core/samples.hpp"
#include "triangles.hpp"

namespace windlass::precond {
namespace {

// Can F hold the values, and the inverses of pivots?
template <class T, class F>
bool fits(const StripMatrix<T> &s) {
  for (const Wide<T> &v : s.value)
    if (!(magnitude(v) <= largest<F>)) return false;
  for (int64_t k : s.pattern.diagonal)
    if (!(magnitude(s.value[size_t(k)]) >= smallest<F>)) return false;
  return true;
}

template <class T, class F>
Strip<F> narrowed(const StripPlan &plan, const std::vector<Wide<T>> &value) {
  std::vector<F> values(value.size()), inverse(plan.pattern.diagonal.size());
  for (size_t k = 0; k < value.size(); k++) values[k] = F(value[k]);
  for (size_t i = 0; i < inverse.size(); i++)
    inverse[i] = F(Wide<T>(1) / value[size_t(plan.pattern.diagonal[i])]);
  return fill_strip(plan, values, inverse);
}

}  // namespace

template <class T, class F>
void Incomplete::fill(Run &run, bool hermitian,
                      std::vector<std::shared_ptr<const StripPlan>> &&made,
                      const std::vector<StripMatrix<T>> &matrix, const Pivots &changed) {
  const int64_t count = int64_t(matrix.size());
  std::vector<Strip<F>> filled(matrix.size());
  parallel_for(run, count, [&](int64_t s, int) {
    filled[size_t(s)] = narrowed<T, F>(*made[size_t(s)], matrix[size_t(s)].value);
  });
  int64_t stored = 0, deepest = 0, n = 0;
  bool analysed = plans.size() != made.size();
  for (size_t s = 0; s < made.size(); s++) {
    const StripPlan &plan = *made[s];
    stored += plan.pattern.pointer.back();
    deepest = std::max({deepest, plan.lower.levels, plan.upper.levels});
    n += plan.pattern.rows();
    analysed = analysed || plans[s] != made[s];
  }
  take(std::make_unique<Triangles<T, F>>(n, made, std::move(filled), hermitian), stored, changed);
  plans = std::move(made);
  levels = deepest, strips = count, analyses += analysed;
  stored_dtype = dtype_of<F>() - WDL_F32;
}

template <class T>
void Incomplete::make_of(Run &run, const sparse::Rows<T> &a, bool hermitian,
                         const Factor<T> &factor) {
  const int64_t n = int64_t(a.pointer.size()) - 1, count = strip_count(n, blocks);
  std::vector<StripMatrix<T>> matrix(static_cast<size_t>(count));
  std::vector<std::shared_ptr<const StripPlan>> made(matrix.size());
  std::vector<Pivots> changed(matrix.size());
  parallel_for(run, count, [&](int64_t s, int) {
    StripMatrix<T> &strip = matrix[size_t(s)];
    strip = cut_strip(a, first_row(n, count, s), first_row(n, count, s + 1));
    changed[size_t(s)] = factor(run, strip);
    if (run.stop_requested()) throw_cancelled(run);
    if (size_t(s) < plans.size() && plans[size_t(s)]->first == strip.first &&
        plans[size_t(s)]->pattern == strip.pattern)
      made[size_t(s)] = plans[size_t(s)];
    else
      made[size_t(s)] = std::make_shared<StripPlan>(strip.first, Pattern(strip.pattern));
  });
  Pivots all;
  for (const Pivots &one : changed) all.add(one);
  using Single = std::conditional_t<is_complex<T>, Complex<float>, float>;
  bool single = factor_dtype == 0 || std::is_same_v<T, Single>;
  if constexpr (!std::is_same_v<T, Single>)
    for (const StripMatrix<T> &s : matrix) single = single && fits<T, Single>(s);
  single ? fill<T, Single>(run, hermitian, std::move(made), matrix, all)
         : fill<T, T>(run, hermitian, std::move(made), matrix, all);
}

template void Incomplete::make_of(Run &, const sparse::Rows<float> &, bool, const Factor<float> &);
template void Incomplete::make_of(Run &, const sparse::Rows<double> &, bool,
                                  const Factor<double> &);
template void Incomplete::make_of(Run &, const sparse::Rows<Complex<float>> &, bool,
                                  const Factor<Complex<float>> &);
template void Incomplete::make_of(Run &, const sparse::Rows<Complex<double>> &, bool,
                                  const Factor<Complex<double>> &);

}  // namespace windlass::precond
