#include "solver.hpp"

#include <windlass/krylov.h>

#include <string>

#include "core/array.hpp"
#include "core/error.hpp"
#include "precond/names.hpp"
#include "precond/preconditioner.hpp"
#include "sparse/operator.hpp"

namespace windlass::krylov {
namespace {

constexpr double infinity = __builtin_inf();
constexpr double most = 9007199254740992;  // 2^53

Solver &of(Object &object) noexcept { return static_cast<Solver &>(object); }
bool solved(const Object &object) {
  return static_cast<const Solver &>(object).reason != int32_t(Reason::none);
}

// The setting of a solver.
template <auto Member>
void *setting(Object &object) {
  return &(of(object).settings.*Member);
}

constexpr Property rtol = {
    real_info("rtol",
              "Converged when the residual's norm is at most rtol times that of b, or atol.",
              "1e-5", 0, infinity),
    setting<&Settings::rtol>};
constexpr Property atol = {real_info("atol", "The same, absolute.", "0", 0, infinity),
                           setting<&Settings::atol>};
constexpr Property max_steps = {
    int_info("max_steps", "Most steps; 0: ten times the unknowns.", "0", 0, 1ll << 40),
    setting<&Settings::max_steps>};
constexpr const char *preconditioners = "operator|jacobi|block_jacobi|ssor|ilu0|ilut|ic0|chebyshev";
constexpr Property preconditioner = {
    object_info("preconditioner", "M, about the inverse of A: an operator, or of precond.h.",
                preconditioners),
    field<&Solver::preconditioner>};
constexpr Property left_preconditioner = {
    object_info(
        "left_preconditioner",
        "M1 of a split pair, from the left, where the preconditioner is M2, from the right: "
        "M2 M1 is about the inverse of A.",
        preconditioners),
    field<&Solver::left_preconditioner>};
constexpr Property restart = {int_info("restart", "Steps of a cycle.", "30", 1, 1 << 20),
                              setting<&Settings::restart>};
constexpr Property augment = {
    int_info("augment", "Vectors that are kept from cycle to cycle.", "3", 0, 1 << 16),
    setting<&Settings::augment>};
constexpr Property shadow = {
    int_info("shadow", "The s of IDR(s): vectors that residuals are made orthogonal to.", "4", 1,
             64),
    setting<&Settings::shadow>};
constexpr Property damping = {
    real_info("damping", "Of the regularised problem: ||b - A x||^2 + damping^2 ||x - x0||^2.", "0",
              0, infinity),
    setting<&Settings::damping>};
constexpr Property slope = {
    real_info("slope_rtol",
              "A least-squares solution: ||A^H r|| is at most this times ||A|| ||r||; 0: rtol.",
              "0", 0, infinity),
    setting<&Settings::slope>};
constexpr Property condition_limit = {
    real_info(
        "condition_limit",
        "The solve ends where the estimate of A's condition, over damping times the identity, "
        "is above; 0: nowhere.",
        "0", 0, infinity),
    setting<&Settings::condition_limit>};
constexpr Property calc_var = {
    int_info("calc_var", "Whether the variances are estimated.", "0", 0, 1),
    setting<&Settings::calc_var>};
constexpr Property norm_a = {
    real_info("norm_a", "An estimate of A's Frobenius norm; LSQR: over damping times the identity.",
              nullptr, 0, infinity, WDL_RESULT),
    field<&Solver::norm_a>, solved};
constexpr Property condition = {
    real_info("condition", "An estimate of the condition of A over damping times the identity.",
              nullptr, 0, infinity, WDL_RESULT),
    field<&Solver::condition>, solved};
constexpr Property variances = {
    array_info("variances",
               "Estimates of the diagonal of (A^H A + damping^2 I)^-1, where calc_var is 1, (n,).",
               WDL_F64, 1, 0, infinity, WDL_RESULT),
    field<&Solver::variances>};
constexpr Property side = {
    text_info("side", "Which side M stands on; the residual is b - A x for both.", "right",
              "right|left"),
    setting<&Settings::side>};
constexpr Property orthogonalisation = {
    text_info("orthogonalisation",
              "Of the basis: classical Gram-Schmidt twice, the second time one step later or at "
              "once; modified; or several vectors at a time, which falls back to the first where "
              "these are nearly dependent.",
              "dcgs2", "dcgs2|cgs2|mgs|s-step"),
    setting<&Settings::orthogonalisation>};
constexpr Property steps = {int_info("steps", "Vectors that s-step makes at a time.", "5", 2, 16),
                            setting<&Settings::steps>};
constexpr Property basis = {
    text_info("basis",
              "What the basis is stored in: the scalar of A, or float where that is double.",
              "full", "full|single"),
    setting<&Settings::single_basis>};

constexpr Property recycle = {
    text_info("recycle",
              "What of the vectors that are kept stays for the next solve: nothing; themselves, as "
              "\"recycled\"; or A times them too, for the same A.",
              "off", "off|vectors|products"),
    setting<&Settings::recycle>};
constexpr Property recycled = {
    array_info(
        "recycled",
        "Vectors that the next solve begins with, the oldest first, (k, n); those of complex "
        "numbers (k, 2 n), a real and an imaginary part each.",
        WDL_F64, 2, -infinity, infinity),
    field<&Solver::recycled>};
constexpr Property recycled_products = {
    array_info("recycled_products",
               "A times these, shaped like them; products are made where there are none.", WDL_F64,
               2, -infinity, infinity),
    field<&Solver::recycled_products>};
constexpr Property products_of = {
    text_info("augment_products",
              "Whether A times the vectors that are kept is kept too, or computed in each cycle.",
              "compute", "compute|keep"),
    setting<&Settings::keep_products>};
constexpr Property augment_place = {
    text_info("augment_place",
              "Where in a cycle the vectors that are kept stand, beside the Krylov vectors.",
              "last", "last|first"),
    setting<&Settings::augment_first>};
constexpr Property truncate = {
    text_info(
        "truncate",
        "What is given up where there are \"augment\" vectors: the oldest, or the direction of "
        "the smallest singular value of what the last cycle took of them.",
        "oldest", "oldest|smallest"),
    setting<&Settings::truncation>};

constexpr Property copy = {
    text_info("copy",
              "Whether A is copied into a smaller format, for this and later solves, "
              "once the first solve has made several products with it.",
              "auto", "never|auto"),
    setting<&Settings::copy>};

constexpr Property common[] = {rtol, atol, max_steps, copy, preconditioner};
constexpr Property results[] = {
    {int_info("converged", "Whether ||b - A x||, computed anew, is small enough.", nullptr, 0, 1,
              WDL_RESULT),
     field<&Solver::converged>, solved},
    {text_info("reason", "Why the solve ended.", nullptr,
               "none|converged|recurrence|least_squares|max_steps|stagnation|breakdown|indefinite|"
               "not_symmetric|not_finite|cancelled|time_limit|callback|operator_failed|sum_failed|"
               "elsewhere|condition_limit",
               WDL_RESULT),
     field<&Solver::reason>, solved},
    {int_info("n_iter", "Steps that were made.", nullptr, 0, most, WDL_RESULT),
     field<&Solver::n_iter>, solved},
    {real_info("residual_norm", "The norm of b - A x, computed anew.", nullptr, 0, infinity,
               WDL_RESULT),
     field<&Solver::residual_norm>, solved},
    {real_info("recurrence_norm", "The same, as the method's recurrence had it last.", nullptr, 0,
               infinity, WDL_RESULT),
     field<&Solver::recurrence_norm>, solved},
    {real_info("norm_b", "The norm of b.", nullptr, 0, infinity, WDL_RESULT),
     field<&Solver::norm_b>, solved},
    {.info = array_info("history", "Norms from the start on, a step each; the first 100000.",
                        WDL_F64, 1, 0, infinity, WDL_RESULT),
     .present = solved,
     .read_array =
         [](Object &object) {
           std::vector<double> &history = of(object).workspace.history;
           wdl_array a{};
           a.data = history.data(), a.dtype = WDL_F64, a.flags = WDL_READ_ONLY;
           a.ndim = 1, a.shape[0] = int64_t(history.size());
           fill_c_strides(a);
           return a;
         },
     .take_array =
         [](Object &object, OwnedArray &&loaded) {
           of(object).workspace.history = std::move(loaded.storage);
         }},
    {int_info("products", "Products with A.", nullptr, 0, most, WDL_RESULT),
     field<&Solver::products>, solved},
    {int_info("preconditionings", "Products with M.", nullptr, 0, most, WDL_RESULT),
     field<&Solver::preconditionings>, solved},
    {int_info("bytes", "Memory that is kept for the next solve.", nullptr, 0, most, WDL_RESULT),
     field<&Solver::bytes>, solved},
    {real_info("seconds", "Time that the solve took.", nullptr, 0, infinity, WDL_RESULT),
     field<&Solver::seconds>, solved},
    {text_info("format", "What A was multiplied as: it, or a faster copy.", nullptr, "given|sell",
               WDL_RESULT),
     field<&Solver::format>, solved},
};

// The rows of a kind: the common ones, the method's own, the results.
template <size_t N>
constexpr auto table(const std::array<Property, N> &own) {
  std::array<Property, std::size(common) + N + std::size(results)> all{};
  size_t at = 0;
  for (const Property &p : common) all[at++] = p;
  for (const Property &p : own) all[at++] = p;
  for (const Property &p : results) all[at++] = p;
  return all;
}

constexpr auto bare = table(std::array<Property, 0>{});
constexpr auto plain = table(std::array{left_preconditioner});
constexpr auto flexible = table(std::array{left_preconditioner, restart});
constexpr auto loose = table(std::array{left_preconditioner, restart, augment, recycle, recycled,
                                        recycled_products, products_of, augment_place});
constexpr auto outer = table(std::array{left_preconditioner, restart, augment, recycle, recycled,
                                        recycled_products, truncate});
constexpr auto shadowed = table(std::array{left_preconditioner, shadow});
constexpr auto damped = table(std::array{damping, slope, condition_limit, norm_a, condition});
constexpr auto varying =
    table(std::array{damping, slope, condition_limit, calc_var, norm_a, condition, variances});
constexpr auto with_cycles =
    table(std::array{left_preconditioner, restart, side, orthogonalisation, steps, basis});

// In the order of the list of methods, whose names are not known before the program runs.
struct Entry {
  const char *name;
  std::span<const Property> properties;
};
constexpr Entry entries[] = {
    {"bicg", plain},      {"bicgstab", plain}, {"cg", bare},           {"cgs", plain},
    {"fgmres", flexible}, {"gcrotmk", outer},  {"gmres", with_cycles}, {"idrs", shadowed},
    {"lgmres", loose},    {"lsmr", damped},    {"lsqr", varying},      {"minres", bare},
    {"qmr", plain},       {"tfqmr", plain},
};
static_assert(std::size(entries) == std::size(methods));

template <size_t i>
Object *make() {
  return new Solver(kinds[i], *methods[i]);
}
void check_loaded(Object &) {}

template <size_t... i>
constexpr auto make_kinds(std::index_sequence<i...>) {
  return std::array{Kind(entries[i].name, entries[i].properties, make<i>, destroy_object<Solver>,
                         check_loaded)...};
}

[[gnu::tls_model("initial-exec")]] thread_local const Solution *current_solution;

// The method's step as the caller sees it.
int32_t tell(void *user, const Step &step, void (*form)(void *, void *), void *method) {
  const Telling &telling = *static_cast<const Telling *>(user);
  const Solution solution = {form, method, telling.length, telling.dtype};
  const wdl_step now = {step.step, step.norm, step.kind, &solution};
  const FloatScope callers_own(telling.caller);
  const Solution *outer = current_solution;
  current_solution = &solution;
  const int32_t answer = telling.fn(telling.user, &now);
  current_solution = outer;
  return answer;
}

std::string shape_of(const Linear &a) {
  return "(" + std::to_string(a.rows()) + ", " + std::to_string(a.columns()) + ")";
}

bool is_double(int32_t dtype) noexcept { return dtype == WDL_F64 || dtype == WDL_C128; }

// Whether the method can do it at all.
void check_fit(const Solver &solver, const Linear &a, const Linear *m, const Linear *left) {
  const Method &method = *solver.method;
  const Needs &needs = method.needs;
  if (a.rows() != a.columns() && !needs.rectangular)
    throw Error(WDL_BAD_SHAPE, 2,
                "a has shape " + shape_of(a) + ", expected a square one: \"" + method.name +
                    "\" takes no other, \"lsqr\" and \"lsmr\" do");
  if (m && needs.rectangular)
    throw Error(WDL_UNSUPPORTED, 1,
                std::string("\"") + method.name + "\" takes no preconditioner, one is set");
  if (solver.settings.single_basis && is_double(a.dtype()) &&
      solver.settings.orthogonalisation == Orthogonalisation::mgs)
    throw Error(WDL_BAD_ARGUMENT, 1,
                "orthogonalisation is \"mgs\" and basis is \"single\": one pass over a basis of "
                "rounded vectors leaves none that is orthogonal, expected \"dcgs2\" or \"cgs2\"");
  if (left && solver.settings.side == Side::left)
    throw Error(WDL_BAD_ARGUMENT, 1,
                "side is \"left\" and there is a left_preconditioner: in a pair with it the "
                "preconditioner stands on the right");
  for (const Linear *linear : {&a, m, left})
    if (linear && needs.adjoint && !linear->has(Mode::adjoint))
      throw Error(WDL_UNSUPPORTED, linear == &a ? 2 : 1,
                  std::string(linear == &a ? "a" : "the preconditioner") +
                      " has no adjoint, which \"" + method.name + "\" needs");
}

// What a solver recycles, as a method reads and writes it. Vectors of another length are refused.
class Recycled {
 public:
  Recycled(Solver &solver, const Linear &a, bool left) : solver_(solver) {
    const int64_t n = a.columns() * (a.dtype() >= WDL_C64 ? 2 : 1), most = solver.settings.augment;
    if (const OwnedArray &u = solver.recycled) {
      check(u, "recycled", n, -1);
      recycling_.given = std::min(u.shape[0], most);
      const int64_t first = (u.shape[0] - recycling_.given) * n;  // the newest are taken
      recycling_.vectors = u.reals() + first;
      if (const OwnedArray &au = solver.recycled_products) {
        check(au, "recycled_products", n, u.shape[0]);
        if (!left) recycling_.products = au.reals() + first;
      }
    }
    if (!solver.settings.recycle) return;
    Workspace &memory = solver.workspace;
    const bool known = solver.method == &gcrotmk || solver.settings.keep_products;
    const bool with_products = known && !left && solver.settings.recycle == 2;
    memory.next_vectors.resize(size_t(most * n));
    memory.next_products.resize(with_products ? size_t(most * n) : 0);
    shape_ = {0, n}, shape_of_products_ = shape_;
    recycling_.next_vectors = memory.next_vectors.data();
    if (with_products) recycling_.next_products = memory.next_products.data();
  }
  Recycling *get() noexcept { return &recycling_; }
  void take() noexcept {
    if (!recycling_.next_vectors) return;
    Workspace &memory = solver_.workspace;
    take(solver_.recycled, memory.next_vectors, shape_);
    if (recycling_.next_products)
      take(solver_.recycled_products, memory.next_products, shape_of_products_);
    else
      solver_.recycled_products.present = false;
  }

 private:
  static void check(const OwnedArray &array, const char *name, int64_t n, int64_t rows) {
    if (array.shape[1] == n && (rows < 0 || array.shape[0] == rows)) return;
    throw Error(WDL_BAD_SHAPE, 1,
                std::string(name) + " has shape (" + std::to_string(array.shape[0]) + ", " +
                    std::to_string(array.shape[1]) + "), expected (" +
                    (rows < 0 ? "k" : std::to_string(rows)) + ", " + std::to_string(n) +
                    ") to match " + (rows < 0 ? "the operator" : "recycled"));
  }
  void take(OwnedArray &array, std::vector<double> &rows, std::vector<int64_t> &shape) noexcept {
    shape[0] = recycling_.next;
    rows.resize(size_t(shape[0] * shape[1]));  // smaller
    array.dtype = WDL_F64, array.present = shape[0] > 0;
    array.shape.swap(shape), array.storage.swap(rows);
  }

  Solver &solver_;
  Recycling recycling_;
  std::vector<int64_t> shape_, shape_of_products_;
};

void refuse_failure(const Ending &ending, int32_t answer) {
  if (ending.reason == Reason::sum_failed) refuse_sum(answer);
  if (ending.reason != Reason::operator_failed) return;
  Error error(WDL_CALLBACK_FAILED, 2,
              "an operator's function answered " + std::to_string(answer) + ", expected 0");
  error.callback_result = answer;
  throw error;
}

}  // namespace

const Linear &preconditioner_of(Object &object) {
  if (object.kind == &sparse::operator_kind) return sparse::linear_of(object, 1);
  return precond::linear_of(precond::preconditioner_of(object, 1), 1);
}

constinit const std::array<Kind, std::size(methods)> kinds =
    make_kinds(std::make_index_sequence<std::size(methods)>());

const Kind *find_solver_kind(std::string_view method) noexcept {
  for (const Kind *kind : all_kinds)
    if (method == kind->name) return kind;
  return nullptr;
}

Solver &solver_of(Object &object, int32_t argument) {
  for (const Kind *kind : all_kinds)
    if (object.kind == kind) return of(object);
  Borrow::refuse_kind(object, "a solver", argument);
}

const Solution *solution_of(const void *inner) noexcept {
  return inner && inner == current_solution ? current_solution : nullptr;
}

Ending solve(Run &run, Solver &solver, const Linear &a, int64_t id, const Linear *m,
             const Linear *left, const void *b, void *x, Readiness &ready) {
  check_fit(solver, a, m, left);
  Recycled recycled(solver, a, left);
  Telling telling = {solver.callback, solver.callback_user, a.columns(), a.dtype(), run.caller()};
  Estimates estimates;
  Job job = {run, solver.settings, solver.workspace, a,          m, left, b,
             x,   ready,           recycled.get(),   &estimates, id};
  if (solver.callback) job.callback = tell, job.user = &telling;
  OwnedArray variances;
  if (solver.settings.calc_var)
    variances = OwnedArray::of({a.columns()}, std::vector<double>(size_t(a.columns())));
  if (variances) estimates.variances = variances.storage.data();
  const Ending ending = solve(*solver.method, job);
  refuse_failure(ending, solver.workspace.meeting().failure);
  recycled.take();
  solver.workspace.history.swap(solver.workspace.next_history);
  solver.converged = ending.reason == Reason::converged;
  solver.reason = int32_t(ending.reason);
  solver.n_iter = ending.steps;
  solver.products = ending.products;
  solver.preconditionings = ending.preconditionings;
  solver.residual_norm = ending.residual;
  solver.recurrence_norm = ending.recurrence;
  solver.norm_b = ending.norm_b;
  solver.norm_a = estimates.norm_a, solver.condition = estimates.condition;
  solver.variances = std::move(variances);
  solver.bytes = solver.workspace.bytes();
  solver.format = ending.copied;
  solver.seconds = run.seconds();
  return ending;
}

}  // namespace windlass::krylov
