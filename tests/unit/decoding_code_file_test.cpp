#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "decoding/code_file.hpp"
#include "sim/io/striate_file.hpp"
#include "tests/support.hpp"

namespace {

decoding::Codes some_codes() {
    return {"run.h5",
            "spikes",
            "seed: 5\n",
            5,
            {3, 2, {0.0F, 0.5F, 1.5F, 0.0F, 0.25F, 2.0F}, {0, 1, -1}, {4, 7, 9}, {0, 1, 2}, {5.0, 6.0, 7.0}},
            {2, 2, {1.0F, 0.0F, 0.0F, 3.0F}, {1, 0}, {2, 6}, {0, 1}, {8.0, 9.0}},
            "v2",
            {"image"},
            "seed: 5\nlambda: 1\n"};
}

void check_same(const decoding::CodeSet& one, const decoding::CodeSet& other) {
    CHECK(one.n == other.n);
    CHECK(one.size == other.size);
    CHECK(one.a == other.a);
    CHECK(one.label == other.label);
    CHECK(one.spikes == other.spikes);
    CHECK(one.frame == other.frame);
}

/// Writes `codes` and reads them.
decoding::Codes through_a_file(const decoding::Codes& codes) {
    const test::TempDir dir;
    sim::io::write_whole_file(dir.file("codes.h5"), sim::io::Existing::replace,
                              [&](sim::io::File& file) { decoding::write(file, codes); });
    return decoding::read_codes(dir.file("codes.h5"));
}

}  // namespace

TEST_CASE("codes are read as they were written") {
    const decoding::Codes written = some_codes(), read = through_a_file(written);
    CHECK(read.source == written.source);
    CHECK(read.population == written.population);
    CHECK(read.maker == written.maker);
    CHECK(read.config == written.config);
    CHECK(read.run_config == written.run_config);
    CHECK(read.seed == written.seed);
    check_same(read.training, written.training);
    check_same(read.held_out, written.held_out);
}

TEST_CASE("codes say which frame each is of, unless nothing is known of it") {
    const test::TempDir dir;
    const auto file_of = [&](const decoding::Codes& codes) {
        sim::io::write_whole_file(dir.file("codes.h5"), sim::io::Existing::replace,
                                  [&](sim::io::File& file) { decoding::write(file, codes); });
        return sim::io::File::open(dir.file("codes.h5"));
    };
    const auto file = file_of(some_codes());
    CHECK(file.read<std::uint64_t>("/held_out/frame") == std::vector<std::uint64_t>{0, 1});
    CHECK(file.read<double>("/held_out/shown", {2, 1}) == std::vector<double>{8.0, 9.0});
    decoding::Codes unknown = some_codes();
    unknown.held_out.frame.clear(), unknown.held_out.shown.clear();
    CHECK_FALSE(file_of(unknown).exists("/held_out/frame"));
    CHECK(decoding::read_codes(dir.file("codes.h5")).held_out.frame.empty());
}

TEST_CASE("codes that contradict themselves are refused, with the dataset") {
    const auto refuses = [](const std::function<void(decoding::Codes&)>& spoil, const char* words) {
        decoding::Codes codes = some_codes();
        spoil(codes);
        CHECK_THROWS_WITH_AS(through_a_file(codes), doctest::Contains(words), sim::IoError);
    };
    refuses([](auto& codes) { codes.training.label.pop_back(); }, "/training/labels: must have shape (3)");
    refuses([](auto& codes) { codes.held_out.spikes.push_back(1); }, "/held_out/spikes: must have shape (2)");
    refuses([](auto& codes) { codes.held_out.frame.push_back(1); }, "/held_out/frame: must have shape (2)");
    refuses([](auto& codes) { codes.training.a[1] = NAN; }, "/training/codes: must be finite");
    refuses(
        [](auto& codes) {
            codes.held_out.size = 1;
            codes.held_out.n = 4;
            codes.held_out.label = {0, 1, 0, 1};
            codes.held_out.spikes = {0, 0, 0, 0};
            codes.held_out.frame.clear();
            codes.held_out.shown.clear();
        },
        "/held_out/codes: must be of the 2 neurons");
}

TEST_CASE("a file of another kind is refused") {
    const test::TempDir dir;
    sim::io::write_whole_file(dir.file("run.h5"), sim::io::Existing::replace,
                              [](sim::io::File& file) { sim::io::mark_striate_file(file, "network"); });
    CHECK_THROWS_WITH_AS(decoding::read_codes(dir.file("run.h5")),
                         doctest::Contains("must be a file of kind codes, found one of kind network"),
                         sim::IoError);
}
