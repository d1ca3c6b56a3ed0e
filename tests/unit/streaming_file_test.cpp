// A file that streams, and what is left of it: checkpoints that are whole, and those that are damaged.
#include "sim/streaming_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "sim/error.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using sim::StreamingFile;
using sim::io::Existing;
using sim::io::Output;

StreamingFile::Layout layout(const std::string& config = "a: 1", bool is_brief = false) {
    using Element = StreamingFile::Element;
    return {"numbers",
            {config, 1, {}, "then"},
            {{"/grows/t", Element::float64, {}, 16, true, {"ms", "times"}},
             {"/grows/pairs", Element::float32, {2}, 16, false, {"1", "pairs"}}},
            [](sim::io::File& file) {
                file.write("/fixed", std::vector<double>{1, 2}, {"1", "fixed"});
            },
            is_brief};
}

std::vector<std::byte> state_of(std::uint64_t k) {  // of another length each time, up and down
    std::vector<std::byte> bytes(k % 2 == 0 ? 100'000 : 10 * k);
    std::uint64_t x = k;  // Knuth's generator: no part of them stands twice
    for (std::byte& byte : bytes) {
        x = 6364136223846793005 * x + 1442695040888963407;
        byte = static_cast<std::byte>(x >> 56U);
    }
    return bytes;
}

void append(StreamingFile& file, std::uint64_t k) {
    const std::vector<double> t(5, static_cast<double>(k));
    const std::vector<float> pairs(2, static_cast<float>(k));
    file.append<double>("/grows/t", t);
    file.append<float>("/grows/pairs", pairs);
}

/// A partial file with checkpoints after 1, 2, ... n appends, and one append more.
std::string partial_file(const test::TempDir& dir, std::uint64_t n, bool is_brief = false) {
    const std::string path = dir.file("out.h5");
    StreamingFile file =
        StreamingFile::create(Output(path, Existing::refuse), layout("a: 1", is_brief), false);
    CHECK_FALSE(file.has_checkpoint());
    CHECK_FALSE(fs::exists(path + ".partial"));
    for (std::uint64_t k = 1; k <= n; ++k) {
        append(file, k);
        file.write(state_of(k));
        CHECK(fs::exists(path + ".partial"));
    }
    append(file, n + 1);
    return path;
}

/// Goes on to three appends, and ends.
void finish(StreamingFile file, std::uint64_t from) {
    for (std::uint64_t k = from; k <= 3; ++k) append(file, k);
    file.finish([](sim::io::File& end) { end.write("/end", std::vector<double>{9}, {"1", "end"}); });
}

void check_finished(const test::TempDir& dir, const std::string& path) {
    CHECK(dir.names() == std::vector<std::string>{"out.h5"});
    const sim::io::File file = sim::io::File::open(path);
    CHECK(file.read<double>("/grows/t") == std::vector<double>{1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3});
    CHECK(file.read<float>("/grows/pairs") == std::vector<float>{1, 1, 2, 2, 3, 3});
    CHECK(file.read<double>("/fixed") == std::vector<double>{1, 2});
    CHECK(file.read<double>("/end") == std::vector<double>{9});
    CHECK_FALSE(file.exists("/checkpoint"));
}

/// Turns one bit in the only place where the file holds these bytes.
void damage(const std::string& path, std::span<const std::byte> bytes) {
    std::string all = test::read_file(path);
    const std::string part(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::size_t at = all.find(part);
    REQUIRE(at != std::string::npos);
    REQUIRE(all.find(part, at + 1) == std::string::npos);
    all[at + part.size() / 2] = static_cast<char>(all[at + part.size() / 2] ^ 4);
    const test::TempDir elsewhere;
    fs::copy_file(elsewhere.write("damaged", all), path, fs::copy_options::overwrite_existing);
}

}  // namespace

TEST_CASE("a streamed file without a checkpoint ends as one that had some") {
    std::vector<std::string> contents;
    for (const bool is_brief : {false, true}) {
        const test::TempDir dir;
        const std::string path = dir.file("out.h5");
        finish(StreamingFile::create(Output(path, Existing::refuse), layout("a: 1", is_brief), false), 1);
        check_finished(dir, path);
        contents.push_back("");
        for (const std::string& line : sim::io::File::open(path).read<std::string>("/provenance/manifest"))
            contents.back() += line + "\n";
    }
    CHECK(contents[0] == contents[1]);
}

TEST_CASE("a streamed file goes on from the newest checkpoint; what came after it is cut off") {
    for (const std::uint64_t n : {1, 2, 3, 11, 12, 13}) {
        const test::TempDir dir;
        const bool is_brief = n > 10;
        const std::string path = partial_file(dir, n % 10, is_brief);
        auto [file, state, warning] = StreamingFile::resume(Output(path, Existing::refuse), layout());
        CHECK(warning == "");
        CHECK(file.has_checkpoint());
        CHECK(state == state_of(n % 10));
        finish(std::move(file), n % 10 + 1);
        check_finished(dir, path);
    }
}

TEST_CASE("where the newest checkpoint is damaged the older one is used, and it is said") {
    // Of the second checkpoint: its state, the lengths of the streams, and what one of them had grown by.
    const std::vector<std::uint64_t> lengths{10, 2};
    const std::vector<float> pairs{2, 2};
    const auto state_2 = state_of(2);
    for (const auto what : {std::span<const std::byte>(state_2).subspan(0, 300),
                            std::as_bytes(std::span(lengths)), std::as_bytes(std::span(pairs))}) {
        CAPTURE(what.size());
        const test::TempDir dir;
        const std::string path = partial_file(dir, 2), partial = path + ".partial";
        damage(partial, what);
        auto [file, state, warning] = StreamingFile::resume(Output(path, Existing::refuse), layout());
        CHECK(warning == partial +
                             ": checkpoint 2, or what was written before it, is damaged; goes on from "
                             "checkpoint 1, which is whole");
        CHECK(state == state_of(1));
        file.write(state_of(1));  // it can be written on, and killed again
        finish(std::move(file), 2);
        check_finished(dir, path);
    }
}

TEST_CASE("where a stream is damaged below both checkpoints nothing is gone on with") {
    const test::TempDir dir;
    const std::string path = partial_file(dir, 2);
    const std::vector<float> pairs{1, 1};
    damage(path + ".partial", std::as_bytes(std::span(pairs)));
    CHECK_THROWS_WITH_AS(StreamingFile::resume(Output(path, Existing::refuse), layout()),
                         doctest::Contains("no checkpoint is whole; --force starts over"), sim::IoError);
}

TEST_CASE("an unfinished file is not gone on with under another config, nor replaced unasked") {
    const test::TempDir dir;
    const std::string path = partial_file(dir, 1);
    CHECK_THROWS_WITH_AS(StreamingFile::resume(Output(path, Existing::refuse), layout("a: 2")),
                         doctest::Contains("with another config"), sim::ConfigError);
    CHECK_THROWS_WITH_AS(StreamingFile::create(Output(path, Existing::refuse), layout(), false),
                         doctest::Contains("--resume goes on with it, --force starts over"), sim::IoError);
    finish(StreamingFile::create(Output(path, Existing::refuse), layout(), true), 1);
    check_finished(dir, path);
    CHECK_THROWS_WITH_AS(StreamingFile::resume(Output(path, Existing::replace), layout()),
                         doctest::Contains("must exist to resume from, found a finished run"), sim::IoError);
}
