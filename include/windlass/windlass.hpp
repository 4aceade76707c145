// windlass for C++17: owners, views and exceptions over the C headers, and nothing else. Statuses
// below 0 become windlass::Error; statuses above 0 (WDL_NOT_CONVERGED, WDL_STOPPED) are returned.
// What a call may throw besides is std::bad_alloc, and whatever a progress callback threw.
#ifndef WINDLASS_WINDLASS_HPP
#define WINDLASS_WINDLASS_HPP
#include <windlass/windlass.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace windlass {

// The record of a failed call: what() is the whole sentence.
class Error : public std::runtime_error {
 public:
  Error(wdl_status status, const std::string &text) : std::runtime_error(text), status_(status) {}
  explicit Error(const wdl_error &record)
      : std::runtime_error(record.text),
        status_(record.status),
        argument_(record.argument),
        position_{record.position[0], record.position[1]} {}

  wdl_status status() const noexcept { return status_; }
  // Place in the C prototype, 0 = the context; -1 none.
  int argument() const noexcept { return argument_; }
  // Where in the data: row and column, row and byte, byte, entry; -1 none.
  std::array<std::int64_t, 2> position() const noexcept { return position_; }

 private:
  wdl_status status_;
  int argument_ = -1;
  std::array<std::int64_t, 2> position_{-1, -1};
};

// Throws Error where status is below 0; returns it otherwise.
inline wdl_status check(wdl_status status, wdl_context ctx = 0) {
  if (status >= 0) return status;
  wdl_error record;
  // A context that is bad or busy has left its record with the thread.
  for (wdl_context source : {ctx, wdl_context{0}})
    if (wdl_error_get(source, &record) >= 0 && record.status == status) throw Error(record);
  throw Error(status, wdl_status_name(status));
}

template <class T>
constexpr std::int32_t dtype_of() noexcept {
  if constexpr (std::is_same_v<T, float>) return WDL_F32;
  if constexpr (std::is_same_v<T, double>) return WDL_F64;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    constexpr std::int32_t log2_size = sizeof(T) == 1   ? 0
                                       : sizeof(T) == 2 ? 1
                                       : sizeof(T) == 4 ? 2
                                                        : 3;
    return (std::is_signed_v<T> ? WDL_I8 : WDL_U8) + log2_size;
  }
  return 0;  // no dtype of windlass
}

// An array over the caller's memory, which must outlive it. const elements make it read-only.
// strides in bytes; none: C order.
template <class T>
wdl_array view(T *data, std::initializer_list<std::int64_t> shape,
               std::initializer_list<std::int64_t> strides = {}) {
  constexpr std::int32_t dtype = dtype_of<std::remove_cv_t<T>>();
  static_assert(dtype != 0, "windlass has no dtype for these elements");
  if (strides.size() && strides.size() != shape.size())
    throw Error(WDL_BAD_SHAPE, "view: as many strides as shapes are expected");
  wdl_array array;
  check(wdl_array_view(0, data, dtype, std::int32_t(shape.size()), shape.begin(),
                       strides.size() ? strides.begin() : nullptr,
                       std::is_const_v<T> ? WDL_READ_ONLY : 0, &array));
  return array;
}
// Of a contiguous container (std::vector, std::array, std::span): a vector, or a matrix row by row.
template <class Container>
auto view(Container &&from) -> decltype(view(std::data(from), {})) {
  return view(std::data(from), {std::int64_t(std::size(from))});
}
template <class Container>
auto view(Container &&from, std::int64_t rows, std::int64_t columns)
    -> decltype(view(std::data(from), {})) {
  const std::int64_t size = std::int64_t(std::size(from));
  if (rows < 0 || columns < 0 || (rows == 0 || columns == 0 ? size != 0 : size / rows != columns) ||
      size != rows * columns)
    throw Error(WDL_BAD_SHAPE, "view: " + std::to_string(rows) + " x " + std::to_string(columns) +
                                   " does not fit " + std::to_string(size) + " elements");
  return view(std::data(from), {rows, columns});
}

// The owner of an id. Move-only; an empty one has the id 0.
class Object {
 public:
  Object() noexcept = default;
  explicit Object(wdl_object taken_over) noexcept : id_(taken_over) {}
  Object(Object &&other) noexcept : id_(other.disown()) {}
  Object &operator=(Object &&other) noexcept {
    if (this != &other) {
      wdl_release(id_);
      id_ = other.disown();
    }
    return *this;
  }
  ~Object() { wdl_release(id_); }

  wdl_object id() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ != 0; }
  wdl_object disown() noexcept { return std::exchange(id_, 0); }
  std::string kind() const {
    const char *name;
    check(wdl_kind_of(0, id_, &name));
    return name;
  }

  // Properties. The C function follows from the value: an integer, a floating-point number, a
  // string, a wdl_array, an Object.
  template <class T>
  void set(const char *name, const T &value) {
    if constexpr (std::is_base_of_v<Object, T>)
      check(wdl_set_object(0, id_, name, value.id()));
    else if constexpr (std::is_same_v<T, wdl_array>)
      check(wdl_set_array(0, id_, name, &value));
    else if constexpr (std::is_floating_point_v<T>)
      check(wdl_set_real(0, id_, name, double(value)));
    else if constexpr (std::is_integral_v<T>)
      check(wdl_set_int(0, id_, name, std::int64_t(value)));
    else
      check(wdl_set_text(0, id_, name, std::string(value).c_str()));
  }
  // Takes an array or object away.
  void clear_array(const char *name) { check(wdl_set_array(0, id_, name, nullptr)); }
  void clear_object(const char *name) { check(wdl_set_object(0, id_, name, 0)); }

  // T: an integer type, a floating-point type, std::string, or std::vector of the array's elements.
  template <class T>
  T get(const char *name) const {
    if constexpr (std::is_floating_point_v<T>) {
      double value;
      check(wdl_get_real(0, id_, name, &value));
      return T(value);
    } else if constexpr (std::is_integral_v<T>) {
      std::int64_t value;
      check(wdl_get_int(0, id_, name, &value));
      return T(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      std::int64_t needed;
      check(wdl_get_text(0, id_, name, nullptr, 0, &needed));
      T value(std::size_t(needed), '\0');
      check(wdl_get_text(0, id_, name, value.data(), needed, &needed));
      value.resize(std::size_t(needed) - 1);
      return value;
    } else {
      return get_vector<typename T::value_type>(name);
    }
  }
  std::vector<std::int64_t> shape(const char *name) const {
    const wdl_array array = describe(name);
    return {array.shape, array.shape + array.ndim};
  }

  // The object as bytes, and any owner from them: Object::load<Mixture>(bytes).
  std::vector<char> save() const {
    std::int64_t needed;
    check(wdl_save(0, id_, nullptr, 0, &needed));
    std::vector<char> bytes(static_cast<std::size_t>(needed));
    check(wdl_save(0, id_, bytes.data(), needed, &needed));
    return bytes;
  }
  template <class Owner = Object>
  static Owner load(std::string_view bytes) {
    wdl_object id;
    check(wdl_load(0, bytes.data(), std::int64_t(bytes.size()), &id));
    return Owner(Object(id));
  }

 protected:
  Object(Object &&other, const char *expected) : Object(std::move(other)) {
    if (id_ && kind() != expected)
      throw Error(WDL_BAD_HANDLE, "the object is a " + kind() + ", expected a " + expected);
  }

 private:
  wdl_array describe(const char *name) const {
    wdl_array array{};
    check(wdl_get_array(0, id_, name, &array));
    return array;
  }
  template <class T>
  std::vector<T> get_vector(const char *name) const {
    wdl_array array = describe(name);
    if (array.dtype != dtype_of<T>())
      throw Error(WDL_BAD_DTYPE, std::string(name) + " has elements of another type");
    std::size_t size = 1;
    for (int i = 0; i < array.ndim; i++) size *= std::size_t(array.shape[i]);
    std::vector<T> values(size);
    array.data = values.data();
    if (size) check(wdl_get_array(0, id_, name, &array));
    return values;
  }

  wdl_object id_ = 0;
};

// A callback's answer: it returns nothing, or what is true to stop.
template <class Fn, class Now>
bool stops(Fn &fn, const Now &now) {
  if constexpr (std::is_void_v<decltype(fn(now))>)
    return fn(now), false;
  else
    return bool(fn(now));
}

// The owner of a context: threads, time limit, progress and cancel of the calls it is given to. One
// call at a time; it must outlive the call.
class Context : public Object {
 public:
  Context() : Object(create()) {}
  explicit Context(Object &&other) : Object(std::move(other), "context") {}
  Context(Context &&) noexcept = default;
  Context &operator=(Context &&other) noexcept {
    Object::operator=(std::move(other));  // first, as the callback lives in the state
    state_ = std::move(other.state_);
    return *this;
  }
  ~Context() { Object::operator=(Object()); }

  // The context 0: the process's threads, no limit, no callback.
  static Context none() noexcept { return Context(Object()); }

  // fn(const wdl_progress &) runs on the calling thread, at most every min_seconds and once at the
  // end. It returns nothing, or what is true to stop. What it throws stops the call and comes out
  // of it. It may call progress and no_progress: the rest of the call then reports to the new
  // callback, at the old one's interval.
  template <class Fn>
  void progress(Fn fn, double min_seconds = 0.1) {
    auto made = std::make_shared<Callback>(
        [fn = std::move(fn)](const wdl_progress &now) mutable -> bool { return stops(fn, now); });
    if (!state_) state_ = std::make_unique<State>();
    check(wdl_context_progress(id(), &State::call, state_.get(), min_seconds));
    state_->fn.swap(made);
  }
  void no_progress() {
    check(wdl_context_progress(id(), nullptr, nullptr, 0));
    if (state_) state_->fn.reset();
  }
  // From any thread or signal handler; stays on until switched off.
  wdl_status cancel(bool on = true) const noexcept { return wdl_cancel(id(), on); }

  // As windlass::check, and a callback's exception comes home.
  wdl_status check(wdl_status status) const {
    if (state_ && state_->thrown) std::rethrow_exception(std::exchange(state_->thrown, nullptr));
    return windlass::check(status, id());
  }

 private:
  using Callback = std::function<bool(const wdl_progress &)>;
  // Stays where it is as long as the context: a call that runs keeps the pointer it began with.
  struct State {
    std::shared_ptr<Callback> fn;
    std::exception_ptr thrown;

    static std::int32_t call(void *user, const wdl_progress *now) noexcept {
      State &state = *static_cast<State *>(user);
      const std::shared_ptr<Callback> fn = state.fn;  // which may replace itself
      if (!fn) return 0;
      try {
        return (*fn)(*now);
      } catch (...) {
        state.thrown = std::current_exception();
        return 1;
      }
    }
  };
  static wdl_context create() {
    wdl_context made;
    windlass::check(wdl_context_create(0, &made));
    return made;
  }
  std::unique_ptr<State> state_;
};

// mixture.h; shapes as there, and results in C order.
class Mixture : public Object {
 public:
  Mixture() : Object(create()) {}
  explicit Mixture(Object &&other) : Object(std::move(other), "mixture") {}

  // WDL_OK, WDL_NOT_CONVERGED or WDL_STOPPED.
  wdl_status fit(const wdl_array &x, const Context &ctx = Context::none()) {
    return ctx.check(wdl_mixture_fit(ctx.id(), id(), &x, nullptr));
  }
  wdl_status fit(const wdl_array &x, const wdl_array &weights,
                 const Context &ctx = Context::none()) {
    return ctx.check(wdl_mixture_fit(ctx.id(), id(), &x, &weights));
  }
  void set_parameters(const wdl_array &weights, const wdl_array &means,
                      const wdl_array &covariances) {
    windlass::check(wdl_mixture_set_parameters(0, id(), &weights, &means, &covariances));
  }
  std::vector<std::int64_t> predict(const wdl_array &x,
                                    const Context &ctx = Context::none()) const {
    std::vector<std::int64_t> labels(rows(x));
    wdl_array out = view(labels);
    ctx.check(wdl_mixture_predict(ctx.id(), id(), &x, &out));
    return labels;
  }
  std::vector<double> predict_proba(const wdl_array &x,
                                    const Context &ctx = Context::none()) const {
    const std::int64_t k = shape("means").at(0);
    std::vector<double> responsibilities(rows(x) * std::size_t(k));
    wdl_array out = view(responsibilities.data(), {std::int64_t(rows(x)), k});
    ctx.check(wdl_mixture_predict_proba(ctx.id(), id(), &x, &out));
    return responsibilities;
  }
  std::vector<double> score_samples(const wdl_array &x,
                                    const Context &ctx = Context::none()) const {
    std::vector<double> log_likelihoods(rows(x));
    wdl_array out = view(log_likelihoods);
    ctx.check(wdl_mixture_score_samples(ctx.id(), id(), &x, &out));
    return log_likelihoods;
  }
  double score(const wdl_array &x, const Context &ctx = Context::none()) const {
    double mean;
    ctx.check(wdl_mixture_score(ctx.id(), id(), &x, &mean));
    return mean;
  }
  // Fills x, (n, d) of double; returns the component of each row.
  std::vector<std::int64_t> sample(std::int64_t seed, wdl_array x,
                                   const Context &ctx = Context::none()) const {
    std::vector<std::int64_t> labels(rows(x));
    wdl_array out = view(labels);
    ctx.check(wdl_mixture_sample(ctx.id(), id(), seed, &x, &out));
    return labels;
  }

 private:
  static wdl_mixture create() {
    wdl_mixture made;
    windlass::check(wdl_mixture_create(0, &made));
    return made;
  }
  static std::size_t rows(const wdl_array &x) {
    return x.ndim > 0 && x.shape[0] > 0 ? std::size_t(x.shape[0]) : 0;
  }
};

namespace mixture {

// Fills responsibilities (n, k); returns the mean log-likelihood of the rows.
inline double e_step(const wdl_array &x, const wdl_array &weights, const wdl_array &means,
                     const wdl_array &covariances, wdl_array responsibilities,
                     const Context &ctx = Context::none()) {
  double mean;
  ctx.check(
      wdl_mixture_e_step(ctx.id(), &x, &weights, &means, &covariances, &responsibilities, &mean));
  return mean;
}
// Fills weights (k,), means (k, d) and covariances (k, d, d).
inline void m_step(const wdl_array &x, const wdl_array &responsibilities, double reg_covar,
                   wdl_array weights, wdl_array means, wdl_array covariances,
                   const Context &ctx = Context::none()) {
  ctx.check(wdl_mixture_m_step(ctx.id(), &x, &responsibilities, reg_covar, &weights, &means,
                               &covariances));
}

}  // namespace mixture

}  // namespace windlass

#include <windlass/krylov.hpp>
#include <windlass/text.hpp>
#endif
