// Photographs as a stimulus: which are chosen, how they are shrunk, and crops against the squares they must spare.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/stimuli/contrast_normalisation.hpp"
#include "models/stimuli/photographs.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"
#include "sim/stimulus.hpp"
#include "tests/support.hpp"

namespace {

using namespace models;

/// A photograph whose grey values are its own.
std::string pgm(std::size_t rows, std::size_t cols, std::uint64_t index) {
    sim::Stream stream(7, sim::Purpose::test, index);
    std::string bytes = fmt::format("P5 {} {} 255\n", cols, rows);
    for (std::size_t p = 0; p < rows * cols; ++p) bytes += static_cast<char>(stream.below(256));
    return bytes;
}

sim::Params params(const std::string& yaml) { return sim::Params::parse(yaml, "test.yaml"); }

PhotographsSettings settings_for(const test::TempDir& dir, std::size_t size) {
    return PhotographsSettings(
        params(fmt::format("folders: {}\nsize: {}\nexclude: [skip]\n", dir.path().string(), size)));
}

}  // namespace

TEST_CASE("photographs are shrunk to their centre square, in order of name") {
    const test::TempDir dir;
    dir.write("b.pgm", pgm(41, 90, 1));
    dir.write("a.pgm", pgm(20, 33, 2));
    dir.write("skip.txt", "no photograph");
    const auto photographs = read_photographs(settings_for(dir, 20), 20, 20);
    REQUIRE(photographs.size() == 2);
    CHECK(photographs[0].name == "a.pgm");
    CHECK(photographs[0].whole.width == 33);
    CHECK(photographs[1].whole.height == 20);  // shrunk by 2
    CHECK(photographs[1].whole.width == 45);
    for (const Photograph& photograph : photographs) CHECK(photograph.centre.pixels.size() == 400);
}

TEST_CASE("shrinking by picking keeps detail that the mean of a block has not") {
    // One pixel of each 2 x 2 is white: the upper left one, or the lower right one in every second block.
    const test::TempDir dir;
    std::string board;
    for (unsigned y = 0; y < 40; ++y)
        for (unsigned x = 0; x < 40; ++x) {
            const unsigned corner = (x / 2 + y / 2) % 2;
            board += x % 2 == corner && y % 2 == corner ? '\xFA' : '\0';
        }
    dir.write("a.pgm", "P5 40 40 255\n" + board);
    auto settings = settings_for(dir, 20);
    std::string reason;  // the mean of every block is the same grey
    CHECK_THROWS_AS(read_photographs(settings, 20, 20, [&](const std::string& text) { reason = text; }),
                    sim::IoError);
    CHECK(reason == dir.file("a.pgm") + ": its centre square is of one grey");
    settings.picks = true;
    const auto picked = read_photographs(settings, 20, 20);
    REQUIRE(picked.at(0).whole.height == 20);
    for (std::size_t y = 0; y < 20; ++y)
        for (std::size_t x = 0; x < 20; ++x)
            CHECK((picked[0].centre.pixels[y * 20 + x] > 0.5F) == ((x + y) % 2 == 0));
}

TEST_CASE("crops share no pixel with the square that is tested on") {
    const test::TempDir dir;
    dir.write("a.pgm", pgm(20, 44, 1));
    auto photographs = read_photographs(settings_for(dir, 20), 20, 20);
    for (std::size_t p = 0; p < photographs[0].whole.pixels.size(); ++p)
        photographs[0].whole.pixels[p] = p % 44 >= 12 && p % 44 < 32 ? 1.0F : 0.0F;  // marks the square
    const Crops crops(photographs, 20, 12, 12, 1);
    for (std::uint64_t index = 0; index < 50; ++index)
        for (const float x : crops(index).pixels) CHECK(x == 0.0F);
    CHECK(crops(3).pixels == crops(3).pixels);
    CHECK(crops.room() == 12);
    CHECK(Crops(photographs, 20, 13, 13, 1).empty());
}

TEST_CASE("photographs that cannot be used are left out with a warning; without any other there is no run") {
    const test::TempDir dir;
    CHECK_THROWS_AS(read_photographs(settings_for(dir, 20), 20, 20), sim::ConfigError);
    dir.write("a.pgm", pgm(19, 40, 1));
    dir.write("b.txt", "no photograph");
    dir.write("c.pgm", "P5 40 40 255\n" + std::string(1600, '\x80'));
    std::string half_grey = "P5 60 20 255\n" + std::string(1200, '\x80');  // but for its left margin
    for (std::size_t r = 0; r < 20; ++r) half_grey[half_grey.size() - 1200 + 60 * r] = static_cast<char>(r);
    dir.write("d.pgm", half_grey);
    std::vector<std::string> warnings;
    const auto warn = [&](const std::string& text) { warnings.push_back(text); };
    CHECK_THROWS_AS(read_photographs(settings_for(dir, 20), 20, 20, warn), sim::IoError);
    REQUIRE(warnings.size() == 4);
    CHECK(warnings[0] ==
          dir.file("a.pgm") + ": must be a photograph of at least 20 px a side, found 19 x 40 px");
    CHECK(warnings[1].starts_with(dir.file("b.txt") + ": cannot be read as a JPEG"));
    CHECK(warnings[2] == dir.file("c.pgm") + ": its centre square is of one grey");
    CHECK(warnings[3] == dir.file("d.pgm") + ": its centre square is of one grey");

    for (const char* name : {"e.pgm", "f.pgm", "g.pgm"}) dir.write(name, pgm(20, 20, 5));
    PhotographsSettings settings = settings_for(dir, 20);
    settings.n = 2;  // those that can be used count
    const auto photographs = read_photographs(settings, 20, 20);
    REQUIRE(photographs.size() == 2);
    CHECK(photographs[0].name == "e.pgm");
    CHECK(photographs[1].name == "f.pgm");
}

namespace {

std::unique_ptr<sim::Stimulus> stimulus(const test::TempDir& dir, const std::string& more, std::size_t height,
                                        std::size_t width) {
    return sim::Registry<sim::Stimulus>::instance().make(
        "photographs", params(fmt::format("photographs: {{folders: {}, {}}}", dir.path().string(), more)),
        {1, height, width});
}

struct Shown {
    std::vector<float> pixels;
    std::vector<double> shown = std::vector<double>(3);
};
Shown frame(const sim::Stimulus& stimulus, sim::FrameSet set, std::uint64_t index, std::size_t size) {
    Shown one{std::vector<float>(size)};
    stimulus.frame(set, index, one.pixels, one.shown);
    return one;
}

}  // namespace

TEST_CASE("held-out frames of photographs are their centres, in turn; others are crops beside the square") {
    const test::TempDir dir;
    dir.write("a.pgm", pgm(20, 50, 1));
    dir.write("b.pgm", pgm(44, 41, 2));
    dir.write("c.txt", "no photograph");
    const auto shows = stimulus(dir, "size: 20", 10, 14);
    REQUIRE(shows->warnings().size() == 1);
    CHECK(shows->warnings()[0].starts_with(dir.file("c.txt")));
    CHECK(shows->columns() == std::vector<std::string>{"photograph", "row", "column"});
    CHECK(shows->n_frames(sim::FrameSet::held_out) == 2);
    CHECK(shows->n_frames(sim::FrameSet::training) == 0);
    CHECK(test::contains(shows->summary(), "2 photographs in"));

    const Image whole = read_photograph(dir.file("a.pgm"), 1);
    Image centre{10, 14, {}};
    for (std::size_t y = 5; y < 15; ++y)
        for (std::size_t x = 18; x < 32; ++x) centre.pixels.push_back(whole.row(y)[x]);
    const Shown first = frame(*shows, sim::FrameSet::held_out, 0, 140);
    CHECK(first.pixels == normalise_contrast(centre).pixels);
    CHECK(first.shown == std::vector<double>{0.0, 5.0, 18.0});
    CHECK(frame(*shows, sim::FrameSet::held_out, 1, 140).shown[0] == 1.0);
    CHECK(frame(*shows, sim::FrameSet::held_out, 2, 140).pixels == first.pixels);

    // Beside the middle 20 px of 50 columns there are 15, and above that of the 22 rows of b, shrunk by 2, but 1.
    const Image normal = normalise_contrast(whole);
    for (std::uint64_t index = 0; index < 50; ++index) {
        const Shown crop = frame(*shows, sim::FrameSet::training, index, 140);
        REQUIRE(crop.shown[0] == 0.0);
        const auto top = static_cast<std::size_t>(crop.shown[1]),
                   left = static_cast<std::size_t>(crop.shown[2]);
        CHECK((left + 14 <= 15 || left >= 35));
        for (std::size_t p = 0; p < 140; ++p)
            REQUIRE(crop.pixels[p] == normal.row(top + p / 14)[left + p % 14]);
        CHECK(frame(*shows, sim::FrameSet::training, index, 140).pixels == crop.pixels);
    }
}

TEST_CASE("photographs that do not go with the frame, or leave no room for crops, are refused by name") {
    const test::TempDir dir;
    dir.write("a.pgm", pgm(20, 50, 1));
    CHECK_THROWS_WITH_AS(
        stimulus(dir, "size: 20", 21, 8),
        "stimulus.photographs.size: must be at least the height and width of a frame, 21 x 8 px, "
        "got 20 px",
        sim::ConfigError);
    const auto shows = stimulus(dir, "size: 20", 16, 16);
    CHECK_NOTHROW(frame(*shows, sim::FrameSet::held_out, 0, 256));
    CHECK_THROWS_WITH_AS(
        frame(*shows, sim::FrameSet::training, 0, 256),
        "frame: must be at most 15 px high or wide, the room that these photographs leave beside their "
        "centre square of 20 px, got 16 x 16 px",
        sim::ConfigError);
    CHECK_THROWS_WITH_AS(PhotographsSettings(params("size: 20")),
                         "test.yaml:1: folders: must be there: it is required, got nothing",
                         sim::ConfigError);
}
