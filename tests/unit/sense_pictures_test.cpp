// Frames of senses as pictures, side by side.
#include "analysis/sense_pictures.hpp"

#include <doctest/doctest.h>

namespace {

using Floats = std::vector<float>;

/// Two senses of shapes (2, 1) and (1, 3), end to end in a row of five pixels.
analysis::RecordedRun run_of_two_senses() {
    analysis::RecordedRun run;
    run.rows = 1, run.cols = 2, run.height = 1, run.width = 5;
    run.senses = {{"tall", 2, 1, 0}, {"wide", 1, 3, 2}};
    run.Phi = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    run.centre_row = {0, 0}, run.centre_col = {2, 2};
    run.snapshots = {{7, run.Phi}};
    return run;
}

}  // namespace

TEST_CASE("senses of unequal shape stand side by side, with a column of grey between") {
    const auto run = run_of_two_senses();
    const analysis::SensePictures pictures(run);
    CHECK(pictures.height() == 2);
    CHECK(pictures.width() == 5);
    const Floats expected{1, 0, 3, 4, 5, 2, 0, 0, 0, 0, 6, 0, 8, 9, 10, 7, 0, 0, 0, 0};
    CHECK(pictures(run.Phi) == expected);
    const auto laid_out = pictures(run_of_two_senses());
    CHECK(laid_out.Phi == expected);
    CHECK(laid_out.snapshots.at(0).Phi == expected);
    CHECK(laid_out.centre_row == std::vector<double>{0.5, 0.5});
    CHECK(laid_out.centre_col == std::vector<double>{2.0, 2.0});
}

TEST_CASE("of one sense pictures are frames") {
    analysis::RecordedRun run;
    run.height = 2, run.width = 2;
    CHECK(analysis::SensePictures(run)({1, 2, 3, 4}) == Floats{1, 2, 3, 4});
}
