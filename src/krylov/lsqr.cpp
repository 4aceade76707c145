// Least squares, min || b - A x ||^2 + damping^2 || x - x0 ||^2, for any A of any shape: what
// conjugate gradients on the normal equations would give, with half the digits lost.
// C. C. Paige, M. A. Saunders, 1982, doi 10.1145/355984.355989.
//
//   beta u = A v - alpha u      alpha v = A^H u - beta v
//   x += (phi / rho) w          w = v - (theta / rho) w
//
// with rho, theta, phi of the QR factors of the bidiagonal matrix. Ends where the residual is small
// enough, or A^H r beside ||A|| ||r|| is (Reason::least_squares).
// The condition is ||A|| times the norm of the matrix of all w / rho, whose rows' squares sum up to
// the variances.
//
// Keeps u, v, w and a product. For m x n a step moves A and A^H, 4 m and 10 n.
// Does not break down.
#include "golub_kahan.hpp"
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Lsqr {
 public:
  using S = Wide<T>;
  static Storage storage(const Shape &, const Settings &) {
    return {.vectors = GolubKahan<T>::vectors + 1, .sums = 2};
  }
  Lsqr(Space<T> &space, const Settings &settings)
      : s_(space),
        damping_(settings.damping),
        slope_(settings.slope),
        g_(space, settings),
        w_(space.vector(3)) {}

  void run(Monitor<T> &monitor) {
    const auto &k = s_.k;
    const double flat = flat_at<T>(slope_, monitor.rtol);
    g_.begin();
    if (g_.alpha == 0) return void(monitor.stationary(0, g_.beta, 0, flat));
    s_.each(s_.columns, [&](Panel c) {
      k.combine(c.length, S(1 / g_.alpha), g_.v + c.first, S(), g_.v + c.first, w_ + c.first);
    });
    double phibar = g_.beta, rhobar = g_.alpha, damped = 0, norm_d = 0, steps = 0;
    for (;;) {
      const double norm2_w = g_.next(w_);
      if (!__builtin_isfinite(g_.alpha + g_.beta)) return void(monitor.broken(Reason::not_finite));
      const double rhobar1 = __builtin_hypot(rhobar, damping_);
      damped = __builtin_hypot(damped, damping_ / rhobar1 * phibar);
      phibar *= rhobar / rhobar1;
      const double rho = __builtin_hypot(rhobar1, g_.beta);
      const double cosine = rhobar1 / rho, sine = g_.beta / rho;
      const double theta = sine * g_.alpha, phi = cosine * phibar;
      rhobar = -cosine * g_.alpha;
      phibar *= sine;
      const S of_v(g_.alpha > 0 ? 1 / g_.alpha : 0);
      double *const variances = g_.variances();
      s_.each(s_.columns, [&](Panel c) {
        if (variances)
          for (int64_t i = c.first; i < c.first + c.length; i++)
            variances[i] += norm2(S(w_[i])) / (rho * rho);
        k.axpy(c.length, S(phi / rho), w_ + c.first, s_.x + c.first);
        k.axpby(c.length, of_v, g_.v + c.first, S(-theta / rho), w_ + c.first);
      });
      const double norm = __builtin_hypot(phibar, damped);
      const double norm_a = __builtin_sqrt(g_.squares + ++steps * damping_ * damping_);
      norm_d = __builtin_hypot(norm_d, __builtin_sqrt(norm2_w) / rho);
      const bool too_ill = g_.too_ill(norm_a, norm_a * norm_d);
      if (!monitor.step(norm, s_.x)) return;
      const double slope = __builtin_fabs(phibar) * g_.alpha * cosine;
      if (monitor.stationary(slope, norm, g_.norm_a, flat)) return;
      if (too_ill) return void(monitor.broken(Reason::condition_limit));
    }
  }

 private:
  Space<T> &s_;
  const double damping_, slope_;
  GolubKahan<T> g_;
  T *const w_;
};

}  // namespace

const Method lsqr = method<Lsqr>("lsqr", {.adjoint = true, .rectangular = true});

}  // namespace windlass::krylov
