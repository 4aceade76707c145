// min || beta e_1 - H y || for a Hessenberg matrix that grows by a column a step, by Givens
// rotations. Y. Saad, Iterative methods for sparse linear systems, 2003, section 6.5.3.
#pragma once
#include <cstdint>

#include "core/scalar.hpp"

namespace windlass::krylov {

// In the caller's memory, as many scalars as `scalars` says. Nothing is allocated.
template <class S>
class Hessenberg {
 public:
  static constexpr int64_t scalars(int64_t m) noexcept { return 2 * m * (m + 1) + 4 * (m + 1); }

  Hessenberg(S *memory, int64_t m)
      : stride_(m + 1),
        raw_(memory),
        upper_(raw_ + m * stride_),
        cosine_(upper_ + m * stride_),
        sine_(cosine_ + stride_),
        right_(sine_ + stride_),
        y_(right_ + stride_) {}

  void begin(double beta) noexcept { right_[0] = S(beta); }
  // Its entries 0 .. j + 1.
  S *column(int64_t j) noexcept { return raw_ + j * stride_; }
  const S *column(int64_t j) const noexcept { return raw_ + j * stride_; }

  // Column j has nothing that the columns before have not but rounding, of size eps.
  bool dependent(int64_t j, double length, double eps) const noexcept {
    double size = 0;
    for (int64_t i = 0; i <= j + 1; i++) size += norm2(column(j)[i]);
    return !(length > 8 * eps * __builtin_sqrt(size));
  }

  // Takes column j in, which may come again after it was corrected; the residual's norm with it.
  // A dependent column has no part in the solution.
  double rotate(int64_t j, double eps) noexcept {
    S *r = upper_ + j * stride_;
    for (int64_t i = 0; i <= j + 1; i++) r[i] = column(j)[i];
    for (int64_t i = 0; i < j; i++) {
      const S a = r[i], b = r[i + 1];
      r[i] = conj(cosine_[i]) * a + conj(sine_[i]) * b;
      r[i + 1] = cosine_[i] * b - sine_[i] * a;
    }
    const double length = __builtin_hypot(magnitude(r[j]), magnitude(r[j + 1]));
    const bool none = dependent(j, length, eps);
    cosine_[j] = none ? S(0) : r[j] / S(length);
    sine_[j] = none ? S(1) : r[j + 1] / S(length);
    r[j] = S(none ? 0 : length);
    right_[j + 1] = -sine_[j] * right_[j];
    return magnitude(right_[j + 1]);
  }

  // The y of the first `count` columns; of fewer, where the last ones are not finite.
  S *solve(int64_t &count) noexcept {
    while (!solved(count)) count--;
    return y_;
  }

  // Of the triangle that the rotations made.
  S triangle(int64_t row, int64_t j) const noexcept { return upper_[j * stride_ + row]; }
  // hy <- H y, of count + 1 entries, with the y that solve gave, or what has become of it.
  void image(int64_t count, S *hy) const noexcept {
    for (int64_t i = 0; i <= count; i++) {
      hy[i] = S();
      for (int64_t j = i > 0 ? i - 1 : 0; j < count; j++) hy[i] += column(j)[i] * y_[j];
    }
  }

 private:
  bool solved(int64_t count) noexcept {
    for (int64_t i = count; i-- > 0;) {
      S sum = conj(cosine_[i]) * right_[i];
      for (int64_t k = i + 1; k < count; k++) sum -= upper_[k * stride_ + i] * y_[k];
      const S d = upper_[i * stride_ + i];
      y_[i] = d == S(0) ? S(0) : sum / d;
      if (!__builtin_isfinite(magnitude(y_[i]))) return false;
    }
    return true;
  }

  int64_t stride_;
  S *raw_, *upper_, *cosine_, *sine_;
  S *right_;  // the right-hand side below the rotations made: entry j before the j-th
  S *y_;
};

}  // namespace windlass::krylov
