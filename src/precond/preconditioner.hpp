// What all preconditioners have: a set-up from a matrix, M as a Linear (z = M r, an approximation
// of A^-1 r), and results. A kind a preconditioner; those that stand in names.hpp are found by
// name.
#pragma once
#include <array>
#include <memory>

#include "core/handles.hpp"
#include "core/run.hpp"
#include "sparse/linear.hpp"
#include "strips.hpp"

namespace windlass::precond {

// The matrix, and the object that it belongs to, for those who keep it.
struct Source {
  const sparse::Linear &linear;
  const Borrow &object;
};

struct Preconditioner : Object {
  explicit Preconditioner(const Kind &kind) : Object(kind) {}
  virtual ~Preconditioner() = default;

  // Results.
  std::unique_ptr<const sparse::Linear> linear;  // nullptr before the first set-up
  int64_t rows = 0, entries = 0, pivots = 0, first_pivot = -1;
  int32_t dtype = 0;  // which of the choices
  double seconds = 0;

  // Makes M of a square matrix; throws, and all is as it was.
  virtual void make(Run &, const Source &) = 0;

 protected:
  void take(std::unique_ptr<const sparse::Linear> made, int64_t entries_stored,
            const Pivots &changed) noexcept;
};

// Again with the same pattern: new values, and the old analysis. Throws WDL_BAD_SHAPE,
// WDL_BAD_DATA, WDL_UNSUPPORTED, WDL_CANCELLED, std::bad_alloc; argument 2 is the matrix.
void set_up(Run &, Preconditioner &, const Source &);
// Throws WDL_NO_VALUE before a set-up.
const sparse::Linear &linear_of(const Preconditioner &, int32_t argument);

inline constexpr double most = 9007199254740992;  // 2^53
inline constexpr double infinity = __builtin_inf();

inline bool is_set_up(const Object &object) {
  return static_cast<const Preconditioner &>(object).linear != nullptr;
}
inline bool has_pivots(const Object &object) {
  return is_set_up(object) && static_cast<const Preconditioner &>(object).pivots > 0;
}

inline constexpr std::array all_results{
    Property{int_info("rows", "Length of r and z.", nullptr, 0, most, WDL_RESULT),
             field<&Preconditioner::rows>, is_set_up},
    Property{text_info("dtype", "Of the matrix, and of r and z.", nullptr, "f32|f64|c64|c128",
                       WDL_RESULT),
             field<&Preconditioner::dtype>, is_set_up},
    Property{int_info("entries", "Numbers that it stores of the matrix or its factors.", nullptr, 0,
                      most, WDL_RESULT),
             field<&Preconditioner::entries>, is_set_up},
    Property{.info = int_info("bytes", "Memory that it keeps.", nullptr, 0, most, WDL_RESULT),
             .field = field<&Preconditioner::rows>,
             .present = is_set_up,
             .count =
                 [](const Object &object) {
                   return static_cast<const Preconditioner &>(object).linear->memory();
                 }},
    Property{real_info("seconds", "Time of the last set-up.", nullptr, 0, infinity, WDL_RESULT),
             field<&Preconditioner::seconds>, is_set_up},
};
inline constexpr std::array pivot_results{
    Property{int_info("pivots", "Pivots that were zero or tiny and have been changed.", nullptr, 0,
                      most, WDL_RESULT),
             field<&Preconditioner::pivots>, is_set_up},
    Property{int_info("first_pivot", "The first row of those.", nullptr, 0, most, WDL_RESULT),
             field<&Preconditioner::first_pivot>, has_pivots},
};

// One table of several.
template <size_t... n>
constexpr auto joined(const std::array<Property, n> &...parts) {
  std::array<Property, (n + ...)> all{};
  size_t at = 0;
  const auto add = [&](const auto &part) {
    for (const Property &p : part) all[at++] = p;
  };
  (add(parts), ...);
  return all;
}

}  // namespace windlass::precond
