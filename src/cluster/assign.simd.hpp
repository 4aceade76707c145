// The nearest centre of each row by |t - c|^2 - |t|^2 = c^2 - 2 t.c: 2 d flops for a row and a
// centre, d fused multiply-adds in registers and a compare and select. A block of four centres and
// V vectors of rows has 4 V accumulators; each value of t that is loaded serves four centres, each
// value of c serves V vectors.
#pragma once
#include "tile.simd.hpp"

namespace windlass::cluster::WDL_LEVEL {

constexpr int assign_vectors = vector_registers == 32 ? 4 : 2;

template <class T, int V>
[[gnu::always_inline]] inline void products(int64_t d, const T *columns, const T *block,
                                            Lanes<T> (&sum)[centre_block][V]) {
#pragma GCC unroll 16
  for (int c = 0; c < centre_block; c++)
#pragma GCC unroll 16
    for (int v = 0; v < V; v++) sum[c][v] = spread<Lanes<T>>(block[c]);
  for (int64_t j = 0; j < d; j++) {
    Lanes<T> t[V];
#pragma GCC unroll 16
    for (int v = 0; v < V; v++) t[v] = load<T>(columns + j * B + v * lanes<T>);
    block += centre_block;
#pragma GCC unroll 16
    for (int c = 0; c < centre_block; c++) {
      const Lanes<T> s = spread<Lanes<T>>(block[c]);
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) sum[c][v] += s * t[v];
    }
  }
}

template <class T, bool two, int V>
[[gnu::always_inline]] inline void assign_group(int64_t d, int64_t first, int64_t last,
                                                const T *columns, const T *blocks, T *best,
                                                T *second, int32_t *labels) {
  constexpr int N = lanes<T>;
  using Labels = typename VectorOf<int32_t, N>::type;
  Lanes<T> least[V], next[V];
  LaneInts<T> label[V];
#pragma GCC unroll 16
  for (int v = 0; v < V; v++) {
    least[v] = load<T>(best + v * N);
    if (two) next[v] = load<T>(second + v * N);
    label[v] = __builtin_convertvector(ld<Labels>(labels + v * N), LaneInts<T>);
  }
  for (int64_t b = first; b < last; b++) {
    Lanes<T> sum[centre_block][V];
    products<T, V>(d, columns, blocks + b * (1 + d) * centre_block, sum);
#pragma GCC unroll 16
    for (int c = 0; c < centre_block; c++) {
      const LaneInts<T> at = LaneInts<T>{} + LaneInt<T>(b * centre_block + c);
#pragma GCC unroll 16
      for (int v = 0; v < V; v++) {
        const Lanes<T> s = sum[c][v];
        if (two) {
          const Lanes<T> larger = s < least[v] ? least[v] : s;
          next[v] = larger < next[v] ? larger : next[v];
        }
        label[v] = s < least[v] ? at : label[v];
        least[v] = s < least[v] ? s : least[v];
      }
    }
  }
#pragma GCC unroll 16
  for (int v = 0; v < V; v++) {
    st(best + v * N, least[v]);
    if (two) st(second + v * N, next[v]);
    st(labels + v * N, __builtin_convertvector(label[v], Labels));
  }
}

// Groups of V vectors, the rest vector by vector.
template <class T, bool two>
[[gnu::always_inline]] inline void assign_rows(int64_t count, int64_t d, int64_t first,
                                               int64_t last, const T *columns, const T *blocks,
                                               T *best, T *second, int32_t *labels) {
  constexpr int V = assign_vectors, N = lanes<T>;
  int64_t i = 0;
  for (; i + (V - 1) * N < count; i += V * N)
    assign_group<T, two, V>(d, first, last, columns + i, blocks, best + i, second + i, labels + i);
  for (; i < count; i += N)
    assign_group<T, two, 1>(d, first, last, columns + i, blocks, best + i, second + i, labels + i);
}

template <class T>
void assign(int64_t count, int64_t d, int64_t first, int64_t last, const T *columns,
            const T *blocks, T *best, int32_t *labels) {
  assign_rows<T, false>(count, d, first, last, columns, blocks, best, best, labels);
}

template <class T>
void assign_two(int64_t count, int64_t d, int64_t first, int64_t last, const T *columns,
                const T *blocks, T *best, T *second, int32_t *labels) {
  assign_rows<T, true>(count, d, first, last, columns, blocks, best, second, labels);
}

}  // namespace windlass::cluster::WDL_LEVEL
