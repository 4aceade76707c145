// precond.h.
#include <windlass/precond.h>

#include "core/array.hpp"
#include "guard.hpp"
#include "precond/names.hpp"
#include "precond/preconditioner.hpp"
#include "product_arguments.hpp"
#include "sparse/operator.hpp"

using namespace windlass;

wdl_status wdl_precond_create(wdl_context ctx, const char *name, wdl_precond *out) {
  none_yet(out);
  return guarded(ctx, "wdl_precond_create", [&](const Call &) -> wdl_status {
    given(name, 1, "name");
    given(out, 2, "out");
    *out = handles::enter(new_object(precond::find(name, 1)));
    return WDL_OK;
  });
}

wdl_status wdl_precond_setup(wdl_context ctx, wdl_precond id, wdl_object a) {
  return guarded(ctx, "wdl_precond_setup", [&](const Call &call) -> wdl_status {
    const Target target(call, id, Borrow::exclusive, 1);
    precond::Preconditioner &p = precond::preconditioner_of(target.object(), 1);
    if (a == id) throw Error(WDL_BAD_HANDLE, 2, "a is the preconditioner itself");
    const Target matrix(call, a, Borrow::shared, 2);
    const sparse::Linear &linear = sparse::linear_of(matrix.object(), 2);
    Run run(call.limits(), call.caller());
    precond::set_up(run, p, {linear, *matrix.borrow()});
    return WDL_OK;
  });
}

wdl_status wdl_precond_apply(wdl_context ctx, wdl_precond id, int32_t mode, const wdl_array *r,
                             wdl_array *z) {
  return guarded(ctx, "wdl_precond_apply", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const Target target(call, id, Borrow::shared, 1);
    const sparse::Linear &linear =
        precond::linear_of(precond::preconditioner_of(target.object(), 1), 1);
    check_product(arrays, linear, "the preconditioner", mode, {r, "r"}, {z, "z"});
    Run run(call.limits(), call.caller());
    sparse::apply(run, linear, sparse::Mode(mode), *r, *z);
    return WDL_OK;
  });
}
