// Arnoldi's process with a basis that is orthogonal at once: classical Gram-Schmidt twice (whose
// second sums share one read of the basis with the first update), or modified.
// L. Giraud, J. Langou, M. Rozloznik, J. van den Eshof, 2005, doi 10.1007/s00211-005-0615-4;
// Y. Saad, Iterative methods for sparse linear systems, 2003, algorithm 6.2.
#pragma once
#include "arnoldi.hpp"

namespace windlass::krylov {

template <class T, class B>
class GramSchmidt {
 public:
  using S = Wide<T>;
  static constexpr int64_t sums(int64_t most) noexcept { return most + 1; }
  // totals: `sums` scalars of this member.
  GramSchmidt(Arnoldi<T, B> &arnoldi, S *totals, bool modified)
      : a_(arnoldi), s_(arnoldi.s), totals_(totals), modified_(modified) {}

  // u becomes v_0. False: it is zero, or not finite.
  bool begin() {
    const S uu = s_.template sums<1>(
        [&](Panel p, S *part) { part[0] += S(s_.k.norm2(p.length, a_.u + p.first)); })[0];
    const double beta = __builtin_sqrt(real(uu));
    a_.h.begin(beta);
    s_.each([&](Panel p) {
      s_.k.scale(p.length, S(1 / beta), a_.u + p.first);
      a_.k.store(p.length, S(1), a_.u + p.first, a_.column(0, p));
    });
    return beta > 0 && beta <= __DBL_MAX__;
  }
  // Column j of H and v_{j+1} of w = A v_j, which multiply(count, totals, body) makes. u becomes
  // v_{j+1}.
  template <class Multiply>
  void orthogonalise(int64_t j, Multiply &&multiply) {
    S *h = a_.h.column(j);
    const double next = modified_ ? modified(j, h, multiply) : classical(j, h, multiply);
    h[j + 1] = S(next);
    const S scale(next > 0 ? 1 / next : 0);
    s_.each([&](Panel p) {
      s_.k.combine(p.length, scale, a_.w + p.first, S(), a_.w + p.first, a_.u + p.first);
      a_.k.store(p.length, scale, a_.w + p.first, a_.column(j + 1, p));
    });
  }

  // The columns of a cycle.
  int64_t run() {
    if (!begin()) return a_.broken(), 0;
    for (int64_t j = 0;; j++)
      if (!step(j)) return j + 1;
  }
  // Column j of H. False: the cycle ends here.
  bool step(int64_t j) {
    orthogonalise(j, [&](int64_t count, S *totals, auto &&body) {
      a_.multiply(a_.u, a_.w, count, totals, body);
    });
    return a_.step(j);
  }

 private:
  template <class Multiply>
  double classical(int64_t j, S *h, Multiply &multiply) {
    T *w = a_.w;
    const int64_t count = j + 1;
    multiply(count, h, [&](Panel p, S *part) {
      a_.k.dots(p.length, a_.column(0, p), a_.ld, count, w + p.first, part);
    });
    s_.sums(s_.rows, count, totals_, [&](Panel p, S *part) {
      a_.k.update(p.length, a_.column(0, p), a_.ld, count, h, w + p.first);
      a_.k.dots(p.length, a_.column(0, p), a_.ld, count, w + p.first, part);
    });
    for (int64_t i = 0; i < count; i++) h[i] += totals_[i];
    const S rest = s_.template sums<1>([&](Panel p, S *part) {
      a_.k.update(p.length, a_.column(0, p), a_.ld, count, totals_, w + p.first);
      part[0] += S(s_.k.norm2(p.length, w + p.first));
    })[0];
    return __builtin_sqrt(real(rest));
  }
  // The update by one vector and the product with the next share a pass over w.
  template <class Multiply>
  double modified(int64_t j, S *h, Multiply &multiply) {
    T *w = a_.w;
    multiply(1, h, [&](Panel p, S *part) {
      a_.k.dots(p.length, a_.column(0, p), a_.ld, 1, w + p.first, part);
    });
    S rest{};
    for (int64_t i = 0; i <= j; i++) {
      rest = s_.template sums<1>([&](Panel p, S *part) {
        a_.k.update(p.length, a_.column(i, p), a_.ld, 1, h + i, w + p.first);
        if (i < j)
          a_.k.dots(p.length, a_.column(i + 1, p), a_.ld, 1, w + p.first, part);
        else
          part[0] += S(s_.k.norm2(p.length, w + p.first));
      })[0];
      if (i < j) h[i + 1] = rest;
    }
    return __builtin_sqrt(real(rest));
  }

  Arnoldi<T, B> &a_;
  Space<T> &s_;
  S *const totals_;
  const bool modified_;
};

}  // namespace windlass::krylov
