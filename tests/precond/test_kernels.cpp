// Kernels at every level against the rows they stand for, one after the other.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "core/aligned.hpp"
#include "core/isa.hpp"
#include "precond/kernels.hpp"
#include "precond/schedule.hpp"
#include "precond/triangles.hpp"

namespace windlass::precond {
namespace {

template <class T>
T number(std::mt19937 &dice) {
  std::uniform_real_distribution<double> draw(-0.4, 0.4);
  if constexpr (is_complex<T>)
    return T(Complex<double>(draw(dice), draw(dice)));
  else
    return T(draw(dice));
}

// A pattern of n rows with entries at these distances from the diagonal, some left out.
Pattern pattern(int64_t n, std::vector<int64_t> distances, std::mt19937 &dice) {
  Pattern p;
  p.pointer.push_back(0);
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j < n; j++) {
      bool wanted = i == j;
      for (int64_t d : distances) wanted = wanted || ((j - i == d || i - j == d) && dice() % 8);
      if (!wanted) continue;
      if (i == j) p.diagonal.push_back(int64_t(p.index.size()));
      p.index.push_back(int32_t(j));
    }
    p.pointer.push_back(int64_t(p.index.size()));
  }
  return p;
}

// L D U r row by row, in double.
template <class T>
std::vector<Wide<T>> product(const Pattern &p, const std::vector<Wide<T>> &value, const T *z) {
  const int64_t n = p.rows();
  std::vector<Wide<T>> u(static_cast<size_t>(n)), r(u.size());
  for (int64_t i = 0; i < n; i++) {
    u[size_t(i)] = Wide<T>(z[i]);
    for (int64_t k = p.diagonal[size_t(i)] + 1; k < p.pointer[size_t(i) + 1]; k++)
      u[size_t(i)] += value[size_t(k)] * Wide<T>(z[p.index[size_t(k)]]);
    u[size_t(i)] *= value[size_t(p.diagonal[size_t(i)])];
  }
  for (int64_t i = 0; i < n; i++) {
    r[size_t(i)] = u[size_t(i)];
    for (int64_t k = p.pointer[size_t(i)]; k < p.diagonal[size_t(i)]; k++)
      r[size_t(i)] += value[size_t(k)] * u[size_t(p.index[size_t(k)])];
  }
  return r;
}

template <class T, class F>
void solve_at_every_level(int64_t n, const std::vector<int64_t> &distances, bool sliced) {
  std::mt19937 dice(7);
  const auto plan = std::make_shared<StripPlan>(0, pattern(n, distances, dice));
  ASSERT_EQ(plan->lower.sliced, sliced) << n << " rows";
  std::vector<F> stored(plan->pattern.index.size()), inverse;
  for (F &v : stored) v = number<F>(dice);
  for (int64_t k : plan->pattern.diagonal) stored[size_t(k)] = F(Real<F>(dice() % 2 ? 2 : 0.5));
  for (int64_t k : plan->pattern.diagonal) inverse.push_back(F(1) / stored[size_t(k)]);
  std::vector<Wide<T>> value;
  for (const F &v : stored) value.push_back(Wide<T>(v));
  std::vector<Strip<F>> strips;
  strips.push_back(fill_strip(*plan, stored, inverse));
  const Triangles<T, F> m(n, {plan}, std::move(strips), false);
  std::vector<T> r(static_cast<size_t>(n)), z(r.size());
  for (T &x : r) x = number<T>(dice);
  const isa::Level before = isa::level();
  for (const isa::Level level : isa::supported()) {
    isa::set_level(level);
    Aligned<T> scratch(m.scratch_bytes(sparse::Mode::plain) / int64_t(sizeof(T)));
    std::fill_n(scratch.get(), scratch.size(), T(Real<T>(NAN)));  // must not matter
    Team alone(1);
    alone.run([&](Team::Member &member) noexcept {
      m.whole(member, sparse::Mode::plain, r.data(), z.data(), scratch.get());
    });
    const std::vector<Wide<T>> back = product<T>(plan->pattern, value, z.data());
    double size = 1;
    for (const T &x : z) size = std::max(size, double(magnitude(x)));
    for (size_t i = 0; i < r.size(); i++)
      EXPECT_LE(double(magnitude(back[i] - Wide<T>(r[i]))),
                size * (sizeof(Real<T>) == 4 ? 1e-5 : 1e-13))
          << "row " << i << ", level " << isa::name(level);
  }
  isa::set_level(before);
}

template <class T, class F>
void solve_all() {
  for (int64_t n : {1, 2, 7, 8, 9, 64, 333}) solve_at_every_level<T, F>(n, {}, n >= 3);
  solve_at_every_level<T, F>(400, {1, 20}, true);
  solve_at_every_level<T, F>(377, {13, 29, 60}, true);
  solve_at_every_level<T, F>(50, {1, 2, 3, 4, 5, 6, 7}, false);
}

// A grid of points, cut into parts.
Pattern grid(int64_t width, int64_t height) {
  Pattern p;
  p.pointer.push_back(0);
  for (int64_t i = 0; i < width * height; i++) {
    const int64_t x = i % width, y = i / width;
    const auto put = [&](bool there, int64_t j) {
      if (there) p.index.push_back(int32_t(j));
    };
    put(y > 0, i - width), put(x > 0, i - 1);
    p.diagonal.push_back(int64_t(p.index.size()));
    put(true, i), put(x + 1 < width, i + 1), put(y + 1 < height, i + width);
    p.pointer.push_back(int64_t(p.index.size()));
  }
  return p;
}

// Members that are fewer than parts, as many, and more; each solve the bits of the first.
template <class T, class F>
void solve_together() {
  const int64_t width = 311, height = 300, n = width * height;
  std::mt19937 dice(7);
  const auto plan = std::make_shared<StripPlan>(0, grid(width, height));
  EXPECT_GE(plan->lower.parts(), 2);
  EXPECT_EQ(plan->lower.parts(), plan->upper.parts());
  std::vector<F> value(plan->pattern.index.size()), inverse(static_cast<size_t>(n));
  for (F &v : value) v = number<F>(dice);
  for (F &v : inverse) v = F(Real<F>(0.5 + dice() % 2));
  std::vector<Wide<T>> wide;
  for (const F &v : value) wide.push_back(Wide<T>(v));
  for (size_t i = 0; i < inverse.size(); i++)
    wide[size_t(plan->pattern.diagonal[i])] = Wide<T>(1) / Wide<T>(inverse[i]);
  std::vector<Strip<F>> strips;
  strips.push_back(fill_strip(*plan, value, inverse));
  const Triangles<T, F> m(n, {plan}, std::move(strips), false);
  std::vector<T> r(static_cast<size_t>(n)), first;
  for (T &x : r) x = number<T>(dice);
  for (const sparse::Mode mode : {sparse::Mode::plain, sparse::Mode::adjoint}) {
    m.prepare(mode);
    first.clear();
    Aligned<T> scratch(m.scratch_bytes(mode) / int64_t(sizeof(T)));
    for (int members : {1, 2, 3, 9}) {
      std::vector<T> z(r.size());
      std::fill_n(scratch.get(), scratch.size(), T(Real<T>(NAN)));
      Team team(members);
      team.run([&](Team::Member &member) noexcept {
        for (int again = 0; again < 5; again++)
          m.whole(member, mode, r.data(), z.data(), scratch.get());
      });
      if (first.empty()) first = z;
      EXPECT_EQ(std::memcmp(first.data(), z.data(), z.size() * sizeof(T)), 0) << members;
    }
    if (mode != sparse::Mode::plain) continue;
    const std::vector<Wide<T>> back = product<T>(plan->pattern, wide, first.data());
    for (size_t i = 0; i < r.size(); i++)
      ASSERT_LE(double(magnitude(back[i] - Wide<T>(r[i]))), 1e-12) << "row " << i;
  }
}

TEST(PrecondKernels, PartsTogether) {
  solve_together<double, float>();
  solve_together<Complex<double>, Complex<float>>();
}

TEST(PrecondKernels, Floats) { solve_all<float, float>(); }
TEST(PrecondKernels, Doubles) { solve_all<double, double>(); }
TEST(PrecondKernels, DoublesInFloats) { solve_all<double, float>(); }
TEST(PrecondKernels, ComplexFloats) { solve_all<Complex<float>, Complex<float>>(); }
TEST(PrecondKernels, ComplexDoubles) { solve_all<Complex<double>, Complex<double>>(); }
TEST(PrecondKernels, ComplexDoublesInFloats) { solve_all<Complex<double>, Complex<float>>(); }

}  // namespace
}  // namespace windlass::precond
