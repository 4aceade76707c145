// The object of kind "operator": a Linear, what it was made of, and the memory it lies in.
#pragma once
#include <memory>
#include <vector>

#include "core/handles.hpp"
#include "linear.hpp"

namespace windlass::sparse {

extern const Kind operator_kind;

enum class Form : int32_t {
  csr,
  csc,
  coo,
  bsr,
  dense,
  diagonal,
  transpose,
  adjoint,
  sum,
  product,
  shift,
  callback
};

struct Operator : Object {
  Operator() : Object(operator_kind) {}
  Operator(Form, std::unique_ptr<const Linear>);
  ~Operator();

  int64_t rows = 0, columns = 0, entries = 0;
  int32_t form = 0, dtype = 0;  // places in the lists of the properties
  int depth = 1;                // of operators within operators
  wdl_release_fn release = nullptr;
  void *user = nullptr;
  std::vector<Hold> parts;  // they outlive linear
  std::unique_ptr<const Linear> linear;
};

// Throws WDL_BAD_HANDLE for an object of another kind.
const Linear &linear_of(const Object &, int32_t argument);

inline constexpr int most_depth = 32;  // operators within operators

// y <- A x over the caller's arrays, (n,) or (n, k), of any strides. Throws WDL_UNSUPPORTED for a
// mode that the operator has not, WDL_CALLBACK_FAILED, WDL_CANCELLED, std::bad_alloc.
void apply(Run &, const Linear &, Mode, const wdl_array &x, const wdl_array &y);

}  // namespace windlass::sparse
