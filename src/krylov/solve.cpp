#include "solve.hpp"

#include <cmath>

#include "core/error.hpp"

namespace windlass::krylov {

void Meeting::add(int turn, int64_t groups, int64_t count, double *to) const noexcept {
  constexpr int64_t N = 8;  // of a line at a time: it is whole blocks of them
  for (int64_t i = 0; i < count; i += N) {
    double t[Cut::most_groups][N];
    for (int64_t g = 0; g < groups; g++) std::memcpy(t[g], line(turn, g) + i, sizeof t[g]);
    for (int64_t left = groups; left > 1;) {
      const int64_t half = (left + 1) / 2;
      for (int64_t g = 0; g + half < left; g++)
        for (int64_t n = 0; n < N; n++) t[g][n] += t[g + half][n];
      left = half;
    }
    for (int64_t n = 0; n < N && i + n < count; n++) to[i + n] = groups ? t[0][n] : 0;
  }
}

Readiness::~Readiness() {
  double ballot[words] = {};
  ballot[refusals] = 1;
  if (open_ && hook.fn) hook(ballot, words);
}

void Readiness::add(double *ballot) {
  open_ = false;
  if (!hook.fn) return;
  if (const int32_t answer = hook(ballot, words)) refuse_sum(answer);
  if (ballot[refusals] > 0)
    throw Error(WDL_CANCELLED, 0, "another process refused its part of this call");
  open_ = true;
}

Shape Readiness::agree(const Shape &own, bool left, uint64_t settings) {
  double sum[words] = {};
  sum[processes] = 1, sum[rows] = double(own.rows), sum[columns] = double(own.columns);
  sum[preconditioned] = own.preconditioned, sum[from_left] = left, sum[told] = own.told;
  for (int i = 0; i < parts; i++) {
    const double part = double(settings >> 12 * i & 0xfff);
    sum[settings_of + i] = part, sum[squares + i] = part * part;
  }
  add(sum);
  const auto some = [&](double of) { return of > 0 && of < sum[processes]; };
  if (some(sum[preconditioned]) || some(sum[from_left])) {
    open_ = false;  // all see it
    throw Error(WDL_BAD_ARGUMENT, 1,
                "only some of the processes have a preconditioner, expected all or none");
  }
  // Numbers are equal where their mean of squares is the square of their mean; the other sums are
  // whole numbers, so that one that differs makes a difference of P - 1 at least.
  for (int i = 0; i < parts; i++) {
    const double P = sum[processes], mean = sum[settings_of + i];
    if (!(P * sum[squares + i] - mean * mean > 0.5 * (P - 1))) continue;
    open_ = false;
    throw Error(WDL_BAD_ARGUMENT, 1,
                "the processes do not solve alike, expected one method, dtype and settings of all");
  }
  return {int64_t(sum[rows]), int64_t(sum[columns]), sum[preconditioned] > 0, sum[told] > 0};
}

void Readiness::begin() {
  double none[words] = {};
  add(none);
  open_ = false;
}

void refuse_sum(int32_t answer) {
  Error error(WDL_CALLBACK_FAILED, 0,
              "the sum over processes answered " + std::to_string(answer) + ", expected 0");
  error.callback_result = answer;
  throw error;
}

void Copy::begin(Run &run, const Linear &a, int64_t id, bool wanted) noexcept {
  const bool known = id && id == id_;
  kept_ = known && copy_.kept();
  if (!kept_) copy_.drop();
  run_ = &run, a_ = &a, id_ = id;
  used_ = false;
  if (!wanted || (known && !kept_))
    due_ = -1;
  else
    due_ = kept_ ? again : sparse::SellCopy::reads(a) ? after : after_others;
}

const Linear *Copy::make(Team::Member &member) noexcept {
  const Linear *made = kept_ ? copy_.refresh(member, *run_) : nullptr;
  if (!made) made = copy_.make(member, *run_, *a_, Mode::plain, a_->bytes(Mode::plain));
  if (member.index() == 0) used_ = made;
  return made;
}

template class Drive<float>;
template class Drive<double>;
template class Drive<Complex<float>>;
template class Drive<Complex<double>>;

uint64_t digest(uint64_t before, const void *bytes, size_t count) noexcept {
  uint64_t hash = before ? before : 0xcbf29ce484222325;
  for (size_t i = 0; i < count; i++)
    hash = (hash ^ static_cast<const unsigned char *>(bytes)[i]) * 0x100000001b3;
  return hash;
}

namespace {

// Of what decides what a process computes, and how often it meets the others.
uint64_t digest_of(const Method &method, int32_t dtype, const Settings &s,
                   const Recycling *recycling) noexcept {
  uint64_t hash = digest(0, method.name, std::strlen(method.name));
  const auto add = [&](const auto &value) { hash = digest(hash, &value, sizeof value); };
  add(dtype), add(s.rtol), add(s.atol), add(s.max_steps), add(s.restart), add(s.augment);
  add(s.shadow), add(s.steps), add(s.damping), add(s.slope), add(s.side), add(s.orthogonalisation);
  add(s.single_basis), add(s.recycle), add(s.keep_products), add(s.augment_first);
  add(s.truncation), add(s.condition_limit), add(s.calc_var);
  if (recycling) add(recycling->given), add(recycling->products != nullptr);
  return hash ^ hash >> 32;
}

// to <- 2^exponent from
void scale(int32_t dtype, int64_t n, const void *from, int exponent, void *to) noexcept {
  visit_scalar(dtype, [&]<class T>() {
    const T *v = static_cast<const T *>(from);
    const int half = exponent / 2;  // the whole may be no double
    const Wide<T> first(__builtin_ldexp(1, half)), second(__builtin_ldexp(1, exponent - half));
    for (int64_t i = 0; i < n; i++) static_cast<T *>(to)[i] = T(second * (first * Wide<T>(v[i])));
  });
}

Ending solve_any(const Method &method, const Job &job) {
  Ending ending;
  visit_scalar(job.a.dtype(), [&]<class T>() { ending = solve_with<T>(method, job); });
  return ending;
}

// Solves for b / 2^exponent, and gives x and all norms in the caller's units; x may lose digits
// there, so that its residual is computed once more.
Ending solve_scaled(const Method &method, Job job, int exponent) {
  const int32_t dtype = job.a.dtype();
  const int64_t rows = job.a.rows(), columns = job.a.columns();
  Workspace &workspace = job.workspace;
  job.ready.again();
  if (const int64_t bytes = rows * find_dtype(dtype)->size; workspace.scaled.size() < bytes)
    workspace.scaled = Aligned<char>(bytes);
  scale(dtype, rows, job.b, -exponent, workspace.scaled.get());
  job.b = workspace.scaled.get();
  job.settings.atol = __builtin_ldexp(job.settings.atol, -exponent);
  job.unit = __builtin_ldexp(1, exponent);
  scale(dtype, columns, job.x, -exponent, job.x);
  Ending ending = solve_any(method, job);
  scale(dtype, columns, job.x, exponent, job.x);
  scale(dtype, columns, job.x, -exponent, job.x);
  job.ready.again();
  job.max_steps = -1;
  job.recycling = nullptr, job.estimates = nullptr;
  job.callback = nullptr, job.shape.told = false;
  const size_t told = workspace.next_history.size();
  const Ending last = solve_any(method, job);
  workspace.next_history.resize(told);
  scale(dtype, columns, job.x, exponent, job.x);
  ending.products += last.products;
  if (ending.reason == Reason::converged && last.reason == Reason::max_steps)
    ending.reason = last.residual < last.norm_b ? Reason::stagnation : Reason::not_finite;
  else if (last.reason != Reason::converged && last.reason != Reason::max_steps)
    ending.reason = last.reason;
  ending.residual = __builtin_ldexp(last.residual, exponent);
  for (double *norm : {&ending.recurrence, &ending.norm_b})
    *norm = __builtin_ldexp(*norm, exponent);
  if (ending.slope > 0) ending.slope = __builtin_ldexp(ending.slope, exponent);
  return ending;
}

}  // namespace

Ending solve(const Method &method, const Job &given) {
  Job job = given;
  if (job.settings.side == Side::left) std::swap(job.m, job.left);
  for (const Linear *linear : {&job.a, job.m, job.left}) {
    if (!linear) continue;
    linear->prepare(Mode::plain);
    if (method.needs.adjoint) linear->prepare(Mode::adjoint);
  }
  job.shape =
      job.ready.agree({job.a.rows(), job.a.columns(), job.m != nullptr, job.callback != nullptr},
                      job.left, digest_of(method, job.a.dtype(), job.settings, job.recycling));
  job.max_steps = job.settings.max_steps ? job.settings.max_steps : 10 * job.shape.columns;
  job.workspace.next_history.clear();
  const Ending ending = solve_any(method, job);
  if (ending.reason != Reason::none) return ending;
  int exponent = 1000;  // where the norm itself is too large for a double
  if (ending.norm_b < 0x1p+1000) std::frexp(ending.norm_b, &exponent);
  return solve_scaled(method, job, exponent);
}

void Workspace::prepare(int workers, int64_t bytes, int64_t sums, int64_t scalars,
                        int64_t history_size) {
  if (memory_.size() < bytes) memory_ = Aligned<char>(bytes);
  if (meeting_.width < Meeting::width_of(sums, scalars)) meeting_ = Meeting(sums, scalars);
  if (workers_ != workers) {
    team_ = std::make_unique<Team>(workers);
    workers_ = workers;
  }
  const size_t norms = size_t(history_size < Journal::most ? history_size : Journal::most);
  history.reserve(norms);
  next_history.reserve(norms);
  meeting_.failure = 0;
}

}  // namespace windlass::krylov
