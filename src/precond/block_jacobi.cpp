// Block Jacobi: z = B^-1 r, B the square blocks along the diagonal of A, whose inverses are stored.
// k scalars a row beside r, 2 k flops, where blocks have k rows.
#include <algorithm>

#include "core/aligned.hpp"
#include "core/parallel.hpp"
#include "core/samples.hpp"
#include "kernels.hpp"
#include "names.hpp"
#include "pivots.hpp"
#include "preconditioner.hpp"

namespace windlass::precond {
namespace {

using sparse::Mode;

constexpr int64_t most_rows = 2048;  // of a block: a step of its inversion takes some 5 ms

struct BlockJacobi : Preconditioner {
  BlockJacobi() : Preconditioner(block_jacobi_kind) {}
  int64_t block_size = 4;
  OwnedArray partition;

  void make(Run &, const Source &) override;
  std::vector<int64_t> borders(int64_t n) const;
};

template <class T>
class BlockDiagonal final : public sparse::Linear {
 public:
  BlockDiagonal(std::vector<int64_t> &&border, std::vector<int64_t> &&begin, Aligned<T> &&inverse)
      : Linear(border.back(), border.back(), dtype_of<T>()),
        border_(std::move(border)),
        begin_(std::move(begin)),
        inverse_(std::move(inverse)) {}

  bool by_rows(Mode) const noexcept override { return true; }
  void rows(Mode mode, int64_t first, int64_t last, const void *x,
            void *y) const noexcept override {
    if (first >= last) return;
    size_t b =
        size_t(std::upper_bound(border_.begin(), border_.end(), first) - border_.begin()) - 1;
    for (; b + 1 < border_.size() && border_[b] < last; b++) {
      const int64_t at = border_[b], k = border_[b + 1] - at;
      blocks<T>().multiply(k, std::max(first - at, int64_t(0)), std::min(last - at, k),
                           inverse_.get() + begin_[b], sparse::is_transposed(mode),
                           sparse::is_conjugated(mode), static_cast<const T *>(x) + at,
                           static_cast<T *>(y) + at);
    }
  }
  int64_t cost_below(Mode, int64_t row) const noexcept override {
    if (border_.size() == 1) return 0;  // no rows
    const size_t b =
        size_t(std::upper_bound(border_.begin(), border_.end() - 1, row) - border_.begin()) - 1;
    const int64_t k = b + 1 < border_.size() ? border_[b + 1] - border_[b] : 0;
    return begin_[b] + (row - border_[b]) * k;
  }
  int64_t bytes(Mode) const noexcept override { return inverse_.bytes(); }
  int64_t memory() const noexcept override {
    return inverse_.bytes() + int64_t((border_.size() + begin_.size()) * sizeof(int64_t));
  }

 private:
  std::vector<int64_t> border_,
      begin_;  // of blocks: their first rows, and where their inverses are
  Aligned<T> inverse_;
};

// A dense block and its inverse by Gauss and Jordan, with rows exchanged for the largest pivot.
template <class T>
struct Block {
  int64_t k;
  std::vector<Wide<T>> a, inverse;
  double size = 0;

  Block(const sparse::Rows<T> &rows, int64_t first, int64_t last)
      : k(last - first), a(size_t(k * k)), inverse(size_t(k * k)) {
    for (int64_t i = 0; i < k; i++) {
      inverse[size_t(i * k + i)] = Wide<T>(1);
      for (int64_t e = rows.pointer[size_t(first + i)]; e < rows.pointer[size_t(first + i) + 1];
           e++) {
        const int64_t column = rows.index[size_t(e)];
        const Wide<T> v(rows.value[size_t(e)]);
        check_finite(double(magnitude(v)), first + i, column);
        if (column < first || column >= last) continue;
        a[size_t(i * k + column - first)] = v;
        size = std::max(size, double(magnitude(v)));
      }
    }
    if (!(size > smallest<T>)) size = 1;
  }

  void invert(Run &run, int64_t first, Pivots &changed) {
    for (int64_t j = 0; j < k; j++) {
      if (run.stop_requested()) throw_cancelled(run);
      int64_t best = j;
      for (int64_t i = j + 1; i < k; i++)
        if (magnitude(a[size_t(i * k + j)]) > magnitude(a[size_t(best * k + j)])) best = i;
      if (best != j) {
        std::swap_ranges(&a[size_t(j * k)], &a[size_t(j * k)] + k, &a[size_t(best * k)]);
        std::swap_ranges(&inverse[size_t(j * k)], &inverse[size_t(j * k)] + k,
                         &inverse[size_t(best * k)]);
      }
      if (mend<T>(a[size_t(j * k + j)], size)) changed.note(first + j);
      eliminate(j);
    }
    for (const Wide<T> &v : inverse)
      if (!(magnitude(v) <= largest<T>)) return give_up(first, changed);
  }

 private:
  // The identity over the size of the block.
  void give_up(int64_t first, Pivots &changed) {
    std::fill(inverse.begin(), inverse.end(), Wide<T>{});
    for (int64_t i = 0; i < k; i++) inverse[size_t(i * k + i)] = Wide<T>(1 / size);
    changed.note(first);
  }
  void eliminate(int64_t j) {
    const Wide<T> pivot = a[size_t(j * k + j)];
    for (int64_t c = 0; c < k; c++) {
      a[size_t(j * k + c)] = a[size_t(j * k + c)] / pivot;
      inverse[size_t(j * k + c)] = inverse[size_t(j * k + c)] / pivot;
    }
    for (int64_t i = 0; i < k; i++) {
      const Wide<T> l = a[size_t(i * k + j)];
      if (i == j || l == Wide<T>{}) continue;
      for (int64_t c = 0; c < k; c++) {
        a[size_t(i * k + c)] -= l * a[size_t(j * k + c)];
        inverse[size_t(i * k + c)] -= l * inverse[size_t(j * k + c)];
      }
    }
  }
};

std::vector<int64_t> BlockJacobi::borders(int64_t n) const {
  std::vector<int64_t> border;
  if (!partition) {
    for (int64_t row = 0; row < n; row += block_size) border.push_back(row);
    border.push_back(n);
    return border;
  }
  const Vector given = vector(partition.view());
  for (int64_t i = 0; i < given.size; i++) {
    border.push_back(given.get<int64_t>(i));
    if (i ? border[size_t(i)] <= border[size_t(i) - 1] : border[0] != 0)
      throw Error(WDL_BAD_ARGUMENT, 1,
                  "partition has " + std::to_string(border.back()) + " as entry " +
                      std::to_string(i) + ", expected " +
                      (i ? "more than the one before" : "0 as the first"));
    if (i && border[size_t(i)] - border[size_t(i) - 1] > most_rows)
      throw Error(WDL_BAD_ARGUMENT, 1,
                  "partition has a block of more than " + std::to_string(most_rows) + " rows");
  }
  if (border.empty() || border.back() != n)
    throw Error(WDL_BAD_ARGUMENT, 1,
                "partition ends with " +
                    (border.empty() ? "nothing" : std::to_string(border.back())) + ", expected " +
                    std::to_string(n) + ", the matrix's rows");
  return border;
}

template <class T>
std::unique_ptr<const sparse::Linear> invert_blocks(Run &run, const sparse::Rows<T> &a,
                                                    std::vector<int64_t> &&border,
                                                    Pivots &changed) {
  const int64_t count = int64_t(border.size()) - 1;
  std::vector<int64_t> begin{0};
  for (int64_t b = 0; b < count; b++) {
    const int64_t k = border[size_t(b) + 1] - border[size_t(b)];
    int64_t entries = 0;
    if (__builtin_mul_overflow(k, k, &entries) ||
        __builtin_add_overflow(entries, begin.back(), &entries))
      throw std::bad_alloc();
    begin.push_back(entries);
  }
  Aligned<T> inverse(begin.back());
  constexpr int64_t blocks_of_task = 256;
  const int64_t tasks = (count + blocks_of_task - 1) / blocks_of_task;
  std::vector<Pivots> found(static_cast<size_t>(tasks));
  parallel_for(run, tasks, [&](int64_t task, int) {
    const int64_t last = std::min(count, (task + 1) * blocks_of_task);
    for (int64_t b = task * blocks_of_task; b < last; b++) {
      Block<T> block(a, border[size_t(b)], border[size_t(b) + 1]);
      block.invert(run, border[size_t(b)], found[size_t(task)]);
      for (size_t i = 0; i < block.inverse.size(); i++)
        inverse[begin[size_t(b)] + int64_t(i)] = T(block.inverse[i]);
    }
  });
  for (const Pivots &one : found) changed.add(one);
  return std::make_unique<BlockDiagonal<T>>(std::move(border), std::move(begin),
                                            std::move(inverse));
}

void BlockJacobi::make(Run &run, const Source &a) {
  visit_scalar(a.linear.dtype(), [&]<class T>() {
    Pivots changed;
    std::vector<int64_t> border = borders(a.linear.rows());
    int64_t stored = 0;
    for (size_t b = 1; b < border.size(); b++)
      stored += (border[b] - border[b - 1]) * (border[b] - border[b - 1]);
    auto made = invert_blocks(run, sparse::rows_of<T>(run, a.linear), std::move(border), changed);
    take(std::move(made), stored, changed);
  });
}

constexpr std::array settings{
    Property{
        int_info("block_size", "Rows of a block; the last has what is left.", "4", 1, most_rows),
        field<&BlockJacobi::block_size>},
    Property{array_info("partition",
                        "First rows of the blocks, rising from 0, and the number of rows last; "
                        "instead of block_size.",
                        WDL_I64, 1, 0, most),
             field<&BlockJacobi::partition>},
};
constexpr auto properties = joined(settings, all_results, pivot_results);

}  // namespace

constinit const Kind block_jacobi_kind("block_jacobi", properties, make_object<BlockJacobi>,
                                       destroy_object<BlockJacobi>, nullptr);

}  // namespace windlass::precond
