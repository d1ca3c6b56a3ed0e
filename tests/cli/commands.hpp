// One small use of every command, for tests that go wrong with each of them in turn.
#pragma once
#include <string>
#include <vector>

#include "tests/support.hpp"

namespace test {

/// A command, but for `-o OUTPUT`.
struct Writer {
    std::string name;
    Args args;
    bool resumes;        // --resume goes on with OUTPUT.partial
    bool always_resumes  // does so unasked
        = false;
};

/// What the commands work on, made once.
class Writers {
  public:
    Writers();
    const std::vector<Writer>& all() const { return all_; }
    /// A file that the command wrote when nothing went wrong.
    std::string whole(const Writer& writer) const { return dir_.file(writer.name + ".whole.h5"); }
    const TempDir& dir() const { return dir_; }

  private:
    TempDir dir_;
    std::vector<Writer> all_;
};

const Writers& writers();

/// What commands that only print are given, made once: a line a command.
class Printers {
  public:
    Printers();
    const std::vector<Args>& all() const { return all_; }
    /// Those that have --json.
    const std::vector<Args>& with_json() const { return with_json_; }
    const TempDir& dir() const { return dir_; }

  private:
    TempDir dir_;
    std::vector<Args> all_, with_json_;
};

const Printers& printers();

/// args with -o output and whatever more
Args with_output(const Writer& writer, const std::string& output, const Args& more = {});

/// A number from the environment, for longer runs of a test by hand.
int number_from_environment(const char* name, int otherwise);

}  // namespace test
