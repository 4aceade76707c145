// The table behind the ids: who an id names, who uses it now, and when it may go. Lock-free, so
// that a signal handler may cancel, a finalizer may release and a child of a fork finds no lock
// held.
#pragma once
#include <atomic>

#include "object.hpp"

namespace windlass {

// readers 0..16, holds 17..35, writer 36, released 37, cancelled 38, generation 40..63
struct Slot {
  std::atomic<uint64_t> word{0};
  Object *object = nullptr;
  std::atomic<const Kind *> kind{nullptr};
  std::atomic<const void *> owner{nullptr};  // of a context: the thread whose call runs on it
  std::atomic<uint32_t> next_free{0};
};

namespace handles {

constexpr uint64_t reader = 1, hold = 1ull << 17, writer = 1ull << 36, released = 1ull << 37,
                   cancelled = 1ull << 38;
constexpr uint64_t readers_mask = hold - 1, holds_mask = writer - hold,
                   in_use = readers_mask | writer;
constexpr uint32_t last_generation = 0xffffff;

// Takes the object over, also when it throws (out of memory, or 2^20 live handles).
wdl_object enter(Object *object);
// WDL_BAD_HANDLE where the id names nothing.
wdl_status release(wdl_object id) noexcept;
wdl_status cancel(wdl_object context, bool on) noexcept;
int64_t live() noexcept;

// The slot of an id that may be used; nullptr when none, stale or foreign.
Slot *find(wdl_object id) noexcept;
bool names(uint64_t word, wdl_object id) noexcept;
void leave(Slot &slot, uint64_t what) noexcept;  // the last one out destroys

}  // namespace handles

// Use of an object for one call: many readers or one writer. Throws WDL_BAD_HANDLE, WDL_BUSY.
class Borrow {
 public:
  enum Mode { shared, exclusive };
  Borrow() = default;
  Borrow(wdl_object id, Mode mode, int32_t argument);
  Borrow(Slot &slot, Mode mode, int32_t argument, const char *name);  // of an object held
  Borrow(Borrow &&other) noexcept : slot_(other.slot_), taken_(other.taken_) {
    other.slot_ = nullptr;
  }
  Borrow &operator=(Borrow &&other) noexcept {
    if (this == &other) return *this;
    if (slot_) handles::leave(*slot_, taken_);
    slot_ = other.slot_, taken_ = other.taken_;
    other.slot_ = nullptr;
    return *this;
  }
  ~Borrow() {
    if (slot_) handles::leave(*slot_, taken_);
  }

  [[noreturn]] static void refuse_kind(const Object &came, const char *expected, int32_t argument);
  Object &object() const noexcept { return *slot_->object; }
  Slot &slot() const noexcept { return *slot_; }
  template <class T>
  T &as(const Kind &kind, int32_t argument) const {
    if (slot_->object->kind != &kind) refuse_kind(*slot_->object, kind.name, argument);
    return static_cast<T &>(*slot_->object);
  }

 private:
  Slot *slot_ = nullptr;
  uint64_t taken_ = 0;
};

// What an object keeps of another one: it lives on, whatever becomes of its id.
class Hold {
 public:
  Hold() = default;
  explicit Hold(const Borrow &borrow);  // throws WDL_BUSY when 2^19 objects hold it already
  Hold(Hold &&other) noexcept : slot_(other.slot_) { other.slot_ = nullptr; }
  Hold &operator=(Hold &&other) noexcept;
  ~Hold() { reset(); }
  void reset() noexcept;

  explicit operator bool() const noexcept { return slot_; }
  Slot *slot() const noexcept { return slot_; }

 private:
  Slot *slot_ = nullptr;
};

// Objects within objects, as deep as they can be set and saved.
inline constexpr int most_nested = 16;

// Keeps value in the object property p; refuses another kind, and a chain that would come back to
// target.
void set_object(Object &target, const Property &p, const Borrow *value, int32_t argument);

}  // namespace windlass
