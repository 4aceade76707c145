// Generalised conjugate residuals, with an inner flexible GMRES that stays orthogonal to what k
// outer vectors hold, and the oldest of them given up: GCROT(m, k), for any A, with M from the
// right that may change from step to step. E. de Sturler, 1999, doi 10.1137/S0036142997315950; J.
// E. Hicken, D. W. Zingg, 2010, doi 10.1137/090754674.
//
//   A U = C,   C^H C = I,   C^H r = 0
//   (I - C C^H) A Z_m = V_{m+1} H,   z_j = M v_j,   B = C^H A Z,   y = argmin || beta e_1 - H y ||
//   c = V H y / ||.||,   u = (Z y - U B y) / ||.||,   x <- x + ||.|| u
//
// Where k are there, c and u take the place of the oldest, or of what the last cycle would have
// missed least: the left singular vector w of B R^-1 for the least value, H = Q R, as C w, U w.
//
// A cycle has m steps, and one more for each of the k vectors that is not there yet.
//
// Keeps C and U, of k vectors each, V, of m + k + 1, Z, of m + k when preconditioned, r and w. Step
// j moves A and 3 (j + k) + 10 vectors. Breaks down as GMRES does.
#include "arnoldi.hpp"
#include "hermitian.hpp"
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
            .scalars = Hessenberg<S>::scalars(m) + k * m + 3 * (k + m + 1) +
                       (settings.truncation == Truncation::smallest ? 2 * k * k : 0),
            .sums = k + m + 1};
  }
  Gcrot(Space<T> &space, const Settings &settings)
      : s_(space),
        smallest_(settings.truncation == Truncation::smallest),
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
    if (!recalled_) recall();
    if (kept_ > 0 && project(monitor)) return;
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

  void hand_over() {
    Recycling &next = s_.recycling();
    next.next = kept_;
    for (int64_t i = 0; i < kept_; i++) {
      const int64_t from = ((kept_ < k_ ? k_ - 1 : next_) - i + k_) % k_;
      s_.hand_over(u_ + from * ld_, next.next_vectors, i);
      s_.hand_over(c_ + from * ld_, next.next_products, i);
    }
  }

 private:
  // U and C of an earlier solve, C orthonormal again.
  // M. L. Parks, E. de Sturler, G. Mackey, D. D. Johnson, S. Maiti, 2006, doi 10.1137/040607277.
  void recall() {
    recalled_ = true;
    const Recycling &given = s_.recycling();
    for (int64_t i = 0; i < given.given; i++) {
      T *u = u_ + (k_ - 1 - kept_) * ld_, *c = c_ + (k_ - 1 - kept_) * ld_;
      s_.recall(given.vectors, i, u);
      given.products ? s_.recall(given.products, i, c) : s_.apply(u, c);
      if (adopt(u, c)) kept_++;
    }
    next_ = k_ - 1;
  }
  // x += U C^H r, r -= C C^H r: what an earlier solve, or rounding, has left in r. True: that is
  // enough.
  bool project(Monitor<T> &monitor) {
    const S *c = sums_;
    s_.sums(s_.rows, kept_, sums_, [&](Panel p, S *part) {
      s_.k.basis.dots(p.length, against(p), ld_, kept_, r_ + p.first, part);
    });
    for (int64_t i = 0; i < kept_; i++) more_[i] = -c[i];
    const double norm = __builtin_sqrt(real(s_.template sums<1>([&](Panel p, S *part) {
      s_.k.basis.update(p.length, against(p), ld_, kept_, c, r_ + p.first);
      s_.k.basis.update(p.length, at(u_, k_ - kept_, p), ld_, kept_, more_, s_.x + p.first);
      part[0] += S(s_.k.norm2(p.length, r_ + p.first));
    })[0]));
    if (!monitor.small(norm)) return false;
    monitor.reason = Reason::recurrence;
    return true;
  }
  // c <- what of it is orthogonal to C, and u with it, both by the length that is left. False: none
  // is.
  bool adopt(T *u, T *c) {
    const auto &basis = s_.k.basis;
    const double first = s_.norm(s_.rows, c);
    double left = first;
    for (int round = 0; round < 2; round++) {
      s_.sums(s_.rows, kept_, sums_, [&](Panel p, S *part) {
        basis.dots(p.length, against(p), ld_, kept_, c + p.first, part);
      });
      left = __builtin_sqrt(real(s_.template sums<1>([&](Panel p, S *part) {
        basis.update(p.length, against(p), ld_, kept_, sums_, c + p.first);
        basis.update(p.length, at(u_, k_ - kept_, p), ld_, kept_, sums_, u + p.first);
        part[0] += S(s_.k.norm2(p.length, c + p.first));
      })[0]));
    }
    if (!(left > 1e3 * eps_of<T> * first) || !(left <= __DBL_MAX__)) return false;
    s_.each([&](Panel p) {
      for (T *one : {u, c}) s_.k.scale(p.length, S(1 / left), one + p.first);
    });
    return true;
  }
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
  S *coordinates(int64_t &count) noexcept {
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
    const S *y = coordinates(count);
    add(0, n, count, y, out);
  }

  // x, and the next u and c.
  void finish(int64_t count) {
    const auto &basis = s_.k.basis;
    S *y = coordinates(count), *hy = sums_;
    h_.image(count, hy);
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
    if (kept_ == k_ && smallest_) give_up_smallest(count);
    if (kept_ < k_) kept_++, next_ = k_ - kept_;
    const S scale(1 / size);
    s_.each([&](Panel p) {
      s_.k.combine(p.length, scale, w_ + p.first, S(), w_ + p.first, at(u_, next_, p));
      s_.k.combine(p.length, scale, r_ + p.first, S(), r_ + p.first, at(c_, next_, p));
    });
    if (kept_ == k_) next_ = next_ > 0 ? next_ - 1 : k_ - 1;
  }

  // Makes the last of C and U free; V is no longer needed.
  void give_up_smallest(int64_t count) {
    const int64_t k = k_;
    S *d = b_, *g = combined_ + k + most_ + 1, *w = g + k * k;
    for (int64_t i = 0; i < k; i++)
      for (int64_t j = 0; j < count; j++) {
        S sum = d[j * k + i];
        for (int64_t l = 0; l < j; l++) sum -= d[l * k + i] * h_.triangle(l, j);
        const S r = h_.triangle(j, j);
        d[j * k + i] = r == S(0) ? S(0) : sum / r;
      }
    for (int64_t i = 0; i < k * k; i++) {
      g[i] = S();
      for (int64_t j = 0; j < count; j++) g[i] += d[j * k + i % k] * conj(d[j * k + i / k]);
    }
    eigenvectors(k, g, w);
    int64_t least = 0;
    for (int64_t i = 1; i < k; i++)
      if (real(g[i * k + i]) < real(g[least * k + least])) least = i;
    for (int64_t i = 0; i < k; i++) w[least * k + i] = w[(k - 1) * k + i];
    for (int64_t i = 0; i < k * k; i++) w[i] = -w[i];
    s_.each([&](Panel p) {
      const size_t bytes = size_t(p.length) * sizeof(T);
      for (T *of : {c_, u_}) {
        for (int64_t j = 0; j + 1 < k; j++) {
          std::memset(static_cast<void *>(at(v_, j, p)), 0, bytes);
          s_.k.basis.update(p.length, of + p.first, ld_, k, w + j * k, at(v_, j, p));
        }
        for (int64_t j = 0; j + 1 < k; j++)
          std::memcpy(static_cast<void *>(at(of, j, p)), at(v_, j, p), bytes);
      }
    });
    next_ = k - 1;
  }

  Space<T> &s_;
  const bool smallest_;
  const int64_t k_, most_, ld_;
  T *const r_, *const w_, *const u_, *const c_, *const v_, *const z_;
  Hessenberg<S> h_;
  S *const b_, *const sums_, *const more_, *const combined_;
  int64_t kept_ = 0, next_ = 0;
  bool recalled_ = false;
};

}  // namespace

const Method gcrotmk = method<Gcrot>("gcrotmk");

}  // namespace windlass::krylov
