// Generalised minimal residuals, restarted: for any A, preconditioned from the right, the left, or
// both.
// Y. Saad, M. H. Schultz, 1986, doi 10.1137/0907058.
//
//   x <- x + M V y,   y = argmin || beta e_1 - H y ||,   A M V_m = V_{m+1} H,   V^H V = I
//
// With L from the left A is L A, and what is minimal is || L (b - A x) ||; its norm is told in the
// scale of b - A x at the cycle's beginning.
// With a basis in single precision (J. I. Aliaga, H. Anzt, T. Gruetzmacher, E. S. Quintana-Orti,
// A. E. Tomas, 2022, doi 10.1177/10943420221084657) only V is; a restart takes what that costs.
//
// Keeps V, of m vectors (of half the size in single precision), u, w, and z when preconditioned.
// Step j moves A and 2 j + 8 vectors by dcgs2, 3 j + 9 by cgs2, 4 j + 5 by mgs, 3 j / s + 11 by
// s-step, which keeps s vectors more and goes on by dcgs2 where it fails. Where the next products
// follow in a wave (Space::wave) it is A and j + 6 by dcgs2, A / s and 2 j / s + 7 by s-step.
//
// Ends a cycle early where the basis spans an invariant space, which holds the solution unless A is
// singular.
#include "dcgs2.hpp"
#include "gram_schmidt.hpp"
#include "methods.hpp"
#include "s_step.hpp"

namespace windlass::krylov {
namespace {

template <class T>
class Gmres {
  using S = Wide<T>;

 public:
  static Storage storage(const Shape &shape, const Settings &settings) {
    const int64_t m = cycle_length(shape.rows, settings);
    const int64_t vectors = shape.preconditioned ? 3 : 2, delayed = Dcgs2<T, T>::sums(m);
    if (settings.orthogonalisation == Orthogonalisation::s_step) {
      const int64_t s = settings.steps < m ? settings.steps : m;
      const int64_t sums = SStep<T, T>::sums(m, s);
      return {.vectors = vectors + s,
              .basis = m + 1,
              .scalars = Hessenberg<S>::scalars(m) + SStep<T, T>::scalars(m, s) + delayed,
              .sums = sums > delayed ? sums : delayed};
    }
    return {.vectors = vectors,
            .basis = settings.orthogonalisation == Orthogonalisation::dcgs2 ? m : m + 1,
            .scalars = Hessenberg<S>::scalars(m) + delayed,
            .sums = delayed};
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
    Arnoldi<T, B> arnoldi(s_, monitor, h_, most_);
    S *totals = s_.scalars + Hessenberg<S>::scalars(most_);
    const Orthogonalisation how = settings_.orthogonalisation;
    int64_t columns;
    if (how == Orthogonalisation::s_step && !powers_.failed) {
      const int64_t s = settings_.steps < most_ ? settings_.steps : most_;
      T *vectors = s_.vector(s_.preconditioned() ? 3 : 2);
      columns = SStep<T, B>(arnoldi, powers_, totals, vectors, s).run();
    } else if (how == Orthogonalisation::cgs2 || how == Orthogonalisation::mgs) {
      columns = GramSchmidt<T, B>(arnoldi, totals, how == Orthogonalisation::mgs).run();
    } else {
      columns = Dcgs2<T, B>(arnoldi, totals).run();
    }
    arnoldi.finish(columns);
  }

  Space<T> &s_;
  const Settings &settings_;
  const int64_t most_;
  Hessenberg<S> h_;
  Powers<S> powers_;
};

}  // namespace

const Method gmres = method<Gmres>("gmres");

}  // namespace windlass::krylov
