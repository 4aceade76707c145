// From a method and a system to an ending: memory, team, drive.
#pragma once
#include <atomic>
#include <tuple>
#include <vector>

#include "drive.hpp"

namespace windlass::krylov {

// What a solver keeps from one solve to the next: the second one of the same shape allocates
// nothing.
class Workspace {
 public:
  // Throws std::bad_alloc; what was found before is kept.
  void prepare(int workers, int64_t bytes, int64_t sums, int64_t scalars, int64_t history);

  Team &team() noexcept { return *team_; }
  Meeting &meeting() noexcept { return meeting_; }
  Copy copy;
  char *memory() noexcept { return memory_.get(); }
  // The norms of the last solve, and those of the one that runs.
  std::vector<double> history, next_history;
  std::vector<double> next_vectors, next_products;  // of a Recycling
  Aligned<char> right, solution;  // b and x, where the caller's are not contiguous
  Aligned<char> scaled;           // b, where its size is out of range
  int64_t bytes() const noexcept {
    return memory_.bytes() + right.bytes() + solution.bytes() + scaled.bytes() +
           meeting_.lines.bytes() + meeting_.totals.bytes() + copy.memory() +
           int64_t(history.capacity() + next_history.capacity() + next_vectors.capacity() +
                   next_products.capacity()) *
               8;
  }

 private:
  Aligned<char> memory_;
  Meeting meeting_;
  std::unique_ptr<Team> team_;
  int workers_ = 0;
};

// All processes begin, or none does: where one refuses its part of a call, or has no memory for it,
// the others hear of it instead of waiting.
class Readiness {
 public:
  explicit Readiness(const SumHook &sum) : hook(sum) {}
  ~Readiness();
  Readiness(const Readiness &) = delete;
  Readiness &operator=(const Readiness &) = delete;
  // First, and once all memory is there. Both throw WDL_CANCELLED when another process refuses, and
  // WDL_CALLBACK_FAILED; agree throws WDL_BAD_ARGUMENT, in all processes, where they are not of one
  // mind about what to do.
  Shape agree(const Shape &own, bool left, uint64_t settings);
  void begin();
  // Once more, where the same processes go on with the same system.
  void again() noexcept { open_ = true; }

  const SumHook hook;

 private:
  // What is summed.
  static constexpr int parts = 5;  // of a number that stands for the settings, of 12 bits each
  enum {
    refusals,
    processes,
    rows,
    columns,
    preconditioned,
    from_left,
    told,
    settings_of,
    squares = settings_of + parts,
    words = squares + parts
  };
  void add(double *ballot);
  bool open_ = true;  // the others wait for a word
};
[[noreturn]] void refuse_sum(int32_t answer);

// A system as it comes: b and x as long as A says, contiguous; x is where to start, and the
// solution. Nothing of it is written before all memory is there.
struct Job {
  Run &run;
  Settings settings;
  Workspace &workspace;
  const Linear &a;
  const Linear *m;     // nullptr: none
  const Linear *left;  // a second one, from the left; nullptr: none
  const void *b;
  void *x;
  Readiness &ready;
  Recycling *recycling = nullptr;
  Estimates *estimates = nullptr;
  int64_t id = 0;  // of the object that a is of; 0: of none
  decltype(Journal::callback) callback = nullptr;
  void *user = nullptr;
  // What solve finds out before it calls a method.
  Shape shape{};    // of all processes together
  double unit = 1;  // b and x are the caller's over this
  int64_t max_steps = 0;
};

// A method's whole solve by one member; best is memory for an x.
template <class T>
using Course = Ending (*)(Space<T> &, Monitor<T> &, const Settings &, T *best);

// One method for all scalars: "a kind" of solver.
struct Method {
  const char *name;
  std::tuple<Course<float>, Course<double>, Course<Complex<float>>, Course<Complex<double>>> course;
  Storage (*storage)(const Shape &, const Settings &);
  Needs needs;
};

// Throws std::bad_alloc, and what Readiness does.
Ending solve(const Method &method, const Job &job);

// The bytes that a solve of this shape keeps.
template <class T>
struct Room {
  int64_t spacing, vectors, basis, own, scalars, scratch;
  int64_t total() const noexcept { return vectors + basis + own + scratch; }

  Room(const Job &job, const Storage &storage, int workers) {
    const int64_t longest = job.a.rows() > job.a.columns() ? job.a.rows() : job.a.columns();
    const int64_t one = job.settings.single_basis ? sizeof(Single<T>) : sizeof(T);
    spacing = spaced(longest);
    vectors = (storage.vectors + 1 + storage.wanders + !!job.left) * spacing * int64_t(sizeof(T));
    basis = lines(storage.basis * spacing * one);
    scalars = (storage.scalars + 7) / 8 * 8;
    own = scalars * workers * int64_t(sizeof(Wide<T>));
    scratch = 0;
    for (const Linear *linear : {&job.a, job.m, job.left})
      for (const Mode mode : {Mode::plain, Mode::transpose, Mode::adjoint})
        if (linear && linear->has(mode) && linear->scratch_bytes(mode) > scratch)
          scratch = linear->scratch_bytes(mode);
    scratch = lines(scratch);
  }

 private:
  static int64_t lines(int64_t bytes) noexcept { return (bytes + 63) / 64 * 64; }
};

template <class T>
Ending solve_with(const Method &method, const Job &job) {
  const int workers = job.run.workers();
  const Shape &shape = job.shape;
  const Settings &settings = job.settings;
  const Storage storage = method.storage(shape, settings);
  const Room<T> room(job, storage, workers);
  constexpr int64_t reals = Space<T>::reals;
  job.workspace.prepare(workers, room.total(), storage.sums, reals, job.max_steps + 2);

  Copy &copy = job.workspace.copy;
  copy.begin(job.run, job.a, job.id, settings.copy);
  Recycling no_recycling;
  Estimates no_estimates;
  char *memory = job.workspace.memory();
  T *vectors = reinterpret_cast<T *>(memory);
  const System<T> system = {
      &job.a,
      job.m,
      job.left,
      vectors + (storage.vectors + 1 + storage.wanders) * room.spacing,
      shape,
      static_cast<const T *>(job.b),
      static_cast<T *>(job.x),
      vectors,
      room.spacing,
      reinterpret_cast<Wide<T> *>(memory + room.vectors + room.basis),
      room.scalars,
      memory + room.vectors,
      memory + room.vectors + room.basis + room.own,
      job.ready.hook,
      &copy,
      job.recycling ? job.recycling : &no_recycling,
      job.estimates ? job.estimates : &no_estimates,
  };
  job.ready.begin();
  Journal journal = {&job.run, job.workspace.next_history, job.callback, job.user, job.max_steps,
                     job.unit};
  Ending ending;
  job.workspace.team().serve(job.run.caller());
  job.workspace.team().run([&](Team::Member &member) {
    Space<T> space(member, system, job.workspace.meeting());
    T *best = vectors + storage.vectors * room.spacing;
    Monitor<T> monitor(space, journal, storage.wanders ? best + room.spacing : nullptr);
    const Ending own = std::get<Course<T>>(method.course)(space, monitor, settings, best);
    if (space.caller()) ending = own;
  });
  ending.copied = copy.used();
  return ending;
}

template <class T, template <class> class M>
Ending course(Space<T> &space, Monitor<T> &monitor, const Settings &settings, T *best) {
  CyclesOf<T, M> cycles(space, settings);
  return Drive<T>(space, monitor, settings, best, cycles).run();
}
template <template <class> class M>
constexpr Method method(const char *name, Needs needs = {}) {
  return {
      name,
      {course<float, M>, course<double, M>, course<Complex<float>, M>, course<Complex<double>, M>},
      M<double>::storage,
      needs};
}

}  // namespace windlass::krylov
