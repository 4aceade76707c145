// sparse.h: operators made of operators.
#include <windlass/sparse.h>

#include <cmath>

#include "enter_operator.hpp"
#include "sparse/composed.hpp"

using namespace windlass;
using sparse::Form;
using sparse::Linear;

namespace {

// An operator that another one is made of.
class Part {
 public:
  Part(const Call &call, wdl_operator id, int32_t argument)
      : target_(call, id, Borrow::shared, argument),
        linear_(sparse::linear_of(target_.object(), argument)),
        argument_(argument) {
    if (depth() >= sparse::most_depth)
      throw Error(WDL_UNSUPPORTED, argument,
                  "the operator is of operators within operators, expected at most " +
                      std::to_string(sparse::most_depth - 1) + " within each other");
  }

  const Linear &linear() const noexcept { return linear_; }
  int depth() const noexcept {
    return static_cast<const sparse::Operator &>(target_.object()).depth;
  }
  Hold hold() const { return Hold(*target_.borrow()); }
  void expect_dtype(const Part &other) const {
    if (linear_.dtype() != other.linear_.dtype())
      throw Error(WDL_BAD_DTYPE, argument_,
                  std::string("the operator has dtype ") + find_dtype(linear_.dtype())->name +
                      ", expected " + find_dtype(other.linear_.dtype())->name +
                      " as the other has");
  }

 private:
  Target target_;
  const Linear &linear_;
  int32_t argument_;
};

wdl_operator enter_composed(Form form, std::unique_ptr<const Linear> linear,
                            std::initializer_list<const Part *> of) {
  std::vector<Hold> parts;
  int depth = 0;
  for (const Part *part : of) {
    parts.push_back(part->hold());
    depth = std::max(depth, part->depth());
  }
  return enter(form, std::move(linear), {}, std::move(parts), depth + 1);
}

std::string shape_of(const Linear &a) {
  const int64_t shape[] = {a.rows(), a.columns()};
  return shape_text(2, shape);
}

Complex<double> coefficient(const Linear &a, double re, double im, int32_t argument,
                            const char *name) {
  if (!std::isfinite(re))
    throw Error(WDL_BAD_ARGUMENT, argument,
                std::string(name) + " is " + number_text(re) + ", expected finite");
  const bool real = a.dtype() == WDL_F32 || a.dtype() == WDL_F64;
  if (!std::isfinite(im) || (real && im != 0))
    throw Error(WDL_BAD_ARGUMENT, argument + 1,
                std::string(name) + " has the imaginary part " + number_text(im) + ", expected " +
                    (real ? "0, for the operator is real" : "finite"));
  return {re, im};
}

}  // namespace

wdl_status wdl_sparse_transpose(wdl_context ctx, wdl_operator a, int32_t conjugate,
                                wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_transpose", [&](const Call &call) -> wdl_status {
    const Part of(call, a, 1);
    given(out, 3, "out");
    *out = enter_composed(conjugate ? Form::adjoint : Form::transpose,
                          std::make_unique<sparse::Transposed>(of.linear(), conjugate != 0), {&of});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_sum(wdl_context ctx, double alpha_re, double alpha_im, wdl_operator a,
                          double beta_re, double beta_im, wdl_operator b, wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_sum", [&](const Call &call) -> wdl_status {
    const Part first(call, a, 3), second(call, b, 6);
    const Linear &x = first.linear(), &y = second.linear();
    const Complex<double> alpha = coefficient(x, alpha_re, alpha_im, 1, "alpha");
    const Complex<double> beta = coefficient(x, beta_re, beta_im, 4, "beta");
    second.expect_dtype(first);
    if (x.rows() != y.rows() || x.columns() != y.columns())
      throw Error(WDL_BAD_SHAPE, 6,
                  "b is " + shape_of(y) + ", expected " + shape_of(x) + " as a is");
    given(out, 7, "out");
    *out = enter_composed(Form::sum, sparse::sum_of(alpha, x, beta, y), {&first, &second});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_product(wdl_context ctx, wdl_operator a, wdl_operator b, wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_product", [&](const Call &call) -> wdl_status {
    const Part first(call, a, 1), second(call, b, 2);
    second.expect_dtype(first);
    if (first.linear().columns() != second.linear().rows())
      throw Error(WDL_BAD_SHAPE, 2,
                  "b is " + shape_of(second.linear()) + ", expected as many rows as the " +
                      std::to_string(first.linear().columns()) + " columns of a");
    given(out, 3, "out");
    *out = enter_composed(Form::product, sparse::product_of(first.linear(), second.linear()),
                          {&first, &second});
    return WDL_OK;
  });
}

wdl_status wdl_sparse_shift(wdl_context ctx, wdl_operator a, double re, double im,
                            wdl_operator *out) {
  none_yet(out);
  return guarded(ctx, "wdl_sparse_shift", [&](const Call &call) -> wdl_status {
    const Part of(call, a, 1);
    const Linear &x = of.linear();
    const Complex<double> sigma = coefficient(x, re, im, 2, "the shift");
    if (x.rows() != x.columns())
      throw Error(WDL_BAD_SHAPE, 1, "a is " + shape_of(x) + ", expected a square operator");
    given(out, 4, "out");
    *out = enter_composed(Form::shift, sparse::shifted(x, sigma), {&of});
    return WDL_OK;
  });
}
