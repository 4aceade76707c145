#include "model.hpp"

#include <cmath>
#include <string>

#include "plus_plus.hpp"

namespace windlass::cluster {
namespace {

constexpr double infinity = __builtin_inf();
constexpr double most = 9007199254740992;  // 2^53

Model &of(Object &object) noexcept { return static_cast<Model &>(object); }
bool fitted(const Object &object) { return static_cast<const Model &>(object).fitted(); }
bool measured(const Object &object) { return static_cast<const Model &>(object).n_iter > 0; }

template <std::vector<double> Model::*Values>
void take(Object &object, OwnedArray &&loaded) {
  of(object).*Values = std::move(loaded.storage);
}

wdl_array view(std::vector<double> &values, int32_t ndim, int64_t rows, int64_t columns) noexcept {
  wdl_array a{};
  a.data = values.data(), a.dtype = WDL_F64, a.flags = WDL_READ_ONLY;
  a.ndim = ndim, a.shape[0] = rows, a.shape[1] = columns;
  fill_c_strides(a);
  return a;
}

constexpr Property properties[] = {
    {int_info("n_clusters", "Clusters to find.", "8", 1, 1 << 20), field<&Model::n_clusters>},
    {text_info("init", "How centres begin: rows far apart, or rows drawn by their weight.",
               "k-means++", "k-means++|random"),
     field<&Model::init>},
    {array_info("init_centers", "Centres to begin with, (k, d), instead of init.", WDL_F64, 2,
                -infinity, infinity),
     field<&Model::init_centers>},
    {int_info("n_init", "Starts, of which the best is kept; 0: 10 where init is random, else 1.",
              "0", 0, 1 << 20),
     field<&Model::n_init>},
    {int_info("max_iter", "Most iterations of a start.", "300", 1, 1ll << 40),
     field<&Model::max_iter>},
    {real_info("tol",
               "Converged when the centres move by less, squared and together, over the mean of "
               "the columns' variances; and when no row changes its cluster.",
               "0.0001", 0, infinity),
     field<&Model::tol>},
    {int_info("seed", "Of the random numbers of a start.", "0", -most, most), field<&Model::seed>},
    {text_info("algorithm",
               "Elkan: rows are compared where the triangle inequality leaves a doubt; Lloyd: so "
               "once it pays.",
               "lloyd", "lloyd|elkan"),
     field<&Model::algorithm>},
    {int_info("n_features", "Columns of x, d.", nullptr, 0, most, WDL_RESULT),
     field<&Model::n_features>, fitted},
    {int_info("converged", "Whether the fit ended by tol or by equal labels.", nullptr, 0, 1,
              WDL_RESULT),
     field<&Model::converged>, fitted},
    {int_info("n_iter", "Iterations of the best start, or steps.", nullptr, 0, most, WDL_RESULT),
     field<&Model::n_iter>, fitted},
    {real_info("inertia", "Weighted squared distances to the centres, summed.", nullptr, 0,
               infinity, WDL_RESULT),
     field<&Model::inertia>, measured},
    {.info = array_info("centers", "Centres, (k, d).", WDL_F64, 2, -infinity, infinity, WDL_RESULT),
     .present = fitted,
     .read_array =
         [](Object &object) {
           Model &m = of(object);
           return view(m.centers, 2, int64_t(m.counts.size()), m.n_features);
         },
     .take_array = take<&Model::centers>},
    {.info = array_info("counts", "Weight of the rows that each centre stands for, (k,).", WDL_F64,
                        1, 0, infinity, WDL_RESULT),
     .present = fitted,
     .read_array =
         [](Object &object) {
           Model &m = of(object);
           return view(m.counts, 1, int64_t(m.counts.size()), 0);
         },
     .take_array = take<&Model::counts>},
};

// After loading: the arrays of a fit fit each other, or none is there.
void check_loaded(Object &object) {
  Model &m = of(object);
  const size_t k = m.counts.size(), d = size_t(m.n_features);
  const bool empty = !k && m.centers.empty() && !d;
  if (!empty && !(k && d && m.centers.size() / d == k && m.centers.size() == k * d))
    throw Error(WDL_BAD_DATA, 1,
                "data is not a saved object: the centres of a k-means do not fit together");
}

const double *init_centers(const Model &model, int64_t d) {
  if (!model.init_centers) return nullptr;
  expect_shape(model.init_centers.view(), 1, "init_centers", {model.n_clusters, d},
               "to match n_clusters and x");
  return model.init_centers.reals();
}

void require_columns(const Model &model, const Matrix &x, int32_t argument) {
  if (x.columns != model.n_features)
    throw Error(WDL_BAD_SHAPE, argument,
                "x has " + std::to_string(x.columns) + " columns, expected " +
                    std::to_string(model.n_features) + " as in the fit");
}

// The centres that a first step begins with.
std::vector<double> first_centers(Run &run, const Model &model, const Samples &x) {
  const int64_t k = model.n_clusters, d = x.x.columns;
  if (const double *given = init_centers(model, d)) return {given, given + k * d};
  require_rows(x, k);
  const std::vector<int64_t> rows = model.init ? random_rows(run, x, k, uint64_t(model.seed), 0)
                                               : plus_plus(run, x, k, uint64_t(model.seed), 0);
  if (rows.empty()) throw_cancelled(run);
  std::vector<double> centers(size_t(k * d));
  for (int64_t c = 0; c < k; c++)
    for (int64_t j = 0; j < d; j++) centers[size_t(c * d + j)] = value(x.x, rows[size_t(c)], j);
  return centers;
}

}  // namespace

constinit const Kind model_kind("kmeans", properties, make_object<Model>, destroy_object<Model>,
                                check_loaded);

wdl_status fit_model(Run &run, Model &model, const Samples &x, const MutableVector &labels) {
  check_weights(x, 3);
  Options o{.n_clusters = model.n_clusters,
            .max_iter = model.max_iter,
            .n_init = model.n_init,
            .tol = model.tol,
            .bounding = model.algorithm == 1 ? Bounding::always : Bounding::sometimes,
            .init = Init(model.init),
            .centres = init_centers(model, x.x.columns),
            .seed = uint64_t(model.seed)};
  if (o.centres) o.init = Init::given;
  FitResult found = fit(run, x, o);
  model.centers = std::move(found.centres);
  model.counts = std::move(found.weights);
  model.n_features = x.x.columns;
  model.n_iter = found.n_iter;
  model.converged = found.converged;
  model.inertia = found.inertia;
  if (labels.data)
    for (int64_t i = 0; i < x.x.rows; i++) put_label(labels, i, found.labels[size_t(i)]);
  if (found.stopped) return WDL_STOPPED;
  return found.converged ? WDL_OK : WDL_NOT_CONVERGED;
}

void step_model(Run &run, Model &model, const Samples &x, const MutableVector &labels) {
  check_weights(x, 3);
  std::vector<double> centers, counts;
  if (model.fitted()) {
    require_columns(model, x.x, 2);
    centers = model.centers, counts = model.counts;
  } else {
    centers = first_centers(run, model, x);
    counts.resize(size_t(model.n_clusters));
  }
  const double inertia = step(run, x, int64_t(counts.size()), centers, counts, labels);
  model.centers = std::move(centers), model.counts = std::move(counts);
  model.n_features = x.x.columns;
  model.inertia = inertia;
  model.converged = 0;
  model.n_iter++;
}

void set_centers(Model &model, const wdl_array &centers, const wdl_array *counts_or_null,
                 int32_t first) {
  const int64_t k = centers.shape[0], d = centers.shape[1];
  std::vector<double> values(size_t(k * d)), counts(static_cast<size_t>(k));
  read_reals(centers, first, "centers", values.data());
  if (counts_or_null) read_reals(*counts_or_null, first + 1, "counts", counts.data());
  for (int64_t c = 0; c < k; c++)
    if (!(counts[size_t(c)] >= 0))
      throw Error(WDL_BAD_DATA, first + 1,
                  "counts has " + number_text(counts[size_t(c)]) + " as entry " +
                      std::to_string(c) + ", expected 0 or more",
                  c);
  model.centers = std::move(values), model.counts = std::move(counts);
  model.n_features = d;
  model.n_iter = model.converged = 0;
  model.inertia = 0;
}

Centres fitted_centres(const Model &model, const Matrix &x, int32_t argument) {
  if (!model.fitted()) throw Error(WDL_NO_VALUE, 1, "the k-means is not fitted yet");
  require_columns(model, x, argument);
  return model.centres();
}

}  // namespace windlass::cluster
