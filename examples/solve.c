/* Solves -u_xx - u_yy + 20 u_x = 1 in a square, u = 0 around it: compressed rows, ILU(0), GMRES.

     cc -std=c99 solve.c $(pkg-config --cflags --libs windlass) -o solve */
#include <stdio.h>
#include <windlass/windlass.h>

enum { side = 50, n = side * side };
static int32_t indptr[n + 1], indices[5 * n];
static double values[5 * n], rhs[n], solution[n];

int main(void) {
  const int32_t step[] = {-side, -1, 0, 1, side};
  const double h = 1.0 / (side + 1), weight[] = {-1, -1 - 10 * h, 4, -1 + 10 * h, -1};
  int32_t entries = 0;
  for (int32_t i = 0; i < n; i++) {
    for (int k = 0; k < 5; k++) {
      const int32_t j = i + step[k];
      if (j < 0 || j >= n || ((k == 1 || k == 3) && j / side != i / side)) continue;
      indices[entries] = j, values[entries++] = weight[k];
    }
    indptr[i + 1] = entries, rhs[i] = h * h;
  }
  const int64_t rows = n, pointers = n + 1, stored = entries;
  wdl_array p, c, v, b, x;
  wdl_array_view(0, indptr, WDL_I32, 1, &pointers, NULL, 0, &p);
  wdl_array_view(0, indices, WDL_I32, 1, &stored, NULL, 0, &c);
  wdl_array_view(0, values, WDL_F64, 1, &stored, NULL, 0, &v);
  wdl_array_view(0, rhs, WDL_F64, 1, &rows, NULL, 0, &b);
  wdl_array_view(0, solution, WDL_F64, 1, &rows, NULL, 0, &x);

  wdl_operator a = 0;
  wdl_precond m = 0;
  wdl_solver solver = 0;
  int64_t steps = 0;
  double residual = 0;
  if (wdl_sparse_csr(0, n, &p, &c, &v, NULL, NULL, &a) < 0 ||
      wdl_precond_create(0, "ilu0", &m) < 0 || wdl_precond_setup(0, m, a) < 0 ||
      wdl_krylov_create(0, "gmres", &solver) < 0 || wdl_set_real(0, solver, "rtol", 1e-10) < 0 ||
      wdl_set_object(0, solver, "preconditioner", m) < 0 ||
      wdl_krylov_solve(0, solver, a, &b, &x) != WDL_OK ||
      wdl_get_int(0, solver, "n_iter", &steps) < 0 ||
      wdl_get_real(0, solver, "residual_norm", &residual) < 0) {
    puts(wdl_error_message(0));
    return 1;
  }
  printf("%d steps, ||b - A x|| = %.2e, u(1/2, 1/2) = %.9f\n", (int)steps, residual,
         solution[n / 2 + side / 2]);
  wdl_release(solver), wdl_release(m), wdl_release(a);
  return 0;
}
