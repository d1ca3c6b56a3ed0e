// A write that fails, whichever it is, ends a command with exit 3 and never with a wrong file: every command
// that writes a file, under a library that makes the n-th call that writes fail as on a full disk.
// STRIATE_FAILURES=1000 tries (up to) so many places of each command.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/cli/commands.hpp"
#include "tests/support.hpp"

namespace {

using test::Finished;
using test::fs::exists;

/// Runs a command under the library, which reads `what` from the environment.
Finished under_failures(const test::Args& args, const std::string& what) {
    return test::striate(args, {.environment = {"LD_PRELOAD=" STRIATE_FAILING_WRITES, what}});
}

long calls_that_write(const test::Writer& writer) {
    const test::TempDir dir;
    const std::string count = dir.file("count");
    const Finished done =
        under_failures(test::with_output(writer, dir.file("out.h5")), "STRIATE_COUNT=" + count);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    return std::stol(test::read_file(count));
}

/// After a failure the output is there and right, or is not there; and nothing else but what can be gone on
/// with.
void check_what_is_left(const test::Writer& writer, const test::TempDir& dir, const std::string& output) {
    for (const std::string& name : dir.names()) CHECK((name == "out.h5" || name == "out.h5.partial"));
    if (exists(output)) CHECK(test::first_difference(test::writers().whole(writer), output) == "");
}

void check_failure(const test::Writer& writer, const std::string& what, long n) {
    CAPTURE(writer.name);
    CAPTURE(what);
    CAPTURE(n);
    const test::TempDir dir;
    const std::string output = dir.file("out.h5");
    const Finished failed = under_failures(test::with_output(writer, output), what + "=" + std::to_string(n));
    CAPTURE(failed.err);
    // Threads make more or fewer calls at times; one that is never reached fails nothing.
    if (failed.exit_code == 0) REQUIRE(exists(output));
    if (failed.exit_code != 0) {
        CHECK(failed.exit_code == test::kUnreadableFile);
        CHECK(test::contains(failed.err, "No space left on device"));
    }
    check_what_is_left(writer, dir, output);
    if (exists(output)) return;
    const bool goes_on = writer.resumes && exists(output + ".partial");
    const Finished again =
        test::striate(test::with_output(writer, output, goes_on ? test::Args{"--resume"} : test::Args{}));
    CAPTURE(again.err);
    REQUIRE(again.exit_code == 0);
    CHECK(dir.names() == std::vector<std::string>{"out.h5"});
    CHECK(test::first_difference(test::writers().whole(writer), output) == "");
}

}  // namespace

TEST_CASE("a write that fails, or all from one on, never ends in a wrong file or with exit 0") {
    const long tries = test::number_from_environment("STRIATE_FAILURES", 12);
    for (const test::Writer& writer : test::writers().all()) {
        const long n = calls_that_write(writer);
        REQUIRE(n > 5);  // else the library is not in the way
        const long step = std::max(1L, n / tries);
        for (long k = 1; k <= n; k += step) {
            check_failure(writer, "STRIATE_FAIL_AT", k);
            check_failure(writer, "STRIATE_FAIL_FROM", k);
        }
        MESSAGE(writer.name, ": ", n, " calls that write, ", 2 * ((n + step - 1) / step), " failures");
    }
}
