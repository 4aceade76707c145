// One region in which every member runs the same code on its own share and meets the others at
// barriers, as an iteration wants it: a barrier costs some 0.2 us, a region an operation 3.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "float_state.hpp"
#include "parallel.hpp"
#include "wait.hpp"

namespace windlass {

class Team {
 public:
  // Of at most `workers` members. Throws std::bad_alloc.
  explicit Team(int workers) : flags_(new Flag[size_t(workers)]), most_(workers) {}

  // The floating-point mode in which the caller's own functions are called.
  void serve(const FloatState &caller) noexcept { caller_ = caller; }

  class Member {
   public:
    Member(Team &team, int index, int count) : team_(team), index_(index), count_(count) {}
    int index() const noexcept { return index_; }  // 0 is the calling thread
    int count() const noexcept { return count_; }
    const FloatState &caller() const noexcept { return team_.caller_; }
    // Returns when all members have come; what they wrote before is seen after.
    void meet() noexcept {
      if (count_ > 1) team_.meet(index_, count_);
    }
    // The member's share of 0..parts - 1: begin(parts) <= part < end(parts).
    int64_t begin(int64_t parts) const noexcept { return parts * index_ / count_; }
    int64_t end(int64_t parts) const noexcept { return parts * (index_ + 1) / count_; }
    // For what is to be done by this one while the others wait: a team of itself.
    Member alone() const noexcept { return {team_, 0, 1}; }

   private:
    Team &team_;
    int index_, count_;
  };

  // body(Member &) on the calling thread and on those threads of the pool that come within 0.2 ms
  // of the beginning; body must not throw, and what it computes must not depend on their number.
  template <class Body>
  void run(Body &&body) noexcept {
    struct Region {
      Team &team;
      Body &body;
    } region{*this, body};
    open();
    pool::run(
        most_,
        [](void *r, int worker) {
          Region &own = *static_cast<Region *>(r);
          int count = 0;
          const int index = worker ? own.team.join(count) : own.team.close(count);
          if (index < 0) return;
          Member member(own.team, index, count);
          own.body(member);
        },
        &region);
  }

 private:
  struct alignas(128) Flag {
    std::atomic<uint32_t> now{0};
  };

  void open() noexcept;
  int close(int &count) noexcept;  // the caller's: 0
  int join(int &count) noexcept;   // another's: -1 when it came too late
  void meet(int index, int count) noexcept;

  std::unique_ptr<Flag[]> flags_;
  int most_;
  FloatState caller_ = FloatState::known();
  bool alone_ = false;
  std::atomic<uint32_t> come_{0};    // others than the caller; with the highest bit: closed
  std::atomic<uint32_t> closed_{0};  // the members, once it is closed
};

}  // namespace windlass
