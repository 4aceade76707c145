// Biconjugate gradients: for any A with products by A^H.
// R. Fletcher, 1976, doi 10.1007/BFb0080116; Y. Saad, Iterative methods for sparse linear systems,
// 2003, algorithm 7.3.
//
//   alpha = r~^H z / p~^H A p      x += alpha p      r -= alpha A p      r~ -= alpha* A^H p~
//   z = M r                        beta = (r~^H z)' / r~^H z      p = z + beta p
//   z~ = M^H r~                    p~ = z~ + beta* p~
//
// Keeps r, r~, p, p~, q = A p, q~ = A^H p~, and z, z~ when preconditioned. A step moves A and A^H,
// M and M^H, and 22 vectors.
// Breaks down where r~^H z or p~^H q vanishes; begins again with another r~ then.
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class BiCg {
 public:
  using S = Wide<T>;
  static Storage storage(const Shape &shape, const Settings &) {
    return {.vectors = shape.preconditioned ? 8 : 6, .sums = 3, .wanders = true};
  }
  BiCg(Space<T> &space, const Settings &)
      : s_(space),
        preconditioned_(space.preconditioned()),
        r_(space.vector(0)),
        shadow_(space.vector(1)),
        z_(preconditioned_ ? space.vector(6) : r_),
        of_shadow_z_(preconditioned_ ? space.vector(7) : shadow_) {}

  void run(Monitor<T> &monitor) {
    const auto &k = s_.k;
    T *r = r_, *shadow = shadow_, *p = s_.vector(2), *pt = s_.vector(3);
    T *q = s_.vector(4), *qt = s_.vector(5);

    cast_shadow(s_, r, shadow, attempt_);
    S rho;
    if (!precondition(monitor, rho)) return;
    s_.each([&](Panel c) {
      k.combine(c.length, S(1), z_ + c.first, S(), z_ + c.first, p + c.first);
      k.combine(c.length, S(1), of_shadow_z_ + c.first, S(), z_ + c.first, pt + c.first);
    });
    for (;;) {
      const auto [pq, pp, qq] = s_.template apply<3>(p, q, [&](Panel c, S *part) {
        part[0] += k.dot(c.length, pt + c.first, q + c.first);
        part[1] += S(k.norm2(c.length, pt + c.first));
        part[2] += S(k.norm2(c.length, q + c.first));
      });
      if (vanishes<T>(pq, __builtin_sqrt(real(pp)) * __builtin_sqrt(real(qq))))
        return void(monitor.broken(pq));
      s_.apply(pt, qt, Mode::adjoint);
      const S alpha = rho / pq;
      const double rr = real(s_.template sums<1>([&](Panel c, S *part) {
        k.axpy(c.length, alpha, p + c.first, s_.x + c.first);
        k.axpy(c.length, -conj(alpha), qt + c.first, shadow + c.first);
        k.axpy(c.length, -alpha, q + c.first, r + c.first);
        part[0] += S(k.norm2(c.length, r + c.first));
      })[0]);
      if (!monitor.step(__builtin_sqrt(rr), s_.x)) return;
      const S last = rho;
      if (!precondition(monitor, rho)) return;
      const S beta = rho / last;
      s_.each([&](Panel c) {
        k.xpay(c.length, z_ + c.first, beta, p + c.first);
        k.xpay(c.length, of_shadow_z_ + c.first, conj(beta), pt + c.first);
      });
    }
  }

  void renew() noexcept { attempt_++; }

 private:
  // z, z~ and r~^H z. False: that vanishes.
  bool precondition(Monitor<T> &monitor, S &rho) {
    const auto &k = s_.k;
    if (preconditioned_) s_.precondition(shadow_, of_shadow_z_, Mode::adjoint);
    const auto [sz, ss, zz] = s_.template precondition<3>(r_, z_, [&](Panel c, S *part) {
      part[0] += k.dot(c.length, shadow_ + c.first, z_ + c.first);
      part[1] += S(k.norm2(c.length, shadow_ + c.first));
      part[2] += S(k.norm2(c.length, z_ + c.first));
    });
    rho = sz;
    const double size = __builtin_sqrt(real(ss)) * __builtin_sqrt(real(zz));
    return !vanishes<T>(rho, size) || monitor.broken(rho);
  }

  Space<T> &s_;
  const bool preconditioned_;
  T *const r_, *const shadow_, *const z_, *const of_shadow_z_;
  int attempt_ = 0;
};

}  // namespace

const Method bicg = method<BiCg>("bicg", {.adjoint = true});

}  // namespace windlass::krylov
