#include <windlass/windlass.h>

#include <memory>
#include <random>
#include <vector>

#include "core/save.hpp"
#include "node.hpp"
#include "saved_bytes.hpp"
#include "support/live_handles.hpp"

namespace windlass::test {
namespace {

const Kind *find_node(std::string_view name) { return name == "node" ? &node_kind : nullptr; }

std::string written(Object &object) {
  std::string bytes(size_t(save::write(object, nullptr, 0)), '\0');
  EXPECT_EQ(save::write(object, bytes.data(), int64_t(bytes.size())), int64_t(bytes.size()));
  return bytes;
}

wdl_object new_mixture(bool fitted) {
  wdl_mixture id = 0;
  EXPECT_EQ(wdl_mixture_create(0, &id), WDL_OK);
  EXPECT_EQ(wdl_set_int(0, id, "n_components", 2), WDL_OK);
  EXPECT_EQ(wdl_set_real(0, id, "tol", 0.25), WDL_OK);
  double weights[] = {0.25, 0.75}, means[] = {0, 1, 2, 3}, covariances[] = {1, 0, 0, 1, 2, 0, 0, 2};
  const int64_t k[] = {2}, kdd[] = {2, 2, 2};
  wdl_array w, m, c;
  EXPECT_EQ(wdl_array_view(0, weights, WDL_F64, 1, k, nullptr, 0, &w), WDL_OK);
  EXPECT_EQ(wdl_array_matrix(0, means, WDL_F64, 2, 2, &m), WDL_OK);
  EXPECT_EQ(wdl_array_view(0, covariances, WDL_F64, 3, kdd, nullptr, 0, &c), WDL_OK);
  EXPECT_EQ(wdl_set_array(0, id, "means_init", &m), WDL_OK) << message(0);
  if (fitted) {
    EXPECT_EQ(wdl_mixture_set_parameters(0, id, &w, &m, &c), WDL_OK) << message(0);
  }
  return id;
}

double kept[] = {1, 2, 3, 4, 5, 6};

wdl_object new_buffer() {
  wdl_array view;
  const int64_t shape[] = {3, 2}, stride[] = {8, 24};
  EXPECT_EQ(wdl_array_view(0, kept, WDL_F64, 2, shape, stride, 0, &view), WDL_OK);
  wdl_buffer id = 0;
  EXPECT_EQ(wdl_buffer_create(0, &view, nullptr, nullptr, &id), WDL_OK);
  return id;
}

wdl_object with_start() {
  const wdl_object parent = new_mixture(false), child = new_mixture(true);
  EXPECT_EQ(wdl_set_object(0, parent, "start", child), WDL_OK) << message(0);
  EXPECT_EQ(wdl_release(child), WDL_OK);
  return parent;
}

class SaveTest : public LiveHandles {
 protected:
  void SetUp() override {
    LiveHandles::SetUp();
    all_ = {new_context(), new_buffer(), new_mixture(false), new_mixture(true), with_start()};
    EXPECT_EQ(wdl_set_int(0, all_[0], "threads", 5), WDL_OK);
    EXPECT_EQ(wdl_set_real(0, all_[0], "time_limit", 1.5), WDL_OK);
  }
  void TearDown() override {
    for (const wdl_object id : all_) EXPECT_EQ(wdl_release(id), WDL_OK);
    LiveHandles::TearDown();
  }
  std::vector<wdl_object> all_;
};

TEST_F(SaveTest, EveryKindComesBackTheSame) {
  for (const wdl_object id : all_) {
    const std::string bytes = saved(id);
    ASSERT_GT(bytes.size(), 24u) << message(0);
    EXPECT_EQ(bytes.substr(0, 8), "WINDLASS");
    wdl_object again = 0;
    ASSERT_EQ(load(bytes, &again), WDL_OK) << message(0);
    EXPECT_EQ(saved(again), bytes) << "the same bytes for the same object";
    const char *kind = nullptr, *other = nullptr;
    EXPECT_EQ(wdl_kind_of(0, id, &kind), WDL_OK);
    EXPECT_EQ(wdl_kind_of(0, again, &other), WDL_OK);
    EXPECT_EQ(kind, other);
    EXPECT_EQ(wdl_release(again), WDL_OK);
  }
}

TEST_F(SaveTest, TheBytesAreTheDocumentedOnes) {
  const std::string record = counted("context") + raw(uint32_t(2)) + counted("threads") +
                             raw(uint32_t(WDL_INT)) + raw(int64_t(5)) + counted("time_limit") +
                             raw(uint32_t(WDL_REAL)) + raw(1.5);
  EXPECT_EQ(saved(all_[0]), file_of(record));
}

TEST_F(SaveTest, TheProcessIsNotSaved) {
  wdl_status status;
  EXPECT_EQ(saved(WDL_PROCESS, &status), "");
  EXPECT_EQ(status, WDL_UNSUPPORTED);
  wdl_object out = 77;
  EXPECT_EQ(load(file_of(counted("process") + raw(uint32_t(0))), &out), WDL_BAD_DATA);
  EXPECT_EQ(out, 0u);
}

TEST_F(SaveTest, CapacityIsKept) {
  for (const wdl_object id : all_) {
    const std::string bytes = saved(id);
    const int64_t needed = int64_t(bytes.size());
    for (const int64_t capacity : {int64_t(0), int64_t(1), int64_t(23), int64_t(24), needed - 1}) {
      std::string room(bytes.size(), '#');
      int64_t out = -1;
      EXPECT_EQ(wdl_save(0, id, room.data(), capacity, &out), WDL_TOO_SMALL);
      EXPECT_EQ(room, std::string(bytes.size(), '#'));
      EXPECT_EQ(out, -1);
    }
    std::string room(bytes.size() + 8, '#');
    int64_t out = -1;
    EXPECT_EQ(wdl_save(0, id, room.data(), needed + 8, &out), WDL_OK);
    EXPECT_EQ(room, bytes + "########");
    EXPECT_EQ(out, needed);
  }
}

TEST_F(SaveTest, TruncatedAtEveryByte) {
  for (const wdl_object id : all_) {
    const std::string bytes = saved(id), record = record_of(bytes);
    for (size_t length = 0; length < bytes.size(); length++) {
      wdl_object out = 77;
      // A copy of its own, so that reading beyond is reading beyond the allocation.
      const std::unique_ptr<char[]> exact(new char[length + 1]);
      std::memcpy(exact.get(), bytes.data(), length);
      EXPECT_EQ(wdl_load(0, exact.get(), int64_t(length), &out), WDL_BAD_DATA) << length;
      EXPECT_EQ(out, 0u);
      wdl_error error;
      EXPECT_EQ(wdl_error_get(0, &error), WDL_OK);
      EXPECT_GE(error.position[0], 0) << "where it is damaged";
    }
    for (size_t length = 0; length < record.size(); length++) {  // with head and checksum right
      wdl_object out = 77;
      EXPECT_EQ(load(file_of(record.substr(0, length)), &out), WDL_BAD_DATA) << length;
      EXPECT_EQ(out, 0u);
    }
  }
}

TEST_F(SaveTest, EveryBitFlipped) {
  for (const wdl_object id : all_) {
    const std::string bytes = saved(id);
    for (size_t at = 0; at < bytes.size() * 8; at++) {
      std::string damaged = bytes;
      damaged[at / 8] = char(damaged[at / 8] ^ 1 << at % 8);
      wdl_object out = 77;
      EXPECT_EQ(load(damaged, &out), WDL_BAD_DATA) << "bit " << at << ": " << message(0);
      EXPECT_EQ(out, 0u);
    }
  }
}

TEST_F(SaveTest, OtherVersionsAndTails) {
  const std::string bytes = saved(all_[0]), record = record_of(bytes);
  wdl_object out = 77;
  for (const uint32_t version : {0u, 2u, 3u, ~0u}) {
    EXPECT_EQ(load(file_of(record, version), &out), WDL_BAD_DATA);
    EXPECT_NE(message(0).find("version"), std::string::npos) << message(0);
  }
  EXPECT_EQ(load(bytes + '\0', &out), WDL_BAD_DATA);
  EXPECT_EQ(load(file_of(record + '\0'), &out), WDL_BAD_DATA);
  EXPECT_EQ(load(file_of(counted("contexts") + raw(uint32_t(0))), &out), WDL_BAD_DATA);
}

// What has the right checksum and is wrong all the same.
TEST_F(SaveTest, ValuesThatDoNotFit) {
  const auto context = [](const std::string &properties, uint32_t count) {
    return file_of(counted("context") + raw(count) + properties);
  };
  const std::string threads = counted("threads") + raw(uint32_t(WDL_INT));
  const std::string limit = counted("time_limit") + raw(uint32_t(WDL_REAL));
  const auto array = [](int32_t dtype, std::vector<int64_t> shape, const std::string &data) {
    std::string value = counted("data") + raw(uint32_t(WDL_ARRAY)) + raw(dtype);
    value += raw(uint32_t(shape.size()));
    for (const int64_t extent : shape) value += raw(extent);
    return file_of(counted("buffer") + raw(uint32_t(1)) + value + data);
  };
  const int64_t huge = int64_t(1) << 62;
  const std::string bad[] = {
      context(threads + raw(int64_t(-1)), 1),
      context(threads + raw(int64_t(257)), 1),
      context(threads + raw(INT64_MAX), 1),
      context(limit + raw(-1.0), 1),
      context(limit + raw(__builtin_nan("")), 1),
      context(limit + raw(__builtin_inf()), 1),
      context(counted("threads") + raw(uint32_t(WDL_REAL)) + raw(1.0), 1),
      context(counted("thread") + raw(uint32_t(WDL_INT)) + raw(int64_t(1)), 1),
      context(threads + raw(int64_t(1)), 0),
      context(threads + raw(int64_t(1)), 2),
      context(threads + raw(int64_t(1)), ~0u),
      context(raw(~0u) + "threads", 1),
      file_of(raw(~0u) + "context"),
      file_of(counted("buffer") + raw(uint32_t(0))),  // its data is missing
      array(WDL_F64, {-1}, ""),
      array(WDL_F64, {2}, std::string(15, 'x')),
      array(WDL_F64, {2}, std::string(17, 'x')),
      array(WDL_F64, {huge}, ""),
      array(WDL_F64, {huge, huge}, ""),
      array(WDL_U8, {huge, 4}, ""),
      array(WDL_U8, {INT64_MAX}, ""),
      array(0, {1}, "x"),
      array(13, {1}, "x"),
      array(-1, {1}, "x"),
      array(WDL_U8, {1, 1, 1, 1, 1, 1, 1, 1, 1}, "x"),
  };
  int which = 0;
  for (const std::string &file : bad) {
    wdl_object out = 77;
    EXPECT_EQ(load(file, &out), WDL_BAD_DATA) << "case " << which << ": " << message(0);
    EXPECT_EQ(out, 0u);
    which++;
  }
  wdl_object out = 0;
  EXPECT_EQ(load(array(WDL_F64, {0, huge}, ""), &out), WDL_OK) << message(0);
  EXPECT_EQ(wdl_release(out), WDL_OK);
}

// Random damage with the right checksum: WDL_BAD_DATA, or an object that is as good as any.
TEST_F(SaveTest, FuzzedRecords) {
  std::mt19937 dice(11);
  int loaded = 0, refused = 0;
  for (const wdl_object id : all_) {
    const std::string record = record_of(saved(id));
    for (int i = 0; i < 4000; i++) {
      std::string damaged = record;
      for (unsigned n = dice() % 4 + 1; n > 0; n--) {
        const size_t at = dice() % damaged.size();
        const unsigned how = dice() % 6;
        if (how < 3)
          damaged[at] = char(how == 0 ? dice() : how == 1 ? damaged[at] ^ 1 << dice() % 8 : 0xff);
        else if (how == 3)
          damaged.erase(at, dice() % 9);
        else if (how == 4)
          damaged.insert(at, damaged.substr(dice() % damaged.size(), dice() % 40));
        else
          damaged.replace(at, 8, raw(int64_t(dice() % 2 ? INT64_MAX : -int64_t(dice() % 9))));
        if (damaged.empty()) damaged = "x";
      }
      wdl_object out = 77;
      const wdl_status status = load(file_of(damaged), &out);
      if (status == WDL_OK) {
        loaded++;
        const std::string bytes = saved(out);
        EXPECT_FALSE(bytes.empty()) << "what was loaded cannot be saved: " << message(0);
        EXPECT_EQ(wdl_release(out), WDL_OK);
      } else {
        refused++;
        EXPECT_EQ(status, WDL_BAD_DATA) << message(0);
        EXPECT_EQ(out, 0u);
      }
    }
  }
  EXPECT_GT(loaded, 500);
  EXPECT_GT(refused, 5000);
}

// What was loaded from damaged bytes must be safe to compute with.
TEST_F(SaveTest, FuzzedMixturesCompute) {
  std::mt19937 dice(13);
  const std::string record = record_of(saved(all_[3]));
  double x[] = {0, 1, 2, 3, 4, 5}, likelihoods[3];
  for (int i = 0; i < 3000; i++) {
    std::string damaged = record;
    for (unsigned n = dice() % 3 + 1; n > 0; n--)
      damaged[dice() % damaged.size()] = char(dice() % 3 ? dice() : 0);
    wdl_object out = 0;
    if (load(file_of(damaged), &out) != WDL_OK) continue;
    wdl_array rows, scores;
    const int64_t three[] = {3};
    ASSERT_EQ(wdl_array_matrix(0, x, WDL_F64, 3, 2, &rows), WDL_OK);
    ASSERT_EQ(wdl_array_view(0, likelihoods, WDL_F64, 1, three, nullptr, 0, &scores), WDL_OK);
    wdl_mixture_score_samples(0, out, &rows, &scores);
    wdl_mixture_sample(0, out, 1, &rows, nullptr);
    EXPECT_EQ(wdl_release(out), WDL_OK);
  }
}

TEST_F(SaveTest, ObjectsWithinObjects) {
  const wdl_object parent = new_node(), child = new_node();
  ASSERT_EQ(wdl_set_int(0, child, "count", 42), WDL_OK);
  ASSERT_EQ(wdl_set_object(0, parent, "next", child), WDL_OK);
  ASSERT_EQ(wdl_set_object(0, parent, "other", child), WDL_OK);
  EXPECT_EQ(wdl_release(child), WDL_OK);
  const std::string bytes = written(node_of(parent));
  Object *again = save::read(bytes.data(), int64_t(bytes.size()), find_node);
  EXPECT_EQ(written(*again), bytes);
  again->kind->destroy(again);
  EXPECT_EQ(wdl_release(parent), WDL_OK);
}

// A chain is refused at some length, or can be of any: never saved and then not loaded.
TEST_F(SaveTest, WhatCanBeSavedCanBeLoaded) {
  wdl_object head = new_mixture(false);
  for (int depth = 1; depth <= 40; depth++) {
    const wdl_object next = new_mixture(false);
    const wdl_status linked = wdl_set_object(0, next, "start", head);
    if (linked != WDL_OK) {
      EXPECT_EQ(linked, WDL_BAD_ARGUMENT) << message(0);
      EXPECT_EQ(wdl_release(next), WDL_OK);
      break;
    }
    EXPECT_EQ(wdl_release(head), WDL_OK);
    head = next;
    wdl_status status;
    const std::string bytes = saved(head, &status);
    if (status != WDL_OK) {
      EXPECT_EQ(status, WDL_UNSUPPORTED) << message(0);
      continue;
    }
    wdl_object again = 0;
    ASSERT_EQ(load(bytes, &again), WDL_OK) << "a chain of " << depth << ": " << message(0);
    EXPECT_EQ(wdl_release(again), WDL_OK);
  }
  EXPECT_EQ(wdl_release(head), WDL_OK);
}

TEST_F(SaveTest, ABusyChildIsBusy) {
  const wdl_object parent = new_node(), child = new_node();
  ASSERT_EQ(wdl_set_object(0, parent, "next", child), WDL_OK);
  {
    const Borrow writer(child, Borrow::exclusive, 0);
    int64_t needed = -1;
    EXPECT_EQ(wdl_save(0, parent, nullptr, 0, &needed), WDL_BUSY);
    EXPECT_EQ(needed, -1);
  }
  EXPECT_NE(saved(parent), "");
  EXPECT_EQ(wdl_release(parent), WDL_OK);
  EXPECT_EQ(wdl_release(child), WDL_OK);
}

}  // namespace
}  // namespace windlass::test
