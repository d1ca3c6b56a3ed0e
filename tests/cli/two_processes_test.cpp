// Two processes that write one output: one of them does, whole, and the other says so. STRIATE_PAIRS=100
// makes so many pairs of each command.
#include <doctest/doctest.h>

#include <string>

#include "sim/rng.hpp"
#include "tests/cli/commands.hpp"
#include "tests/support.hpp"

TEST_CASE("of two processes that write one file one wins, at any offset, and the file is its") {
    const int pairs = test::number_from_environment("STRIATE_PAIRS", 8);
    for (const test::Writer& writer : test::writers().all()) {
        sim::Stream random(1, sim::Purpose::test, 0);
        double duration_ms = 0.0;  // of the command, to choose offsets within it
        {
            const test::TempDir dir;
            test::Striate alone(test::with_output(writer, dir.file("out.h5")));
            while (!alone.wait_for(1.0)) duration_ms += 1.0;
        }
        int refused = 0;
        for (int pair = 0; pair < pairs; ++pair) {
            CAPTURE(writer.name);
            CAPTURE(pair);
            const test::TempDir dir;
            const std::string output = dir.file("out.h5");
            const test::Args args = test::with_output(writer, output);
            test::Striate first(args);
            first.wait_for(random.uniform() * 1.2 * duration_ms);
            test::Striate second(args);
            const test::Finished one = first.wait(), other = second.wait();
            CAPTURE(one.err);
            CAPTURE(other.err);
            // One succeeds and the other is refused: by the lock, or since the output or a partial one is
            // there.
            CHECK(((one.exit_code == 0 && other.exit_code == test::kUnreadableFile) ||
                   (other.exit_code == 0 && one.exit_code == test::kUnreadableFile)));
            const std::string& said = one.exit_code == 0 ? other.err : one.err;
            if (test::contains(said, "another process is writing it")) ++refused;
            CHECK(test::first_difference(test::writers().whole(writer), output) == "");
            CHECK(dir.names() == std::vector<std::string>{"out.h5"});
        }
        MESSAGE(writer.name, ": ", pairs, " pairs, ", refused, " refused by the lock");
    }
}
