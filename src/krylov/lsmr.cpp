// Least squares, min || b - A x ||^2 + damping^2 || x - x0 ||^2, for any A of any shape: what
// MINRES on the normal equations would give. || A^H r || falls in every step, so that it may end
// before LSQR. D. C.-L. Fong, M. A. Saunders, 2011, doi 10.1137/10079687X.
//
//   beta u = A v - alpha u      alpha v = A^H u - beta v
//   hbar = h - (thetabar rho / (rho- rhobar-)) hbar
//   x += (zeta / (rho rhobar)) hbar
//   h = v - (theta / rho) h
//
// with two QR factorisations of the bidiagonal matrix; the residual's norm comes of a third, after
// section 5 there. Ends as LSQR does; the condition is estimated as section 6 there has it.
//
// Keeps u, v, h, hbar and a product. For m x n a step moves A and A^H, 4 m and 12 n.
// Does not break down.
#include "golub_kahan.hpp"
#include "methods.hpp"

namespace windlass::krylov {
namespace {

struct Rotation {
  double c, s, r;
  Rotation(double a, double b) : c(1), s(0), r(__builtin_hypot(a, b)) {
    if (r > 0) c = a / r, s = b / r;
  }
};

// || r || of the damped problem.
class ResidualNorm {
 public:
  explicit ResidualNorm(double beta) : betadd_(beta) {}
  double next(Rotation hat, Rotation p, double thetabar, double rhobar, double zeta_last,
              double zeta) {
    const double acute = hat.c * betadd_, check = -hat.s * betadd_;
    const double betahat = p.c * acute;
    betadd_ = -p.s * acute;
    const double theta_last = theta_;
    const Rotation tilde(rhod_, thetabar);
    theta_ = tilde.s * rhobar;
    rhod_ = tilde.c * rhobar;
    betad_ = -tilde.s * betad_ + tilde.c * betahat;
    tau_ = tilde.r > 0 ? (zeta_last - theta_last * tau_) / tilde.r : 0;
    const double tau = rhod_ != 0 ? (zeta - theta_ * tau_) / rhod_ : 0;
    damped_ += check * check;
    return __builtin_sqrt(damped_ + (betad_ - tau) * (betad_ - tau) + betadd_ * betadd_);
  }

 private:
  double betadd_, betad_ = 0, rhod_ = 1, tau_ = 0, theta_ = 0, damped_ = 0;
};

// Of A, as the diagonal of the second factor shows them: its entries, and one that is its last for
// a step only.
class SingularValues {
 public:
  double condition(double entry, double last) {
    if (first_)  // its entry is no step's
      first_ = false;
    else
      most_ = __builtin_fmax(most_, entry), least_ = __builtin_fmin(least_, entry);
    return __builtin_fmax(most_, last) / __builtin_fmin(least_, last);
  }

 private:
  bool first_ = true;
  double most_ = 0, least_ = __builtin_inf();
};

template <class T>
class Lsmr {
 public:
  using S = Wide<T>;
  static Storage storage(const Shape &, const Settings &) {
    return {.vectors = GolubKahan<T>::vectors + 2, .sums = 2};
  }
  Lsmr(Space<T> &space, const Settings &settings)
      : s_(space),
        damping_(settings.damping),
        slope_(settings.slope),
        g_(space, settings),
        h_(space.vector(3)),
        hbar_(space.vector(4)) {}

  void run(Monitor<T> &monitor) {
    const double flat = flat_at<T>(slope_, monitor.rtol);
    g_.begin();
    if (g_.alpha == 0) return void(monitor.stationary(0, g_.beta, 0, flat));
    begin();
    ResidualNorm residual(g_.beta);
    double alphabar = g_.alpha, zetabar = g_.alpha * g_.beta, zeta = 0;
    double rho = 1, rhobar = 1, cbar = 1, sbar = 0;
    SingularValues values;
    for (;;) {
      g_.next();
      const Rotation hat(alphabar, damping_), p(hat.r, g_.beta);
      const double rho_last = rho, rhobar_last = rhobar, zeta_last = zeta;
      rho = p.r;
      const double theta = p.s * g_.alpha, thetabar = sbar * rho;
      alphabar = p.c * g_.alpha;
      const double last = cbar * rho;
      const Rotation bar(last, theta);
      cbar = bar.c, sbar = bar.s, rhobar = bar.r;
      zeta = cbar * zetabar;
      zetabar = -sbar * zetabar;
      if (!(rho * rhobar > 0)) return void(monitor.broken(S(rho * rhobar)));
      advance(-thetabar * rho / (rho_last * rhobar_last), zeta / (rho * rhobar), -theta / rho);
      const double norm = residual.next(hat, p, thetabar, rhobar, zeta_last, zeta);
      const double norm_a = __builtin_sqrt(g_.squares);
      const bool too_ill = g_.too_ill(norm_a, values.condition(rhobar_last, last));
      if (!monitor.step(norm, s_.x)) return;
      if (monitor.stationary(__builtin_fabs(zetabar), norm, g_.norm_a, flat)) return;
      if (too_ill) return void(monitor.broken(Reason::condition_limit));
      if (g_.alpha == 0) return void(monitor.broken());
    }
  }

 private:
  // h = v, hbar = 0
  void begin() {
    const auto &k = s_.k;
    s_.each(s_.columns, [&](Panel c) {
      k.combine(c.length, S(1 / g_.alpha), g_.v + c.first, S(), g_.v + c.first, h_ + c.first);
      std::memset(static_cast<void *>(hbar_ + c.first), 0, size_t(c.length) * sizeof(T));
    });
  }
  void advance(double of_hbar, double of_x, double of_h) {
    const auto &k = s_.k;
    const S of_v(g_.alpha > 0 ? 1 / g_.alpha : 0);
    s_.each(s_.columns, [&](Panel c) {
      k.xpay(c.length, h_ + c.first, S(of_hbar), hbar_ + c.first);
      k.axpy(c.length, S(of_x), hbar_ + c.first, s_.x + c.first);
      k.axpby(c.length, of_v, g_.v + c.first, S(of_h), h_ + c.first);
    });
  }

  Space<T> &s_;
  const double damping_, slope_;
  GolubKahan<T> g_;
  T *const h_, *const hbar_;
};

}  // namespace

const Method lsmr = method<Lsmr>("lsmr", {.adjoint = true, .rectangular = true});

}  // namespace windlass::krylov
