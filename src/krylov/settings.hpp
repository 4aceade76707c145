// What a solve is asked for, and how one can end.
#pragma once
#include <cstdint>

namespace windlass::krylov {

enum class Side : int32_t { right = 0, left = 1 };
enum class Truncation : int32_t { oldest = 0, smallest = 1 };
enum class Orthogonalisation : int32_t { dcgs2 = 0, cgs2 = 1, mgs = 2, s_step = 3 };

// Of all methods; a method's properties are those of them that it reads.
struct Settings {
  double rtol = 1e-5, atol = 0;
  int64_t max_steps = 0;       // 0: ten times the number of unknowns
  int64_t restart = 30;        // steps of a cycle
  int64_t augment = 3;         // vectors that LGMRES and GCROT keep from cycle to cycle
  int64_t shadow = 4;          // the s of IDR(s)
  int64_t steps = 5;           // the s of s-step GMRES
  double damping = 0;          // of LSQR and LSMR
  double slope = 0;            // of these: their rtol of A^H r; 0: as that of the residual
  double condition_limit = 0;  // of these; 0: none
  int32_t calc_var = 0;        // of LSQR: variances
  Side side = Side::right;
  Orthogonalisation orthogonalisation = Orthogonalisation::dcgs2;
  int32_t single_basis = 0;  // keep the basis in float
  int32_t copy = 1;          // A, where the solve is long
  int32_t recycle = 0;  // for the next solve: 1: the vectors of LGMRES and GCROT, 2: and products
  int32_t keep_products = 0;                   // of LGMRES: A times those as well
  int32_t augment_first = 0;                   // of LGMRES: those stand before the Krylov vectors
  Truncation truncation = Truncation::oldest;  // what GCROT gives up
};

// The vectors u that LGMRES and GCROT keep, and A u, from one solve to the next: rows of as many
// doubles as a vector has reals, the oldest first.
struct Recycling {
  int64_t given = 0;  // where to begin with, no more than are kept
  const double *vectors = nullptr, *products = nullptr;      // products nullptr: not known
  double *next_vectors = nullptr, *next_products = nullptr;  // nullptr: not wanted
  int64_t next = 0;
};

// What LSQR and LSMR find out about A over damping I.
struct Estimates {
  double norm_a = 0;     // Frobenius
  double condition = 0;  // in that norm; LSMR: of singular values
  double *variances =
      nullptr;  // LSQR: the diagonal of (A^H A + damping^2 I)^-1; nullptr: not wanted
};

enum class Reason : int32_t {
  none = 0,       // going on; of a cycle: its end
  converged,      // the recomputed residual is small enough
  recurrence,     // within a method: its own norm says so
  least_squares,  // ||A^H r|| is small: x is a least-squares solution
  max_steps,
  stagnation,     // the recomputed residual no longer falls
  breakdown,      // a division by zero in the recurrence
  indefinite,     // the matrix, or the preconditioner, is not positive definite
  not_symmetric,  // nor Hermitian
  not_finite,     // NaN or infinity turned up
  cancelled,
  time_limit,
  callback,  // it answered non-zero
  operator_failed,
  sum_failed,
  elsewhere,        // another process stopped
  condition_limit,  // the estimate is above it
};

constexpr const char *reason_name(Reason reason) {
  constexpr const char *names[] = {
      "none",       "converged",      "recurrence", "least_squares",   "max_steps",
      "stagnation", "breakdown",      "indefinite", "not_symmetric",   "not_finite",
      "cancelled",  "time_limit",     "callback",   "operator_failed", "sum_failed",
      "elsewhere",  "condition_limit"};
  return names[int32_t(reason)];
}

}  // namespace windlass::krylov
