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

struct Shape {
  int64_t rows, columns;
  bool preconditioned;
};

// vectors: as long as the longer side, vector 0 among them. scalars: Wide ones of each member.
// sums: the most that one sum has. basis: columns of as many rows as a vector, of T, or of float
// where the basis is single.
struct Storage {
  int64_t vectors = 1, basis = 0, scalars = 0, sums = 1;
};

}  // namespace windlass::krylov
