#include "frame.hpp"

#include <cmath>
#include <string>

#include "core/error.hpp"

namespace windlass::cluster {
namespace {

// The power of 2 that brings `most` into [1/2, 1), within bounds that T can hold.
template <class T>
T scale_for(double most) {
  const int bound = sizeof(T) == 4 ? 100 : 1000;
  if (!(most > 0)) return 1;
  int exponent;
  std::frexp(most, &exponent);
  return T(std::ldexp(1.0, -(exponent < -bound ? -bound : exponent > bound ? bound : exponent)));
}

// Four times its square, and sums of many, are far from overflowing.
template <class T>
constexpr double most_inward = sizeof(T) == 4 ? 0x1p50 : 0x1p450;

struct Survey {
  std::vector<double> means;  // of t
  double most = 0;            // |t|
};

// False: stopped.
template <class T>
bool survey(Run &run, Tiles<T> &tiles, Survey &out) {
  const int64_t d = tiles.d(), size = d + 1, slots = slot_count(tiles.count(), size);
  const Operations<T> &operations = tiles.operations();
  std::vector<double> sums(size_t(slots * size));
  const auto step = [&](int64_t slot, Tile<T> &tile, int) {
    if (!tiles.pack(tile)) return true;
    double *sum = sums.data() + slot * size;
    T most = T(sum[d]);
    operations.survey(d, tile.columns, sum, &most);
    sum[d] = double(most);
    return true;
  };
  if (!pass(
          run, tiles, slots, double(tile_rows * d), [](int64_t) {}, step))
    return false;
  reduce_tree(slots, [&](int64_t to, int64_t from) {
    double *a = sums.data() + to * size, *b = sums.data() + from * size;
    for (int64_t j = 0; j < d; j++) a[j] += b[j];
    a[d] = a[d] < b[d] ? b[d] : a[d];
  });
  out.most = sums[size_t(d)];
  out.means.assign(sums.begin(), sums.begin() + d);
  for (double &m : out.means) m /= double(tiles.rows());
  return true;
}

template <class T>
void set_frame(Frame<T> &frame, int64_t d, double scale, const double *means) {
  frame.scale = T(scale);
  for (int64_t j = 0; j < d; j++) frame.origin[size_t(j)] = T(means[j] * scale);
}

}  // namespace

double largest(const double *values, int64_t count) noexcept {
  double most = 0;
  for (int64_t i = 0; i < count; i++) most = std::fmax(most, std::fabs(values[i]));
  return most;
}

template <class T>
bool find_frame(Run &run, Tiles<T> &tiles, double most) {
  Survey found;
  if (!survey(run, tiles, found)) return false;
  const double far = std::fmax(found.most, most / most_inward<T>);
  const double scale = double(scale_for<T>(far));
  bool overflowed = false;
  for (double m : found.means) overflowed |= !std::isfinite(m);
  if (overflowed) {  // summed again as they are scaled
    tiles.frame().scale = T(scale);
    if (!survey(run, tiles, found)) return false;
    for (double &m : found.means) m /= scale;
  }
  set_frame(tiles.frame(), tiles.d(), scale, found.means.data());
  return true;
}

template <class T>
bool find_variance(Run &run, Tiles<T> &tiles, double &variance) {
  const int64_t d = tiles.d(), slots = slot_count(tiles.count(), d + 1);
  Survey found;
  if (!survey(run, tiles, found)) return false;
  std::vector<double> sums(static_cast<size_t>(slots));
  const auto step = [&](int64_t slot, Tile<T> &tile, int) {
    if (tiles.pack(tile)) sums[size_t(slot)] += tiles.operations().sum_of_squares(d, tile.columns);
    return true;
  };
  if (!pass(
          run, tiles, slots, double(tile_rows * d), [](int64_t) {}, step))
    return false;
  reduce_tree(slots, [&](int64_t to, int64_t from) { sums[size_t(to)] += sums[size_t(from)]; });
  variance = sums[0] / double(tiles.rows());
  for (double m : found.means) variance -= m * m;
  variance = variance > 0 ? variance / double(d) : 0;
  return true;
}

template <class T>
void frame_points(int64_t k, int64_t d, const double *points, Frame<T> &frame) {
  const double scale = double(scale_for<T>(largest(points, k * d)));
  std::vector<double> means(static_cast<size_t>(d));
  for (int64_t j = 0; j < d; j++) {
    for (int64_t c = 0; c < k; c++) means[size_t(j)] += points[c * d + j] * scale / double(k);
    frame.origin[size_t(j)] = T(means[size_t(j)]);
  }
  frame.scale = T(scale);
}

template <class T>
std::vector<double> inward(const Frame<T> &frame, int64_t k, int64_t d, const double *points,
                           int32_t argument) {
  std::vector<double> out(size_t(k * d));
  for (int64_t i = 0; i < k * d; i++) {
    const double t = points[i] * double(frame.scale) - double(frame.origin[size_t(i % d)]);
    if (!(std::fabs(t) < 4 * most_inward<T>))
      throw Error(WDL_BAD_ARGUMENT, argument,
                  "centre " + std::to_string(i / d) + " is " + number_text(points[i]) +
                      " in column " + std::to_string(i % d) +
                      ", too far from x for its distance to be computed",
                  i / d, i % d);
    out[size_t(i)] = t;
  }
  return out;
}

template bool find_frame(Run &, Tiles<float> &, double);
template bool find_frame(Run &, Tiles<double> &, double);
template bool find_variance(Run &, Tiles<float> &, double &);
template bool find_variance(Run &, Tiles<double> &, double &);
template void frame_points(int64_t, int64_t, const double *, Frame<float> &);
template void frame_points(int64_t, int64_t, const double *, Frame<double> &);
template std::vector<double> inward(const Frame<float> &, int64_t, int64_t, const double *,
                                    int32_t);
template std::vector<double> inward(const Frame<double> &, int64_t, int64_t, const double *,
                                    int32_t);

}  // namespace windlass::cluster
