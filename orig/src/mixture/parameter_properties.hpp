// A mixture's parameters as properties of an object: the same ones for every kind that has them.
#pragma once
#include <utility>
#include <vector>

#include "core/array.hpp"
#include "core/object.hpp"
#include "covariance.hpp"

namespace windlass::mixture {

constexpr double infinity = __builtin_inf();
constexpr double most_exact = 9007199254740992;  // 2^53

inline wdl_array result_view(std::vector<double> &values, const Shape &shape) noexcept {
  wdl_array a{};
  a.data = values.data(), a.dtype = WDL_F64, a.flags = WDL_READ_ONLY;
  for (int i = 0; i < shape.ndim; i++) a.shape[a.ndim++] = shape.extents[i];
  fill_c_strides(a);
  return a;
}

// parameters_of(object) -> Parameters &; k is 0 before there are any. The shapes are (k,), (k, d),
// and that of the covariances' type where Ndim is 0.
template <auto parameters_of, std::vector<double> Parameters::*Values, int Ndim>
constexpr Property parameter(const char *name, const char *help, double minimum) {
  return {
      .info = array_info(name, help, WDL_F64, Ndim, minimum, infinity, WDL_RESULT),
      .present =
          [](const Object &object) { return parameters_of(const_cast<Object &>(object)).k > 0; },
      .read_array =
          [](Object &object) {
            Parameters &p = parameters_of(object);
            const Shape of_type = covariance_of(p.type).shape(p.k, p.d);
            return result_view(p.*Values, Ndim ? Shape{Ndim, {p.k, p.d}} : of_type);
          },
      .take_array =
          [](Object &object, OwnedArray &&loaded) {
            parameters_of(object).*Values = std::move(loaded.storage);
          }};
}

template <auto of>
constexpr Property weights_property() {
  return parameter<of, &Parameters::weights, 1>("weights", "Weights of the components, (k,).", 0);
}
template <auto of>
constexpr Property means_property() {
  return parameter<of, &Parameters::means, 2>("means", "Means, (k, d).", -infinity);
}
template <auto of>
constexpr Property covariances_property() {
  return parameter<of, &Parameters::covariances, 0>(
      "covariances",
      "Covariances: (k, d, d); tied (d, d); diag (k, d), the diagonals; spherical (k,).",
      -infinity);
}
template <auto of>
constexpr Property factors_property() {
  return parameter<of, &Parameters::precisions_cholesky, 0>(
      "precisions_cholesky",
      "Upper triangular factors U of the inverse covariances U U^T, shaped like these.", -infinity);
}

// After loading: type, k and d from what was read. Throws WDL_BAD_DATA where it does not fit.
void complete_loaded(Parameters &, int32_t type, int64_t d);

bool is_distribution(const double *weights, int64_t k) noexcept;

}  // namespace windlass::mixture
