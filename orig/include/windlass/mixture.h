/* windlass mixture: Gaussian mixtures by expectation-maximisation (Dempster, Laird, Rubin 1977,
   doi 10.1111/j.2517-6161.1977.tb01600.x). Shapes: x (n, d), responsibilities (n, k), weights
   (k,), means (k, d), covariances by "covariance_type": full (k, d, d), tied (d, d), diag (k,
   d), spherical (k,). x is f64, or f32: then densities are computed in single precision and sums
   in double; all other arrays f64, labels i64. Any strides. Errors of all: WDL_BAD_HANDLE,
   WDL_BAD_DTYPE, WDL_BAD_SHAPE, WDL_OVERLAP, WDL_BAD_ARGUMENT (what is given breaks its
   definition: weights that do not sum to 1), WDL_BAD_DATA (x not finite: position is row and
   column; a covariance that is not positive definite: position is the component), WDL_CANCELLED,
   WDL_OUT_OF_MEMORY. */
#ifndef WINDLASS_MIXTURE_H
#define WINDLASS_MIXTURE_H
#include <windlass/core.h>

typedef wdl_object wdl_mixture;

/* Settings and results are properties of the kind "mixture": "n_components", "tol", "max_iter",
 * "covariance_type", "means", ... */
WDL_API wdl_status wdl_mixture_create(wdl_context ctx, wdl_mixture *out);
/* Fits the mixture to x. weights_or_null: (n,) of f64, not negative, not all zero; weight w counts
   as the row w times. WDL_NOT_CONVERGED after "max_iter" iterations, WDL_STOPPED with the best so
   far. A failed fit leaves the mixture as it was. */
WDL_API wdl_status wdl_mixture_fit(wdl_context ctx, wdl_mixture mixture, const wdl_array *x,
                                   const wdl_array *weights_or_null);
/* One step of stepwise expectation-maximisation (Cappe, Moulines 2009, doi
   10.1111/j.1467-9868.2009.00698.x) on a batch of the rows; the first one begins as "init_params"
   says, on this batch. Batch t counts t^-"step_exponent", the ones before the rest. A failed call
   leaves the mixture as it was. */
WDL_API wdl_status wdl_mixture_partial_fit(wdl_context ctx, wdl_mixture mixture, const wdl_array *x,
                                           const wdl_array *weights_or_null);
/* Makes these its parameters, as if fitted ("n_iter" 0, "converged" 0, no "lower_bound");
   covariances in the shape of the present "covariance_type". */
WDL_API wdl_status wdl_mixture_set_parameters(wdl_context ctx, wdl_mixture mixture,
                                              const wdl_array *weights, const wdl_array *means,
                                              const wdl_array *covariances);
/* The most probable component of each row (the first of equals); labels is (n,) of i64. */
WDL_API wdl_status wdl_mixture_predict(wdl_context ctx, wdl_mixture mixture, const wdl_array *x,
                                       wdl_array *labels);
WDL_API wdl_status wdl_mixture_predict_proba(wdl_context ctx, wdl_mixture mixture,
                                             const wdl_array *x, wdl_array *responsibilities);
/* The log-likelihood of each row, (n,) of f64, and its mean. */
WDL_API wdl_status wdl_mixture_score_samples(wdl_context ctx, wdl_mixture mixture,
                                             const wdl_array *x, wdl_array *log_likelihoods);
WDL_API wdl_status wdl_mixture_score(wdl_context ctx, wdl_mixture mixture, const wdl_array *x,
                                     double *out);
/* Draws as many rows as x (f64) has; labels_or_null (n,) of i64 gets their components. Depends on
 * seed and model only. */
WDL_API wdl_status wdl_mixture_sample(wdl_context ctx, wdl_mixture mixture, int64_t seed,
                                      wdl_array *x, wdl_array *labels_or_null);

/* Statistics of an expectation step (kind "mixture_statistics"): what pieces of the data, also on
   other machines, send to the one that makes the maximisation step. create: none yet, under the
   present parameters of a fitted mixture. add: those of x's rows; weights_or_null as in fit. merge:
   adds other, WDL_BAD_ARGUMENT where it was taken under other parameters. set: makes them the flat
   array `values` that the property "values" of others was (of that length, f64). wdl_save and
   wdl_load carry them as bytes. The same pieces, added in the same order, give the same bits. */
typedef wdl_object wdl_mixture_statistics;
WDL_API wdl_status wdl_mixture_statistics_create(wdl_context ctx, wdl_mixture mixture,
                                                 wdl_mixture_statistics *out);
WDL_API wdl_status wdl_mixture_statistics_add(wdl_context ctx, wdl_mixture_statistics statistics,
                                              const wdl_array *x, const wdl_array *weights_or_null);
WDL_API wdl_status wdl_mixture_statistics_merge(wdl_context ctx, wdl_mixture_statistics statistics,
                                                wdl_mixture_statistics other);
WDL_API wdl_status wdl_mixture_statistics_set(wdl_context ctx, wdl_mixture_statistics statistics,
                                              const wdl_array *values);
/* The maximisation step: the mixture, of as many components and the same covariance_type as the one
   that the statistics were taken under, gets the parameters that they give; "n_iter" grows by one,
   "lower_bound" is the mean log-likelihood before the step, "converged" says whether it changed by
   less than "tol". */
WDL_API wdl_status wdl_mixture_update(wdl_context ctx, wdl_mixture mixture,
                                      wdl_mixture_statistics statistics);

/* The two steps by themselves, covariances full. log_likelihood is the mean over the rows; in
   m_step reg_covar is added to the diagonals, and weights, means and covariances are those of the
   responsibilities as they are (columns need not sum to n). */
WDL_API wdl_status wdl_mixture_e_step(wdl_context ctx, const wdl_array *x, const wdl_array *weights,
                                      const wdl_array *means, const wdl_array *covariances,
                                      wdl_array *responsibilities, double *log_likelihood);
WDL_API wdl_status wdl_mixture_m_step(wdl_context ctx, const wdl_array *x,
                                      const wdl_array *responsibilities, double reg_covar,
                                      wdl_array *weights, wdl_array *means, wdl_array *covariances);
#endif
