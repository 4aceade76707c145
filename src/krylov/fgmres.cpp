// Flexible GMRES, restarted: M may change from step to step, as an iteration within does.
// Y. Saad, 1993, doi 10.1137/0914028.
//
//   z_j = M_j v_j,   A Z_m = V_{m+1} H,   V^H V = I,   x <- x + Z y,   y = argmin || beta e_1 - H y
//   ||
//
// Keeps V, of m + 1 vectors, Z, of m when preconditioned, u and w. Step j moves A and 3 j + 10
// vectors. Breaks down as GMRES does; there A Z need not hold the solution, and H may be singular.
#include "gram_schmidt.hpp"
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Fgmres {
  using S = Wide<T>;

 public:
  static Storage storage(const Shape &shape, const Settings &settings) {
    const int64_t m = cycle_length(shape.rows, settings), sums = GramSchmidt<T, T>::sums(m);
    return {.vectors = 2,
            .basis = m + 1 + (shape.preconditioned ? m : 0),
            .scalars = Hessenberg<S>::scalars(m) + sums,
            .sums = sums};
  }
  Fgmres(Space<T> &space, const Settings &settings)
      : s_(space), most_(cycle_length(space.shape.rows, settings)), h_(space.scalars, most_) {}

  void run(Monitor<T> &monitor) {
    Arnoldi<T, T> arnoldi(s_, monitor, h_, most_);
    T *z = arnoldi.v;
    if (s_.preconditioned()) arnoldi.use_directions(z = arnoldi.v + (most_ + 1) * arnoldi.ld);
    S *totals = s_.scalars + Hessenberg<S>::scalars(most_);
    GramSchmidt<T, T> process(arnoldi, totals, false);
    if (!process.begin()) return void(monitor.broken());
    for (int64_t j = 0;; j++, z += arnoldi.ld) {
      if (s_.preconditioned()) s_.precondition(arnoldi.u, z);
      process.orthogonalise(j, [&](int64_t count, S *sums, auto &&body) {
        s_.apply(z, arnoldi.w, count, sums, body);
      });
      if (!arnoldi.step(j)) return arnoldi.finish(j + 1);
    }
  }

 private:
  Space<T> &s_;
  const int64_t most_;
  Hessenberg<S> h_;
};

}  // namespace

const Method fgmres = method<Fgmres>("fgmres");

}  // namespace windlass::krylov
