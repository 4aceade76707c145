#include "fit.hpp"

#include <utility>

#include "core/error.hpp"
#include "frame.hpp"
#include "lloyd.hpp"
#include "plus_plus.hpp"

namespace windlass::cluster {
namespace {

enum : uint32_t { plus_plus_stream = 0x30000000, rows_stream = 0x40000000 };

struct Progress {
  int64_t number, restarts;
};

template <class T>
class Fit {
 public:
  Fit(Run &run, const Samples &samples, const Options &options)
      : run_(run),
        o_(options),
        tiles_(run, samples),
        lloyd_(run, tiles_, options.n_clusters, options.bounding) {}

  FitResult run() {
    double variance = 0;
    const double most = o_.centres ? largest(o_.centres, o_.n_clusters * tiles_.d()) : 0;
    if (!find_frame(run_, tiles_, most) || (o_.tol > 0 && !find_variance(run_, tiles_, variance)))
      throw_cancelled(run_);
    tol_ = o_.tol * variance;
    const bool random = o_.init == Init::random;
    const int64_t restarts = o_.init == Init::given ? 1
                             : o_.n_init > 0        ? o_.n_init
                             : random               ? 10
                                                    : 1;
    FitResult best;
    for (int64_t number = 0; number < restarts && !best.stopped; number++) {
      n_iter_ = 0, converged_ = stopped_ = false;
      std::vector<double> centres;
      if (start(uint32_t(number), centres)) {
        lloyd_.start(std::move(centres));
        stopped_ = !climb({number, restarts});
      } else {
        stopped_ = true;
      }
      const bool labelled = n_iter_ > 0;
      if (!number && !labelled) throw_cancelled(run_);
      if (labelled && (!number || better(best))) keep(best);
      best.stopped |= stopped_;
    }
    finish(best);
    return best;
  }

 private:
  // False: stopped.
  bool start(uint32_t number, std::vector<double> &centres) {
    const int64_t k = o_.n_clusters, d = tiles_.d();
    if (o_.init == Init::given) {
      centres = inward(tiles_.frame(), k, d, o_.centres, tiles_.samples().argument);
      return true;
    }
    const uint32_t stream = o_.stream + number;
    const std::vector<int64_t> rows =
        o_.init == Init::random
            ? random_rows(run_, tiles_.samples(), k, o_.seed, rows_stream + stream)
            : plus_plus(run_, tiles_, k, o_.seed, plus_plus_stream + stream, 0);
    if (rows.empty()) return false;
    centres.resize(size_t(k * d));
    for (int64_t c = 0; c < k; c++)
      for (int64_t j = 0; j < d; j++) {
        const T x = tiles_.samples().x.template get<T>(rows[size_t(c)], j);
        centres[size_t(c * d + j)] = double(tiles_.frame().inward(x, j));
      }
    return true;
  }

  // False: stopped.
  bool climb(const Progress &progress) {
    const double unit = double(tiles_.frame().scale);
    bool strict = false;
    for (;;) {
      if (!lloyd_.iterate()) return n_iter_ += lloyd_.labelled() && !n_iter_, false;
      n_iter_++;
      strict = lloyd_.same_labels();
      converged_ = strict || lloyd_.shift() <= tol_;
      const bool over = converged_ || n_iter_ == o_.max_iter;
      const int64_t done = progress.number * o_.max_iter + n_iter_;
      const bool last = over && progress.number + 1 == progress.restarts;
      const bool stop = o_.reports && run_.report("fit", done, progress.restarts * o_.max_iter,
                                                  lloyd_.inertia() / unit / unit, last);
      const bool settled = over && strict && !lloyd_.relocated();
      if (stop && !settled) return converged_ = false, false;
      if (over) return lloyd_.finish() || settled;
      lloyd_.advance();
    }
  }

  // Two runs may find the same clusters, and differ by rounding.
  bool better(const FitResult &best) const {
    if (!(lloyd_.inertia() < best.inertia)) return false;
    std::vector<int32_t> other(size_t(o_.n_clusters), -1);
    for (size_t i = 0; i < best.labels.size(); i++) {
      int32_t &of = other[size_t(lloyd_.labels()[i])];
      if (of < 0) of = best.labels[i];
      if (of != best.labels[i]) return true;
    }
    return false;
  }

  void keep(FitResult &best) const {
    best.centres = lloyd_.centres();
    best.labels.assign(lloyd_.labels(), lloyd_.labels() + tiles_.rows());
    best.inertia = lloyd_.inertia();
    best.n_iter = n_iter_;
    best.converged = converged_ && !stopped_;
  }

  // From t to what the caller measures in.
  void finish(FitResult &best) const {
    const double unit = double(tiles_.frame().scale);
    for (size_t i = 0; i < best.centres.size(); i++)
      best.centres[i] = tiles_.frame().outward(best.centres[i], int64_t(i) % tiles_.d());
    best.inertia = best.inertia / unit / unit;
    best.weights.assign(size_t(o_.n_clusters), 0.0);
    for (size_t i = 0; i < best.labels.size(); i++)
      best.weights[size_t(best.labels[i])] += tiles_.samples().weight(int64_t(i));
  }

  Run &run_;
  const Options &o_;
  Tiles<T> tiles_;
  Lloyd<T> lloyd_;
  double tol_ = 0;
  int64_t n_iter_ = 0;
  bool converged_ = false, stopped_ = false;
};

}  // namespace

FitResult fit(Run &run, const Samples &samples, const Options &options) {
  require_rows(samples, options.n_clusters);
  return by_dtype(samples.x, [&]<class T>(T) { return Fit<T>(run, samples, options).run(); });
}

}  // namespace windlass::cluster
