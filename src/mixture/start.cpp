#include "start.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "cluster/fit.hpp"
#include "cluster/plus_plus.hpp"
#include "core/error.hpp"
#include "core/random.hpp"

namespace windlass::mixture {
namespace {

enum : uint32_t {
  responsibilities_stream = 0x10000000,
  rows_stream = 0x20000000,
  clusters_stream = 0x40000000
};

int64_t rows_that_count(const Samples &samples) {
  int64_t count = 0;
  for (int64_t i = 0; i < samples.x.rows; i++) count += samples.counts(i);
  return count;
}

// The i-th of the rows that count, for rising i.
void to_rows(const Samples &samples, std::vector<int64_t> &ranks) {
  if (!samples.weights.data) return;
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < samples.x.rows; i++)
    if (samples.weights.get<double>(i) > 0) rows.push_back(i);
  for (int64_t &r : ranks) r = rows[size_t(r)];
}

// k of 0..n - 1 without repetition, in random order: the first k steps of a shuffle (Fisher, Yates
// 1938; Durstenfeld 1964, doi 10.1145/364520.364540) of which only the places that moved are kept.
std::vector<int64_t> distinct(const RandomStream &random, int64_t n, int64_t k) {
  std::unordered_map<int64_t, int64_t> moved;
  const auto at = [&](int64_t place) {
    const auto found = moved.find(place);
    return found == moved.end() ? place : found->second;
  };
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < k; i++) {
    const int64_t place = i + int64_t(random.pair(i, 0).first * double(n - i));
    chosen.push_back(at(place));
    moved[place] = at(i);
  }
  return chosen;
}

bool maximise_clusters(Run &run, Em &em, const Start &start, uint32_t number, double reg_covar,
                       Parameters &to) {
  cluster::Options options;
  options.n_clusters = to.k;
  options.seed = start.seed;
  options.stream = clusters_stream + number;
  options.reports = false;
  const cluster::FitResult found = cluster::fit(run, em.tiles().samples(), options);
  return !found.stopped && em.maximise_labels(found.labels.data(), reg_covar, to);
}

bool maximise(Run &run, Em &em, const Start &start, uint32_t number, double reg_covar,
              Parameters &to) {
  const Samples &samples = em.tiles().samples();
  switch (start.init) {
    case Init::dirichlet:
      return em.maximise_random(RandomRows::dirichlet, start.seed, responsibilities_stream + number,
                                reg_covar, to);
    case Init::random:
      return em.maximise_random(RandomRows::uniform, start.seed, responsibilities_stream + number,
                                reg_covar, to);
    case Init::responsibilities:
      return em.maximise(start.responsibilities, start.argument, reg_covar, to);
    case Init::kmeans:
      return maximise_clusters(run, em, start, number, reg_covar, to);
    case Init::plus_plus: {
      const std::vector<int64_t> rows =
          cluster::plus_plus(run, samples, to.k, start.seed, clusters_stream + number);
      return !rows.empty() && em.maximise_rows(rows, reg_covar, to);
    }
    case Init::random_from_data: {
      const RandomStream random = {start.seed, rows_stream + number};
      std::vector<int64_t> rows = distinct(random, rows_that_count(samples), to.k);
      to_rows(samples, rows);
      return em.maximise_rows(rows, reg_covar, to);
    }
  }
  return false;
}

}  // namespace

bool initialise(Run &run, Em &em, const Start &start, int64_t number, double reg_covar,
                const Starvation &starvation, Parameters &to) {
  if (start.parameters) {
    to = *start.parameters;
    return true;
  }
  if (!start.all_given() && !maximise(run, em, start, uint32_t(number), reg_covar, to))
    return false;
  if (start.weights) std::copy_n(start.weights, to.k, to.weights.begin());
  if (start.means) std::copy_n(start.means, to.k * to.d, to.means.begin());
  if (!start.precisions) return starvation.begin(run, em, reg_covar, to);
  return covariance_of(to.type).factor_precisions(
      run, start.precisions, to, em.scratch(),
      {.argument = start.argument, .given = "precisions_init"});
}

}  // namespace windlass::mixture
