// z = U^-1 D^-1 L^-1 r by strips, L and U with unit diagonals. Strips do not depend on each other,
// so members take whole strips, and a strip's work stays in the cache from L to U.
#pragma once
#include <memory>
#include <vector>

#include "core/aligned.hpp"
#include "schedule.hpp"
#include "sparse/linear.hpp"

namespace windlass::precond {

// Values of T are stored as F. hermitian: M is its own adjoint.
template <class T, class F>
class Triangles final : public sparse::Linear {
 public:
  struct Strip {
    std::shared_ptr<const StripPlan> plan;
    Aligned<F> lower, upper;  // of triangles in slices
    Aligned<F> ordered;       // of both, as in the pattern, where one goes row by row
    Aligned<F> inverse;       // of pivots
  };
  Triangles(int64_t n, std::vector<Strip> &&strips, bool hermitian);

  bool has(sparse::Mode mode) const noexcept override {
    return mode != sparse::Mode::conjugate || !is_complex<T>;
  }
  int32_t whole(Team::Member &, sparse::Mode, const void *x, void *y,
                void *scratch) const noexcept override;
  int64_t scratch_bytes(sparse::Mode) const noexcept override;
  int64_t bytes(sparse::Mode) const noexcept override { return read_; }
  int64_t memory() const noexcept override { return memory_; }

 private:
  void solve(const Strip &, const T *r, T *z, T *work) const noexcept;
  void solve_transposed(const Strip &, bool conjugate, const T *r, T *z, T *work) const noexcept;

  std::vector<Strip> strips_;
  bool hermitian_;
  int64_t work_ = 0, read_ = 0, memory_ = 0;  // of one strip, in scalars; bytes; bytes
};

// The values of one strip in the order of its plan, and the inverses of its pivots.
template <class T, class F>
typename Triangles<T, F>::Strip fill_strip(std::shared_ptr<const StripPlan> plan,
                                           const std::vector<Wide<T>> &value);

}  // namespace windlass::precond
