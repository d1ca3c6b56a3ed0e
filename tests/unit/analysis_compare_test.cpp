#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "analysis/v1_reference.hpp"
#include "sim/error.hpp"
#include "sim/rng.hpp"

namespace {

using analysis::Tuning;
using doctest::Approx;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// n neurons drawn from the macaque itself.
Tuning macaque(std::size_t n, std::uint64_t seed) {
    sim::Stream stream(seed, sim::Purpose::test, 5);
    Tuning tuning;
    const auto fill = [&](std::vector<double>& values, const char* property) {
        const auto distribution = analysis::v1_reference(property).distribution();
        for (std::size_t i = 0; i < n; ++i) values.push_back(distribution.quantile(stream.uniform()));
    };
    fill(tuning.circular_variance, "circular_variance");
    fill(tuning.half_bandwidth, "half_bandwidth");
    fill(tuning.orth_pref, "orth_pref");
    fill(tuning.F1_F0, "F1_F0");
    tuning.responds.assign(n, 1);
    return tuning;
}

/// Of the neurons' tuning beside all cells.
std::vector<analysis::Comparison> of_all_cells(const analysis::Tuning& tuning, std::uint64_t seed) {
    auto comparisons = analysis::compare_with_v1(analysis::properties(tuning), seed);
    std::erase_if(comparisons, [](const analysis::Comparison& c) { return c.cells != "all"; });
    return comparisons;
}

}  // namespace

TEST_CASE("cells of the macaque itself come as close as the ceiling says") {
    double ratio = 0.0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        const auto comparisons = of_all_cells(macaque(256, seed), seed);
        REQUIRE(comparisons.size() == 4);
        for (const auto& c : comparisons) {
            CAPTURE(c.property);
            CHECK(c.n == 256);
            CHECK(c.ks.value < 2.5 * c.ceiling);  // the 0.1 % tail of the Kolmogorov distribution is at 2.2
            CHECK(c.ks.low < c.ks.high);
            CHECK(c.wasserstein.low < c.wasserstein.high);
            CHECK(c.median_macaque == analysis::v1_reference(c.property).distribution().median());
            CHECK(c.citation == analysis::v1_reference(c.property).citation);
            ratio += c.ks.value / c.ceiling / 32.0;
        }
    }
    CHECK(ratio == Approx(1.0).epsilon(0.2).scale(0));  // 32 distances, each +- 30 %
}

TEST_CASE("a shift of every neuron is the Wasserstein distance") {
    auto tuning = macaque(2000, 3);
    for (double& v : tuning.half_bandwidth) v += 30.0;
    const auto comparisons = of_all_cells(tuning, 1);
    CHECK(comparisons[1].property == "half_bandwidth");
    CHECK(comparisons[1].wasserstein.value ==
          Approx(30.0).epsilon(0.05).scale(0));  // 12 / sqrt 2000 = 0.3 deg
    CHECK(comparisons[1].wasserstein.low < 30.5);
    CHECK(comparisons[1].wasserstein.high > 29.5);
    CHECK(comparisons[1].median_model == Approx(53.25).epsilon(0.02).scale(0));
    CHECK(comparisons[1].ks.value > 0.8);
    CHECK(comparisons[0].ks.value < 0.05);
}

TEST_CASE("neurons without a response or a bandwidth are not compared") {
    auto tuning = macaque(100, 4);
    for (std::size_t i = 0; i < 30; ++i) tuning.half_bandwidth[i] = kNan;
    for (std::size_t i = 20; i < 40; ++i) tuning.responds[i] = 0;
    const auto comparisons = of_all_cells(tuning, 1);
    CHECK(comparisons[0].n == 80);
    CHECK(comparisons[1].n == 60);
    tuning.responds.assign(100, 0);
    for (const auto& c : of_all_cells(tuning, 1)) {
        CHECK(c.n == 0);
        CHECK(std::isnan(c.ks.value));
        CHECK(std::isnan(c.wasserstein.high));
        CHECK(std::isnan(c.median_model));
        CHECK(std::isnan(c.ceiling));
        CHECK(!std::isnan(c.median_macaque));
    }
}

TEST_CASE("the same seed gives the same intervals") {
    const auto tuning = macaque(60, 5);
    const auto a = of_all_cells(tuning, 11), b = of_all_cells(tuning, 11);
    const auto other = of_all_cells(tuning, 12);
    for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(a[i].ks.low == b[i].ks.low);
        CHECK(a[i].wasserstein.high == b[i].wasserstein.high);
        CHECK(a[i].ceiling == b[i].ceiling);
        CHECK(a[i].ks.value == other[i].ks.value);
        CHECK(a[i].ceiling != other[i].ceiling);
    }
}

namespace {

/// n cells drawn from one reference.
analysis::Property drawn_from(const char* name, std::size_t n, std::uint64_t seed) {
    const auto& reference = analysis::v1_reference(name);
    sim::Stream stream(seed, sim::Purpose::test, 6);
    analysis::Property property{reference.property, reference.units, {}};
    for (std::size_t i = 0; i < n; ++i)
        property.values.push_back(reference.distribution().quantile(stream.uniform()));
    return property;
}

const analysis::Comparison& of(const std::vector<analysis::Comparison>& all, const std::string& reference) {
    for (const auto& c : all)
        if (c.reference == reference) return c;
    FAIL(reference);
    return all.front();
}

}  // namespace

TEST_CASE(
    "every reference is compared with the property of its name, and cells of its own reach the ceiling") {
    for (const auto& reference : analysis::v1_references()) {
        if (reference.cells != "all" || reference.n == 0) continue;
        CAPTURE(reference.name);
        const std::vector<analysis::Property> properties{drawn_from(reference.name.c_str(), 2000, 3)};
        const auto all = analysis::compare_with_v1(properties, 1);
        REQUIRE(all.size() == 1);  // those of simple and complex cells need F1/F0
        const auto& c = all[0];
        CHECK(c.reference == reference.name);
        CHECK(c.cells == "all");
        CHECK(c.n_macaque == reference.n);
        CHECK(c.n == 2000);
        CHECK(c.scaled == reference.scaled);
        CHECK(c.ks.value < 2.5 * c.ceiling);
        CHECK(c.similarity.value == Approx(c.similarity_ceiling.value).epsilon(0.05).scale(0));
        CHECK(c.similarity.low < c.similarity.value);
        CHECK(c.p_value > 0.05);
        CHECK(analysis::overall_score(all) > 0.95);
        if (reference.period == 0.0)
            CHECK(c.median_model ==
                  Approx(c.median_macaque).epsilon(0.2).scale(0));  // of F1/F0 in a gap between two peaks
    }
}

TEST_CASE("an unlike model is far from all of them, and p says so") {
    analysis::Property narrow{"circular_variance", "1", std::vector<double>(500, 0.05)};
    const auto all = analysis::compare_with_v1(std::vector{narrow}, 1);
    CHECK(all[0].similarity.value == Approx(0.0).epsilon(1e-12));  // all in the first bin, the further end
    CHECK(all[0].p_value < 1e-20);
    CHECK(analysis::overall_score(all) == Approx(0.0).epsilon(1e-12));
}

TEST_CASE("what has no units in common does not depend on them") {
    const auto property = drawn_from("peak_spatial_frequency", 400, 2);
    auto pixels = property;
    for (double& v : pixels.values) v *= 1.0 / 32.0;  // exact
    const auto a = analysis::compare_with_v1(std::vector{property}, 1);
    const auto b = analysis::compare_with_v1(std::vector{pixels}, 1);
    CHECK(a[0].ks.value == b[0].ks.value);
    CHECK(a[0].similarity.value == b[0].similarity.value);
    CHECK(a[0].median_model == 32.0 * b[0].median_model);
    CHECK(a[0].median_macaque == analysis::v1_reference("peak_spatial_frequency").distribution().median());
    CHECK(a[0].median_macaque == b[0].median_macaque);
}

TEST_CASE("simple cells are compared with simple ones, complex with complex") {
    auto F1_F0 = analysis::Property{"F1_F0", "1", {}};
    auto variance = drawn_from("circular_variance_simple", 300, 1);
    const auto complex = drawn_from("circular_variance_complex", 500, 1);
    F1_F0.values.assign(300, 1.5);
    F1_F0.values.resize(800, 0.3);
    variance.values.insert(variance.values.end(), complex.values.begin(), complex.values.end());
    variance.values[0] = kNan;
    F1_F0.values[1] = kNan;
    const auto all = analysis::compare_with_v1(std::vector{variance, F1_F0}, 1);
    CHECK(all.size() == 4);
    CHECK(of(all, "circular_variance").n == 799);
    const auto& simple = of(all, "circular_variance_simple");
    CHECK(simple.n == 298);
    CHECK(simple.cells == "simple");
    CHECK(simple.ks.value < 2.5 * simple.ceiling);
    CHECK(simple.similarity.value > 0.9 * simple.similarity_ceiling.value);
    CHECK(of(all, "circular_variance_complex").n == 500);
    CHECK(of(all, "circular_variance_complex").p_value > 0.05);
    F1_F0.values.pop_back();
    CHECK_THROWS_WITH_AS(analysis::compare_with_v1(std::vector{variance, F1_F0}, 1),
                         "compare: circular_variance is of 800 neurons, F1_F0 of 799", sim::Error);
}

TEST_CASE("orientations are read in the bins of the macaque, round the end of the circle") {
    analysis::Property property{"preferred_orientation", "deg", {}};
    const auto add = [&](double centre, int n) {
        for (int i = 0; i < n; ++i)
            property.values.push_back(std::fmod(centre + 180.0 + i % 41 - 20.0, 180.0));
    };
    add(0.0, 110), add(45.0, 83), add(90.0, 100), add(135.0, 92);
    const auto all = analysis::compare_with_v1(std::vector{property}, 1);
    CHECK(all[0].similarity.value == Approx(all[0].similarity_ceiling.value).epsilon(0.01).scale(0));
    CHECK(all[0].ks.value < 0.05);
    CHECK(std::isnan(all[0].median_model));
    CHECK(std::isnan(all[0].median_macaque));
}

TEST_CASE("a reference of one's own is one more") {
    analysis::Reference mine = analysis::v1_reference("F1_F0");
    mine.name = "mine";
    mine.bin_edges.clear();  // tenths
    mine.n = 50;
    const std::vector<analysis::Property> properties{drawn_from("F1_F0", 500, 8),
                                                     {"unheard_of", "1", {1.0, 2.0}}};
    const auto all = analysis::compare_with_v1(properties, 1, {}, std::vector{mine});
    REQUIRE(all.size() == 2);
    CHECK(all[0].reference == "F1_F0");
    CHECK(all[1].reference == "mine");
    CHECK(all[1].n_macaque == 50);
    CHECK(all[1].similarity.value == Approx(all[1].similarity_ceiling.value).epsilon(0.05).scale(0));
    CHECK(all[1].similarity_ceiling.value < all[0].similarity_ceiling.value);  // fewer cells
}

TEST_CASE("the score is a mean over properties of what is reached of the ceiling") {
    const auto comparison = [](const char* property, double similarity, double ceiling) {
        analysis::Comparison c{};
        c.property = property;
        c.n = std::isnan(similarity) ? 0 : analysis::kFewestNeurons;
        c.similarity.value = similarity;
        c.similarity_ceiling.value = ceiling;
        return c;
    };
    auto simple = comparison("a", 0.0, 0.9);
    simple.cells = "simple";
    CHECK(analysis::overall_score(std::vector{comparison("a", 0.45, 0.9), simple}) == Approx(0.5));
    // a: the mean of 0.5 and 1 (not 1.1); b: 0, as no neuron has it; c: nothing to compare with
    CHECK(analysis::overall_score(std::vector{comparison("a", 0.45, 0.9), comparison("a", 0.99, 0.9),
                                              comparison("b", kNan, 0.9), comparison("c", 0.5, kNan)}) ==
          Approx(0.375));
    auto few = comparison("few", 0.1, 0.9);
    few.n = analysis::kFewestNeurons - 1;
    CHECK(analysis::overall_score(std::vector{comparison("a", 0.45, 0.9), few}) == Approx(0.5));
    CHECK(std::isnan(analysis::overall_score({})));
}

TEST_CASE("shapes drawn from the macaque's own come to the ceiling, others do not") {
    const auto& shapes = analysis::v1_shapes();
    const auto n_bins = shapes.edges.size() - 1;
    std::vector<double> nx, ny;
    for (std::size_t i = 0; i < n_bins * n_bins; ++i)  // every cell three times, in the middle of its bin
        for (int k = 0; k < 3 * static_cast<int>(shapes.counts[i]); ++k) {
            nx.push_back(std::sqrt(shapes.edges[i / n_bins] * shapes.edges[i / n_bins + 1]));
            ny.push_back(std::sqrt(shapes.edges[i % n_bins] * shapes.edges[i % n_bins + 1]));
        }
    nx.push_back(kNan), ny.push_back(0.3);
    const auto same = analysis::compare_shapes(nx, ny, 1);
    CHECK(same.n == 237);
    CHECK(same.kl.value < same.ceiling);  // without the scatter of a draw
    CHECK(same.kl.low > 0.0);
    CHECK(same.kl.low < same.kl.high);
    CHECK(same.ceiling < 0.2);
    CHECK(analysis::compare_shapes(ny, nx, 1).kl.value > 2.0 * same.ceiling);  // turned: ny are the wider
    const std::vector<double> huge(100, 50.0);
    CHECK(analysis::compare_shapes(huge, huge, 1).kl.value > 2.0);
    CHECK(std::isnan(analysis::compare_shapes({}, {}, 1).kl.value));
    CHECK_THROWS_AS(analysis::compare_shapes(nx, huge, 1), sim::Error);
}

TEST_CASE("neurons whose field a Gabor function explains are compared alone") {
    // Half of the neurons are as the macaque's, and have learned; the others are all alike, and have not.
    auto variance = drawn_from("circular_variance", 400, 3);
    analysis::Property nx{"nx", "cycles", std::vector<double>(400, 0.4)};
    for (std::size_t i = 0; i < 200; ++i) {
        variance.values[2 * i] = 0.99;
        nx.values[2 * i] = analysis::Comparison::none;
    }
    const std::vector properties{variance, nx};
    const auto all = analysis::compare_with_v1(properties, 1);
    const auto learned = analysis::compare_learned(properties);
    REQUIRE(learned.size() == 1);
    CHECK(learned[0].n == 200);
    CHECK(learned[0].ks < 0.12);
    CHECK(all[0].ks.value > 0.4);
    CHECK(analysis::compare_learned(std::vector{variance}).empty());
}

TEST_CASE("responses to gratings that drift are compared beside those to gratings that stand still") {
    auto still = drawn_from("circular_variance", 400, 3), drifting = drawn_from("circular_variance", 300, 4);
    for (double& value : still.values) value = 0.99;
    drifting.name = "drift_circular_variance";
    drifting.values.push_back(analysis::Comparison::none);
    const auto distances = analysis::compare_drift(std::vector{still, drifting});
    REQUIRE(distances.size() == 1);
    CHECK(distances[0].property == "circular_variance");
    CHECK(distances[0].n == 300);
    CHECK(distances[0].ks < 0.12);
    CHECK(analysis::compare_drift(std::vector{still}).empty());
}

TEST_CASE("p counts neighbours on the sheet that are alike as fewer") {
    // Of 16 x 16 neurons those of a block of 8 x 8 are all alike: four say nothing of a distribution.
    analysis::Property variance{"circular_variance", "1", std::vector<double>(256)};
    for (std::size_t i = 0; i < 256; ++i)
        variance.values[i] = 0.2 + 0.2 * static_cast<double>(i / 128 * 2 + i % 16 / 8);
    const auto apart = analysis::compare_with_v1(std::vector{variance}, 1);
    const auto alike = analysis::compare_with_v1(std::vector{variance}, 1, {16, 16});
    CHECK(alike[0].n == 256);
    CHECK(alike[0].n_effective == doctest::Approx(4.0));
    CHECK(apart[0].n_effective == 256.0);
    CHECK(apart[0].ks.value == alike[0].ks.value);
    CHECK(apart[0].p_value < 0.01);
    CHECK(alike[0].p_value > 0.3);
}
