// Figures of linked dictionaries: which pixel of a field or a frame stands where in the pictures.
#include "analysis/figures_linked.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

#include "tests/support.hpp"

namespace {

constexpr std::size_t kRows = 2, kCols = 3, kNeurons = kRows * kCols, kPixels = 10;
constexpr int kBlack = 0, kGrey = 128, kWhite = 255;

bool have_gnuplot() {
    const bool have = std::system("command -v gnuplot > /dev/null 2>&1") == 0;  // NOLINT: a test
    if (!have) MESSAGE("gnuplot is not installed: the figures are not tested");
    return have;
}

/// Six neurons and two senses, `near` of 2 x 2 px and `far` of 2 x 3 px. In `near` neuron i has a 1 at pixel
/// i mod 4, in `far` a -1 at pixel i.
analysis::RecordedRun two_senses() {
    analysis::RecordedRun run;
    run.rows = kRows, run.cols = kCols, run.height = 1, run.width = kPixels;
    run.centre_row.assign(kNeurons, 0.0);
    run.centre_col.assign(kNeurons, 4.5);
    run.Phi.assign(kNeurons * kPixels, 0.0F);
    for (std::size_t i = 0; i < kNeurons; ++i) {
        run.Phi[i * kPixels + i % 4] = 0.5F;
        run.Phi[i * kPixels + 4 + i] = -0.25F;
    }
    run.snapshots = {{0, run.Phi}, {7, run.Phi}};
    run.senses = {{"near", 2, 2, 0}, {"far", 2, 3, 4}};
    return run;
}

/// Picture k of a figure's script, grey, `width` wide.
class Picture {
  public:
    Picture(const test::TempDir& dir, const std::string& name, std::size_t k, std::size_t width)
        : width_(width) {
        const std::string script = test::read_file(dir.file(name + ".gp")),
                          start = "$p" + std::to_string(k) + " << EOD\n";
        REQUIRE(test::contains(script, start));
        std::istringstream in(script.substr(script.find(start) + start.size()));
        for (int pixel = 0; in >> pixel;) pixels_.push_back(pixel);  // up to EOD
    }
    std::size_t height() const { return pixels_.size() / width_; }
    int at(std::size_t row, std::size_t col) const { return pixels_.at(row * width_ + col); }

  private:
    std::vector<int> pixels_;
    std::size_t width_;
};

/// Nothing but scripts and pictures that anybody can look at.
void check_only_figures(const test::TempDir& dir) {
    for (const auto& file : std::filesystem::directory_iterator(dir.path())) {
        const std::string ending = file.path().extension().string();
        CHECK_MESSAGE((ending == ".gp" || ending == ".svg" || ending == ".png"), file.path().string());
    }
}

/// The field of neuron i, `width` px wide, in the mosaic with its lines of one pixel, has `value` at `pixel`
/// and grey elsewhere.
void check_field(const Picture& mosaic, std::size_t i, std::size_t cols, std::size_t width, std::size_t pixel,
                 int value) {
    CAPTURE(i);
    for (std::size_t r = 0; r < 2; ++r)
        for (std::size_t c = 0; c < width; ++c)
            CHECK(mosaic.at(1 + (i / cols) * 3 + r, 1 + (i % cols) * (width + 1) + c) ==
                  (r * width + c == pixel ? value : kGrey));
}

/// Two presentations; frames and what was rebuilt hold one bright pixel each.
analysis::RebuiltFrames two_presentations() {
    return {{0, 1},
            {1, 0, 0, 0, 0, 0.5F},
            1,
            {{"near", 1, 2, true, {1, 0, 0, 1}, {1, 0, 0, 1}, {0, 1}},
             {"far", 1, 3, false, {1, 0, 0, 0, 0, 1}, {0, 1, 0, 0, 0, 1}, {1, 1}}}};
}

}  // namespace

TEST_CASE("dictionaries: one mosaic a sense, every neuron in the same place of each") {
    if (!have_gnuplot()) return;
    const test::TempDir dir;
    const auto figure = analysis::draw_dictionaries(two_senses(), dir.path());
    REQUIRE(figure);
    const Picture near(dir, "dictionaries", 0, kCols * 3 + 1), far(dir, "dictionaries", 1, kCols * 4 + 1);
    CHECK(near.height() == kRows * 3 + 1);
    for (std::size_t i = 0; i < kNeurons; ++i) {
        check_field(near, i, kCols, 2, i % 4, kWhite);
        check_field(far, i, kCols, 3, i, kBlack);
    }
    CHECK(test::contains(figure->caption, "after 7 batches"));
    const std::string script = test::read_file(dir.file("dictionaries.gp"));
    CHECK(script.find("'near'") < script.find("'far'"));
    CHECK(test::contains(test::read_file(dir.file("dictionaries.svg")), "font-weight=\"bold\""));
    for (const char* name : {"dictionaries.svg", "dictionaries.png"})
        CHECK(std::filesystem::file_size(dir.file(name)) > 500);
}

TEST_CASE("dictionaries: where blocks were taught a row is a block, the last one filled up with grey") {
    if (!have_gnuplot()) return;
    const test::TempDir dir;
    analysis::RecordedRun run = two_senses();
    run.block = 4;
    analysis::draw_dictionaries(run, dir.path());
    const Picture near(dir, "dictionaries", 0, 4 * 3 + 1);
    CHECK(near.height() == 2 * 3 + 1);
    for (std::size_t i = 0; i < kNeurons; ++i) check_field(near, i, 4, 2, i % 4, kWhite);
    for (std::size_t i = kNeurons; i < 8; ++i) check_field(near, i, 4, 2, 0, kGrey);
}

TEST_CASE("dictionaries: their course is drawn sense by sense, and not without snapshots") {
    if (!have_gnuplot()) return;
    const test::TempDir dir;
    analysis::RecordedRun run = two_senses();
    const auto figure = analysis::draw_dictionary_evolution(run, dir.path());
    REQUIRE(figure);
    for (std::size_t i = 0; i < kNeurons; ++i)
        check_field(Picture(dir, "dictionary_evolution", 3, kCols * 4 + 1), i, kCols, 3, i, kBlack);
    run.snapshots.clear();
    CHECK_FALSE(analysis::draw_dictionary_evolution(run, dir.path()));
}

TEST_CASE("recall: of each presentation the frame and the frame rebuilt, sense by sense, and the code") {
    if (!have_gnuplot()) return;
    const test::TempDir dir;
    analysis::draw_recall(two_presentations(), dir.path());
    const std::pair<std::size_t, std::size_t> bright[] = {{2, 0}, {2, 0}, {3, 0}, {3, 1},
                                                          {2, 1}, {2, 1}, {3, 2}, {3, 2}};  // width, pixel
    for (std::size_t k = 0; k < 8; ++k) {
        CAPTURE(k);
        const auto [width, pixel] = bright[k];
        const Picture picture(dir, "recall", k, width);
        for (std::size_t c = 0; c < width; ++c) CHECK(picture.at(0, c) == (c == pixel ? kWhite : kGrey));
    }
    const std::string script = test::read_file(dir.file("recall.gp"));
    CHECK_FALSE(test::contains(script, "$p8"));
    check_only_figures(dir);
    for (const char* words : {"\"shown\"", "\"not shown\"", "'near'", "'far'"})
        CHECK_MESSAGE(test::contains(script, words), words);
    CHECK(test::contains(script, "'→ 1'"));
    CHECK(test::contains(script, "left font ',11' tc rgb '#D55E00'"));  // named 1, shown 0
    CHECK(test::contains(script, "0 1 13983232 \n"));  // neuron 0, active at 1, of the block of the label
    CHECK(test::contains(script, "2 0.5 29362 \n"));   // neuron 2, of no block that was shown
}

TEST_CASE("blocks: what each draws in every sense") {
    if (!have_gnuplot()) return;
    const test::TempDir dir;
    auto drawn = two_presentations();
    for (auto& sense : drawn.senses) sense.frames.clear();
    analysis::draw_driven_blocks(drawn, dir.path());
    CHECK(Picture(dir, "blocks", 1, 2).at(0, 1) == kWhite);
    CHECK(Picture(dir, "blocks", 2, 3).at(0, 1) == kWhite);
    CHECK(Picture(dir, "blocks", 3, 3).at(0, 2) == kWhite);
    CHECK(test::contains(test::read_file(dir.file("blocks.gp")), "'block 1'"));
    CHECK(std::filesystem::file_size(dir.file("blocks.png")) > 500);
}
