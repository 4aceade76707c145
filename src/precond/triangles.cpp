#include "triangles.hpp"

#include <algorithm>
#include <atomic>
#include <new>

#include "core/wait.hpp"

namespace windlass::precond {
namespace {

using sparse::Mode;

struct alignas(64) Counter {  // a cache line for itself
  std::atomic<uint32_t> chunks{0};
};

// Once for all scalars.
[[gnu::noinline]] void await(Counter &counter, uint32_t chunks) noexcept {
  wait_until(counter.chunks,
             [&]() noexcept { return counter.chunks.load(std::memory_order_acquire) >= chunks; });
}
[[gnu::noinline]] void publish(Counter &counter, uint32_t chunks) noexcept {
  counter.chunks.store(chunks, std::memory_order_seq_cst);
  counter.chunks.notify_all();
}

template <class F>
SlicedView<F> sliced_view(const Schedule &s, const F *value, const F *inverse) noexcept {
  return {s.first.data(), s.at.data(),    s.index.data(), s.from.data(), s.source.data(),
          s.row.data(),   s.count.data(), value,          inverse};
}
template <class F>
OrderedView<F> ordered_view(const StripPlan &plan, bool upper, const F *value,
                            const F *inverse) noexcept {
  const Pattern &p = plan.pattern;
  const Schedule &s = upper ? plan.upper : plan.lower;
  return {p.rows(),
          upper ? p.diagonal.data() : p.pointer.data(),
          upper ? p.pointer.data() + 1 : p.diagonal.data(),
          upper,
          p.index.data(),
          s.source.data(),
          value,
          inverse,
          upper};
}

template <class F>
Aligned<F> fill_sliced(const StripPlan &plan, bool upper, const std::vector<F> &value) {
  Aligned<F> to((upper ? plan.upper : plan.lower).steps() * lanes);
  const std::vector<int64_t> places = plan.places(upper);
  for (size_t k = 0; k < places.size(); k++)
    if (places[k] >= 0) to[places[k]] = value[k];
  return to;
}

// The transposed strip: with A = L D U it is U^t D L^t.
template <class F>
Strip<F> turn_strip(const Strip<F> &s) {
  const StripPlan &plan = *s.plan;
  std::vector<F> value(plan.pattern.index.size()), to(value.size()), inverse(plan.pattern.rows());
  if (s.ordered.size()) std::copy_n(s.ordered.get(), s.ordered.size(), value.begin());
  for (bool upper : {false, true}) {
    const std::vector<int64_t> places = plan.places(upper);
    for (size_t k = 0; k < places.size(); k++)
      if (places[k] >= 0) value[k] = (upper ? s.upper : s.lower)[places[k]];
  }
  for (int64_t i = 0; i < s.inverse.size(); i++)
    inverse[size_t(plan.upper.sliced ? plan.upper.row[size_t(i)] : i)] = s.inverse[i];
  std::vector<int64_t> order;
  turn(plan.pattern, order);
  for (size_t k = 0; k < to.size(); k++) to[k] = value[size_t(order[k])];
  return fill_strip(plan.turned(), to, inverse);
}

// One strip, and the members that solve it.
template <class T, class F>
class Solving {
 public:
  Solving(Team::Member member, const Strip<F> &s, T *work, Counter *counters) noexcept
      : member_(member), s_(s), work_(work), counters_(counters) {}

  void operator()(const T *r, T *z) noexcept {
    const Schedule &lower = s_.plan->lower, &upper = s_.plan->upper;
    T *more = work_ + lower.work();
    if (member_.index() == 0) {
      std::fill_n(work_, lanes, T{});
      std::fill_n(more, lanes, T{});
      if (member_.count() > 1)
        for (int64_t p = 0; p < lower.parts() + upper.parts(); p++) new (counters_ + p) Counter;
    }
    member_.meet();
    triangle(lower, false, s_.lower, nullptr, r, work_, nullptr, counters_);
    member_.meet();
    triangle(upper, true, s_.upper, s_.inverse.get(), work_, more, z, counters_ + lower.parts());
  }

 private:
  void triangle(const Schedule &s, bool upper, const Aligned<F> &value, const F *inverse,
                const T *from, T *work, T *to, Counter *counters) noexcept {
    const SolveKernels<T, F> &k = solves<T, F>();
    if (!s.sliced) {
      if (member_.index() == 0)
        k.ordered(ordered_view(*s_.plan, upper, s_.ordered.get(), inverse), from, work, to);
      return;
    }
    const SlicedView<F> view = sliced_view(s, value.get(), inverse);
    for (int64_t p = member_.index(); p < s.parts(); p += member_.count()) {
      touch(s, upper, p, from, to);
      const int32_t begin = s.part[size_t(p)], end = s.part[size_t(p) + 1];
      if (member_.count() == 1) {
        k.sliced(view, s.chunk[size_t(begin)], s.chunk[size_t(end)], from, work, to);
        continue;
      }
      for (int32_t c = begin; c < end; c++) {
        for (int32_t w = c ? s.wait_end[size_t(c) - 1] : 0; w < s.wait_end[size_t(c)]; w++)
          await(counters[s.waits[size_t(w)].part], uint32_t(s.waits[size_t(w)].chunks));
        k.sliced(view, s.chunk[size_t(c)], s.chunk[size_t(c) + 1], from, work, to);
        publish(counters[p], uint32_t(c + 1 - begin));
      }
    }
  }
  // Touches a part's share of r, or z, in the order of memory, since that of levels jumps from page
  // to page: without it a solve that comes from memory takes twice as long. Prefetch instructions
  // do not do.
  void touch(const Schedule &s, bool upper, int64_t part, const T *r, T *z) noexcept {
    const int64_t n = s_.plan->pattern.rows(), p = upper ? s.parts() - 1 - part : part;
    const int64_t last = first_row(n, s.parts(), p + 1);
    for (int64_t i = first_row(n, s.parts(), p); i < last; i += 64 / int64_t(sizeof(T)))
      if (upper)
        z[i] = T{};
      else
        (void)*reinterpret_cast<const volatile char *>(r + i);
  }
  Team::Member member_;
  const Strip<F> &s_;
  T *work_;
  Counter *counters_;
};

// to <- conj(from), each member its share.
template <class T>
void conjugate(const Team::Member &member, int64_t n, const T *from, T *to) noexcept {
  for (int64_t i = member.begin(n); i < member.end(n); i++) to[i] = conj(from[i]);
}

int64_t counters_of(const StripPlan &plan) noexcept {
  return plan.lower.parts() + plan.upper.parts();
}

}  // namespace

template <class F>
Strip<F> fill_strip(const StripPlan &plan, const std::vector<F> &value,
                    const std::vector<F> &inverse) {
  Strip<F> s{&plan, fill_sliced(plan, false, value), fill_sliced(plan, true, value), {}, {}};
  if (!plan.lower.sliced || !plan.upper.sliced) {
    s.ordered = Aligned<F>(int64_t(value.size()));
    std::copy(value.begin(), value.end(), s.ordered.get());
  }
  const std::vector<int32_t> &row = plan.upper.row;
  s.inverse = Aligned<F>(int64_t(plan.upper.sliced ? row.size() : inverse.size()));
  for (int64_t i = 0; i < s.inverse.size(); i++)
    s.inverse[i] = inverse[size_t(plan.upper.sliced ? row[size_t(i)] : i)];
  return s;
}

template <class F>
Strips<F>::Strips(std::vector<Strip<F>> &&given) : strips(std::move(given)) {
  for (const Strip<F> &s : strips) {
    const StripPlan &plan = *s.plan;
    const int64_t values =
        s.lower.bytes() + s.upper.bytes() + s.ordered.bytes() + s.inverse.bytes();
    work = std::max(work, plan.lower.work() + plan.upper.work());
    counters += counters_of(plan);
    read += values + plan.lower.bytes() + plan.upper.bytes();
    memory += values + plan.bytes();
  }
  work = (work + 15) / 16 * 16;  // lines of 64 bytes
}

template <class F>
std::unique_ptr<const Strips<F>> Strips<F>::turned() const {
  std::vector<Strip<F>> made(strips.size());
  for (size_t s = 0; s < made.size(); s++) made[s] = turn_strip(strips[s]);
  return std::make_unique<const Strips>(std::move(made));
}

template <class T, class F>
Triangles<T, F>::Triangles(int64_t n, std::vector<std::shared_ptr<const StripPlan>> plans,
                           std::vector<Strip<F>> &&strips, bool hermitian)
    : Linear(n, n, dtype_of<T>()),
      plans_(std::move(plans)),
      plain_(std::move(strips)),
      hermitian_(hermitian) {}

template <class T, class F>
typename Triangles<T, F>::Form Triangles<T, F>::form(Mode mode) const noexcept {
  bool transposed = sparse::is_transposed(mode), conjugated = sparse::is_conjugated(mode);
  if (hermitian_ && transposed) transposed = false, conjugated = !conjugated;
  return {transposed, is_complex<T> && conjugated};
}

template <class T, class F>
void Triangles<T, F>::prepare(Mode mode) const {
  if (form(mode).turned) turned_.get([this] { return plain_.turned(); });
}

template <class T, class F>
int64_t Triangles<T, F>::memory() const noexcept {
  const Strips<F> *turned = turned_.get();
  return plain_.memory + (turned ? turned->memory : 0);
}

template <class T, class F>
int64_t Triangles<T, F>::scratch_bytes(Mode mode) const noexcept {
  const Form f = form(mode);
  if (f.turned && !turned_.get()) return 0;
  const Strips<F> &all = strips_of(f);
  const int64_t scalars = int64_t(all.strips.size()) * all.work + (f.conjugated ? rows() : 0);
  return all.counters * int64_t(sizeof(Counter)) + scalars * int64_t(sizeof(T));
}

template <class T, class F>
int32_t Triangles<T, F>::whole(Team::Member &member, Mode mode, const void *x, void *y,
                               void *scratch) const noexcept {
  const Form f = form(mode);
  const Strips<F> &all = strips_of(f);
  const int64_t count = int64_t(all.strips.size());
  Counter *counters = static_cast<Counter *>(scratch);
  T *work = reinterpret_cast<T *>(counters + all.counters);
  const T *r = static_cast<const T *>(x);
  T *z = static_cast<T *>(y);
  if (f.conjugated) {
    T *conjugates = work + count * all.work;
    conjugate(member, rows(), r, conjugates);
    r = conjugates;
    member.meet();
  }
  const bool together = member.count() > count;
  for (int64_t i = 0; i < count; i++, work += all.work) {
    const Strip<F> &s = all.strips[size_t(i)];
    const bool own = i >= member.begin(count) && i < member.end(count);
    if (together || own)
      Solving<T, F>(together ? member : member.alone(), s, work, counters)(r + s.plan->first,
                                                                           z + s.plan->first);
    counters += counters_of(*s.plan);
  }
  member.meet();
  if (f.conjugated) {
    conjugate(member, rows(), z, z);
    member.meet();
  }
  return 0;
}

template struct Strips<float>;
template struct Strips<double>;
template struct Strips<Complex<float>>;
template struct Strips<Complex<double>>;
template class Triangles<float, float>;
template class Triangles<double, double>;
template class Triangles<double, float>;
template class Triangles<Complex<float>, Complex<float>>;
template class Triangles<Complex<double>, Complex<double>>;
template class Triangles<Complex<double>, Complex<float>>;
template Strip<float> fill_strip(const StripPlan &, const std::vector<float> &,
                                 const std::vector<float> &);
template Strip<double> fill_strip(const StripPlan &, const std::vector<double> &,
                                  const std::vector<double> &);
template Strip<Complex<float>> fill_strip(const StripPlan &, const std::vector<Complex<float>> &,
                                          const std::vector<Complex<float>> &);
template Strip<Complex<double>> fill_strip(const StripPlan &, const std::vector<Complex<double>> &,
                                           const std::vector<Complex<double>> &);

}  // namespace windlass::precond
