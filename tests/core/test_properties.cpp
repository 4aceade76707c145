#include <cfloat>
#include <cmath>
#include <string>
#include <vector>

#include "node.hpp"
#include "support/live_handles.hpp"

namespace windlass::test {
namespace {

class PropertiesTest : public LiveHandles {
 protected:
  void SetUp() override {
    LiveHandles::SetUp();
    id_ = new_node();
  }
  void TearDown() override {
    EXPECT_EQ(wdl_release(id_), WDL_OK);
    LiveHandles::TearDown();
  }
  wdl_status set_int_to(const char *name, int64_t value) {
    return wdl_set_int(0, id_, name, value);
  }
  wdl_status set_real_to(const char *name, double value) {
    return wdl_set_real(0, id_, name, value);
  }
  std::string text_of(const char *name) {
    char text[32] = "untouched";
    int64_t needed = 0;
    EXPECT_EQ(wdl_get_text(0, id_, name, text, sizeof text, &needed), WDL_OK) << message(0);
    EXPECT_EQ(size_t(needed), std::strlen(text) + 1);
    return text;
  }
  double real_of(const char *name) {
    double value = -77;
    EXPECT_EQ(wdl_get_real(0, id_, name, &value), WDL_OK) << message(0);
    return value;
  }
  int64_t int_of(const char *name) {
    int64_t value = -77;
    EXPECT_EQ(wdl_get_int(0, id_, name, &value), WDL_OK) << message(0);
    return value;
  }
  wdl_object id_ = 0;
};

TEST_F(PropertiesTest, BeginAsDescribed) {
  EXPECT_EQ(int_of("count"), 3);
  EXPECT_EQ(real_of("scale"), 0.5);
  EXPECT_EQ(text_of("shape"), "round");
  int64_t integer = 5;
  EXPECT_EQ(wdl_get_int(0, id_, "found", &integer), WDL_NO_VALUE);
  EXPECT_EQ(integer, 5);
  wdl_array array{};
  EXPECT_EQ(wdl_get_array(0, id_, "table", &array), WDL_NO_VALUE);
  EXPECT_NE(message(0).find("table is not set"), std::string::npos) << message(0);
}

TEST_F(PropertiesTest, BoundsAreInside) {
  for (const int64_t value : {-5, 0, 100}) {
    EXPECT_EQ(set_int_to("count", value), WDL_OK);
    EXPECT_EQ(int_of("count"), value);
  }
  for (const int64_t value : {int64_t(-6), int64_t(101), INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(set_int_to("count", value), WDL_BAD_ARGUMENT);
    EXPECT_NE(message(0).find("count is " + std::to_string(value) + ", expected -5 to 100"),
              std::string::npos)
        << message(0);
    EXPECT_EQ(int_of("count"), 100) << "refused, so it stays";
  }
  for (const double value : {0.0, 2.0, DBL_TRUE_MIN}) {
    EXPECT_EQ(set_real_to("scale", value), WDL_OK);
    EXPECT_EQ(real_of("scale"), value);
  }
  const double infinity = INFINITY;
  for (const double value :
       {-DBL_TRUE_MIN, std::nextafter(2.0, 3.0), double(NAN), infinity, -infinity}) {
    EXPECT_EQ(set_real_to("scale", value), WDL_BAD_ARGUMENT) << value;
    EXPECT_EQ(real_of("scale"), DBL_TRUE_MIN);
  }
}

TEST_F(PropertiesTest, AnIntGoesIntoARealAndNothingElseConverts) {
  EXPECT_EQ(set_int_to("scale", 2), WDL_OK);
  EXPECT_EQ(real_of("scale"), 2.0);
  EXPECT_EQ(set_int_to("scale", 3), WDL_BAD_ARGUMENT);
  EXPECT_EQ(set_real_to("count", 1.0), WDL_BAD_ARGUMENT);
  EXPECT_NE(message(0).find("count is an int, not a real"), std::string::npos) << message(0);
  EXPECT_EQ(wdl_set_text(0, id_, "count", "1"), WDL_BAD_ARGUMENT);
  EXPECT_EQ(set_int_to("shape", 1), WDL_BAD_ARGUMENT);
  EXPECT_EQ(wdl_set_array(0, id_, "count", nullptr), WDL_BAD_ARGUMENT);
  EXPECT_EQ(wdl_set_object(0, id_, "count", 0), WDL_BAD_ARGUMENT);
  double value;
  EXPECT_EQ(wdl_get_real(0, id_, "count", &value), WDL_BAD_ARGUMENT);
}

TEST_F(PropertiesTest, TextsAreOneOfTheChoices) {
  for (const char *value : {"square", "round", "flat"}) {
    EXPECT_EQ(wdl_set_text(0, id_, "shape", value), WDL_OK);
    EXPECT_EQ(text_of("shape"), value);
  }
  for (const char *value : {"", "squar", "square|round", "Flat", "flat ", "round|", "|"}) {
    EXPECT_EQ(wdl_set_text(0, id_, "shape", value), WDL_BAD_ARGUMENT) << value;
    EXPECT_EQ(text_of("shape"), "flat");
  }
  EXPECT_NE(message(0).find("square|round|flat"), std::string::npos) << message(0);
  EXPECT_EQ(wdl_set_text(0, id_, "shape", nullptr), WDL_BAD_ARGUMENT);
}

TEST_F(PropertiesTest, ATextNeedsRoomForItsEnd) {
  char text[8];
  for (int64_t capacity = 0; capacity <= 8; capacity++) {
    std::memset(text, '#', sizeof text);
    int64_t needed = -1;
    const wdl_status status = wdl_get_text(0, id_, "shape", text, capacity, &needed);
    EXPECT_EQ(status, capacity < 6 ? WDL_TOO_SMALL : WDL_OK) << capacity;
    EXPECT_EQ(needed, capacity < 6 ? -1 : 6);
    EXPECT_EQ(text[0], capacity < 6 ? '#' : 'r');
    EXPECT_EQ(text[6], '#');
  }
  int64_t needed = 0;
  EXPECT_EQ(wdl_get_text(0, id_, "shape", nullptr, 0, &needed), WDL_OK);
  EXPECT_EQ(needed, 6);
}

TEST_F(PropertiesTest, UnknownNamesSuggestTheNearest) {
  const char *pairs[][2] = {{"cuont", "count"},  {"Scale", "scale"}, {"tabel", "table"},
                            {"boundd", "bound"}, {"nextt", "next"},  {"found_", "found"}};
  for (const auto &[wrong, right] : pairs) {
    EXPECT_EQ(set_int_to(wrong, 1), WDL_UNKNOWN_NAME);
    EXPECT_NE(message(0).find("the nearest is \"" + std::string(right) + "\""), std::string::npos)
        << message(0);
  }
  const std::string long_name(100'000, 'x');
  EXPECT_EQ(set_int_to(long_name.c_str(), 1), WDL_UNKNOWN_NAME);
  EXPECT_LT(message(0).size(), 416u);
  EXPECT_EQ(set_int_to("", 1), WDL_UNKNOWN_NAME);
  EXPECT_EQ(set_int_to(nullptr, 1), WDL_BAD_ARGUMENT);
}

TEST_F(PropertiesTest, ResultsAreNotToBeSet) {
  EXPECT_EQ(set_int_to("found", 1), WDL_BAD_ARGUMENT);
  EXPECT_NE(message(0).find("found is a result"), std::string::npos) << message(0);
  EXPECT_EQ(set_real_to("bound", 1), WDL_BAD_ARGUMENT);
  node_of(id_).has_result = true;
  node_of(id_).found = 7;
  EXPECT_EQ(int_of("found"), 7);
  EXPECT_EQ(real_of("bound"), 0);
}

TEST_F(PropertiesTest, ArraysAreCopiedWithAnyStrides) {
  double values[] = {0.5, 9, -0.25, 9, 1, 9, -1, 9};
  wdl_array view{};
  const int64_t shape[] = {2, 2}, stride[] = {-16, -32};  // transposed, backwards, every other
  ASSERT_EQ(wdl_array_view(0, values + 6, WDL_F64, 2, shape, stride, 0, &view), WDL_OK);
  EXPECT_EQ(wdl_set_array(0, id_, "table", &view), WDL_OK) << message(0);
  for (double &value : values) value = 7;
  double got[2][2] = {};
  wdl_array out{};
  EXPECT_EQ(wdl_get_array(0, id_, "table", &out), WDL_OK) << message(0);
  EXPECT_EQ(out.dtype, WDL_F64);
  EXPECT_EQ(out.ndim, 2);
  EXPECT_EQ(out.shape[0] * 10 + out.shape[1], 22);
  EXPECT_EQ(out.stride[0] * 10 + out.stride[1], 168);
  EXPECT_EQ(out.data, nullptr);
  out.data = got;
  EXPECT_EQ(wdl_get_array(0, id_, "table", &out), WDL_OK) << message(0);
  EXPECT_EQ(got[0][0], -1);
  EXPECT_EQ(got[0][1], -0.25);
  EXPECT_EQ(got[1][0], 1);
  EXPECT_EQ(got[1][1], 0.5);
  EXPECT_EQ(wdl_set_array(0, id_, "table", nullptr), WDL_OK);
  EXPECT_EQ(wdl_get_array(0, id_, "table", &out), WDL_NO_VALUE);
}

TEST_F(PropertiesTest, AnArrayThatDoesNotFitChangesNothing) {
  double good[] = {0.125, -1, 1, 0}, bad[] = {0, 0, 0, 1.0000001}, nan[] = {0, NAN, 0, 0};
  float single[] = {0, 0, 0, 0};
  wdl_array view;
  ASSERT_EQ(wdl_array_matrix(0, good, WDL_F64, 2, 2, &view), WDL_OK);
  ASSERT_EQ(wdl_set_array(0, id_, "table", &view), WDL_OK);
  view.data = bad;
  EXPECT_EQ(wdl_set_array(0, id_, "table", &view), WDL_BAD_DATA);
  wdl_error error;
  ASSERT_EQ(wdl_error_get(0, &error), WDL_OK);
  EXPECT_EQ(error.position[0], 3);
  view.data = nan;
  EXPECT_EQ(wdl_set_array(0, id_, "table", &view), WDL_BAD_DATA);
  view.ndim = 1;
  EXPECT_EQ(wdl_set_array(0, id_, "table", &view), WDL_BAD_SHAPE);
  ASSERT_EQ(wdl_array_matrix(0, single, WDL_F32, 2, 2, &view), WDL_OK);
  EXPECT_EQ(wdl_set_array(0, id_, "table", &view), WDL_BAD_DTYPE);
  EXPECT_EQ(node_of(id_).table.reals()[0], 0.125);
}

TEST_F(PropertiesTest, GettingAnArrayChecksWhereItGoes) {
  double good[] = {0.125, -1, 1, 0};
  double room[8] = {5, 5, 5, 5, 5, 5, 5, 5};
  wdl_array view;
  ASSERT_EQ(wdl_array_matrix(0, good, WDL_F64, 2, 2, &view), WDL_OK);
  ASSERT_EQ(wdl_set_array(0, id_, "table", &view), WDL_OK);
  wdl_array out;
  const struct {
    int32_t dtype;
    int64_t rows, columns;
    uint32_t flags;
    wdl_status status;
  } tries[] = {{WDL_F32, 2, 2, 0, WDL_BAD_DTYPE}, {WDL_I64, 2, 2, 0, WDL_BAD_DTYPE},
               {WDL_F64, 4, 1, 0, WDL_BAD_SHAPE}, {WDL_F64, 2, 3, 0, WDL_BAD_SHAPE},
               {WDL_F64, 0, 2, 0, WDL_BAD_SHAPE}, {WDL_F64, 2, 2, WDL_READ_ONLY, WDL_BAD_ARGUMENT}};
  for (const auto &one : tries) {
    ASSERT_EQ(wdl_array_matrix(0, room, one.dtype, one.rows, one.columns, &out), WDL_OK);
    out.flags = one.flags;
    EXPECT_EQ(wdl_get_array(0, id_, "table", &out), one.status);
    for (const double value : room) EXPECT_EQ(value, 5);
  }
}

TEST_F(PropertiesTest, TheThreadsOfTheProcess) {
  int64_t before = 0, cores = 0, now = 0;
  ASSERT_EQ(wdl_get_int(0, WDL_PROCESS, "cores", &cores), WDL_OK);
  ASSERT_EQ(wdl_get_int(0, WDL_PROCESS, "threads", &before), WDL_OK);
  EXPECT_GE(cores, 1);
  EXPECT_EQ(wdl_set_int(0, WDL_PROCESS, "threads", 3), WDL_OK);
  ASSERT_EQ(wdl_get_int(0, WDL_PROCESS, "threads", &now), WDL_OK);
  EXPECT_EQ(now, 3);
  EXPECT_EQ(wdl_set_int(0, WDL_PROCESS, "threads", 257), WDL_BAD_ARGUMENT);
  EXPECT_EQ(wdl_set_int(0, WDL_PROCESS, "cores", 3), WDL_BAD_ARGUMENT);
  EXPECT_EQ(wdl_set_int(0, WDL_PROCESS, "threads", 0), WDL_OK);
  ASSERT_EQ(wdl_get_int(0, WDL_PROCESS, "threads", &now), WDL_OK);
  EXPECT_EQ(now, cores) << "0: the cores";
}

TEST_F(PropertiesTest, KindsAreListed) {
  const char *name = nullptr;
  std::string all;
  for (int32_t i = 0; wdl_kind_at(0, i, &name) == WDL_OK && name; i++)
    all += std::string(name) + " ";
  EXPECT_EQ(all.find("process context buffer "), 0u) << all;
  const wdl_property *p = nullptr;
  EXPECT_EQ(wdl_property_at(0, "context", 0, &p), WDL_OK);
  EXPECT_STREQ(p->name, "threads");
  EXPECT_EQ(wdl_property_at(0, "context", 1000, &p), WDL_OK);
  EXPECT_EQ(p, nullptr);
  EXPECT_EQ(wdl_property_at(0, "contex", 0, &p), WDL_UNKNOWN_NAME);
  EXPECT_EQ(wdl_kind_of(0, WDL_PROCESS, &name), WDL_OK);
  EXPECT_STREQ(name, "process");
}

}  // namespace
}  // namespace windlass::test
