// Conjugate gradients squared: for any A, preconditioned from the right.
// P. Sonneveld, 1989, doi 10.1137/0910004; Y. Saad, Iterative methods for sparse linear systems,
// 2003, algorithm 7.6.
//
//   alpha = r~^H r / r~^H A M p      q = u - alpha A M p
//   x += alpha M (u + q)             r -= alpha A M (u + q)
//   beta = (r~^H r)' / r~^H r        u = r + beta q      p = u + beta (q + beta p)
//
// Keeps r, r~, p, u, q, v = A M p, and M p when preconditioned. A step moves A twice, M twice, and
// 19 vectors.
// Breaks down where r~^H r or r~^H v vanishes; begins again with another r~ then. Its residual may
// grow by many orders on the way, which x then has lost in digits: a second cycle makes up for it.
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Cgs {
 public:
  using S = Wide<T>;
  static Storage storage(const Shape &shape, const Settings &) {
    return {.vectors = shape.preconditioned ? 7 : 6, .sums = 3, .wanders = true};
  }
  Cgs(Space<T> &space, const Settings &) : s_(space) {}

  void run(Monitor<T> &monitor) {
    const auto &k = s_.k;
    T *r = s_.vector(0), *shadow = s_.vector(1), *p = s_.vector(2), *u = s_.vector(3);
    T *q = s_.vector(4), *v = s_.vector(5);
    const bool preconditioned = s_.preconditioned();
    T *mp = preconditioned ? s_.vector(6) : p, *mu = preconditioned ? mp : u;

    const auto [product, of_shadow, of_r] = cast_shadow(s_, r, shadow, attempt_);
    s_.each([&](Panel c) {
      for (T *copy : {p, u})
        k.combine(c.length, S(1), r + c.first, S(), r + c.first, copy + c.first);
    });
    S rho = product;
    for (;;) {
      if (preconditioned) s_.precondition(p, mp);
      const auto [sv, vv] = s_.template apply<2>(mp, v, [&](Panel c, S *part) {
        part[0] += k.dot(c.length, shadow + c.first, v + c.first);
        part[1] += S(k.norm2(c.length, v + c.first));
      });
      if (vanishes<T>(sv, of_shadow * __builtin_sqrt(real(vv)))) return void(monitor.broken(sv));
      const S alpha = rho / sv;
      s_.each([&](Panel c) {  // u is u + q from here on
        k.combine(c.length, S(1), u + c.first, -alpha, v + c.first, q + c.first);
        k.axpy(c.length, S(1), q + c.first, u + c.first);
      });
      if (preconditioned) s_.precondition(u, mu);
      const auto [next, norm] = s_.template apply<2>(mu, v, [&](Panel c, S *part) {
        k.axpy(c.length, alpha, mu + c.first, s_.x + c.first);
        k.axpy(c.length, -alpha, v + c.first, r + c.first);
        part[0] += k.dot(c.length, shadow + c.first, r + c.first);
        part[1] += S(k.norm2(c.length, r + c.first));
      });
      if (!monitor.step(__builtin_sqrt(real(norm)), s_.x)) return;
      if (vanishes<T>(next, of_shadow * __builtin_sqrt(real(norm))))
        return void(monitor.broken(next));
      const S beta = next / rho;
      rho = next;
      s_.each([&](Panel c) {
        k.combine(c.length, S(1), r + c.first, beta, q + c.first, u + c.first);
        k.axpby(c.length, beta, q + c.first, beta * beta, p + c.first);
        k.axpy(c.length, S(1), u + c.first, p + c.first);
      });
    }
  }

  void renew() noexcept { attempt_++; }

 private:
  Space<T> &s_;
  int attempt_ = 0;
};

}  // namespace

const Method cgs = method<Cgs>("cgs");

}  // namespace windlass::krylov
