/* What this machine can do: rates of reading, of fused multiply-add and of exp, on any number of
   threads. Compiled by bench/machine.py once per instruction-set level, with the level's -march.
   Every function returns the seconds from the first thread's start to the last one's end. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 24")
#endif

#if defined(__AVX512F__)
enum { vector_bytes = 64 };
#elif defined(__AVX__)
enum { vector_bytes = 32 };
#else
enum { vector_bytes = 16 };
#endif
typedef uint64_t words __attribute__((vector_size(vector_bytes)));
typedef uint8_t octets __attribute__((vector_size(vector_bytes)));
typedef int64_t integers __attribute__((vector_size(vector_bytes)));
typedef double doubles __attribute__((vector_size(vector_bytes)));
enum { lanes = vector_bytes / 8, most_threads = 64 };

/* ---- threads that start together ---- */

struct job {
  void (*work)(struct job *, int thread);
  int threads;
  pthread_barrier_t gate;
  double begun[most_threads], ended[most_threads];
  const uint8_t *data;
  int64_t size, repeats;
  int kind;
  uint64_t seen[most_threads]; /* results, so that no loop is left out */
};

struct seat {
  struct job *job;
  int thread;
};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *sit(void *argument) {
  const struct seat *seat = argument;
  struct job *job = seat->job;
  pthread_barrier_wait(&job->gate);
  job->begun[seat->thread] = now();
  job->work(job, seat->thread);
  job->ended[seat->thread] = now();
  return NULL;
}

/* Negative when a thread cannot be started. */
static double run(struct job *job) {
  pthread_t ids[most_threads];
  struct seat seats[most_threads];
  if (job->threads < 1 || job->threads > most_threads) return -1;
  pthread_barrier_init(&job->gate, NULL, (unsigned)job->threads);
  for (int t = 0; t < job->threads; t++) {
    seats[t] = (struct seat){job, t};
    if (t && pthread_create(&ids[t], NULL, sit, &seats[t])) return -1;
  }
  sit(&seats[0]);
  for (int t = 1; t < job->threads; t++) pthread_join(ids[t], NULL);
  pthread_barrier_destroy(&job->gate);
  double first = job->begun[0], last = job->ended[0];
  for (int t = 1; t < job->threads; t++) {
    if (job->begun[t] < first) first = job->begun[t];
    if (job->ended[t] > last) last = job->ended[t];
  }
  return last - first;
}

/* ---- reading ---- */

INLINE words load(const uint8_t *p) {
  words w;
  memcpy(&w, p, sizeof w);
  return w;
}

INLINE uint64_t total(words w) {
  uint64_t sum = 0;
  for (int i = 0; i < lanes; i++) sum += w[i];
  return sum;
}

/* Sum of words, 8 vectors at a time, asking for the line `ahead` bytes further (0: not). */
INLINE uint64_t sum_ahead(const uint8_t *p, int64_t n, int64_t ahead) {
  words sum[8] = {0};
  int64_t i = 0;
  for (; i + 8 * vector_bytes <= n; i += 8 * vector_bytes) {
    if (ahead)
      for (int64_t line = 0; line < 8 * vector_bytes; line += 64)
        __builtin_prefetch(p + i + ahead + line);
    UNROLL for (int j = 0; j < 8; j++) sum[j] += load(p + i + j * vector_bytes);
  }
  for (int j = 1; j < 8; j++) sum[0] += sum[j];
  uint64_t rest = total(sum[0]);
  for (; i < n; i++) rest += p[i];
  return rest;
}

/* The same from four places at once. */
static uint64_t sum_streams(const uint8_t *p, int64_t n) {
  words sum[8] = {0};
  const int64_t quarter = n / 4 / (2 * vector_bytes) * (2 * vector_bytes);
  for (int64_t i = 0; i < quarter; i += 2 * vector_bytes)
    UNROLL for (int s = 0; s < 4; s++) UNROLL for (int j = 0; j < 2; j++) sum[2 * s + j] +=
        load(p + s * quarter + i + j * vector_bytes);
  for (int j = 1; j < 8; j++) sum[0] += sum[j];
  uint64_t rest = total(sum[0]);
  for (int64_t i = 4 * quarter; i < n; i++) rest += p[i];
  return rest;
}

/* Bytes equal to a line feed, as wc -l counts them. */
static uint64_t count_bytes(const uint8_t *p, int64_t n) {
  const octets feed = (octets){0} + 10;
  uint64_t found = 0;
  int64_t i = 0;
  while (i + 4 * vector_bytes <= n) {
    octets count[4] = {{0}};
    /* 255 times: what a byte can count to */
    int64_t end = i + 255 * 4 * vector_bytes;
    for (; i < end && i + 4 * vector_bytes <= n; i += 4 * vector_bytes)
      UNROLL for (int j = 0; j < 4; j++) count[j] -=
          (octets)((octets)load(p + i + j * vector_bytes) == feed);
    uint8_t bytes[4 * vector_bytes];
    memcpy(bytes, count, sizeof bytes);
    for (int j = 0; j < 4 * vector_bytes; j++) found += bytes[j];
  }
  for (; i < n; i++) found += p[i] == 10;
  return found;
}

static void read_share(struct job *job, int thread) {
  const int64_t share = job->size / job->threads / 4096 * 4096, from = share * thread;
  const int64_t n = thread + 1 == job->threads ? job->size - from : share;
  const uint8_t *volatile data = job->data; /* read again each time */
  uint64_t seen = 0;
  for (int64_t r = 0; r < job->repeats; r++) {
    const uint8_t *p = data + from;
    seen += job->kind == 0   ? sum_ahead(p, n, 0)
            : job->kind == 1 ? sum_ahead(p, n, 2048)
            : job->kind == 2 ? sum_streams(p, n)
                             : count_bytes(p, n);
  }
  job->seen[thread] = seen;
}

/* kind 0 sum, 1 sum with prefetch, 2 sum of four streams, 3 line feeds; each thread its share. */
EXPORT double limits_read(int kind, const void *data, int64_t size, int threads, int64_t repeats,
                          uint64_t *seen) {
  struct job job = {.work = read_share, .threads = threads, .data = data, .size = size};
  job.repeats = repeats, job.kind = kind;
  const double seconds = run(&job);
  *seen = 0;
  for (int t = 0; t < threads && t < most_threads; t++) *seen += job.seen[t];
  return seconds;
}

/* ---- fused multiply-add (without the instruction: a product and a sum) ---- */

/* As many independent chains as hide the latency and still fit the registers. Every loop over them
   is unrolled and no asm constraint touches them, for either spills them. */
INLINE double chains(int64_t steps, int count) {
  doubles x[24];
  volatile double start = 1.0, factor = 0.999999, summand = 1e-6;
  const doubles a = factor - (doubles){0}, b = summand - (doubles){0};
  UNROLL for (int c = 0; c < count; c++) x[c] = (start + c) - (doubles){0};
  for (int64_t s = 0; s < steps; s++) UNROLL for (int c = 0; c < count; c++) x[c] = x[c] * a + b;
  doubles sum = x[0];
  UNROLL for (int c = 1; c < count; c++) sum += x[c];
  double result = 0;
  for (int i = 0; i < lanes; i++) result += sum[i];
  return result;
}

static double chains12(int64_t steps) { return chains(steps, 12); }
static double chains14(int64_t steps) { return chains(steps, 14); }
static double chains16(int64_t steps) { return chains(steps, 16); }
static double chains24(int64_t steps) { return chains(steps, 24); }

static void multiply_add(struct job *job, int thread) {
  double (*const loops[])(int64_t) = {chains12, chains14, chains16, chains24};
  job->seen[thread] = (uint64_t)loops[job->kind](job->repeats);
}

/* kind 0, 1, 2, 3: 12, 14, 16, 24 chains. *flops is what was computed. */
EXPORT double limits_fma(int kind, int64_t steps, int threads, double *flops) {
  static const int count[] = {12, 14, 16, 24};
  struct job job = {.work = multiply_add, .threads = threads, .repeats = steps, .kind = kind};
  *flops = 2.0 * lanes * count[kind] * (double)steps * threads;
  return run(&job);
}

/* ---- exp ---- */

/* x = n ln 2 + r, exp r = 1 + r + r^2 q(r) with q of degree 9, interpolated at the Chebyshev points
   of |r| <= ln 2 / 2 (relative error 2e-17 before rounding). n by adding 1.5 * 2^52; ln 2 in two
   parts (Cody, Waite 1980). For -708 <= x <= 708. */
INLINE doubles exp_vector(doubles x) {
  static const double q[10] = {0x1.0000000000001p-1,  0x1.5555555555556p-3,  0x1.5555555553d63p-5,
                               0x1.11111111109b3p-7,  0x1.6c16c1788bd90p-10, 0x1.a01a01a7c41d5p-13,
                               0x1.a019b90d2ae7ap-16, 0x1.71de0dae63bb3p-19, 0x1.289185613a3d6p-22,
                               0x1.af38a9b0ec855p-26};
  const doubles turned = x * 0x1.71547652b82fep+0 + 0x1.8p52, n = turned - 0x1.8p52;
  const doubles r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
  doubles p = r * q[9] + q[8];
  UNROLL for (int i = 7; i >= 0; i--) p = p * r + q[i];
  const doubles y = (r * r * p + r) + 1.0;
  return (doubles)((integers)y + ((integers)turned << 52));
}

/* n is a multiple of 8 vectors. */
static void exp_array(const double *x, double *y, int64_t n) {
  for (int64_t i = 0; i < n; i += 8 * lanes) UNROLL for (int j = 0; j < 8; j++) {
      doubles v;
      memcpy(&v, x + i + j * lanes, sizeof v);
      v = exp_vector(v);
      memcpy(y + i + j * lanes, &v, sizeof v);
    }
}

enum { exp_block = 512 }; /* 4 KB in, 4 KB out: L1 */

static void exp_share(struct job *job, int thread) {
  double x[exp_block], y[exp_block];
  for (int i = 0; i < exp_block; i++) x[i] = -50.0 * i / exp_block;
  uint64_t seen = 0;
  for (int64_t r = 0; r < job->repeats; r++) {
    exp_array(x, y, exp_block);
    x[r % exp_block] -= 1e-9;
    seen += y[r % exp_block] < 2.0;
  }
  job->seen[thread] = seen;
}

EXPORT double limits_exp(int64_t repeats, int threads, double *values) {
  struct job job = {.work = exp_share, .threads = threads, .repeats = repeats};
  *values = (double)exp_block * (double)repeats * threads;
  return run(&job);
}

/* To check it: y = exp x for 512 values. */
EXPORT void limits_exp_values(const double *x, double *y) { exp_array(x, y, exp_block); }
