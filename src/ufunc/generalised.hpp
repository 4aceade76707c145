// Loops with a signature. Any strides of the outer loop and of the core's axes; outputs are apart
// from inputs (in_place.hpp). What each computes stands in list.cpp.
#pragma once
#include <windlass/ufunc.h>

namespace windlass::ufunc {

template <class T>
struct Generalised {
  using Steps = const intptr_t *;
  static void logsumexp(char **, Steps dimensions, Steps steps, void *);
  static void softmax(char **, Steps dimensions, Steps steps, void *);
  static void sqdist(char **, Steps dimensions, Steps steps, void *);
  static void nearest(char **, Steps dimensions, Steps steps, void *);
  static void mahalanobis(char **, Steps dimensions, Steps steps, void *);
  static void mvn_logpdf(char **, Steps dimensions, Steps steps, void *);
  static void weighted_cov(char **, Steps dimensions, Steps steps, void *);
  static void cholesky_solve(char **, Steps dimensions, Steps steps, void *);
  static void moving_mean(char **, Steps dimensions, Steps steps, void *);
  static void cumulative_moments(char **, Steps dimensions, Steps steps, void *);
};

}  // namespace windlass::ufunc
