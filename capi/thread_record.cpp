#include "thread_record.hpp"

#include <pthread.h>

#include <new>

namespace windlass {
namespace {

struct Records {
  wdl_error last, shown;
};

// initial-exec: the few bytes come with the thread.
[[gnu::tls_model("initial-exec")]] thread_local Records *records = nullptr;
[[gnu::tls_model("initial-exec")]] thread_local bool lost = false;

constexpr wdl_error nothing{};
constexpr wdl_error unrecorded = {
    WDL_OUT_OF_MEMORY, -1, {-1, -1}, 0, "", "out of memory: the error could not be recorded"};

pthread_once_t once = PTHREAD_ONCE_INIT;
pthread_key_t key;
bool have_key = false;

void free_records(void *mine) {
  records = nullptr;
  delete static_cast<Records *>(mine);
}
void make_key() { have_key = !pthread_key_create(&key, free_records); }

Records *own_records() noexcept {
  if (records) return records;
  pthread_once(&once, make_key);
  Records *fresh = have_key ? new (std::nothrow) Records{} : nullptr;
  if (fresh && pthread_setspecific(key, fresh)) {
    delete fresh;
    fresh = nullptr;
  }
  return records = fresh;
}

}  // namespace

wdl_error *thread_error() noexcept {
  Records *own = own_records();
  lost = !own;
  return own ? &own->last : nullptr;
}

const wdl_error &last_thread_error() noexcept {
  return lost ? unrecorded : records ? records->last : nothing;
}

const char *show(const wdl_error &error) noexcept {
  Records *own = own_records();
  if (!own) return unrecorded.text;
  own->shown = error;
  return own->shown.text;
}

}  // namespace windlass
