// Generalised minimal residuals, restarted: for any A, preconditioned from the right or the left.
// Y. Saad, M. H. Schultz, 1986, doi 10.1137/0907058.
//
//   x <- x + M V y,   y = argmin || beta e_1 - H y ||,   A M V_m = V_{m+1} H,   V^H V = I
//
// From the left A is M A, and what is minimal is || M (b - A x) ||; its norm is told in the scale
// of b - A x at the cycle's beginning. There is no split form: M offers no factors of itself.
// With a basis in single precision (J. I. Aliaga, H. Anzt, T. Gruetzmacher, E. S. Quintana-Orti,
// A. E. Tomas, 2022, doi 10.1177/10943420221084657) only V is; a restart takes what that costs.
//
// Keeps V, of m vectors (of half the size in single precision), u, w, and z when preconditioned.
// Step j moves A and 2 j + 8 vectors by dcgs2, 3 j + 9 by cgs2, 4 j + 5 by mgs.
// Ends a cycle early where the basis spans an invariant space, which holds the solution unless A is
// singular.
#include "dcgs2.hpp"
#include "gram_schmidt.hpp"
#include "methods.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Gmres {
  using S = Wide<T>;

 public:
  static Storage storage(const Shape &shape, const Settings &settings) {
    const int64_t m = cycle_length(shape.rows, settings);
    const int64_t sums = Dcgs2<T, T>::sums(m);
    return {.vectors = shape.preconditioned ? 3 : 2,
            .basis = settings.orthogonalisation == Orthogonalisation::dcgs2 ? m : m + 1,
            .scalars = Hessenberg<S>::scalars(m) + sums,
            .sums = sums};
  }
  Gmres(Space<T> &space, const Settings &settings)
      : s_(space),
        settings_(settings),
        most_(cycle_length(space.shape.rows, settings)),
        h_(space.scalars, most_) {}

  void run(Monitor<T> &monitor) {
    if constexpr (sizeof(Real<T>) == 8)
      if (settings_.single_basis) return cycle<Single<T>>(monitor);
    cycle<T>(monitor);
  }

 private:
  template <class B>
  void cycle(Monitor<T> &monitor) {
    Arnoldi<T, B> arnoldi(s_, monitor, h_, most_, settings_.side);
    arnoldi.begin();
    S *totals = s_.scalars + Hessenberg<S>::scalars(most_);
    int64_t columns;
    switch (settings_.orthogonalisation) {
      case Orthogonalisation::cgs2:
      case Orthogonalisation::mgs: {
        const bool modified = settings_.orthogonalisation == Orthogonalisation::mgs;
        columns = GramSchmidt<T, B>(arnoldi, totals, modified).run();
        break;
      }
      default:
        columns = Dcgs2<T, B>(arnoldi, totals).run();
    }
    arnoldi.finish(columns);
  }

  Space<T> &s_;
  const Settings &settings_;
  const int64_t most_;
  Hessenberg<S> h_;
};

}  // namespace

const Method gmres = method<Gmres>("gmres");

}  // namespace windlass::krylov
