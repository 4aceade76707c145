// Loose GMRES, restarted: for any A, with M from the right that may change from step to step. The
// last k corrections of x, which stand for the errors that restarts lost, are tried again in each
// cycle.
// A. H. Baker, E. R. Jessup, T. Manteuffel, 2005, doi 10.1137/S0895479803422014.
//
//   A [Z_m, e_1 .. e_k] = V_{m+k+1} H,   z_j = M v_j,   V^H V = I
//   dx = [Z, e] y,   y = argmin || beta e_1 - H y ||,   x <- x + dx,   e <- dx / ||dx|| for the
//   oldest
//
// The e may stand before the Krylov vectors, which begin with v_0 there too. A e is V H y, where it
// is kept.
//
// Keeps V, of m + k + 1 vectors, e, of k, A e, of k when wanted, Z, of m when preconditioned or
// where e comes first, u and w. Step j moves A and 3 j + 10 vectors. Breaks down as GMRES does.
#include "gram_schmidt.hpp"
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Lgmres {
  using S = Wide<T>;

 public:
  static Storage storage(const Shape &shape, const Settings &settings) {
    const int64_t m = cycle_length(shape.rows, settings), all = m + settings.augment;
    const int64_t sums = GramSchmidt<T, T>::sums(all);
    return {.vectors = 2,
            .basis = all + 1 + settings.augment * (1 + settings.keep_products) +
                     (shape.preconditioned || settings.augment_first ? m : 0),
            .scalars = Hessenberg<S>::scalars(all) + sums,
            .sums = sums};
  }
  Lgmres(Space<T> &space, const Settings &settings)
      : s_(space),
        m_(cycle_length(space.shape.rows, settings)),
        augment_(settings.augment),
        ld_(space.spacing()),
        products_kept_(settings.keep_products),
        first_(settings.augment_first),
        v_(space.template basis<T>()),
        errors_(v_ + (m_ + augment_ + 1) * ld_),
        products_(errors_ + augment_ * ld_),
        z_(products_ + (products_kept_ ? augment_ * ld_ : 0)),
        h_(space.scalars, m_ + augment_) {}

  void run(Monitor<T> &monitor) {
    recall();
    Arnoldi<T, T> arnoldi(s_, monitor, h_, m_ + kept_);
    const bool directed = s_.preconditioned() || first_;
    if (first_)
      arnoldi.use_directions(errors_, kept_, z_);
    else
      arnoldi.use_directions(directed ? z_ : v_, m_, errors_);
    S *totals = s_.scalars + Hessenberg<S>::scalars(m_ + augment_);
    GramSchmidt<T, T> process(arnoldi, totals, false);
    if (!process.begin()) return void(monitor.broken());
    int64_t j = 0;
    for (bool more = true; more; j++) {
      const int64_t e = first_ ? j : j - m_;
      const bool error = e >= 0 && e < kept_;
      const T *from = error ? errors_ + e * ld_ : arnoldi.u;
      if (!error && directed) from = direct(first_ ? j - kept_ : j, arnoldi.u);
      process.orthogonalise(j, [&](int64_t count, S *sums, auto &&body) {
        if (!error || !products_kept_) return s_.apply(from, arnoldi.w, count, sums, body);
        s_.sums(s_.rows, count, sums, [&](Panel p, S *part) {
          s_.copy(p, products_ + e * ld_, arnoldi.w);
          body(p, part);
        });
      });
      if (error && arnoldi.dependent(j)) leave_out(j);
      more = arnoldi.step(j, !error);
    }
    const double size = arnoldi.finish(j, arnoldi.w);
    if (augment_ > 0 && size > 0) keep(arnoldi.w, 1 / size, j, totals);
  }

  void hand_over() {
    Recycling &next = s_.recycling();
    next.next = kept_;
    for (int64_t i = 0; i < kept_; i++) {
      const int64_t e = kept_ < augment_ ? i : (next_ + i) % augment_;
      s_.hand_over(errors_ + e * ld_, next.next_vectors, i);
      if (products_kept_) s_.hand_over(products_ + e * ld_, next.next_products, i);
    }
  }

 private:
  // z_i <- M v, with v the residual or the newest of the basis.
  const T *direct(int64_t i, const T *newest) {
    const T *v = i > 0 ? newest : v_;
    T *z = z_ + i * ld_;
    s_.preconditioned() ? s_.precondition(v, z) : s_.each([&](Panel p) { s_.copy(p, v, z); });
    return z;
  }
  // Column j of H, whose v_{j+1} would be rounding: 0 stands for it.
  void leave_out(int64_t j) {
    h_.column(j)[j + 1] = S();
    T *v = v_ + (j + 1) * ld_;
    s_.each([&](Panel p) {
      std::memset(static_cast<void *>(v + p.first), 0, size_t(p.length) * sizeof(T));
    });
  }
  // The errors that an earlier solve left.
  void recall() {
    if (recalled_) return;
    recalled_ = true;
    const Recycling &given = s_.recycling();
    kept_ = given.given;
    next_ = augment_ > 0 ? kept_ % augment_ : 0;
    for (int64_t i = 0; i < kept_; i++) {
      s_.recall(given.vectors, i, errors_ + i * ld_);
      if (!products_kept_) continue;
      if (given.products)
        s_.recall(given.products, i, products_ + i * ld_);
      else
        s_.apply(errors_ + i * ld_, products_ + i * ld_);
    }
  }
  // The error of a cycle of so many columns, and its product V H y.
  void keep(const T *dx, double scale, int64_t count, S *hy) {
    T *oldest = errors_ + next_ * ld_, *product = products_ + next_ * ld_;
    if (products_kept_) h_.image(count, hy);  // of -y, as finish left it
    s_.each([&](Panel p) {
      s_.k.combine(p.length, S(scale), dx + p.first, S(), dx + p.first, oldest + p.first);
      if (!products_kept_) return;
      std::memset(static_cast<void *>(product + p.first), 0, size_t(p.length) * sizeof(T));
      s_.k.basis.update(p.length, v_ + p.first, ld_, count + 1, hy, product + p.first);
      s_.k.scale(p.length, S(scale), product + p.first);
    });
    next_ = (next_ + 1) % augment_;
    if (kept_ < augment_) kept_++;
  }

  Space<T> &s_;
  const int64_t m_, augment_, ld_;
  const bool products_kept_, first_;
  T *const v_, *const errors_, *const products_, *const z_;
  int64_t kept_ = 0, next_ = 0;
  bool recalled_ = false;
  Hessenberg<S> h_;
};

}  // namespace

const Method lgmres = method<Lgmres>("lgmres");

}  // namespace windlass::krylov
