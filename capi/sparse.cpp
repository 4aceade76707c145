// sparse.h.
#include <windlass/sparse.h>

#include "guard.hpp"
#include "product_arguments.hpp"
#include "sparse/callback.hpp"
#include "sparse/compressed.hpp"
#include "sparse/operator.hpp"

using namespace windlass;
using sparse::Form;
using sparse::Linear;
using sparse::Mode;
using sparse::Operator;

namespace {

constexpr int64_t longest = int64_t(1) << 48;  // of a vector: beyond any memory

void check_length(int64_t length, int32_t argument, const char *name) {
  if (length < 0 || length > longest)
    throw Error(WDL_BAD_ARGUMENT, argument,
                std::string(name) + " is " + std::to_string(length) + ", expected 0 to 2^48");
}

// What an operator keeps is released with it, and only once it has come to be.
struct Release {
  wdl_release_fn fn;
  void *user;
};
wdl_operator enter(Form form, std::unique_ptr<const Linear> linear, const Release &release) {
  Operator *made = new Operator(form, std::move(linear));
  const wdl_operator id = handles::enter(made);
  made->release = release.fn;
  made->user = release.user;
  return id;
}

sparse::CompressedArrays compressed_in(Arguments &arrays, const wdl_array *indptr,
                                       const wdl_array *indices, const wdl_array *values,
                                       const char *extent) {
  arrays.in(indptr, 2, "indptr", {WDL_I32, WDL_I64}, 1);
  if (indptr->shape[0] < 1)
    throw Error(WDL_BAD_SHAPE, 2, "indptr has shape (0,), expected one entry more than rows");
  arrays.in(indices, 3, "indices", {WDL_I32, WDL_I64}, 1);
  arrays.in(values, 4, "values", {WDL_F32, WDL_F64, WDL_C64, WDL_C128}, 1);
  expect_shape(*values, 4, "values", {indices->shape[0]}, "to match indices");
  return {indptr, indices, values, 2, 3, extent};
}

}  // namespace

wdl_status wdl_sparse_csr(wdl_context ctx, int64_t columns, const wdl_array *indptr,
                          const wdl_array *indices, const wdl_array *values,
                          wdl_release_fn release_or_null, void *user_or_null, wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_csr", [&](const Call &call) -> wdl_status {
    check_length(columns, 1, "columns");
    Arguments arrays;
    const sparse::CompressedArrays from = compressed_in(arrays, indptr, indices, values, "columns");
    given(out, 7, "out");
    Run run(call.limits(), call.caller());
    *out = enter(Form::csr, sparse::make_compressed(run, columns, from),
                 {release_or_null, user_or_null});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_callback(wdl_context ctx, int64_t rows, int64_t columns, int32_t dtype,
                               wdl_apply_fn apply, uint32_t flags, wdl_release_fn release_or_null,
                               void *user_or_null, wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_callback", [&](const Call &) -> wdl_status {
    check_length(rows, 1, "rows");
    check_length(columns, 2, "columns");
    if (dtype < WDL_F32 || dtype > WDL_C128)
      throw Error(WDL_BAD_DTYPE, 3,
                  "dtype is " + std::to_string(dtype) + ", expected WDL_F32 to WDL_C128");
    given(reinterpret_cast<void *>(apply), 4, "apply");
    if (flags & ~uint32_t(WDL_THREAD_SAFE | WDL_HAS_TRANSPOSE | WDL_HAS_ADJOINT))
      throw Error(WDL_BAD_ARGUMENT, 5,
                  "flags is " + std::to_string(flags) +
                      ", expected a sum of WDL_THREAD_SAFE, WDL_HAS_TRANSPOSE, WDL_HAS_ADJOINT");
    given(out, 8, "out");
    *out =
        enter(Form::callback,
              std::make_unique<sparse::Callback>(rows, columns, dtype, apply, flags, user_or_null),
              {release_or_null, user_or_null});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_apply(wdl_context ctx, wdl_operator a, int32_t mode, const wdl_array *x,
                            wdl_array *y) {
  return guarded(ctx, "wdl_sparse_apply", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const ProductArguments product(arrays, mode, {x, "x"}, {y, "y"});
    const Target target(call, a, Borrow::shared, 1);
    const Linear &linear = sparse::linear_of(target.object(), 1);
    product.check(linear, "the operator");
    arrays.finish();
    Run run(call.limits(), call.caller());
    sparse::apply(run, linear, Mode(mode), *x, *y);
    return WDL_OK;
  });
}
