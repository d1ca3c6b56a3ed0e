// Standard output and standard error that are full, closed or read by nobody: every command does its work to
// the end, writes nothing into its own files, and says by exit code 3 that output was lost.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/cli/commands.hpp"
#include "tests/support.hpp"

namespace {

using test::Args;
using test::contains;
using test::Finished;
using test::Goes;

constexpr Goes kLost[] = {Goes::to_full_disk, Goes::to_broken_pipe, Goes::nowhere};

Args without_quiet(Args args) {
    std::erase(args, "--quiet");
    return args;
}

/// Runs a command that writes; its file must be right whatever becomes of what it says.
Finished writes(const test::Writer& writer, const test::Surroundings& surroundings) {
    const test::TempDir dir;
    const std::string output = dir.file("out.h5");
    test::Writer talking = writer;
    talking.args = without_quiet(writer.args);
    Finished done = test::striate(test::with_output(talking, output), surroundings);
    CHECK(dir.names() == std::vector<std::string>{"out.h5"});
    CHECK(test::first_difference(test::writers().whole(writer), output) == "");
    return done;
}

}  // namespace

TEST_CASE("a command that writes does all its work when standard output or error is lost, and ends with 3") {
    for (const test::Writer& writer : test::writers().all())
        for (const Goes lost : kLost) {
            CAPTURE(writer.name);
            CAPTURE(static_cast<int>(lost));
            const Finished without_out = writes(writer, {.out = lost});
            CHECK(without_out.exit_code == test::kUnreadableFile);
            CHECK(contains(without_out.err, "striate: standard output: cannot be written: "));
            const Finished without_err = writes(writer, {.err = lost});
            CHECK(without_err.exit_code == test::kUnreadableFile);
            CHECK(without_err.out != "");
        }
}

TEST_CASE("a command that only prints ends with 3 when standard output is lost") {
    for (const Args& args : test::printers().all())
        for (const Goes lost : kLost) {
            CAPTURE(args[0]);
            CAPTURE(static_cast<int>(lost));
            const Finished done = test::striate(args, {.out = lost});
            CHECK(done.exit_code == test::kUnreadableFile);
            CHECK(contains(done.err, "striate: standard output: cannot be written: "));
        }
}

TEST_CASE("what is not said is not lost: --quiet with a closed standard error ends with 0") {
    for (const test::Writer& writer : test::writers().all()) {
        CAPTURE(writer.name);
        const test::TempDir dir;
        const Finished done =
            test::striate(test::with_output(writer, dir.file("out.h5"), {"--force"}), {.err = Goes::nowhere});
        CHECK(done.exit_code == 0);
    }
}

TEST_CASE("an error is told by its exit code where it cannot be told in words") {
    for (const Goes lost : kLost)
        CHECK(test::striate({"run", "absent.yaml"}, {.out = lost, .err = lost}).exit_code ==
              test::kUnreadableFile);
    CHECK(test::striate({"rum"}, {.err = Goes::nowhere}).exit_code == test::kWrongInput);
}
