// Every scenario on a thread with a small stack. Prints the smallest that works; the argument is
// the largest that may be needed, in KiB.
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "scenarios.hpp"

namespace deep {
namespace {

void *play_all(void *world) {
  World &w = *static_cast<World *>(world);
  each_of_all([&](const Scenario &s) {
    if (s.prepare) s.prepare(w);
    s.act(w);
    if (w.id) wdl_release(w.id);
    w.id = 0;
  });
  return nullptr;
}

// False where the system starts no thread with so little, or the thread ran out of it.
bool works(size_t bytes) {
  const pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child == 0) {
    alarm(600);
    World w(3);  // made here: its own vectors are not what is measured
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, bytes)) _exit(2);
    if (pthread_create(&thread, &attributes, play_all, &w)) _exit(2);
    pthread_join(thread, nullptr);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace
}  // namespace deep

int main(int argc, char **argv) {
  const long most = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 64;
  deep::World::text();
  deep::text_scenarios();
  long smallest = 0;
  for (long kib = 256; kib >= 8; kib -= kib > 64 ? 64 : kib > 32 ? 8 : 4) {
    if (!deep::works(size_t(kib) * 1024)) break;
    smallest = kib;
  }
  std::printf("small stacks: every call works in %ld KiB (smallest the system starts: %ld)\n",
              smallest, sysconf(_SC_THREAD_STACK_MIN) / 1024);
  return smallest && smallest <= most ? 0 : 1;
}
