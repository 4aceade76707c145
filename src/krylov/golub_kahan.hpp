// Bidiagonalisation of A from a vector on, of which LSQR and LSMR are made.
// G. H. Golub, W. Kahan, 1965, doi 10.1137/0702016.
//
//   beta u = A v- - alpha- u-      alpha v = A^H u - beta v-
//
// u and v stand unscaled: beta u and alpha v are in memory. Keeps u, v, and one vector more.
#pragma once
#include "method.hpp"

namespace windlass::krylov {

template <class T>
class GolubKahan {
 public:
  using S = Wide<T>;
  static constexpr int64_t vectors = 3;

  GolubKahan(Space<T> &space, const Settings &settings)
      : v(space.vector(1)),
        s_(space),
        u_(space.vector(0)),
        t_(space.vector(2)),
        limit_(settings.condition_limit) {}

  T *const v;
  double alpha = 0, beta = 0;
  double norm_a = 0;   // ||A|| is at least that
  double squares = 0;  // of the entries of the bidiagonal matrix, the last alpha's not

  // From beta u, the residual in vector 0.
  void begin() {
    beta = s_.norm(s_.rows, u_);
    alpha = 0, norm_a = 0, squares = 0;
    cycles_++;
    s_.each(s_.columns, [&](Panel c) {
      std::memset(static_cast<void *>(v + c.first), 0, size_t(c.length) * sizeof(T));
    });
    if (beta > 0) other(0);
  }
  // Once alpha > 0. The square of the norm of w, which is as long as v, where there is one.
  double next(const T *w_or_null = nullptr) {
    const auto &k = s_.k;
    const S along(1 / alpha), back(-alpha / beta);
    beta = __builtin_sqrt(real(s_.template apply<1>(v, t_, [&](Panel c, S *part) {
      k.axpby(c.length, along, t_ + c.first, back, u_ + c.first);
      part[0] += S(k.norm2(c.length, u_ + c.first));
    })[0]));
    norm_a = __builtin_fmax(norm_a, __builtin_hypot(alpha, beta));  // that of A v
    squares += alpha * alpha + beta * beta;
    if (beta > 0) return other(-beta / alpha, w_or_null);
    alpha = 0;
    const double norm_w = w_or_null ? s_.norm(s_.columns, w_or_null) : 0;
    return norm_w * norm_w;
  }
  // After a step, what it tells of A; whether the condition is above its limit. Later cycles begin
  // from little more than rounding, and tell nothing.
  bool too_ill(double of_a, double condition) const noexcept {
    if (cycles_ > 1) return false;
    if (s_.caller()) s_.estimates().norm_a = of_a, s_.estimates().condition = condition;
    return limit_ > 0 && condition > limit_;
  }
  // Where variances are summed in this cycle.
  double *variances() const noexcept { return cycles_ == 1 ? s_.estimates().variances : nullptr; }

 private:
  double other(double of_v, const T *w_or_null = nullptr) {
    const auto &k = s_.k;
    const S along(1 / beta), back(of_v);
    const auto squares_of = s_.template apply<2>(
        u_, t_,
        [&](Panel c, S *part) {
          k.axpby(c.length, along, t_ + c.first, back, v + c.first);
          part[0] += S(k.norm2(c.length, v + c.first));
          if (w_or_null) part[1] += S(k.norm2(c.length, w_or_null + c.first));
        },
        Mode::adjoint);
    alpha = __builtin_sqrt(real(squares_of[0]));
    return real(squares_of[1]);
  }

  Space<T> &s_;
  T *const u_, *const t_;
  const double limit_;
  int64_t cycles_ = 0;
};

// Up to which ||A^H r|| / (||A|| ||r||) counts as zero: slope, or rtol where that is 0.
template <class T>
double flat_at(double slope, double rtol) noexcept {
  return __builtin_fmax(slope > 0 ? slope : rtol, 4 * eps_of<T>);
}

}  // namespace windlass::krylov
