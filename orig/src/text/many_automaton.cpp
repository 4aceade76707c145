// Problem: for every byte of a text the longest of many needles that begins there.
// Way: the automaton of Aho and Corasick (1975, doi 10.1145/360825.360855) of the reversed needles,
// over classes of bytes. States near the root have a row with every transition; when rows would
// take more than rows_limit entries, deeper states keep their children and a failure link, which
// costs at most two steps a byte in all. A step waits for the last, so several parts of a text are
// read side by side, each begun as many bytes to its right as a needle can reach.
#include "many_automaton.hpp"

#include <algorithm>
#include <utility>

namespace windlass::text {
namespace {

constexpr int parts = 4;                          // read side by side
constexpr int64_t rows_limit = int64_t{1} << 22;  // entries: 16 MB

}  // namespace

struct Automaton::Trie {
  struct Node {
    int32_t child = -1, sibling = -1;
    uint32_t needle = 0;
    uint8_t label = 0;
  };
  std::vector<Node> nodes{1};

  int32_t child(int32_t parent, uint8_t label) {
    int32_t node = nodes[size_t(parent)].child;
    while (node >= 0 && nodes[size_t(node)].label != label) node = nodes[size_t(node)].sibling;
    if (node >= 0) return node;
    node = int32_t(nodes.size());
    nodes.push_back({-1, nodes[size_t(parent)].child, 0, label});
    nodes[size_t(parent)].child = node;
    return node;
  }
};

Automaton::Automaton(const std::vector<std::string_view> &needles, bool ignore_case) {
  classify(needles, ignore_case);
  Trie trie;
  for (size_t i = 0; i < needles.size(); i++) {
    const std::string_view needle = needles[i];
    reach_ = std::max(reach_, int64_t(needle.size()));
    int32_t node = 0;
    for (size_t k = needle.size(); k-- > 0;) node = trie.child(node, label_of_[uint8_t(needle[k])]);
    trie.nodes[size_t(node)].needle = uint32_t(i + 1);
  }
  shorter_.assign(needles.size() + 1, 0);
  number_states(trie);
  link();
}

void Automaton::classify(const std::vector<std::string_view> &needles, bool ignore_case) {
  bool used[256] = {};
  for (const std::string_view needle : needles)
    for (const char c : needle) used[uint8_t(c)] = true;
  uint32_t labels = 0;
  bool others = false;
  for (int byte = 0; byte < 256; byte++) {
    if (used[byte]) label_of_[byte] = uint8_t(labels++);
    if (!used[byte]) others = true;
  }
  for (int byte = 0; byte < 256; byte++)
    if (!used[byte]) label_of_[byte] = uint8_t(labels);
  if (ignore_case)
    for (int byte = 'A'; byte <= 'Z'; byte++) label_of_[byte] = label_of_[byte + 0x20];
  stride_ = 1 + labels + others;
}

void Automaton::number_states(const Trie &trie) {
  std::vector<int32_t> order{0};
  const size_t states = trie.nodes.size();
  order.reserve(states);
  child_.reserve(states + 1);
  for (size_t s = 0; s < states; s++) {
    const Trie::Node &node = trie.nodes[size_t(order[s])];
    child_.push_back(int32_t(order.size()));
    label_.push_back(node.label);
    longest_.push_back(node.needle);
    for (int32_t c = node.child; c >= 0; c = trie.nodes[size_t(c)].sibling) order.push_back(c);
  }
  child_.push_back(int32_t(states));
}

uint32_t Automaton::place(int64_t state) const noexcept {
  const int64_t dense = rows_end_ / stride_;
  return uint32_t(state < dense ? state * stride_ : rows_end_ + (state - dense));
}

void Automaton::link() {
  const int64_t states = int64_t(longest_.size());
  const int64_t dense = std::min(states, std::max<int64_t>(1, rows_limit / stride_));
  rows_end_ = uint32_t(dense * stride_);
  rows_.assign(rows_end_, 0);
  fail_.assign(size_t(states), 0);
  for (int64_t s = 0; s < states; s++) {
    const int32_t fail = fail_[size_t(s)];
    if (longest_[size_t(s)] == 0)
      longest_[size_t(s)] = longest_[size_t(fail)];
    else if (s > 0)
      shorter_[longest_[size_t(s)]] = longest_[size_t(fail)];
    uint32_t *row = s < dense ? rows_.data() + s * stride_ : nullptr;
    if (row && s > 0) std::copy_n(rows_.data() + int64_t{fail} * stride_, stride_, row);
    if (row) row[0] = longest_[size_t(s)];
    for (int32_t c = child_[size_t(s)]; c < child_[size_t(s + 1)]; c++) {
      const uint32_t to = s == 0 ? 0 : step(place(fail), label_[size_t(c)]);
      fail_[size_t(c)] = int32_t(to < rows_end_ ? to / stride_ : to - rows_end_ + dense);
      if (row) row[1 + label_[size_t(c)]] = place(c);
    }
  }
  if (dense < states) return;
  child_ = fail_ = {};
  label_ = {};
  longest_ = {};
}

inline uint32_t Automaton::step(uint32_t at, uint8_t label) const noexcept {
  while (at >= rows_end_) {
    const int64_t s = int64_t{at - rows_end_} + rows_end_ / stride_;
    for (int32_t c = child_[size_t(s)]; c < child_[size_t(s + 1)]; c++)
      if (label_[size_t(c)] == label) return place(c);
    at = place(fail_[size_t(s)]);
  }
  return rows_[at + 1 + label];
}

// Bytes from `to` down to `from`; longest may be null. The state after them.
uint32_t Automaton::read(const uint8_t *text, int64_t from, int64_t to, uint32_t at,
                         uint32_t *longest) const noexcept {
  for (int64_t p = to; p-- > from;) {
    at = step(at, label_of_[text[p]]);
    if (longest)
      longest[p - from] =
          at < rows_end_ ? rows_[at] : longest_[at - rows_end_ + rows_end_ / stride_];
  }
  return at;
}

void Automaton::read_parts(const uint8_t *text, int64_t bytes, int64_t from, int64_t part,
                           uint32_t *longest) const noexcept {
  const uint32_t *rows = rows_.data();
  const uint8_t *labels = label_of_;
  uint32_t at[parts] = {};
  const auto each_part = [&](auto &&advance) {
    [&]<size_t... k>(std::index_sequence<k...>) { (advance(at[k], int64_t(k) * part), ...); }
    (std::make_index_sequence<parts>());
  };
  const auto enter = [&](uint32_t &state, uint8_t byte) {
    state = rows[int64_t{state} + 1 + labels[byte]];
  };
  // What a needle that begins within a part reaches behind it; behind the last one text may end.
  for (int64_t p = part + reach_ - 1; p-- > part;)
    each_part([&](uint32_t &state, int64_t begin) {
      if (from + begin + p < bytes) enter(state, text[from + begin + p]);
    });
  for (int64_t p = part; p-- > 0;)
    each_part([&](uint32_t &state, int64_t begin) {
      enter(state, text[from + begin + p]);
      longest[begin + p] = rows[state];
    });
}

void Automaton::find(const uint8_t *text, int64_t bytes, int64_t from, int64_t to,
                     uint32_t *longest) const {
  const int64_t part = (to - from) / parts;
  // Otherwise what is read twice would cost more than is won.
  if (part >= 2 * reach_ && child_.empty()) {
    read_parts(text, bytes, from, part, longest);
    longest += parts * part;
    from += parts * part;
  }
  const uint32_t at = read(text, to, std::min(bytes, to + reach_ - 1), 0, nullptr);
  read(text, from, to, at, longest);
}

}  // namespace windlass::text
