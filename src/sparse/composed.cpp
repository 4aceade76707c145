#include "composed.hpp"

#include <algorithm>

#include "core/dtype.hpp"
#include "kernels.hpp"

namespace windlass::sparse {
namespace {

constexpr int64_t scratch_line = 64;
constexpr int64_t lines(int64_t bytes) noexcept {
  return (bytes + scratch_line - 1) / scratch_line * scratch_line;
}
char *beyond(void *scratch, int64_t bytes) noexcept {
  return static_cast<char *>(scratch) + lines(bytes);
}

// A coefficient as the mode wants it.
template <class T>
Wide<T> coefficient(Complex<double> c, Mode mode) noexcept {
  if (is_conjugated(mode)) c = conj(c);
  if constexpr (is_complex<T>)
    return c;
  else
    return c.re;
}

template <class T>
class Sum final : public Linear {
 public:
  Sum(Complex<double> alpha, const Linear &a, Complex<double> beta, const Linear &b) noexcept
      : Linear(a.rows(), a.columns(), a.dtype()), a_(a), b_(b), alpha_(alpha), beta_(beta) {
    const int64_t of_a = a.entries(), of_b = b.entries();  // once: parts may be shared by many
    entries_ = of_a < 0 || of_b < 0 ? -1 : std::min(of_a + of_b, most_entries);
  }

  bool has(Mode m) const noexcept override { return a_.has(m) && b_.has(m); }
  void prepare(Mode m) const override { a_.prepare(m), b_.prepare(m); }
  bool by_rows(Mode m) const noexcept override { return a_.by_rows(m) && b_.by_rows(m); }
  void rows(Mode m, int64_t first, int64_t last, const void *x, void *y) const noexcept override {
    constexpr int64_t panel = 256;  // rows: 4 KB of stack at most
    for (; first < last; first += panel) {
      alignas(64) T part[panel];
      const int64_t end = first + panel < last ? first + panel : last;
      a_.rows(m, first, end, x, y);
      // Rows are written at their own place: that of `first` is the panel's beginning.
      b_.rows(m, first, end, x,
              reinterpret_cast<T *>(uintptr_t(part) - uintptr_t(first) * sizeof(T)));
      join(m, end - first, part, static_cast<T *>(y) + first);
    }
  }
  int64_t cost_below(Mode m, int64_t row) const noexcept override {
    return a_.cost_below(m, row) + b_.cost_below(m, row);
  }
  int32_t whole(Team::Member &member, Mode m, const void *x, void *y,
                void *scratch) const noexcept override {
    if (by_rows(m)) return Linear::whole(member, m, x, y, scratch);
    T *part = static_cast<T *>(scratch);
    char *of_a = beyond(scratch, vector_bytes(m)), *of_b = beyond(of_a, a_.scratch_bytes(m));
    if (const int32_t failed = a_.whole(member, m, x, y, of_a)) return failed;
    if (const int32_t failed = b_.whole(member, m, x, part, of_b)) return failed;
    const int64_t n = length_out(m), first = member.begin(n), last = member.end(n);
    join(m, last - first, part + first, static_cast<T *>(y) + first);
    member.meet();
    return 0;
  }
  int64_t scratch_bytes(Mode m) const noexcept override {
    if (by_rows(m)) return 0;
    return lines(vector_bytes(m)) + lines(a_.scratch_bytes(m)) + lines(b_.scratch_bytes(m));
  }
  int64_t bytes(Mode m) const noexcept override { return a_.bytes(m) + b_.bytes(m); }
  int64_t entries() const noexcept override { return entries_; }
  void count_entries(Mode m, int64_t *count) const noexcept override {
    a_.count_entries(m, count);
    b_.count_entries(m, count);
  }
  void place_entries(Mode m, Complex<double> scale, const Placing &to) const noexcept override {
    const bool conjugated = is_conjugated(m);
    a_.place_entries(m, scale * (conjugated ? conj(alpha_) : alpha_), to);
    b_.place_entries(m, scale * (conjugated ? conj(beta_) : beta_), to);
  }

 private:
  int64_t vector_bytes(Mode m) const noexcept { return length_out(m) * int64_t(sizeof(T)); }
  // y <- alpha y + beta part
  void join(Mode m, int64_t n, const T *part, T *y) const noexcept {
    vectors<T>().axpby(n, coefficient<T>(beta_, m), part, coefficient<T>(alpha_, m), y);
  }
  static constexpr int64_t most_entries = int64_t(1) << 53;
  const Linear &a_, &b_;
  Complex<double> alpha_, beta_;
  int64_t entries_;
};

class Product final : public Linear {
 public:
  Product(const Linear &a, const Linear &b) noexcept
      : Linear(a.rows(), b.columns(), a.dtype()), a_(a), b_(b) {}

  bool has(Mode m) const noexcept override { return a_.has(m) && b_.has(m); }
  void prepare(Mode m) const override { a_.prepare(m), b_.prepare(m); }
  int32_t whole(Team::Member &member, Mode m, const void *x, void *y,
                void *scratch) const noexcept override {
    const Linear &first = before(m), &second = after(m);
    char *of_first = beyond(scratch, between(m));
    char *of_second = beyond(of_first, first.scratch_bytes(m));
    if (const int32_t failed = first.whole(member, m, x, scratch, of_first)) return failed;
    return second.whole(member, m, scratch, y, of_second);
  }
  int64_t scratch_bytes(Mode m) const noexcept override {
    return lines(between(m)) + lines(a_.scratch_bytes(m)) + lines(b_.scratch_bytes(m));
  }
  int64_t bytes(Mode m) const noexcept override {
    return a_.bytes(m) + b_.bytes(m) + 2 * between(m);
  }

 private:
  const Linear &before(Mode m) const noexcept { return is_transposed(m) ? a_ : b_; }
  const Linear &after(Mode m) const noexcept { return is_transposed(m) ? b_ : a_; }
  int64_t between(Mode m) const noexcept {
    return before(m).length_out(m) * find_dtype(dtype())->size;
  }
  const Linear &a_, &b_;
};

template <class T>
class Shifted final : public Linear {
 public:
  Shifted(const Linear &a, Complex<double> sigma) noexcept
      : Linear(a.rows(), a.columns(), a.dtype()), a_(a), sigma_(sigma) {}

  bool has(Mode m) const noexcept override { return a_.has(m); }
  void prepare(Mode m) const override { a_.prepare(m); }
  bool by_rows(Mode m) const noexcept override { return a_.by_rows(m); }
  void rows(Mode m, int64_t first, int64_t last, const void *x, void *y) const noexcept override {
    a_.rows(m, first, last, x, y);
    add(m, first, last, x, y);
  }
  int64_t cost_below(Mode m, int64_t row) const noexcept override { return a_.cost_below(m, row); }
  int32_t whole(Team::Member &member, Mode m, const void *x, void *y,
                void *scratch) const noexcept override {
    if (by_rows(m)) return Linear::whole(member, m, x, y, scratch);
    if (const int32_t failed = a_.whole(member, m, x, y, scratch)) return failed;
    add(m, member.begin(columns()), member.end(columns()), x, y);
    member.meet();
    return 0;
  }
  int64_t scratch_bytes(Mode m) const noexcept override { return a_.scratch_bytes(m); }
  int64_t bytes(Mode m) const noexcept override { return a_.bytes(m); }
  int64_t entries() const noexcept override {
    return a_.entries() < 0 ? -1 : a_.entries() + columns();
  }
  void count_entries(Mode m, int64_t *count) const noexcept override {
    a_.count_entries(m, count);
    for (int64_t i = 0; i < columns(); i++) count[i]++;
  }
  void place_entries(Mode m, Complex<double> scale, const Placing &to) const noexcept override {
    a_.place_entries(m, scale, to);
    const Scaling<T> scaled(scale * (is_conjugated(m) ? conj(sigma_) : sigma_), false);
    for (int64_t i = 0; i < columns(); i++) {
      const int64_t place = to.next[i]++;
      to.index[place] = int32_t(i);
      static_cast<T *>(to.value)[place] = scaled(T(1));
    }
  }

 private:
  void add(Mode m, int64_t first, int64_t last, const void *x, void *y) const noexcept {
    vectors<T>().axpy(last - first, coefficient<T>(sigma_, m), static_cast<const T *>(x) + first,
                      static_cast<T *>(y) + first);
  }
  const Linear &a_;
  Complex<double> sigma_;
};

}  // namespace

std::unique_ptr<const Linear> sum_of(Complex<double> alpha, const Linear &a, Complex<double> beta,
                                     const Linear &b) {
  return visit_scalar(a.dtype(), [&]<class T>() -> std::unique_ptr<const Linear> {
    return std::make_unique<Sum<T>>(alpha, a, beta, b);
  });
}

std::unique_ptr<const Linear> product_of(const Linear &a, const Linear &b) {
  return std::make_unique<Product>(a, b);
}

std::unique_ptr<const Linear> shifted(const Linear &a, Complex<double> sigma) {
  return visit_scalar(a.dtype(), [&]<class T>() -> std::unique_ptr<const Linear> {
    return std::make_unique<Shifted<T>>(a, sigma);
  });
}

}  // namespace windlass::sparse
