// Files as texts: mapped only where nobody can shorten them, and whatever others do to them
// meanwhile, the answer is a result or an error.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <windlass/windlass.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/error.hpp"
#include "text/file.hpp"

namespace windlass::text {
namespace {

class Files : public testing::Test {
 protected:
  std::filesystem::path folder, path;

  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "windlass-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name, path = folder / "text";
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string write(size_t size) const {
    std::string bytes(size, 'a');
    for (size_t i = 0; i < size; i++) bytes[i] = char('a' + i * i % 31 % 5);
    std::ofstream(path, std::ios::binary) << bytes;
    return bytes;
  }
  std::string read(const File &file) const {
    std::vector<uint8_t> scratch(chunk_bytes);
    std::string all;
    for (int64_t at = 0; at < file.bytes(); at += chunk_bytes) {
      const int64_t bytes = std::min(chunk_bytes, file.bytes() - at);
      all.append(reinterpret_cast<const char *>(file.read(at, bytes, scratch.data())),
                 size_t(bytes));
      file.pause();
    }
    return all;
  }
};

// What a call on a path gives: the status, and the result where there is one.
struct Answer {
  wdl_status status;
  int64_t result = -1;
};

Answer count_doubles(const std::filesystem::path &path) {
  wdl_text text = 0;
  EXPECT_EQ(wdl_text_create(0, "count_doubles", &text), WDL_OK);
  EXPECT_EQ(wdl_set_text(0, text, "unit", "byte"), WDL_OK);
  Answer answer{};
  answer.status = wdl_text_run_file(0, text, path.c_str(), 1, &answer.result);
  EXPECT_EQ(wdl_release(text), WDL_OK);
  return answer;
}

int64_t doubles(const std::string &bytes) {
  int64_t count = 0;
  for (size_t i = 1; i < bytes.size(); i++) count += bytes[i] == bytes[i - 1];
  return count;
}

TEST_F(Files, GiveTheirBytes) {
  for (size_t size : {size_t(1), size_t(4095), size_t(chunk_bytes), size_t(3 * chunk_bytes + 17)}) {
    const std::string bytes = write(size);
    const File file(path.c_str(), 2);
    EXPECT_FALSE(file.sequential());
    EXPECT_TRUE(read(file) == bytes) << size;
    EXPECT_EQ(count_doubles(path).result, doubles(bytes));
  }
}

TEST_F(Files, WithAWriterAreReadByChunks) {
  const std::string bytes = write(2 * chunk_bytes);
  const int writer = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  {
    const File file(path.c_str(), 2);
    EXPECT_FALSE(file.mapped());
    EXPECT_TRUE(read(file) == bytes);
    EXPECT_EQ(ftruncate(writer, chunk_bytes + 5), 0);
    try {
      read(file);
      FAIL() << "a file that has become shorter";
    } catch (const Error &error) {
      EXPECT_EQ(error.status, WDL_BAD_DATA);
      EXPECT_EQ(error.position[0], chunk_bytes + 5);
      EXPECT_NE(error.text.find("shorter"), std::string::npos) << error.text;
    }
  }
  close(writer);
}

TEST_F(Files, MappedLetAWriterInAtTheNextPause) {
  const std::string bytes = write(4 * chunk_bytes);
  File file(path.c_str(), 2);
  if (!file.mapped()) GTEST_SKIP() << "no read lease here";
  std::vector<uint8_t> scratch(chunk_bytes);
  const uint8_t *mapped = file.read(0, chunk_bytes, scratch.data());
  std::atomic<bool> in{false};
  std::thread writer([&] {
    std::filesystem::resize_file(path, 5);  // waits for the lease
    in = true;
  });
  while (file.read(chunk_bytes, chunk_bytes, scratch.data()) != scratch.data())
    std::this_thread::yield();
  EXPECT_FALSE(in);
  EXPECT_EQ(mapped[chunk_bytes - 1], uint8_t(bytes[chunk_bytes - 1]));  // still there
  file.pause();
  writer.join();
  EXPECT_TRUE(in);
  EXPECT_FALSE(file.mapped());
  EXPECT_THROW(read(file), Error);
}

TEST_F(Files, ThatShrinkAndGrowEndNoProcess) {
  const std::string bytes = write(40 * chunk_bytes);
  const Answer whole = count_doubles(path);
  EXPECT_EQ(whole.result, doubles(bytes));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop) {
      std::filesystem::resize_file(path, 1000);
      std::ofstream(path, std::ios::binary) << bytes;
    }
  });
  int refused = 0, counted = 0;
  for (int i = 0; i < 60; i++) {
    const Answer answer = count_doubles(path);
    if (answer.status == WDL_OK) counted++;
    if (answer.status == WDL_BAD_DATA) {
      refused++;
      EXPECT_EQ(answer.result, -1);
    }
    EXPECT_TRUE(answer.status == WDL_OK || answer.status == WDL_BAD_DATA) << answer.status;
  }
  stop = true;
  writer.join();
  EXPECT_GT(counted + refused, 0);
}

TEST_F(Files, PipesAreReadToTheirEnd) {
  const std::string bytes = write(10 * chunk_bytes + 3);
  const std::filesystem::path pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << bytes; });
  const Answer answer = count_doubles(pipe);
  writer.join();
  EXPECT_EQ(answer.status, WDL_OK);
  EXPECT_EQ(answer.result, doubles(bytes));
}

TEST_F(Files, PipesHaveWholeUnits) {
  const std::filesystem::path pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  wdl_text text = 0;
  ASSERT_EQ(wdl_text_create(0, "count_doubles", &text), WDL_OK);
  ASSERT_EQ(wdl_set_text(0, text, "unit", "u16"), WDL_OK);
  for (const std::string bytes : {"abababa", "ababab"}) {
    std::thread writer([&] { std::ofstream(pipe, std::ios::binary) << bytes; });
    int64_t count = -1;
    const wdl_status status = wdl_text_run_file(0, text, pipe.c_str(), 1, &count);
    writer.join();
    EXPECT_EQ(status, bytes.size() % 2 ? WDL_BAD_DATA : WDL_OK);
    EXPECT_EQ(count, bytes.size() % 2 ? -1 : 2);
  }
  EXPECT_EQ(wdl_release(text), WDL_OK);
}

TEST_F(Files, OfTheKernelSayTheyAreEmpty) {
  const Answer answer = count_doubles("/proc/self/maps");
  EXPECT_EQ(answer.status, WDL_OK);
  EXPECT_GT(answer.result, 0);
}

TEST_F(Files, OfTheKernelSayTheyAreLonger) {
  const std::filesystem::path online = "/sys/devices/system/cpu/online";
  std::ifstream file(online);
  if (!file) GTEST_SKIP() << "needs " << online;
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const Answer answer = count_doubles(online);
  EXPECT_EQ(answer.status, WDL_OK);
  EXPECT_EQ(answer.result, doubles(bytes));
}

TEST_F(Files, ThatAreNoneAreRefused) {
  EXPECT_EQ(count_doubles(folder / "none").status, WDL_BAD_ARGUMENT);
  EXPECT_NE(std::string(wdl_error_message(0)).find("No such file"), std::string::npos);
  EXPECT_EQ(count_doubles(folder).status, WDL_BAD_ARGUMENT);
  std::ofstream(folder / "empty").flush();
  const Answer empty = count_doubles(folder / "empty");
  EXPECT_EQ(empty.status, WDL_OK);
  EXPECT_EQ(empty.result, 0);
}

}  // namespace
}  // namespace windlass::text
