// Frames of the user's own: their order, their labels, and what is wrong with a file.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <functional>
#include <limits>
#include <numeric>
#include <set>

#include "sim/error.hpp"
#include "sim/io/hdf5.hpp"
#include "tests/stimuli.hpp"
#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using sim::FrameSet;
using test::Folder, test::Frame, test::Shown, test::contains, test::mean, test::message_of, test::norm;

/// A file of `n` frames of `pixels` values each, value = number of the frame.
void write_frames(const std::string& path, const sim::io::Shape& shape, std::vector<float> values = {}) {
    const std::uint64_t n =
        std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>{});
    if (values.empty())
        for (std::uint64_t k = 0; k < n; ++k) values.push_back(static_cast<float>(k * shape[0] / n));
    auto file = sim::io::File::create(path);
    file.write("/frames", std::span<const float>(values), shape, {"1", "frames of a test"});
    file.close();
}

/// Adds labels to a file of frames.
void write_labels(const std::string& path, const std::vector<std::int32_t>& labels) {
    auto file = sim::io::File::reopen(path);
    file.write("/labels", labels, {"1", "labels of a test"});
    file.close();
}

std::string array_keys(const Folder& folder, const std::string& more = "") {
    return fmt::format("file: {}, dataset: /frames{}", folder.file("x.h5"), more);
}

}  // namespace

TEST_CASE("array: frames in order, again from the first, held-out frames last") {
    const Folder folder;
    write_frames(folder.file("x.h5"), {10, 2, 3});
    const Shown all("array", array_keys(folder), 2, 3);
    for (std::uint64_t k = 0; k < 25; ++k)
        for (const FrameSet set : {FrameSet::training, FrameSet::held_out}) {
            const Frame frame = all.frame(set, k);
            CHECK(frame.pixels == std::vector<float>(6, static_cast<float>(k % 10)));
            CHECK(frame.shown == std::vector<double>{static_cast<double>(k % 10)});
        }
    const Shown apart("array", array_keys(folder, ", held_out: 0.3"), 2, 3);
    CHECK(apart.frame(FrameSet::training, 6).shown[0] == 6.0);
    CHECK(apart.frame(FrameSet::training, 7).shown[0] == 0.0);
    CHECK(apart.frame(FrameSet::held_out, 0).shown[0] == 7.0);
    CHECK(apart.frame(FrameSet::held_out, 3).shown[0] == 7.0);
}

TEST_CASE("array: random order shows every frame of the set and repeats with the seed") {
    const Folder folder;
    write_frames(folder.file("x.h5"), {10, 6});  // flat frames
    const std::string keys = array_keys(folder, ", order: random, held_out: 0.3");
    const Shown one("array", keys, 2, 3), same("array", keys, 2, 3), other("array", keys, 2, 3, 2);
    for (const FrameSet set : {FrameSet::training, FrameSet::held_out}) {
        std::set<double> seen;
        for (const Frame& frame : one.frames(set, 200)) {
            seen.insert(frame.shown[0]);
            CHECK(frame.pixels[0] == static_cast<float>(frame.shown[0]));
        }
        CHECK(seen == (set == FrameSet::training ? std::set<double>{0, 1, 2, 3, 4, 5, 6}
                                                 : std::set<double>{7, 8, 9}));
        CHECK(one.frames(set, 50) == same.frames(set, 50));
        CHECK(one.frames(set, 50) != other.frames(set, 50));
    }
}

TEST_CASE("array: normalised on request; a frame of one grey becomes zero") {
    const Folder folder;
    write_frames(folder.file("x.h5"), {2, 4}, {1, 2, 3, 6, 0.1F, 0.1F, 0.1F, 0.1F});
    const Shown stimulus("array", array_keys(folder, ", normalise: true"), 2, 2);
    const Frame frame = stimulus.frame(FrameSet::training, 0);
    const double expected[] = {-2, -1, 0, 3};  // over sqrt 14
    for (std::size_t k = 0; k < 4; ++k)
        CHECK(frame.pixels[k] == doctest::Approx(expected[k] / std::sqrt(14.0)));
    CHECK(stimulus.frame(FrameSet::training, 1).pixels == std::vector<float>(4, 0.0F));
}

TEST_CASE("array: labels go with frames; without them there are none") {
    const Folder folder;
    write_frames(folder.file("x.h5"), {5, 2, 3});
    CHECK(Shown("array", array_keys(folder), 2, 3)->label(FrameSet::training, 0) == -1);
    write_labels(folder.file("x.h5"), {7, 0, 3, 12, 1});
    for (const std::string order : {"sequential", "random", "shuffled"}) {
        const Shown stimulus("array", array_keys(folder, ", labels: /labels, held_out: 0.4, order: " + order),
                             2, 3);
        for (const FrameSet set : {FrameSet::training, FrameSet::held_out})
            for (std::uint64_t k = 0; k < 20; ++k) {
                const int expected[] = {7, 0, 3, 12, 1};
                const Frame frame = stimulus.frame(set, k);
                CHECK(stimulus->label(set, k) == expected[static_cast<std::size_t>(frame.shown[0])]);
                CHECK(frame.shown[1] == stimulus->label(set, k));
            }
    }
    const auto message = [&] {
        return message_of<sim::IoError>(
            [&] { Shown("array", array_keys(folder, ", labels: /labels"), 2, 3); });
    };
    write_frames(folder.file("x.h5"), {5, 2, 3});
    CHECK(contains(message(), "/labels"));  // there are none
    write_labels(folder.file("x.h5"), {7, 0, 3, -2, 1});
    CHECK(contains(message(),
                   folder.file("x.h5") + ": /labels: the label of frame 3 must be at least 0, got -2"));
    write_frames(folder.file("x.h5"), {6, 2, 3});
    write_labels(folder.file("x.h5"), {7, 0, 3, 1});
    CHECK(contains(message(), "/labels: must have shape (6), has (4)"));
}

TEST_CASE("array: paired files show pairs, in every order and of frames of any size") {
    const Folder folder;
    write_frames(folder.file("x.h5"), {10, 2, 3});
    write_frames(folder.file("y.h5"), {10, 5, 4});
    for (const std::string order : {"sequential", "random", "shuffled"}) {
        const std::string more = ", held_out: 0.3, order: " + order;
        const Shown x("array", array_keys(folder, more), 2, 3);
        const Shown y(
            "array", fmt::format("file: {}, dataset: /frames{}, normalise: false", folder.file("y.h5"), more),
            5, 4);
        for (const FrameSet set : {FrameSet::training, FrameSet::held_out})
            for (std::uint64_t k = 0; k < 40; ++k) {
                CHECK(x.frame(set, k).shown == y.frame(set, k).shown);
                CHECK(x.frame(set, k).pixels[0] == y.frame(set, k).pixels[0]);
            }
    }
}

TEST_CASE("array: what is wrong with the file is said with file, dataset and frame") {
    const Folder folder;
    const auto make = [&](const std::string& more = "") {
        return [&folder, more] { Shown("array", array_keys(folder, more), 2, 2); };
    };
    const std::string where = folder.file("x.h5") + ": /frames: ";
    CHECK(contains(message_of<sim::IoError>(make()), folder.file("x.h5")));  // no file yet

    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        write_frames(folder.file("x.h5"), {3, 4}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, bad, 0});
        CHECK(contains(message_of<sim::IoError>(make()), where + "frame 2 "));
    }
    for (const sim::io::Shape& shape : {sim::io::Shape{3, 2, 3}, {3, 5}, {12}, {3, 2, 2, 1}}) {
        write_frames(folder.file("x.h5"), shape);
        const std::string message = message_of<sim::IoError>(make());
        CHECK(contains(message, where + "expected shape (n, 2, 2) or (n, 4)"));
        CHECK(contains(message, fmt::format("found ({}", shape[0])));
    }
    write_frames(folder.file("x.h5"), {3, 2, 2});
    CHECK(contains(message_of<sim::IoError>(make(", held_out: 0.1")), "none for the held-out set"));
    CHECK(contains(message_of<sim::IoError>(make(", held_out: 0.9")), "none for the training set"));
    CHECK_THROWS_AS(make(", held_out: 1")(), sim::ConfigError);
    CHECK_THROWS_AS(make(", order: backwards")(), sim::ConfigError);
}
