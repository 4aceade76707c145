// The object of kind "mixture_statistics".
#pragma once
#include "core/object.hpp"
#include "model.hpp"
#include "statistics.hpp"

namespace windlass::mixture {

extern const Kind statistics_kind;

struct StatisticsObject : Object {
  Statistics statistics;
  int64_t n_features = 0;
  int32_t covariance_type = 0;

  StatisticsObject() : Object(statistics_kind) {}
  explicit StatisticsObject(const Parameters &);
};

// Of a length that suits, weight not negative, finite. Throws WDL_BAD_SHAPE, WDL_BAD_DATA.
void set_values(Statistics &, const wdl_array &values, int32_t argument);
// Throws WDL_BAD_ARGUMENT where they are not under the same parameters.
void merge(Statistics &into, const Statistics &other, int32_t argument);
// The maximisation step: the mixture, of as many components and the same type, gets what follows.
void update(Run &, Model &, const Statistics &);

}  // namespace windlass::mixture
