// The kernels of vectors and bases at every level against sums in long double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "../support/exact.hpp"
#include "../support/guarded_buffer.hpp"
#include "core/isa.hpp"
#include "core/random.hpp"
#include "sparse/kernels.hpp"

namespace windlass::sparse {
namespace {

using test::Exact;
using test::exact;

template <class T>
T scalar(double re, double im) {
  if constexpr (is_complex<T>)
    return T(Real<T>(re), Real<T>(im));
  else
    return T(re);
}

template <class T>
std::vector<T> numbers(int64_t n, uint32_t stream) {
  std::vector<T> x;
  for (int64_t i = 0; i < n; i++) {
    const auto [re, im] = RandomStream{7, stream}.pair(i, 0);
    x.push_back(scalar<T>(2 * re - 1, 2 * im - 1));
  }
  return x;
}

// A vector that ends at a page nobody may touch, or begins `shift` scalars behind one.
template <class T>
class Placed {
 public:
  Placed(const std::vector<T> &x, int shift)
      : memory_((x.size() + 16) * sizeof(T)), size_(x.size()) {
    const std::size_t bytes = x.size() * sizeof(T);
    p_ = reinterpret_cast<T *>(shift < 0 ? memory_.at_end(bytes)
                                         : memory_.at_begin() + std::size_t(shift) * sizeof(T));
    if (bytes) std::memcpy(static_cast<void *>(p_), x.data(), bytes);
  }
  T *get() { return p_; }
  std::vector<T> read() const { return {p_, p_ + size_}; }

 private:
  test::GuardedBuffer memory_;
  std::size_t size_;
  T *p_;
};

template <class T>
void expect_same_bits(const std::vector<T> &a, const std::vector<T> &b, const std::string &what) {
  ASSERT_EQ(a.size(), b.size());
  if (a.empty()) return;
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(T)), 0) << what;
}

constexpr double double_eps = std::numeric_limits<double>::epsilon();
template <class T>
constexpr double eps = double(std::numeric_limits<Real<T>>::epsilon());

// |sum - exact| <= (n + 8) eps * sum of the terms' sizes; sums are in double whatever the scalars.
void expect_sum(Exact got, Exact want, long double size, int64_t n, const std::string &what) {
  EXPECT_LE(std::abs(got - want), (long double)(n + 8) * double_eps * size) << what;
}

std::vector<int64_t> lengths() {
  std::vector<int64_t> all;
  for (int64_t n = 0; n <= 70; n++) all.push_back(n);
  all.insert(all.end(), {512, 2048});
  return all;
}
const int shifts[] = {-1, 0, 1, 3};

template <class T>
struct Sums {
  Exact dot = 0, product = 0;
  long double norm2 = 0, size = 0;
};
template <class T, class B>
Sums<T> sums_of(const B *x, const T *y, int64_t n) {
  Sums<T> s;
  for (int64_t i = 0; i < n; i++) {
    s.dot += std::conj(exact(x[i])) * exact(y[i]);
    s.product += exact(x[i]) * exact(y[i]);
    s.norm2 += std::norm(exact(x[i]));
    s.size += 2 * std::abs(exact(x[i])) * std::abs(exact(y[i]));
  }
  return s;
}

class VectorKernelsAt : public testing::TestWithParam<isa::Level> {
 protected:
  void SetUp() override { ASSERT_TRUE(isa::set_level(GetParam())); }
  void TearDown() override { isa::set_level(isa::supported().back()); }
};

template <class T>
void check_sums() {
  const auto &k = vectors<T>();
  for (const int64_t n : lengths()) {
    const auto x = numbers<T>(n, 1), y = numbers<T>(n, 2);
    const Sums<T> want = sums_of(x.data(), y.data(), n);
    std::vector<Wide<T>> first;
    for (const int shift : shifts) {
      Placed<T> a(x, shift), b(y, shift < 0 ? shift : 2 * shift);
      const std::string what = std::to_string(n) + " at " + std::to_string(shift);
      const Wide<T> got[] = {k.dot(n, a.get(), b.get()), k.product(n, a.get(), b.get()),
                             k.norm2(n, a.get())};
      expect_sum(exact(got[0]), want.dot, want.size, n, "dot " + what);
      expect_sum(exact(got[1]), want.product, want.size, n, "product " + what);
      expect_sum(exact(got[2]), want.norm2, want.norm2, n, "norm2 " + what);
      const std::vector<Wide<T>> bits(got, got + 3);
      if (shift == shifts[0]) first = bits;
      expect_same_bits(first, bits, what);
    }
  }
}

// Element by element, against `want` computed in long double, and the same bits at all places.
template <class T, class Kernel, class Want>
void check_update(const char *name, Kernel kernel, Want want) {
  for (const int64_t n : lengths()) {
    const auto x = numbers<T>(n, 3), y = numbers<T>(n, 4);
    std::vector<T> first;
    for (const int shift : shifts) {
      Placed<T> a(x, shift), b(y, shift < 0 ? shift : 2 * shift), z(numbers<T>(n, 5), shift);
      const std::vector<T> got = kernel(n, a, b, z);
      const std::string what = std::string(name) + " " + std::to_string(n);
      for (int64_t i = 0; i < n; i++)
        EXPECT_LE(std::abs(exact(got[i]) - want(exact(x[i]), exact(y[i]))), 24 * eps<T>) << what;
      if (shift == shifts[0]) first = got;
      expect_same_bits(first, got, what);
    }
  }
}

template <class T>
void check_updates() {
  using P = Placed<T>;
  const auto &k = vectors<T>();
  const Wide<T> a = scalar<Wide<T>>(0.7, -0.3), b = scalar<Wide<T>>(-1.9, 1.1);
  const Exact A = exact(T(a)), B = exact(T(b));
  check_update<T>(
      "axpy", [&](int64_t n, P &x, P &y, P &) { return k.axpy(n, a, x.get(), y.get()), y.read(); },
      [&](Exact x, Exact y) { return y + A * x; });
  check_update<T>(
      "xpay", [&](int64_t n, P &x, P &y, P &) { return k.xpay(n, x.get(), a, y.get()), y.read(); },
      [&](Exact x, Exact y) { return x + A * y; });
  check_update<T>(
      "axpby",
      [&](int64_t n, P &x, P &y, P &) { return k.axpby(n, a, x.get(), b, y.get()), y.read(); },
      [&](Exact x, Exact y) { return A * x + B * y; });
  check_update<T>(
      "combine",
      [&](int64_t n, P &x, P &y, P &z) {
        return k.combine(n, a, x.get(), b, y.get(), z.get()), z.read();
      },
      [&](Exact x, Exact y) { return A * x + B * y; });
  check_update<T>(
      "scale", [&](int64_t n, P &x, P &, P &) { return k.scale(n, a, x.get()), x.read(); },
      [&](Exact x, Exact) { return A * x; });
  check_update<T>(
      "multiply",
      [&](int64_t n, P &x, P &y, P &z) {
        return k.multiply(n, x.get(), y.get(), z.get()), z.read();
      },
      [&](Exact x, Exact y) { return x * y; });
}

TEST_P(VectorKernelsAt, SumsAreThoseOfLongDouble) {
  check_sums<float>(), check_sums<double>();
  check_sums<Complex<float>>(), check_sums<Complex<double>>();
}
TEST_P(VectorKernelsAt, UpdatesAreThoseOfLongDouble) {
  check_updates<float>(), check_updates<double>();
  check_updates<Complex<float>>(), check_updates<Complex<double>>();
}

// A basis of k columns, ld = n + 3 apart, the last of which ends at a guard page.
template <class T, class B>
class BasisCheck {
  using S = Wide<T>;

 public:
  BasisCheck(const BasisKernels<T, B> &kernels, int64_t n, int64_t k, int shift)
      : kernels_(kernels),
        n_(n),
        k_(k),
        ld_(n + 3),
        values_(numbers<B>(k ? k * ld_ - 3 : 0, 6)),
        x_(numbers<T>(n, 7)),
        y_(numbers<T>(n, 8)),
        f_(numbers<S>(k, 9)),
        g_(numbers<S>(k, 10)),
        v_(values_, shift),
        x_at_(x_, shift),
        y_at_(y_, shift < 0 ? shift : 2 * shift),
        what_(std::to_string(k) + " columns of " + std::to_string(n)) {}

  std::vector<S> sums() {
    std::vector<S> one(size_t(k_), S(0.5)), two = one, three = one;
    kernels_.dots(n_, v_.get(), ld_, k_, x_at_.get(), one.data());
    kernels_.dots2(n_, v_.get(), ld_, k_, x_at_.get(), y_at_.get(), two.data(), three.data());
    for (int64_t c = 0; c < k_; c++) {
      const Sums<T> x = sums_of(column(c), x_.data(), n_), y = sums_of(column(c), y_.data(), n_);
      expect_sum(exact(one[c]), x.dot + 0.5L, x.size + 0.5L, n_, "dots " + what_);
      expect_sum(exact(two[c]), x.dot + 0.5L, x.size + 0.5L, n_, "dots2 " + what_);
      expect_sum(exact(three[c]), y.dot + 0.5L, y.size + 0.5L, n_, "dots2, second " + what_);
    }
    const int64_t many = 8;  // five, two and one
    std::vector<S> sums(size_t(k_ * many));
    std::vector<T> x(size_t(many * (n_ + 1)));
    for (int64_t i = 0; i < many; i++)
      std::copy_n((i % 2 ? y_ : x_).data(), n_, x.data() + i * (n_ + 1));
    kernels_.dots_many(n_, v_.get(), ld_, k_, x.data(), n_ + 1, many, sums.data());
    for (int64_t i = 0; i < many; i++)
      for (int64_t c = 0; c < k_; c++) {
        const Sums<T> want = sums_of(column(c), x.data() + i * (n_ + 1), n_);
        expect_sum(exact(sums[i * k_ + c]), want.dot, want.size, n_, "dots_many " + what_);
      }
    one.insert(one.end(), sums.begin(), sums.end());
    one.insert(one.end(), two.begin(), two.end());
    one.insert(one.end(), three.begin(), three.end());
    return one;
  }

  std::vector<T> updates() {
    kernels_.update(n_, v_.get(), ld_, k_, f_.data(), x_at_.get());
    std::vector<T> all = expect_updated(x_at_, x_, f_, "update ");
    Placed<T> x(x_, 0), y(y_, -1);
    kernels_.update2(n_, v_.get(), ld_, k_, f_.data(), x.get(), g_.data(), y.get());
    for (const auto &more :
         {expect_updated(x, x_, f_, "update2 "), expect_updated(y, y_, g_, "update2, second ")})
      all.insert(all.end(), more.begin(), more.end());
    const int64_t many = 8;
    std::vector<T> z;
    std::vector<S> a;
    for (int64_t i = 0; i < many; i++) {
      z.insert(z.end(), x_.begin(), x_.end());
      a.insert(a.end(), (i % 2 ? g_ : f_).begin(), (i % 2 ? g_ : f_).end());
    }
    kernels_.update_many(n_, v_.get(), ld_, k_, a.data(), z.data(), n_, many);
    for (int64_t i = 0; i < many; i++) {
      const Placed<T> got({z.begin() + i * n_, z.begin() + (i + 1) * n_}, 0);
      expect_updated(got, x_, i % 2 ? g_ : f_, "update_many ");
    }
    all.insert(all.end(), z.begin(), z.end());
    return all;
  }

 private:
  const B *column(int64_t c) const { return values_.data() + c * ld_; }
  std::vector<T> expect_updated(const Placed<T> &got, const std::vector<T> &x,
                                const std::vector<S> &f, const char *name) const {
    const std::vector<T> all = got.read();
    for (int64_t i = 0; i < n_; i++) {
      Exact want = exact(x[i]);
      for (int64_t c = 0; c < k_; c++) want -= exact(T(f[c])) * exact(column(c)[i]);
      EXPECT_LE(std::abs(exact(all[i]) - want), double(4 * k_ + 8) * 2 * eps<T>) << name << what_;
    }
    return all;
  }

  const BasisKernels<T, B> &kernels_;
  int64_t n_, k_, ld_;
  std::vector<B> values_;
  std::vector<T> x_, y_;
  std::vector<S> f_, g_;
  Placed<B> v_;
  Placed<T> x_at_, y_at_;
  std::string what_;
};

template <class T, class B>
void check_basis(const BasisKernels<T, B> &kernels) {
  for (const int64_t n : {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 70, 512, 2048})
    for (const int64_t k : {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31}) {
      std::vector<Wide<T>> sums;
      std::vector<T> updated;
      for (const int shift : shifts) {
        BasisCheck<T, B> check(kernels, n, k, shift);
        const auto s = check.sums();
        const auto u = check.updates();
        if (shift == shifts[0]) sums = s, updated = u;
        expect_same_bits(sums, s, "sums");
        expect_same_bits(updated, u, "updates");
      }
    }
}

template <class T, class B>
void check_store(const BasisKernels<T, B> &kernels) {
  const Wide<T> a = scalar<Wide<T>>(0.7, -0.3);
  for (const int64_t n : lengths())
    for (const int shift : shifts) {
      const auto x = numbers<T>(n, 11);
      Placed<T> from(x, shift);
      Placed<B> to(std::vector<B>(size_t(n)), shift);
      kernels.store(n, a, from.get(), to.get());
      const std::vector<B> got = to.read();
      for (int64_t i = 0; i < n; i++)
        EXPECT_LE(std::abs(exact(got[i]) - exact(T(a)) * exact(x[i])), 4 * eps<B>) << n;
    }
}

TEST_P(VectorKernelsAt, BasisProductsAreThoseOfLongDouble) {
  check_basis(vectors<float>().basis);
  check_basis(vectors<double>().basis);
  check_basis(vectors<Complex<float>>().basis);
  check_basis(vectors<Complex<double>>().basis);
  check_basis(kernels().f64_in_f32);
  check_basis(kernels().c128_in_c64);
}
TEST_P(VectorKernelsAt, StoredVectorsAreScaled) {
  check_store(vectors<float>().basis);
  check_store(vectors<double>().basis);
  check_store(vectors<Complex<float>>().basis);
  check_store(vectors<Complex<double>>().basis);
  check_store(kernels().f64_in_f32);
  check_store(kernels().c128_in_c64);
}

INSTANTIATE_TEST_SUITE_P(Levels, VectorKernelsAt,
                         testing::ValuesIn(isa::supported().begin(), isa::supported().end()),
                         [](const auto &level) { return isa::name(level.param); });

}  // namespace
}  // namespace windlass::sparse
