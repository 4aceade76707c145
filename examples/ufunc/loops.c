/* Loops of one's own for NumPy, without NumPy's headers:

       cc -O2 -shared -fPIC loops.c -o libloops.so
       python own.py ./libloops.so

   args: the first elements of the inputs and then of the outputs; steps: bytes from one element to
   the next, of any sign and zero. */
#include <math.h>
#include <stdint.h>

/* "dd->d": x moved towards 0 by t. */
void soft_threshold(char **args, const intptr_t *dimensions, const intptr_t *steps, void *data) {
  (void)data;
  for (intptr_t i = 0; i < dimensions[0]; i++) {
    const double x = *(const double *)(args[0] + i * steps[0]);
    const double t = *(const double *)(args[1] + i * steps[1]);
    *(double *)(args[2] + i * steps[2]) = copysign(fmax(fabs(x) - t, 0), x);
  }
}

/* "dd->d" with the signature "(n),()->()": the polynomial of coefficients c, highest power first,
   at x. dimensions: outer, n; steps: of c, x and y, and from one coefficient to the next. */
void horner(char **args, const intptr_t *dimensions, const intptr_t *steps, void *data) {
  (void)data;
  for (intptr_t i = 0; i < dimensions[0]; i++) {
    const char *c = args[0] + i * steps[0];
    const double x = *(const double *)(args[1] + i * steps[1]);
    double y = 0;
    for (intptr_t k = 0; k < dimensions[1]; k++) y = y * x + *(const double *)(c + k * steps[3]);
    *(double *)(args[2] + i * steps[2]) = y;
  }
}

/* A function of numbers, for vectorize_c. */
double huber(double x, double delta) {
  const double a = fabs(x);
  return a <= delta ? 0.5 * x * x : delta * (a - 0.5 * delta);
}
