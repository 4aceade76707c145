#include "guard.hpp"

#include "core/process.hpp"

namespace windlass {
namespace {

[[gnu::tls_model("initial-exec")]] thread_local char this_thread;  // its address names the thread

void copy_text(char *to, size_t capacity, std::initializer_list<std::string_view> parts) noexcept {
  size_t used = 0;
  for (std::string_view part : parts) {
    size_t n = part.size() < capacity - 1 - used ? part.size() : capacity - 1 - used;
    while (n < part.size() && n > 0 && (uint8_t(part[n]) & 0xc0) == 0x80) n--;  // whole characters
    std::memcpy(to + used, part.data(), n);
    used += n;
  }
  std::memset(to + used, 0, capacity - used);
}

void fill(wdl_error *record, const char *function, wdl_status status, int32_t argument,
          std::initializer_list<std::string_view> text) noexcept {
  if (!record) return;
  record->status = status;
  record->argument = argument;
  record->position[0] = record->position[1] = -1;
  record->callback_result = 0;
  copy_text(record->function, sizeof record->function, {function});
  copy_text(record->text, sizeof record->text, {function, ": "});
  const size_t used = std::strlen(record->text);
  copy_text(record->text + used, sizeof record->text - used, text);
}

}  // namespace

void write_error(wdl_error *record, const char *function, const Error &error) noexcept {
  fill(record, function, error.status, error.argument, {error.text});
  if (!record) return;
  record->position[0] = error.position[0];
  record->position[1] = error.position[1];
  record->callback_result = error.callback_result;
}

wdl_status write_error(wdl_error *record, const char *function, wdl_status status, int32_t argument,
                       const char *text) noexcept {
  fill(record, function, status, argument, {text});
  return status;
}

ContextUse::ContextUse(wdl_context ctx) {
  slot = handles::find(ctx);
  const bool mine = slot && slot->owner.load(std::memory_order_relaxed) == &this_thread;
  if (!mine) {
    borrow_ = Borrow(ctx, Borrow::exclusive, 0);
    slot = &borrow_.slot();
    borrow_.as<Context>(context_kind, 0);
    slot->owner.store(&this_thread, std::memory_order_relaxed);
  }
  context = static_cast<Context *>(slot->object);
  context->depth++;
}

ContextUse::~ContextUse() {
  if (--context->depth == 0) slot->owner.store(nullptr, std::memory_order_relaxed);
}

Run::Limits Call::limits() const noexcept {
  Run::Limits limits;
  limits.workers = process_wide::threads();
  if (!context_) return limits;
  if (context_->threads) limits.workers = int(context_->threads);
  limits.cancel_word = &slot_->word;
  limits.cancel_bit = handles::cancelled;
  limits.seconds = context_->time_limit;
  if (context_->depth > 1) {  // a callback's own call: serial, and it does not call that callback
    limits.workers = 1;
    return limits;
  }
  limits.progress = context_->progress;
  limits.user = context_->progress_user;
  limits.interval = context_->progress_interval;
  return limits;
}

wdl_status Call::outcome(wdl_status status, std::initializer_list<std::string_view> text,
                         const Run *run) const noexcept {
  wdl_error *to = record();
  fill(to, function_, status, -1, text);
  if (run && to) to->callback_result = run->callback_result();
  return status;
}

Borrow Target::take(const Call &call, wdl_object id, Borrow::Mode mode, int32_t argument) {
  return (id == call.id() && call.context()) || id == WDL_PROCESS ? Borrow()
                                                                  : Borrow(id, mode, argument);
}

Target::Target(const Call &call, wdl_object id, Borrow::Mode mode, int32_t argument)
    : borrowed_(!(id == call.id() && call.context()) && id != WDL_PROCESS),
      borrow_(take(call, id, mode, argument)),
      object_(borrowed_           ? &borrow_.object()
              : id == WDL_PROCESS ? &process()
                                  : call.context()) {}

}  // namespace windlass
