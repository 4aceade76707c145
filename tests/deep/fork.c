/* Use, fork, use in the child: a child finds no lock held and no worker missing, and gives the
   same bits as its parent. Forks come between calls, out of a progress callback, and while another
   thread computes. Each child has ten seconds. The argument: forks of each sort.
   GCC 12's address sanitizer does not ready its allocator for a fork (LLVM's does since 18, pull
   request 75290): a child of a process whose other threads allocate may wait for its locks, so the
   last sort is left out there. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <windlass/windlass.h>

enum { rows = 4000, columns = 2, text_bytes = 3 << 20 };

static double points[rows * columns];
static char text[text_bytes];
static int failures, forks;

struct result {
  int64_t doubles;
  double means[3 * columns], bound;
};
static struct result expected;

static void fill(void) {
  uint32_t state = 7;
  for (int i = 0; i < rows * columns; i++) {
    state = state * 1664525u + 1013904223u;
    points[i] = (double)(state >> 8) / 16777216 + (i / columns) % 3 * 4;
  }
  for (int i = 0; i < text_bytes; i++) {
    state = state * 1664525u + 1013904223u;
    text[i] = (char)('a' + (state >> 30));
  }
}

/* Both jobs on two or more threads. Zero when all went well. */
static int use(wdl_context ctx, struct result *out) {
  wdl_array x, means;
  wdl_mixture mixture = 0;
  int bad = wdl_text_count_doubles(ctx, text, text_bytes, WDL_TEXT_UTF8, &out->doubles);
  bad |= wdl_array_matrix(ctx, points, WDL_F64, rows, columns, &x);
  bad |= wdl_array_matrix(ctx, out->means, WDL_F64, 3, columns, &means);
  bad |= wdl_mixture_create(ctx, &mixture);
  bad |= wdl_set_int(ctx, mixture, "n_components", 3);
  bad |= wdl_set_int(ctx, mixture, "max_iter", 20);
  bad |= wdl_set_real(ctx, mixture, "tol", 0);
  bad |= wdl_mixture_fit(ctx, mixture, &x, NULL) < 0;
  bad |= wdl_get_array(ctx, mixture, "means", &means);
  bad |= wdl_get_real(ctx, mixture, "lower_bound", &out->bound);
  bad |= wdl_release(mixture);
  return bad;
}

static int same(const struct result *a) { return !memcmp(a, &expected, sizeof *a); }

static wdl_context make_context(void) {
  wdl_context ctx = 0;
  if (wdl_context_create(0, &ctx) || wdl_set_int(0, ctx, "threads", 3)) exit(3);
  return ctx;
}

/* In the child: with the parent's context and with one of its own. */
static int child_uses(wdl_context parents) {
  struct result now = {0};
  const wdl_context own = make_context();
  if (parents && (use(parents, &now) || !same(&now))) return 1;
  if (use(own, &now) || !same(&now)) return 2;
  return wdl_release(own) ? 3 : 0;
}

static void await(pid_t child, const char *what) {
  int status = 0;
  forks++;
  if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
      WEXITSTATUS(status) == 0)
    return;
  failures++;
  const int hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
  fprintf(stderr, "fork %s: the child %s, status %d\n", what, hung ? "hung" : "failed", status);
}

static pid_t fork_watched(void) {
  fflush(NULL);
  const pid_t child = fork();
  if (child == 0) alarm(10);
  return child;
}

static void between_calls(wdl_context ctx, int times) {
  struct result now = {0};
  for (int i = 0; i < times; i++) {
    const pid_t child = fork_watched();
    if (child == 0) _exit(child_uses(ctx));
    await(child, "between calls");
    if (use(ctx, &now) || !same(&now)) failures++;
  }
}

struct progress_state {
  wdl_context ctx;
  int in_child;
};

static int32_t fork_once(void *user, const wdl_progress *now) {
  struct progress_state *state = user;
  if (now->done != 1) return 0;
  const pid_t child = fork_watched();
  if (child == 0) {
    /* Nested calls in the child, which then finishes the fit that it found itself in. */
    int64_t doubles = 0;
    state->in_child = 1;
    if (wdl_text_count_doubles(state->ctx, text, text_bytes, WDL_TEXT_UTF8, &doubles) ||
        doubles != expected.doubles)
      _exit(4);
    if (child_uses(0)) _exit(5);
  } else {
    await(child, "in a progress callback");
  }
  return 0;
}

static void in_callback(wdl_context ctx, int times) {
  for (int i = 0; i < times; i++) {
    struct progress_state state = {ctx, 0};
    struct result now = {0};
    int bad = wdl_context_progress(ctx, fork_once, &state, 0);
    bad |= use(ctx, &now) || !same(&now);
    if (state.in_child) _exit(bad ? 6 : 0);
    bad |= wdl_context_progress(ctx, NULL, NULL, 0);
    failures += bad != 0;
  }
}

#ifndef __SANITIZE_ADDRESS__
static atomic_int stop;

static void *compute(void *unused) {
  const wdl_context ctx = make_context();
  struct result now = {0};
  int bad = 0;
  while (!atomic_load(&stop)) bad |= use(ctx, &now) || !same(&now);
  bad |= wdl_release(ctx);
  return bad ? unused : NULL;
}

static void beside_a_computation(wdl_context ctx, int times) {
  pthread_t thread;
  void *bad = NULL;
  if (pthread_create(&thread, NULL, compute, &failures)) exit(3);
  for (int i = 0; i < times; i++) {
    const pid_t child = fork_watched();
    if (child == 0) _exit(child_uses(ctx));
    await(child, "beside a computation");
  }
  atomic_store(&stop, 1);
  pthread_join(thread, &bad);
  if (bad) failures++;
}
#endif

int main(int argc, char **argv) {
  const int times = argc > 1 ? atoi(argv[1]) : 100;
  const wdl_context ctx = make_context();
  fill();
  if (use(ctx, &expected)) return 3;
  between_calls(ctx, times);
  in_callback(ctx, times);
#ifndef __SANITIZE_ADDRESS__
  beside_a_computation(ctx, times);
#endif
  printf("forks: %d survived, %d failures\n", forks, failures);
  return failures != 0 || wdl_release(ctx) != WDL_OK;
}
