#include "compressed.hpp"

#include "kernels.hpp"

namespace windlass::sparse {

template <class T, class I>
void Compressed<T, I>::prepare(Mode mode) const {
  if (is_transposed(mode)) turned_.make(Linear::rows(), columns(), pointer_.get(), index_.get());
}

template <class T, class I>
CompressedRows<T, I> Compressed<T, I>::view(Mode mode) const noexcept {
  return is_transposed(mode) ? turned_.view(value_.get()) : view();
}

template <class T, class I>
void Compressed<T, I>::rows(Mode mode, int64_t first, int64_t last, const void *x,
                            void *y) const noexcept {
  spmv<T>().template indexed<I>().csr(view(mode), first, last, is_conjugated(mode),
                                      static_cast<const T *>(x), static_cast<T *>(y));
}

template <class T, class I>
void Compressed<T, I>::block(Mode mode, int64_t first, int64_t last,
                             const Block &b) const noexcept {
  const Many<T> many = {b.count, static_cast<const T *>(b.x), b.x_stride, static_cast<T *>(b.y),
                        b.y_stride};
  spmv<T>().template indexed<I>().csr_many(view(mode), first, last, is_conjugated(mode), many);
}

template <class T, class I>
int64_t Compressed<T, I>::cost_below(Mode mode, int64_t row) const noexcept {
  return int64_t(view(mode).pointer[row]) + row;
}

template <class T, class I>
int64_t Compressed<T, I>::bytes(Mode mode) const noexcept {
  const int64_t entry = int64_t(sizeof(T) + sizeof(I) * (is_transposed(mode) ? 2 : 1));
  return entries() * entry + (length_out(mode) + 1) * int64_t(sizeof(I));
}

template <class T, class I>
int64_t Compressed<T, I>::memory() const noexcept {
  return pointer_.memory() + index_.memory() + value_.memory() + turned_.memory();
}

template <class T, class I>
void Compressed<T, I>::count_entries(Mode mode, int64_t *count) const noexcept {
  if (is_transposed(mode))
    for (int64_t k = 0; k < index_.size(); k++) count[index_[k]]++;
  else
    for (int64_t row = 0; row < Linear::rows(); row++)
      count[row] += pointer_[row + 1] - pointer_[row];
}

template <class T, class I>
void Compressed<T, I>::place_entries(Mode mode, Complex<double> scale,
                                     const Placing &to) const noexcept {
  const Scaling<T> scaled(scale, is_conjugated(mode));
  const bool turned = is_transposed(mode);
  T *value = static_cast<T *>(to.value);
  for (int64_t row = 0; row < Linear::rows(); row++)
    for (I k = pointer_[row]; k < pointer_[row + 1]; k++) {
      const int64_t place = to.next[turned ? int64_t(index_[k]) : row]++;
      to.index[place] = int32_t(turned ? row : int64_t(index_[k]));
      value[place] = scaled(value_[k]);
    }
}

template class Compressed<float, int32_t>;
template class Compressed<double, int32_t>;
template class Compressed<Complex<float>, int32_t>;
template class Compressed<Complex<double>, int32_t>;
template class Compressed<float, int64_t>;
template class Compressed<double, int64_t>;
template class Compressed<Complex<float>, int64_t>;
template class Compressed<Complex<double>, int64_t>;

}  // namespace windlass::sparse
