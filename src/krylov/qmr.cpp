// Quasi-minimal residuals, of coupled two-term recurrences without look-ahead: for any A with
// products by A^H, preconditioned from the right.
// R. W. Freund, N. M. Nachtigal, 1994, doi 10.1137/0915022; R. Barrett et al., Templates for the
// solution of linear systems, 1994, doi 10.1137/1.9781611971538, figure 2.8.
//
//   rho = ||v||      xi = ||w||      delta = w^H v / (xi rho)      epsilon = q^H A p
//   p = M v / rho - (xi delta / epsilon-) p     q = w / xi - (rho delta / epsilon-)* q
//   beta = epsilon / delta    v = A p - beta v / rho     w = M^H A^H q - beta* w / xi
//   d = eta p + (theta- gamma)^2 d            s = eta A p + (theta- gamma)^2 s
//   x += d                                    r -= s
//
// Keeps r, v, w, p, q, d, s, A p, A^H q, and M v, M^H A^H q when preconditioned. A step moves A and
// A^H, M and M^H, and 27 vectors, 29 with M.
// Breaks down where delta or epsilon vanishes; begins again with another w then.
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Qmr {
 public:
  using S = Wide<T>;
  static Storage storage(const Shape &shape, const Settings &) {
    return {.vectors = shape.preconditioned ? 11 : 9, .sums = 3, .wanders = true};
  }
  Qmr(Space<T> &space, const Settings &)
      : s_(space),
        preconditioned_(space.preconditioned()),
        r_(space.vector(0)),
        v_(space.vector(1)),
        w_(space.vector(2)),
        p_(space.vector(3)),
        q_(space.vector(4)),
        d_(space.vector(5)),
        s_of_d_(space.vector(6)),
        ap_(space.vector(7)),
        aq_(space.vector(8)),
        mv_(preconditioned_ ? space.vector(9) : v_),
        maq_(preconditioned_ ? space.vector(10) : aq_) {}

  void run(Monitor<T> &monitor) {
    const auto &k = s_.k;
    const auto [product, of_w, of_r] = cast_shadow(s_, r_, w_, attempt_);
    s_.each([&](Panel c) {
      k.combine(c.length, S(1), r_ + c.first, S(), r_ + c.first, v_ + c.first);
      for (T *zero : {p_, q_, d_, s_of_d_})
        std::memset(static_cast<void *>(zero + c.first), 0, size_t(c.length) * sizeof(T));
    });
    take(of_r, of_w, product);
    double gamma = 1, theta = 0;
    S eta(-1), of_p{}, of_q{};  // of p and q in the next ones
    for (;;) {
      if (vanishes<T>(delta_, 1)) return void(monitor.broken(delta_));
      const double rho = rho_, xi = xi_;
      if (preconditioned_) s_.precondition(v_, mv_);
      s_.each([&](Panel c) {
        k.axpby(c.length, S(1 / rho), mv_ + c.first, of_p, p_ + c.first);
        k.axpby(c.length, S(1 / xi), w_ + c.first, of_q, q_ + c.first);
      });
      const auto [epsilon, qq, aa] = s_.template apply<3>(p_, ap_, [&](Panel c, S *part) {
        part[0] += k.dot(c.length, q_ + c.first, ap_ + c.first);
        part[1] += S(k.norm2(c.length, q_ + c.first));
        part[2] += S(k.norm2(c.length, ap_ + c.first));
      });
      if (vanishes<T>(epsilon, __builtin_sqrt(real(qq)) * __builtin_sqrt(real(aa))))
        return void(monitor.broken(epsilon));
      const S beta = epsilon / delta_;
      biorthogonalise(beta);
      const double gamma_last = gamma, theta_last = theta;
      theta = rho_ / (gamma_last * magnitude(beta));
      gamma = 1 / __builtin_sqrt(1 + theta * theta);
      const double ratio = gamma / gamma_last, kept = theta_last * gamma * theta_last * gamma;
      eta = -eta * (S(rho) / beta) * S(ratio * ratio);
      const double rr = real(s_.template sums<1>([&](Panel c, S *part) {
        k.axpby(c.length, eta, p_ + c.first, S(kept), d_ + c.first);
        k.axpby(c.length, eta, ap_ + c.first, S(kept), s_of_d_ + c.first);
        k.axpy(c.length, S(1), d_ + c.first, s_.x + c.first);
        k.axpy(c.length, S(-1), s_of_d_ + c.first, r_ + c.first);
        part[0] += S(k.norm2(c.length, r_ + c.first));
      })[0]);
      if (!monitor.step(__builtin_sqrt(rr), s_.x)) return;
      of_p = -S(xi_) * delta_ / epsilon;
      of_q = -S(rho_) * conj(delta_ / epsilon);
    }
  }

  void renew() noexcept { attempt_++; }

 private:
  // v <- A p - (beta / rho) v, w <- M^H A^H q - (beta* / xi) w, and what comes of them.
  void biorthogonalise(S beta) {
    const auto &k = s_.k;
    const S of_v = -beta / S(rho_), of_w = -conj(beta) / S(xi_);
    s_.apply(q_, aq_, Mode::adjoint);
    if (preconditioned_) s_.precondition(aq_, maq_, Mode::adjoint);
    const auto [vv, ww, wv] = s_.template sums<3>([&](Panel c, S *part) {
      T *v = v_ + c.first, *w = w_ + c.first;
      k.axpby(c.length, S(1), ap_ + c.first, of_v, v);
      k.axpby(c.length, S(1), maq_ + c.first, of_w, w);
      part[0] += S(k.norm2(c.length, v));
      part[1] += S(k.norm2(c.length, w));
      part[2] += k.dot(c.length, w, v);
    });
    take(__builtin_sqrt(real(vv)), __builtin_sqrt(real(ww)), wv);
  }
  // rho, xi, and delta; that of an invariant space is 0.
  void take(double of_v, double of_w, S product) noexcept {
    rho_ = of_v, xi_ = of_w;
    const double size = rho_ * xi_;
    delta_ = size == 0 ? S(0) : product / S(size);
  }

  Space<T> &s_;
  const bool preconditioned_;
  T *const r_, *const v_, *const w_, *const p_, *const q_, *const d_, *const s_of_d_;
  T *const ap_, *const aq_, *const mv_, *const maq_;
  double rho_ = 0, xi_ = 0;
  int attempt_ = 0;
  S delta_{};
};

}  // namespace

const Method qmr = method<Qmr>("qmr", {.adjoint = true});

}  // namespace windlass::krylov
