// What becomes of pivots that cannot be divided by.
#pragma once
#include "strips.hpp"

namespace windlass::precond {

// A pivot below this share of its row's largest entry is changed: what it divides would swamp all
// the rest of the factors.
template <class T>
inline constexpr double least_pivot = sizeof(Real<T>) == 4 ? 1e-5 : 1e-10;

// Such a pivot becomes as large as that entry, in its own direction: the row then acts as in
// Jacobi's method. True: it was changed.
template <class T>
bool mend(Wide<T> &pivot, double size) {
  const double found = double(magnitude(pivot));
  if (found >= least_pivot<T> * size && found >= smallest<T>) return false;
  if (found > smallest<double>)
    pivot = pivot * Wide<T>(size / found);
  else
    pivot = Wide<T>(size);
  return true;
}

// A pivot and the entries beside it; where one has overflowed, the row keeps its size alone.
template <class T>
void mend_row(StripMatrix<T> &s, int64_t row, Pivots &changed) {
  const size_t begin = size_t(s.pattern.pointer[size_t(row)]),
               end = size_t(s.pattern.pointer[size_t(row) + 1]);
  Wide<T> &pivot = s.value[size_t(s.pattern.diagonal[size_t(row)])];
  bool held = true;
  for (size_t k = begin; k < end; k++) held = held && magnitude(s.value[k]) <= largest<T>;
  if (!held) {
    for (size_t k = begin; k < end; k++) s.value[k] = {};
    pivot = Wide<T>(s.size[size_t(row)]);
    changed.note(s.first + row);
  } else if (mend<T>(pivot, s.size[size_t(row)])) {
    changed.note(s.first + row);
  }
}

// L U becomes L D U, with 1 on the diagonal of U too; D stands there.
template <class T>
void divide_by_pivots(StripMatrix<T> &s, Pivots &changed) {
  const Pattern &p = s.pattern;
  for (int64_t row = 0; row < p.rows(); row++) {
    const size_t diagonal = size_t(p.diagonal[size_t(row)]),
                 end = size_t(p.pointer[size_t(row) + 1]);
    bool held = true;
    for (size_t k = diagonal + 1; k < end; k++) {
      s.value[k] = s.value[k] / s.value[diagonal];
      held = held && magnitude(s.value[k]) <= largest<T>;
    }
    if (held) continue;
    for (size_t k = diagonal + 1; k < end; k++) s.value[k] = {};
    changed.note(s.first + row);
  }
}

}  // namespace windlass::precond
