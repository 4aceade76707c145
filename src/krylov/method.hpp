// What every method has, beside run(Monitor &):
//
//   static Storage storage(const Shape &, const Settings &)   what it keeps
//   Method(Space<T> &, const Settings &)                      one a member, for the whole solve
//
// run() goes on from x, whose residual b - A x is complete in vector 0, and says monitor.step()
// after each step until that answers false; x is then up to date and complete on every member's own
// panels. A method that works in cycles returns at the end of one with monitor.reason none and is
// called again, with the residual computed anew. It throws nothing and allocates nothing.
#pragma once
#include "monitor.hpp"

namespace windlass::krylov {

// vectors: as long as the longer side, vector 0 among them. scalars: Wide ones of each member.
// sums: the most that one sum has. basis: columns of as many rows as a vector, of T, or of float
// where the basis is single.
// wanders: its residual may grow, so that the best x of a run is kept, in one vector more.
struct Storage {
  int64_t vectors = 1, basis = 0, scalars = 0, sums = 1;
  bool wanders = false;
};

// For which systems a method is, and must converge; what it can do beside.
struct Needs {
  bool hermitian = false, definite = false;  // A, and definite M
  bool adjoint = false;                      // products with A^H, and M^H
  bool rectangular = false;                  // takes any shape, and no M
};

template <class T>
inline constexpr double eps_of = sizeof(Real<T>) == 4 ? 0x1p-23 : 0x1p-52;

// Whether a sum of terms of that size has nothing left but their rounding, or is not finite: a
// divisor that breaks the recurrence down.
template <class T>
bool vanishes(Wide<T> sum, double size) noexcept {
  return !(magnitude(sum) > 0x1p-10 * eps_of<T> * size);
}

}  // namespace windlass::krylov
