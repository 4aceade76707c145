// What one scenario works on: objects of every kind in a known state, arrays to give, and places
// for everything that a call may hand out, filled with sentinels. The same each time.
#pragma once
#include <windlass/windlass.h>

#include <cstdint>
#include <string>
#include <vector>

namespace deep {

struct World {
  static constexpr int64_t rows = 1500, columns = 3, components = 2;
  static constexpr int64_t long_text = 3 << 20;  // bytes: twelve chunks, so a region
  static constexpr int operations = 11;
  static const char *const operation_names[operations];

  explicit World(int threads);
  ~World();
  World(const World &) = delete;
  World &operator=(const World &) = delete;

  // Bytes of every object but the context that is there before the call, as wdl_save gives them.
  std::string objects() const;
  // Bytes of what came out by value: numbers, shapes, and the object an id names.
  std::string values() const;
  std::string arrays() const;  // bytes of the output arrays

  wdl_array matrix(const std::vector<double> &data, int64_t first, int64_t second) const;
  wdl_array vector(const std::vector<double> &data) const;
  wdl_array cube(const std::vector<double> &data, int64_t k, int64_t d) const;
  void crowd(int64_t handles);  // makes objects until as many live
  wdl_array labels_array();
  wdl_array results_array(int64_t texts, int64_t outputs);  // in integers

  wdl_context ctx = 0;
  wdl_mixture fitted = 0, fresh = 0, parent = 0, spare = 0;  // parent has fitted as its "start"
  wdl_kmeans fitted_kmeans = 0, fresh_kmeans = 0;
  wdl_mixture_statistics statistics = 0;  // of x, under fitted's parameters
  wdl_buffer buffer = 0;
  // One of each operation; each stream has been fed, and so has the one that follows it.
  wdl_text texts[operations] = {};
  wdl_text_stream streams[operations] = {}, following[operations] = {};
  wdl_word_counts words = 0;
  std::vector<wdl_operator> operators;  // of one scenario
  std::vector<wdl_object> solvers;      // the same, and preconditioners
  wdl_operator grid = 0;                // of one scenario, and what is made of it
  wdl_precond precond = 0;
  wdl_object stale = 0;
  int released = 0;  // calls of release functions

  std::vector<double> x, nan_x, weights, bad_weights, means, covariances, bad_covariances,
      responsibilities;
  std::vector<float> x32;
  std::vector<char> saved;  // of parent
  static const std::vector<char> &text();
  static const std::vector<char> &prose();       // as long, of words and lines
  static const char *prose_file(int64_t bytes);  // of the whole of it, or of its beginning

  wdl_object id = 0;
  int64_t integer = 0;
  double real = 0;
  const void *pointer = nullptr;
  wdl_array view{};
  wdl_error error{};
  std::vector<double> reals, more_reals, most_reals, products;
  std::vector<int64_t> integers;
  std::vector<char> bytes;

 private:
  void make_texts();
  std::vector<wdl_object> crowd_;
};

std::string save(wdl_object object);
// Its properties, but for times, sizes and objects.
std::string results(wdl_object object);
int64_t live_handles();
// Ends the process: the harness itself cannot go on.
[[noreturn]] void give_up(const std::string &why);
void require(wdl_status status, const char *what);

}  // namespace deep
