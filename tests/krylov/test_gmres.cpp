#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <vector>

#include "../support/csr_matrix.hpp"
#include "../support/krylov_reference.hpp"
#include "core/isa.hpp"
#include "core/random.hpp"
#include "krylov/methods.hpp"

namespace windlass::krylov {
namespace {

using namespace windlass::test;

// A solve, and what it left.
template <class T>
struct Solve {
  Workspace workspace;
  std::vector<T> x;
  Ending ending;

  Solve(const Linear &a, const std::vector<T> &b, Settings settings, const Linear *m = nullptr,
        int workers = 1, const char *method = "gmres")
      : x(size_t(a.columns())) {
    Run run(workers);
    Readiness ready({});
    ending = solve(*find_method(method),
                   {run, settings, workspace, a, m, nullptr, b.data(), x.data(), ready});
  }
};

template <class T>
std::vector<T> random_vector(int64_t n, uint32_t stream) {
  std::vector<T> x;
  for (int64_t i = 0; i < n; i++) {
    const auto [re, im] = RandomStream{3, stream}.pair(i, 0);
    if constexpr (is_complex<T>)
      x.push_back(T(Real<T>(2 * re - 1), Real<T>(2 * im - 1)));
    else
      x.push_back(T(2 * re - 1));
  }
  return x;
}

template <class T>
CsrMatrix<T> diagonal(const std::vector<T> &d) {
  std::vector<int64_t> pointer = {0}, index;
  for (size_t i = 0; i < d.size(); i++)
    index.push_back(int64_t(i)), pointer.push_back(int64_t(i) + 1);
  return {int64_t(d.size()), int64_t(d.size()), pointer, index, d};
}

// Dense, of random entries, with `shift` added to the diagonal.
template <class T>
CsrMatrix<T> random_matrix(int64_t n, double shift) {
  std::vector<T> value = random_vector<T>(n * n, 5);
  std::vector<int64_t> pointer, index;
  for (int64_t i = 0; i <= n; i++) pointer.push_back(i * n);
  for (int64_t i = 0; i < n * n; i++) index.push_back(i % n);
  for (int64_t i = 0; i < n; i++) value[size_t(i * n + i)] += T(Real<T>(shift));
  return {n, n, pointer, index, value};
}

template <class T>
double residual(const Linear &a, const std::vector<T> &b, const std::vector<T> &x) {
  const std::vector<Exact> y = product(a, x);
  long double sum = 0;
  for (size_t i = 0; i < b.size(); i++) sum += std::norm(exact(b[i]) - y[i]);
  return double(std::sqrt(sum));
}

struct Way {
  Orthogonalisation orthogonalisation;
  bool single;
};
const Way ways[] = {{Orthogonalisation::dcgs2, false},  {Orthogonalisation::cgs2, false},
                    {Orthogonalisation::s_step, false}, {Orthogonalisation::s_step, true},
                    {Orthogonalisation::mgs, false},    {Orthogonalisation::dcgs2, true},
                    {Orthogonalisation::cgs2, true}};
Settings settings_of(const Way &way, double rtol) {
  Settings s;
  s.rtol = rtol, s.orthogonalisation = way.orthogonalisation, s.single_basis = way.single;
  return s;
}
std::string name(const Way &way) {
  return std::to_string(int(way.orthogonalisation)) + (way.single ? " single" : "");
}

template <class T>
class Gmres : public testing::Test {
 protected:
  static constexpr bool narrow = sizeof(Real<T>) == 4;
  static constexpr double rtol = narrow ? 1e-4 : 1e-10;
  static constexpr double eps = narrow ? 1e-6 : 1e-14;
};
using Scalars = testing::Types<float, double, Complex<float>, Complex<double>>;
TYPED_TEST_SUITE(Gmres, Scalars);

TYPED_TEST(Gmres, SolvesWhatEliminationSolves) {
  using T = TypeParam;
  for (const int64_t n : {1, 2, 5, 30, 60})
    for (const Way &way : ways) {
      const auto a = random_matrix<T>(n, std::sqrt(double(n)) + 2);
      const std::vector<T> b = random_vector<T>(n, 6);
      const Solve<T> got(a, b, settings_of(way, this->rtol));
      const std::string what = name(way) + " " + std::to_string(n);
      ASSERT_EQ(got.ending.reason, Reason::converged) << what;
      EXPECT_LE(residual(a, b, got.x), 1.01 * this->rtol * got.ending.norm_b) << what;
      EXPECT_NEAR(residual(a, b, got.x), got.ending.residual, 10 * this->eps * got.ending.norm_b);
      const std::vector<Exact> want = solve_densely(a, b);
      for (int64_t i = 0; i < n; i++)
        EXPECT_LE(std::abs(exact(got.x[size_t(i)]) - want[size_t(i)]), 20 * this->rtol) << what;
    }
}

// The norms told are those of the least residuals over Krylov spaces.
TYPED_TEST(Gmres, ResidualsAreTheLeast) {
  using T = TypeParam;
  const int64_t n = 25;
  const auto a = random_matrix<T>(n, 3);
  const std::vector<T> b = random_vector<T>(n, 7);
  const std::vector<double> want = least_residuals(a, b, 14);
  for (const Way &way : ways) {
    Settings settings = settings_of(way, 0);
    settings.max_steps = 14;
    const Solve<T> got(a, b, settings);
    const double accuracy = way.single ? 1e-6 : this->eps;
    ASSERT_GE(got.workspace.next_history.size(), 15u);
    for (size_t i = 0; i < 15; i++)
      EXPECT_NEAR(got.workspace.next_history[i], want[i], 30 * accuracy * want[0])
          << name(way) << i;
  }
}

TYPED_TEST(Gmres, BasisIsOrthonormal) {
  using T = TypeParam;
  const int64_t side = 30, n = side * side, m = 30;
  const auto a = convection_diffusion<T>(side, 0.5);
  const std::vector<T> b = random_vector<T>(n, 8);
  for (const Way &way : ways) {
    if (way.single) continue;
    Settings settings = settings_of(way, 0);
    settings.max_steps = m, settings.restart = m;
    Solve<T> got(a, b, settings);
    const int64_t spacing = spaced(n);
    const T *v = reinterpret_cast<const T *>(got.workspace.memory()) +
                 (way.orthogonalisation == Orthogonalisation::s_step ? 8 : 3) * spacing;
    for (int64_t i = 0; i < m; i++)
      for (int64_t j = 0; j <= i; j++) {
        Exact sum = i == j ? -1 : 0;
        for (int64_t k = 0; k < n; k++)
          sum += std::conj(exact(v[i * spacing + k])) * exact(v[j * spacing + k]);
        EXPECT_LE(std::abs(sum),
                  (way.orthogonalisation == Orthogonalisation::mgs ? 200 : 10) * this->eps)
            << name(way) << " " << i << " " << j;
      }
  }
}

TYPED_TEST(Gmres, PreconditionsFromBothSides) {
  using T = TypeParam;
  const int64_t side = 20, n = side * side;
  auto a = convection_diffusion<T>(side, 1.0, T(40));
  const std::vector<T> b = random_vector<T>(n, 9);
  const auto m = diagonal(std::vector<T>(size_t(n), T(Real<T>(1 / 45.0))));
  const Solve<T> plain(a, b, {.rtol = this->rtol});
  for (const Side which : {Side::right, Side::left})
    for (const Way &way : ways) {
      Settings settings = settings_of(way, this->rtol);
      settings.side = which;
      const Solve<T> got(a, b, settings, &m);
      EXPECT_EQ(got.ending.reason, Reason::converged) << name(way);
      EXPECT_LE(residual(a, b, got.x), 1.01 * this->rtol * got.ending.norm_b) << name(way);
      EXPECT_GE(got.ending.preconditionings, got.ending.steps);
      // M is a multiple of the identity: nothing changes but the scale.
      if (way.single) continue;
      EXPECT_NEAR(double(got.ending.steps), double(plain.ending.steps), 1) << name(way);
    }
}

TYPED_TEST(Gmres, AnExactPreconditionerTakesOneStep) {
  using T = TypeParam;
  const std::vector<T> d = random_vector<T>(200, 10);
  std::vector<T> inverse;
  for (const T &x : d) inverse.push_back(T(1) / x);
  const auto a = diagonal(d), m = diagonal(inverse);
  for (const Side which : {Side::right, Side::left}) {
    Settings settings{.rtol = this->rtol};
    settings.side = which;
    const Solve<T> got(a, random_vector<T>(200, 11), settings, &m);
    EXPECT_EQ(got.ending.reason, Reason::converged);
    EXPECT_LE(got.ending.steps, 2);
  }
}

TYPED_TEST(Gmres, KeepsItsBitsOnAnyNumberOfThreads) {
  using T = TypeParam;
  const int64_t side = 90, n = side * side;
  const auto a = convection_diffusion<T>(side, 1.0);
  const auto m = diagonal(std::vector<T>(size_t(n), T(Real<T>(0.2))));
  const std::vector<T> b = random_vector<T>(n, 12);
  for (const Way &way : ways) {
    Settings settings = settings_of(way, 0);
    settings.max_steps = 45;
    const Linear *preconditioner = way.single ? &m : nullptr;
    const Solve<T> one(a, b, settings, preconditioner);
    for (const int workers : {2, 3, 8}) {
      const Solve<T> more(a, b, settings, preconditioner, workers);
      EXPECT_EQ(std::memcmp(one.x.data(), more.x.data(), one.x.size() * sizeof(T)), 0)
          << name(way) << " " << workers;
      EXPECT_EQ(one.workspace.next_history, more.workspace.next_history);
    }
  }
}

// Where products follow each other in a wave, bits are those of any number of threads, and norms
// are those of a matrix that does not tell its band.
template <class T>
class Untold : public CsrMatrix<T> {
 public:
  using CsrMatrix<T>::CsrMatrix;
  explicit Untold(const CsrMatrix<T> &a) : CsrMatrix<T>(a) {}
  int64_t band() const noexcept override { return INT64_MAX; }
};

TYPED_TEST(Gmres, WavesKeepTheirBits) {
  using T = TypeParam;
  const int64_t side = 185, n = side * side;
  const auto a = convection_diffusion<T>(side, 1.0);
  const Untold<T> untold(a);
  const std::vector<T> b = random_vector<T>(n, 12);
  for (const Way &way : {ways[0], ways[2], ways[3], ways[5]}) {
    Settings settings = settings_of(way, 0);
    settings.max_steps = 15, settings.restart = 9, settings.steps = 2;
    const Solve<T> one(a, b, settings), other(untold, b, settings);
    if (!is_complex<T>) {  // it was a wave: its last product came too early to know of the end
      EXPECT_GT(one.ending.products, other.ending.products) << name(way);
    }
    const double accuracy = way.single ? 1e-5 : this->eps;
    for (size_t i = 0; i < 16; i++)
      EXPECT_NEAR(one.workspace.next_history[i], other.workspace.next_history[i],
                  100 * accuracy * other.workspace.next_history[0]);
    for (const int workers : {2, 3, 8}) {
      const Solve<T> more(a, b, settings, nullptr, workers);
      EXPECT_EQ(std::memcmp(one.x.data(), more.x.data(), one.x.size() * sizeof(T)), 0)
          << name(way) << " " << workers;
      EXPECT_EQ(one.workspace.next_history, more.workspace.next_history);
    }
  }
}

// The Krylov space of 3 eigenvectors holds the solution after 3 steps.
TYPED_TEST(Gmres, EndsWhereTheSpaceHoldsTheSolution) {
  using T = TypeParam;
  std::vector<T> d;
  for (int i = 0; i < 300; i++) d.push_back(T(Real<T>(1 + i % 3)));
  const auto a = diagonal(d);
  const std::vector<T> b(300, T(1));
  for (const Way &way : ways) {
    const Solve<T> got(a, b, settings_of(way, this->rtol));
    EXPECT_EQ(got.ending.reason, Reason::converged) << name(way);
    EXPECT_LE(got.ending.steps, way.single ? 6 : 3) << name(way);
  }
}

// b has a part that no product reaches: the least residual is that part, and x stays finite.
TYPED_TEST(Gmres, SaysThatASingularMatrixBrokeIt) {
  using T = TypeParam;
  std::vector<T> d(50, T(2));
  d[0] = T(0);
  const auto a = diagonal(d);
  const std::vector<T> b(50, T(1));
  for (const Way &way : ways) {
    const Solve<T> got(a, b, settings_of(way, 1e-3));
    EXPECT_TRUE(got.ending.reason == Reason::breakdown || got.ending.reason == Reason::stagnation)
        << reason_name(got.ending.reason) << " " << name(way);
    EXPECT_NEAR(got.ending.residual, 1, 1e-3) << name(way);
    for (const T &x : got.x) EXPECT_LE(std::abs(exact(x)), 10) << name(way);
  }
}

// A x = b has solutions, though A has no inverse.
TYPED_TEST(Gmres, SolvesASingularConsistentSystem) {
  using T = TypeParam;
  std::vector<T> d, b;
  for (int i = 0; i < 50; i++)
    d.push_back(T(Real<T>(i % 10))), b.push_back(T(Real<T>(i % 10 ? 1 : 0)));
  for (const Way &way : ways) {
    const Solve<T> got(diagonal(d), b, settings_of(way, this->rtol));
    EXPECT_EQ(got.ending.reason, Reason::converged) << name(way);
  }
}

// M that is another each time it is applied: a diagonal that turns between two.
template <class T>
class Fickle : public Linear {
 public:
  explicit Fickle(int64_t n) : Linear(n, n, dtype_of<T>()) {}
  int32_t whole(Team::Member &member, Mode, const void *from, void *to,
                void *) const noexcept override {
    if (member.index() == 0) {
      const double scale = times_++ % 2 ? 0.2 : 0.3;
      for (int64_t i = 0; i < Linear::rows(); i++)
        static_cast<T *>(to)[i] =
            T(Real<T>(scale + 0.01 * double(i % 7))) * static_cast<const T *>(from)[i];
    }
    member.meet();
    return 0;
  }

 private:
  mutable int times_ = 0;
};

TYPED_TEST(Gmres, FlexibleTakesAnotherPreconditionerEachStep) {
  using T = TypeParam;
  const int64_t n = 144;
  const auto a = convection_diffusion<T>(12, 1.0);
  const std::vector<T> b = random_vector<T>(n, 13);
  const Fickle<T> m(n);
  const Settings settings{.rtol = this->rtol, .restart = 60};
  const Solve<T> got(a, b, settings, &m, 2, "fgmres"), plain(a, b, settings, nullptr, 1, "fgmres");
  for (const Solve<T> *each : {&got, &plain}) {
    EXPECT_EQ(each->ending.reason, Reason::converged);
    EXPECT_LE(residual(a, b, each->x), 1.01 * this->rtol * each->ending.norm_b);
    // What the recurrence says is true while M changes.
    EXPECT_NEAR(each->ending.recurrence, each->ending.residual, 0.1 * each->ending.residual);
    EXPECT_LE(each->ending.steps, 60);
  }
}

TEST(GmresEnds, WhereTheMatrixTurnsEverySpaceAside) {
  // The cyclic shift: no residual falls before the last step.
  const int64_t n = 20;
  std::vector<int64_t> pointer, index;
  for (int64_t i = 0; i <= n; i++) pointer.push_back(i);
  for (int64_t i = 0; i < n; i++) index.push_back((i + 1) % n);
  const CsrMatrix<double> a(n, n, pointer, index, std::vector<double>(size_t(n), 1.0));
  std::vector<double> b(size_t(n), 0.0);
  b[0] = 1;
  for (const Way &way : ways) {
    Settings settings = settings_of(way, 1e-8);
    const Solve<double> whole(a, b, settings);
    EXPECT_EQ(whole.ending.reason, Reason::converged) << name(way);
    EXPECT_EQ(whole.ending.steps, n);
    settings.restart = n - 1;
    const Solve<double> shorter(a, b, settings);
    EXPECT_EQ(shorter.ending.reason, Reason::stagnation) << name(way);
    EXPECT_NEAR(shorter.ending.residual, 1, 1e-12);
  }
}

// Powers of a matrix with one large eigenvalue are nearly the same vector.
TEST(GmresEnds, SStepFallsBackWherePowersAreDependent) {
  std::vector<double> d;
  for (int i = 0; i < 400; i++) d.push_back(i ? 1 + 0.01 * i : 1e9);
  const auto a = diagonal(d);
  const std::vector<double> b = random_vector<double>(400, 14);
  Settings settings{.rtol = 1e-8};
  const Solve<double> delayed(a, b, settings);
  settings.orthogonalisation = Orthogonalisation::s_step;
  const Solve<double> got(a, b, settings);
  EXPECT_EQ(got.ending.reason, Reason::converged);
  EXPECT_LE(residual(a, b, got.x), 1.01e-8 * got.ending.norm_b);
  EXPECT_LE(got.ending.steps, delayed.ending.steps + 30);
}

TEST(GmresEnds, WithNoStepsWhereBIsZero) {
  const auto a = convection_diffusion<double>(5, 1);
  const Solve<double> got(a, std::vector<double>(25), {});
  EXPECT_EQ(got.ending.reason, Reason::converged);
  EXPECT_EQ(got.ending.steps, 0);
}

}  // namespace
}  // namespace windlass::krylov
