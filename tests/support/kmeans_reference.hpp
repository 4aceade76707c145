// k-means as its definition has it, in long double.
#pragma once
#include <cstdint>
#include <vector>

namespace windlass::test {

struct ReferenceStep {
  std::vector<int32_t> labels;
  std::vector<double> centres;      // of the labels' rows; an empty cluster keeps its centre
  long double inertia = 0;          // of the labels under the centres before
  long double least_margin = 1e30;  // by which the nearest squared distance is below the next
};

template <class T>
ReferenceStep reference_step(const std::vector<T> &x, int64_t d, const std::vector<double> &weights,
                             const std::vector<double> &centres) {
  const int64_t n = int64_t(x.size()) / d, k = int64_t(centres.size()) / d;
  ReferenceStep step;
  std::vector<long double> sums(centres.size()), counts(static_cast<size_t>(k));
  for (int64_t i = 0; i < n; i++) {
    long double least = 1e4000L, next = 1e4000L;
    int32_t label = 0;
    for (int64_t c = 0; c < k; c++) {
      long double square = 0;
      for (int64_t j = 0; j < d; j++) {
        const long double difference =
            static_cast<long double>(x[size_t(i * d + j)]) - centres[size_t(c * d + j)];
        square += difference * difference;
      }
      if (square < least)
        next = least, least = square, label = int32_t(c);
      else if (square < next)
        next = square;
    }
    const long double w = weights.empty() ? 1 : weights[size_t(i)];
    step.labels.push_back(label);
    step.inertia += w * least;
    if (next - least < step.least_margin) step.least_margin = next - least;
    counts[size_t(label)] += w;
    for (int64_t j = 0; j < d; j++) sums[size_t(label * d + j)] += w * x[size_t(i * d + j)];
  }
  step.centres = centres;
  for (int64_t c = 0; c < k; c++)
    for (int64_t j = 0; j < d && counts[size_t(c)] > 0; j++)
      step.centres[size_t(c * d + j)] = double(sums[size_t(c * d + j)] / counts[size_t(c)]);
  return step;
}

}  // namespace windlass::test
