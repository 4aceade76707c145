// z = U^-1 D^-1 L^-1 r by strips, L and U with unit diagonals. Strips do not depend on each other:
// members take whole strips, whose work stays in the cache from L to U. Where members are more than
// strips, all of them solve one together: a part each in turn, which waits for what it reads of
// earlier parts. Who solves a row does not change what comes out.
#pragma once
#include <memory>
#include <vector>

#include "core/aligned.hpp"
#include "core/made_once.hpp"
#include "schedule.hpp"
#include "sparse/linear.hpp"

namespace windlass::precond {

// The values of one strip, in the order of its plan.
template <class F>
struct Strip {
  const StripPlan *plan;
  Aligned<F> lower, upper;  // of triangles in slices
  Aligned<F> ordered;       // of both, as in the pattern, where one goes row by row
  Aligned<F> inverse;       // of pivots
};
// From values as in the pattern and inverses of pivots by row.
template <class F>
Strip<F> fill_strip(const StripPlan &, const std::vector<F> &value, const std::vector<F> &inverse);

template <class F>
struct Strips {
  std::vector<Strip<F>> strips;
  int64_t work = 0;      // of one strip, in scalars
  int64_t counters = 0;  // of all strips
  int64_t read = 0, memory = 0;

  explicit Strips(std::vector<Strip<F>> &&);
  // Of the transposed matrix. Throws std::bad_alloc.
  std::unique_ptr<const Strips> turned() const;
};

// Values of T are stored as F. hermitian: M is its own adjoint. Transposed solves keep factors of
// their own, made when they are first prepared.
template <class T, class F>
class Triangles final : public sparse::Linear {
 public:
  Triangles(int64_t n, std::vector<std::shared_ptr<const StripPlan>> plans,
            std::vector<Strip<F>> &&strips, bool hermitian);

  void prepare(sparse::Mode) const override;
  int32_t whole(Team::Member &, sparse::Mode, const void *x, void *y,
                void *scratch) const noexcept override;
  int64_t scratch_bytes(sparse::Mode) const noexcept override;
  int64_t bytes(sparse::Mode) const noexcept override { return plain_.read; }
  int64_t memory() const noexcept override;

 private:
  // M of a mode as M or its transpose, of conjugates or not.
  struct Form {
    bool turned, conjugated;
  };
  Form form(sparse::Mode) const noexcept;
  const Strips<F> &strips_of(Form f) const noexcept { return f.turned ? *turned_.get() : plain_; }

  std::vector<std::shared_ptr<const StripPlan>> plans_;
  Strips<F> plain_;
  MadeOnce<Strips<F>> turned_;
  bool hermitian_;
};

}  // namespace windlass::precond
