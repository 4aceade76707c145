// Operators made of operators, which outlive them: transposes, sums, products, shifts.
#pragma once
#include <memory>

#include "linear.hpp"

namespace windlass::sparse {

// The transpose, or the adjoint. `own`: what it is of, where nobody else keeps that.
class Transposed final : public Linear {
 public:
  Transposed(const Linear &a, bool conjugated) noexcept
      : Linear(a.columns(), a.rows(), a.dtype()), a_(a), mode_(mode_of(true, conjugated)) {}
  explicit Transposed(std::unique_ptr<const Linear> own) noexcept
      : Linear(own->columns(), own->rows(), own->dtype()),
        own_(std::move(own)),
        a_(*own_),
        mode_(Mode::transpose) {}

  bool has(Mode m) const noexcept override { return a_.has(of(m)); }
  void prepare(Mode m) const override { a_.prepare(of(m)); }
  bool by_rows(Mode m) const noexcept override { return a_.by_rows(of(m)); }
  void rows(Mode m, int64_t first, int64_t last, const void *x, void *y) const noexcept override {
    a_.rows(of(m), first, last, x, y);
  }
  bool by_blocks(Mode m) const noexcept override { return a_.by_blocks(of(m)); }
  void block(Mode m, int64_t first, int64_t last, const Block &b) const noexcept override {
    a_.block(of(m), first, last, b);
  }
  int64_t cost_below(Mode m, int64_t row) const noexcept override {
    return a_.cost_below(of(m), row);
  }
  int32_t whole(Team::Member &member, Mode m, const void *x, void *y,
                void *scratch) const noexcept override {
    return a_.whole(member, of(m), x, y, scratch);
  }
  int64_t scratch_bytes(Mode m) const noexcept override { return a_.scratch_bytes(of(m)); }
  int64_t bytes(Mode m) const noexcept override { return a_.bytes(of(m)); }
  int64_t entries() const noexcept override { return a_.entries(); }
  int64_t memory() const noexcept override { return own_ ? own_->memory() : 0; }
  void count_entries(Mode m, int64_t *count) const noexcept override {
    a_.count_entries(of(m), count);
  }
  void place_entries(Mode m, Complex<double> scale, const Placing &to) const noexcept override {
    a_.place_entries(of(m), scale, to);
  }

 private:
  Mode of(Mode m) const noexcept { return both(m, mode_); }
  std::unique_ptr<const Linear> own_;
  const Linear &a_;
  Mode mode_;
};

// alpha A + beta B, of one shape and dtype; coefficients of real operators are real.
std::unique_ptr<const Linear> sum_of(Complex<double> alpha, const Linear &a, Complex<double> beta,
                                     const Linear &b);
// A B, of one dtype.
std::unique_ptr<const Linear> product_of(const Linear &a, const Linear &b);
// A + sigma I of a square A.
std::unique_ptr<const Linear> shifted(const Linear &a, Complex<double> sigma);

}  // namespace windlass::sparse
