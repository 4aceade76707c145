#include "preconditioner.hpp"

#include <string>

#include "core/error.hpp"

namespace windlass::precond {

void Preconditioner::take(std::unique_ptr<const sparse::Linear> made, int64_t entries_stored,
                          const Pivots &changed) noexcept {
  linear = std::move(made);
  rows = linear->rows();
  dtype = linear->dtype() - WDL_F32;
  entries = entries_stored;
  pivots = changed.count, first_pivot = changed.first;
}

void set_up(Run &run, Preconditioner &p, const Source &a) {
  const int64_t rows = a.linear.rows(), columns = a.linear.columns();
  if (rows != columns)
    throw Error(WDL_BAD_SHAPE, 2,
                "the matrix has shape (" + std::to_string(rows) + ", " + std::to_string(columns) +
                    "), expected a square one");
  p.make(run, a);
  p.seconds = run.seconds();
}

const sparse::Linear &linear_of(const Preconditioner &p, int32_t argument) {
  if (!p.linear)
    throw Error(WDL_NO_VALUE, argument,
                std::string("the preconditioner ") + p.kind->name + " is not set up yet");
  return *p.linear;
}

}  // namespace windlass::precond
