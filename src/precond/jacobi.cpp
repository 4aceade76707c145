// Jacobi: z_i = r_i / a_ii. Any rows by themselves; reads 1 scalar a row beside r.
#include "core/aligned.hpp"
#include "diagonal.hpp"
#include "names.hpp"
#include "sparse/kernels.hpp"

namespace windlass::precond {
namespace {

using sparse::Mode;

struct Jacobi : Preconditioner {
  Jacobi() : Preconditioner(jacobi_kind) {}
  void make(Run &, const Source &) override;
};

template <class T>
class Diagonal final : public sparse::Linear {
 public:
  explicit Diagonal(Aligned<T> &&inverse, Aligned<T> &&conjugate)
      : Linear(inverse.size(), inverse.size(), dtype_of<T>()),
        inverse_(std::move(inverse)),
        conjugate_(std::move(conjugate)) {}

  bool by_rows(Mode) const noexcept override { return true; }
  void rows(Mode mode, int64_t first, int64_t last, const void *x,
            void *y) const noexcept override {
    const T *d = (is_complex<T> && sparse::is_conjugated(mode) ? conjugate_ : inverse_).get();
    sparse::vectors<T>().multiply(last - first, d + first, static_cast<const T *>(x) + first,
                                  static_cast<T *>(y) + first);
  }
  int64_t bytes(Mode) const noexcept override { return inverse_.bytes(); }
  int64_t memory() const noexcept override { return inverse_.bytes() + conjugate_.bytes(); }

 private:
  Aligned<T> inverse_, conjugate_;
};

template <class T>
std::unique_ptr<const sparse::Linear> invert_diagonal(const sparse::Rows<T> &a, Pivots &changed) {
  const std::vector<Wide<T>> diagonal = mended_diagonal(a, changed);
  const int64_t n = int64_t(diagonal.size());
  Aligned<T> inverse(n), conjugate(is_complex<T> ? n : 0);
  for (int64_t i = 0; i < n; i++) {
    inverse[i] = T(Wide<T>(1) / diagonal[size_t(i)]);
    if (is_complex<T>) conjugate[i] = conj(inverse[i]);
  }
  return std::make_unique<Diagonal<T>>(std::move(inverse), std::move(conjugate));
}

void Jacobi::make(Run &run, const Source &a) {
  visit_scalar(a.linear.dtype(), [&]<class T>() {
    Pivots changed;
    auto made = invert_diagonal(sparse::rows_of<T>(run, a.linear), changed);
    take(std::move(made), a.linear.rows(), changed);
  });
}

constexpr auto properties = joined(all_results, pivot_results);

}  // namespace

constinit const Kind jacobi_kind("jacobi", properties, make_object<Jacobi>, destroy_object<Jacobi>,
                                 nullptr);

}  // namespace windlass::precond
