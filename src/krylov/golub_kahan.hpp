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

  explicit GolubKahan(Space<T> &space)
      : v(space.vector(1)), s_(space), u_(space.vector(0)), t_(space.vector(2)) {}

  T *const v;
  double alpha = 0, beta = 0;
  double norm_a = 0;  // ||A|| is at least that

  // From beta u, the residual in vector 0.
  void begin() {
    beta = s_.norm(s_.rows, u_);
    alpha = 0, norm_a = 0;
    s_.each(s_.columns, [&](Panel c) {
      std::memset(static_cast<void *>(v + c.first), 0, size_t(c.length) * sizeof(T));
    });
    if (beta > 0) other(0);
  }
  // Once alpha > 0.
  void next() {
    const auto &k = s_.k;
    const S along(1 / alpha), back(-alpha / beta);
    beta = __builtin_sqrt(real(s_.template apply<1>(v, t_, [&](Panel c, S *part) {
      k.axpby(c.length, along, t_ + c.first, back, u_ + c.first);
      part[0] += S(k.norm2(c.length, u_ + c.first));
    })[0]));
    norm_a = __builtin_fmax(norm_a, __builtin_hypot(alpha, beta));  // that of A v
    if (beta > 0)
      other(-beta / alpha);
    else
      alpha = 0;
  }

 private:
  void other(double of_v) {
    const auto &k = s_.k;
    const S along(1 / beta), back(of_v);
    alpha = __builtin_sqrt(real(s_.template apply<1>(
        u_, t_,
        [&](Panel c, S *part) {
          k.axpby(c.length, along, t_ + c.first, back, v + c.first);
          part[0] += S(k.norm2(c.length, v + c.first));
        },
        Mode::adjoint)[0]));
  }

  Space<T> &s_;
  T *const u_, *const t_;
};

// Up to which ||A^H r|| / (||A|| ||r||) counts as zero: slope, or rtol where that is 0.
template <class T>
double flat_at(double slope, double rtol) noexcept {
  return __builtin_fmax(slope > 0 ? slope : rtol, 4 * eps_of<T>);
}

}  // namespace windlass::krylov
