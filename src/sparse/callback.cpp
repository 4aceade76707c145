#include "callback.hpp"

#include "core/array.hpp"
#include "core/float_state.hpp"

namespace windlass::sparse {
namespace {

wdl_array vector_of(const void *data, int64_t length, int32_t dtype, uint32_t flags) noexcept {
  wdl_array a{};
  a.data = const_cast<void *>(data);
  a.dtype = dtype, a.ndim = 1, a.flags = flags;
  a.shape[0] = length;
  fill_c_strides(a);
  return a;
}

}  // namespace

int32_t Callback::asked(Mode mode) const noexcept {
  const bool real = dtype() == WDL_F32 || dtype() == WDL_F64;
  if (mode == Mode::plain || (mode == Mode::conjugate && real)) return WDL_PLAIN;
  if (mode == Mode::conjugate) return -1;
  const uint32_t own = mode == Mode::adjoint ? WDL_HAS_ADJOINT : WDL_HAS_TRANSPOSE;
  const uint32_t other = WDL_HAS_ADJOINT + WDL_HAS_TRANSPOSE - own;
  if (flags_ & own) return int32_t(mode);
  if (real && flags_ & other) return other == WDL_HAS_ADJOINT ? WDL_ADJOINT : WDL_TRANSPOSE;
  return -1;
}

int32_t Callback::whole(Team::Member &member, Mode mode, const void *x, void *y,
                        void *scratch) const noexcept {
  int32_t &result = *static_cast<int32_t *>(scratch);
  member.meet();  // all have read the result of the product before
  if (member.index() == 0) {
    const wdl_array in = vector_of(x, length_in(mode), dtype(), WDL_READ_ONLY);
    wdl_array out = vector_of(y, length_out(mode), dtype(), 0);
    const FloatScope callers_own(member.caller());
    result = apply_(user_, asked(mode), &in, &out);
  }
  member.meet();
  return result;
}

}  // namespace windlass::sparse
