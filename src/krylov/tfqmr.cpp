// Quasi-minimal residuals, transpose-free: for any A, preconditioned from the right.
// R. W. Freund, 1993, doi 10.1137/0914029; Y. Saad, Iterative methods for sparse linear systems,
// 2003, algorithm 7.8.
//
//   w -= alpha A M u      d = M u + (theta^2 eta / alpha) d      theta = ||w|| / tau
//   tau *= theta c        eta = c^2 alpha       x += eta d       c = 1 / sqrt(1 + theta^2)
//
// in half steps: of every other the first has alpha = rho / r~^H v and u -= alpha v after it, the
// second rho' = r~^H w, u = w + beta u, v = A M u' + beta (A M u + beta v), beta = rho' / rho.
// After m half steps || b - A x || is at most tau sqrt(m + 1), and that is the norm it tells.
//
// Keeps w, r~, u, v, a = A M u, d, and M u when preconditioned. A step, which is a half step, moves
// A, M and 16 vectors, 17 with M.
// Breaks down where r~^H r or r~^H v vanishes; begins again with another r~ then.
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Tfqmr {
 public:
  using S = Wide<T>;
  static Storage storage(const Shape &shape, const Settings &) {
    return {.vectors = shape.preconditioned ? 7 : 6, .sums = 3, .wanders = true};
  }
  Tfqmr(Space<T> &space, const Settings &)
      : s_(space),
        preconditioned_(space.preconditioned()),
        w_(space.vector(0)),
        shadow_(space.vector(1)),
        u_(space.vector(2)),
        v_(space.vector(3)),
        a_(space.vector(4)),
        d_(space.vector(5)),
        mu_(preconditioned_ ? space.vector(6) : u_) {}

  void run(Monitor<T> &monitor) {
    const auto &k = s_.k;
    const auto [product, of_shadow, of_r] = cast_shadow(s_, w_, shadow_, attempt_);
    begin(of_r);
    S rho = product;
    for (;;) {
      const auto [sv, vv] = direction();
      if (vanishes<T>(sv, of_shadow * __builtin_sqrt(real(vv)))) return void(monitor.broken(sv));
      const S alpha = rho / sv;
      // The first half: A M u is known.
      const S first = S(theta_ * theta_) * eta_ / alpha;
      const double ww = real(s_.template sums<1>([&](Panel c, S *part) {
        k.axpy(c.length, -alpha, a_ + c.first, w_ + c.first);
        k.xpay(c.length, mu_ + c.first, first, d_ + c.first);
        k.axpy(c.length, -alpha, v_ + c.first, u_ + c.first);
        part[0] += S(k.norm2(c.length, w_ + c.first));
      })[0]);
      rotate(ww, alpha);
      s_.each([&](Panel c) { k.axpy(c.length, eta_, d_ + c.first, s_.x + c.first); });
      if (!told(monitor)) return;
      // The second.
      const S second = S(theta_ * theta_) * eta_ / alpha;
      if (preconditioned_) s_.precondition(u_, mu_);
      const auto [next, norm] = s_.template apply<2>(mu_, a_, [&](Panel c, S *part) {
        k.axpy(c.length, -alpha, a_ + c.first, w_ + c.first);
        k.xpay(c.length, mu_ + c.first, second, d_ + c.first);
        part[0] += k.dot(c.length, shadow_ + c.first, w_ + c.first);
        part[1] += S(k.norm2(c.length, w_ + c.first));
      });
      rotate(real(norm), alpha);
      const S beta = next / rho;
      rho = next;
      s_.each([&](Panel c) {
        k.axpy(c.length, eta_, d_ + c.first, s_.x + c.first);
        k.xpay(c.length, w_ + c.first, beta, u_ + c.first);
        k.axpby(c.length, beta, a_ + c.first, beta * beta, v_ + c.first);
      });
      if (!told(monitor)) return;
      if (vanishes<T>(next, of_shadow * __builtin_sqrt(real(norm))))
        return void(monitor.broken(next));
    }
  }

  void renew() noexcept { attempt_++; }

 private:
  // u = w = r, v = d = 0
  void begin(double norm) {
    s_.each([&](Panel c) {
      s_.k.combine(c.length, S(1), w_ + c.first, S(), w_ + c.first, u_ + c.first);
      for (T *zero : {v_, d_})
        std::memset(static_cast<void *>(zero + c.first), 0, size_t(c.length) * sizeof(T));
    });
    tau_ = norm, theta_ = 0, eta_ = S(), halves_ = 0;
  }
  // a <- A M u, v += a; r~^H v and ||v||^2
  std::array<S, 2> direction() {
    const auto &k = s_.k;
    if (preconditioned_) s_.precondition(u_, mu_);
    return s_.template apply<2>(mu_, a_, [&](Panel c, S *part) {
      k.axpy(c.length, S(1), a_ + c.first, v_ + c.first);
      part[0] += k.dot(c.length, shadow_ + c.first, v_ + c.first);
      part[1] += S(k.norm2(c.length, v_ + c.first));
    });
  }
  void rotate(double ww, S alpha) noexcept {
    theta_ = tau_ > 0 ? __builtin_sqrt(ww) / tau_ : 0;
    const double c2 = 1 / (1 + theta_ * theta_);
    tau_ *= theta_ * __builtin_sqrt(c2);
    eta_ = S(c2) * alpha;
    halves_++;
  }
  bool told(Monitor<T> &monitor) {
    return monitor.step(tau_ * __builtin_sqrt(double(halves_ + 1)), s_.x);
  }

  Space<T> &s_;
  const bool preconditioned_;
  T *const w_, *const shadow_, *const u_, *const v_, *const a_, *const d_, *const mu_;
  double tau_ = 0, theta_ = 0;
  S eta_{};
  int64_t halves_ = 0;
  int attempt_ = 0;
};

}  // namespace

const Method tfqmr = method<Tfqmr>("tfqmr");

}  // namespace windlass::krylov
