// Incomplete LU without fill: L U = A on the pattern of A. J. A. Meijerink, H. A. van der Vorst,
// 1977, doi 10.1090/S0025-5718-1977-0438681-4; row by row (IKJ) as in Y. Saad, Iterative Methods
// for Sparse Linear Systems, 2003, algorithm 10.4, doi 10.1137/1.9780898718003.
#pragma once
#include "incomplete.hpp"

namespace windlass::precond {

// L U in place of a strip, in double precision.
template <class T>
Pivots factor_ilu0(Run &, StripMatrix<T> &);

}  // namespace windlass::precond
