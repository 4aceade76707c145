// The library loaded at run time, and a first call on a new thread while memory is out: what the
// loader would allocate for that thread must not be needed. The argument: the library's file.
#include <dlfcn.h>
#include <pthread.h>
#include <windlass/windlass.h>

#include <cstdio>

#include "allocation.hpp"

namespace {

decltype(&wdl_kind_at) kind_at;
wdl_status status = 99;

void *first_call(void *) {
  const char *kind = nullptr;
  deep::arm(1, deep::Fail::from_then_on);
  status = kind_at(0, -1, &kind);
  deep::disarm();
  return nullptr;
}

}  // namespace

int main(int argc, char **argv) {
  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : nullptr;
  if (library) kind_at = reinterpret_cast<decltype(kind_at)>(dlsym(library, "wdl_kind_at"));
  pthread_t thread;
  if (!kind_at || pthread_create(&thread, nullptr, first_call, nullptr)) return 3;
  pthread_join(thread, nullptr);
  std::printf("first call on a thread without memory: status %d\n", status);
  return status != WDL_OUT_OF_MEMORY && status != WDL_BAD_ARGUMENT;
}
