// Two jobs in C++17, with windlass.hpp: counts the doubled characters of a text, and fits a mixture
// of three Gaussians.
//
//   two_jobs [TEXT-FILE [POINTS.csv]]
//
// The points are one a line, numbers separated by commas; without files built-in data is used.
//
//   c++ -std=c++17 two_jobs.cpp $(pkg-config --cflags --libs windlass) -o two_jobs
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <sstream>
#include <windlass/windlass.hpp>

namespace {

struct Points {
  std::vector<double> values;  // row by row
  std::int64_t rows = 0, columns = 0;
};

std::string read_file(const char *name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) throw std::runtime_error(std::string(name) + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

Points parse_points(const std::string &text) {
  Points p;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line); p.rows++) {
    std::istringstream cells(line);
    p.columns = 0;
    for (std::string cell; std::getline(cells, cell, ','); p.columns++)
      p.values.push_back(std::stod(cell));
  }
  return p;
}

Points make_points() {
  Points p{{}, 600, 2};
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  const double centres[3][2] = {{0, 0}, {6, 1}, {2, 7}};
  for (int i = 0; i < p.rows * p.columns; i++)
    p.values.push_back(centres[i / 2 % 3][i % 2] + normal(random));
  return p;
}

void fit_mixture(const Points &p) {
  windlass::Context ctx;
  ctx.progress([](const wdl_progress &now) {
    std::fprintf(stderr, "%s: %lld of at most %lld iterations, %.6f\n", now.phase,
                 (long long)now.done, (long long)now.total, now.value);
  });

  windlass::Mixture gmm;
  gmm.set("n_components", 3);
  gmm.set("n_init", 10);
  // view() throws where the shape does not fit the vector.
  const wdl_status status = gmm.fit(windlass::view(p.values, p.rows, p.columns), ctx);

  std::printf("points: %lld x %lld\n", (long long)p.rows, (long long)p.columns);
  std::printf("%s after %d iterations, mean log-likelihood %.6f\n",
              status == WDL_OK ? "converged" : "not converged", gmm.get<int>("n_iter"),
              gmm.get<double>("lower_bound"));
  const auto weights = gmm.get<std::vector<double>>("weights");
  const auto means = gmm.get<std::vector<double>>("means");
  for (std::size_t c = 0; c < weights.size(); c++) {
    std::printf("component %zu: weight %.6f, mean", c, weights[c]);
    for (std::size_t j = 0; j < std::size_t(p.columns); j++)
      std::printf(" %.6f", means[c * std::size_t(p.columns) + j]);
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char **argv) {
  try {
    const std::string text = argc > 1 ? read_file(argv[1]) : "a bookkeeper's committee";
    std::printf("doubled characters: %lld\n", (long long)windlass::text::count_doubles(text));
    fit_mixture(argc > 2 ? parse_points(read_file(argv[2])) : make_points());
  } catch (const std::exception &error) {
    std::fprintf(stderr, "two_jobs: %s\n", error.what());
    return 1;
  }
}
