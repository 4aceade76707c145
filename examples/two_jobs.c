/* Two jobs in C99: counts the doubled characters of a text, and fits a mixture of three Gaussians.

     two_jobs [TEXT-FILE [POINTS.csv]]

   The points are one a line, numbers separated by commas; without files built-in data is used.

     cc -std=c99 two_jobs.c $(pkg-config --cflags --libs windlass) -o two_jobs
     cc -std=c99 -static two_jobs.c $(pkg-config --static --cflags --libs windlass) -o two_jobs */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windlass/windlass.h>

enum { components = 3 };

typedef struct points {
  double *values; /* row by row */
  int64_t rows, columns;
} points;

static void fail(const char *what, const char *text) {
  fprintf(stderr, "%s: %s\n", what, text);
  exit(EXIT_FAILURE);
}

/* Below 0 is an error; above 0 there is something to know, and every output is valid. */
static void check(wdl_status status) {
  if (status < 0) fail("two_jobs", wdl_error_message(0));
}

static void *allocate(size_t bytes) {
  void *memory = malloc(bytes ? bytes : 1);
  if (!memory) fail("two_jobs", "out of memory");
  return memory;
}

static char *read_file(const char *name, int64_t *length) {
  FILE *file = fopen(name, "rb");
  if (!file || fseek(file, 0, SEEK_END)) fail(name, "cannot be read");
  long size = ftell(file);
  if (size < 0 || fseek(file, 0, SEEK_SET)) fail(name, "cannot be read");
  char *text = allocate((size_t)size + 1);
  if (fread(text, 1, (size_t)size, file) != (size_t)size) fail(name, "cannot be read");
  fclose(file);
  text[size] = 0;
  *length = size;
  return text;
}

static points parse_points(char *text, int64_t length) {
  points p = {0, 0, 1};
  int64_t count = 0;
  for (const char *c = text; *c && *c != '\n'; c++) p.columns += *c == ',';
  p.values = allocate(sizeof(double) * (size_t)(length / 2 + 1)); /* a digit and a separator each */
  for (char *at = text, *end;; at = end) {
    double value = strtod(at, &end);
    if (end == at) break;
    p.values[count++] = value;
    const char *separator = end;
    end += strspn(end, ", \r\n");
    int last = !*end || memchr(separator, '\n', (size_t)(end - separator)) != NULL;
    if (last != (count % p.columns == 0)) fail("points", "the lines differ in length");
  }
  p.rows = count / p.columns;
  return p;
}

/* Three round clouds; a sum of four uniform numbers is near enough to a normal one. */
static points make_points(void) {
  static const double centres[components][2] = {{0, 0}, {6, 1}, {2, 7}};
  points p = {0, 600, 2};
  uint64_t state = 1;
  p.values = allocate(sizeof(double) * (size_t)(p.rows * p.columns));
  for (int64_t i = 0; i < p.rows * p.columns; i++) {
    double sum = -2;
    for (int k = 0; k < 4; k++) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      sum += (double)(state >> 11) * 0x1p-53;
    }
    p.values[i] = centres[i / 2 % components][i % 2] + sum;
  }
  return p;
}

static void count_doubles(const char *text, int64_t length) {
  int64_t count;
  check(wdl_text_count_doubles(0, text, length, WDL_TEXT_UTF8, &count));
  printf("doubled characters: %lld\n", (long long)count);
}

static void print_components(wdl_mixture gmm, int64_t columns) {
  double weights[components], *means = allocate(sizeof(double) * components * (size_t)columns);
  int64_t shape[1] = {components};
  wdl_array out;
  check(wdl_array_view(0, weights, WDL_F64, 1, shape, NULL, 0, &out));
  check(wdl_get_array(0, gmm, "weights", &out));
  check(wdl_array_matrix(0, means, WDL_F64, components, columns, &out));
  check(wdl_get_array(0, gmm, "means", &out));
  for (int64_t c = 0; c < components; c++) {
    printf("component %d: weight %.6f, mean", (int)c, weights[c]);
    for (int64_t j = 0; j < columns; j++) printf(" %.6f", means[c * columns + j]);
    printf("\n");
  }
  free(means);
}

static void fit_mixture(points p) {
  wdl_mixture gmm;
  wdl_array x;
  int64_t n_iter;
  double bound;
  check(wdl_array_matrix(0, p.values, WDL_F64, p.rows, p.columns, &x));
  check(wdl_mixture_create(0, &gmm));
  check(wdl_set_int(0, gmm, "n_components", components));
  check(wdl_set_int(0, gmm, "n_init", 10));
  wdl_status status = wdl_mixture_fit(0, gmm, &x, NULL);
  check(status);
  check(wdl_get_int(0, gmm, "n_iter", &n_iter));
  check(wdl_get_real(0, gmm, "lower_bound", &bound));
  printf("points: %lld x %lld\n", (long long)p.rows, (long long)p.columns);
  printf("%s after %lld iterations, mean log-likelihood %.6f\n",
         status == WDL_OK ? "converged" : "not converged", (long long)n_iter, bound);
  print_components(gmm, p.columns);
  check(wdl_release(gmm));
}

int main(int argc, char **argv) {
  static const char built_in[] = "a bookkeeper's committee";
  int64_t length = sizeof built_in - 1;
  char *text = argc > 1 ? read_file(argv[1], &length) : NULL;
  count_doubles(text ? text : built_in, length);
  free(text);

  text = argc > 2 ? read_file(argv[2], &length) : NULL;
  points p = text ? parse_points(text, length) : make_points();
  free(text);
  fit_mixture(p);
  free(p.values);
  return EXIT_SUCCESS;
}
