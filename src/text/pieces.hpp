// Makes an Operation of a class that has the shape that operation.hpp states: all cores on one
// text, rows, streams.
#pragma once
#include <algorithm>
#include <utility>

#include "archive.hpp"
#include "core/array.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "operation.hpp"

namespace windlass::text {

// Chunks of chunk_bytes, or fewer longer ones, whose summaries are kept at a time: they are then
// joined, and progress is told.
inline constexpr int64_t wave_chunks = 256;

inline void require_time(Run &run) {
  if (run.stop_requested()) throw Error(WDL_CANCELLED, -1, run.reason());
}

[[noreturn]] inline void refuse_ill_formed(int64_t byte) {
  throw Error(WDL_BAD_DATA, 2, "text is not valid UTF-8 at byte " + std::to_string(byte), byte);
}

// body(chunk, worker) for the chunks of a text, on all cores; progress is told after each wave.
template <class Body>
void each_chunk(Run &run, int64_t chunks, Body &&body, int64_t wave = wave_chunks) {
  for (int64_t done = 0, size; done < chunks; done += size) {
    size = std::min(chunks - done, wave);
    parallel_for(run, size, [&](int64_t task, int worker) {
      require_time(run);
      body(done + task, worker);
    });
    if (run.report("text", done + size, chunks, 0)) require_time(run);
  }
}

template <class Op>
concept FromEnd = requires {
  requires Op::from_end;
};
template <class Op>
concept Settles = requires(const Op &op, const typename Op::Summary &s) {
  op.settled(s);
};
template <class Op>
concept ReadsTwice = requires {
  requires Op::reads_twice;
};
template <class Op>
concept Direct = requires(const Op &op) {
  op.direct();
};
template <class Op>
concept TakesRows = requires(const Op &op, const RowRange &r, int64_t *out) {
  op.rows(r, out);
};
// Many short texts on this thread.
template <class Op>
Ill rows_of(const Op &op, const RowRange &rows, int64_t *out) {
  if constexpr (TakesRows<Op>) return op.rows(rows, out);
  const int64_t width = op.outputs();
  for (int64_t row = 0; row < rows.rows; row++) {
    const int64_t begin = rows.offsets[row];
    const int64_t ill =
        op.whole(rows.text + begin, rows.offsets[row + 1] - begin, out + row * width);
    if (ill >= 0) return {row, ill};
  }
  return {};
}

template <class Op>
concept Checks = requires(const Op &op, const typename Op::Summary &s) {
  op.sound(s);
};

// The bytes that a summary says it is of: no more than were fed, so that sums stay within int64.
template <class Summary>
int64_t pieces_of(const Summary &summary) noexcept {
  if constexpr (requires { summary.bytes; }) return summary.bytes;
  if constexpr (requires { summary.inner; })
    return std::max(pieces_of(summary.inner), pieces_of(summary.validity));
  if constexpr (requires { summary.borders; }) return pieces_of(summary.borders);
  if constexpr (requires { summary.separators; })
    return std::max({summary.words.bytes, summary.separators.bytes, summary.validity.bytes});
  return 0;
}

template <class Op>
bool settled(const Op &op, const typename Op::Summary &summary) noexcept {
  if constexpr (Settles<Op>) return op.settled(summary);
  return false;
}

// The summary of a whole source: chunks are scanned on all cores, in waves, and joined in order.
template <class Op>
typename Op::Summary summarise(Run &run, const Op &op, const Source &source) {
  using Summary = typename Op::Summary;
  if constexpr (requires { op.summarise(run, source); }) return op.summarise(run, source);
  const bool is_short = Settles<Op> || ReadsTwice<Op> || !source.text();
  const int64_t step = is_short ? chunk_bytes : chunk_of(run, source.bytes());
  const int64_t chunks = (source.bytes() + step - 1) / step;
  const int64_t most = std::min<int64_t>(chunks, wave_chunks * chunk_bytes / step);
  std::vector<Summary> wave(static_cast<size_t>(most));
  std::vector<uint8_t> scratch(source.text() ? 0 : size_t(run.workers()) * size_t(chunk_bytes));
  Summary all;
  // A text whose end may come early is not scanned far beyond it.
  int64_t size = Settles<Op> ? std::min<int64_t>(most, run.workers()) : most;
  for (int64_t done = 0; done < chunks; done += size) {
    size = std::min(done ? std::min(2 * size, most) : size, chunks - done);
    parallel_for(run, size, [&](int64_t task, int worker) {
      require_time(run);
      const int64_t chunk = FromEnd<Op> ? chunks - 1 - done - task : done + task;
      const int64_t at = chunk * step, bytes = std::min(step, source.bytes() - at);
      uint8_t *own = scratch.data() + (source.text() ? 0 : worker * chunk_bytes);
      wave[size_t(task)] = op.scan(source.read(at, bytes, own), bytes);
    });
    for (int64_t task = 0; task < size; task++) {
      if constexpr (FromEnd<Op>) {
        op.join(wave[size_t(task)], all);
        all = std::move(wave[size_t(task)]);
      } else {
        op.join(all, wave[size_t(task)]);
      }
    }
    const int64_t bytes = std::min((done + size) * step, source.bytes());
    source.pause();
    if (run.report("text", bytes, source.bytes(), 0)) require_time(run);
    if (!settled(op, all)) continue;
    if constexpr (FromEnd<Op>) op.precede(all, (chunks - done - size) * step);
    break;
  }
  return all;
}

template <class Op>
class PieceStream final : public StreamState {
 public:
  explicit PieceStream(const Op &op) : op_(op) {}

  void feed(Run &run, const Source &source) override {
    require_time(run);
    if (source.bytes() == 0) return;
    if (source.bytes() <= chunk_bytes && source.text())
      add(op_.scan(source.text(), source.bytes()));
    else
      add(summarise(run, op_, source));
    fed_ += source.bytes();
  }
  void join(const StreamState &next) override {
    const auto &other = static_cast<const PieceStream &>(next);
    add(other.summary_);
    fed_ += other.fed_;
  }
  int64_t fed() const noexcept override { return fed_; }
  int64_t finish(int64_t *out) const override { return op_.finish(summary_, out); }
  std::vector<uint8_t> save() const override {
    ArchiveWriter to;
    to(fed_), to(summary_);
    return to.take();
  }
  void load(std::span<const uint8_t> state) override {
    typename Op::Summary summary;
    int64_t fed = 0;
    ArchiveReader from(state);
    from(fed), from(summary), from.finish();
    bool sound = fed >= 0 && fed <= most_bytes && pieces_of(summary) <= fed;
    if constexpr (Checks<Op>) sound = sound && op_.sound(summary);
    if (!sound) throw Error(WDL_BAD_DATA, 1, "state of a stream does not fit its settings");
    summary_ = std::move(summary), fed_ = fed;
  }
  const typename Op::Summary &summary() const noexcept { return summary_; }

 private:
  const Op &op_;  // of the Operation, which lives longer
  typename Op::Summary summary_;
  int64_t fed_ = 0;

  void add(const typename Op::Summary &next) {
    if constexpr (requires { requires Op::joins_or_leaves; }) {
      op_.join(summary_, next);
    } else {
      auto both = summary_;
      op_.join(both, next);
      summary_ = std::move(both);
    }
  }
};

template <class Op>
class PieceOperation final : public Operation {
 public:
  explicit PieceOperation(const Settings &settings)
      : op_(settings), item_(unit_size(settings.unit)) {}

  int64_t outputs() const noexcept override { return op_.outputs(); }
  int64_t item() const noexcept override { return item_; }

  int64_t attempt(Run &run, const Source &source, int64_t *out) const override {
    require_time(run);
    if (source.bytes() <= chunk_bytes && source.text())
      return op_.whole(source.text(), source.bytes(), out);
    if constexpr (Direct<Op>)
      if (op_.direct() && source.text()) {
        op_.run_directly(run, source.text(), source.bytes(), out);
        return -1;
      }
    return op_.finish(summarise(run, op_, source), out);
  }
  Ill rows(const RowRange &rows, int64_t *out) const override { return rows_of(op_, rows, out); }
  std::unique_ptr<StreamState> stream() const override {
    return std::make_unique<PieceStream<Op>>(op_);
  }

 private:
  Op op_;
  int64_t item_;
};

}  // namespace windlass::text
