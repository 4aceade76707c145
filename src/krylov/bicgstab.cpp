// Biconjugate gradients, stabilised: for any A, preconditioned from the right.
// H. A. van der Vorst, 1992, doi 10.1137/0913035; Y. Saad, Iterative methods for sparse linear
// systems, 2003, algorithm 7.7.
//
//   alpha = r~^H r / r~^H A M p      s = r - alpha A M p
//   omega = t^H s / t^H t            t = A M s
//   x += alpha M p + omega M s       r = s - omega t
//   p = r + beta (p - omega A M p),  beta = (r~^H r)' / r~^H r  alpha / omega
//
// Keeps r (and s), r~, p, v = A M p, t, and M p, M s when preconditioned. A step moves A twice, M
// twice, and 19 vectors, 21 with M.
// Where t^H s vanishes, as it does for a skew A, omega is what makes omega t 0.7 times as long as
// s: G. L. G. Sleijpen, H. A. van der Vorst, 1995, doi 10.1007/BF02141261. Breaks down where r~^H r
// or r~^H v vanishes, or t; begins again with r~ = r where the residual has fallen before, and else
// with another r~.
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class BiCgStab {
 public:
  using S = Wide<T>;
  static Storage storage(const Shape &shape, const Settings &) {
    return {.vectors = shape.preconditioned ? 7 : 5, .sums = 3, .wanders = true};
  }
  BiCgStab(Space<T> &space, const Settings &) : s_(space) {}

  void run(Monitor<T> &monitor) {
    const auto &k = s_.k;
    T *r = s_.vector(0), *shadow = s_.vector(1), *p = s_.vector(2), *v = s_.vector(3);
    T *t = s_.vector(4), *mp = s_.preconditioned() ? s_.vector(5) : p;
    T *ms = s_.preconditioned() ? s_.vector(6) : r;

    const auto [product, of_shadow, of_r] = cast_shadow(s_, r, shadow, attempt_);
    s_.each(
        [&](Panel c) { k.combine(c.length, S(1), r + c.first, S(), r + c.first, p + c.first); });
    S rho = product;
    for (;;) {
      if (mp != p) s_.precondition(p, mp);
      const auto [sv, vv] = s_.template apply<2>(mp, v, [&](Panel c, S *part) {
        part[0] += k.dot(c.length, shadow + c.first, v + c.first);
        part[1] += S(k.norm2(c.length, v + c.first));
      });
      if (vanishes<T>(sv, of_shadow * __builtin_sqrt(real(vv)))) return void(monitor.broken(sv));
      const S alpha = rho / sv;
      const double ss = real(s_.template sums<1>([&](Panel c, S *part) {
        k.axpy(c.length, -alpha, v + c.first, r + c.first);
        part[0] += S(k.norm2(c.length, r + c.first));
      })[0]);
      if (monitor.small(__builtin_sqrt(ss))) {  // t would be about 0
        s_.each([&](Panel c) { k.axpy(c.length, alpha, mp + c.first, s_.x + c.first); });
        if (!monitor.step(__builtin_sqrt(ss), s_.x)) return;
      }
      if (ms != r) s_.precondition(r, ms);
      const auto [ts, tt] = s_.template apply<2>(ms, t, [&](Panel c, S *part) {
        part[0] += k.dot(c.length, t + c.first, r + c.first);
        part[1] += S(k.norm2(c.length, t + c.first));
      });
      if (!(real(tt) > 0)) {
        s_.each([&](Panel c) { k.axpy(c.length, alpha, mp + c.first, s_.x + c.first); });
        if (monitor.step(__builtin_sqrt(ss), s_.x)) monitor.broken(ts);
        return;
      }
      const bool lost = vanishes<T>(ts, __builtin_sqrt(real(tt) * ss));
      const S omega = lost ? S(least * __builtin_sqrt(ss / real(tt))) : ts / tt;
      const auto [next, norm] = s_.template sums<2>([&](Panel c, S *part) {
        k.axpy(c.length, alpha, mp + c.first, s_.x + c.first);
        k.axpy(c.length, omega, ms + c.first, s_.x + c.first);
        k.axpy(c.length, -omega, t + c.first, r + c.first);
        part[0] += k.dot(c.length, shadow + c.first, r + c.first);
        part[1] += S(k.norm2(c.length, r + c.first));
      });
      if (!monitor.step(__builtin_sqrt(real(norm)), s_.x)) return;
      if (vanishes<T>(next, of_shadow * __builtin_sqrt(real(norm))))
        return void(monitor.broken(next));
      const S beta = (next / rho) * (alpha / omega);
      rho = next;
      s_.each([&](Panel c) {
        k.axpy(c.length, -omega, v + c.first, p + c.first);
        k.xpay(c.length, r + c.first, beta, p + c.first);
      });
    }
  }

  void renew() noexcept { attempt_++; }

 private:
  static constexpr double least = 0.7;  // of || omega t || to || s ||
  Space<T> &s_;
  int attempt_ = 0;
};

}  // namespace

const Method bicgstab = method<BiCgStab>("bicgstab");

}  // namespace windlass::krylov
