// What the tests that run the `striate` program share.
#pragma once
#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"

namespace test {

namespace fs = std::filesystem;
using Args = std::vector<std::string>;

/// A new, empty folder, gone at the end of the test.
class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const fs::path& path() const { return path_; }
    /// Full name of a file in the folder.
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    /// Writes a file and returns its full name.
    std::string write(const std::string& name, const std::string& bytes) const;
    /// Names of all that stands in the folder, sorted.
    std::vector<std::string> names() const;

  private:
    fs::path path_;
};

std::string read_file(const fs::path& path);
bool contains(const std::string& text, const std::string& part);

// Exit codes (README).
inline constexpr int kWrongInput = 2, kUnreadableFile = 3;

/// How a process ended and what it said. exit_code is 128 + signal for one that was killed.
struct Finished {
    int exit_code = -1;
    std::string out, err;
};

/// Where a standard stream of a process goes.
enum class Goes {
    to_test,
    to_full_disk,
    to_broken_pipe,
    nowhere,  // it is closed
};

/// What a process finds.
struct Surroundings {
    fs::path working_dir = fs::current_path();
    std::uint64_t disk_space = 256U << 20U;     // no file can grow beyond so many bytes, whatever goes wrong
    std::vector<std::string> environment = {};  // "NAME=VALUE", besides that of this process
    Goes out = Goes::to_test, err = Goes::to_test;
};

/// A running `striate`. No shell is involved; killed if it still runs when this goes away.
class Striate {
  public:
    explicit Striate(const Args& args, const Surroundings& surroundings = {});
    ~Striate();
    Striate(const Striate&) = delete;
    Striate& operator=(const Striate&) = delete;

    void send(int signal) const;
    /// What it has said on standard error so far.
    std::string err_so_far() const;
    /// Waits until it ends, at most so long. returns whether it has
    bool wait_for(double milliseconds);
    /// Waits until it ends, or has worked for so long [s of processor time: however busy the machine is], or has
    /// not worked so much in five minutes. returns whether it has ended
    bool ends_within(double seconds);
    /// Waits until it ends; one that does not within five minutes, on however busy a machine, is killed.
    Finished wait();

  private:
    using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
    void note_end(int status);
    double processor_time() const;

    Stream out_, err_;
    pid_t pid_ = -1;
    int exit_code_ = -1;
    bool has_ended_ = false;
};

Finished striate(const Args& args, const Surroundings& surroundings = {});

/// A config that runs in a fraction of a second: dead leaves on 8 x 8 spiking neurons, with everything
/// recorded that can be.
std::string tiny_config();

/// `text` with the line that starts with `key:` (after its indent) replaced; there must be one.
std::string with_line(const std::string& text, const std::string& key, const std::string& line);

/// A finished tiny run and its analysis, made once for all tests that only read them.
struct Example {
    Example();
    TempDir dir;
    std::string config, run, analysis;
};
const Example& example();

/// Starts a run of `config` that would never end, and kills it once it has a checkpoint to go on with.
/// returns the name of the output, of which only OUTPUT.partial is there
std::string killed_run(const TempDir& dir, const std::string& config);

/// Paths of all datasets of a file, sorted.
std::vector<std::string> datasets_of(const sim::io::File& file);

/// The first dataset in which two files differ by a bit, or that only one of them has; "" if there is none.
std::string first_difference(const std::string& one, const std::string& other);
/// The same, some datasets left out; nor is /provenance/manifest looked at, which holds digests of when and
/// where.
std::string first_difference_but(const std::string& one, const std::string& other,
                                 const std::vector<std::string>& left_out);

}  // namespace test
