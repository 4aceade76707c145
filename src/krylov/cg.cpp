// Conjugate gradients for a Hermitian positive definite A, preconditioned by such an M.
// M. R. Hestenes, E. Stiefel, 1952, doi 10.6028/jres.049.044; Y. Saad, Iterative methods for sparse
// linear systems, 2003, algorithm 9.1.
//
//   alpha = r^H z / p^H A p      x += alpha p      r -= alpha A p
//   z = M r                      beta = (r^H z)' / r^H z      p = z + beta p
//
// Keeps r, p, q, z when preconditioned. Moves A and 11 vectors a step, 13 with M; one less where
// the product follows p in a wave (Space::wave). Breaks down where p^H A p <= 0: A is not positive
// definite; or r^H z <= 0: M is not.
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Cg {
 public:
  static Storage storage(const Shape &shape, const Settings &) {
    return {.vectors = shape.preconditioned ? 4 : 3, .wanders = true};
  }
  Cg(Space<T> &space, const Settings &) : s_(space) {}

  void run(Monitor<T> &monitor) {
    using S = Wide<T>;
    const auto &k = s_.k;
    T *r = s_.vector(0), *p = s_.vector(1), *q = s_.vector(2);
    T *z = s_.preconditioned() ? s_.vector(3) : r;

    S rz = s_.template precondition<1>(
        r, z, [&](Panel c, S *part) { part[0] += k.dot(c.length, r + c.first, z + c.first); })[0];
    s_.each(
        [&](Panel c) { std::memset(static_cast<void *>(p + c.first), 0, c.length * sizeof(T)); });
    for (S beta{};;) {
      if (!(real(rz) > 0)) return void(monitor.broken(rz, Reason::indefinite));
      const S pq = s_.template apply_made<1>(
          p, q, [&](Panel c) { k.xpay(c.length, z + c.first, beta, p + c.first); },
          [&](Panel c, S *part) { part[0] += k.dot(c.length, p + c.first, q + c.first); })[0];
      if (!(real(pq) > 0)) return void(monitor.broken(pq, Reason::indefinite));
      const S alpha = rz / pq;
      const S rr = s_.template sums<1>([&](Panel c, S *part) {
        k.axpy(c.length, -alpha, q + c.first, r + c.first);
        k.axpy(c.length, alpha, p + c.first, s_.x + c.first);
        part[0] += S(k.norm2(c.length, r + c.first));
      })[0];
      if (!monitor.step(__builtin_sqrt(real(rr)), s_.x)) return;
      S next = rr;
      if (s_.preconditioned())
        next = s_.template precondition<1>(r, z, [&](Panel c, S *part) {
          part[0] += k.dot(c.length, r + c.first, z + c.first);
        })[0];
      beta = next / rz;
      rz = next;
    }
  }

 private:
  Space<T> &s_;
};

}  // namespace

const Method cg = method<Cg>("cg", {.hermitian = true, .definite = true});

}  // namespace windlass::krylov
