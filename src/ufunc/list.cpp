#include "list.hpp"

#include <array>

#include "elementwise.hpp"
#include "generalised.hpp"
#include "in_place.hpp"

namespace windlass::ufunc {
namespace {

using flags::divide_by_zero, flags::overflow, flags::underflow;

// A function in single and in double precision.
struct Row {
  const char *name, *help, *signature, *identity;
  int32_t inputs, outputs;
  const char *f32_types, *f64_types;
  wdl_loop_fn f32, f64;
  const void *data = nullptr;
  float (*f_f)(float) = nullptr;
  double (*d_d)(double) = nullptr;
  float (*ff_f)(float, float) = nullptr;
  double (*dd_d)(double, double) = nullptr;
};

template <Block Functions::*block, int inputs, uint32_t infinity, uint32_t tiny>
constexpr Elementwise elementwise = {
    block, inputs, block == &Functions::logaddexp || block == &Functions::hypot, {infinity, tiny}};

// Of one element.
template <class T>
T once(const Elementwise &what, T a, T b) {
  const intptr_t one = 1, steps[] = {sizeof(T), sizeof(T), sizeof(T)};
  T y;
  char *ends[] = {reinterpret_cast<char *>(&b), reinterpret_cast<char *>(&y)};
  char *args[] = {reinterpret_cast<char *>(&a), ends[what.inputs == 1], ends[1]};
  elementwise_loop<T>(args, &one, steps, const_cast<Elementwise *>(&what));
  return y;
}
template <const Elementwise &what, class T>
T of_one(T x) {
  return once(what, x, x);
}
template <const Elementwise &what, class T>
T of_two(T a, T b) {
  return once(what, a, b);
}

// infinity: the flag of an infinite result of finite arguments, tiny: of a subnormal or zero one.
template <Block Functions::*block, uint32_t infinity, uint32_t tiny>
constexpr Row unary(const char *name, const char *help) {
  return {name,
          help,
          nullptr,
          nullptr,
          1,
          1,
          "f->f",
          "d->d",
          elementwise_loop<float>,
          elementwise_loop<double>,
          &elementwise<block, 1, infinity, tiny>,
          of_one<elementwise<block, 1, infinity, tiny>, float>,
          of_one<elementwise<block, 1, infinity, tiny>, double>};
}
template <Block Functions::*block, uint32_t infinity, uint32_t tiny>
constexpr Row binary(const char *name, const char *identity, const char *help) {
  return {name,
          help,
          nullptr,
          identity,
          2,
          1,
          "ff->f",
          "dd->d",
          elementwise_loop<float>,
          elementwise_loop<double>,
          &elementwise<block, 2, infinity, tiny>,
          nullptr,
          nullptr,
          of_two<elementwise<block, 2, infinity, tiny>, float>,
          of_two<elementwise<block, 2, infinity, tiny>, double>};
}

using Single = Generalised<float>;
using Double = Generalised<double>;

constexpr Row rows[] = {
    unary<&Functions::exp, overflow, underflow>("exp", "The exponential of x."),
    unary<&Functions::expm1, overflow, underflow>("expm1", "exp(x) - 1, also of small x."),
    unary<&Functions::log, divide_by_zero, 0>("log", "The natural logarithm of x."),
    unary<&Functions::log1p, divide_by_zero, underflow>("log1p", "log(1 + x), also of small x."),
    unary<&Functions::tanh, 0, underflow>("tanh", "The hyperbolic tangent of x."),
    unary<&Functions::expit, 0, underflow>("expit", "1 / (1 + exp(-x)), the logistic function."),
    unary<&Functions::logit, divide_by_zero, 0>("logit", "log(x / (1 - x)), the inverse of expit."),
    unary<&Functions::softplus, 0, underflow>("softplus", "log(1 + exp(x))."),
    unary<&Functions::silu, 0, underflow>("silu", "x expit(x), the sigmoid linear unit."),
    unary<&Functions::gelu, 0, underflow>("gelu", "x norm_cdf(x), the Gaussian error linear unit."),
    unary<&Functions::erf, 0, underflow>("erf", "The error function of x."),
    unary<&Functions::erfc, 0, underflow>("erfc", "1 - erf(x), also of large x."),
    unary<&Functions::norm_cdf, 0, underflow>(
        "norm_cdf", "The standard normal distribution's cumulative probability at x."),
    unary<&Functions::norm_logpdf, overflow, 0>(
        "norm_logpdf", "The logarithm of the standard normal distribution's density at x."),
    unary<&Functions::rsqrt, divide_by_zero, 0>("rsqrt", "1 / sqrt(x)."),
    binary<&Functions::logaddexp, 0, 0>("logaddexp", "-inf", "log(exp(a) + exp(b))."),
    binary<&Functions::xlogy, divide_by_zero, 0>("xlogy", nullptr,
                                                 "x log(y), and 0 where x is 0 and y is not NaN."),
    binary<&Functions::hypot, overflow, 0>("hypot", "0",
                                           "sqrt(a^2 + b^2), without overflow on the way."),
    {"logsumexp", "log(sum of exp(x)); of nothing it is -inf.", "(n)->()", nullptr, 1, 1, "f->f",
     "d->d", Single::logsumexp, Double::logsumexp},
    {"softmax", "exp(x) / sum of exp(x).", "(n)->(n)", nullptr, 1, 1, "f->f", "d->d",
     Single::softmax, Double::softmax},
    {"sqdist",
     "Squared distances of n points and m others: sums of (a - b)^2, exactly 0 for equal ones.",
     "(n,d),(m,d)->(n,m)", nullptr, 2, 1, "ff->f", "dd->d", Single::sqdist, Double::sqdist},
    {"nearest",
     "The nearest of m points, the first of several, and its squared distance; a NaN counts as the "
     "nearest, of none it is -1, inf.",
     "(n,d),(m,d)->(n),(n)", nullptr, 2, 2, "ff->lf", "dd->ld", Single::nearest, Double::nearest},
    {"mahalanobis", "sqrt((x - y) P (x - y)), P the inverse of the covariance.",
     "(d),(d),(d,d)->()", nullptr, 3, 1, "fff->f", "ddd->d", Single::mahalanobis,
     Double::mahalanobis},
    {"mvn_logpdf",
     "The logarithm of the density of n points under k normal distributions: means, covariances, "
     "of which the lower triangles are read; NaN, and invalid, under one that is not positive "
     "definite.",
     "(n,d),(k,d),(k,d,d)->(n,k)", nullptr, 3, 1, "fff->f", "ddd->d", Single::mvn_logpdf,
     Double::mvn_logpdf},
    {"weighted_cov",
     "The mean and covariance of n points with weights: sums over the sum of the weights.",
     "(n,d),(n)->(d),(d,d)", nullptr, 2, 2, "ff->ff", "dd->dd", Single::weighted_cov,
     Double::weighted_cov},
    {"cholesky_solve",
     "The solution x of A x = b by the lower triangular factor L of A = L L^T; what is above its "
     "diagonal is not read.",
     "(d,d),(d)->(d)", nullptr, 2, 1, "ff->f", "dd->d", Single::cholesky_solve,
     Double::cholesky_solve},
    {"moving_mean",
     "The mean of the last `window` numbers; NaN for the first window - 1; where window is below 1 "
     "NaN, and invalid.",
     "(n),()->(n)", nullptr, 2, 1, "fl->f", "dl->d", Single::moving_mean, Double::moving_mean},
    {"cumulative_moments", "The mean and the variance (by the count) of the numbers so far.",
     "(n)->(n),(n)", nullptr, 1, 2, "f->ff", "d->dd", Single::cumulative_moments,
     Double::cumulative_moments},
};

constexpr Core core_of(const Row &row, bool f32) {
  return {f32 ? row.f32_types : row.f64_types, row.signature, row.inputs, row.outputs,
          f32 ? row.f32 : row.f64};
}

// Of each row in single and in double precision.
template <class Made, class Make>
constexpr auto both_of(Make make) {
  std::array<Made, 2 * std::size(rows)> both{};
  for (size_t i = 0; i < both.size(); i++) both[i] = make(i, rows[i / 2], i % 2 == 0);
  return both;
}

constexpr auto cores =
    both_of<Core>([](size_t, const Row &row, bool f32) { return core_of(row, f32); });

constexpr wdl_loop loop_of(size_t number, const Row &row, bool f32) {
  const bool copies = row.signature;  // elementwise loops read before they write
  return {row.name,
          row.help,
          f32 ? row.f32_types : row.f64_types,
          row.signature,
          row.identity,
          copies ? loop_in_place
          : f32  ? row.f32
                 : row.f64,
          const_cast<void *>(copies ? &cores[number] : row.data),
          row.inputs,
          row.outputs,
          f32 ? row.f_f : nullptr,
          f32 ? nullptr : row.d_d,
          f32 ? row.ff_f : nullptr,
          f32 ? nullptr : row.dd_d};
}

constexpr auto list = both_of<wdl_loop>(loop_of);

}  // namespace

std::span<const wdl_loop> loops() noexcept { return list; }

}  // namespace windlass::ufunc
