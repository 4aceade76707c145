// Induced dimension reduction with s shadow vectors, the variant whose vectors are made
// biorthogonal to them: for any A, preconditioned from the right.
// P. Sonneveld, M. B. van Gijzen, 2008, doi 10.1137/070685804; M. B. van Gijzen, P. Sonneveld,
// 2011, doi 10.1145/2049662.2049667, figure 2.
//
//   (m c = f)_i, i >= k     v = M (r - G c)   f = P^H r
//   U_k = omega v + U c     G_k = A U_k, both made so that P_i^H G_k = 0 for i < k
//   beta = f_k / m_kk       r -= beta G_k     x += beta U_k     m_ik = P_i^H G_k
//   after s of these        r -= omega A v    x += omega v      v = M r
//
// omega makes || r || least, but is lengthened where A v is nearly orthogonal to r: G. L. G.
// Sleijpen, H. A. van der Vorst, 1995, doi 10.1007/BF02141261. Products with P come of one pass,
// what biorthogonality takes from them of the small matrix.
//
// Keeps r, A v, P, G, U (2 + 3 s vectors), and one more when preconditioned. A step, which is a
// product, moves A, M, and 3 s + 13 vectors.
// Breaks down where m_kk vanishes, or A v.
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Idrs {
 public:
  using S = Wide<T>;
  static Storage storage(const Shape &shape, const Settings &settings) {
    const int64_t s = shadows(shape.rows, settings);
    return {.vectors = 2 + shape.preconditioned + 3 * s,
            .scalars = s * s + 3 * s + 1,
            .sums = s + 1,
            .wanders = true};
  }
  Idrs(Space<T> &space, const Settings &settings)
      : s_(space),
        count_(shadows(space.shape.rows, settings)),
        ld_(space.spacing()),
        r_(space.vector(0)),
        w_(space.vector(1)),
        z_(space.preconditioned() ? space.vector(2) : w_),
        p_(space.vector(2 + space.preconditioned())),
        g_(p_ + count_ * ld_),
        u_(g_ + count_ * ld_),
        m_(space.scalars),
        f_(m_ + count_ * count_),
        c_(f_ + count_),
        y_(c_ + count_) {}

  void run(Monitor<T> &monitor) {
    const auto &k = s_.k;
    begin();
    double norm = s_.norm(s_.rows, r_);
    S omega(1);
    for (;;) {
      s_.sums(s_.rows, count_, f_, [&](Panel c, S *part) {
        k.basis.dots(c.length, p_ + c.first, ld_, count_, r_ + c.first, part);
      });
      for (int64_t i = 0; i < count_; i++) {
        direct(i, omega);
        if (!advance(monitor, i, norm)) return;
      }
      if (!reduce(monitor, omega, norm)) return;
    }
  }

 private:
  static int64_t shadows(int64_t rows, const Settings &settings) noexcept {
    const int64_t s = settings.shadow < rows ? settings.shadow : rows;
    return s > 0 ? s : 1;
  }
  S &m(int64_t row, int64_t column) noexcept { return m_[column * count_ + row]; }
  T *column(T *of, int64_t i, Panel c) const noexcept { return of + i * ld_ + c.first; }

  // P of random numbers, orthonormal; G = U = 0, M = I.
  void begin() {
    for (int64_t i = 0; i < count_ * count_; i++) m_[i] = S(i % (count_ + 1) == 0);
    s_.each([&](Panel c) {
      for (int64_t i = 0; i < count_; i++) {
        std::memset(static_cast<void *>(column(g_, i, c)), 0, size_t(c.length) * sizeof(T));
        std::memset(static_cast<void *>(column(u_, i, c)), 0, size_t(c.length) * sizeof(T));
      }
    });
    if (made_) return;
    made_ = true;
    const uint64_t seed = s_.hook().fn ? seed_of_part() : 2;
    for (int64_t i = 0; i < count_; i++) {
      const RandomStream numbers{seed, uint32_t(i)};
      s_.each([&](Panel c) {
        for (int64_t j = 0; j < c.length; j++)
          column(p_, i, c)[j] = random_scalar<T>(numbers, c.first + j);
      });
      if (orthogonalise(i)) continue;
      count_ = i > 0 ? i : 1;  // there are no more that are independent
    }
  }
  // P_i among those before it. False: it depends on them.
  bool orthogonalise(int64_t i) {
    const auto &k = s_.k;
    double share = 1;                          // of its square that was left
    for (int round = 0; round < 2; round++) {  // twice is enough
      s_.sums(s_.rows, i + 1, y_, [&](Panel c, S *part) {
        k.basis.dots(c.length, p_ + c.first, ld_, i, column(p_, i, c), part);
        part[i] += S(k.norm2(c.length, column(p_, i, c)));
      });
      const double before = real(y_[i]);
      const double size = real(s_.template sums<1>([&](Panel c, S *part) {
        k.basis.update(c.length, p_ + c.first, ld_, i, y_, column(p_, i, c));
        part[0] += S(k.norm2(c.length, column(p_, i, c)));
      })[0]);
      share *= size / before;
      const S scale(size > 0 ? 1 / __builtin_sqrt(size) : 0);
      s_.each([&](Panel c) { k.scale(c.length, scale, column(p_, i, c)); });
    }
    return share > 1e4 * eps_of<T> * eps_of<T>;
  }
  // Processes don't know which rows they hold, and numbers by rows of their own would be the same
  // in all: these come of what the part of the residual is.
  uint64_t seed_of_part() const noexcept {
    const int64_t n = s_.rows.rows < 64 ? s_.rows.rows : 64;
    return digest(0, r_, size_t(n) * sizeof(T));
  }

  // U_i <- omega v + U c
  void direct(int64_t i, S omega) {
    const auto &k = s_.k;
    for (int64_t row = i; row < count_; row++) {
      S sum = f_[row];
      for (int64_t j = i; j < row; j++) sum -= m(row, j) * c_[j];
      c_[row] = sum / m(row, row);
      y_[row] = -c_[row];
    }
    const int64_t rest = count_ - i;
    const auto residual = [&](Panel c) {
      k.combine(c.length, S(1), r_ + c.first, S(), r_ + c.first, w_ + c.first);
      k.basis.update(c.length, column(g_, i, c), ld_, rest, c_ + i, w_ + c.first);
    };
    const auto add = [&](Panel c) {
      k.axpby(c.length, omega, z_ + c.first, c_[i], column(u_, i, c));
      k.basis.update(c.length, column(u_, i + 1, c), ld_, rest - 1, y_ + i + 1, column(u_, i, c));
    };
    if (z_ == w_) return s_.each([&](Panel c) { residual(c), add(c); });
    s_.each(residual);
    s_.precondition(w_, z_);
    s_.each(add);
  }

  // G_i = A U_i, both biorthogonalised; r, x and f by it.
  bool advance(Monitor<T> &monitor, int64_t i, double &norm) {
    const auto &k = s_.k;
    s_.apply(u_ + i * ld_, g_ + i * ld_, count_ + 1, y_, [&](Panel c, S *part) {
      k.basis.dots(c.length, p_ + c.first, ld_, count_, column(g_, i, c), part);
      part[count_] += S(k.norm2(c.length, column(g_, i, c)));
    });
    for (int64_t j = 0; j < i; j++) {
      c_[j] = y_[j] / m(j, j);
      for (int64_t row = j; row < count_; row++) y_[row] -= c_[j] * m(row, j);
    }
    for (int64_t row = i; row < count_; row++) m(row, i) = y_[row];
    if (vanishes<T>(m(i, i), __builtin_sqrt(real(y_[count_])))) return monitor.broken(m(i, i));
    const S beta = f_[i] / m(i, i);
    norm = __builtin_sqrt(real(s_.template sums<1>([&](Panel c, S *part) {
      k.basis.update(c.length, g_ + c.first, ld_, i, c_, column(g_, i, c));
      k.basis.update(c.length, u_ + c.first, ld_, i, c_, column(u_, i, c));
      k.axpy(c.length, -beta, column(g_, i, c), r_ + c.first);
      k.axpy(c.length, beta, column(u_, i, c), s_.x + c.first);
      part[0] += S(k.norm2(c.length, r_ + c.first));
    })[0]));
    for (int64_t row = i; row < count_; row++) f_[row] -= beta * m(row, i);
    return monitor.step(norm, s_.x);
  }

  // Into the next space.
  bool reduce(Monitor<T> &monitor, S &omega, double &norm) {
    const auto &k = s_.k;
    T *v = r_;
    if (z_ != w_) s_.precondition(r_, v = z_);
    const auto [tr, tt] = s_.template apply<2>(v, w_, [&](Panel c, S *part) {
      part[0] += k.dot(c.length, w_ + c.first, r_ + c.first);
      part[1] += S(k.norm2(c.length, w_ + c.first));
    });
    const double size = __builtin_sqrt(real(tt));
    if (!(size > 0)) return monitor.broken(tt);
    const double cosine = magnitude(tr) / size / norm, least = 0.7;
    omega = vanishes<T>(tr, size * norm) ? S(least * norm / size) : tr / tt;
    if (cosine < least && !vanishes<T>(tr, size * norm)) omega = omega * S(least / cosine);
    norm = __builtin_sqrt(real(s_.template sums<1>([&](Panel c, S *part) {
      k.axpy(c.length, omega, v + c.first, s_.x + c.first);
      k.axpy(c.length, -omega, w_ + c.first, r_ + c.first);
      part[0] += S(k.norm2(c.length, r_ + c.first));
    })[0]));
    return monitor.step(norm, s_.x);
  }

  Space<T> &s_;
  int64_t count_;  // the s that is used
  const int64_t ld_;
  T *const r_, *const w_, *const z_, *const p_, *const g_, *const u_;
  S *const m_, *const f_, *const c_, *const y_;
  bool made_ = false;
};

}  // namespace

const Method idrs = method<Idrs>("idrs");

}  // namespace windlass::krylov
