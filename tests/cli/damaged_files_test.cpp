// Files that were damaged are refused or still right: never a wrong result with exit 0, a crash, or ten
// seconds of nothing. STRIATE_DAMAGED=500 damages so many files of each kind.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "sim/rng.hpp"
#include "tests/cli/commands.hpp"
#include "tests/support.hpp"

namespace {

using test::Finished;
using test::fs::exists;

constexpr std::size_t kPage = 4096;

/// Bytes with one bit flipped, a page zeroed, a page as another, or the end cut off.
std::string damaged(std::string bytes, sim::Stream& random, std::string& how) {
    const auto at = static_cast<std::size_t>(random.below(bytes.size()));
    const std::size_t page = at / kPage * kPage, n = std::min(kPage, bytes.size() - page);
    switch (random.below(4)) {
        case 0:
            how = "bit at " + std::to_string(at);
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
            break;
        case 1:
            how = "zeroes at " + std::to_string(page);
            std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(page), n, '\0');
            break;
        case 2: {
            const std::size_t from = static_cast<std::size_t>(random.below(bytes.size() / kPage + 1)) * kPage;
            how = "page of " + std::to_string(from) + " at " + std::to_string(page);
            const std::string other = bytes.substr(from, n);
            bytes.replace(page, other.size(), other);
            break;
        }
        default:
            how = "cut at " + std::to_string(at);
            bytes.resize(at);
    }
    return bytes;
}

/// A kind of file, what uses it, and where the result is.
struct Use {
    std::string name;
    std::string bytes;  // of the file when it was whole
    std::string file;   // its name in the folder
    std::function<test::Args(const test::TempDir&)> args;
    std::function<bool(const test::TempDir&, const Finished&)> is_right;
};

Finished patient(const test::Args& args) {
    test::Striate process(args);
    const bool has_ended = process.ends_within(10.0);
    REQUIRE(has_ended);
    return process.wait();
}

/// A partial file of a writer that was killed.
std::string bytes_of_partial(const test::Writer& writer, const test::Args& more) {
    for (;;) {
        const test::TempDir dir;
        const std::string partial = dir.file("out.h5.partial");
        test::Striate process(test::with_output(writer, dir.file("out.h5"), more));
        while (!exists(partial) && !process.wait_for(0.2)) continue;
        process.wait_for(20.0);
        process.send(SIGKILL);
        process.wait();
        if (exists(partial)) return test::read_file(partial);
    }
}

const test::Writer& writer_of(const std::string& name) {
    const auto& all = test::writers().all();
    return *std::ranges::find(all, name, &test::Writer::name);
}

Use resumed(const std::string& name, const test::Args& more, const std::string& whole) {
    const test::Writer& writer = writer_of(name);
    test::Args resume = more;
    if (!writer.always_resumes) resume.push_back("--resume");
    return {name + " --resume", bytes_of_partial(writer, more), "out.h5.partial",
            [&writer, resume](const test::TempDir& dir) {
                return test::with_output(writer, dir.file("out.h5"), resume);
            },
            [whole](const test::TempDir& dir, const Finished&) {
                return test::first_difference(whole, dir.file("out.h5")) == "";
            }};
}

}  // namespace

TEST_CASE("a file that was damaged is refused, or gives what it gave when it was whole") {
    const int n = test::number_from_environment("STRIATE_DAMAGED", 12);
    const test::TempDir kept;
    const auto whole_of = [&](const std::string& name, const test::Args& more) {
        const std::string whole = kept.file(name + ".h5");
        REQUIRE(test::striate(test::with_output(writer_of(name), whole, more)).exit_code == 0);
        return whole;
    };
    // Long enough to be killed in the middle, with a checkpoint after every batch.
    const test::Args batches{"--set", "learning.batches=40", "--set", "checkpoint.every=1e-6 s"};
    const test::Args long_circuit{"--set", "duration=60 s", "--set", "checkpoint.every=0.03 s"};
    std::vector<Use> uses{
        resumed("run", batches, whole_of("run", batches)),
        resumed("circuit", long_circuit, whole_of("circuit", long_circuit)),
        resumed("kernels", batches, whole_of("kernels", batches)),
        resumed("analyze", {}, test::writers().whole(writer_of("analyze"))),
        {"encode of a run", test::read_file(test::example().run), "run.h5",
         [](const test::TempDir& dir) {
             return test::Args{
                 "encode", dir.file("run.h5"), "--training", "20", "--held-out", "10", "--quiet",
                 "-o",     dir.file("out.h5")};
         },
         [](const test::TempDir& dir, const Finished&) {
             const std::string whole = test::writers().whole(writer_of("encode"));
             return test::first_difference_but(whole, dir.file("out.h5"), {"/provenance/run"}) == "";
         }},
        {"compare of an analysis", test::read_file(test::example().analysis), "a.h5",
         [](const test::TempDir& dir) {
             return test::Args{"compare", dir.file("a.h5")};
         },
         [expected = test::striate({"compare", test::example().analysis}).out](const test::TempDir&,
                                                                               const Finished& done) {
             const auto after_title = [](const std::string& text) {
                 return text.substr(text.find('\n') + 1);
             };
             return after_title(done.out) == after_title(expected);
         }},
    };
    sim::Stream random(2, sim::Purpose::test, 0);
    for (const Use& use : uses) {
        int refused = 0, right = 0;
        for (int k = 0; k < n; ++k) {
            CAPTURE(use.name);
            CAPTURE(k);
            std::string how;
            const test::TempDir dir;
            dir.write(use.file, damaged(use.bytes, random, how));
            CAPTURE(how);
            const Finished done = patient(use.args(dir));
            CAPTURE(done.err);
            if (done.exit_code == 0) {
                CHECK(use.is_right(dir, done));
                ++right;
            } else {
                CHECK((done.exit_code == test::kUnreadableFile || done.exit_code == test::kWrongInput));
                ++refused;
            }
        }
        MESSAGE(use.name, ": ", n, " damaged, ", refused, " refused, ", right, " right");
    }
}
