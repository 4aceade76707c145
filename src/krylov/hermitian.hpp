// The eigenvectors of a small Hermitian matrix by Jacobi's rotations. G. H. Golub, C. F. Van Loan,
// Matrix computations, 2013, section 8.5.
//
//   tau = (g_qq - g_pp) / (2 |g_pq|)      t = sign(tau) / (|tau| + sqrt(1 + tau^2))
//   [p q] <- [p, f q] [c s; -s c],        c = 1 / sqrt(1 + t^2), s = t c, f = g_pq* / |g_pq|
#pragma once
#include <cstdint>

#include "core/scalar.hpp"

namespace windlass::krylov {

// g and w are n x n, by columns. g's diagonal becomes the eigenvalues, w's columns the
// eigenvectors.
template <class S>
void eigenvectors(int64_t n, S *g, S *w) noexcept {
  constexpr int most_sweeps = 30;  // some ten are needed
  for (int64_t i = 0; i < n * n; i++) w[i] = S(i % (n + 1) == 0);
  for (int sweep = 0; sweep < most_sweeps; sweep++) {
    bool done = true;
    for (int64_t q = 1; q < n; q++)
      for (int64_t p = 0; p < q; p++) {
        const double gp = real(g[p * n + p]), gq = real(g[q * n + q]);
        const double off = magnitude(g[q * n + p]);
        if (!(off > 0x1p-52 * __builtin_sqrt(__builtin_fabs(gp * gq)))) continue;
        done = false;
        const double tau = (gq - gp) / (2 * off);
        const double t = (tau < 0 ? -1 : 1) / (__builtin_fabs(tau) + __builtin_hypot(1, tau));
        const double c = 1 / __builtin_hypot(1, t), s = t * c;
        const S f = conj(g[q * n + p]) * S(1 / off);
        const auto turn = [&](S &a, S &b, S phase) {
          const S other = phase * b;
          b = S(s) * a + S(c) * other;
          a = S(c) * a - S(s) * other;
        };
        for (int64_t i = 0; i < n; i++) turn(w[p * n + i], w[q * n + i], f);
        for (int64_t i = 0; i < n; i++) turn(g[p * n + i], g[q * n + i], f);
        for (int64_t i = 0; i < n; i++) turn(g[i * n + p], g[i * n + q], conj(f));
        g[q * n + p] = g[p * n + q] = S(0);
      }
    if (done) return;
  }
}

}  // namespace windlass::krylov
