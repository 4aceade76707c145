// The border: every exported call runs inside guarded(), the only place that catches (but for a
// worker's exception on its way home, in core/parallel.hpp). It takes the context, keeps the
// caller's floating-point state, turns what is thrown into a status and writes the error record.
#pragma once
#include <new>

#include "core/context.hpp"
#include "core/run.hpp"
#include "thread_record.hpp"

namespace windlass {

// Nothing is written where record is nullptr.
void write_error(wdl_error *record, const char *function, const Error &error) noexcept;
wdl_status write_error(wdl_error *record, const char *function, wdl_status status, int32_t argument,
                       const char *text) noexcept;

// A context while a call runs on it. A callback's calls find it theirs, and are nested.
class ContextUse {
 public:
  explicit ContextUse(wdl_context ctx);  // not 0
  ~ContextUse();
  ContextUse(const ContextUse &) = delete;
  ContextUse &operator=(const ContextUse &) = delete;

  Context *context = nullptr;
  Slot *slot = nullptr;

 private:
  Borrow borrow_;
};

class Call {
 public:
  Call(wdl_context id, Context *context, Slot *slot, const char *function, const FloatState &caller)
      : id_(id), context_(context), slot_(slot), function_(function), caller_(caller) {}

  wdl_context id() const noexcept { return id_; }
  Context *context() const noexcept { return context_; }
  Run::Limits limits() const noexcept;
  const FloatState &caller() const noexcept { return caller_; }
  wdl_error *record() const noexcept { return context_ ? &context_->error : thread_error(); }
  // A status above 0, with what there is to know. Allocates nothing: the outputs are written
  // already.
  wdl_status outcome(wdl_status status, std::initializer_list<std::string_view> text,
                     const Run *run = nullptr) const noexcept;

 private:
  wdl_context id_;
  Context *context_;
  Slot *slot_;
  const char *function_;
  const FloatState &caller_;
};

// An argument object for one call; the context itself may be the object.
class Target {
 public:
  Target(const Call &call, wdl_object id, Borrow::Mode mode, int32_t argument);
  Object &object() const noexcept { return *object_; }
  // nullptr: the process or the context of the call, which no object can keep.
  const Borrow *borrow() const noexcept { return borrowed_ ? &borrow_ : nullptr; }
  template <class T>
  T &as(const Kind &kind, int32_t argument) const {
    if (object_->kind != &kind) Borrow::refuse_kind(*object_, kind.name, argument);
    return static_cast<T &>(*object_);
  }

 private:
  static Borrow take(const Call &call, wdl_object id, Borrow::Mode mode, int32_t argument);
  bool borrowed_;
  Borrow borrow_;
  Object *object_;
};

template <class T>
T *given(T *pointer, int32_t argument, const char *name) {
  if (!pointer)
    throw Error(WDL_BAD_ARGUMENT, argument, std::string(name) + " is NULL, expected a pointer");
  return pointer;
}

// The id that will come out, should the call fail in any way.
template <class T>
void none_yet(T *out) noexcept {
  if (out) *out = 0;
}

template <class Record, class Body>
wdl_status caught(Record &&record, const char *function, Body &&body) noexcept {
  try {
    return body();
  } catch (const Error &error) {
    write_error(record(), function, error);
    return error.status;
  } catch (const std::bad_alloc &) {
    return write_error(record(), function, WDL_OUT_OF_MEMORY, -1, "out of memory");
  } catch (...) {
    return write_error(record(), function, WDL_INTERNAL, -1, "an unexpected exception");
  }
}

// For calls that compute nothing: the caller's floating-point state stays as it is. What is wrong
// with the context itself goes to the thread's record.
template <class Body>
wdl_status guarded_plain(wdl_context ctx, const char *function, Body &&body,
                         const FloatState &caller = {}) noexcept {
  if (!ctx)
    return caught(thread_error, function,
                  [&] { return body(Call(0, nullptr, nullptr, function, caller)); });
  return caught(thread_error, function, [&] {
    const ContextUse use(ctx);
    return caught([&] { return &use.context->error; }, function,
                  [&] { return body(Call(ctx, use.context, use.slot, function, caller)); });
  });
}

template <class Body>
wdl_status guarded(wdl_context ctx, const char *function, Body &&body) noexcept {
  const FloatScope known(FloatState::known());
  return guarded_plain(ctx, function, body, known.before());
}

}  // namespace windlass
