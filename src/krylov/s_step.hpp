// Arnoldi's process by s vectors at a time, of which each group costs three reads of the basis and
// s of A; where the products can follow the group before in a wave, two and one. M. Hoemmen, 2010,
// Communication-avoiding Krylov subspace methods (thesis, UC Berkeley), chapter 3; A. Stathopoulos,
// K. Wu, 2002, doi 10.1137/S1064827500370883 (Cholesky QR).
//
//   p_0 = v_{J-1}   p_{i+1} = (A p_i - theta p_i) / sigma                  P = [p_1 .. p_s]
//   C = V^H P       P <- P - V C    D = V^H P    G = P^H P    P <- P - V D
//   G - D^H D = L L^H               Q = P L^{-H}              [V Q] goes on
//   H_q k_q = sigma K_{i+1} + theta K_i - sum_{l<q} H_l k_l,  q = J - 1 + i
//
// K_i are the coordinates of p_i in [V Q], k those of K_i. theta is the mean of the first Ritz
// values, sigma how far A - theta I stretches the first vectors.
// Where the p_i are nearly dependent, by a pivot of L, the cycle goes on vector by vector, and
// the next ones by another process.
#pragma once
#include "gram_schmidt.hpp"

namespace windlass::krylov {

// Of A; kept from cycle to cycle by every member.
template <class S>
struct Powers {
  S theta{};
  double sigma = 0;  // 0: not yet known
  bool failed = false;
};

template <class T, class B>
class SStep {
 public:
  using S = Wide<T>;
  static constexpr int64_t sums(int64_t most, int64_t s) noexcept { return (most + s) * s; }
  static constexpr int64_t scalars(int64_t most, int64_t s) noexcept {
    return 2 * sums(most, s) + s * s;
  }
  // totals: `scalars` of them; powers: s vectors, as far apart as the basis'.
  SStep(Arnoldi<T, B> &arnoldi, Powers<S> &kept, S *totals, T *powers, int64_t s)
      : a_(arnoldi),
        space_(arnoldi.s),
        kept_(kept),
        c_(totals),
        d_(totals + sums(arnoldi.most, s)),
        l_(d_ + sums(arnoldi.most, s)),
        p_(powers),
        most_(s) {}

  // The columns of a cycle.
  int64_t run() {
    GramSchmidt<T, B> first(a_, c_, false);
    if (!first.begin()) return a_.broken(), 0;
    const auto singly = [&](int64_t from, int64_t to) {
      while (from < to && first.step(from)) from++;
      return from;
    };
    int64_t done = 0;
    if (kept_.sigma == 0) {
      done = singly(0, most_);
      if (done < most_) return done + 1;
      measure(done);
    }
    for (bool ready = false; done < a_.most; done += s_) {
      const int64_t J = done + 1;
      s_ = group(done);
      if (!ready) multiply(J);
      if (!project(J)) {
        kept_.failed = true;
        return singly(done, a_.most) + 1;
      }
      ready = J + s_ <= a_.most && space_.ahead(s_);
      for (int64_t i = 0; i < s_; i++) {
        column(done + i, J);
        if (a_.small(a_.rotate(done + i))) ready = false;
      }
      extend(J, ready ? group(done + s_) : 0);
      for (int64_t i = 0; i < s_; i++)
        if (!a_.step(done + i)) return done + i + 1;
    }
    return done;
  }

 private:
  void measure(int64_t columns) {
    for (int64_t j = 0; j < columns; j++) kept_.theta += a_.h.column(j)[j] * S(1.0 / columns);
    for (int64_t j = 0; j < columns; j++) {
      double size = norm2(a_.h.column(j)[j] - kept_.theta);
      for (int64_t i = 0; i <= j + 1; i++)
        if (i != j) size += norm2(a_.h.column(j)[i]);
      kept_.sigma = __builtin_fmax(kept_.sigma, __builtin_sqrt(size));
    }
  }
  T *power(int64_t i) const noexcept { return i ? p_ + (i - 1) * a_.ld : a_.u; }

  // Columns of the group behind so many.
  int64_t group(int64_t done) const noexcept {
    return most_ < a_.most - done ? most_ : a_.most - done;
  }
  // P without what lies in the first J columns; C, D and L. False: they are nearly dependent.
  bool project(int64_t J) {
    const int64_t count = J * s_;
    space_.sums(space_.rows, count + s_ * s_, d_, [&](Panel p, S *part) {
      T *w = power(1) + p.first;
      a_.k.update_many(p.length, a_.column(0, p), a_.ld, J, c_, w, a_.ld, s_);
      a_.k.dots_many(p.length, a_.column(0, p), a_.ld, J, w, a_.ld, s_, part);
      space_.k.basis.dots_many(p.length, w, a_.ld, s_, w, a_.ld, s_, part + count);
    });
    if (!factor(J)) return false;
    for (int64_t i = 0; i < count; i++) c_[i] += d_[i];
    return true;
  }
  // s_ columns behind the first J; and `next` powers of the last of them, while the basis is in the
  // cache.
  void extend(int64_t J, int64_t next) {
    const auto columns = [&](Panel p) {
      T *w = power(1) + p.first;
      a_.k.update_many(p.length, a_.column(0, p), a_.ld, J, d_, w, a_.ld, s_);
      for (int64_t i = 0; i < s_; i++) {
        T *q = w + i * a_.ld;
        space_.k.basis.update(p.length, w, a_.ld, i, l_ + i * s_, q);
        const S scale = S(1 / real(l_[i * s_ + i]));
        space_.k.scale(p.length, scale, q);
        a_.k.store(p.length, S(1), q, a_.column(J + i, p));
      }
      std::memcpy(static_cast<void *>(a_.u + p.first), w + (s_ - 1) * a_.ld,
                  size_t(p.length) * sizeof(T));
    };
    if (!next) return space_.each(columns);
    const int64_t K = J + s_;
    space_.wave(int(next), K * next, c_, [&](int level, Panel p, S *part) {
      if (level == 0) return columns(p);
      space_.multiply(p, power(level - 1), power(level));
      shift(level, p);
      if (level == next) project(K, next, p, part);
    });
  }
  // P, and C with the last of them.
  void multiply(int64_t J) {
    for (int64_t i = 1; i <= s_; i++)
      a_.multiply(power(i - 1), power(i), i == s_ ? J * s_ : 0, c_, [&](Panel p, S *part) {
        shift(i, p);
        if (i == s_) project(J, s_, p, part);
      });
  }
  // p_i of A p_{i-1}, and C of s powers.
  void shift(int64_t i, Panel p) const {
    const S scale(1 / kept_.sigma);
    space_.k.axpby(p.length, -kept_.theta * scale, power(i - 1) + p.first, scale,
                   power(i) + p.first);
  }
  void project(int64_t J, int64_t s, Panel p, S *part) const {
    a_.k.dots_many(p.length, a_.column(0, p), a_.ld, J, power(1) + p.first, a_.ld, s, part);
  }
  // conj(L) by rows, which is R = L^H by columns.
  bool factor(int64_t J) {
    const S *g = d_ + J * s_;
    for (int64_t i = 0; i < s_; i++) {
      S *row = l_ + i * s_;
      double size = 0;
      for (int64_t k = 0; k <= i; k++) {
        S sum = g[i * s_ + k];  // p_k^H p_i
        for (int64_t c = 0; c < J; c++) sum -= conj(d_[k * J + c]) * d_[i * J + c];
        if (k == i) size = real(sum);
        for (int64_t l = 0; l < k; l++) sum -= conj(l_[k * s_ + l]) * row[l];
        row[k] = k < i ? sum / l_[k * s_ + k] : sum;
      }
      const double pivot = real(row[i]);
      if (!(pivot > least_pivot * size)) return false;
      row[i] = S(__builtin_sqrt(pivot));
    }
    return true;
  }
  // Coordinate l of p_i.
  S coordinate(int64_t i, int64_t l, int64_t J) const noexcept {
    if (i == 0) return S(l == J - 1 ? 1 : 0);
    if (l < J) return c_[(i - 1) * J + l];
    return l - J < i ? l_[(i - 1) * s_ + l - J] : S(0);
  }
  void column(int64_t q, int64_t J) {
    const int64_t i = q - (J - 1);
    S *h = a_.h.column(q);
    for (int64_t l = 0; l <= q + 1; l++)
      h[l] = S(kept_.sigma) * coordinate(i + 1, l, J) + kept_.theta * coordinate(i, l, J);
    for (int64_t l = 0; l < q; l++) {
      const S k = coordinate(i, l, J);
      if (k == S(0)) continue;
      for (int64_t r = 0; r <= l + 1; r++) h[r] -= a_.h.column(l)[r] * k;
    }
    const S k = coordinate(i, q, J);
    for (int64_t l = 0; l <= q + 1; l++) h[l] = h[l] / k;
  }

  // The columns are orthogonal up to eps over this.
  static constexpr double least_pivot = sizeof(Real<T>) == 4 ? 0x1p-11 : 0x1p-26;

  Arnoldi<T, B> &a_;
  Space<T> &space_;
  Powers<S> &kept_;
  S *const c_, *const d_, *const l_;
  T *const p_;
  const int64_t most_;
  int64_t s_ = 0;
};

}  // namespace windlass::krylov
