#include "scenarios.hpp"

namespace deep {
namespace {

// The five points on a square of 55 x 55, two blocks of rows; positive definite.
struct Grid {
  static constexpr int64_t side = 55, n = side * side;
  std::vector<int32_t> pointer{0}, index;
  std::vector<double> value, other;

  Grid() {
    for (int64_t i = 0; i < n; i++) {
      const auto put = [&](bool there, int64_t column, double entry) {
        if (there) index.push_back(int32_t(column)), value.push_back(entry);
      };
      put(i >= side, i - side, -1), put(i % side > 0, i - 1, -1), put(true, i, 4.5);
      put(i % side < side - 1, i + 1, -1), put(i + side < n, i + side, -1);
      pointer.push_back(int32_t(index.size()));
    }
    other = value;
    for (double &v : other) v *= 2;
  }
};
const Grid &given() {
  static const Grid made;
  return made;
}

template <class T>
wdl_array over(const std::vector<T> &data, int32_t dtype, int64_t size) {
  wdl_array a;
  require(wdl_array_view(0, data.data(), dtype, 1, &size, nullptr, 0, &a), "view");
  return a;
}
template <class T>
wdl_array over(const std::vector<T> &data, int32_t dtype) {
  return over(data, dtype, int64_t(data.size()));
}

void make_grid(World &w, const std::vector<double> &values) {
  if (w.grid) require(wdl_release(w.grid), "release");
  const wdl_array pointer = over(given().pointer, WDL_I32), index = over(given().index, WDL_I32),
                  value = over(values, WDL_F64);
  require(wdl_sparse_csr(0, Grid::n, &pointer, &index, &value, nullptr, nullptr, &w.grid), "csr");
}

template <int which>
void create(World &w) {
  static constexpr const char *names[] = {"jacobi", "block_jacobi", "ssor",     "ilu0",
                                          "ilut",   "ic0",          "chebyshev"};
  make_grid(w, given().value);
  require(wdl_precond_create(0, names[which], &w.precond), names[which]);
}
template <int which>
void create_and_set_up(World &w) {
  create<which>(w);
  require(wdl_precond_setup(0, w.precond, w.grid), "setup");
}
void set_up_before(World &w) {
  create_and_set_up<3>(w);
  make_grid(w, given().other);
}
void not_definite(World &w) {
  static const std::vector<double> negative(given().value.size(), -1.0);
  create<5>(w);
  make_grid(w, negative);
}

wdl_status set_up(World &w) { return wdl_precond_setup(w.ctx, w.precond, w.grid); }

wdl_status apply(World &w, int32_t mode) {
  const wdl_array r = over(w.x, WDL_F64, Grid::n);
  wdl_array z = over(w.reals, WDL_F64, Grid::n);
  return wdl_precond_apply(w.ctx, w.precond, mode, &r, &z);
}
wdl_status apply_plain(World &w) { return apply(w, WDL_PLAIN); }
wdl_status apply_adjoint(World &w) { return apply(w, WDL_ADJOINT); }

constexpr Scenario scenarios[] = {
    {"wdl_precond_create", "", [](World &w) { return wdl_precond_create(w.ctx, "ilu0", &w.id); }},
    {"wdl_precond_create", "no such",
     [](World &w) { return wdl_precond_create(w.ctx, "ilu1", &w.id); }},
    {"wdl_precond_setup", "jacobi", set_up, create<0>},
    {"wdl_precond_setup", "block_jacobi", set_up, create<1>},
    {"wdl_precond_setup", "ssor", set_up, create<2>},
    {"wdl_precond_setup", "ilu0, with threads to start", set_up, create<3>, true},
    {"wdl_precond_setup", "ilu0", set_up, create<3>},
    {"wdl_precond_setup", "ilu0, again", set_up, set_up_before},
    {"wdl_precond_setup", "ilut", set_up, create<4>},
    {"wdl_precond_setup", "ic0", set_up, create<5>},
    {"wdl_precond_setup", "ic0 of what is not definite", set_up, not_definite},
    {"wdl_precond_setup", "chebyshev", set_up, create<6>},
    {"wdl_precond_apply", "jacobi", apply_plain, create_and_set_up<0>},
    {"wdl_precond_apply", "ilu0", apply_plain, create_and_set_up<3>},
    {"wdl_precond_apply", "ilu0, adjoint", apply_adjoint, create_and_set_up<3>},
    {"wdl_precond_apply", "chebyshev", apply_plain, create_and_set_up<6>},
    {"wdl_precond_apply", "not set up", apply_plain, create<3>},
};

}  // namespace

std::span<const Scenario> precond_scenarios() { return scenarios; }

}  // namespace deep
