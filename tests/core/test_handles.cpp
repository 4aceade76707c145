#include <pthread.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "node.hpp"
#include "support/live_handles.hpp"

namespace windlass::test {
namespace {

using HandlesTest = LiveHandles;

uint64_t slot_of(wdl_object id) { return id & 0xfffff; }
uint64_t generation_of(wdl_object id) { return id >> 20 & 0xffffff; }
uint64_t tag_of(wdl_object id) { return id >> 44; }

wdl_status borrow_status(wdl_object id, Borrow::Mode mode) {
  return thrown_by([&] { Borrow(id, mode, 0); });
}

// Objects without memory of their own, so that millions may be entered.
constinit std::atomic<int64_t> ghosts_destroyed{0};
constinit const Kind ghost_kind(
    "ghost", {}, nullptr, [](Object *) noexcept { ghosts_destroyed.fetch_add(1); }, nullptr);
constinit Object ghost(ghost_kind);

TEST_F(HandlesTest, IdsAreExactInADouble) {
  const wdl_object id = new_node();
  EXPECT_LT(id, uint64_t(1) << 53);
  EXPECT_EQ(uint64_t(double(id)), id);
  EXPECT_NE(tag_of(id), 0u);
  EXPECT_GE(slot_of(id), 2u) << "0 is none, 1 the process";
  EXPECT_EQ(handles::release(id), WDL_OK);
}

TEST_F(HandlesTest, AReleasedIdIsStaleForGood) {
  const wdl_object id = new_node();
  EXPECT_EQ(handles::release(id), WDL_OK);
  EXPECT_EQ(handles::release(id), WDL_BAD_HANDLE);
  EXPECT_EQ(borrow_status(id, Borrow::shared), WDL_BAD_HANDLE);
  const wdl_object next = new_node();
  EXPECT_EQ(slot_of(next), slot_of(id)) << "the slot is used again";
  EXPECT_NE(next, id);
  EXPECT_EQ(handles::release(id), WDL_BAD_HANDLE);
  EXPECT_EQ(borrow_status(next, Borrow::shared), WDL_OK);
  EXPECT_EQ(handles::release(next), WDL_OK);
}

TEST_F(HandlesTest, ForeignIdsNameNothing) {
  const wdl_object id = new_node();
  for (int bit = 20; bit < 64; bit++)
    EXPECT_EQ(borrow_status(id ^ uint64_t(1) << bit, Borrow::shared), WDL_BAD_HANDLE) << bit;
  for (const wdl_object wrong : {uint64_t(0), uint64_t(WDL_PROCESS), ~uint64_t(0)}) {
    EXPECT_EQ(handles::find(wrong), nullptr);
    EXPECT_EQ(handles::release(wrong), WDL_BAD_HANDLE);
  }
  EXPECT_EQ(handles::release(id), WDL_OK);
}

TEST_F(HandlesTest, AnotherKindIsRefusedByName) {
  const wdl_object id = new_node();
  std::string text;
  const Borrow borrow(id, Borrow::shared, 4);
  int32_t argument = 0;
  EXPECT_EQ(thrown_by([&] { borrow.as<Object>(ghost_kind, 4); }, &text, &argument), WDL_BAD_HANDLE);
  EXPECT_EQ(argument, 4);
  EXPECT_NE(text.find("\"node\""), text.npos) << text;
  EXPECT_NE(text.find("\"ghost\""), text.npos) << text;
  EXPECT_EQ(handles::release(id), WDL_OK);
}

// 2^24 - 1 objects can live in a slot, one after the other; then it is never used again.
TEST_F(HandlesTest, ASlotWhoseGenerationWouldWrapIsRetired) {
  wdl_object id = handles::enter(&ghost);
  const uint64_t slot = slot_of(id);
  uint64_t generation = generation_of(id);
  std::vector<wdl_object> some;
  while (true) {
    ASSERT_EQ(handles::release(id), WDL_OK);
    if (generation % 100003 == 0 || generation > 0xfffff0) some.push_back(id);
    id = handles::enter(&ghost);
    if (slot_of(id) != slot) break;
    ASSERT_EQ(generation_of(id), ++generation);
  }
  EXPECT_EQ(generation, 0xffffffu);
  for (const wdl_object old : some) {
    EXPECT_EQ(handles::find(old), nullptr) << old;
    EXPECT_EQ(handles::release(old), WDL_BAD_HANDLE);
  }
  EXPECT_EQ(handles::find(slot | tag_of(id) << 44), nullptr) << "generation 0 names nothing";
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(handles::release(id), WDL_OK);
    id = handles::enter(&ghost);
    EXPECT_NE(slot_of(id), slot);
  }
  EXPECT_EQ(handles::release(id), WDL_OK);
}

TEST_F(HandlesTest, TheTableGrowsAndNothingMoves) {
  constexpr int count = 100'000;
  std::vector<wdl_object> ids;
  std::vector<Slot *> slots;
  for (int i = 0; i < count; i++) {
    ids.push_back(handles::enter(&ghost));
    slots.push_back(handles::find(ids.back()));
    ASSERT_NE(slots.back(), nullptr) << i;
  }
  EXPECT_EQ(std::set<wdl_object>(ids.begin(), ids.end()).size(), size_t(count));
  EXPECT_EQ(std::set<Slot *>(slots.begin(), slots.end()).size(), size_t(count));
  for (int i = 0; i < count; i++) ASSERT_EQ(handles::find(ids[size_t(i)]), slots[size_t(i)]);
  std::shuffle(ids.begin(), ids.end(), std::mt19937(1));
  for (const wdl_object id : ids) ASSERT_EQ(handles::release(id), WDL_OK);
}

TEST_F(HandlesTest, AFullTableIsOutOfMemory) {
  std::vector<wdl_object> ids;
  const int64_t before = handles::live();
  ghosts_destroyed = 0;
  try {
    for (;;) ids.push_back(handles::enter(&ghost));
  } catch (const std::bad_alloc &) {
  }
  EXPECT_GT(ids.size(), size_t(1'040'000));
  EXPECT_LT(ids.size(), size_t(1) << 20);
  EXPECT_EQ(ghosts_destroyed, 1) << "an object that cannot be entered is destroyed";
  EXPECT_EQ(handles::live(), before + int64_t(ids.size()));
  EXPECT_EQ(handles::release(ids.back()), WDL_OK);
  ids.back() = handles::enter(&ghost);
  for (const wdl_object id : ids) ASSERT_EQ(handles::release(id), WDL_OK);
}

TEST_F(HandlesTest, ManyReadersOrOneWriter) {
  const wdl_object id = new_node();
  {
    const Borrow one(id, Borrow::shared, 0), two(id, Borrow::shared, 0);
    EXPECT_EQ(borrow_status(id, Borrow::exclusive), WDL_BUSY);
    EXPECT_EQ(borrow_status(id, Borrow::shared), WDL_OK);
  }
  {
    const Borrow one(id, Borrow::exclusive, 0);
    EXPECT_EQ(borrow_status(id, Borrow::shared), WDL_BUSY);
    EXPECT_EQ(borrow_status(id, Borrow::exclusive), WDL_BUSY);
  }
  EXPECT_EQ(borrow_status(id, Borrow::exclusive), WDL_OK);
  EXPECT_EQ(handles::release(id), WDL_OK);
}

TEST_F(HandlesTest, TooManyReadersAreBusy) {
  const wdl_object id = new_node();
  std::vector<Borrow> borrows;
  const wdl_status end = thrown_by([&] {
    for (int i = 0; i < 1 << 18; i++) borrows.emplace_back(id, Borrow::shared, 0);
  });
  EXPECT_EQ(end, WDL_BUSY);
  EXPECT_EQ(borrows.size(), size_t(1 << 17) - 1);
  borrows.clear();
  EXPECT_EQ(borrow_status(id, Borrow::exclusive), WDL_OK);
  EXPECT_EQ(handles::release(id), WDL_OK);
}

TEST_F(HandlesTest, ABorrowMoves) {
  const wdl_object one = new_node(), two = new_node();
  Borrow a(one, Borrow::exclusive, 0), b(two, Borrow::exclusive, 0);
  a = std::move(b);
  EXPECT_EQ(borrow_status(one, Borrow::exclusive), WDL_OK) << "what was borrowed before is free";
  EXPECT_EQ(borrow_status(two, Borrow::shared), WDL_BUSY);
  a = Borrow();
  EXPECT_EQ(borrow_status(two, Borrow::exclusive), WDL_OK);
  EXPECT_EQ(handles::release(one), WDL_OK);
  EXPECT_EQ(handles::release(two), WDL_OK);
}

TEST_F(HandlesTest, WhatAnotherThreadUsesLivesUntilItIsDone) {
  for (const Borrow::Mode mode : {Borrow::shared, Borrow::exclusive}) {
    const wdl_object id = new_node();
    std::atomic<int> step{0};
    std::thread user([&] {
      const Borrow borrow(id, mode, 0);
      step = 1;
      while (step != 2) std::this_thread::yield();
      EXPECT_EQ(static_cast<Node &>(borrow.object()).mark, Node::alive);
    });
    while (step != 1) std::this_thread::yield();
    const int64_t destroyed = Node::destroyed;
    EXPECT_EQ(handles::release(id), WDL_OK);
    EXPECT_EQ(Node::destroyed, destroyed);
    EXPECT_EQ(borrow_status(id, Borrow::shared), WDL_BAD_HANDLE) << "stale at once";
    EXPECT_EQ(handles::release(id), WDL_BAD_HANDLE);
    step = 2;
    user.join();
    EXPECT_EQ(Node::destroyed, destroyed + 1);
  }
}

void set_next(wdl_object parent, wdl_object child, const char *name = "next") {
  const Borrow target(parent, Borrow::exclusive, 0), value(child, Borrow::shared, 3);
  set_object(target.object(), find_property(node_kind, name, 2), &value, 3);
}

TEST_F(HandlesTest, AHoldKeepsTheChildAlive) {
  const wdl_object parent = new_node(), child = new_node(), grandchild = new_node();
  set_next(child, grandchild);
  set_next(parent, child);
  const int64_t destroyed = Node::destroyed;
  EXPECT_EQ(handles::release(grandchild), WDL_OK);
  EXPECT_EQ(handles::release(child), WDL_OK);
  EXPECT_EQ(Node::destroyed, destroyed);
  EXPECT_EQ(borrow_status(child, Borrow::shared), WDL_BAD_HANDLE) << "its id is gone all the same";
  EXPECT_EQ(handles::release(parent), WDL_OK);
  EXPECT_EQ(Node::destroyed, destroyed + 3);
}

TEST_F(HandlesTest, ReplacingAChildLetsTheOldOneGo) {
  const wdl_object parent = new_node(), child = new_node();
  set_next(parent, child);
  set_next(parent, child);  // again: it must not go in between
  EXPECT_EQ(handles::release(child), WDL_OK);
  const int64_t destroyed = Node::destroyed;
  {
    const Borrow target(parent, Borrow::exclusive, 0);
    set_object(target.object(), find_property(node_kind, "next", 2), nullptr, 3);
  }
  EXPECT_EQ(Node::destroyed, destroyed + 1);
  EXPECT_EQ(handles::release(parent), WDL_OK);
}

TEST_F(HandlesTest, NoCircle) {
  const wdl_object a = new_node(), b = new_node(), c = new_node();
  set_next(a, b);
  set_next(b, c, "other");
  for (const char *name : {"next", "other"}) {
    std::string text;
    EXPECT_EQ(thrown_by([&] { set_next(c, a, name); }, &text), WDL_BAD_ARGUMENT) << text;
    EXPECT_FALSE(node_of(c).next) << "refused, so nothing changed";
  }
  set_next(a, c, "other");  // twice the same child is no circle
  for (const wdl_object id : {a, b, c}) EXPECT_EQ(handles::release(id), WDL_OK);
}

// Everything that follows a chain does so by recursion, so its length has a bound.
TEST_F(HandlesTest, AChainIsRefusedAtSomeLengthAndGoesAtOnce) {
  wdl_object head = new_node();
  int links = 0;
  for (; links < 1000; links++) {
    const wdl_object next = new_node();
    const wdl_status status = thrown_by([&] { set_next(next, head); });
    EXPECT_EQ(handles::release(status ? next : head), WDL_OK);
    if (status) {
      EXPECT_EQ(status, WDL_BAD_ARGUMENT);
      break;
    }
    head = next;
  }
  EXPECT_GE(links, 3);
  EXPECT_LT(links, 1000);
  const int64_t destroyed = Node::destroyed;
  EXPECT_EQ(handles::release(head), WDL_OK);
  EXPECT_EQ(Node::destroyed, destroyed + links + 1);
}

// From below, where a child that is held gets a child of its own, a chain may have any length; it
// goes without recursion, on the stack of the smallest thread.
TEST_F(HandlesTest, ALongChainGoesOnASmallStack) {
  constexpr size_t length = 50'000;
  std::vector<wdl_object> ids(length);
  for (wdl_object &id : ids) id = new_node();
  size_t refused = 0;
  for (size_t i = 0; i + 1 < length; i++)
    refused += thrown_by([&] { set_next(ids[i], ids[i + 1]); }) != WDL_OK;
  for (size_t i = length - 1; i > 0; i--) EXPECT_EQ(handles::release(ids[i]), WDL_OK);
  pthread_attr_t small;
  pthread_attr_init(&small);
  ASSERT_EQ(pthread_attr_setstacksize(&small, 128 << 10), 0);
  const int64_t destroyed = Node::destroyed;
  pthread_t thread;
  const auto release = [](void *id) -> void * {
    EXPECT_EQ(handles::release(*static_cast<wdl_object *>(id)), WDL_OK);
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &small, release, ids.data()), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&small);
  EXPECT_TRUE(refused || Node::destroyed - destroyed == int64_t(length));
}

// Four threads make, use, hold and release the same few objects in any order; whoever holds a
// borrow sees a living object, and in the end every object was destroyed once.
TEST_F(HandlesTest, ThreadsAtRandom) {
  constexpr int places = 8, threads = 4, steps = 20'000;
  std::atomic<wdl_object> ids[places] = {};
  std::atomic<int64_t> made{0};
  const int64_t destroyed = Node::destroyed;
  auto work = [&](unsigned seed) {
    std::mt19937 dice(seed);
    for (int i = 0; i < steps; i++) {
      std::atomic<wdl_object> &place = ids[dice() % places];
      const wdl_object id = place.load();
      const unsigned what = dice() % 8;
      if (what == 0) {
        const wdl_object fresh = new_node();
        made++;
        handles::release(place.exchange(fresh));
      } else if (what == 1) {
        handles::release(id);
      } else if (what == 2) {
        thrown_by([&] { set_next(id, ids[dice() % places]); });
      } else {
        thrown_by([&] {
          const Borrow borrow(id, what < 6 ? Borrow::shared : Borrow::exclusive, 0);
          Node &node = static_cast<Node &>(borrow.object());
          if (node.mark != Node::alive) ADD_FAILURE() << "a dead object was lent";
          if (what >= 6) node.count++;
        });
      }
    }
  };
  std::vector<std::thread> crowd;
  for (int t = 0; t < threads; t++) crowd.emplace_back(work, unsigned(t + 1));
  for (std::thread &one : crowd) one.join();
  for (std::atomic<wdl_object> &place : ids) handles::release(place.load());
  EXPECT_EQ(Node::destroyed - destroyed, made);
}

}  // namespace
}  // namespace windlass::test
