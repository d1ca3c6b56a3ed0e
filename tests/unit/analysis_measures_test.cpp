// What recordings say of each neuron and of the network, of recordings small enough to be counted by hand.
#include <doctest/doctest.h>

#include <cmath>

#include "analysis/measures.hpp"

namespace {

using analysis::Property;
using doctest::Approx;
using Values = std::vector<double>;

const Values& values(const std::vector<Property>& all, const std::string& name) {
    for (const Property& one : all)
        if (one.name == name) return one.values;
    FAIL("no property ", name);
    return all.front().values;
}

double value(const std::vector<analysis::Measure>& all, const std::string& name) {
    for (const auto& one : all)
        if (one.name == name) return one.value;
    FAIL("no measure ", name);
    return 0.0;
}

bool has(const std::vector<analysis::Measure>& all, const std::string& name) {
    for (const auto& one : all)
        if (one.name == name) return true;
    return false;
}

/// Four frames of 100 ms shown once, then the first two twice each, to three neurons.
analysis::NaturalRecording natural() {
    analysis::NaturalRecording one;
    one.T = 100.0, one.n_frames = 4, one.n_repeated = 2, one.n_repeats = 2;
    one.codes = {1, 0, 2, 0, 0, 2, 0, 4, 2, 0, 0, 2};
    // Neuron 0: at 10, 20, 50 ms of the frames; neuron 1 never while frames are shown once. Repeats of frame 0,
    // from 400 ms: neuron 0 fires 3 and 1 times, neuron 1 once each time; of frame 1, from 600 ms: 2 and 0.
    one.timestamps = {10, 20, 50, 410, 420, 430, 440, 510, 520, 610, 620};
    one.node_ids = {0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0};
    return one;
}

analysis::Gabor gabor(double explained, double frequency) {
    return {1.0, 2.0, 45.0, frequency, 90.0, 2.0, 4.0, 1.0, explained};
}

}  // namespace

TEST_CASE("rates, sparseness, intervals and Fano factors under natural frames, by hand") {
    const auto all = analysis::natural_properties(natural(), 3);
    const auto& rate = values(all, "rate");
    CHECK(rate[0] == Approx(3.0 / 0.4));  // repeats do not count
    CHECK(rate[1] == 0.0);
    CHECK(rate[2] == 0.0);
    // Vinje & Gallant: (1 - (sum/n)^2 / (squares/n)) / (1 - 1/n): one frame of four is 1, equal frames are 0
    const auto& sparseness = values(all, "lifetime_sparseness");
    CHECK(sparseness[0] == Approx(1.0));
    CHECK(sparseness[1] == Approx(1.0));
    CHECK(sparseness[2] == Approx(0.0));
    // Fano: frame 0 of neuron 0: counts 3, 1, variance 2 (n - 1), mean 2: 1; frame 1: 2, 0: 2 / 1 = 2
    const auto& fano = values(all, "fano_factor");
    CHECK(fano[0] == Approx(1.5));
    CHECK(fano[1] == Approx(0.0));
    CHECK(std::isnan(fano[2]));
    const auto& cv = values(all, "cv_of_intervals");
    CHECK(std::isfinite(cv[0]));
    CHECK(std::isnan(cv[2]));
    CHECK(analysis::natural_properties({}, 3).empty());
}

TEST_CASE("what neurons do when nothing is shown is in spikes a second") {
    CHECK(values(analysis::blank_properties({500.0, {0, 3, 10}}), "spontaneous_rate") ==
          Values{0.0, 6.0, 20.0});
}

TEST_CASE("widths and phases are of fits that explain 0.7 or more, what is explained of all") {
    const auto all =
        analysis::gabor_properties(std::vector{gabor(0.7, 0.25), gabor(0.69, 0.25), gabor(0.9, 0.125)});
    CHECK(values(all, "nx")[0] == Approx(0.5));  // sigma_x f
    CHECK(values(all, "ny")[0] == Approx(1.0));
    CHECK(std::isnan(values(all, "nx")[1]));
    CHECK(values(all, "nx")[2] == Approx(0.25));
    CHECK(values(all, "gabor_frequency")[2] == 0.125);
    CHECK(values(all, "gabor_phase")[0] == 90.0);
    CHECK(values(all, "gabor_row")[0] == 1.0);
    CHECK(values(all, "gabor_col")[0] == 2.0);
    CHECK(values(all, "gabor_explained") == Values{0.7, 0.69, 0.9});
}

TEST_CASE("suppression by a grating across is what is missing of the response alone") {
    const auto all = analysis::mask_properties({{2.0F, 4.0F}, {0.5F, 5.0F}});
    CHECK(values(all, "cross_orientation_suppression")[0] == Approx(0.75));
    CHECK(values(all, "cross_orientation_suppression")[1] == Approx(-0.25));
}

TEST_CASE("size tuning stands at the neurons tested") {
    const analysis::SizeRecording recording{{2, 0}, {2.0, 4.0, 8.0}, {1.0F, 4.0F, 3.0F, 1.0F, 2.0F, 2.0F}};
    const auto all = analysis::size_properties(recording, 3);
    const auto& index = values(all, "suppression_index");
    CHECK(index[2] == Approx(0.25));  // (4 - 3) / 4
    CHECK(std::isnan(index[1]));
    CHECK(index[0] == Approx(0.0));
}

TEST_CASE("the spike-triggered average is held against the neuron's own field") {
    analysis::Subject subject{};
    subject.rows = 1, subject.cols = 2, subject.height = 2, subject.width = 2;
    subject.Phi = {1, -1, 1, -1, 1, 1, -1, -1};
    analysis::NoiseRecording noise;
    noise.n_frames = 10, noise.height = 2, noise.width = 2;
    noise.white = {2, -2, 2, -2, -3, -3, 3, 3};
    noise.sparse = {1, 1, -1, -1, 5, 5, -5, -5};
    const auto all = analysis::noise_properties(noise, subject);
    CHECK(values(all, "sta_white")[0] == Approx(1.0));
    CHECK(values(all, "sta_white")[1] == Approx(-1.0));
    CHECK(values(all, "sta_sparse")[0] == Approx(0.0));
    CHECK(values(all, "sta_sparse")[1] == Approx(1.0));
}

TEST_CASE("the summary of a network is medians, fractions and means of what is known of its neurons") {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    // A row of twelve neurons: codes of neurons less than 2 apart go together, of 5 to 10 against each other.
    analysis::Subject subject{};
    subject.rows = 1, subject.cols = 12, subject.boundary = analysis::Boundary::open;
    analysis::NaturalRecording frames;
    frames.T = 100.0, frames.n_frames = 2;
    for (int frame = 0; frame < 2; ++frame)
        for (int i = 0; i < 12; ++i) frames.codes.push_back((i < 6) == (frame == 0) ? 1.0F : 0.0F);
    analysis::MapMeasures map{};
    map.neighbour_difference = 12.0, map.wavelength = 8.0, map.pinwheel_density = 3.0;
    analysis::Tuning tuning;
    for (int i = 0; i < 12; ++i) tuning.peak_spatial_frequency.push_back(0.1 * std::pow(2.0, i % 2));
    const std::vector<Property> properties{
        {"suppression_index", "1", {0.05, kNan, 0.2, 0.5, 0.1}},
        {"rate", "Hz", {1.0, 2.0, 30.0}},
        {"spontaneous_rate", "Hz", {kNan, kNan}},
        {"fano_factor", "1", {0.5, 0.25, kNan, 4.0}},
        {"gabor_phase", "deg", {0, 90, 0, 90, 0, 90, 0, 90, 0, 90, 0, 90}},
    };
    const auto gabors = std::vector{gabor(0.9, 0.1), gabor(0.5, 0.1), gabor(0.75, 0.1), gabor(0.71, 0.1)};
    const auto all = analysis::summarise(subject, map, tuning, frames, gabors, properties);
    CHECK(value(all, "neighbour_difference") == 12.0);
    CHECK(value(all, "wavelength") == 8.0);
    CHECK(value(all, "pinwheel_density") == 3.0);
    CHECK(value(all, "map_quality") == analysis::map_quality(3.0));
    CHECK(value(all, "gabor_fraction") == 0.75);
    CHECK(value(all, "median_suppression_index") == Approx(0.15));
    CHECK(value(all, "median_rate") == 2.0);
    CHECK(value(all, "median_fano_factor") == 0.5);
    CHECK_FALSE(has(all, "median_spontaneous_rate"));
    CHECK(value(all, "suppressed_fraction") == 0.5);  // above 0.1: two of the four tested
    // Half of the neurons at 1 in every frame: (1 - (6/12)^2 / (6/12)) / (1 - 1/12)
    CHECK(value(all, "population_sparseness") == Approx(0.5 / (1.0 - 1.0 / 12.0)));
    // One apart: 11 pairs, of which one crosses the middle; 5 to 9 apart: 7, 6, 5, 4, 3 pairs, none within a half
    // but the two of 5 apart
    CHECK(value(all, "correlation_near") == Approx((10.0 - 1.0) / 11.0));
    CHECK(value(all, "correlation_far") == Approx((2.0 - 23.0) / 25.0));
    CHECK(value(all, "phase_difference") == Approx(90.0));
    CHECK(value(all, "frequency_difference") == Approx(1.0));  // neighbours are an octave apart
    CHECK(value(all, "frequency_difference_by_chance") < 1.0);
    CHECK_FALSE(has(all, "retinotopy"));
}
