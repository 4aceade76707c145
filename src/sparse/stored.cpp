#include "stored.hpp"

#include "kernels.hpp"
#include "structure.hpp"

namespace windlass::sparse {
namespace {

template <class T, class I>
class Blocks final : public Linear {
 public:
  Blocks(int64_t columns, int64_t height, int64_t width, Kept<I> pointer, Kept<I> index,
         Kept<T> value)
      : Linear((pointer.size() - 1) * height, columns, dtype_of<T>()),
        height_(height),
        width_(width),
        pointer_(std::move(pointer)),
        index_(std::move(index)),
        value_(std::move(value)) {}

  void prepare(Mode m) const override {
    if (is_transposed(m))
      turned_.make(block_rows(), columns() / width_, pointer_.get(), index_.get());
  }
  bool by_rows(Mode) const noexcept override { return true; }
  void rows(Mode m, int64_t first, int64_t last, const void *x, void *y) const noexcept override {
    BlockRows<T, I> a = {view(m), height_, width_, width_, 1};
    if (is_transposed(m)) a = {a.blocks, width_, height_, 1, width_};
    spmv<T>().template indexed<I>().blocks(a, first, last, is_conjugated(m),
                                           static_cast<const T *>(x), static_cast<T *>(y));
  }
  int64_t cost_below(Mode m, int64_t row) const noexcept override {
    const int64_t size = is_transposed(m) ? width_ : height_;
    return int64_t(view(m).pointer[row / size]) * height_ * width_ + row;
  }
  int64_t bytes(Mode m) const noexcept override {
    const int64_t structure = index_.size() * (is_transposed(m) ? 2 : 1) + pointer_.size();
    return entries() * int64_t(sizeof(T)) + structure * int64_t(sizeof(I));
  }
  int64_t entries() const noexcept override { return value_.size(); }
  int64_t memory() const noexcept override {
    return pointer_.memory() + index_.memory() + value_.memory() + turned_.memory();
  }
  void count_entries(Mode m, int64_t *count) const noexcept override {
    each_entry(
        [&](int64_t row, int64_t column, int64_t) { count[is_transposed(m) ? column : row]++; });
  }
  void place_entries(Mode m, Complex<double> scale, const Placing &to) const noexcept override {
    const Scaling<T> scaled(scale, is_conjugated(m));
    each_entry([&](int64_t row, int64_t column, int64_t k) {
      if (is_transposed(m)) std::swap(row, column);
      const int64_t place = to.next[row]++;
      to.index[place] = int32_t(column);
      static_cast<T *>(to.value)[place] = scaled(value_[k]);
    });
  }

 private:
  int64_t block_rows() const noexcept { return pointer_.size() - 1; }
  CompressedRows<T, I> view(Mode m) const noexcept {
    if (is_transposed(m)) return turned_.view(value_.get());
    return {pointer_.get(), index_.get(), value_.get()};
  }
  template <class Body>
  void each_entry(Body body) const noexcept {
    for (int64_t b = 0; b < block_rows(); b++)
      for (int64_t k = pointer_[b]; k < pointer_[b + 1]; k++)
        for (int64_t i = 0; i < height_; i++)
          for (int64_t j = 0; j < width_; j++)
            body(b * height_ + i, int64_t(index_[k]) * width_ + j, (k * height_ + i) * width_ + j);
  }

  int64_t height_, width_;
  Kept<I> pointer_, index_;
  Kept<T> value_;
  Turned<I> turned_;
};

template <class T>
class Dense final : public Linear {
 public:
  explicit Dense(const wdl_array &a)
      : Linear(a.shape[0], a.shape[1], a.dtype),
        by_columns_(packed(a, 0)),
        kept_(by_columns_ || packed(a, 1) ? Kept<T>() : Kept<T>(a, a.dtype)) {
    data_ = kept_.memory() ? kept_.get() : static_cast<const T *>(a.data);
    const int64_t step = kept_.memory() ? columns() * size : a.stride[by_columns_ ? 1 : 0];
    ld_ = step / size;
  }

  bool by_rows(Mode) const noexcept override { return true; }
  void rows(Mode m, int64_t first, int64_t last, const void *x, void *y) const noexcept override {
    const auto &kernels = spmv<T>();
    const auto multiply =
        is_transposed(m) == by_columns_ ? kernels.dense_rows : kernels.dense_columns;
    multiply(data_, ld_, length_in(m), first, last, is_conjugated(m), static_cast<const T *>(x),
             static_cast<T *>(y));
  }
  int64_t cost_below(Mode m, int64_t row) const noexcept override {
    return row * (length_in(m) + 1);
  }
  int64_t bytes(Mode) const noexcept override { return entries() * size; }
  int64_t entries() const noexcept override { return Linear::rows() * columns(); }
  int64_t memory() const noexcept override { return kept_.memory(); }
  void count_entries(Mode m, int64_t *count) const noexcept override {
    for (int64_t i = 0; i < length_out(m); i++) count[i] += length_in(m);
  }
  void place_entries(Mode m, Complex<double> scale, const Placing &to) const noexcept override {
    const Scaling<T> scaled(scale, is_conjugated(m));
    for (int64_t i = 0; i < length_out(m); i++)
      for (int64_t j = 0; j < length_in(m); j++) {
        const int64_t place = to.next[i]++;
        to.index[place] = int32_t(j);
        const bool along = is_transposed(m) == by_columns_;  // rows lie ld apart
        static_cast<T *>(to.value)[place] = scaled(data_[along ? i * ld_ + j : j * ld_ + i]);
      }
  }

 private:
  static constexpr int64_t size = sizeof(T);
  // Whether the entries along an axis are contiguous and the others whole scalars apart.
  static bool packed(const wdl_array &a, int axis) noexcept {
    return (a.shape[axis] < 2 || a.stride[axis] == size) && a.stride[1 - axis] % size == 0 &&
           reinterpret_cast<uintptr_t>(a.data) % alignof(T) == 0;
  }
  bool by_columns_;
  Kept<T> kept_;  // empty where the caller's memory serves
  const T *data_;
  int64_t ld_;
};

template <class T>
class Diagonal final : public Linear {
 public:
  explicit Diagonal(const wdl_array &a) : Linear(a.shape[0], a.shape[0], a.dtype), d_(a, a.dtype) {}

  bool by_rows(Mode) const noexcept override { return true; }
  void rows(Mode m, int64_t first, int64_t last, const void *x, void *y) const noexcept override {
    const T *in = static_cast<const T *>(x), *d = d_.get();
    T *out = static_cast<T *>(y);
    if (is_complex<T> && is_conjugated(m))
      for (int64_t i = first; i < last; i++) out[i] = conj(d[i]) * in[i];
    else
      vectors<T>().multiply(last - first, d + first, in + first, out + first);
  }
  int64_t bytes(Mode) const noexcept override { return d_.size() * int64_t(sizeof(T)); }
  int64_t entries() const noexcept override { return d_.size(); }
  int64_t memory() const noexcept override { return d_.memory(); }
  void count_entries(Mode, int64_t *count) const noexcept override {
    for (int64_t i = 0; i < d_.size(); i++) count[i]++;
  }
  void place_entries(Mode m, Complex<double> scale, const Placing &to) const noexcept override {
    const Scaling<T> scaled(scale, is_conjugated(m));
    for (int64_t i = 0; i < d_.size(); i++) {
      const int64_t place = to.next[i]++;
      to.index[place] = int32_t(i);
      static_cast<T *>(to.value)[place] = scaled(d_[i]);
    }
  }

 private:
  Kept<T> d_;
};

template <class I>
std::unique_ptr<const Linear> blocks_of(Run &run, int64_t columns, const CompressedArrays &from,
                                        int32_t index_dtype) {
  const int64_t height = from.value->shape[1], width = from.value->shape[2];
  Kept<I> pointer(*from.pointer, index_dtype), index(*from.index, index_dtype);
  check_structure(run, from, columns / width, pointer, index);
  return visit_scalar(from.value->dtype, [&]<class T>() -> std::unique_ptr<const Linear> {
    return std::make_unique<Blocks<T, I>>(columns, height, width, std::move(pointer),
                                          std::move(index),
                                          Kept<T>(*from.value, from.value->dtype));
  });
}

}  // namespace

std::unique_ptr<const Linear> make_blocks(Run &run, int64_t columns, const CompressedArrays &from) {
  if (from.pointer->dtype == WDL_I32 && from.index->dtype == WDL_I32)
    return blocks_of<int32_t>(run, columns, from, WDL_I32);
  return blocks_of<int64_t>(run, columns, from, WDL_I64);
}

std::unique_ptr<const Linear> make_dense(const wdl_array &values) {
  return visit_scalar(values.dtype, [&]<class T>() -> std::unique_ptr<const Linear> {
    return std::make_unique<Dense<T>>(values);
  });
}

std::unique_ptr<const Linear> make_diagonal(const wdl_array &values) {
  return visit_scalar(values.dtype, [&]<class T>() -> std::unique_ptr<const Linear> {
    return std::make_unique<Diagonal<T>>(values);
  });
}

}  // namespace windlass::sparse
