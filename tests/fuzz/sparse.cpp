// Compressed rows of any bytes: they are refused, or every product stays within the arrays. The
// input: format, rows, columns, then indices of four bytes each; the first rows + 1 are pointers.
#include <cmath>
#include <cstring>

#include "core/error.hpp"
#include "sparse/compressed.hpp"
#include "sparse/rows.hpp"
#include "sparse/sell.hpp"
#include "target.hpp"

using namespace windlass;

namespace {

template <class V>
wdl_array array_of(const std::vector<V> &data, int32_t dtype) {
  wdl_array a{};
  a.data = const_cast<V *>(data.data());
  a.dtype = dtype, a.ndim = 1, a.shape[0] = int64_t(data.size());
  fill_c_strides(a);
  return a;
}

void multiply(const sparse::Linear &a, sparse::Mode mode) {
  a.prepare(mode);
  const std::vector<double> x(size_t(a.length_in(mode)), 1.0);
  std::vector<double> y(size_t(a.length_out(mode)));
  a.rows(mode, 0, int64_t(y.size()), x.data(), y.data());
  double sum = 0;
  for (double one : y) sum += one;
  if (sum != double(a.entries())) __builtin_trap();  // all values are 1
}

template <class I>
void make(int64_t rows, int64_t columns, const std::vector<int32_t> &numbers, int32_t dtype) {
  const std::vector<I> pointer(numbers.begin(), numbers.begin() + rows + 1),
      index(numbers.begin() + rows + 1, numbers.end());
  const std::vector<double> value(index.size(), 1.0);
  const wdl_array p = array_of(pointer, dtype), i = array_of(index, dtype),
                  v = array_of(value, WDL_F64);
  Run run(1);
  const auto a = sparse::make_compressed(run, columns, {&p, &i, &v, 2, 3, "columns"});
  multiply(*a, sparse::Mode::plain);
  multiply(*a, sparse::Mode::transpose);
  sparse::SellCopy copy;
  const sparse::Linear *slices = nullptr;
  Team(1).run([&](Team::Member &member) { slices = copy.make(member, run, *a); });
  if (slices) multiply(*slices, sparse::Mode::plain);
  if (sparse::rows_of<double>(*a).pointer.back() > a->entries()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3) return 0;
  const int64_t rows = data[1], columns = data[2];
  std::vector<int32_t> numbers((size - 3) / 4);
  if (!numbers.empty()) std::memcpy(numbers.data(), data + 3, numbers.size() * 4);
  if (int64_t(numbers.size()) < rows + 1) return 0;
  try {
    if (data[0] & 1)
      make<int64_t>(rows, columns, numbers, WDL_I64);
    else
      make<int32_t>(rows, columns, numbers, WDL_I32);
  } catch (const Error &refused) {
    if (refused.status != WDL_BAD_DATA) throw;
  }
  return 0;
}

std::vector<std::string> seeds() {
  const auto input = [](char format, char columns, char rows, std::vector<int32_t> numbers) {
    std::string text = {format, rows, columns};
    return text.append(reinterpret_cast<const char *>(numbers.data()), numbers.size() * 4);
  };
  return {input(0, 3, 3, {0, 2, 2, 4, 0, 2, 1, 0}), input(1, 3, 3, {0, 2, 2, 4, 0, 2, 1, 0}),
          input(0, 9, 8, {0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 7}), input(1, 4, 0, {0})};
}
