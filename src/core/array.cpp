#include "array.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "digits.hpp"

namespace windlass {
namespace {

bool multiply(int64_t a, int64_t b, int64_t &out) noexcept {
  return !__builtin_mul_overflow(a, b, &out);
}

struct Span {                   // the bytes an array reaches, as offsets from data
  int64_t first = 0, last = 0;  // last: one past
};

// False where an offset or an address would overflow.
bool reach(const wdl_array &a, int64_t item, Span &out) noexcept {
  Span s{0, item};
  for (int i = 0; i < a.ndim; i++) {
    if (a.shape[i] == 0) return out = {0, 0}, true;
    int64_t step;
    if (!multiply(a.shape[i] - 1, a.stride[i], step)) return false;
    if (__builtin_add_overflow(step < 0 ? s.first : s.last, step, step < 0 ? &s.first : &s.last))
      return false;
  }
  if (s.first < -most_bytes || s.last > most_bytes) return false;
  const auto base = reinterpret_cast<uintptr_t>(a.data);
  if (uint64_t(-s.first) > base || uint64_t(s.last) > UINTPTR_MAX - base) return false;
  out = s;
  return true;
}

// An array as runs of bytes: the axes that lie close together make the run, the others' strides
// have `step` as common divisor (0: one run).
struct Runs {
  int64_t run, step = 0;

  explicit Runs(const wdl_array &a) noexcept : run(find_dtype(a.dtype)->size) {
    bool used[8] = {};
    for (int i = 0; i < a.ndim;) {  // from the front again after each axis that joins the run
      const bool joins = !used[i] && std::abs(a.stride[i]) == run && a.shape[i] > 1;
      if (joins) used[i] = true, run *= a.shape[i];
      i = joins ? 0 : i + 1;
    }
    for (int i = 0; i < a.ndim; i++)
      if (!used[i] && a.shape[i] > 1) step = std::gcd(step, a.stride[i]);
  }
};

// Whether two arrays may share a byte. Exact for disjoint ranges and for interleaved ones (blocks
// of columns of one matrix); otherwise it errs towards yes.
bool may_overlap(const wdl_array &a, const wdl_array &b) noexcept {
  Span sa, sb;
  if (!reach(a, find_dtype(a.dtype)->size, sa) || !reach(b, find_dtype(b.dtype)->size, sb))
    return true;
  if (sa.first == sa.last || sb.first == sb.last) return false;
  const auto pa = reinterpret_cast<intptr_t>(a.data), pb = reinterpret_cast<intptr_t>(b.data);
  if (pa + sa.last <= pb + sb.first || pb + sb.last <= pa + sa.first) return false;
  const Runs ra(a), rb(b);
  const int64_t step = std::gcd(ra.step, rb.step);
  if (step == 0) return true;
  const int64_t distance = (pb + sb.first) - (pa + sa.first);
  const int64_t shift = (distance % step + step) % step;  // b's runs lie there, a's at 0, mod step
  return shift < ra.run || shift + rb.run > step;
}

// An output must not meet itself: sort the axes by stride, each must step over all that lie below.
bool overlaps_itself(const wdl_array &a) noexcept {
  int64_t stride[8], extent[8];
  int n = 0;
  if (element_count(a) == 0) return false;
  for (int i = 0; i < a.ndim; i++) {
    if (a.shape[i] == 1) continue;
    const int64_t step = a.stride[i] < 0 ? -a.stride[i] : a.stride[i];
    int at = n++;
    for (; at > 0 && stride[at - 1] > step; at--)
      stride[at] = stride[at - 1], extent[at] = extent[at - 1];
    stride[at] = step, extent[at] = a.shape[i];
  }
  int64_t covered = find_dtype(a.dtype)->size;
  for (int i = 0; i < n; i++) {
    if (stride[i] < covered) return true;
    covered += stride[i] * (extent[i] - 1);
  }
  return false;
}

std::string dtype_list(std::initializer_list<int32_t> dtypes) {
  std::string text;
  size_t left = dtypes.size();
  for (int32_t id : dtypes) {
    text += find_dtype(id)->name;
    if (--left) text += left == 1 ? " or " : ", ";
  }
  return text;
}

void check_kind(const wdl_array &a, int32_t argument, const char *name,
                std::initializer_list<int32_t> dtypes, int32_t ndim) {
  bool fits = dtypes.size() == 0;
  for (int32_t id : dtypes) fits |= a.dtype == id;
  if (!fits)
    throw Error(WDL_BAD_DTYPE, argument,
                std::string(name) + " has dtype " + find_dtype(a.dtype)->name + ", expected " +
                    dtype_list(dtypes));
  if (ndim != Arguments::any_rank && a.ndim != ndim)
    throw Error(WDL_BAD_SHAPE, argument,
                std::string(name) + " has shape " + shape_text(a.ndim, a.shape) + ", expected " +
                    std::to_string(ndim) + (ndim == 1 ? " dimension" : " dimensions"));
}

}  // namespace

std::string number_text(double value) { return std::string(Digits(value).text()); }

std::string shape_text(int32_t ndim, const int64_t *shape) {
  std::string text = "(";
  for (int i = 0; i < ndim; i++) {
    if (i) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + (ndim == 1 ? ",)" : ")");
}

int64_t element_count(const wdl_array &a) noexcept {
  int64_t n = 1;
  for (int i = 0; i < a.ndim; i++)
    if (a.shape[i] == 0) return 0;
  for (int i = 0; i < a.ndim; i++) n *= a.shape[i];
  return n;
}

void fill_c_strides(wdl_array &a) noexcept {
  int64_t step = find_dtype(a.dtype)->size;
  for (int i = a.ndim; i-- > 0;) {
    a.stride[i] = step;
    // One past an empty or overflowing axis no element is reached; check_array refuses the latter.
    if (a.shape[i] > 0 && !multiply(step, a.shape[i], step)) step = 0;
  }
}

void copy_elements(const wdl_array &from, const wdl_array &to) noexcept {
  int64_t count = element_count(from);
  if (count == 0) return;
  // The last axes, as many as are dense in both, go at once.
  int64_t run = find_dtype(from.dtype)->size;
  int axes = from.ndim;
  for (; axes > 0 && from.stride[axes - 1] == run && to.stride[axes - 1] == run; axes--) {
    run *= from.shape[axes - 1];
    count /= from.shape[axes - 1];
  }
  int64_t index[8] = {};
  const char *source = static_cast<const char *>(from.data);
  char *target = static_cast<char *>(to.data);
  for (int64_t i = 0; i < count; i++) {
    std::memcpy(target, source, size_t(run));
    for (int axis = axes; axis-- > 0;) {
      source += from.stride[axis], target += to.stride[axis];
      if (++index[axis] < from.shape[axis]) break;
      source -= from.stride[axis] * from.shape[axis];
      target -= to.stride[axis] * to.shape[axis];
      index[axis] = 0;
    }
  }
}

void read_reals(const wdl_array &from, int32_t argument, const char *name, double *to) {
  wdl_array target = from;
  target.data = to;
  fill_c_strides(target);
  copy_elements(from, target);
  const int64_t count = element_count(from);
  for (int64_t i = 0; i < count; i++)
    if (!std::isfinite(to[i]))
      throw Error(WDL_BAD_DATA, argument,
                  std::string(name) + " has " + number_text(to[i]) + " as entry " +
                      std::to_string(i) + ", expected finite",
                  i);
}

void check_array(const wdl_array *a, int32_t argument, const char *name) {
  const std::string who = name;
  if (!a) throw Error(WDL_BAD_ARGUMENT, argument, who + " is NULL, expected an array");
  if (a->ndim < 0 || a->ndim > 8)
    throw Error(WDL_BAD_SHAPE, argument,
                who + " has ndim " + std::to_string(a->ndim) + ", expected 0 to 8");
  const Dtype *dtype = find_dtype(a->dtype);
  if (!dtype)
    throw Error(WDL_BAD_DTYPE, argument,
                who + " has dtype " + std::to_string(a->dtype) + ", expected WDL_U8 to WDL_C128");
  if (a->flags & ~uint32_t(WDL_READ_ONLY) || a->reserved)
    throw Error(WDL_BAD_ARGUMENT, argument,
                who + " has flags " + std::to_string(a->flags) + " and reserved " +
                    std::to_string(a->reserved) + ", expected 0 or WDL_READ_ONLY, and 0");
  int64_t bytes = dtype->size;
  bool fits = true, empty = false;
  for (int i = 0; i < a->ndim; i++) {
    if (a->shape[i] < 0)
      throw Error(
          WDL_BAD_SHAPE, argument,
          who + " has shape " + shape_text(a->ndim, a->shape) + ", expected no entry below 0");
    empty |= a->shape[i] == 0;
  }
  for (int i = 0; i < a->ndim && !empty; i++) fits = fits && multiply(bytes, a->shape[i], bytes);
  Span span;
  if (!fits || !reach(*a, dtype->size, span))
    throw Error(WDL_BAD_SHAPE, argument,
                who + " has shape " + shape_text(a->ndim, a->shape) +
                    ", whose bytes and strides do not fit the address space");
  if (!a->data && !empty)
    throw Error(WDL_BAD_ARGUMENT, argument,
                who + " has data NULL and shape " + shape_text(a->ndim, a->shape));
}

void expect_shape(const wdl_array &a, int32_t argument, const char *name,
                  std::span<const int64_t> shape, const char *why) {
  bool equal = a.ndim == int32_t(shape.size());
  for (int i = 0; equal && i < a.ndim; i++) equal = a.shape[i] == shape[size_t(i)];
  if (equal) return;
  throw Error(WDL_BAD_SHAPE, argument,
              std::string(name) + " has shape " + shape_text(a.ndim, a.shape) + ", expected " +
                  shape_text(int32_t(shape.size()), shape.data()) + (*why ? " " : "") + why);
}

const wdl_array &Arguments::in(const wdl_array *a, int32_t argument, const char *name,
                               std::initializer_list<int32_t> dtypes, int32_t ndim) {
  check_array(a, argument, name);
  check_kind(*a, argument, name, dtypes, ndim);
  if (count_ == most) throw Error(WDL_INTERNAL, argument, "more arrays than a call may have");
  named_[count_++] = {a, argument, name, false};
  return *a;
}

const wdl_array &Arguments::out(const wdl_array *a, int32_t argument, const char *name,
                                std::initializer_list<int32_t> dtypes, int32_t ndim) {
  in(a, argument, name, dtypes, ndim);
  if (a->flags & WDL_READ_ONLY)
    throw Error(WDL_BAD_ARGUMENT, argument, std::string(name) + " is read-only, expected writable");
  if (overlaps_itself(*a))
    throw Error(WDL_OVERLAP, argument,
                std::string(name) + " has strides by which its elements share memory");
  named_[count_ - 1].written = true;
  return *a;
}

void Arguments::finish() const {
  for (int i = 0; i < count_; i++)
    for (int j = 0; j < count_; j++)
      if (i != j && named_[i].written && may_overlap(*named_[i].array, *named_[j].array))
        throw Error(WDL_OVERLAP, named_[i].argument,
                    std::string(named_[i].name) + " shares memory with " + named_[j].name);
}

OwnedArray::OwnedArray(const wdl_array &from)
    : dtype(from.dtype), shape(from.shape, from.shape + from.ndim), present(true) {
  const size_t bytes = size_t(element_count(from)) * size_t(find_dtype(dtype)->size);
  storage.resize((bytes + 7) / 8);
  copy_elements(from, view());
}

OwnedArray OwnedArray::of(std::initializer_list<int64_t> shape, std::vector<double> values) {
  OwnedArray a;
  a.dtype = WDL_F64;
  a.shape = shape;
  a.storage = std::move(values);
  a.present = true;
  return a;
}

wdl_array OwnedArray::view() const noexcept {
  wdl_array a{};
  a.data = const_cast<double *>(storage.data());
  a.dtype = dtype;
  a.ndim = int32_t(shape.size());
  a.flags = WDL_READ_ONLY;
  for (int i = 0; i < a.ndim; i++) a.shape[i] = shape[size_t(i)];
  fill_c_strides(a);
  return a;
}

}  // namespace windlass
