// Any operation (src/text/operation.hpp) against itself: a text's results are those of its pieces,
// however it is cut and in whatever order they are joined.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "text/operation.hpp"

namespace windlass::text {

struct Outcome {
  int64_t ill = -1;
  std::vector<int64_t> out;
  bool operator==(const Outcome &) const = default;
};

inline void PrintTo(const Outcome &o, std::ostream *to) {
  *to << "ill " << o.ill << " out";
  for (int64_t value : o.out) *to << ' ' << value;
}

template <class Op>
Outcome outcome(const Op &op, int64_t ill, std::vector<int64_t> out) {
  if (ill >= 0) out.assign(size_t(op.outputs()), 0);  // unspecified then
  return {ill, out};
}

template <class Op>
Outcome of_whole(const Op &op, std::string_view text) {
  std::vector<int64_t> out(size_t(op.outputs()), -7);
  const int64_t ill =
      op.whole(reinterpret_cast<const uint8_t *>(text.data()), int64_t(text.size()), out.data());
  return outcome(op, ill, out);
}

template <class Op>
Outcome of_summary(const Op &op, const typename Op::Summary &summary) {
  std::vector<int64_t> out(size_t(op.outputs()), -7);
  const int64_t ill = op.finish(summary, out.data());
  return outcome(op, ill, out);
}

template <class Op>
typename Op::Summary scan(const Op &op, std::string_view text) {
  // A copy of just this size, so that the address sanitizer sees what reads past a piece.
  const std::vector<uint8_t> copy(text.begin(), text.end());
  return op.scan(copy.data(), int64_t(copy.size()));
}

// Pieces cut at `cuts` (rising), joined from the left, and from the right.
template <class Op>
void check_cuts(const Op &op, std::string_view text, std::vector<size_t> cuts,
                const Outcome &expected) {
  cuts.insert(cuts.begin(), 0);
  cuts.push_back(text.size());
  const auto piece = [&](size_t i) {
    return scan(op, text.substr(cuts[i], cuts[i + 1] - cuts[i]));
  };
  typename Op::Summary left;
  for (size_t i = 0; i + 1 < cuts.size(); i++) op.join(left, piece(i));
  EXPECT_EQ(of_summary(op, left), expected) << testing::PrintToString(cuts);
  typename Op::Summary right;
  for (size_t i = cuts.size() - 1; i-- > 0;) {
    typename Op::Summary one = piece(i);
    op.join(one, right);
    right = std::move(one);
  }
  EXPECT_EQ(of_summary(op, right), expected) << "from the right " << testing::PrintToString(cuts);
}

// One cut anywhere, two cuts anywhere (of texts up to 24 bytes), and pieces of 1, 2, 3 and 7 bytes.
template <class Op>
void check_pieces(const Op &op, std::string_view text) {
  const Outcome expected = of_whole(op, text);
  for (size_t a = 0; a <= text.size(); a++) check_cuts(op, text, {a}, expected);
  if (text.size() <= 24)
    for (size_t a = 0; a <= text.size(); a++)
      for (size_t b = a; b <= text.size(); b++) check_cuts(op, text, {a, b}, expected);
  for (size_t step : {1, 2, 3, 7}) {
    std::vector<size_t> cuts;
    for (size_t at = step; at < text.size(); at += step) cuts.push_back(at);
    check_cuts(op, text, cuts, expected);
  }
}

}  // namespace windlass::text
