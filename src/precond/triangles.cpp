#include "triangles.hpp"

#include <algorithm>

namespace windlass::precond {
namespace {

using sparse::Mode;

template <class F>
SlicedView<F> sliced_view(const Schedule &s, const F *value, const F *inverse) noexcept {
  return {s.slices(),   s.first.data(), s.at.data(), s.index.data(), s.source.data(),
          s.row.data(), s.count.data(), value,       inverse};
}
template <class F>
OrderedView<F> ordered_view(const StripPlan &plan, bool upper, const F *value,
                            const F *inverse) noexcept {
  const Pattern &p = plan.pattern;
  const Schedule &s = upper ? plan.upper : plan.lower;
  return {p.rows(),
          upper ? p.diagonal.data() : p.pointer.data(),
          upper ? p.pointer.data() + 1 : p.diagonal.data(),
          upper,
          p.index.data(),
          s.source.data(),
          value,
          inverse,
          upper};
}

template <class T, class F>
Aligned<F> fill_ordered(const StripPlan &plan, const std::vector<Wide<T>> &value) {
  if (plan.lower.sliced && plan.upper.sliced) return {};
  Aligned<F> to(int64_t(value.size()));
  for (size_t k = 0; k < value.size(); k++) to[int64_t(k)] = F(value[k]);
  return to;
}

template <class T, class F>
Aligned<F> fill_sliced(const StripPlan &plan, bool upper, const std::vector<Wide<T>> &value) {
  const Pattern &p = plan.pattern;
  const Schedule &s = upper ? plan.upper : plan.lower;
  if (!s.sliced) return {};
  Aligned<F> to(s.steps() * lanes);
  for (int64_t slice = 0; slice < s.slices(); slice++)
    for (int32_t j = 0; j < s.count[size_t(slice)]; j++) {
      const size_t row = size_t(s.row[size_t(slice * lanes + j)]);
      const int64_t begin = upper ? p.diagonal[row] + 1 : p.pointer[row];
      const int64_t end = upper ? p.pointer[row + 1] : p.diagonal[row];
      F *at = to.get() + s.first[size_t(slice)] * lanes + j;
      for (int64_t k = begin; k < end; k++, at += lanes) *at = F(value[size_t(k)]);
    }
  return to;
}

template <class T, class F>
Aligned<F> inverses(const StripPlan &plan, const std::vector<Wide<T>> &value) {
  const Schedule &s = plan.upper;
  const auto inverse = [&](int64_t row) {
    return F(Wide<T>(1) / value[size_t(plan.pattern.diagonal[size_t(row)])]);
  };
  Aligned<F> to(s.sliced ? s.slices() * lanes : plan.pattern.rows());
  for (int64_t i = 0; i < to.size(); i++) to[i] = inverse(s.sliced ? s.row[size_t(i)] : i);
  return to;
}

}  // namespace

template <class T, class F>
typename Triangles<T, F>::Strip fill_strip(std::shared_ptr<const StripPlan> plan,
                                           const std::vector<Wide<T>> &value) {
  return {plan, fill_sliced<T, F>(*plan, false, value), fill_sliced<T, F>(*plan, true, value),
          fill_ordered<T, F>(*plan, value), inverses<T, F>(*plan, value)};
}

template <class T, class F>
Triangles<T, F>::Triangles(int64_t n, std::vector<Strip> &&strips, bool hermitian)
    : Linear(n, n, dtype_of<T>()), strips_(std::move(strips)), hermitian_(hermitian) {
  for (const Strip &s : strips_) {
    const int64_t values =
        s.lower.bytes() + s.upper.bytes() + s.ordered.bytes() + s.inverse.bytes();
    work_ = std::max(work_, s.plan->lower.work() + s.plan->upper.work());
    read_ += values + s.plan->lower.bytes() + s.plan->upper.bytes();
    memory_ += values + s.plan->bytes();
  }
  work_ = (work_ + 15) / 16 * 16;  // lines of 64 bytes
}

template <class T, class F>
int64_t Triangles<T, F>::scratch_bytes(Mode) const noexcept {
  return int64_t(strips_.size()) * work_ * int64_t(sizeof(T));
}

template <class T, class F>
int32_t Triangles<T, F>::whole(Team::Member &member, Mode mode, const void *x, void *y,
                               void *scratch) const noexcept {
  const int64_t begin = member.begin(int64_t(strips_.size()));
  T *work = static_cast<T *>(scratch) + begin * work_;
  const bool plain =
      !sparse::is_transposed(mode) || (hermitian_ && (mode == Mode::adjoint || !is_complex<T>));
  for (int64_t i = begin; i < member.end(int64_t(strips_.size())); i++) {
    const Strip &s = strips_[size_t(i)];
    const T *r = static_cast<const T *>(x) + s.plan->first;
    T *z = static_cast<T *>(y) + s.plan->first;
    plain ? solve(s, r, z, work) : solve_transposed(s, mode == Mode::adjoint, r, z, work);
  }
  member.meet();
  return 0;
}

template <class T, class F>
void Triangles<T, F>::solve(const Strip &s, const T *r, T *z, T *work) const noexcept {
  const SolveKernels<T, F> &k = solves<T, F>();
  const StripPlan &plan = *s.plan;
  T *more = work + plan.lower.work();
  std::fill_n(work, lanes, T{});
  std::fill_n(more, lanes, T{});
  const F *none = nullptr;
  plan.lower.sliced ? k.sliced(sliced_view(plan.lower, s.lower.get(), none), r, work, nullptr)
                    : k.ordered(ordered_view(plan, false, s.ordered.get(), none), r, work, nullptr);
  plan.upper.sliced
      ? k.sliced(sliced_view(plan.upper, s.upper.get(), s.inverse.get()), work, more, z)
      : k.ordered(ordered_view(plan, true, s.ordered.get(), s.inverse.get()), work, more, z);
}

// L^-t D^-t U^-t r.
template <class T, class F>
void Triangles<T, F>::solve_transposed(const Strip &s, bool conjugate, const T *r, T *z,
                                       T *work) const noexcept {
  const SolveKernels<T, F> &k = solves<T, F>();
  const StripPlan &plan = *s.plan;
  T *more = work + plan.lower.work();
  const int64_t rows = plan.pattern.rows();
  std::fill_n(work, plan.lower.work(), T{});
  std::fill_n(more, plan.upper.work(), T{});
  for (int64_t i = 0; i < rows; i++) more[plan.upper.slot[size_t(i)]] = r[i];
  plan.upper.sliced
      ? k.sliced_transposed(sliced_view(plan.upper, s.upper.get(), s.inverse.get()), conjugate,
                            more)
      : k.ordered_transposed(ordered_view(plan, true, s.ordered.get(), s.inverse.get()), conjugate,
                             more);
  for (int64_t i = 0; i < rows; i++)
    work[plan.lower.slot[size_t(i)]] = more[plan.upper.slot[size_t(i)]];
  const F *none = nullptr;
  plan.lower.sliced
      ? k.sliced_transposed(sliced_view(plan.lower, s.lower.get(), none), conjugate, work)
      : k.ordered_transposed(ordered_view(plan, false, s.ordered.get(), none), conjugate, work);
  for (int64_t i = 0; i < rows; i++) z[i] = work[plan.lower.slot[size_t(i)]];
}

template class Triangles<float, float>;
template class Triangles<double, double>;
template class Triangles<double, float>;
template class Triangles<Complex<float>, Complex<float>>;
template class Triangles<Complex<double>, Complex<double>>;
template class Triangles<Complex<double>, Complex<float>>;
template Triangles<float, float>::Strip fill_strip<float, float>(std::shared_ptr<const StripPlan>,
                                                                 const std::vector<double> &);
template Triangles<double, double>::Strip fill_strip<double, double>(
    std::shared_ptr<const StripPlan>, const std::vector<double> &);
template Triangles<double, float>::Strip fill_strip<double, float>(std::shared_ptr<const StripPlan>,
                                                                   const std::vector<double> &);
template Triangles<Complex<float>, Complex<float>>::Strip
fill_strip<Complex<float>, Complex<float>>(std::shared_ptr<const StripPlan>,
                                           const std::vector<Complex<double>> &);
template Triangles<Complex<double>, Complex<double>>::Strip
fill_strip<Complex<double>, Complex<double>>(std::shared_ptr<const StripPlan>,
                                             const std::vector<Complex<double>> &);
template Triangles<Complex<double>, Complex<float>>::Strip
fill_strip<Complex<double>, Complex<float>>(std::shared_ptr<const StripPlan>,
                                            const std::vector<Complex<double>> &);

}  // namespace windlass::precond
