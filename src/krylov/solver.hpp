// The objects of the kinds "cg", "gmres", ...: what a solve is asked for, what it found, and the
// memory that it keeps for the next one.
#pragma once
#include <windlass/krylov.h>

#include <array>
#include <utility>

#include "core/handles.hpp"
#include "methods.hpp"

namespace windlass::krylov {

struct Solver : Object {
  Solver(const Kind &kind, const Method &of) : Object(kind), method(&of) {}

  const Method *method;
  Settings settings;
  Hold preconditioner, left_preconditioner;
  OwnedArray recycled, recycled_products;  // (k, n), complex numbers as two
  wdl_step_fn callback = nullptr;
  void *callback_user = nullptr;
  Workspace workspace;

  // Results.
  int64_t converged = 0, n_iter = 0, products = 0, preconditionings = 0, bytes = 0;
  int32_t reason = 0;  // which of the choices; none: not solved yet
  double residual_norm = 0, recurrence_norm = 0, norm_b = 0, seconds = 0;
  double norm_a = 0, condition = 0;  // of LSQR and LSMR
  OwnedArray variances;
  int32_t format = 0;  // which of the choices: what A was multiplied as
};

// What a callback is told with, and how it gets the solution of its step.
struct Telling {
  wdl_step_fn fn;
  void *user;
  int64_t length;
  int32_t dtype;
  FloatState caller;
};
struct Solution {
  void (*form)(void *method, void *x);
  void *method;
  int64_t length;
  int32_t dtype;
};
// What wdl_step::inner points to; nullptr where no such callback runs on this thread.
const Solution *solution_of(const void *inner) noexcept;

// A kind a method, in the order of their list.
extern const std::array<Kind, std::size(methods)> kinds;
inline constexpr auto all_kinds = []<size_t... i>(std::index_sequence<i...>) {
  return std::array{(kinds.data() + i)...};
}
(std::make_index_sequence<std::size(methods)>());
// nullptr: no such method.
const Kind *find_solver_kind(std::string_view method) noexcept;
// Throws WDL_BAD_HANDLE for another object.
Solver &solver_of(Object &, int32_t argument);

// The kinds that can precondition. Throws WDL_BAD_HANDLE for another.
const Linear &preconditioner_of(Object &);

// Solves A x = b from x on, and takes over what was found. b and x are contiguous, of A's dtype.
// Throws Error and std::bad_alloc before x is written; WDL_CALLBACK_FAILED when x is of no use.
// m preconditions as the settings say; left, nullptr or not, from the left. id: of A's object.
Ending solve(Run &, Solver &, const Linear &a, int64_t id, const Linear *m, const Linear *left,
             const void *b, void *x, Readiness &);

}  // namespace windlass::krylov
