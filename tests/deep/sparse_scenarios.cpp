#include <utility>

#include "scenarios.hpp"

namespace deep {
namespace {

// -1, 2, -1 on three diagonals, for threads to share; with the rows of its entries, and int64.
struct Tridiagonal {
  static constexpr int64_t n = 40000;
  std::vector<int32_t> pointer{0}, index, row;
  std::vector<int64_t> wide_pointer, wide_index;
  std::vector<double> value, x;  // x: of four vectors
  std::vector<int64_t> block_pointer{0, 1, 3}, block_index{1, 0, 1};
  std::vector<double> blocks;

  Tridiagonal() : x(size_t(4 * n), 1.5), blocks(12, 0.5) {
    for (int64_t i = 0; i < n; i++) {
      for (int64_t j = i - 1; j <= i + 1; j++)
        if (j >= 0 && j < n) {
          index.push_back(int32_t(j)), row.push_back(int32_t(i));
          value.push_back(i == j ? 2 : -1);
        }
      pointer.push_back(int32_t(index.size()));
    }
    wide_pointer.assign(pointer.begin(), pointer.end());
    wide_index.assign(index.begin(), index.end());
  }
};
const Tridiagonal &given() {
  static const Tridiagonal made;
  return made;
}

template <class T>
wdl_array over(const std::vector<T> &data, int32_t dtype, int64_t step = 1) {
  const int64_t size = int64_t(data.size()) / step, stride = step * int64_t(sizeof(T));
  wdl_array a;
  require(wdl_array_view(0, data.data(), dtype, 1, &size, &stride, 0, &a), "view");
  return a;
}

void count_release(void *user) { static_cast<World *>(user)->released++; }

using Make = wdl_status (*)(wdl_context, int64_t, const wdl_array *, const wdl_array *,
                            const wdl_array *, wdl_release_fn, void *, wdl_operator *);
wdl_status compressed(World &w, wdl_context ctx, Make make) {
  const wdl_array pointer = over(given().pointer, WDL_I32), index = over(given().index, WDL_I32),
                  value = over(given().value, WDL_F64);
  return make(ctx, Tridiagonal::n, &pointer, &index, &value, count_release, &w, &w.id);
}
wdl_status csr(World &w) { return compressed(w, w.ctx, wdl_sparse_csr); }
wdl_status csc(World &w) { return compressed(w, w.ctx, wdl_sparse_csc); }

wdl_status mixed(World &w) {
  const wdl_array pointer = over(given().pointer, WDL_I32),
                  index = over(given().wide_index, WDL_I64), value = over(given().value, WDL_F64);
  return wdl_sparse_csr(w.ctx, Tridiagonal::n, &pointer, &index, &value, count_release, &w, &w.id);
}
wdl_status broken(World &w) {
  const wdl_array pointer = over(given().pointer, WDL_I32), index = over(given().index, WDL_I32),
                  value = over(given().value, WDL_F64);
  return wdl_sparse_csr(w.ctx, Tridiagonal::n - 1, &pointer, &index, &value, count_release, &w,
                        &w.id);
}
wdl_status coo(World &w) {
  const wdl_array row = over(given().row, WDL_I32), column = over(given().index, WDL_I32),
                  value = over(given().value, WDL_F64);
  return wdl_sparse_coo(w.ctx, Tridiagonal::n, Tridiagonal::n, &row, &column, &value, count_release,
                        &w, &w.id);
}
wdl_status bsr(World &w) {
  const wdl_array p = over(given().block_pointer, WDL_I64), i = over(given().block_index, WDL_I64);
  const int64_t shape[] = {3, 2, 2};
  wdl_array v;
  require(wdl_array_view(0, given().blocks.data(), WDL_F64, 3, shape, nullptr, 0, &v), "view");
  return wdl_sparse_bsr(w.ctx, 4, &p, &i, &v, count_release, &w, &w.id);
}

int32_t twice(void *user, int32_t, const wdl_array *x, wdl_array *y) {
  for (int64_t i = 0; i < x->shape[0]; i++)
    static_cast<double *>(y->data)[i] = 2 * static_cast<const double *>(x->data)[i];
  return user ? 7 : 0;
}

void keep(World &w, wdl_status status) {
  require(status, "operator");
  w.operators.push_back(std::exchange(w.id, 0));
  w.products.assign(given().x.size(), 0);
}
wdl_operator last(World &w) { return w.operators.back(); }

wdl_status apply(World &w, int32_t mode, int64_t columns, int64_t step) {
  wdl_array in, out;
  const int64_t shape[] = {Tridiagonal::n, columns}, item = 8 * step;
  const int64_t stride[] = {item * columns, item};
  require(wdl_array_view(0, given().x.data(), WDL_F64, 2, shape, stride, 0, &in), "x");
  require(wdl_array_view(0, w.products.data(), WDL_F64, 2, shape, stride, 0, &out), "y");
  return wdl_sparse_apply(w.ctx, last(w), mode, &in, &out);
}
void make_csr(World &w) { keep(w, compressed(w, 0, wdl_sparse_csr)); }
void make_sum(World &w) {
  make_csr(w);
  const wdl_operator csr = last(w);
  keep(w, wdl_sparse_callback(0, Tridiagonal::n, Tridiagonal::n, WDL_F64, twice, 0, nullptr,
                              nullptr, &w.id));
  keep(w, wdl_sparse_sum(0, 2, 0, csr, 1, 0, last(w), &w.id));
  keep(w, wdl_sparse_product(0, last(w), csr, &w.id));
}

constexpr Scenario scenarios[] = {
    {"wdl_sparse_csr", "", csr},
    {"wdl_sparse_csr", "with threads to start", csr, nullptr, true},
    {"wdl_sparse_csr", "indices of another width", mixed},
    {"wdl_sparse_csr", "an index out of range", broken},
    {"wdl_sparse_csc", "", csc},
    {"wdl_sparse_coo", "", coo},
    {"wdl_sparse_bsr", "", bsr},
    {"wdl_sparse_dense", "",
     [](World &w) {
       const wdl_array x = w.matrix(w.x, World::rows, World::columns);
       return wdl_sparse_dense(w.ctx, &x, count_release, &w, &w.id);
     }},
    {"wdl_sparse_dense", "neither rows nor columns contiguous",
     [](World &w) {
       wdl_array x = w.matrix(w.x, World::rows / 2, World::columns - 1);
       x.stride[0] = 6 * 8, x.stride[1] = 16;
       return wdl_sparse_dense(w.ctx, &x, count_release, &w, &w.id);
     }},
    {"wdl_sparse_diagonal", "",
     [](World &w) {
       const wdl_array d = over(given().x, WDL_F64, 2);
       return wdl_sparse_diagonal(w.ctx, &d, count_release, &w, &w.id);
     }},
    {"wdl_sparse_callback", "",
     [](World &w) {
       return wdl_sparse_callback(w.ctx, 5, 5, WDL_F64, twice, WDL_HAS_ADJOINT, count_release, &w,
                                  &w.id);
     }},
    {"wdl_sparse_transpose", "",
     [](World &w) { return wdl_sparse_transpose(w.ctx, last(w), 1, &w.id); }, make_csr},
    {"wdl_sparse_sum", "",
     [](World &w) { return wdl_sparse_sum(w.ctx, 2, 0, last(w), 1, 0, last(w), &w.id); }, make_csr},
    {"wdl_sparse_sum", "a complex coefficient of a real one",
     [](World &w) { return wdl_sparse_sum(w.ctx, 2, 1, last(w), 1, 0, last(w), &w.id); }, make_csr},
    {"wdl_sparse_product", "",
     [](World &w) { return wdl_sparse_product(w.ctx, last(w), last(w), &w.id); }, make_csr},
    {"wdl_sparse_shift", "", [](World &w) { return wdl_sparse_shift(w.ctx, last(w), 2, 0, &w.id); },
     make_csr},
    {"wdl_sparse_apply", "", [](World &w) { return apply(w, WDL_PLAIN, 1, 1); }, make_csr},
    {"wdl_sparse_apply", "with threads to start",
     [](World &w) { return apply(w, WDL_PLAIN, 1, 1); }, make_csr, true},
    {"wdl_sparse_apply", "many", [](World &w) { return apply(w, WDL_PLAIN, 3, 1); }, make_csr},
    {"wdl_sparse_apply", "strided, the transpose",
     [](World &w) { return apply(w, WDL_TRANSPOSE, 2, 2); }, make_csr},
    {"wdl_sparse_apply", "of operators", [](World &w) { return apply(w, WDL_PLAIN, 1, 1); },
     make_sum},
    {"wdl_sparse_apply", "a mode that a part has not",
     [](World &w) { return apply(w, WDL_ADJOINT, 1, 1); }, make_sum},
    {"wdl_sparse_apply", "a function that fails",
     [](World &w) { return apply(w, WDL_PLAIN, 1, 1); },
     [](World &w) {
       keep(w, wdl_sparse_callback(0, Tridiagonal::n, Tridiagonal::n, WDL_F64, twice, 0, nullptr,
                                   &w, &w.id));
     }},
};

}  // namespace

std::span<const Scenario> sparse_scenarios() {
  given();  // before anything is failed
  return scenarios;
}

}  // namespace deep
