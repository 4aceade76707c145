// Small linear systems with names: the good, the singular, the ones that break methods down, and
// those that are no systems at all.
#pragma once
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "csr_matrix.hpp"

namespace windlass::test {

// What is known of a problem.
enum Trait : unsigned {
  hermitian = 1,
  definite = 2,    // and positive
  consistent = 4,  // some x solves it
  moderate = 8,    // its singular values, but zeros, lie within a factor of 1000
  lucky = 16,      // nor do biorthogonal recurrences break down
  rectangular = 32,
  finite = 64,
};
inline constexpr unsigned easy = consistent | moderate | lucky | finite;
inline constexpr unsigned spd = hermitian | definite | easy;

template <class T>
struct Problem {
  std::string name;
  unsigned traits;
  CsrMatrix<T> a;
  std::vector<T> b, x0;
  bool is(unsigned t) const { return (traits & t) == t; }
};

// The same numbers everywhere.
class Noise {
 public:
  explicit Noise(uint64_t seed) : state_(seed * 2654435761u + 12345) {}
  double operator()() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return double(int64_t(state_) >> 11) * 0x1p-52;
  }
  template <class T>
  T scalar() {
    if constexpr (is_complex<T>) {
      const double re = (*this)();
      return T(Real<T>(re), Real<T>((*this)()));
    } else {
      return T((*this)());
    }
  }
  template <class T>
  std::vector<T> vector(int64_t n) {
    std::vector<T> v(size_t(n), T{});
    for (T &e : v) e = scalar<T>();
    return v;
  }

 private:
  uint64_t state_;
};

// i in a complex scalar, and otherwise in a real one.
template <class T>
T unit_or(double otherwise) {
  if constexpr (is_complex<T>)
    return T(0, 1);
  else
    return T(otherwise);
}

// Of entries that a function gives; zeros are left out.
template <class T, class Entry>
CsrMatrix<T> matrix_of(int64_t rows, int64_t columns, Entry entry) {
  std::vector<int64_t> pointer = {0}, index;
  std::vector<T> value;
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < columns; j++) {
      const T e = entry(i, j);
      if (!(e == T(0))) index.push_back(j), value.push_back(e);
    }
    pointer.push_back(int64_t(index.size()));
  }
  return {rows, columns, pointer, index, value};
}
template <class T, class Entry>
CsrMatrix<T> diagonal_of(int64_t n, Entry entry) {
  return matrix_of<T>(n, n, [&](int64_t i, int64_t j) { return i == j ? T(entry(i)) : T(0); });
}
// entry(j - i) on the diagonals -1, 0 and 1.
template <class T>
CsrMatrix<T> tridiagonal(int64_t n, T below, T middle, T above) {
  return matrix_of<T>(n, n, [&](int64_t i, int64_t j) {
    return j == i ? middle : j == i + 1 ? above : j == i - 1 ? below : T(0);
  });
}
template <class T>
CsrMatrix<T> random_matrix(int64_t rows, int64_t columns, uint64_t seed, double shift = 0) {
  Noise noise(seed);
  return matrix_of<T>(rows, columns, [&](int64_t i, int64_t j) {
    return noise.scalar<T>() + (i == j ? T(Real<T>(shift)) : T(0));
  });
}
template <class T>
std::vector<T> times(const CsrMatrix<T> &a, const std::vector<T> &x) {
  std::vector<T> y(size_t(a.sparse::Linear::rows()), T{});
  static_cast<const sparse::Linear &>(a).rows(sparse::Mode::plain, 0, int64_t(y.size()), x.data(),
                                              y.data());
  return y;
}

// row(i) a_ij column(j)
template <class T, class Row, class Column>
CsrMatrix<T> scaled(const CsrMatrix<T> &a, Row row, Column column) {
  const sparse::Linear &linear = a;
  std::vector<int64_t> pointer = {0}, index;
  std::vector<T> value;
  a.each_row([&](int64_t i, auto &&each_entry) {
    each_entry([&](int64_t j, T entry) {
      index.push_back(j), value.push_back(T(row(i)) * entry * T(column(j)));
    });
    pointer.push_back(int64_t(index.size()));
  });
  return {linear.rows(), linear.columns(), pointer, index, value};
}

template <class T>
class Gallery {
  using R = Real<T>;

 public:
  std::vector<Problem<T>> problems;

  Gallery() {
    positive();
    indefinite();
    general();
    singular();
    breaking();
    trivial();
    rectangles();
    scales();
    poisoned();
  }

 private:
  // b of a random x, or what is given.
  void add(const char *name, unsigned traits, CsrMatrix<T> a, std::vector<T> b = {},
           std::vector<T> x0 = {}) {
    const sparse::Linear &linear = a;
    Noise noise(7);
    if (b.empty()) b = times(a, noise.vector<T>(linear.columns()));
    x0.resize(size_t(linear.columns()));
    problems.push_back({name, traits, std::move(a), std::move(b), std::move(x0)});
  }
  static std::vector<T> noise(int64_t n, uint64_t seed = 3) { return Noise(seed).vector<T>(n); }
  static std::vector<T> unit(int64_t n, int64_t at = 0) {
    std::vector<T> e(size_t(n), T{});
    e[size_t(at)] = T(1);
    return e;
  }
  static CsrMatrix<T> laplace(int64_t side, double shift = 0) {
    return convection_diffusion<T>(side, 0, T(R(shift)));
  }

  void positive() {
    add("identity", spd, diagonal_of<T>(10, [](int64_t) { return R(1); }));
    add("diagonal", spd, diagonal_of<T>(20, [](int64_t i) { return R(1 + i); }), noise(20));
    add("laplace_7", spd, laplace(7), noise(49));
    add("laplace_20", spd, laplace(20), std::vector<T>(400, T(1)));
    add("laplace_from_a_start", spd, laplace(9), noise(81), noise(81, 5));
    add("hermitian_tridiagonal", spd,
        tridiagonal<T>(50, -unit_or<T>(1), T(3), is_complex<T> ? unit_or<T>(1) : T(-1)));
    add("hilbert_8", hermitian | definite | consistent | finite,
        matrix_of<T>(8, 8, [](int64_t i, int64_t j) { return T(R(1.0 / double(i + j + 1))); }));
  }
  void indefinite() {
    const unsigned traits = hermitian | consistent | moderate | finite;
    add("diagonal_of_both_signs", traits,
        diagonal_of<T>(22, [](int64_t i) { return R(i < 11 ? i - 11 : i - 10); }), noise(22));
    add("laplace_shifted", traits, laplace(9, -1.7), noise(81));
    add("negative_definite", traits | lucky,
        diagonal_of<T>(15, [](int64_t i) { return R(-1 - i); }), noise(15));
    add("saddle_point", traits, matrix_of<T>(30, 30, [](int64_t i, int64_t j) {
          if (i < 20 && j < 20) return T(R(i == j ? 2 : i - j == 1 || j - i == 1 ? -1 : 0));
          if (i >= 20 && j >= 20) return T(0);
          const int64_t p = i < 20 ? i : j, q = i < 20 ? j - 20 : i - 20;
          const T e = p == 2 * q ? T(1) : p == 2 * q + 1 ? unit_or<T>(1) : T(0);
          return i < 20 ? e : conj(e);
        }));
    add("exchange", traits, tridiagonal<T>(2, T(1), T(0), T(1)), unit(2));
  }
  void general() {
    add("convection_1", easy, convection_diffusion<T>(12, 1), noise(144));
    add("convection_20", easy, convection_diffusion<T>(10, 20), noise(100));
    add("random_and_diagonal", easy, random_matrix<T>(60, 60, 1, 20), noise(60));
    add("upper_triangle", easy, matrix_of<T>(25, 25, [](int64_t i, int64_t j) {
          return j < i ? T(0) : i == j ? T(3) : T(R(1.0 / double(1 + j - i)));
        }));
    add("jordan", easy, tridiagonal<T>(30, T(0), T(2), T(1)), noise(30));
    add("complex_symmetric", easy, tridiagonal<T>(40, unit_or<T>(0.5), T(4), unit_or<T>(-0.5)),
        noise(40));
    add("helmholtz", easy, convection_diffusion<T>(8, 0, unit_or<T>(1) + T(R(1))), noise(64));
    add("grcar", consistent | moderate | finite, matrix_of<T>(40, 40, [](int64_t i, int64_t j) {
          return i == j + 1 ? T(-1) : j >= i && j <= i + 3 ? T(1) : T(0);
        }));
  }
  void singular() {
    const auto gap = [](int64_t i) { return R(i < 3 ? 0 : i); };
    std::vector<T> b = noise(18);
    add("singular_inconsistent", hermitian | moderate | finite, diagonal_of<T>(18, gap), b);
    for (size_t i = 0; i < 3; i++) b[i] = T(0);
    add("singular_consistent", hermitian | consistent | moderate | finite, diagonal_of<T>(18, gap),
        b);
    const auto neumann = matrix_of<T>(30, 30, [](int64_t i, int64_t j) {
      if (i == j) return T(R(i == 0 || i == 29 ? 1 : 2));
      return T(R(i - j == 1 || j - i == 1 ? -1 : 0));
    });
    add("neumann_consistent", hermitian | consistent | moderate | finite, neumann);
    add("neumann_inconsistent", hermitian | moderate | finite, neumann, noise(30));
    const auto falling = tridiagonal<T>(12, T(0), T(0), T(1));
    add("nilpotent_consistent", consistent | moderate | finite, falling);
    add("nilpotent_inconsistent", moderate | finite, falling, noise(12));
    add("rank_one", consistent | moderate | finite,
        matrix_of<T>(9, 9, [](int64_t i, int64_t j) { return T(R((1 + i) * (2 + j % 3))); }));
    add("zero_matrix", hermitian | moderate | finite,
        diagonal_of<T>(6, [](int64_t) { return R(0); }), noise(6));
  }
  void breaking() {
    const unsigned traits = consistent | moderate | finite;
    add("cyclic_shift", traits,
        matrix_of<T>(24, 24, [](int64_t i, int64_t j) { return j == (i + 1) % 24 ? T(1) : T(0); }),
        unit(24));
    add("rotation", traits, tridiagonal<T>(2, T(-1), T(0), T(1)), unit(2));
    add("skew", traits, tridiagonal<T>(20, T(-1), T(0), T(1)), noise(20));
    add("cyclic_of_3", traits,
        matrix_of<T>(3, 3, [](int64_t i, int64_t j) { return j == (i + 1) % 3 ? T(1) : T(0); }),
        unit(3));
    add("orthogonal_product", traits,
        matrix_of<T>(4, 4,
                     [](int64_t i, int64_t j) {
                       return (i ^ 1) == j ? T(R(i % 2 ? -1 : 1)) : i == j && i > 1 ? T(2) : T(0);
                     }),
        unit(4));
  }
  void trivial() {
    add("one_by_one", spd, diagonal_of<T>(1, [](int64_t) { return R(3); }));
    add("one_by_one_negative", hermitian | easy, diagonal_of<T>(1, [](int64_t) { return R(-2); }));
    add("one_by_one_zero", hermitian | moderate | finite,
        matrix_of<T>(1, 1, [](int64_t, int64_t) { return T(0); }), {T(1)});
    add("empty", spd, matrix_of<T>(0, 0, [](int64_t, int64_t) { return T(0); }));
    add("zero_right_side", spd, laplace(6), std::vector<T>(36, T{}), noise(36));
    add("nothing_at_all", hermitian | easy, diagonal_of<T>(5, [](int64_t) { return R(0); }),
        std::vector<T>(5, T{}), noise(5));
    const auto a = laplace(5);
    const std::vector<T> x = noise(25);
    add("exact_start", spd, a, times(a, x), x);
  }
  void rectangles() {
    const unsigned traits = rectangular | moderate | finite;
    add("tall", traits | consistent, random_matrix<T>(60, 20, 2));
    add("tall_inconsistent", traits, random_matrix<T>(60, 20, 2), noise(60));
    add("wide", traits | consistent, random_matrix<T>(20, 60, 3), noise(20));
    add("row", traits | consistent, random_matrix<T>(1, 12, 4));
    add("column", traits, random_matrix<T>(12, 1, 5), noise(12));
    add("tall_of_low_rank", traits,
        matrix_of<T>(40, 20,
                     [](int64_t i, int64_t j) { return T(R(i % 5 == j % 5 ? 1 + i % 5 : 0)); }),
        noise(40));
    std::vector<T> across(8, T{});
    across[7] = T(2);
    add("across_the_range", traits,
        matrix_of<T>(8, 4, [](int64_t i, int64_t j) { return T(R(i == j ? 1 + i : 0)); }), across);
    add("no_columns", traits, matrix_of<T>(5, 0, [](int64_t, int64_t) { return T(0); }), noise(5));
    add("no_rows", traits | consistent, matrix_of<T>(0, 5, [](int64_t, int64_t) { return T(0); }));
  }
  void scales() {
    const bool narrow = sizeof(R) == 4;
    for (const bool large : {true, false}) {
      const R s = R(std::ldexp(1.0, (large ? 1 : -1) * (narrow ? 50 : 400)));
      add(large ? "large_numbers" : "small_numbers", hermitian | definite | consistent | finite,
          tridiagonal<T>(20, T(-s), T(3 * s), T(-s)));
      const auto sized = [](int exponent) {
        std::vector<T> b = noise(20);
        for (T &e : b) e = T(Wide<T>(std::ldexp(1.0, exponent)) * Wide<T>(e));
        return b;
      };
      const auto a = tridiagonal<T>(20, T(-1), T(3), T(-1));
      add(large ? "large_right_side" : "small_right_side", spd, a,
          sized((large ? 1 : -1) * (narrow ? 100 : 700)));
      if (large)
        add("largest_right_side", spd, a, sized(narrow ? 126 : 1022));
      else  // x has but a few digits
        add("smallest_right_side", hermitian | definite | consistent | finite, a,
            sized(narrow ? -140 : -1060));
    }
    add("rows_of_all_sizes", consistent | finite, matrix_of<T>(20, 20, [](int64_t i, int64_t j) {
          const double size = std::pow(10.0, double(i % 9 - 4));
          return T(R(i == j ? 4 * size : i - j == 1 || j - i == 1 ? -size : 0));
        }));
    add("both_sides_of_all_sizes", hermitian | definite | consistent | finite,
        matrix_of<T>(20, 20, [](int64_t i, int64_t j) {
          const double size = std::pow(10.0, double(i % 5 + j % 5 - 4));
          return T(R(i == j ? 4 * size : i - j == 1 || j - i == 1 ? -size : 0));
        }));
  }
  void poisoned() {
    const R nan = std::numeric_limits<R>::quiet_NaN(), inf = std::numeric_limits<R>::infinity();
    std::vector<T> b = noise(25);
    b[3] = T(nan);
    add("nan_in_b", hermitian, laplace(5), b);
    b[3] = T(inf);
    add("infinity_in_b", hermitian, laplace(5), b);
    add("nan_in_a", hermitian, diagonal_of<T>(9, [&](int64_t i) { return i == 4 ? nan : R(1); }),
        noise(9));
    add("infinity_in_a", 0, diagonal_of<T>(9, [&](int64_t i) { return i == 4 ? inf : R(1); }),
        noise(9));
    std::vector<T> x0 = noise(25);
    x0[7] = T(nan);
    add("nan_in_the_start", spd, laplace(5), noise(25), x0);
  }
};

}  // namespace windlass::test
