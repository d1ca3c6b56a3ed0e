// The numbers of `analyze`, `compare` and `decode` as they are printed and written as JSON, of made-up measures:
// every one has a value of its own, so that none can stand for another.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "analysis/v1_reference.hpp"
#include "apps/clustered_codes.hpp"
#include "apps/compare_json.hpp"
#include "apps/compared_run.hpp"
#include "apps/decoded_codes.hpp"
#include "apps/figures_that_matter.hpp"
#include "decoding/code_file.hpp"

namespace {

using doctest::Approx;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

analysis::Analysis made_up() {
    analysis::Analysis one;
    one.run = "/somewhere/run.h5";
    one.network.tuning.circular_variance.assign(200, 0.5);
    one.network.tuning.responds.resize(200);
    one.map.neighbour_difference = 12.34;
    one.map.pinwheel_density = 2.5;
    one.map.wavelength = 7.25;
    one.map.pinwheels.resize(9);
    one.summary = {{"suppressed_fraction", "1", "", 0.625}, {"median_suppression_index", "1", "", 0.275}};
    one.comparisons = {{.property = "circular_variance",
                        .citation = "somebody",
                        .ks = {0.21, 0.2, 0.23},
                        .wasserstein = {0.11, 0.1, 0.13},
                        .median_model = 0.456,
                        .median_macaque = 0.567,
                        .ceiling = 0.055,
                        .n = 150,
                        .reference = "circular_variance",
                        .cells = "all",
                        .units = "1",
                        .n_macaque = 308,
                        .similarity = {0.66, 0.6, 0.7},
                        .similarity_ceiling = {0.91, 0.9, 0.92},
                        .p_value = 0.0125,
                        .scaled = false}};
    one.map.map.rows = 10, one.map.map.cols = 20;
    one.shapes = {"somebody else", {1.5, 1.4, 1.6}, 0.13, 101};
    return one;
}

/// The line of a text that begins so.
std::string line_of(const std::string& text, const std::string& start) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(start)) return line;
    return "";
}

decoding::CodeSet codes(std::vector<float> a, std::vector<std::uint32_t> spikes) {
    return {spikes.size(), a.size() / spikes.size(), std::move(a),
            std::vector<std::int32_t>(spikes.size(), 0), std::move(spikes)};
}

}  // namespace

TEST_CASE("the figures that matter, number by number") {
    const std::string text = apps::figures_that_matter(made_up(), apps::LearningEnds{0.4321, 0.1234, 7.0});
    CHECK(line_of(text, "neighbours'") == "neighbours' orientation  12.3 deg apart on average (chance 45)");
    // the quality is told by `map_quality` and has tests of its own
    CHECK(has(line_of(text, "pinwheel"),
              " 2.50 per squared wavelength, 9 pinwheels (mammals 3.14); map quality "));
    CHECK(line_of(text, "circular") ==
          "circular variance        median 0.456 (macaque 0.567), KS 0.210 [0.200, 0.230]");
    // Cavanaugh et al. (2002): sizes of those cells that are suppressed by more than a tenth
    const double macaque = 100.0 * static_cast<double>(analysis::v1_reference("summation_field").n) /
                           static_cast<double>(analysis::v1_reference("suppression_index").n);
    CHECK(has(line_of(text, "suppression"),
              "above 0.1 in 62 % of the neurons tested (macaque "));  // 62.5, even
    CHECK(has(line_of(text, "suppression"), "median 0.275"));
    CHECK(macaque > 50.0);
    CHECK(macaque < 90.0);
    CHECK(line_of(text, "held-out") == "held-out energy          0.4321 before learning, 0.1234 after");
    CHECK(line_of(text, "dead") == "dead neurons             7 of 200 (3.50 %)");

    analysis::Analysis without_sheet = made_up();
    without_sheet.map = {};
    const std::string rest =
        apps::figures_that_matter(without_sheet, apps::LearningEnds{0.4321, 0.1234, 7.0});
    CHECK(rest == text.substr(text.find("circular")));
}

TEST_CASE("the JSON of a comparison has each number under its name") {
    apps::ComparedRun run{"name", made_up(), {0.4321, 0.1234, 7.0}};
    const auto json = nlohmann::json::parse(apps::json_of(run).dump());
    const auto& property = json.at("properties").at(0);
    const auto interval = [](double value, double low, double high) {
        return nlohmann::json{{"value", value}, {"low", low}, {"high", high}};
    };
    CHECK(property.at("n") == 150);
    CHECK(property.at("n_macaque") == 308);
    CHECK(property.at("median_model") == 0.456);
    CHECK(property.at("median_macaque") == 0.567);
    CHECK(property.at("ks") == interval(0.21, 0.2, 0.23));
    CHECK(property.at("ks_ceiling") == 0.055);
    CHECK(property.at("p_value") == 0.0125);
    CHECK(property.at("wasserstein") == interval(0.11, 0.1, 0.13));
    CHECK(property.at("similarity") == interval(0.66, 0.6, 0.7));
    CHECK(property.at("similarity_ceiling") == interval(0.91, 0.9, 0.92));
    CHECK(json.at("map").at("neighbour_difference_deg") == 12.34);
    CHECK(json.at("map").at("n_pinwheels") == 9);
    CHECK(json.at("map").at("pinwheel_density") == 2.5);
    CHECK(json.at("map").at("wavelength") == 7.25);
    CHECK(json.at("shapes").at("n") == 101);
    CHECK(json.at("shapes").at("kl") == interval(1.5, 1.4, 1.6));
    CHECK(json.at("shapes").at("kl_ceiling") == 0.13);
    CHECK(json.at("summary").at("suppressed_fraction") == 0.625);
    CHECK(json.at("learned").at("held_out_energy_before") == 0.4321);
    CHECK(json.at("learned").at("held_out_energy_after") == 0.1234);
    CHECK(json.at("learned").at("dead_neurons") == 7.0);
    CHECK(json.at("score").get<double>() == Approx(0.66 / 0.91));
}

TEST_CASE("spikes and activity of codes are means over frames, and over frames and neurons") {
    const auto set = codes({0.0F, 1.0F, 0.0F, 0.0F, 0.0F, 2.0F}, {3, 5});  // two frames of three neurons
    CHECK(decoding::mean_spikes(set) == 4.0);
    CHECK(decoding::active_fraction(set) == doctest::Approx(1.0 / 3.0).scale(0));
}

TEST_CASE("what is decoded stands in the table and in the JSON, each number in its place") {
    const auto& classifier = decoding::classifiers().front();
    const std::vector<apps::DecodedCodes> files{{.name = "one",
                                                 .path = "one.h5",
                                                 .source = "run.h5",
                                                 .maker = "spikes",
                                                 .n_training = 600,
                                                 .n_held_out = 100,
                                                 .size = 64,
                                                 .spikes = 12.25,
                                                 .active = 0.125,
                                                 .labels = {0, 1},
                                                 .decoded = {{&classifier, {{30.0}, 0.9125, 0.9375}}},
                                                 .separation = {0.25, 0.75},
                                                 .embedding = {}}};
    const_cast<apps::DecodedCodes&>(files[0]).embedding.of_tsne = {0.375, 0.875};
    std::istringstream words(line_of(apps::decoding_table(files), "one"));
    std::vector<std::string> found;
    for (std::string word; words >> word;) found.push_back(word);
    CHECK(found == std::vector<std::string>{"one", "spikes", "12.2", "0.125", "0.9375", "0.250", "0.750",
                                            "0.375", "0.875"});
    CHECK(has(apps::decoding_table(files), "logistic: C 30"));
    const auto json = nlohmann::json::parse(apps::json_of(files).dump()).at("codes").at(0);
    CHECK(json.at("n_training") == 600);
    CHECK(json.at("n_held_out") == 100);
    CHECK(json.at("size") == 64);
    CHECK(json.at("spikes_per_frame") == 12.25);
    CHECK(json.at("active_fraction") == 0.125);
    CHECK(json.at("classifiers").at("logistic").at("accuracy") == 0.9375);
    CHECK(json.at("classifiers").at("logistic").at("validation") == 0.9125);
    CHECK(json.at("classifiers").at("logistic").at("setting").at("C") == 30.0);
    CHECK(json.at("separation").at("silhouette") == 0.25);
    CHECK(json.at("separation").at("neighbour_purity") == 0.75);
    CHECK(json.at("separation_in_tsne").at("silhouette") == 0.375);
    CHECK(json.at("separation_in_tsne").at("neighbour_purity") == 0.875);
}

TEST_CASE("what is found of clusters stands in the table and in the JSON, each number in its place") {
    apps::ClusteredCodes one{.name = "one",
                             .path = "one.h5",
                             .source = "run.h5",
                             .maker = "spikes",
                             .config = "frame: {}",
                             .seed = 7,
                             .n = 500,
                             .size = 64,
                             .active = 0.015625,
                             .found = {}};
    one.found.labels = {3, 4};
    one.found.n_clusters = 2;
    one.found.n_silent = 11;
    one.found.embedding.eigenvalues = {0.0, 0.125, 0.5};
    one.found.spectral = {0.9375, 0.8125};
    one.found.k_means = {0.6875, 0.5625};
    one.found.gap = 0.375;
    one.found.widest_gap = 5;
    one.found.specialisation = {0.4375, 0.0625, 0.03125, {0.25, 0.75}};
    apps::ClusteredCodes two = one;
    two.name = "two";
    two.seed = 8;
    two.found.spectral.accuracy = 0.4375;
    const std::vector<apps::ClusteredCodes> files{one, two};
    std::istringstream words(line_of(apps::clusters_table(files), "one"));
    std::vector<std::string> found;
    for (std::string word; words >> word;) found.push_back(word);
    CHECK(found == std::vector<std::string>{"one", "spikes", "500", "11", "0.0156", "0.938", "0.812", "0.688",
                                            "0.562", "0.1250", "0.3750", "0.438", "0.062", "0.0312", "5"});
    CHECK(has(apps::clusters_table(files), "one (+1)"));
    CHECK(
        has(apps::clusters_table(files), "0.688 +-3.177"));  // t = 12.706 of one degree, standard error 0.25
    CHECK_FALSE(has(apps::clusters_table({files.data(), 1}), "over seeds"));
    const auto json =
        nlohmann::json::parse(apps::json_of(std::span<const apps::ClusteredCodes>(files)).dump());
    const auto& first = json.at("codes").at(0);
    for (const auto& [key, value] : {std::pair{"seed", 7.0},
                                     {"n", 500.0},
                                     {"size", 64.0},
                                     {"n_silent", 11.0},
                                     {"active_fraction", 0.015625},
                                     {"n_classes", 2.0},
                                     {"n_clusters", 2.0},
                                     {"accuracy", 0.9375},
                                     {"normalised_information", 0.8125},
                                     {"k_means_accuracy", 0.6875},
                                     {"k_means_normalised_information", 0.5625},
                                     {"eigenvalue", 0.125},
                                     {"gap", 0.375},
                                     {"specialisation", 0.4375},
                                     {"specialisation_by_chance", 0.0625},
                                     {"specialisation_p", 0.03125},
                                     {"widest_gap", 5.0}})
        CHECK_MESSAGE(first.at(key) == value, std::string(key));
    CHECK(first.at("specialisation_of_atom").at(1) == 0.75);
    CHECK(json.at("experiments").at(0).at("accuracy").at("mean") == 0.6875);
    CHECK(json.at("experiments").at(0).at("files").size() == 2);
}
