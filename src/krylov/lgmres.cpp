// Loose GMRES, restarted: for any A, with M from the right that may change from step to step. The
// last k corrections of x, which stand for the errors that restarts lost, are tried again in each
// cycle.
// A. H. Baker, E. R. Jessup, T. Manteuffel, 2005, doi 10.1137/S0895479803422014.
//
//   A [Z_m, e_1 .. e_k] = V_{m+k+1} H,   z_j = M v_j,   V^H V = I
//   dx = [Z, e] y,   y = argmin || beta e_1 - H y ||,   x <- x + dx,   e <- dx / ||dx|| for the
//   oldest
//
// Keeps V, of m + k + 1 vectors, e, of k, Z, of m when preconditioned, u and w. Step j moves A and
// 3 j + 10 vectors. Breaks down as GMRES does.
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
            .basis = all + 1 + settings.augment + (shape.preconditioned ? m : 0),
            .scalars = Hessenberg<S>::scalars(all) + sums,
            .sums = sums};
  }
  Lgmres(Space<T> &space, const Settings &settings)
      : s_(space),
        m_(cycle_length(space.shape.rows, settings)),
        augment_(settings.augment),
        h_(space.scalars, m_ + augment_) {}

  void run(Monitor<T> &monitor) {
    Arnoldi<T, T> arnoldi(s_, monitor, h_, m_ + kept_);
    const int64_t ld = arnoldi.ld;
    T *errors = arnoldi.v + (m_ + augment_ + 1) * ld, *z = errors + augment_ * ld;
    arnoldi.use_directions(s_.preconditioned() ? z : arnoldi.v, m_, errors);
    GramSchmidt<T, T> process(arnoldi, s_.scalars + Hessenberg<S>::scalars(m_ + augment_), false);
    if (!process.begin()) return void(monitor.broken());
    int64_t j = 0;
    do {
      const T *from = arnoldi.u;
      if (j >= m_) {
        from = errors + (j - m_) * ld;
      } else if (s_.preconditioned()) {
        s_.precondition(arnoldi.u, z + j * ld);
        from = z + j * ld;
      }
      process.orthogonalise(j, [&](int64_t count, S *sums, auto &&body) {
        s_.apply(from, arnoldi.w, count, sums, body);
      });
    } while (arnoldi.step(j++));
    const double size = arnoldi.finish(j, arnoldi.w);
    if (augment_ > 0 && size > 0) keep(arnoldi.w, 1 / size, errors);
  }

 private:
  void keep(const T *dx, double scale, T *errors) {
    T *oldest = errors + next_ * s_.spacing();
    s_.each([&](Panel p) {
      s_.k.combine(p.length, S(scale), dx + p.first, S(), dx + p.first, oldest + p.first);
    });
    next_ = (next_ + 1) % augment_;
    if (kept_ < augment_) kept_++;
  }

  Space<T> &s_;
  const int64_t m_, augment_;
  int64_t kept_ = 0, next_ = 0;
  Hessenberg<S> h_;
};

}  // namespace

const Method lgmres = method<Lgmres>("lgmres");

}  // namespace windlass::krylov
