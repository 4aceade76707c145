// A matrix that the caller's own function multiplies with.
#pragma once
#include <windlass/sparse.h>

#include "linear.hpp"

namespace windlass::sparse {

class Callback final : public Linear {
 public:
  Callback(int64_t rows, int64_t columns, int32_t dtype, wdl_apply_fn apply, uint32_t flags,
           void *user) noexcept
      : Linear(rows, columns, dtype), apply_(apply), flags_(flags), user_(user) {}

  bool has(Mode mode) const noexcept override { return asked(mode) >= 0; }
  int32_t whole(Team::Member &, Mode, const void *x, void *y,
                void *scratch) const noexcept override;
  int64_t scratch_bytes(Mode) const noexcept override { return 64; }

 private:
  int32_t asked(Mode) const noexcept;  // what the function is asked for, one of WDL_PLAIN...; -1
  wdl_apply_fn apply_;
  uint32_t flags_;
  void *user_;
};

}  // namespace windlass::sparse
