#include <windlass/windlass.h>

#include <cfenv>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/float_state.hpp"
#include "support/live_handles.hpp"

#if defined(__x86_64__)

namespace windlass::test {
namespace {

// Modes a caller may have set. Bits of MXCSR: flush to zero 15, rounding 13 and 14, masks 7 to 12,
// subnormals are zero 6, what has happened 0 to 5. The x87 word: rounding 10 and 11, masks 0 to 5.
struct Mode {
  const char *name;
  uint32_t mxcsr;
  uint16_t x87;
};
constexpr Mode modes[] = {
    {"usual", 0x1f80, 0x037f},         {"flush to zero", 0x9fc0, 0x037f},
    {"upward", 0x5f80, 0x0b7f},        {"downward", 0x3f80, 0x077f},
    {"towards zero", 0x7f80, 0x0f7f},  {"every trap", 0x0000, 0x0340},
    {"inexact traps", 0x0f80, 0x035f}, {"invalid traps", 0x1f00, 0x037e},
    {"flags are set", 0x1fbf, 0x037f}, {"x87 in single precision", 0x1f80, 0x007f},
};

class GuardTest : public LiveHandles {
 protected:
  void SetUp() override {
    LiveHandles::SetUp();
    ctx_ = new_context();
    ASSERT_EQ(wdl_mixture_create(0, &mixture_), WDL_OK);
    ASSERT_EQ(wdl_set_int(0, mixture_, "n_components", 2), WDL_OK);
    ASSERT_EQ(wdl_set_int(0, mixture_, "max_iter", 3), WDL_OK);
    for (int i = 0; i < 2 * rows; i++) x_.push_back(std::sin(double(i * i)) * 3 + i % 7);
    x_[0] = 1e-310;
    ASSERT_EQ(wdl_array_matrix(0, x_.data(), WDL_F64, rows, 2, &x_view_), WDL_OK);
    likelihoods_.resize(rows);
    const int64_t n[] = {rows};
    ASSERT_EQ(wdl_array_view(0, likelihoods_.data(), WDL_F64, 1, n, nullptr, 0, &l_view_), WDL_OK);
    ASSERT_GE(wdl_mixture_fit(ctx_, mixture_, &x_view_, nullptr), 0) << message(ctx_);
  }
  void TearDown() override {
    EXPECT_EQ(wdl_release(mixture_), WDL_OK);
    EXPECT_EQ(wdl_release(ctx_), WDL_OK);
    LiveHandles::TearDown();
  }

  // Calls of every sort: those that compute, those that refuse, those that only look up.
  std::vector<std::pair<std::string, std::function<void()>>> calls() {
    const auto mixture = mixture_;
    const auto ctx = ctx_;
    return {
        {"fit", [=, this] { wdl_mixture_fit(ctx, mixture, &x_view_, nullptr); }},
        {"score_samples",
         [=, this] { wdl_mixture_score_samples(ctx, mixture, &x_view_, &l_view_); }},
        {"score", [=, this] { wdl_mixture_score(0, mixture, &x_view_, &real_); }},
        {"sample", [=, this] { wdl_mixture_sample(ctx, mixture, 3, &copy_view(), nullptr); }},
        {"set_real NaN", [=] { wdl_set_real(ctx, mixture, "tol", NAN); }},
        {"set_real -1", [=] { wdl_set_real(0, mixture, "tol", -1); }},
        {"set_real 1e-310", [=] { wdl_set_real(0, mixture, "tol", 1e-310); }},
        {"set_real", [=] { wdl_set_real(0, mixture, "tol", 0.001); }},
        {"set_int", [=] { wdl_set_int(ctx, mixture, "tol", INT64_MAX); }},
        {"set_int far", [=] { wdl_set_int(ctx, mixture, "n_components", INT64_MAX); }},
        {"get_real", [=, this] { wdl_get_real(ctx, mixture, "tol", &real_); }},
        {"unknown name", [=, this] { wdl_get_real(ctx, mixture, "toll", &real_); }},
        {"progress NaN", [=] { wdl_context_progress(ctx, nullptr, nullptr, NAN); }},
        {"time limit", [=] { wdl_set_real(ctx, ctx, "time_limit", 1e9); }},
        {"save", [=, this] { wdl_save(ctx, mixture, saved_, sizeof saved_, &integer_); }},
        {"load",
         [=, this] {
           wdl_object made = 0;
           wdl_load(ctx, saved_, integer_, &made);
           wdl_release(made);
         }},
        {"set_array", [=, this] { wdl_set_array(ctx, mixture, "means_init", &x_view_); }},
        {"set_array NaN",
         [=, this] {
           double nan[] = {NAN, 1};
           wdl_array one = x_view_;
           one.data = nan, one.shape[0] = 1;
           wdl_set_array(ctx, mixture, "means_init", &one);
         }},
        {"take away", [=] { wdl_set_array(ctx, mixture, "means_init", nullptr); }},
        {"count", [=, this] { wdl_text_count_doubles(ctx, "aabb", 4, WDL_TEXT_UTF8, &integer_); }},
        {"stale", [=] { wdl_release(~mixture); }},
        {"cancel", [=] { wdl_cancel(ctx, 0); }},
        {"message", [=] { wdl_error_message(ctx); }},
        {"version", [] { wdl_version(); }},
    };
  }
  wdl_array &copy_view() {
    copy_ = x_;
    copy_view_ = x_view_;
    copy_view_.data = copy_.data();
    return copy_view_;
  }

  static constexpr int rows = 500;
  wdl_context ctx_ = 0;
  wdl_mixture mixture_ = 0;
  std::vector<double> x_, copy_, likelihoods_;
  wdl_array x_view_, l_view_, copy_view_;
  double real_ = 0;
  int64_t integer_ = 0;
  char saved_[20000];
};

TEST_F(GuardTest, TheCallersModeIsAsBefore) {
  const FloatState usual = FloatState::current();
  for (const auto &[name, call] : calls())
    for (const Mode &mode : modes) {
      const FloatState strange = {mode.mxcsr, mode.x87};
      strange.set();
      call();
      const FloatState after = FloatState::current();
      usual.set();
      EXPECT_EQ(after.mxcsr, mode.mxcsr) << name << ", " << mode.name;
      EXPECT_EQ(after.x87, mode.x87) << name << ", " << mode.name;
    }
}

TEST_F(GuardTest, TheSameBitsInEveryMode) {
  const FloatState usual = FloatState::current();
  const int64_t n[] = {rows};
  for (const int threads : {1, 2}) {
    ASSERT_EQ(wdl_set_int(ctx_, ctx_, "threads", threads), WDL_OK);
    std::vector<double> first(rows), now(rows);
    double expected = 0;
    wdl_array out;
    ASSERT_EQ(wdl_array_view(0, now.data(), WDL_F64, 1, n, nullptr, 0, &out), WDL_OK);
    for (const Mode &mode : modes) {
      double bound = 0, tol = 0;
      const FloatState strange = {mode.mxcsr, mode.x87};
      strange.set();
      const wdl_status fitted = wdl_mixture_fit(ctx_, mixture_, &x_view_, nullptr);
      const wdl_status scored = wdl_mixture_score_samples(ctx_, mixture_, &x_view_, &out);
      wdl_get_real(ctx_, mixture_, "lower_bound", &bound);
      wdl_set_real(ctx_, mixture_, "tol", 1e-310);
      wdl_get_real(ctx_, mixture_, "tol", &tol);
      usual.set();
      EXPECT_GE(fitted, 0) << mode.name;
      EXPECT_EQ(scored, WDL_OK) << mode.name;
      EXPECT_EQ(tol, 1e-310) << mode.name;
      wdl_set_real(ctx_, mixture_, "tol", 0.001);
      if (&mode == modes) first = now, expected = bound;
      EXPECT_EQ(bound, expected) << mode.name;
      EXPECT_EQ(std::memcmp(first.data(), now.data(), sizeof(double) * rows), 0) << mode.name;
    }
  }
}

uint32_t seen_mxcsr;

TEST_F(GuardTest, CallbacksRunInTheCallersMode) {
  const FloatState usual = FloatState::current();
  for (const Mode &mode : modes) {
    seen_mxcsr = 0xffff;
    const auto look = [](void *, const wdl_progress *) -> int32_t {
      seen_mxcsr = __builtin_ia32_stmxcsr();
      __builtin_ia32_ldmxcsr(0x7fc0);  // what a callback sets is its own affair
      return 0;
    };
    ASSERT_EQ(wdl_context_progress(ctx_, look, nullptr, 0), WDL_OK);
    const FloatState strange = {mode.mxcsr, mode.x87};
    strange.set();
    wdl_mixture_fit(ctx_, mixture_, &x_view_, nullptr);
    const FloatState after = FloatState::current();
    usual.set();
    EXPECT_EQ(seen_mxcsr, mode.mxcsr) << mode.name;
    EXPECT_EQ(after.mxcsr, mode.mxcsr) << mode.name;
  }
  ASSERT_EQ(wdl_context_progress(ctx_, nullptr, nullptr, 0), WDL_OK);
}

}  // namespace
}  // namespace windlass::test

#endif
