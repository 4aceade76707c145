// mixture.h.
#include <windlass/mixture.h>

#include <cmath>

#include "fit_arguments.hpp"
#include "guard.hpp"
#include "mixture/covariance.hpp"
#include "mixture/em.hpp"
#include "mixture/expectation.hpp"
#include "mixture/model.hpp"
#include "mixture/sample.hpp"

using namespace windlass;
using mixture::CovarianceType;
using mixture::Expectation;
using mixture::Model;
using mixture::Parameters;

namespace {

// weights, means and covariances as three arguments from `first` on; k and d from means.
struct Given {
  const wdl_array *weights, *means, *covariances;
  int32_t first;

  void name(Arguments &arrays, CovarianceType type) const {
    arrays.in(means, first + 1, "means", {WDL_F64}, 2);
    const int64_t k = means->shape[0], d = means->shape[1];
    if (k < 1 || d < 1)
      throw Error(WDL_BAD_SHAPE, first + 1,
                  "means has shape " + shape_text(2, means->shape) +
                      ", expected at least one component and column");
    arrays.in(weights, first, "weights", {WDL_F64}, 1);
    expect_shape(*weights, first, "weights", {k}, "to match means");
    const mixture::Shape shape = mixture::covariance_of(type).shape(k, d);
    arrays.in(covariances, first + 2, "covariances", {WDL_F64}, shape.ndim);
    expect_shape(*covariances, first + 2, "covariances", shape.span(), "to match means");
  }
  Parameters read(Run &run, CovarianceType type) const {
    return mixture::read_parameters(run, type, *weights, *means, *covariances, first);
  }
};

// One array that a fitted mixture computes from x.
template <class Want>
wdl_status evaluate(wdl_context ctx, const char *function, wdl_mixture id, const wdl_array *x,
                    Want &&want) {
  return guarded(ctx, function, [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const Matrix rows = matrix(samples_in(arrays, x, 2));
    const Target target(call, id, Borrow::shared, 1);
    const Model &model = target.as<Model>(mixture::model_kind, 1);
    const Parameters &parameters = mixture::fitted_parameters(model, rows, 2);
    Run run(call.limits(), call.caller());
    return want(run, arrays, Samples{.x = rows, .argument = 2}, parameters);
  });
}

}  // namespace

wdl_status wdl_mixture_create(wdl_context ctx, wdl_mixture *out) {
  none_yet(out);
  return guarded(ctx, "wdl_mixture_create", [&](const Call &) -> wdl_status {
    given(out, 1, "out");
    *out = handles::enter(new_object(mixture::model_kind));
    return WDL_OK;
  });
}

wdl_status wdl_mixture_fit(wdl_context ctx, wdl_mixture id, const wdl_array *x,
                           const wdl_array *weights_or_null) {
  return guarded(ctx, "wdl_mixture_fit", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const Samples samples = weighted_samples(arrays, x, 2, weights_or_null, 3);
    const Target target(call, id, Borrow::exclusive, 1);
    Run run(call.limits(), call.caller());
    Model &model = target.as<Model>(mixture::model_kind, 1);
    const wdl_status status = mixture::fit_model(run, model, samples);
    return fit_outcome(call, run, status, model.n_iter, "; the best parameters so far are kept");
  });
}

wdl_status wdl_mixture_partial_fit(wdl_context ctx, wdl_mixture id, const wdl_array *x,
                                   const wdl_array *weights_or_null) {
  return guarded(ctx, "wdl_mixture_partial_fit", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const Samples samples = weighted_samples(arrays, x, 2, weights_or_null, 3);
    const Target target(call, id, Borrow::exclusive, 1);
    Run run(call.limits(), call.caller());
    mixture::partial_fit(run, target.as<Model>(mixture::model_kind, 1), samples);
    return WDL_OK;
  });
}

wdl_status wdl_mixture_set_parameters(wdl_context ctx, wdl_mixture id, const wdl_array *weights,
                                      const wdl_array *means, const wdl_array *covariances) {
  return guarded(ctx, "wdl_mixture_set_parameters", [&](const Call &call) -> wdl_status {
    const Given parameters{weights, means, covariances, 2};
    Arguments arrays;
    const Target target(call, id, Borrow::exclusive, 1);
    Model &model = target.as<Model>(mixture::model_kind, 1);
    const auto type = CovarianceType(model.covariance_type);
    parameters.name(arrays, type);
    Run run(call.limits(), call.caller());
    mixture::set_parameters(model, parameters.read(run, type));
    return WDL_OK;
  });
}

wdl_status wdl_mixture_predict(wdl_context ctx, wdl_mixture id, const wdl_array *x,
                               wdl_array *labels) {
  return evaluate(ctx, "wdl_mixture_predict", id, x,
                  [&](Run &run, Arguments &arrays, const Samples &samples, const Parameters &p) {
                    arrays.out(labels, 3, "labels", {WDL_I64}, 1);
                    expect_shape(*labels, 3, "labels", {samples.x.rows}, "to match x");
                    arrays.finish();
                    mixture::e_step(run, samples, p,
                                    {.labels = mutable_vector(*labels), .mean = false});
                    return WDL_OK;
                  });
}

wdl_status wdl_mixture_predict_proba(wdl_context ctx, wdl_mixture id, const wdl_array *x,
                                     wdl_array *responsibilities) {
  return evaluate(ctx, "wdl_mixture_predict_proba", id, x,
                  [&](Run &run, Arguments &arrays, const Samples &samples, const Parameters &p) {
                    arrays.out(responsibilities, 3, "responsibilities", {WDL_F64}, 2);
                    expect_shape(*responsibilities, 3, "responsibilities", {samples.x.rows, p.k},
                                 "to match x and the mixture");
                    arrays.finish();
                    mixture::e_step(
                        run, samples, p,
                        {.responsibilities = mutable_matrix(*responsibilities), .mean = false});
                    return WDL_OK;
                  });
}

wdl_status wdl_mixture_score_samples(wdl_context ctx, wdl_mixture id, const wdl_array *x,
                                     wdl_array *log_likelihoods) {
  return evaluate(
      ctx, "wdl_mixture_score_samples", id, x,
      [&](Run &run, Arguments &arrays, const Samples &samples, const Parameters &p) {
        arrays.out(log_likelihoods, 3, "log_likelihoods", {WDL_F64}, 1);
        expect_shape(*log_likelihoods, 3, "log_likelihoods", {samples.x.rows}, "to match x");
        arrays.finish();
        mixture::e_step(run, samples, p,
                        {.log_likelihoods = mutable_vector(*log_likelihoods), .mean = false});
        return WDL_OK;
      });
}

wdl_status wdl_mixture_score(wdl_context ctx, wdl_mixture id, const wdl_array *x, double *out) {
  return evaluate(ctx, "wdl_mixture_score", id, x,
                  [&](Run &run, Arguments &, const Samples &samples, const Parameters &p) {
                    given(out, 3, "out");
                    *out = mixture::e_step(run, samples, p, {});
                    return WDL_OK;
                  });
}

wdl_status wdl_mixture_sample(wdl_context ctx, wdl_mixture id, int64_t seed, wdl_array *x,
                              wdl_array *labels_or_null) {
  return guarded(ctx, "wdl_mixture_sample", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    arrays.out(x, 3, "x", {WDL_F64}, 2);
    const Target target(call, id, Borrow::shared, 1);
    const Model &model = target.as<Model>(mixture::model_kind, 1);
    const Parameters &parameters = mixture::fitted_parameters(model, matrix(*x), 3);
    MutableVector labels{};
    if (labels_or_null) {
      arrays.out(labels_or_null, 4, "labels", {WDL_I64}, 1);
      expect_shape(*labels_or_null, 4, "labels", {x->shape[0]}, "to match x");
      labels = mutable_vector(*labels_or_null);
    }
    arrays.finish();
    Run run(call.limits(), call.caller());
    mixture::sample(run, parameters, uint64_t(seed), mutable_matrix(*x), labels);
    return WDL_OK;
  });
}

wdl_status wdl_mixture_e_step(wdl_context ctx, const wdl_array *x, const wdl_array *weights,
                              const wdl_array *means, const wdl_array *covariances,
                              wdl_array *responsibilities, double *log_likelihood) {
  return guarded(ctx, "wdl_mixture_e_step", [&](const Call &call) -> wdl_status {
    const Given parameters{weights, means, covariances, 2};
    Arguments arrays;
    const wdl_array &rows = samples_in(arrays, x, 1);
    parameters.name(arrays, CovarianceType::full);
    expect_shape(*means, 3, "means", {means->shape[0], rows.shape[1]}, "to match x");
    arrays.out(responsibilities, 5, "responsibilities", {WDL_F64}, 2);
    expect_shape(*responsibilities, 5, "responsibilities", {rows.shape[0], means->shape[0]},
                 "to match x and means");
    given(log_likelihood, 6, "log_likelihood");
    arrays.finish();
    Run run(call.limits(), call.caller());
    const Parameters p = parameters.read(run, CovarianceType::full);
    *log_likelihood = mixture::e_step(run, {.x = matrix(rows), .argument = 1}, p,
                                      {.responsibilities = mutable_matrix(*responsibilities)});
    return WDL_OK;
  });
}

wdl_status wdl_mixture_m_step(wdl_context ctx, const wdl_array *x,
                              const wdl_array *responsibilities, double reg_covar,
                              wdl_array *weights, wdl_array *means, wdl_array *covariances) {
  return guarded(ctx, "wdl_mixture_m_step", [&](const Call &call) -> wdl_status {
    Arguments arrays;
    const wdl_array &rows = samples_in(arrays, x, 1);
    const int64_t n = rows.shape[0], d = rows.shape[1];
    arrays.in(responsibilities, 2, "responsibilities", {WDL_F64}, 2);
    const int64_t k = responsibilities->shape[1];
    expect_shape(*responsibilities, 2, "responsibilities", {n, k < 1 ? 1 : k}, "to match x");
    if (!(reg_covar >= 0 && std::isfinite(reg_covar)))
      throw Error(WDL_BAD_ARGUMENT, 3,
                  "reg_covar is " + number_text(reg_covar) + ", expected finite and 0 or more");
    arrays.out(weights, 4, "weights", {WDL_F64}, 1);
    expect_shape(*weights, 4, "weights", {k}, "to match responsibilities");
    arrays.out(means, 5, "means", {WDL_F64}, 2);
    expect_shape(*means, 5, "means", {k, d}, "to match responsibilities and x");
    arrays.out(covariances, 6, "covariances", {WDL_F64}, 3);
    expect_shape(*covariances, 6, "covariances", {k, d, d}, "to match responsibilities and x");
    arrays.finish();
    Run run(call.limits(), call.caller());
    Parameters out(k, d);
    mixture::m_step(run, {.x = matrix(rows), .argument = 1}, matrix(*responsibilities), 2,
                    reg_covar, out);
    mixture::write_parameters(out, *weights, *means, *covariances);
    return WDL_OK;
  });
}
