// Chebyshev: z = p(D^-1 A) D^-1 r with the polynomial p of the given degree for which 1 - x p(x) is
// least on [lower, upper], for Hermitian positive definite A. G. H. Golub, R. S. Varga, 1961,
// doi 10.1007/BF01386013; the recurrence is algorithm 12.1 of Y. Saad, Iterative Methods for Sparse
// Linear Systems, 2003. Keeps the matrix; an application takes degree products and three vectors,
// and one barrier a step beside the product's.
#include <cmath>

#include "core/aligned.hpp"
#include "diagonal.hpp"
#include "hermitian.hpp"
#include "kernels.hpp"
#include "names.hpp"
#include "spectrum.hpp"

namespace windlass::precond {
namespace {

using sparse::Mode;

struct Chebyshev : Preconditioner {
  Chebyshev() : Preconditioner(chebyshev_kind) {}
  int64_t degree = 3, estimate_steps = 10;
  int32_t scaling = 0;
  double lower = 0, upper = 0, ratio = 30;
  double lower_used = 0, upper_used = 0;

  void make(Run &, const Source &) override;
  // An estimate from below is put 10 per cent higher: above upper, p grows fast.
  template <class T>
  std::pair<double, double> bounds(Run &, const sparse::Linear &, const Real<T> *inverse) const;
};

template <class T>
class Polynomial final : public sparse::Linear {
 public:
  Polynomial(const sparse::Linear &a, Hold &&held, Aligned<Real<T>> &&inverse, int64_t degree,
             double lower, double upper)
      : Linear(a.rows(), a.rows(), dtype_of<T>()),
        a_(a),
        held_(std::move(held)),
        inverse_(std::move(inverse)),
        degree_(degree),
        theta_((upper + lower) / 2),
        delta_((upper - lower) / 2) {}

  bool has(Mode mode) const noexcept override { return a_.has(mode); }
  void prepare(Mode mode) const override { a_.prepare(mode); }
  int64_t scratch_bytes(Mode mode) const noexcept override {
    return 3 * vector_bytes() + a_.scratch_bytes(mode);
  }
  int64_t bytes(Mode mode) const noexcept override {
    const int64_t once = a_.bytes(mode);
    return once ? degree_ * (once + 8 * vector_bytes()) : 0;
  }
  int64_t memory() const noexcept override { return inverse_.bytes(); }
  int32_t whole(Team::Member &, Mode, const void *x, void *y,
                void *scratch) const noexcept override;

 private:
  int64_t vector_bytes() const noexcept { return spaced(rows()) * int64_t(sizeof(T)); }

  const sparse::Linear &a_;
  Hold held_;
  Aligned<Real<T>> inverse_;  // of the diagonal; empty: 1
  int64_t degree_;
  double theta_, delta_;
};

template <class T>
int32_t Polynomial<T>::whole(Team::Member &member, Mode mode, const void *x, void *y,
                             void *scratch) const noexcept {
  const ChebyshevKernels<T> &k = chebyshev_steps<T>();
  const int64_t n = rows();
  const Cut cut(n);
  const int64_t first = cut.panel * member.begin(cut.panels),
                last = std::min(n, cut.panel * member.end(cut.panels)), own = last - first;
  const T *r = static_cast<const T *>(x) + first;
  T *z = static_cast<T *>(y) + first;
  T *d = static_cast<T *>(scratch), *w = d + spaced(n), *s = w + spaced(n);
  const Real<T> *scale = inverse_.size() ? inverse_.get() + first : nullptr;
  double rho = delta_ / theta_;
  k.start(own, 1 / theta_, scale, r, s + first, d + first, z);
  for (int64_t step = 0; step < degree_; step++) {
    member.meet();
    if (const int32_t failed = a_.whole(member, mode, d, w, s + spaced(n))) return failed;
    const double next = 1 / (2 * theta_ / delta_ - rho);
    k.step(own, next * rho, 2 * next / delta_, scale, w + first, s + first, d + first, z);
    rho = next;
  }
  member.meet();
  return 0;
}

template <class T>
std::pair<double, double> Chebyshev::bounds(Run &run, const sparse::Linear &a,
                                            const Real<T> *inverse) const {
  const double high =
      upper > 0 ? upper : 1.1 * greatest_eigenvalue<T>(run, a, inverse, estimate_steps);
  if (!(high >= smallest<T> && high <= largest<T>)) {
    if (!a.rows()) return {1, 2};
    throw Error(WDL_BAD_DATA, 2,
                "the matrix is not positive definite: its greatest eigenvalue seems to be " +
                    number_text(high));
  }
  const double low = lower > 0 ? lower : high / ratio;
  if (!(low < high))
    throw Error(
        WDL_BAD_ARGUMENT, 1,
        "lower is " + number_text(low) + ", expected less than upper, " + number_text(high));
  return {low, high};
}

template <class T>
Aligned<Real<T>> inverse_diagonal(const sparse::Rows<T> &a) {
  check_hermitian(a);
  Pivots changed;
  const std::vector<Wide<T>> diagonal = mended_diagonal(a, changed);
  Aligned<Real<T>> inverse(int64_t(diagonal.size()));
  for (size_t i = 0; i < diagonal.size(); i++) inverse[int64_t(i)] = Real<T>(1 / real(diagonal[i]));
  return inverse;
}

void Chebyshev::make(Run &run, const Source &a) {
  visit_scalar(a.linear.dtype(), [&]<class T>() {
    Aligned<Real<T>> inverse;
    if (scaling == 0) inverse = inverse_diagonal(sparse::rows_of<T>(run, a.linear));
    const auto [low, high] = bounds<T>(run, a.linear, inverse.size() ? inverse.get() : nullptr);
    const int64_t stored = inverse.size();
    take(std::make_unique<Polynomial<T>>(a.linear, Hold(a.object), std::move(inverse), degree, low,
                                         high),
         stored, {});
    lower_used = low, upper_used = high;
  });
}

constexpr std::array settings{
    Property{
        int_info("degree", "Degree of the polynomial: products with the matrix.", "3", 1, 1000),
        field<&Chebyshev::degree>},
    Property{real_info("upper",
                       "Bound of the eigenvalues of the scaled matrix; 0: 1.1 times an estimate.",
                       "0", 0, infinity),
             field<&Chebyshev::upper>},
    Property{real_info("lower", "Lower end of what is damped; 0: the upper one over ratio.", "0", 0,
                       infinity),
             field<&Chebyshev::lower>},
    Property{
        real_info("ratio", "Upper over lower bound where lower is not given.", "30", 1.0001, 1e15),
        field<&Chebyshev::ratio>},
    Property{int_info("estimate_steps", "Lanczos steps of the estimate.", "10", 1, 1000),
             field<&Chebyshev::estimate_steps>},
    Property{text_info("scaling",
                       "Whether the matrix is divided by its diagonal, which wants its entries; "
                       "none: for callbacks.",
                       "diagonal", "diagonal|none"),
             field<&Chebyshev::scaling>},
};
constexpr std::array bound_results{
    Property{real_info("lower_used", "Lower bound that the polynomial was made for.", nullptr, 0,
                       infinity, WDL_RESULT),
             field<&Chebyshev::lower_used>, is_set_up},
    Property{real_info("upper_used", "Upper bound that the polynomial was made for.", nullptr, 0,
                       infinity, WDL_RESULT),
             field<&Chebyshev::upper_used>, is_set_up},
};
constexpr auto properties = joined(settings, all_results, bound_results);

}  // namespace

constinit const Kind chebyshev_kind("chebyshev", properties, make_object<Chebyshev>,
                                    destroy_object<Chebyshev>, nullptr);

}  // namespace windlass::precond
