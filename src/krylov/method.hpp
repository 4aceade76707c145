// What every method has, beside run(Monitor &):
//
//   static Storage storage(const Shape &, const Settings &)   what it keeps
//   Method(Space<T> &, const Settings &)                      one a member, for the whole solve
//
// run() goes on from x, whose residual b - A x is complete in vector 0, and says monitor.step()
// after each step until that answers false; x is then up to date and complete on every member's own
// panels. A method that works in cycles returns at the end of one with monitor.reason none and is
// called again, with the residual computed anew. It throws nothing and allocates nothing.
// Where it has renew(), it is called again after a breakdown that it may avoid by another choice;
// where it has hand_over(), that is called at the end, for the next solve.
#pragma once
#include "core/random.hpp"
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

// FNV-1a, going on from what was digested before; 0: nothing was.
uint64_t digest(uint64_t before, const void *bytes, size_t count) noexcept;

// Of -1 .. 1, the same for a row of this process everywhere.
template <class T>
T random_scalar(const RandomStream &numbers, int64_t row) noexcept {
  const auto pair = numbers.pair(row, 0);
  if constexpr (is_complex<T>)
    return T(Real<T>(2 * pair.first - 1), Real<T>(2 * pair.second - 1));
  else
    return T(Real<T>(2 * pair.first - 1));
}

// What biorthogonal methods take products with. r itself may be orthogonal to A r, as where A is
// skew: a random one is not, but for bad luck. Y. Saad, Iterative methods for sparse linear
// systems, 2003, section 7.1.2.
template <class T>
struct Shadow {
  Wide<T> product;    // r~^H r
  double size, of_r;  // norms
};
// r~ <- r, or from the second attempt on random numbers.
template <class T>
[[gnu::noinline]] Shadow<T> cast_shadow(Space<T> &s, const T *r, T *shadow, int attempt) {
  using S = Wide<T>;
  const RandomStream numbers{3, uint32_t(attempt)};
  const auto [product, square, square_of_r] = s.template sums<3>([&](Panel c, S *part) {
    T *to = shadow + c.first;
    for (int64_t i = 0; i < c.length; i++)
      to[i] = attempt ? random_scalar<T>(numbers, c.first + i) : r[c.first + i];
    part[0] += s.k.dot(c.length, to, r + c.first);
    part[1] += S(s.k.norm2(c.length, to));
    part[2] += S(s.k.norm2(c.length, r + c.first));
  });
  return {product, __builtin_sqrt(real(square)), __builtin_sqrt(real(square_of_r))};
}

}  // namespace windlass::krylov
