// What a method sees of the system it solves: vectors in panels, sums over all of them, products
// with A and M. Every member of the team holds one and runs the same method with the same scalars;
// what they do together (each, sums, apply, precondition) they do in the same order.
#pragma once
#include <algorithm>
#include <array>

#include "core/aligned.hpp"
#include "core/context.hpp"
#include "core/cut.hpp"
#include "core/run.hpp"
#include "core/scalar.hpp"
#include "settings.hpp"
#include "sparse/kernels.hpp"
#include "sparse/linear.hpp"
#include "sparse/sell.hpp"

namespace windlass::krylov {

using sparse::Linear;
using sparse::Mode;

// Of all processes together: what they decide alike depends on it, and on sums.
struct Shape {
  int64_t rows, columns;
  bool preconditioned;  // from the right
  bool told;            // after each step some process asks its caller whether to go on
};

// Sums over processes; fn nullptr: there is one.
struct SumHook {
  wdl_sum_fn fn = nullptr;
  void *user = nullptr;
  FloatState caller = FloatState::known();

  int32_t operator()(double *values, int64_t count) const noexcept {
    const FloatScope callers_own(caller);
    return fn(user, values, count);
  }
};

// What the members share. Sums stand in lines, one a group and turn; two turns make one barrier
// enough.
struct Meeting {
  static constexpr int64_t flag = 1;  // values of a line beyond the sums
  Aligned<double> lines;              // 2 turns x groups x width
  Aligned<double> totals;             // over processes
  int64_t width = 0;
  Reason wish[2] = {};  // of the caller's thread, by turn: to stop
  int32_t failure = 0;  // what the callback returned that failed

  Meeting() = default;
  Meeting(int64_t sums, int64_t scalars)
      : lines(2 * Cut::most_groups * width_of(sums, scalars)),
        totals(width_of(sums, scalars)),
        width(width_of(sums, scalars)) {}
  // For sums of so many scalars of so many reals.
  static int64_t width_of(int64_t sums, int64_t scalars) noexcept {
    return (sums * scalars + flag + 7) / 8 * 8;
  }
  double *line(int turn, int64_t group) const noexcept {
    return lines.get() + (turn * Cut::most_groups + group) * width;
  }
  // to <- the sum of a turn's lines, in a tree: every member does it for itself.
  void add(int turn, int64_t groups, int64_t count, double *to) const noexcept;
};

// A copy of A in a faster format, made where the first solve with it is long, and kept for the next
// ones, which allocate nothing.
class Copy {
 public:
  // Of compressed rows it costs some 3 products, and saves a quarter of each; of other forms, 60.
  static constexpr int64_t after = 8, after_others = 64;
  // Where it is kept its values are read again, in the time of one product.
  static constexpr int64_t again = 1;

  // A solve begins. id: of the object that a is of, which no other ever has; 0: of none.
  void begin(Run &run, const Linear &a, int64_t id, bool wanted) noexcept;
  // The product, counted from 0, before which it is to be made; below 0: none.
  int64_t due() const noexcept { return due_; }
  // By all members, once they have met. Stays nullptr where there is none.
  const Linear *make(Team::Member &) noexcept;
  bool used() const noexcept { return used_; }
  int64_t memory() const noexcept { return copy_.memory(); }

 private:
  Run *run_ = nullptr;
  const Linear *a_ = nullptr;
  int64_t id_ = 0, due_ = -1;
  bool kept_ = false, used_ = false;
  sparse::SellCopy copy_;
};

template <class T>
struct System {
  const Linear *a;
  const Linear *m;     // from the right; nullptr: none
  const Linear *left;  // the same; the method is for left A x = left b then
  T *between;          // a vector of A x, where there is one from the left
  Shape shape;
  const T *b;
  T *x;
  T *vectors;  // vector i begins at i * spacing
  int64_t spacing;
  Wide<T> *own;  // each member's scalars: `scalars` of them, one member after the other
  int64_t scalars;
  void *basis;
  void *scratch;  // for products
  SumHook hook;
  Copy *copy;
  Recycling *recycling;
  Estimates *estimates;
};

template <class T>
class Space {
 public:
  using S = Wide<T>;
  static constexpr int64_t reals = is_complex<T> ? 2 : 1;  // of a sum
  static constexpr int most_levels = 8;                    // of products in a wave
  // What a wave shifts is at most that part of all, which one member does more than another.
  static constexpr int64_t least_shifts = 32;

  Space(Team::Member &team, const System<T> &system, Meeting &meeting)
      : k(sparse::vectors<T>()),
        shape(system.shape),
        b(system.b),
        x(system.x),
        rows(system.a->rows()),
        columns(system.a->columns()),
        scalars(system.own + team.index() * system.scalars),
        team_(team),
        system_(system),
        meeting_(meeting),
        a_(system.a),
        row_share_(sparse::share_of(team, rows, *system.a, Mode::plain)),
        column_share_(rows.rows == columns.rows
                          ? row_share_
                          : sparse::share_of(team, columns, *system.a, Mode::adjoint)) {}

  const sparse::VectorKernels<T> &k;
  const Shape shape;
  const T *const b;
  T *const x;
  const Cut rows, columns;  // of b, and of x, in this process: the same where A is square
  S *const scalars;         // this member's own, as many as the method asked for
  int64_t products = 0, preconditionings = 0;

  T *vector(int64_t i) const noexcept { return system_.vectors + i * system_.spacing; }
  int64_t spacing() const noexcept { return system_.spacing; }
  template <class B>
  B *basis() const noexcept {
    return static_cast<B *>(system_.basis);
  }
  bool preconditioned() const noexcept { return system_.m; }
  bool caller() const noexcept { return team_.index() == 0; }
  const SumHook &hook() const noexcept { return system_.hook; }
  Recycling &recycling() const noexcept { return *system_.recycling; }
  Estimates &estimates() const noexcept { return *system_.estimates; }
  // to <- row i of what was recycled, and the other way round.
  [[gnu::noinline]] void recall(const double *vectors, int64_t i, T *to) {
    each(columns, [&](Panel p) {
      const double *from = vectors + (i * columns.rows + p.first) * reals;
      for (int64_t j = 0; j < p.length * reals; j++)
        reinterpret_cast<Real<T> *>(to + p.first)[j] = Real<T>(from[j]);
    });
  }
  [[gnu::noinline]] void hand_over(const T *from, double *vectors, int64_t i) {
    if (!vectors) return;
    each(columns, [&](Panel p) {
      double *to = vectors + (i * columns.rows + p.first) * reals;
      for (int64_t j = 0; j < p.length * reals; j++)
        to[j] = double(reinterpret_cast<const Real<T> *>(from + p.first)[j]);
    });
  }

  static void copy(Panel p, const T *from, T *to) noexcept {
    std::memcpy(static_cast<void *>(to + p.first), from + p.first, size_t(p.length) * sizeof(T));
  }
  // body(panel) for the member's own panels; all members meet afterwards.
  template <class Body>
  void each(const Cut &cut, Body &&body) {
    own(cut, body);
    team_.meet();
  }
  template <class Body>
  void each(Body &&body) {
    each(rows, body);
  }
  // The same without meeting: for what only later panels of the same member read.
  template <class Body>
  void own(const Cut &cut, Body &&body) {
    const sparse::Share share = share_of(cut);
    const int64_t last = cut.groups ? cut.first_panel(share.end) : 0;
    for (int64_t p = cut.groups ? cut.first_panel(share.begin) : 0; p < last; p++) body(cut[p]);
  }

  void meet() noexcept { team_.meet(); }

  // body(panel, part) adds to part[0 .. count); totals <- the sums over all panels, and processes.
  template <class Body>
  void sums(const Cut &cut, int64_t count, S *totals, Body &&body) {
    const sparse::Share share = share_of(cut);
    for (int64_t g = share.begin; g < share.end; g++) {
      S *part = reinterpret_cast<S *>(meeting_.line(turn_, g));
      for (int64_t i = 0; i < count; i++) part[i] = S();
      const int64_t last = cut.first_panel(g + 1);
      for (int64_t p = cut.first_panel(g); p < last; p++) body(cut[p], part);
    }
    finish(cut, count, totals);
  }
  template <int count, class Body>
  std::array<S, count> sums(const Cut &cut, Body &&body) {
    std::array<S, count> totals;
    sums(cut, count, totals.data(), body);
    return totals;
  }
  template <int count, class Body>
  std::array<S, count> sums(Body &&body) {
    return sums<count>(rows, body);
  }

  // y <- A x; x complete on entry, y on return.
  void apply(const T *from, T *to, Mode mode = Mode::plain) {
    product(next(mode), system_.left, mode, from, to);
  }
  // The same, and sums over y's panels while they are in the cache: body(panel, part).
  template <class Body>
  void apply(const T *from, T *to, int64_t count, S *totals, Body &&body, Mode mode = Mode::plain) {
    apply_from(system_.left, from, to, count, totals, body, mode);
  }
  template <int count, class Body>
  std::array<S, count> apply(const T *from, T *to, Body &&body, Mode mode = Mode::plain) {
    std::array<S, count> totals;
    apply(from, to, count, totals.data(), body, mode);
    return totals;
  }
  // Products that follow each other through the panels. make(0, panel, nullptr) makes a panel of
  // the vector that the first multiplies, make(i, panel, part) one of product i by multiply(), and
  // the last adds to its part. Each comes as soon as the panels that it reads are there, which are
  // still in the cache. What a group sums is shifted by the panels that one product reads ahead for
  // each of them, so that there is little left to do once the members have met.
  template <class Make>
  void wave(int levels, int64_t count, S *totals, Make &&make) {
    run_wave(levels, count, totals,
             {[](void *user, int level, Panel p, S *part) {
                (*static_cast<std::remove_reference_t<Make> *>(user))(level, p, part);
              },
              &make});
  }
  void multiply(Panel p, const T *from, T *to) const noexcept {
    a_->rows(Mode::plain, p.first, p.first + p.length, from, to);
  }
  // to <- A from, of which make(panel) makes the panels, and sums as apply does; in a wave where
  // that can be.
  template <int count, class Make, class Body>
  std::array<S, count> apply_made(const T *from, T *to, Make &&make, Body &&body) {
    std::array<S, count> totals;
    if (reach()) {
      wave(1, count, totals.data(), [&](int level, Panel p, S *part) {
        if (level == 0) return make(p);
        multiply(p, from, to);
        body(p, part);
      });
    } else {
      each(make);
      apply(from, to, count, totals.data(), body);
    }
    return totals;
  }
  // Panels that a product's panel reads to either side; 0: so many products can make no wave.
  int64_t reach(int64_t levels = 1) const noexcept {
    if (is_complex<T>) return 0;  // no such matrix knows its band
    if (system_.left || system_.hook.fn) return 0;
    if (!a_->by_rows(Mode::plain) || a_->band() > rows.rows) return 0;
    const int64_t panels = std::max(int64_t(1), (a_->band() + rows.panel - 1) / rows.panel);
    return levels <= most_levels && levels * panels * least_shifts <= rows.panels ? panels : 0;
  }
  // The same of products with A M.
  int64_t ahead(int64_t levels = 1) const noexcept { return system_.m ? 0 : reach(levels); }
  // z <- M r; without a preconditioner z <- r.
  void precondition(const T *r, T *z, Mode mode = Mode::plain) {
    if (!system_.m) {
      each([&](Panel p) { copy(p, r, z); });
      return;
    }
    preconditionings++;
    note(system_.m->whole(team_, mode, r, z, system_.scratch));
  }
  // The same by the caller's thread while the others wait; a failure is seen later.
  void precondition_alone(const T *r, T *z) {
    Team::Member alone = team_.alone();
    preconditionings++;
    note(system_.m->whole(alone, Mode::plain, r, z, system_.scratch));
  }
  // z <- M r and sums over it, fused where M is by rows. Without one z must be r.
  template <int count, class Body>
  std::array<S, count> precondition(const T *r, T *z, Body &&body) {
    if (system_.m && system_.m->by_rows(Mode::plain)) {
      preconditionings++;
      return sums<count>([&](Panel p, S *part) {
        system_.m->rows(Mode::plain, p.first, p.first + p.length, r, z);
        body(p, part);
      });
    }
    if (system_.m) precondition(r, z);
    return sums<count>(body);
  }
  // r <- b - A x, whatever preconditions from the left; its norm.
  double residual(T *r) {
    S total;
    const auto body = [&](Panel p, S *part) {
      k.axpby(p.length, S(1), b + p.first, S(-1), r + p.first);
      part[0] += S(k.norm2(p.length, r + p.first));
    };
    apply_from(nullptr, x, r, 1, &total, body, Mode::plain);
    return root(rows, r, real(total));
  }
  // The residual of the system that the method is for, of that of b - A x, whose norm is given;
  // what its norms are multiplied with to stand for those of b - A x.
  [[gnu::noinline]] double turn(T *r, double norm_of_r) {
    if (!system_.left) return 1;
    preconditionings++;
    T *turned = system_.between;
    note(system_.left->whole(team_, Mode::plain, r, turned, system_.scratch));
    each([&](Panel p) { copy(p, turned, r); });
    const double ratio = norm_of_r / norm(rows, r);
    return ratio > 0 && ratio <= __DBL_MAX__ ? ratio : 1;
  }
  double norm(const Cut &cut, const T *y) {
    const auto total =
        sums<1>(cut, [&](Panel p, S *part) { part[0] += S(k.norm2(p.length, y + p.first)); });
    return root(cut, y, real(total[0]));
  }

  // To stop, from the caller's thread: seen by all members, of all processes, after the next sums.
  void wish(Reason reason) noexcept {
    if (wish_ == Reason::none) wish_ = reason;
  }
  Reason stopping() const noexcept { return stopping_; }

 private:
  struct Maker {
    void (*make)(void *user, int level, Panel, S *part);
    void *user;
  };
  [[gnu::noinline]] void run_wave(int levels, int64_t count, S *totals, Maker maker) {
    for (int i = 0; i < levels; i++) next(Mode::plain);
    const sparse::Share share = share_of(rows);
    const int64_t ahead = reach();
    const auto border = [&](int64_t group, int level) {
      if (group == 0 || group == rows.groups) return rows.first_panel(group);
      return std::min(rows.first_panel(group) + level * ahead, rows.panels);
    };
    int64_t done[most_levels + 1], end[most_levels + 1], group = share.begin;
    for (int i = 0; i <= levels; i++)
      done[i] = border(share.begin, i), end[i] = border(share.end, i);
    for (int64_t g = share.begin; g < share.end; g++)
      std::memset(static_cast<void *>(meeting_.line(turn_, g)), 0, size_t(count) * sizeof(S));
    // The panels of a level below `limit`.
    const auto make_below = [&](int level, int64_t limit) {
      for (int64_t &p = done[level]; p < std::min(end[level], limit); p++) {
        while (level == levels && p >= border(group + 1, level)) group++;
        maker.make(maker.user, level, rows[p], reinterpret_cast<S *>(meeting_.line(turn_, group)));
      }
    };
    while (done[0] < end[0]) {
      make_below(0, done[0] + 1);
      for (int i = 1; i <= levels; i++)
        make_below(i, done[i - 1] == rows.panels ? rows.panels : done[i - 1] - ahead);
    }
    for (int i = 1; i <= levels; i++) {
      team_.meet();
      make_below(i, rows.panels);
    }
    finish(rows, count, totals);
  }
  template <class Body>
  void apply_from(const Linear *left, const T *from, T *to, int64_t count, S *totals, Body &&body,
                  Mode mode) {
    const Cut &cut = mode == Mode::plain ? rows : columns;
    const Linear &a = next(mode);
    if (!left && a.by_rows(mode))
      return sums(cut, count, totals, [&](Panel p, S *part) {
        a.rows(mode, p.first, p.first + p.length, from, to);
        body(p, part);
      });
    product(a, left, mode, from, to);
    sums(cut, count, totals, body);
  }
  // y <- left A x, or its transpose.
  [[gnu::noinline]] void product(const Linear &a, const Linear *left, Mode mode, const T *from,
                                 T *to) {
    if (!left) return note(a.whole(team_, mode, from, to, system_.scratch));
    preconditionings++;
    const Linear *first = &a, *second = left;
    if (is_transposed(mode)) std::swap(first, second);
    note(first->whole(team_, mode, from, system_.between, system_.scratch));
    note(second->whole(team_, mode, system_.between, to, system_.scratch));
  }
  // What the next product is made with.
  const Linear &next(Mode mode) {
    if (products++ == system_.copy->due())
      if (const Linear *copy = system_.copy->make(team_)) a_ = copy;
    return mode == Mode::plain ? *a_ : *system_.a;
  }
  // ||y|| of its square, which is summed again in another scale where it has left the range.
  double root(const Cut &cut, const T *y, double square) {
    if (square > 0x1p-960 && square < 0x1p+960) return __builtin_sqrt(square);
    const double scale = square < 1 ? 0x1p+600 : 0x1p-600;
    const auto total = sums<1>(cut, [&](Panel p, S *part) {
      double sum = 0;
      for (int64_t i = p.first; i < p.first + p.length; i++) sum += norm2(S(scale) * S(y[i]));
      part[0] += S(sum);
    });
    return __builtin_sqrt(real(total[0])) / scale;
  }
  sparse::Share share_of(const Cut &cut) const noexcept {
    return &cut == &columns ? column_share_ : row_share_;
  }
  void note(int32_t result) noexcept {
    if (!result) return;
    if (caller()) meeting_.failure = result;
    wish(Reason::operator_failed);
  }
  void finish(const Cut &cut, int64_t count, S *totals) {
    if (caller()) meeting_.wish[turn_] = wish_;
    team_.meet();
    const int64_t width = count * reals;
    if (system_.hook.fn) {
      if (caller()) over_processes(cut, width);
      team_.meet();
      std::memcpy(static_cast<void *>(totals), meeting_.totals.get(),
                  size_t(width) * sizeof(double));
    } else {
      meeting_.add(turn_, cut.groups, width, reinterpret_cast<double *>(totals));
    }
    if (stopping_ == Reason::none) stopping_ = meeting_.wish[turn_];
    turn_ ^= 1;
  }
  void over_processes(const Cut &cut, int64_t width) noexcept {
    double *totals = meeting_.totals.get();
    meeting_.add(turn_, cut.groups, width, totals);
    totals[width] = wish_ == Reason::none ? 0 : 1;
    const int32_t failure = system_.hook(totals, width + Meeting::flag);
    Reason &wish = meeting_.wish[turn_];
    if (failure)
      wish = Reason::sum_failed, meeting_.failure = failure;
    else if (totals[width] > 0 && wish == Reason::none)
      wish = Reason::elsewhere;
  }

  Team::Member &team_;
  const System<T> &system_;
  Meeting &meeting_;
  const Linear *a_;  // for products in the plain mode
  const sparse::Share row_share_, column_share_;
  int turn_ = 0;
  Reason wish_ = Reason::none, stopping_ = Reason::none;
};

}  // namespace windlass::krylov
