// Compressed rows of the caller's arrays.
#include "structure.hpp"

namespace windlass::sparse {

void refuse_entry(int32_t argument, const char *name, int64_t place, int64_t came,
                  const std::string &expected) {
  throw Error(WDL_BAD_DATA, argument,
              std::string(name) + " has " + std::to_string(came) + " as entry " +
                  std::to_string(place) + ", expected " + expected,
              place);
}

namespace {

template <class I>
std::unique_ptr<const Linear> compressed(Run &run, int64_t columns, const CompressedArrays &from,
                                         int32_t index_dtype) {
  Kept<I> pointer(*from.pointer, index_dtype), index(*from.index, index_dtype);
  check_structure(run, from, columns, pointer, index);
  return visit_scalar(from.value->dtype, [&]<class T>() -> std::unique_ptr<const Linear> {
    return std::make_unique<Compressed<T, I>>(columns, std::move(pointer), std::move(index),
                                              Kept<T>(*from.value, from.value->dtype));
  });
}

// Deals the entries out to their rows, in the order in which they come.
template <class I>
std::unique_ptr<const Linear> dealt(int64_t rows, int64_t columns, const Coordinates &from,
                                    const Kept<int64_t> &row, const Kept<int64_t> &column) {
  const int64_t entries = row.size();
  Aligned<I> pointer(rows + 1), index(entries);
  for (int64_t k = 0; k < entries; k++) pointer[row[k] + 1]++;
  for (int64_t i = 0; i < rows; i++) pointer[i + 1] += pointer[i];
  return visit_scalar(from.value->dtype, [&]<class T>() -> std::unique_ptr<const Linear> {
    Aligned<T> value(entries);
    const Vector given = vector(*from.value);
    for (int64_t k = 0; k < entries; k++) {
      const I place = pointer[row[k]]++;
      index[place] = I(column[k]);
      value[place] = given.get<T>(k);
    }
    for (int64_t i = rows; i > 0; i--) pointer[i] = pointer[i - 1];
    pointer[0] = 0;
    return std::make_unique<Compressed<T, I>>(columns, Kept<I>(std::move(pointer)),
                                              Kept<I>(std::move(index)), Kept<T>(std::move(value)));
  });
}

}  // namespace

std::unique_ptr<const Linear> make_compressed(Run &run, int64_t columns,
                                              const CompressedArrays &from) {
  if (from.pointer->dtype == WDL_I32 && from.index->dtype == WDL_I32)
    return compressed<int32_t>(run, columns, from, WDL_I32);
  return compressed<int64_t>(run, columns, from, WDL_I64);
}

std::unique_ptr<const Linear> make_of_coordinates(Run &run, int64_t rows, int64_t columns,
                                                  const Coordinates &from) {
  const Kept<int64_t> row(*from.row, WDL_I64), column(*from.column, WDL_I64);
  check_indices(run, row, rows, from.row_argument, "row", "rows");
  check_indices(run, column, columns, from.column_argument, "column", "columns");
  if (row.size() <= INT32_MAX && columns <= INT32_MAX && rows <= INT32_MAX)
    return dealt<int32_t>(rows, columns, from, row, column);
  return dealt<int64_t>(rows, columns, from, row, column);
}

}  // namespace windlass::sparse
