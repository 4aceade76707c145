// What the ways to make a Krylov basis share: the basis and its columns, the product with A and M,
// the Hessenberg matrix, and the solution that comes of them.
#pragma once
#include "hessenberg.hpp"
#include "monitor.hpp"

namespace windlass::krylov {

// The steps of a cycle: there are no more dimensions than rows.
inline int64_t cycle_length(int64_t rows, const Settings &settings) noexcept {
  const int64_t m = settings.restart < rows ? settings.restart : rows;
  return m > 0 ? m : 1;
}

// B is what the basis is stored in. After j steps A M V_j = V_{j+1} H.
template <class T, class B>
class Arnoldi {
 public:
  using S = Wide<T>;
  static constexpr double eps = sizeof(Real<B>) == 4 ? 0x1p-23 : 0x1p-52;

  Arnoldi(Space<T> &space, Monitor<T> &monitor, Hessenberg<S> &h, int64_t most)
      : s(space),
        k(sparse::basis_kernels<T, B>()),
        h(h),
        most(most),
        v(space.template basis<B>()),
        ld(space.spacing()),
        u(space.vector(0)),
        w(space.vector(1)),
        monitor_(monitor),
        z_(space.preconditioned() ? space.vector(2) : nullptr),
        right_(z_) {}

  Space<T> &s;
  const sparse::BasisKernels<T, B> &k;
  Hessenberg<S> &h;
  const int64_t most;  // steps of a cycle
  B *const v;
  const int64_t ld;
  T *const u, *const w;

  // Vectors as far apart as the basis', M applied already, that the solution is made of instead;
  // those from number `split` on begin at `more`.
  void use_directions(const B *directions, int64_t split = INT64_MAX,
                      const B *more = nullptr) noexcept {
    directions_ = directions, split_ = split, more_ = more;
    right_ = false;
  }

  B *column(int64_t c, Panel p) const noexcept { return v + c * ld + p.first; }

  // to <- A M from, and sums over its panels.
  template <class Body>
  void multiply(const T *from, T *to, int64_t count, S *totals, Body &&body) {
    if (right_) s.precondition(from, z_);
    s.apply(right_ ? z_ : from, to, count, totals, body);
  }

  double rotate(int64_t j) { return h.rotate(j, eps); }
  // After column j of H: tells the norm. False: the cycle ends here, where A v_j lies in the space
  // of the basis for one, which may be no end where the next vector is not made of that.
  bool step(int64_t j, bool may_end = true) {
    if (!monitor_.step(rotate(j), nullptr, [&](T *out) { form(j + 1, out); })) return false;
    if (may_end && dependent(j)) return monitor_.broken();
    return j + 1 < most;
  }
  bool broken() { return monitor_.broken(); }
  bool small(double norm) const noexcept { return monitor_.small(norm); }
  bool dependent(int64_t j) const noexcept {
    return h.dependent(j, magnitude(h.column(j)[j + 1]), eps);
  }

  // x += M V y
  void finish(int64_t count) {
    if (count == 0) return;
    S *y = minus_y(count);
    if (right_) {
      s.each([&](Panel p) { add(p.first, p.length, count, y, zeroed(u, p)); });
      s.precondition(u, z_);
      s.each([&](Panel p) { s.k.axpy(p.length, S(1), z_ + p.first, s.x + p.first); });
    } else {
      s.each([&](Panel p) { add(p.first, p.length, count, y, s.x + p.first); });
    }
  }
  // The same, of directions in use; to <- what was added, whose norm it gives.
  double finish(int64_t &count, T *to) {
    S *y = minus_y(count);
    return __builtin_sqrt(real(s.template sums<1>([&](Panel p, S *part) {
      add(p.first, p.length, count, y, zeroed(to, p));
      s.k.axpy(p.length, S(1), to + p.first, s.x + p.first);
      part[0] += S(s.k.norm2(p.length, to + p.first));
    })[0]));
  }

 private:
  S *minus_y(int64_t &count) noexcept {
    S *y = h.solve(count);
    for (int64_t i = 0; i < count; i++) y[i] = -y[i];
    return y;
  }
  T *zeroed(T *x, Panel p) const noexcept {
    std::memset(static_cast<void *>(x + p.first), 0, size_t(p.length) * sizeof(T));
    return x + p.first;
  }
  void add(int64_t first, int64_t n, int64_t count, const S *minus_y, T *x) const noexcept {
    k.update(n, directions_ + first, ld, count < split_ ? count : split_, minus_y, x);
    if (count > split_) k.update(n, more_ + first, ld, count - split_, minus_y + split_, x);
  }
  // The same into `out`, by the caller's thread while the others wait.
  void form(int64_t count, T *out) {
    const int64_t n = s.rows.rows;
    const S *y = minus_y(count);
    add(0, n, count, y, zeroed(out, {0, n}));
    if (right_) s.precondition_alone(out, z_);
    s.k.combine(n, S(1), s.x, S(1), right_ ? z_ : out, out);
  }

  Monitor<T> &monitor_;
  T *const z_;
  bool right_;  // the solution is M times its coordinates in the directions
  const B *directions_ = v, *more_ = nullptr;
  int64_t split_ = INT64_MAX;
};

}  // namespace windlass::krylov
