/* windlass cluster: k-means (Lloyd 1982, doi 10.1109/TIT.1982.1056489). Shapes: x (n, d), centers
   (k, d), labels (n,); x is f64 or f32 and distances are taken in its precision about its mean,
   sums in double. Labels are i64 or i32, weights f64. Any strides. Errors of all: WDL_BAD_HANDLE,
   WDL_BAD_DTYPE, WDL_BAD_SHAPE, WDL_OVERLAP, WDL_BAD_ARGUMENT (fewer rows than clusters, weights
   all 0), WDL_BAD_DATA (x not finite: position is row and column; weights negative or not finite:
   position is the row), WDL_NO_VALUE (not fitted), WDL_CANCELLED, WDL_OUT_OF_MEMORY. */
#ifndef WINDLASS_CLUSTER_H
#define WINDLASS_CLUSTER_H
#include <windlass/core.h>

typedef wdl_object wdl_kmeans;

/* Settings and results are properties of the kind "kmeans": "n_clusters", "init", "n_init", "tol",
 * "centers", "inertia", ... */
WDL_API wdl_status wdl_kmeans_create(wdl_context ctx, wdl_kmeans *out);
/* Finds clusters in x. weights_or_null: (n,) of f64, not negative, not all zero; weight w counts as
   the row w times, and a row of weight 0 may hold anything. labels_or_null: the nearest centre of
   each row. WDL_NOT_CONVERGED after "max_iter" iterations, WDL_STOPPED with the best so far. A
   failed fit leaves the object as it was. */
WDL_API wdl_status wdl_kmeans_fit(wdl_context ctx, wdl_kmeans kmeans, const wdl_array *x,
                                  const wdl_array *weights_or_null, wdl_array *labels_or_null);
/* One step with a part of the data: its rows go to their nearest centres, which become the mean of
   all rows that ever went there ("counts" is their weight). Without centres yet, "init" finds them
   in these rows. "inertia" is that of x before the step, labels_or_null likewise. */
WDL_API wdl_status wdl_kmeans_partial_fit(wdl_context ctx, wdl_kmeans kmeans, const wdl_array *x,
                                          const wdl_array *weights_or_null,
                                          wdl_array *labels_or_null);
/* Makes these its centers, (k, d) of f64, as if fitted ("n_iter" 0, no "inertia");
 * counts_or_null (k,) of f64, or all 0. */
WDL_API wdl_status wdl_kmeans_set_centers(wdl_context ctx, wdl_kmeans kmeans,
                                          const wdl_array *centers,
                                          const wdl_array *counts_or_null);
/* The nearest centre of each row, the first of equals. */
WDL_API wdl_status wdl_kmeans_predict(wdl_context ctx, wdl_kmeans kmeans, const wdl_array *x,
                                      wdl_array *labels);
/* Euclidean distances of the rows to the centres, (n, k) of f64 or f32. */
WDL_API wdl_status wdl_kmeans_transform(wdl_context ctx, wdl_kmeans kmeans, const wdl_array *x,
                                        wdl_array *distances);
/* Minus the sum of the (weighted) squared distances of the rows to their nearest centres. */
WDL_API wdl_status wdl_kmeans_score(wdl_context ctx, wdl_kmeans kmeans, const wdl_array *x,
                                    const wdl_array *weights_or_null, double *out);

/* k-means++ (Arthur, Vassilvitskii 2007): as many rows of x as centers, (k, d) of f64 or f32, has,
   far apart; each the best of local_trials drawn (0: 2 + ln k). indices: (k,) of i64. Depends on
   seed and x only. */
WDL_API wdl_status wdl_kmeans_plusplus(wdl_context ctx, const wdl_array *x,
                                       const wdl_array *weights_or_null, int64_t seed,
                                       int64_t local_trials, wdl_array *centers,
                                       wdl_array *indices);
#endif
