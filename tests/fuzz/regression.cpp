// A fuzz target without libFuzzer: every seed, every beginning of it, and mutations by a generator
// that gives the same ones each time.
//   TARGET [mutations of each seed]     10000 unless told
//   TARGET --write FOLDER               the seeds as files, to begin libFuzzer with
//   TARGET FILE...                      those inputs
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "target.hpp"

namespace {

int64_t executions = 0;
const std::string *current = nullptr;

// What it was that failed, to be given as a file.
void tell(int signal) {
  std::fprintf(stderr, "signal %d, the input in hexadecimal:\n", signal);
  for (const unsigned char byte : *current) std::fprintf(stderr, "%02x", byte);
  std::fputc('\n', stderr);
  std::_Exit(1);
}

void run(const std::string &input) {
  current = &input;
  const std::vector<uint8_t> exact(input.begin(), input.end());  // no byte to spare behind it
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
  executions++;
}

std::string mutated(std::string text, uint64_t &state) {
  const auto random = [&](size_t n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return n ? size_t(state >> 33) % n : 0;
  };
  static constexpr unsigned char telling[] = {0x00, 0x01, 0x7f, 0x80, 0xbf, 0xc0,
                                              0xe0, 0xed, 0xf0, 0xf4, 0xff, 'a'};
  for (size_t left = 1 + random(4); left; left--) {
    const size_t at = random(text.size() + 1), length = random(9);
    switch (random(5)) {
      case 0:
        if (at < text.size()) text[at] = char(text[at] ^ (1 << random(8)));
        break;
      case 1:
        if (at < text.size()) text[at] = char(telling[random(sizeof telling)]);
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(at, length, char(telling[random(sizeof telling)]));
        break;
      default:
        text.insert(at, text.substr(random(text.size() + 1), length * 8));
    }
  }
  return text;
}

void write_seeds(const std::string &folder) {
  int number = 0;
  for (const std::string &seed : seeds())
    std::ofstream(folder + "/seed" + std::to_string(number++), std::ios::binary) << seed;
}

}  // namespace

int main(int argc, char **argv) {
  std::signal(SIGABRT, tell);
  if (argc == 3 && !std::strcmp(argv[1], "--write")) return write_seeds(argv[2]), 0;
  int64_t mutations = 10000;
  char *end = nullptr;
  if (argc == 2) mutations = std::strtoll(argv[1], &end, 10);
  if (argc > 1 && (!end || *end)) {
    for (int i = 1; i < argc; i++) {
      std::ifstream file(argv[i], std::ios::binary);
      run({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
    }
  } else {
    uint64_t state = 1;
    for (const std::string &seed : seeds()) {
      for (size_t size = 0; size <= seed.size(); size++) run(seed.substr(0, size));
      for (int64_t i = 0; i < mutations; i++) run(mutated(seed, state));
    }
  }
  std::printf("fuzz: %lld executions\n", (long long)executions);
}
