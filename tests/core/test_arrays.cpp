#include <gtest/gtest.h>

#include <algorithm>
#include <bitset>
#include <random>
#include <vector>

#include "core/array.hpp"
#include "support/live_handles.hpp"

namespace windlass::test {
namespace {

alignas(64) char arena[512];

wdl_array view(int32_t dtype, std::vector<int64_t> shape, std::vector<int64_t> stride = {},
               void *data = arena) {
  wdl_array a{};
  a.data = data, a.dtype = dtype, a.ndim = int32_t(shape.size());
  std::copy(shape.begin(), shape.end(), a.shape);
  if (stride.empty())
    fill_c_strides(a);
  else
    std::copy(stride.begin(), stride.end(), a.stride);
  return a;
}

wdl_status checked(const wdl_array &a, std::string *text = nullptr) {
  return thrown_by([&] { check_array(&a, 1, "x"); }, text);
}

wdl_status as_output(const wdl_array &a) {
  return thrown_by([&] { Arguments().out(&a, 1, "y", {}, Arguments::any_rank); });
}

wdl_status together(const wdl_array &in, const wdl_array &out) {
  return thrown_by([&] {
    Arguments arguments;
    arguments.in(&in, 1, "x", {}, Arguments::any_rank);
    arguments.out(&out, 2, "y", {}, Arguments::any_rank);
    arguments.finish();
  });
}

// The bytes of the arena that an array reaches, one by one; false: an element is met twice.
bool bytes_of(const wdl_array &a, std::bitset<512> &bytes) {
  const int64_t count = element_count(a), item = find_dtype(a.dtype)->size;
  bool once = true;
  for (int64_t i = 0; i < count; i++) {
    int64_t rest = i, at = static_cast<char *>(a.data) - arena;
    for (int axis = a.ndim; axis-- > 0; rest /= a.shape[axis])
      at += rest % a.shape[axis] * a.stride[axis];
    for (int64_t b = at; b < at + item; b++) {
      once = once && !bytes[size_t(b)];
      bytes.set(size_t(b));
    }
  }
  return once;
}

TEST(ArraysTest, WhatCannotBeIsRefused) {
  const int64_t most = INT64_MAX, least = INT64_MIN, big = int64_t(1) << 62;
  EXPECT_EQ(checked(view(WDL_F64, {2, 3})), WDL_OK);
  EXPECT_EQ(checked(view(WDL_F64, {-1})), WDL_BAD_SHAPE);
  EXPECT_EQ(checked(view(WDL_F64, {2, -1})), WDL_BAD_SHAPE);
  EXPECT_EQ(checked(view(WDL_F64, {least})), WDL_BAD_SHAPE);
  for (const int64_t extent : {most, big, big / 2, big / 4, big / 8})
    EXPECT_EQ(checked(view(WDL_F64, {extent})), WDL_BAD_SHAPE) << extent;
  EXPECT_EQ(checked(view(WDL_U8, {1 << 20, 1 << 20, 1 << 20, 1 << 20})), WDL_BAD_SHAPE);
  for (const int64_t step : {most, least, least + 1, big, -big, big / 8, -big / 8})
    EXPECT_EQ(checked(view(WDL_F64, {2}, {step})), WDL_BAD_SHAPE) << step;
  EXPECT_EQ(checked(view(WDL_F64, {1}, {most})), WDL_OK) << "a stride nobody takes is of no matter";
  EXPECT_EQ(checked(view(WDL_F64, {2, 2, 2}, {big, big, -big})), WDL_BAD_SHAPE);
  EXPECT_EQ(checked(view(WDL_F64, {2}, {8}, nullptr)), WDL_BAD_ARGUMENT);
  EXPECT_EQ(checked(view(WDL_F64, {0}, {8}, nullptr)), WDL_OK);
  EXPECT_EQ(checked(view(WDL_F64, {0, most}, {8, 8}, nullptr)), WDL_OK);
  EXPECT_EQ(thrown_by([] { check_array(nullptr, 1, "x"); }), WDL_BAD_ARGUMENT);
}

TEST(ArraysTest, TheHeadIsChecked) {
  std::string text;
  for (const int32_t dtype : {0, 13, -1, INT32_MIN, INT32_MAX}) {
    wdl_array a = view(WDL_F64, {2});
    a.dtype = dtype;
    EXPECT_EQ(checked(a, &text), WDL_BAD_DTYPE);
    EXPECT_NE(text.find(std::to_string(dtype)), text.npos) << text;
  }
  for (const int32_t ndim : {-1, 9, INT32_MIN, INT32_MAX}) {
    wdl_array a = view(WDL_F64, {2});
    a.ndim = ndim;
    EXPECT_EQ(checked(a), WDL_BAD_SHAPE);
  }
  wdl_array a = view(WDL_F64, {2});
  a.flags = 2;
  EXPECT_EQ(checked(a), WDL_BAD_ARGUMENT);
  a.flags = WDL_READ_ONLY;
  EXPECT_EQ(checked(a), WDL_OK);
  EXPECT_EQ(as_output(a), WDL_BAD_ARGUMENT);
  a.reserved = 1;
  EXPECT_EQ(checked(a), WDL_BAD_ARGUMENT);
}

TEST(ArraysTest, SentencesTellWhatCameAndWhatWasExpected) {
  const wdl_array a = view(WDL_F32, {3});
  std::string text;
  Arguments arguments;
  thrown_by([&] { arguments.in(&a, 1, "x", {WDL_F64, WDL_I64}, 1); }, &text);
  EXPECT_EQ(text, "x has dtype f32, expected f64 or i64");
  thrown_by([&] { arguments.in(&a, 1, "x", {WDL_F32}, 2); }, &text);
  EXPECT_EQ(text, "x has shape (3,), expected 2 dimensions");
  thrown_by([&] { expect_shape(a, 1, "x", {4}, "to match y"); }, &text);
  EXPECT_EQ(text, "x has shape (3,), expected (4,) to match y");
}

TEST(ArraysTest, EveryRank) {
  std::vector<int64_t> shape;
  for (int rank = 0; rank <= 8; rank++, shape.push_back(2)) {
    const wdl_array a = view(WDL_U8, shape);
    EXPECT_EQ(checked(a), WDL_OK) << rank;
    EXPECT_EQ(element_count(a), int64_t(1) << rank);
    EXPECT_EQ(as_output(a), WDL_OK);
    for (int axis = 0; axis < rank; axis++) {
      shape[size_t(axis)] = 0;
      EXPECT_EQ(element_count(view(WDL_U8, shape)), 0);
      shape[size_t(axis)] = 2;
    }
  }
}

// Never lets through what shares memory; of what it refuses without need, the common layouts below
// are not part.
TEST(ArraysTest, OverlapAgainstEveryByte) {
  std::mt19937 dice(5);
  const int32_t dtypes[] = {WDL_U8, WDL_U16, WDL_F32, WDL_F64, WDL_C128};
  auto random_array = [&] {
    std::vector<int64_t> shape, stride;
    for (int axis = int(dice() % 4); axis > 0; axis--) {
      shape.push_back(int64_t(dice() % 4));
      stride.push_back(int64_t(dice() % 49) - 24);
    }
    if (shape.empty()) stride.clear();
    wdl_array a = view(dtypes[dice() % 5], shape, stride, arena + 240 + dice() % 32);
    return a;
  };
  int shared = 0, apart = 0, refused = 0, doubled = 0;
  for (int i = 0; i < 200'000; i++) {
    const wdl_array a = random_array(), b = random_array();
    std::bitset<512> of_a, of_b;
    bytes_of(a, of_a);
    const bool once = bytes_of(b, of_b), meet = (of_a & of_b).any();
    const bool alone = as_output(b) == WDL_OK, fine = together(a, b) == WDL_OK;
    ASSERT_FALSE(alone && !once) << "an output that meets itself was let through";
    ASSERT_FALSE(fine && (meet || !once)) << "an overlap was let through";
    (meet ? shared : apart)++;
    refused += alone && !meet && !fine;
    doubled += once && !alone;
  }
  EXPECT_GT(shared, 10'000);
  EXPECT_GT(apart, 10'000);
  EXPECT_LT(refused, apart / 3) << "too careful to be of use";
  EXPECT_LT(doubled, apart / 3);
}

TEST(ArraysTest, CommonLayoutsAreTaken) {
  const auto f64 = [](std::vector<int64_t> shape, std::vector<int64_t> stride, int offset) {
    return view(WDL_F64, shape, stride, arena + offset);
  };
  for (int column = 0; column < 4; column++)  // columns of one matrix
    for (int other = 0; other < 4; other++)
      EXPECT_EQ(together(f64({8}, {32}, 8 * column), f64({8}, {32}, 8 * other)) == WDL_OK,
                column != other);
  EXPECT_EQ(together(f64({4, 2}, {32, 8}, 0), f64({4, 2}, {32, 8}, 16)), WDL_OK) << "halves";
  EXPECT_EQ(together(f64({4, 2}, {32, 8}, 0), f64({4, 2}, {32, 8}, 8)), WDL_OVERLAP);
  EXPECT_EQ(together(f64({4}, {8}, 0), f64({4}, {8}, 32)), WDL_OK) << "neighbours";
  EXPECT_EQ(together(f64({4}, {8}, 0), f64({4}, {8}, 31)), WDL_OVERLAP) << "by a byte";
  EXPECT_EQ(together(f64({4}, {-8}, 24), f64({4}, {8}, 32)), WDL_OK) << "backwards";
  EXPECT_EQ(together(f64({4}, {-8}, 32), f64({4}, {8}, 32)), WDL_OVERLAP);
  EXPECT_EQ(together(f64({4}, {0}, 0), f64({4}, {8}, 8)), WDL_OK) << "one value for all";
  EXPECT_EQ(together(f64({0}, {8}, 0), f64({4}, {8}, 0)), WDL_OK) << "nothing shares nothing";
  EXPECT_EQ(as_output(f64({3, 4}, {8, 24}, 0)), WDL_OK) << "Fortran order";
  EXPECT_EQ(as_output(f64({2, 3, 4}, {8, 16, 48}, 0)), WDL_OK);
  EXPECT_EQ(as_output(f64({4, 3}, {-24, -8}, 88)), WDL_OK);
  EXPECT_EQ(as_output(f64({4, 1}, {8, 0}, 0)), WDL_OK) << "an axis of one has no step";
  EXPECT_EQ(as_output(f64({4}, {0}, 0)), WDL_OVERLAP);
  EXPECT_EQ(as_output(f64({4}, {7}, 0)), WDL_OVERLAP);
  EXPECT_EQ(as_output(f64({2, 4}, {8, 8}, 0)), WDL_OVERLAP);
}

TEST(ArraysTest, CopiesAnyStridesOfEveryDtype) {
  std::mt19937 dice(7);
  for (char &byte : arena) byte = char(dice());
  for (const Dtype &dtype : dtypes)
    for (int i = 0; i < 300; i++) {
      std::vector<int64_t> shape, stride;
      for (int axis = int(dice() % 4); axis > 0; axis--) {
        shape.push_back(int64_t(dice() % 4));
        stride.push_back(int64_t(dice() % 41) - 20);
      }
      const wdl_array from = view(dtype.id, shape, stride, arena + 240 + dice() % 16);
      const OwnedArray copy(from);
      ASSERT_EQ(copy.shape, shape);
      const wdl_array packed = copy.view();
      const char *at = static_cast<const char *>(packed.data);
      for (int64_t e = 0; e < element_count(from); e++, at += dtype.size) {
        int64_t rest = e;
        const char *element = static_cast<const char *>(from.data);
        for (size_t axis = shape.size(); axis-- > 0; rest /= shape[axis])
          element += rest % shape[axis] * stride[axis];
        ASSERT_EQ(std::memcmp(at, element, size_t(dtype.size)), 0) << dtype.name;
      }
    }
}

TEST(ArraysTest, ViewsReadAndWriteAnyAlignment) {
  char bytes[64] = {};
  const wdl_array a = view(WDL_F64, {2, 3}, {25, 8}, bytes + 1);
  const MutableMatrix m = mutable_matrix(a);
  for (int64_t i = 0; i < 2; i++)
    for (int64_t j = 0; j < 3; j++) m.put(i, j, double(10 * i + j));
  for (int64_t i = 0; i < 2; i++)
    for (int64_t j = 0; j < 3; j++) EXPECT_EQ(matrix(a).get<double>(i, j), double(10 * i + j));
  EXPECT_EQ(bytes[0], 0);
  EXPECT_EQ(bytes[25], 0) << "between the rows";
  const MutableVector v = mutable_vector(view(WDL_I64, {3}, {-9}, bytes + 40));
  v.put(2, int64_t(-5));
  EXPECT_EQ(vector(view(WDL_I64, {1}, {8}, bytes + 22)).get<int64_t>(0), -5);
}

}  // namespace
}  // namespace windlass::test
