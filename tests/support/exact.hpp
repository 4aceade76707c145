// Scalars in long double, for slow references.
#pragma once
#include <complex>

#include "core/scalar.hpp"

namespace windlass::test {

using Exact = std::complex<long double>;

template <class T>
Exact exact(T x) {
  if constexpr (is_complex<T>)
    return {x.re, x.im};
  else
    return x;
}

}  // namespace windlass::test
