#include <algorithm>
#include <utility>

#include "scenarios.hpp"

namespace deep {
namespace {

constexpr int64_t n = World::rows;

// -1, 4, -1 on three diagonals, for threads to share.
struct Tridiagonal {
  std::vector<int32_t> pointer{0}, index;
  std::vector<double> value;

  Tridiagonal() {
    for (int64_t i = 0; i < n; i++) {
      for (int64_t j = i - 1; j <= i + 1; j++)
        if (j >= 0 && j < n) index.push_back(int32_t(j)), value.push_back(i == j ? 4 : -1);
      pointer.push_back(int32_t(index.size()));
    }
  }
};
const Tridiagonal &given() {
  static const Tridiagonal made;
  return made;
}

template <class T>
wdl_array over(const std::vector<T> &data, int32_t dtype, int64_t size, int64_t step = 1) {
  const int64_t stride = step * int64_t(sizeof(T));
  wdl_array a;
  require(wdl_array_view(0, data.data(), dtype, 1, &size, &stride, 0, &a), "view");
  return a;
}
wdl_array whole(const std::vector<int32_t> &data) {
  return over(data, WDL_I32, int64_t(data.size()));
}

void keep(World &w, wdl_status status) {
  require(status, "operator");
  w.operators.push_back(std::exchange(w.id, 0));
}
void matrix(World &w) {
  const wdl_array pointer = whole(given().pointer), index = whole(given().index),
                  value = w.vector(given().value);
  keep(w, wdl_sparse_csr(0, n, &pointer, &index, &value, nullptr, nullptr, &w.id));
}
wdl_solver solver(World &w) { return w.solvers.front(); }
void drop(std::vector<wdl_object> &objects) {
  for (wdl_object one : objects) wdl_release(one);
  objects.clear();
}
void method(World &w, const char *name) {
  drop(w.solvers), drop(w.operators);
  w.products.assign(size_t(n * World::columns), 0);
  matrix(w);
  require(wdl_krylov_create(0, name, &w.id), name);
  w.solvers.push_back(std::exchange(w.id, 0));
}
void precondition(World &w, const char *name) {
  require(wdl_precond_create(0, name, &w.id), name);
  w.solvers.push_back(std::exchange(w.id, 0));
  require(wdl_precond_setup(0, w.solvers.back(), w.operators.front()), "setup");
  require(wdl_set_object(0, solver(w), "preconditioner", w.solvers.back()), "preconditioner");
}

// y = 4 x, or a failure.
int32_t four_times(void *user, int32_t, const wdl_array *x, wdl_array *y) {
  for (int64_t i = 0; i < x->shape[0]; i++)
    static_cast<double *>(y->data)[i] = 4 * static_cast<const double *>(x->data)[i];
  return user ? 7 : 0;
}
void function(World &w, void *user) {
  method(w, "cg");
  keep(w, wdl_sparse_callback(0, n, n, WDL_F64, four_times, 0, nullptr, user, &w.id));
}

// From zero; where there is no memory x is not written.
wdl_status solve_from(World &w, const std::vector<double> &b, int64_t step) {
  const wdl_array right = over(b, WDL_F64, n, step);
  std::fill(w.products.begin(), w.products.end(), 0);
  wdl_array x = over(w.products, WDL_F64, n, step);
  const wdl_status status = wdl_krylov_solve(w.ctx, solver(w), w.operators.back(), &right, &x);
  if (status == WDL_OUT_OF_MEMORY)
    for (const double entry : w.products)
      if (entry != 0) give_up("x was written");
  return status;
}
wdl_status solve(World &w) { return solve_from(w, w.x, 1); }
std::vector<double> &large() {
  static std::vector<double> made;
  return made;
}
wdl_status solve_strided(World &w) { return solve_from(w, w.x, World::columns); }

int32_t alone(void *user, double *, int64_t) { return user ? 3 : 0; }
int32_t refuse(void *, double *values, int64_t) { return values[0] = 1, 0; }
int32_t stop(void *, const wdl_progress *now) { return now->done >= 2 ? 5 : 0; }
int32_t third(void *, const wdl_step *now) { return now->step == 3; }

// The second solve, which allocates nothing by itself: its third step's solution. Its solver, whose
// results change, is not among those that are compared.
struct Asked {
  World *world;
  wdl_status status;
};
int32_t ask(void *user, const wdl_step *now) {
  Asked &asked = *static_cast<Asked *>(user);
  if (now->step < 3) return 0;
  wdl_array out = over(asked.world->reals, WDL_F64, n, World::columns);
  asked.status = wdl_krylov_step_solution(0, now, &out);
  return 1;
}
wdl_status step_solution(World &w) {
  Asked asked = {&w, WDL_INTERNAL};
  const wdl_solver own = w.operators.front();
  require(wdl_krylov_callback(0, own, ask, &asked), "callback");
  const wdl_array right = over(w.x, WDL_F64, n);
  std::fill(w.products.begin(), w.products.end(), 0);
  wdl_array x = over(w.products, WDL_F64, n);
  wdl_krylov_solve(w.ctx, own, w.operators.back(), &right, &x);
  require(wdl_krylov_callback(0, own, nullptr, nullptr), "callback");
  return asked.status;
}
wdl_status step_of_none(World &w) {
  wdl_array out = over(w.reals, WDL_F64, n);
  const wdl_step none{};
  return wdl_krylov_step_solution(w.ctx, &none, &out);
}

template <const char *const &name>
void with(World &w) {
  method(w, name);
}
constexpr const char *bicg = "bicg", *bicgstab = "bicgstab", *cg = "cg", *cgs = "cgs",
                     *fgmres = "fgmres", *gcrotmk = "gcrotmk", *gmres = "gmres", *idrs = "idrs",
                     *lgmres = "lgmres", *lsmr = "lsmr", *lsqr = "lsqr", *minres = "minres",
                     *qmr = "qmr", *tfqmr = "tfqmr";

constexpr Scenario scenarios[] = {
    {"wdl_krylov_create", "", [](World &w) { return wdl_krylov_create(w.ctx, "gmres", &w.id); }},
    {"wdl_krylov_create", "unknown",
     [](World &w) { return wdl_krylov_create(w.ctx, "gmers", &w.id); }},
    {"wdl_krylov_create", "NULL",
     [](World &w) { return wdl_krylov_create(w.ctx, nullptr, &w.id); }},
    {"wdl_krylov_callback", "",
     [](World &w) { return wdl_krylov_callback(w.ctx, solver(w), third, &w); }, with<cg>},
    {"wdl_krylov_callback", "another kind",
     [](World &w) { return wdl_krylov_callback(w.ctx, w.fitted, third, &w); }},
    {"wdl_krylov_step_solution", "", step_solution,
     [](World &w) {
       method(w, "cg");
       solve(w);
       w.operators.insert(w.operators.begin(), w.solvers.begin(), w.solvers.end());
       w.solvers.clear();
     }},
    {"wdl_krylov_step_solution", "of no callback", step_of_none},
    {"wdl_krylov_solve", "with threads to start", solve, with<cg>, true, true},
    {"wdl_krylov_solve", "bicg", solve, with<bicg>, false, true},
    {"wdl_krylov_solve", "bicgstab", solve, with<bicgstab>, false, true},
    {"wdl_krylov_solve", "cg", solve, with<cg>, false, true},
    {"wdl_krylov_solve", "cgs", solve, with<cgs>, false, true},
    {"wdl_krylov_solve", "fgmres", solve, with<fgmres>, false, true},
    {"wdl_krylov_solve", "gcrotmk", solve, with<gcrotmk>, false, true},
    {"wdl_krylov_solve", "gmres", solve, with<gmres>, false, true},
    {"wdl_krylov_solve", "idrs", solve, with<idrs>, false, true},
    {"wdl_krylov_solve", "lgmres", solve, with<lgmres>, false, true},
    {"wdl_krylov_solve", "lsmr", solve, with<lsmr>, false, true},
    {"wdl_krylov_solve", "lsqr", solve, with<lsqr>, false, true},
    {"wdl_krylov_solve", "minres", solve, with<minres>, false, true},
    {"wdl_krylov_solve", "qmr", solve, with<qmr>, false, true},
    {"wdl_krylov_solve", "tfqmr", solve, with<tfqmr>, false, true},
    {"wdl_krylov_solve", "strided", solve_strided, with<gmres>, false, true},
    {"wdl_krylov_solve", "a second time", solve,
     [](World &w) {
       method(w, "cg");
       solve_strided(w);
     }},
    {"wdl_krylov_solve", "with a preconditioner", solve,
     [](World &w) {
       method(w, "gmres");
       precondition(w, "ilu0");
     }},
    {"wdl_krylov_solve", "with a pair of preconditioners", solve,
     [](World &w) {
       method(w, "gmres");
       precondition(w, "ilu0");
       require(wdl_set_object(0, solver(w), "left_preconditioner", w.solvers.back()), "left");
     },
     false, true},
    {"wdl_krylov_solve", "that hands its vectors on", solve,
     [](World &w) {
       method(w, "gcrotmk");
       require(wdl_set_text(0, solver(w), "recycle", "products"), "recycle");
     },
     false, true},
    {"wdl_krylov_solve", "that estimates variances", solve,
     [](World &w) {
       method(w, "lsqr");
       require(wdl_set_int(0, solver(w), "calc_var", 1), "calc_var");
     },
     false, true},
    {"wdl_krylov_solve", "in another unit", [](World &w) { return solve_from(w, large(), 1); },
     [](World &w) {
       method(w, "cg");
       large() = w.x;
       for (double &entry : large()) entry *= 1e200;
     },
     false, true},
    {"wdl_krylov_solve", "with a preconditioner that is not set up", solve,
     [](World &w) {
       method(w, "cg");
       require(wdl_precond_create(0, "jacobi", &w.id), "jacobi");
       w.solvers.push_back(std::exchange(w.id, 0));
       require(wdl_set_object(0, solver(w), "preconditioner", w.solvers.back()), "preconditioner");
     }},
    {"wdl_krylov_solve", "with a callback", solve_strided,
     [](World &w) {
       method(w, "cg");
       require(wdl_krylov_callback(0, solver(w), third, nullptr), "callback");
     },
     false, true},
    {"wdl_krylov_solve", "of a function", solve, [](World &w) { function(w, nullptr); }},
    {"wdl_krylov_solve", "of a function that fails", solve, [](World &w) { function(w, &w); }},
    {"wdl_krylov_solve", "not converged", solve,
     [](World &w) {
       method(w, "cg");
       require(wdl_set_int(0, solver(w), "max_steps", 2), "max_steps");
     }},
    {"wdl_krylov_solve", "stopped", solve,
     [](World &w) {
       method(w, "cg");
       require(wdl_context_progress(w.ctx, stop, nullptr, 0), "progress");
     }},
    {"wdl_krylov_solve", "cancelled", solve,
     [](World &w) {
       method(w, "cg");
       wdl_cancel(w.ctx, 1);
     }},
    {"wdl_krylov_solve", "one process", solve,
     [](World &w) {
       method(w, "cg");
       require(wdl_context_sum(w.ctx, alone, nullptr), "sum");
     },
     false, true},
    {"wdl_krylov_solve", "a sum that fails", solve,
     [](World &w) {
       method(w, "cg");
       require(wdl_context_sum(w.ctx, alone, &w), "sum");
     }},
    {"wdl_krylov_solve", "another process refuses", solve,
     [](World &w) {
       method(w, "cg");
       require(wdl_context_sum(w.ctx, refuse, nullptr), "sum");
     }},
    {"wdl_krylov_solve", "NaN", [](World &w) { return solve_from(w, w.nan_x, World::columns); },
     [](World &w) {
       method(w, "cg");
       w.nan_x[0] = w.nan_x[size_t(1000 * World::columns + 1)];
     }},
    {"wdl_krylov_solve", "shape",
     [](World &w) {
       const wdl_array b = over(w.x, WDL_F64, n - 1);
       wdl_array x = over(w.reals, WDL_F64, n);
       return wdl_krylov_solve(w.ctx, solver(w), w.operators.back(), &b, &x);
     },
     with<cg>},
};

}  // namespace

std::span<const Scenario> krylov_scenarios() { return scenarios; }

}  // namespace deep
