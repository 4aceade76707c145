// Bounds of the distances of rows to their own centre and to any other (Hamerly 2010, doi
// 10.1137/1.9781611972801.12), widened by all that rounding may add.
#pragma once
#include "tile.simd.hpp"

namespace windlass::cluster::WDL_LEVEL {

// What T's rounding may take from a bound by a few operations, or add to it.
template <class T>
constexpr T epsilon = sizeof(T) == 4 ? T(0x1p-23) : T(0x1p-52);
template <class T>
constexpr T up = 1 + 4 * epsilon<T>;
template <class T>
constexpr T down = 1 - 4 * epsilon<T>;

// Of c^2 - 2 t.c as the kernels compute it, where |t| + |c| <= size: each of d + 1 fused additions
// of at most size^2 rounds once, and c^2 and |t|^2 as often; or falls below the smallest number.
template <class T>
[[gnu::always_inline]] inline Lanes<T> error(int64_t d, Lanes<T> size) {
  const T tiny = sizeof(T) == 4 ? T(0x1p-126) : T(0x1p-1022);
  return (epsilon<T> * T(d + 8)) * (size * size) + tiny * T(d + 8);
}

template <class T>
void bound(int64_t d, T radius, const T *columns, T *best, T *second) {
  const Lanes<T> zero{};
  for (int64_t i = 0; i < B; i += lanes<T>) {
    Lanes<T> square{};
    for (int64_t j = 0; j < d; j++) {
      const Lanes<T> t = load<T>(columns + j * B + i);
      square += t * t;
    }
    const Lanes<T> slack = error<T>(d, vsqrt(square) + 2 * radius);
    const Lanes<T> own = vmax(square + load<T>(best + i), zero) + slack;
    const Lanes<T> other = vmax(square + load<T>(second + i) - slack, zero);
    st(best + i, vsqrt(own) * up<T>);
    st(second + i, vsqrt(other) * down<T>);
  }
}

// A row keeps its label where the squares of the bounds are apart by twice the error.
template <class T>
int64_t choose(int64_t count, int64_t d, const Moves<T> &moves, const int32_t *labels, T *upper,
               T *lower, int32_t *chosen) {
  T own[B] = {}, others[B] = {}, apart[B] = {};
  for (int64_t i = 0; i < count; i++) {
    const int64_t label = labels[i];
    own[i] = moves.own[label], others[i] = moves.others[label], apart[i] = moves.apart[label];
  }
  LaneInt<T> stays[B];
  for (int64_t i = 0; i < B; i += lanes<T>) {
    const Lanes<T> zero{};
    const Lanes<T> u = (load<T>(upper + i) + load<T>(own + i)) * up<T>;
    const Lanes<T> l = vmax(load<T>(lower + i) - load<T>(others + i), zero) * down<T>;
    const Lanes<T> other = vmax((load<T>(apart + i) - u) * down<T>, l), gap = other - u;
    st(upper + i, u), st(lower + i, l);
    const Lanes<T> doubt = 2 * error<T>(d, u + 2 * moves.radius);
    st(stays + i, (gap > zero) & (gap * (other + u) > doubt));
  }
  int64_t number = 0;
  for (int64_t i = 0; i < count; i++) {
    chosen[number] = int32_t(i);
    number += stays[i] == 0;
  }
  return number;
}

}  // namespace windlass::cluster::WDL_LEVEL
