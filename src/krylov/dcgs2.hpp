// Arnoldi's process by classical Gram-Schmidt twice, the second time delayed by one step, so that a
// step reads the basis twice and meets twice; where the next product can follow in a wave, once.
// D. Bielich, J. Langou, S. Thomas, K. Swirydowicz, I. Yamazaki, E. G. Boman, 2022,
// doi 10.1016/j.parco.2022.102940, algorithm 4.
//
// u is what the first pass left of A v_{j-1}; A v_{j-1} = V h + u. With w = A u:
//
//   a = V^H u   b = V^H w   beta^2 = u^H u - a^H a   c = (u^H w - a^H b) / beta
//   H_{j-1} = [h + a; beta]            v_j = (u - V a) / beta
//   H_j     = ([b; c] - H a) / beta    u   = (w - V b - c v_j) / beta
//
// The first u is the residual. The norm of the new u stands for beta until the next step knows
// better.
#pragma once
#include "arnoldi.hpp"

namespace windlass::krylov {

template <class T, class B>
class Dcgs2 {
 public:
  using S = Wide<T>;
  static constexpr int64_t sums(int64_t most) noexcept { return 2 * most + 2; }
  // totals: `sums` scalars of this member.
  Dcgs2(Arnoldi<T, B> &arnoldi, S *totals) : a_(arnoldi), s_(arnoldi.s), totals_(totals) {}

  // The columns of a cycle.
  int64_t run() {
    bool ready = false;  // w and the sums
    for (int64_t j = 0;; j++) {
      if (!ready)
        a_.multiply(a_.u, a_.w, 2 * j + 2, totals_, [&](Panel p, S *part) { dots(j, p, part); });
      const double beta = correct(j, totals_ + j, real(totals_[2 * j]));
      if (j == 0) a_.h.begin(beta);
      if (!(beta > 0)) return a_.broken(), j;
      const S c = coefficients(j, beta);
      ready = j + 1 < a_.most && s_.ahead();
      const bool final = j + 1 == a_.most;
      advance(j, beta, c, ready, final);
      if (!a_.step(j)) return last(j + 1, ready, final), j + 1;
    }
  }

 private:
  // Column j - 1 of H; its last entry. 0: the second pass took most of u away, which was rounding.
  double correct(int64_t j, const S *a, double uu) {
    double aa = 0;
    for (int64_t i = 0; i < j; i++) aa += norm2(a[i]);
    const double beta = uu - aa > 0.25 * uu ? __builtin_sqrt(uu - aa) : 0;
    if (j == 0) return beta;
    S *h = a_.h.column(j - 1);
    for (int64_t i = 0; i < j; i++) h[i] += a[i];
    h[j] = S(beta);
    a_.rotate(j - 1);
    return beta;
  }
  // Column j of H but its last entry; c.
  S coefficients(int64_t j, double beta) {
    const S *b = totals_, *a = totals_ + j;
    S c = totals_[2 * j + 1];
    for (int64_t i = 0; i < j; i++) c -= conj(a[i]) * b[i];
    c = c / S(beta);
    S *h = a_.h.column(j);
    for (int64_t i = 0; i < j; i++) h[i] = b[i];
    h[j] = c;
    for (int64_t q = 0; q < j; q++) {
      const S *before = a_.h.column(q);
      for (int64_t i = 0; i <= q + 1; i++) h[i] -= before[i] * a[q];
    }
    for (int64_t i = 0; i <= j; i++) h[i] = h[i] * S(1 / beta);
    return c;
  }
  // b, a, u^H u and u^H w of a panel.
  void dots(int64_t j, Panel p, S *part) const {
    const T *u = a_.u + p.first, *w = a_.w + p.first;
    a_.k.dots2(p.length, a_.column(0, p), a_.ld, j, w, u, part, part + j);
    part[2 * j] += S(s_.k.norm2(p.length, u));
    part[2 * j + 1] += s_.k.dot(p.length, u, w);
  }
  // What makes v_j and u.
  struct Next {
    int64_t j;
    S scale, c;
  };
  void update(const Next &next, Panel p) const {
    const S *b = totals_, *a = totals_ + next.j, scale = next.scale;
    T *u = a_.u + p.first, *w = a_.w + p.first;
    a_.k.update2(p.length, a_.column(0, p), a_.ld, next.j, b, w, a, u);
    a_.k.store(p.length, scale, u, a_.column(next.j, p));
    s_.k.axpby(p.length, scale, w, -next.c * scale * scale, u);
  }
  // v_j and u; and, while the basis is in the cache, the next step's product with its sums, or at
  // a cycle's end those of the second pass.
  void advance(int64_t j, double beta, S c, bool multiply, bool final) {
    const Next next = {j, S(1 / beta), c};
    S uu;
    if (multiply) {
      s_.wave(1, 2 * j + 4, totals_, [&](int level, Panel p, S *part) {
        if (level == 0) return update(next, p);
        s_.multiply(p, a_.u, a_.w);
        dots(j + 1, p, part);
      });
      uu = totals_[2 * j + 2];
    } else {
      uu = second(final ? j + 1 : 0, &next);
    }
    a_.h.column(j)[j + 1] = S(__builtin_sqrt(real(uu)));
  }
  // The sums of the second pass, V^H u of so many columns and u^H u, which it gives; of the u that
  // is there, or that is made before.
  S second(int64_t columns, const Next *next) {
    s_.sums(s_.rows, columns + 1, totals_, [&](Panel p, S *part) {
      if (next) update(*next, p);
      a_.k.dots(p.length, a_.column(0, p), a_.ld, columns, a_.u + p.first, part);
      part[columns] += S(s_.k.norm2(p.length, a_.u + p.first));
    });
    return totals_[columns];
  }
  void last(int64_t j, bool ready, bool final) {
    if (ready) return void(correct(j, totals_ + j, real(totals_[2 * j])));
    if (!final) second(j, nullptr);
    correct(j, totals_, real(totals_[j]));
  }

  Arnoldi<T, B> &a_;
  Space<T> &s_;
  S *const totals_;
};

}  // namespace windlass::krylov
