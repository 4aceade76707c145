// Generalised conjugate residuals, with an inner flexible GMRES that stays orthogonal to what k
// outer vectors hold, and the oldest of them given up: GCROT(m, k), for any A, with M from the
// right that may change from step to step. E. de Sturler, 1999, doi 10.1137/S0036142997315950; J.
// E. Hicken, D. W. Zingg, 2010, doi 10.1137/090754674.
//
//   A U = C,   C^H C = I,   C^H r = 0
//   (I - C C^H) A Z_m = V_{m+1} H,   z_j = M v_j,   B = C^H A Z,   y = argmin || beta e_1 - H y ||
//   c = V H y / ||.||,   u = (Z y - U B y) / ||.||,   x <- x + ||.|| u
//
// A cycle has m steps, and one more for each of the k vectors that is not there yet.
//
// Keeps C and U, of k vectors each, V, of m + k + 1, Z, of m + k when preconditioned, r and w. Step
// j moves A and 3 (j + k) + 10 vectors. Breaks down as GMRES does.
#include "arnoldi.hpp"
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Gcrot {
  using S = Wide<T>;

 public:
  static Storage storage(const Shape &shape, const Settings &settings) {
    const int64_t k = settings.augment, m = cycle_length(shape.rows, settings) + k;
    return {.vectors = 2,
            .basis = 2 * k + m + 1 + (shape.preconditioned ? m : 0),
            .scalars = Hessenberg<S>::scalars(m) + k * m + 3 * (k + m + 1),
            .sums = k + m + 1};
  }
  Gcrot(Space<T> &space, const Settings &settings)
      : s_(space),
        k_(settings.augment),
        most_(cycle_length(space.shape.rows, settings) + k_),
        ld_(space.spacing()),
        r_(space.vector(0)),
        w_(space.vector(1)),
        u_(space.template basis<T>()),
        c_(u_ + k_ * ld_),
        v_(c_ + k_ * ld_),
        z_(space.preconditioned() ? v_ + (most_ + 1) * ld_ : v_),
        h_(space.scalars, most_),
        b_(space.scalars + Hessenberg<S>::scalars(most_)),
        sums_(b_ + k_ * most_),
        more_(sums_ + k_ + most_ + 1),
        combined_(more_ + k_ + most_ + 1) {}

  void run(Monitor<T> &monitor) {
    const int64_t count = most_ - kept_;
    const double beta = s_.norm(s_.rows, r_);
    h_.begin(beta);
    if (!(beta > 0)) return void(monitor.broken());
    s_.each([&](Panel p) {
      s_.k.combine(p.length, S(1 / beta), r_ + p.first, S(), r_ + p.first, v_ + p.first);
    });
    int64_t j = 0;
    while (step(monitor, j++))
      if (j == count) break;
    finish(j);
  }

 private:
  T *at(T *of, int64_t column, Panel p) const noexcept { return of + column * ld_ + p.first; }
  // C lies before V, its newest vectors last: what is orthogonalised against begins here.
  T *against(Panel p) const noexcept { return v_ - kept_ * ld_ + p.first; }

  // Column j of B and H, z_j and v_{j+1}. False: the cycle ends here.
  bool step(Monitor<T> &monitor, int64_t j) {
    if (z_ != v_) s_.precondition(v_ + j * ld_, z_ + j * ld_);
    const double next = orthogonalise(j);
    double size = next * next;
    for (int64_t i = 0; i < kept_; i++) b_[j * k_ + i] = sums_[i];
    for (int64_t i = 0; i < kept_ + j + 1; i++) size += norm2(sums_[i]);
    S *h = h_.column(j);
    for (int64_t i = 0; i <= j; i++) h[i] = sums_[kept_ + i];
    h[j + 1] = S(next);
    const S scale(next > 0 ? 1 / next : 0);
    s_.each([&](Panel p) {
      s_.k.combine(p.length, scale, w_ + p.first, S(), w_ + p.first, at(v_, j + 1, p));
    });
    const double norm = h_.rotate(j, eps_of<T>);
    if (!monitor.step(norm, nullptr, [&](T *out) { form(j + 1, out); })) return false;
    return next > 8 * eps_of<T> * __builtin_sqrt(size) || monitor.broken();
  }
  // w <- what of A z_j is orthogonal to C and V, by classical Gram-Schmidt twice; its norm.
  double orthogonalise(int64_t j) {
    const auto &basis = s_.k.basis;
    const int64_t count = kept_ + j + 1;
    s_.apply(z_ + j * ld_, w_, count, sums_, [&](Panel p, S *part) {
      basis.dots(p.length, against(p), ld_, count, w_ + p.first, part);
    });
    s_.sums(s_.rows, count, more_, [&](Panel p, S *part) {
      basis.update(p.length, against(p), ld_, count, sums_, w_ + p.first);
      basis.dots(p.length, against(p), ld_, count, w_ + p.first, part);
    });
    for (int64_t i = 0; i < count; i++) sums_[i] += more_[i];
    return __builtin_sqrt(real(s_.template sums<1>([&](Panel p, S *part) {
      basis.update(p.length, against(p), ld_, count, more_, w_ + p.first);
      part[0] += S(s_.k.norm2(p.length, w_ + p.first));
    })[0]));
  }

  // -y in h's memory, and B y.
  S *coordinates(int64_t count) noexcept {
    S *y = h_.solve(count);
    for (int64_t i = 0; i < kept_; i++) {
      combined_[i] = S();
      for (int64_t j = 0; j < count; j++) combined_[i] += b_[j * k_ + i] * y[j];
    }
    for (int64_t j = 0; j < count; j++) y[j] = -y[j];
    return y;
  }
  // to += Z y - U B y, on rows from `first` on.
  void add(int64_t first, int64_t n, int64_t count, const S *minus_y, T *to) const noexcept {
    s_.k.basis.update(n, z_ + first, ld_, count, minus_y, to);
    s_.k.basis.update(n, u_ + (k_ - kept_) * ld_ + first, ld_, kept_, combined_, to);
  }
  // The solution after `count` steps, by the caller's thread alone.
  void form(int64_t count, T *out) {
    const int64_t n = s_.rows.rows;
    std::memcpy(static_cast<void *>(out), s_.x, size_t(n) * sizeof(T));
    add(0, n, count, coordinates(count), out);
  }

  // x, and the next u and c.
  void finish(int64_t count) {
    const auto &basis = s_.k.basis;
    S *y = coordinates(count), *hy = sums_;
    for (int64_t i = 0; i <= count; i++) {
      hy[i] = S();
      for (int64_t j = i > 0 ? i - 1 : 0; j < count; j++) hy[i] += h_.column(j)[i] * y[j];
    }
    const double size = __builtin_sqrt(real(s_.template sums<1>([&](Panel p, S *part) {
      const size_t bytes = size_t(p.length) * sizeof(T);
      std::memset(static_cast<void *>(w_ + p.first), 0, bytes);
      add(p.first, p.length, count, y, w_ + p.first);
      s_.k.axpy(p.length, S(1), w_ + p.first, s_.x + p.first);
      std::memset(static_cast<void *>(r_ + p.first), 0, bytes);
      basis.update(p.length, v_ + p.first, ld_, count + 1, hy, r_ + p.first);
      part[0] += S(s_.k.norm2(p.length, r_ + p.first));
    })[0]));
    if (k_ == 0 || !(size > 0)) return;
    if (kept_ < k_) kept_++, next_ = k_ - kept_;
    const S scale(1 / size);
    s_.each([&](Panel p) {
      s_.k.combine(p.length, scale, w_ + p.first, S(), w_ + p.first, at(u_, next_, p));
      s_.k.combine(p.length, scale, r_ + p.first, S(), r_ + p.first, at(c_, next_, p));
    });
    if (kept_ == k_) next_ = next_ > 0 ? next_ - 1 : k_ - 1;
  }

  Space<T> &s_;
  const int64_t k_, most_, ld_;
  T *const r_, *const w_, *const u_, *const c_, *const v_, *const z_;
  Hessenberg<S> h_;
  S *const b_, *const sums_, *const more_, *const combined_;
  int64_t kept_ = 0, next_ = 0;
};

}  // namespace

const Method gcrotmk = method<Gcrot>("gcrotmk");

}  // namespace windlass::krylov
