#include "handles.hpp"

#include <memory>

namespace windlass {
namespace handles {
namespace {

// Chunk 0 is static, chunk c > 0 has 1024 << (c - 1) slots: slots never move and are never freed.
constexpr uint32_t first_chunk = 1024, chunks = 11, most_slots = 1u << 20, reserved_slots = 2;
constinit Slot chunk_0[first_chunk];
constinit std::atomic<Slot *> chunk[chunks];
constinit std::atomic<uint32_t> fresh{reserved_slots};  // the first slot never used
constinit std::atomic<uint64_t> free_list{0};           // slot 0..31, count of changes 32..63
constinit std::atomic<int64_t> live_count{0};

// An id of one copy of the library should mean nothing to another: the load address tells them
// apart.
uint64_t load_tag() noexcept {
  const uint64_t page = reinterpret_cast<uintptr_t>(&chunk_0) >> 12;
  const uint64_t tag = (page * 0x9e3779b97f4a7c15ull) >> 56;
  return tag ? tag : 1;
}

int chunk_of(uint32_t slot) noexcept {
  return slot < first_chunk ? 0 : 32 - __builtin_clz(slot / first_chunk);
}
uint32_t chunk_start(int c) noexcept { return c == 0 ? 0 : first_chunk << (c - 1); }
uint32_t chunk_size(int c) noexcept { return c == 0 ? first_chunk : first_chunk << (c - 1); }

Slot *chunk_of_slots(int c) noexcept {
  return c == 0 ? chunk_0 : chunk[c].load(std::memory_order_acquire);
}

// Of a slot that has been used before.
Slot &at(uint32_t slot) noexcept {
  const int c = chunk_of(slot);
  return chunk_of_slots(c)[slot - chunk_start(c)];
}

void grow(int c) {
  if (chunk_of_slots(c)) return;
  auto slots = std::make_unique<Slot[]>(chunk_size(c));
  Slot *none = nullptr;
  if (chunk[c].compare_exchange_strong(none, slots.get(), std::memory_order_acq_rel))
    slots.release();
}

// A slot is free once, so the list (Treiber 1986) needs only its count of changes against ABA.
uint32_t pop_free() noexcept {
  uint64_t head = free_list.load(std::memory_order_acquire);
  while (const uint32_t slot = uint32_t(head)) {
    const uint64_t next = at(slot).next_free.load(std::memory_order_relaxed);
    if (free_list.compare_exchange_weak(head, ((head >> 32) + 1) << 32 | next,
                                        std::memory_order_acq_rel))
      return slot;
  }
  return 0;
}

void push_free(uint32_t slot) noexcept {
  uint64_t head = free_list.load(std::memory_order_relaxed);
  do at(slot).next_free.store(uint32_t(head), std::memory_order_relaxed);
  while (!free_list.compare_exchange_weak(head, ((head >> 32) + 1) << 32 | slot,
                                          std::memory_order_acq_rel));
}

uint32_t take_fresh() {
  uint32_t slot = fresh.load(std::memory_order_relaxed);
  do {
    if (slot >= most_slots) throw std::bad_alloc();
    grow(chunk_of(slot));
  } while (!fresh.compare_exchange_weak(slot, slot + 1, std::memory_order_relaxed));
  return slot;
}

uint32_t index_of(const Slot &slot) noexcept {
  for (int c = 0;; c++) {
    const Slot *slots = chunk_of_slots(c);
    if (slots && &slot >= slots && &slot < slots + chunk_size(c))
      return chunk_start(c) + uint32_t(&slot - slots);
  }
}

void destroy_one(uint32_t index) noexcept {
  Slot &slot = at(index);
  Object *object = slot.object;
  slot.object = nullptr;
  object->kind->destroy(object);
  live_count.fetch_sub(1, std::memory_order_relaxed);
  // A slot whose generation would wrap is retired.
  if (slot.word.load(std::memory_order_relaxed) >> 40 < last_generation) push_free(index);
}

[[gnu::tls_model("initial-exec")]] thread_local uint32_t
    dying;  // slots that wait for it on this thread, linked by next_free
[[gnu::tls_model("initial-exec")]] thread_local bool destroying;

// An object takes along what only it kept alive; a long chain of them must not recurse.
void destroy(Slot &slot) noexcept {
  slot.next_free.store(dying, std::memory_order_relaxed);
  dying = index_of(slot);
  if (destroying) return;
  destroying = true;
  while (const uint32_t index = dying) {
    dying = at(index).next_free.load(std::memory_order_relaxed);
    destroy_one(index);
  }
  destroying = false;
}

}  // namespace

bool names(uint64_t word, wdl_object id) noexcept {
  return word >> 40 == (id >> 20 & last_generation) && word >> 40 && !(word & released) &&
         id >> 44 == load_tag();
}

Slot *find(wdl_object id) noexcept {
  const uint32_t index = uint32_t(id & (most_slots - 1));
  if (!chunk_of_slots(chunk_of(index))) return nullptr;
  Slot &slot = at(index);
  return names(slot.word.load(std::memory_order_acquire), id) ? &slot : nullptr;
}

wdl_object enter(Object *object) {
  std::unique_ptr<Object, void (*)(Object *)> guard(object, [](Object *o) { o->kind->destroy(o); });
  uint32_t index = pop_free();
  if (!index) index = take_fresh();
  Slot &slot = at(index);
  slot.object = guard.release();
  slot.kind.store(object->kind, std::memory_order_relaxed);
  slot.owner.store(nullptr, std::memory_order_relaxed);
  const uint64_t generation = (slot.word.load(std::memory_order_relaxed) >> 40) + 1;
  slot.word.store(generation << 40, std::memory_order_release);
  live_count.fetch_add(1, std::memory_order_relaxed);
  return load_tag() << 44 | generation << 20 | index;
}

wdl_status release(wdl_object id) noexcept {
  Slot *slot = find(id);
  if (!slot) return WDL_BAD_HANDLE;
  uint64_t word = slot->word.load(std::memory_order_acquire);
  while (names(word, id))
    if (slot->word.compare_exchange_weak(word, word | released, std::memory_order_acq_rel)) {
      if (!(word & (in_use | holds_mask))) destroy(*slot);
      return WDL_OK;
    }
  return WDL_BAD_HANDLE;
}

wdl_status cancel(wdl_object context, bool on) noexcept {
  Slot *slot = find(context);
  if (!slot || std::strcmp(slot->kind.load(std::memory_order_relaxed)->name, "context"))
    return WDL_BAD_HANDLE;
  uint64_t word = slot->word.load(std::memory_order_acquire);
  while (names(word, context))
    if (slot->word.compare_exchange_weak(word, on ? word | cancelled : word & ~cancelled,
                                         std::memory_order_acq_rel))
      return WDL_OK;
  return WDL_BAD_HANDLE;
}

void leave(Slot &slot, uint64_t what) noexcept {
  const uint64_t left = slot.word.fetch_sub(what, std::memory_order_acq_rel) - what;
  if (left & released && !(left & (in_use | holds_mask))) destroy(slot);
}

int64_t live() noexcept { return live_count.load(std::memory_order_relaxed); }

}  // namespace handles

namespace {

[[noreturn]] void refuse_handle(wdl_object id, int32_t argument) {
  throw Error(WDL_BAD_HANDLE, argument,
              id ? "the handle is stale or foreign" : "the handle is 0, expected an object");
}

}  // namespace

Borrow::Borrow(wdl_object id, Mode mode, int32_t argument)
    : taken_(mode == exclusive ? handles::writer : handles::reader) {
  Slot *slot = handles::find(id);
  if (!slot) refuse_handle(id, argument);
  uint64_t word = slot->word.load(std::memory_order_relaxed);
  do {
    if (!handles::names(word, id)) refuse_handle(id, argument);
    if (word & (mode == exclusive ? handles::in_use : handles::writer) ||
        (word & handles::readers_mask) == handles::readers_mask)
      throw Error(WDL_BUSY, argument, "the object is in use by another call");
  } while (!slot->word.compare_exchange_weak(word, word + taken_, std::memory_order_acquire,
                                             std::memory_order_relaxed));
  slot_ = slot;
}

Borrow::Borrow(Slot &slot, Mode mode, int32_t argument, const char *name)
    : taken_(mode == exclusive ? handles::writer : handles::reader) {
  uint64_t word = slot.word.load(std::memory_order_relaxed);
  do {
    if (word & (mode == exclusive ? handles::in_use : handles::writer) ||
        (word & handles::readers_mask) == handles::readers_mask)
      throw Error(WDL_BUSY, argument, std::string(name) + " is in use by another call");
  } while (!slot.word.compare_exchange_weak(word, word + taken_, std::memory_order_acquire,
                                            std::memory_order_relaxed));
  slot_ = &slot;
}

void Borrow::refuse_kind(const Object &came, const char *expected, int32_t argument) {
  throw Error(WDL_BAD_HANDLE, argument,
              std::string("the handle is of kind \"") + came.kind->name + "\", expected \"" +
                  expected + "\"");
}

Hold::Hold(const Borrow &borrow) {
  Slot &slot = borrow.slot();
  uint64_t word = slot.word.load(std::memory_order_relaxed);
  do {
    if ((word & handles::holds_mask) == handles::holds_mask)
      throw Error(WDL_BUSY, -1, "the object is held by too many others");
  } while (!slot.word.compare_exchange_weak(word, word + handles::hold, std::memory_order_acq_rel));
  slot_ = &slot;
}

Hold &Hold::operator=(Hold &&other) noexcept {
  if (this != &other) {
    reset();
    slot_ = other.slot_;
    other.slot_ = nullptr;
  }
  return *this;
}

void Hold::reset() noexcept {
  if (slot_) handles::leave(*slot_, handles::hold);
  slot_ = nullptr;
}

namespace {

// Whether from, or anything that it keeps alive, is the target. Borrowed while looked at: a change
// under way elsewhere is WDL_BUSY, so no two calls can close a circle together.
bool leads_to(Object &from, const Object &target, int32_t argument, int depth) {
  if (&from == &target) return true;
  if (depth > most_nested)
    throw Error(WDL_BAD_ARGUMENT, argument,
                "the object keeps objects within objects, expected at most " +
                    std::to_string(most_nested) + " deep");
  for (const Property &p : from.kind->properties) {
    if (p.info.type != WDL_OBJECT) continue;
    Slot *slot = static_cast<Hold *>(p.field(from))->slot();
    if (!slot) continue;
    if (slot->object == &target) return true;  // which this call has borrowed for itself
    const Borrow next(*slot, Borrow::shared, argument, p.info.name);
    if (leads_to(next.object(), target, argument, depth + 1)) return true;
  }
  return false;
}

}  // namespace

void set_object(Object &target, const Property &p, const Borrow *value, int32_t argument) {
  require_type(p, WDL_OBJECT, true);
  Hold fresh;
  if (value) {
    const char *kind = value->object().kind->name;
    if (p.info.choices && find_choice(p, kind) < 0)
      throw Error(WDL_BAD_HANDLE, argument,
                  std::string(p.info.name) + " is of kind \"" + kind + "\", expected \"" +
                      p.info.choices + "\"");
    if (leads_to(value->object(), target, argument, 1))
      throw Error(WDL_BAD_ARGUMENT, argument,
                  std::string(p.info.name) + " leads back to the object that it would be kept by");
    fresh = Hold(*value);
  }
  *static_cast<Hold *>(p.field(target)) = std::move(fresh);
}

}  // namespace windlass
