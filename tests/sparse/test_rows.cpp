// Rows of any stored matrix, slices of eight rows, and kernels at every level, against plain loops.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/isa.hpp"
#include "core/parallel.hpp"
#include "sparse/composed.hpp"
#include "sparse/compressed.hpp"
#include "sparse/kernels.hpp"
#include "sparse/rows.hpp"
#include "sparse/sell.hpp"
#include "sparse/stored.hpp"

namespace windlass::test {
namespace {

using namespace sparse;

struct Random {
  uint64_t state = 1;
  double next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return double(int64_t(state >> 33)) / double(1u << 30) - 1;
  }
  int64_t below(int64_t n) { return int64_t((next() + 1) / 2 * double(n)); }
};

template <class T>
T number(Random &r) {
  if constexpr (is_complex<T>)
    return T(Real<T>(r.next()), Real<T>(r.next()));
  else
    return T(r.next());
}

template <class V>
wdl_array array_of(const std::vector<V> &data, int32_t dtype) {
  wdl_array a{};
  a.data = const_cast<V *>(data.data());
  a.dtype = dtype, a.ndim = 1, a.shape[0] = int64_t(data.size());
  fill_c_strides(a);
  return a;
}

// Unsorted, with duplicates, zeros and empty rows; lengths: of the rows in turn.
template <class T, class I = int32_t>
struct Matrix {
  int64_t rows, columns;
  std::vector<I> pointer{0}, index;
  std::vector<T> value;
  std::unique_ptr<const Linear> linear;

  Matrix(int64_t m, int64_t n, std::vector<int64_t> lengths) : rows(m), columns(n) {
    Random r;
    for (int64_t i = 0; i < m; i++) {
      for (int64_t k = 0; k < lengths[size_t(i) % lengths.size()]; k++) {
        index.push_back(I(r.below(n)));
        value.push_back(k % 5 == 4 ? T{} : number<T>(r));
      }
      pointer.push_back(I(index.size()));
    }
    make();
  }
  void make() {
    const int32_t width = sizeof(I) == 4 ? WDL_I32 : WDL_I64;
    const wdl_array p = array_of(pointer, width), i = array_of(index, width),
                    v = array_of(value, dtype_of<T>());
    Run run(1);
    linear = make_compressed(run, columns, {&p, &i, &v, 2, 3, "columns"});
  }
  std::vector<Complex<double>> dense(Mode mode = Mode::plain) const {
    const bool turned = is_transposed(mode);
    std::vector<Complex<double>> d(size_t(rows * columns));
    for (int64_t i = 0; i < rows; i++)
      for (I k = pointer[size_t(i)]; k < pointer[size_t(i) + 1]; k++) {
        const int64_t j = index[size_t(k)];
        d[size_t(turned ? j * rows + i : i * columns + j)] +=
            Complex<double>(is_conjugated(mode) ? conj(value[size_t(k)]) : value[size_t(k)]);
      }
    return d;
  }
};

template <class T>
std::vector<Complex<double>> dense_of(const Rows<T> &r, int64_t columns) {
  std::vector<Complex<double>> d((r.pointer.size() - 1) * size_t(columns));
  for (size_t i = 0; i + 1 < r.pointer.size(); i++)
    for (int64_t k = r.pointer[i]; k < r.pointer[i + 1]; k++) {
      EXPECT_TRUE(k == r.pointer[i] || r.index[size_t(k) - 1] < r.index[size_t(k)]) << "unsorted";
      d[i * size_t(columns) + size_t(r.index[size_t(k)])] = Complex<double>(r.value[size_t(k)]);
    }
  return d;
}

void expect_near(const std::vector<Complex<double>> &a, const std::vector<Complex<double>> &b,
                 double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); i++) ASSERT_LE(magnitude(a[i] - b[i]), tolerance) << i;
}

constexpr Mode modes[] = {Mode::plain, Mode::transpose, Mode::adjoint, Mode::conjugate};

template <class T>
class SparseTest : public testing::Test {};
using Scalars = testing::Types<float, double, Complex<float>, Complex<double>>;
TYPED_TEST_SUITE(SparseTest, Scalars);

TYPED_TEST(SparseTest, RowsOfStoredMatricesInEveryMode) {
  using T = TypeParam;
  const double eps = sizeof(Real<T>) == 4 ? 1e-5 : 1e-13;
  const Matrix<T> a(20, 13, {3, 0, 7, 1});
  const Matrix<T, int64_t> b(20, 13, {2, 9});
  for (const Mode mode : modes) {
    const int64_t columns = a.linear->length_in(mode);
    expect_near(dense_of(rows_of<T>(*a.linear, mode), columns), a.dense(mode), eps);
    expect_near(dense_of(rows_of<T>(*b.linear, mode), columns), b.dense(mode), eps);
    const Transposed t(*a.linear, false);
    expect_near(dense_of(rows_of<T>(t, both(mode, Mode::transpose)), columns), a.dense(mode), eps);
  }
}

TYPED_TEST(SparseTest, RowsOfSumsAndShifts) {
  using T = TypeParam;
  const double eps = sizeof(Real<T>) == 4 ? 1e-5 : 1e-13;
  const Matrix<T> a(15, 15, {3, 0, 5}), b(15, 15, {2, 4});
  const Complex<double> alpha = is_complex<T> ? Complex<double>(2, -1) : Complex<double>(2);
  const auto sum = sum_of(alpha, *a.linear, -1, *b.linear);
  const auto both_of = shifted(*sum, alpha);
  for (const Mode mode : modes) {
    auto expected = a.dense(mode), other = b.dense(mode);
    const Complex<double> f = is_conjugated(mode) ? conj(alpha) : alpha;
    for (size_t i = 0; i < expected.size(); i++) expected[i] = f * expected[i] - other[i];
    for (size_t i = 0; i < 15; i++) expected[i * 16] += f;
    expect_near(dense_of(rows_of<T>(*both_of, mode), 15), expected, eps);
  }
}

TEST(SparseTest, WhatHasNoEntriesIsRefused) {
  const Matrix<double> a(4, 4, {2});
  const auto product = product_of(*a.linear, *a.linear);
  try {
    rows_of<double>(*product);
    FAIL();
  } catch (const Error &e) {
    EXPECT_EQ(e.status, WDL_UNSUPPORTED);
  }
}

// Every kernel of rows at every level gives what a plain loop gives, for any first and last row.
TYPED_TEST(SparseTest, RowsAtEveryLevel) {
  using T = TypeParam;
  const double eps = sizeof(Real<T>) == 4 ? 1e-3 : 1e-12;
  const Matrix<T> a(61, 90, {5, 5, 5, 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 23, 24, 25, 40, 300, 9, 9});
  const auto d = a.dense();
  Random r;
  constexpr int64_t most = 19;
  std::vector<T> x(size_t(90 * most));
  for (T &one : x) one = number<T>(r);
  const isa::Level before = isa::level();
  for (const isa::Level level : isa::supported()) {
    isa::set_level(level);
    std::vector<T> alone(size_t(61 * most)), y(alone);
    for (int64_t c = 0; c < most; c++) {
      std::vector<T> in(90), out(61);
      for (size_t i = 0; i < 90; i++) in[i] = x[i * most + size_t(c)];
      for (int64_t first = 0; first < 61; first += 7)
        a.linear->rows(Mode::plain, first, std::min<int64_t>(61, first + 7), in.data(), out.data());
      for (size_t i = 0; i < 61; i++) {
        Complex<double> sum;
        for (size_t j = 0; j < 90; j++) sum += d[i * 90 + j] * Complex<double>(in[j]);
        ASSERT_LE(magnitude(sum - Complex<double>(out[i])), eps);
        alone[i * most + size_t(c)] = out[i];
      }
    }
    a.linear->block(Mode::plain, 0, 61, {most, x.data(), most, y.data(), most});
    for (size_t i = 0; i < y.size(); i++)
      ASSERT_TRUE(y[i] == alone[i]) << "other bits beside others";
  }
  isa::set_level(before);
}

// By a team of that many.
const Linear *slices_of(sparse::SellCopy &copy, int workers, const Linear &a, Mode mode,
                        int64_t most_bytes = INT64_MAX) {
  Run run(workers);
  const Linear *made = nullptr;
  Team(workers).run([&](Team::Member &member) {
    const Linear *own = copy.make(member, run, a, mode, most_bytes);
    if (member.index() == 0) made = own;
  });
  return made;
}

template <class T, class I>
void check_slices(const Matrix<T, I> &a, bool suits) {
  for (const Mode mode : {Mode::plain, Mode::transpose}) {
    sparse::SellCopy copy;
    const Linear *s = slices_of(copy, 2, *a.linear, mode);
    if (mode == Mode::plain) {
      ASSERT_EQ(s != nullptr, suits);
    }
    if (!s) continue;
    const int64_t m = a.linear->length_out(mode), n = a.linear->length_in(mode);
    ASSERT_EQ(s->rows(), m);
    const auto d = a.dense(mode);
    std::vector<T> x(static_cast<size_t>(n)), y(static_cast<size_t>(m));
    Random r;
    for (T &one : x) one = number<T>(r);
    const isa::Level before = isa::level();
    for (const isa::Level level : isa::supported()) {
      isa::set_level(level);
      for (const int64_t step : {1, 5, 8, 64, 1000}) {
        for (int64_t first = 0; first < m; first += step)
          s->rows(Mode::plain, first, std::min(m, first + step), x.data(), y.data());
        for (int64_t i = 0; i < m; i++) {
          double sum = 0;
          for (int64_t j = 0; j < n; j++) sum += d[size_t(i * n + j)].re * double(x[size_t(j)]);
          ASSERT_NEAR(sum, double(y[size_t(i)]), sizeof(T) == 4 ? 1e-4 : 1e-12);
        }
      }
    }
    isa::set_level(before);
  }
}

TEST(SparseTest, SlicesOfEightRows) {
  check_slices(Matrix<double>(80, 70, {5}), true);
  check_slices(Matrix<float>(83, 70, {5, 5, 4}), true);
  check_slices(Matrix<double>(3, 3, {2, 0, 1}), true);
  check_slices(Matrix<double>(400, 70, {60, 1, 1, 1, 1, 1, 1, 1}), false);
  Matrix<double> stencil(64, 66, {3});
  for (size_t k = 0; k < stencil.index.size(); k++)
    stencil.index[k] = int32_t(k / 3 + k % 3);  // in place: the operator sees it
  check_slices(stencil, true);
  sparse::SellCopy copy;
  EXPECT_LT(slices_of(copy, 1, *stencil.linear, Mode::plain)->bytes(Mode::plain), 64 * 3 * 9 + 200)
      << "one base for eight columns";
  EXPECT_EQ(slices_of(copy, 1, *stencil.linear, Mode::plain, 64 * 3 * 8), nullptr) << "too large";
  EXPECT_EQ(copy.memory(), 0);
}

// Diffusion and wind in a box, upwind: seven entries a row, of few kinds.
template <class T, class I = int32_t>
Matrix<T, I> box(int64_t a, int64_t b, int64_t c) {
  const int64_t n = a * b * c;
  Matrix<T, I> m(n, n, {0});
  for (int64_t row = 0; row < n; row++) {
    const auto add = [&](bool inside, int64_t column, double value) {
      if (inside) m.index.push_back(I(column)), m.value.push_back(T(value));
    };
    add(row >= a * b, row - a * b, -1);
    add(row % (a * b) >= a, row - a, -1.5);
    add(row % a > 0, row - 1, -1.75);
    add(true, row, 7.5);
    add(row % a < a - 1, row + 1, -1);
    add(row % (a * b) < a * (b - 1), row + a, -1.25);
    add(row < n - a * b, row + a * b, -1);
    m.pointer[size_t(row) + 1] = I(m.index.size());
  }
  m.make();
  return m;
}

TEST(SparseTest, SlicesThatRepeatAreKeptOnce) {
  for (const int64_t side : {1, 5, 8, 13}) {
    check_slices(box<double>(side, 9, 5), true);
    check_slices(box<float, int64_t>(9, side, 3), true);
  }
  auto a = box<double>(30, 30, 11);
  const size_t n = size_t(a.rows);
  std::vector<double> x(n), wanted(n), y(n);
  Random r;
  for (double &one : x) one = number<double>(r);
  sparse::SellCopy copy;
  const auto check = [&](const Linear *s) {
    ASSERT_TRUE(s);
    s->rows(Mode::plain, 0, a.rows, x.data(), y.data());
    a.linear->rows(Mode::plain, 0, a.rows, x.data(), wanted.data());
    for (size_t i = 0; i < n; i++) ASSERT_NEAR(y[i], wanted[i], 1e-12 * 64);
  };
  const auto refreshed = [&] {
    windlass::Run run(2);
    const Linear *made = nullptr;
    Team(2).run([&](Team::Member &member) {
      const Linear *own = copy.refresh(member, run);
      if (member.index() == 0) made = own;
    });
    return made;
  };
  check(slices_of(copy, 2, *a.linear, Mode::plain));
  const int64_t memory = copy.memory();
  EXPECT_LT(memory, a.rows * 8);
  for (double &value : a.value) value *= 3;
  check(refreshed());
  EXPECT_EQ(copy.memory(), memory);
  a.value[a.value.size() / 2] += 1;
  EXPECT_EQ(refreshed(), nullptr) << "two slices that share their place differ";
  check(slices_of(copy, 2, *a.linear, Mode::plain));
  for (double &value : a.value) value = number<double>(r);
  EXPECT_EQ(refreshed(), nullptr);
  check(slices_of(copy, 1, *a.linear, Mode::plain));
  EXPECT_GT(copy.memory(), a.rows * 7 * 8);
}

TEST(SparseTest, SlicesFollowTheValuesOfTheMatrix) {
  Matrix<double> a(3000, 70, {5});
  std::vector<double> x(70, 1), wanted(3000), y(3000);
  for (const int workers : {1, 2}) {
    sparse::SellCopy copy;
    ASSERT_TRUE(slices_of(copy, workers, *a.linear, Mode::plain));
    ASSERT_TRUE(copy.kept());
    for (double &value : a.value) value = value * 3 + 1;  // in place: the operator sees it
    windlass::Run run(workers);
    Team(workers).run([&](Team::Member &member) {
      const Linear *s = copy.refresh(member, run);
      if (member.index() == 0) s->rows(Mode::plain, 0, 3000, x.data(), y.data());
    });
    a.linear->rows(Mode::plain, 0, 3000, x.data(), wanted.data());
    for (size_t i = 0; i < 3000; i++) ASSERT_NEAR(y[i], wanted[i], 1e-12 * std::abs(wanted[i]));
  }
}

}  // namespace
}  // namespace windlass::test
