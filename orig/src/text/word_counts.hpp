// The operation "word_counts": how often each word of a text occurs, exactly. A word is a maximal
// run of bytes that are no white space.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/run.hpp"
#include "settings.hpp"
#include "source.hpp"
#include "word_rank.hpp"
#include "word_table.hpp"

namespace windlass::text {

// All cores. There are keys when letters are made small and when the source is not in memory.
// Throws WDL_BAD_DATA (position: the first ill-formed byte), WDL_CANCELLED.
WordTable count_words(Run &run, const Settings &settings, const Source &source);

class WordCounts {
 public:
  // The words of a piece that are surely whole, and what may be parts of words at its ends.
  struct Summary {
    int64_t bytes = 0;
    bool split = false;      // there is a space: head ends before the first, tail begins after
    std::string head, tail;  // the last; else head is all
    Vocabulary words;

    template <class V>
    void visit(V &v) {
      WordList list = words.list();
      const WordList before = list;
      v(bytes), v(split), v(head), v(tail);
      v(list.keys), v(list.lengths), v(list.counts), v(list.firsts);
      if (list != before) words.assign(list);
    }
  };
  static constexpr bool joins_or_leaves = true;

  explicit WordCounts(const Settings &settings);

  int64_t outputs() const noexcept { return 2; }
  int64_t whole(const uint8_t *text, int64_t bytes, int64_t *out) const;
  Summary scan(const uint8_t *text, int64_t bytes) const;
  void join(Summary &left, const Summary &right) const;
  int64_t finish(const Summary &summary, int64_t *out) const;
  bool sound(const Summary &summary) const noexcept;
  // As scan, of a whole source on all cores.
  Summary summarise(Run &run, const Source &source) const;

 private:
  words::Spaces spaces_;
  bool lower_;
};

// Of the text so far, as if it ended here. It has keys.
WordTable table_of(const WordCounts::Summary &summary, const Settings &settings);

}  // namespace windlass::text
