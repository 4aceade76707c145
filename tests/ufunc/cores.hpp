// Calling loops with a signature: arrays in several layouts, of which the results have the same
// bits.
#pragma once
#include <map>

#include "loops.hpp"

namespace windlass::ufunc::test {

using Values = std::vector<long double>;

// Row by row. The first axis is the outer loop's.
struct Array {
  std::vector<intptr_t> shape;
  Values values;
  intptr_t size() const {
    intptr_t n = 1;
    for (const intptr_t k : shape) n *= k;
    return n;
  }
};

enum class Layout { plain, backwards, apart, columns };
constexpr Layout layouts[] = {Layout::plain, Layout::backwards, Layout::apart, Layout::columns};

// An array in memory: backwards along every axis; every second element at odd addresses; the first
// axis fastest.
class Laid {
 public:
  Laid(const Array &array, char letter, Layout layout)
      : shape_(array.shape), letter_(letter), step_(shape_.size()) {
    const intptr_t width = letter == 'f' ? 4 : 8, gap = layout == Layout::apart ? 2 * width : width;
    intptr_t next = gap;
    for (size_t i = 0; i < shape_.size(); i++) {
      const size_t axis = layout == Layout::columns ? i : shape_.size() - 1 - i;
      step_[axis] = next;
      next *= shape_[axis] > 0 ? shape_[axis] : 1;
    }
    bytes_.assign(size_t(next) + 64, 'w');
    first_ = layout == Layout::apart ? 1 : 0;
    if (layout == Layout::backwards)
      for (size_t axis = 0; axis < shape_.size(); axis++) {
        first_ += (shape_[axis] > 0 ? shape_[axis] - 1 : 0) * step_[axis];
        step_[axis] = -step_[axis];
      }
    for (intptr_t i = 0; i < array.size() && !array.values.empty(); i++)
      put(at(i), array.values[size_t(i)]);
  }
  char *data() { return bytes_.data() + first_; }
  const std::vector<intptr_t> &steps() const { return step_; }

  Values values() {
    Values all;
    for (intptr_t i = 0; i < Array{shape_, {}}.size(); i++) all.push_back(get(at(i)));
    return all;
  }
  std::string bits() {
    std::string all;
    for (intptr_t i = 0; i < Array{shape_, {}}.size(); i++)
      all.append(at(i), letter_ == 'f' ? 4 : 8);
    return all;
  }

 private:
  char *at(intptr_t index) {
    char *p = data();
    for (size_t axis = shape_.size(); axis-- > 0; index /= shape_[axis])
      p += index % shape_[axis] * step_[axis];
    return p;
  }
  long double get(const char *from) const {
    if (letter_ == 'f') return read<float>(from);
    if (letter_ == 'l') return (long double)read<int64_t>(from);
    return read<double>(from);
  }
  void put(char *to, long double value) const {
    if (letter_ == 'f') return write(to, float(value));
    if (letter_ == 'l') return write(to, int64_t(value));
    write(to, double(value));
  }
  template <class T>
  static T read(const char *from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  template <class T>
  static void write(char *to, T value) {
    std::memcpy(to, &value, sizeof value);
  }

  std::vector<intptr_t> shape_;
  char letter_;
  std::vector<intptr_t> step_;
  std::vector<char> bytes_;
  intptr_t first_ = 0;
};

// "(n,d),(m)->()" as {"nd", "m", ""}
inline std::vector<std::string> cores(const char *signature) {
  std::vector<std::string> all;
  for (const char *p = signature; *p; p++)
    if (*p == '(')
      all.emplace_back();
    else if (*p >= 'a' && *p <= 'z')
      all.back() += *p;
  return all;
}

struct Results {
  std::vector<Values> values;
  std::string bits;
};

inline Results called(const wdl_loop &loop, const std::vector<Array> &in, Layout layout) {
  std::string types(loop.types);
  types.erase(types.find("->"), 2);
  const auto axes = cores(loop.signature);
  std::vector<intptr_t> dimensions = {in[0].shape[0]}, steps, inner;
  std::map<char, intptr_t> size;
  std::vector<Laid> laid;
  for (size_t i = 0; i < axes.size(); i++) {
    Array array;
    if (i < in.size()) {
      array = in[i];
      for (size_t k = 0; k < axes[i].size(); k++)
        if (size.emplace(axes[i][k], array.shape[k + 1]).second)
          dimensions.push_back(array.shape[k + 1]);
    } else {
      array.shape = {dimensions[0]};
      for (const char axis : axes[i]) array.shape.push_back(size[axis]);
    }
    laid.emplace_back(array, types[i], layout);
    steps.push_back(laid.back().steps()[0]);
    inner.insert(inner.end(), laid.back().steps().begin() + 1, laid.back().steps().end());
  }
  steps.insert(steps.end(), inner.begin(), inner.end());
  std::vector<char *> args;
  for (Laid &one : laid) args.push_back(one.data());
  loop.loop(args.data(), dimensions.data(), steps.data(), loop.data);
  Results results;
  for (size_t i = in.size(); i < laid.size(); i++) {
    results.values.push_back(laid[i].values());
    results.bits += laid[i].bits();
  }
  return results;
}

// The results for plain arrays; in all other layouts they have the same bits.
inline Results in_all_layouts(const wdl_loop &loop, const std::vector<Array> &in) {
  const Results plain = called(loop, in, Layout::plain);
  for (const Layout layout : layouts)
    EXPECT_EQ(called(loop, in, layout).bits == plain.bits, true) << "layout " << int(layout);
  return plain;
}

// body(loop, unit of rounding) in both precisions at every level.
template <class Body>
void each_core(const char *name, Body &&body) {
  const isa::Level before = isa::level();
  for (const isa::Level level : isa::supported()) {
    isa::set_level(level);
    for (const wdl_loop &loop : loops()) {
      if (std::string(name) != loop.name) continue;
      SCOPED_TRACE(std::string(loop.name) + " " + loop.types + " at " + isa::name(level));
      body(loop, loop.types[0] == 'd' ? 0x1p-53L : 0x1p-24L);
    }
  }
  isa::set_level(before);
}

}  // namespace windlass::ufunc::test
