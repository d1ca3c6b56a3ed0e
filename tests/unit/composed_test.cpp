// Networks of several populations that are shown frames: against a sheet alone, closed forms, the KKT conditions.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "lab/encode.hpp"
#include "lab/show.hpp"
#include "lab/stimulation.hpp"
#include "sim/circuit_build.hpp"
#include "sim/circuit_run.hpp"
#include "sim/error.hpp"
#include "sim/filter.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/learning.hpp"
#include "sim/run_settings.hpp"
#include "sim/trained_network.hpp"
#include "tests/cells.hpp"
#include "tests/support.hpp"

namespace {

using sim::Params;

constexpr const char* kShown = R"(
seed: 3
frame: {height: 10 px, width: 10 px}
stimulus: {kind: dead_leaves}
presentation: {T: 60 ms, T0: 20 ms}
learning: {batches: 3, batch_size: 4, held_out: 6}
)";

constexpr const char* kSheetKeys = R"(
    sheet: {rows: 4, cols: 5}
    receptive_field: {R: 4 px, span: 4 px}
    homeostasis: {rate: 0.05}
    objective: {signed: true}
    plasticity: {kind: residual_hebbian, residual_hebbian: {eta: 0.1}}
)";

sim::ShownSummary run_shown(const std::string& yaml, const std::string& path,
                            const Params::Overrides& set = {}) {
    return sim::learn(sim::RunSettings(Params::parse(yaml, "x.yaml", set)), {.output = path});
}

std::vector<double> read(const std::string& path, const std::string& dataset) {
    return sim::io::open_striate_file(path, sim::io::kind_of_striate_file(sim::io::File::open(path)))
        .read<double>(dataset);
}

}  // namespace

TEST_CASE("a population alone among others learns and codes as the same sheet alone, bit for bit") {
    const test::TempDir dir;
    const std::string sheet = dir.file("sheet.h5"), all = dir.file("all.h5");
    const std::string v1 =
        kShown + fmt::format("populations:\n  v1:\n    kind: slca\n    lambda: 0.08{}", kSheetKeys);
    run_shown(v1, sheet);
    run_shown(v1 + "  noise: {kind: poisson, size: 3, poisson: {rate: 200 Hz}}\n", all);
    CHECK(read(sheet, "/network/v1/Phi") == read(all, "/network/v1/Phi"));
    CHECK(read(sheet, "/network/v1/lambda") == read(all, "/network/v1/lambda"));
    CHECK(read(sheet, "/presentations/v1/codes") == read(all, "/presentations/v1/codes"));
    CHECK(read(sheet, "/spikes/v1/timestamps") == read(all, "/spikes/v1/timestamps"));
    CHECK(read(sheet, "/spikes/v1/node_ids") == read(all, "/spikes/v1/node_ids"));
    CHECK(read(sheet, "/learning/v1/energy") == read(all, "/learning/v1/energy"));
    CHECK(read(all, "/spikes/noise/timestamps").size() > 0);

    // and so it does where it is tested
    const sim::TrainedNetwork one = sim::load_trained_network(sheet, {}),
                              of_all = sim::load_trained_network(all, {"presentation.T=60 ms"});
    CHECK(of_all.population().name == "v1");
    CHECK(of_all.settings().populations.size() == 2);
    CHECK(of_all.learned == one.learned);
    CHECK(of_all.network().program.lambda == one.network().program.lambda);
    CHECK(of_all.network().program.Q.weights() == one.network().program.Q.weights());
    const auto codes = [](const sim::TrainedNetwork& trained) {
        return lab::encode(trained, *sim::make_stimulus(trained.settings()), sim::FrameSet::held_out, 6,
                           lab::Maker::spikes);
    };
    CHECK(codes(of_all).a == codes(one).a);
    CHECK(codes(of_all).spikes == codes(one).spikes);
    for (const float a : codes(one).a) REQUIRE(std::isfinite(a));
}

TEST_CASE("where the least energy is not looked for there is no relE, and all else is the same") {
    const test::TempDir dir;
    const std::string with = dir.file("with.h5"), without = dir.file("without.h5");
    const std::string v1 =
        kShown + fmt::format("populations:\n  v1:\n    kind: slca\n    lambda: 0.08{}", kSheetKeys);
    const sim::CodeSummary found = run_shown(v1, with).codes.at(0),
                           left_out = run_shown(v1, without, {"learning.least_energy=false"}).codes.at(0);
    CHECK(found.optimal_energy < found.energy);
    CHECK(std::isnan(left_out.optimal_energy));
    CHECK(std::isnan(left_out.relative_gap));
    CHECK(left_out.n_without_gap == 0);
    CHECK(left_out.energy == found.energy);
    CHECK(left_out.before == found.before);
    CHECK(read(with, "/presentations/v1/codes") == read(without, "/presentations/v1/codes"));
    CHECK(std::isnan(read(without, "/learning/v1/held_out/optimal_energy").back()));
}

TEST_CASE("a recorded batch is measured before its fields have learned from it") {
    const test::TempDir dir;
    const std::string path = dir.file("all.h5");
    run_shown(kShown + fmt::format("populations:\n  v1:\n    kind: slca\n    lambda: 0.08{}", kSheetKeys),
              path, {"record.every=1"});
    const std::vector<double> of_each = read(path, "/presentations/v1/energy"),
                              of_batches = read(path, "/learning/v1/energy");
    REQUIRE(of_batches.size() == 3);
    for (std::size_t batch = 0; batch < 3; ++batch) {
        double sum = 0.0;
        for (std::size_t k = 0; k < 4; ++k) sum += of_each.at(4 * batch + k);
        CHECK(sum / 4.0 == doctest::Approx(of_batches[batch]).epsilon(1e-12).scale(0));
    }
}

TEST_CASE("cells that do not code are tested by their rates, with what fields and places they have") {
    constexpr const char* kCells = R"(
populations:
  v1: {kind: slca, lambda: 0.02, sheet: {rows: 3, cols: 4}, receptive_field: {R: 3 px, span: 4 px}}
  off:
    kind: iaf_psc_exp
    sheet: {rows: 5, cols: 5}
    sees: {kind: centre_surround, centre_surround: {centre: dark, sigma: 1 px, surround: 0, gain: 2000, base: 300}}
  pooling: {kind: iaf_psc_exp, size: 12}
projections:
  pool: {from: v1, to: pooling, connect: {kind: one_to_one}, weight: 3000 pA, delay: 1 ms}
  back: {from: pooling, to: v1, connect: {kind: one_to_one}, weight: 0.001, delay: 1 ms}
analysis: {gratings: {orientations: 4, frequencies: 2, phases: 4}}
)";
    const test::TempDir dir;
    const std::string path = dir.file("cells.h5");
    run_shown(std::string(kShown) + kCells, path, {"learning.batches=0"});
    const auto load = [&](const std::string& population) {
        return sim::load_trained_network(path, {}, population);
    };
    // The rates are those of the spikes that the run has written, counted here.
    for (const char* name : {"off", "pooling"}) {
        CAPTURE(name);
        const sim::TrainedNetwork trained = load(name);
        CHECK_FALSE(trained.codes());
        const auto codes = lab::encode(trained, *sim::make_stimulus(trained.settings()),
                                       sim::FrameSet::held_out, 6, lab::Maker::spikes);
        REQUIRE(codes.size == trained.size());
        const auto times = read(path, fmt::format("/spikes/{}/timestamps", name)),
                   ids = read(path, fmt::format("/spikes/{}/node_ids", name));
        std::vector<double> rates(6 * trained.size(), 0.0);
        for (std::size_t k = 0; k < times.size(); ++k) {
            const double presentation = std::floor(times[k] / 60.0);
            if (times[k] - 60.0 * presentation > 20.0)  // T0
                rates[static_cast<std::size_t>(presentation) * trained.size() +
                      static_cast<std::size_t>(ids[k])] += 1000.0 / 40.0;
        }
        REQUIRE(*std::ranges::max_element(rates) > 25.0);
        for (std::size_t k = 0; k < rates.size(); ++k)
            REQUIRE(static_cast<double>(codes.a[k]) == doctest::Approx(rates[k]));
        CHECK_THROWS_WITH_AS(lab::encode(trained, *sim::make_stimulus(trained.settings()),
                                         sim::FrameSet::held_out, 6, lab::Maker::optimum),
                             doctest::Contains("does not code"), sim::ConfigError);
    }
    // Through a filter: minus a Gaussian, at even places.
    const sim::TrainedNetwork off = load("off");
    const auto fields = off.fields_in_frame();
    const auto places = off.places_in_frame();
    REQUIRE(fields.size() == 25 * 100);
    for (std::size_t i = 0; i < 25; ++i) {
        const double row = 0.5 + 2.0 * static_cast<double>(i / 5),
                     col = 0.5 + 2.0 * static_cast<double>(i % 5);
        for (std::size_t k = 0; k < 100; ++k) {
            const double dy = static_cast<double>(k / 10) - row, dx = static_cast<double>(k % 10) - col;
            REQUIRE(static_cast<double>(fields[i * 100 + k]) ==
                    doctest::Approx(-2000.0 * std::exp(-(dy * dy + dx * dx) / 2.0) / (2.0 * std::numbers::pi))
                        .epsilon(1e-4)
                        .scale(1.0));
        }
        if (i / 5 == 2 && i % 5 == 2) {  // not cut by the border of the frame
            CHECK(places[2 * i] == doctest::Approx(row).epsilon(1e-3));
            CHECK(places[2 * i + 1] == doctest::Approx(col).epsilon(1e-3));
        }
    }
    // Over projections: each looks where the one neuron looks that reaches it; it has no field.
    const sim::TrainedNetwork pooling = load("pooling");
    CHECK(pooling.fields_in_frame().empty());
    CHECK_FALSE(pooling.linear_drive());
    const auto looked_at = pooling.places_in_frame(), of_v1 = load("v1").places_in_frame();
    REQUIRE(looked_at.size() == 24);
    for (std::size_t k = 0; k < 24; ++k) CHECK(looked_at[k] == doctest::Approx(of_v1[k]));
    // Of a movie every frame has a rate, and all spikes are in one of them.
    lab::show_movies(
        off, 1, 2, 3, 60.0,
        [](std::size_t k, std::span<float> pixels) { std::ranges::fill(pixels, k % 3 == 1 ? -1.0F : 0.0F); },
        [&](const lab::Observation& shown) {
            REQUIRE(shown.responses.cols() == 6);
            for (std::size_t k = 0; k < 2; ++k) {
                std::vector<float> counts(3, 0.0F);
                for (const sim::Spike& spike : shown.spikes(k))
                    ++counts[spike.t <= 20.0 ? 0 : spike.t <= 40.0 ? 1 : 2];
                REQUIRE(counts[1] > counts[0]);  // the dark frame
                for (std::size_t frame = 0; frame < 3; ++frame)
                    CHECK(shown.responses.col(static_cast<Eigen::Index>(k * 3 + frame)).sum() * 0.02F ==
                          doctest::Approx(counts[frame]));
            }
        });
    const auto still = lab::show_gratings(pooling);
    CHECK(still.network.size() == 12 * 4 * 2 * 4);
    CHECK(still.linear.empty());
    CHECK(lab::show_gratings(off).linear.size() == 25 * 4 * 2 * 4);
    CHECK(*std::ranges::max_element(still.network) > 0.0F);
}

TEST_CASE("a population of a network is tested where it stands, among others as they have learned to be") {
    constexpr const char* kFour = R"(
populations:
  first: {kind: slca, lambda: 0.05, sheet: {rows: 3, cols: 3}}
  second: {kind: slca, lambda: 0.07, sheet: {rows: 2, cols: 3}, plasticity: {residual_hebbian: {eta: 0.1}}}
  third:
    kind: slca
    sheet: {rows: 2, cols: 2}
    sees: {kind: population, population: {from: first, weight: 0.1, delay: 1 ms}}
  blind: {kind: slca, sheet: {rows: 2, cols: 2}, sees: {kind: nothing}}
  slow: {kind: slca, sheet: {rows: 2, cols: 2}, lateral: delayed}
  cells: {kind: iaf_psc_exp, size: 2}
  filtered:
    kind: iaf_psc_exp
    sheet: {rows: 2, cols: 2}
    sees: {kind: centre_surround, centre_surround: {gain: 10}}
)";
    const test::TempDir dir;
    const std::string path = dir.file("four.h5");
    run_shown(std::string(kShown) + kFour, path);
    const auto load = [&](const std::string& population, const Params::Overrides& set = {}) {
        return sim::load_trained_network(path, set, population);
    };
    CHECK(load("first").network().settings().lambda == 0.05);
    CHECK_FALSE(load("first").population().codes->learns());
    CHECK(load("second").population().codes->learns());
    CHECK(load("second").network().settings().cols == 3);
    CHECK(load("second", {"populations.second.lambda=0.14"}).network().program.lambda[0] ==
          doctest::Approx(2.0 * read(path, "/network/second/lambda")[0]).epsilon(1e-12).scale(0));
    const sim::TrainedNetwork third = load("third");
    CHECK(third.network().settings().geometry.height == 3);  // the sheet of the first
    REQUIRE(third.settings().populations.size() == 7);
    for (const std::size_t k : {0, 1, 2}) {
        const auto& one = third.settings().populations[k];
        CAPTURE(one.name);
        const auto fields = one.codes->network.fields().values();
        CHECK(std::vector<double>(fields.begin(), fields.end()) ==
              read(path, fmt::format("/network/{}/Phi", one.name)));
        const auto trained = load(one.name);
        const auto codes = lab::encode(trained, *sim::make_stimulus(trained.settings()),
                                       sim::FrameSet::held_out, 6, lab::Maker::spikes);
        CHECK(std::vector<double>(codes.a.begin(), codes.a.end()) ==
              read(path, fmt::format("/presentations/{}/codes", one.name)));
    }
    for (const char* population : {"", "nobody", "blind", "cells"}) {  // nothing reaches the last two
        CAPTURE(population);
        CHECK_THROWS_WITH_AS(
            load(population),
            doctest::Contains(
                "--population: must be one of first, second, third, blind, slow, cells, filtered, got"),
            sim::ConfigError);
    }
    CHECK_THROWS_WITH_AS(load("first", {"population.lambda=0.1"}), doctest::Contains("population"),
                         sim::ConfigError);

    // fields of any of them are there for another network
    const std::string next = dir.file("next.h5");
    run_shown(kShown + fmt::format(R"(
populations:
  a: {{kind: slca, lambda: 0.07, sheet: {{rows: 2, cols: 3}}, fields: {{file: {0}, population: second}}}}
  b: {{kind: slca, sheet: {{rows: 3, cols: 3}}}}
  c:
    kind: slca
    sheet: {{rows: 2, cols: 2}}
    fields: {{file: {0}, population: third}}
    sees: {{kind: population, population: {{from: b, weight: 0.1, delay: 1 ms}}}}
)",
                                   path),
              next);
    CHECK(read(next, "/network/a/Phi") == read(path, "/network/second/Phi"));
    CHECK(read(next, "/network/a/lambda") == read(path, "/network/second/lambda"));
    CHECK(read(next, "/network/c/Phi") == read(path, "/network/third/Phi"));
}

TEST_CASE("the field in the frame of an area behind another is its own times the other's") {
    const test::TempDir dir;
    const std::string path = dir.file("two.h5");
    run_shown(std::string(kShown) + R"(
populations:
  first: {kind: slca, lambda: 0.05, sheet: {rows: 3, cols: 3}}
  second:
    kind: slca
    sheet: {rows: 1, cols: 2}
    sees: {kind: population, population: {from: first}}
)",
              path);
    const sim::TrainedNetwork trained = sim::load_trained_network(path, {}, "second");
    const auto Phi_1 = read(path, "/network/first/Phi"), Phi_2 = read(path, "/network/second/Phi");
    const std::size_t M = Phi_1.size() / 9, width = trained.settings().shows->frame.width;
    const std::vector<float> fields = trained.fields_in_frame();
    const std::vector<double> places = trained.places_in_frame();
    REQUIRE(fields.size() == 2 * M);
    const Eigen::MatrixXf frame = Eigen::MatrixXf::Random(static_cast<Eigen::Index>(M), 1);
    const Eigen::MatrixXf driven = trained.linear_drive()(frame);
    for (std::size_t i = 0; i < 2; ++i) {
        double drive = 0.0, power = 0.0, row = 0.0, col = 0.0;
        for (std::size_t k = 0; k < M; ++k) {
            double field = 0.0;
            for (std::size_t j = 0; j < 9; ++j) field += Phi_2[i * 9 + j] * Phi_1[j * M + k];
            CHECK(static_cast<double>(fields[i * M + k]) == doctest::Approx(field).epsilon(1e-5));
            drive += field * static_cast<double>(frame(static_cast<Eigen::Index>(k), 0));
            power += field * field;
            row += field * field * static_cast<double>(k / width);
            col += field * field * static_cast<double>(k % width);
        }
        CHECK(static_cast<double>(driven(static_cast<Eigen::Index>(i), 0)) ==
              doctest::Approx(drive).epsilon(1e-5));
        CHECK(places[2 * i] == doctest::Approx(row / power).epsilon(1e-5));
        CHECK(places[2 * i + 1] == doctest::Approx(col / power).epsilon(1e-5));
    }
}

TEST_CASE("weights that a population among others learns are kept, and are those that it is tested with") {
    const test::TempDir dir;
    run_shown(std::string(kShown) + R"(
populations:
  v1:
    kind: sailnet
    sheet: {rows: 3, cols: 3}
    plasticity: {kind: sailnet, sailnet: {p: 0.1}}
)",
              dir.file("all.h5"), {"frame.scale=10"});
    const auto Q = read(dir.file("all.h5"), "/network/v1/Q");
    REQUIRE(Q.size() == 81);
    REQUIRE(*std::ranges::max_element(Q) > 0.0);
    const auto taken = sim::load_trained_network(dir.file("all.h5"), {}).network().program.Q.weights();
    CHECK(std::vector<double>(taken.begin(), taken.end()) == Q);
}

TEST_CASE("fields and thresholds of a run are those a population starts from; another lambda scales them") {
    const test::TempDir dir;
    const std::string sheet = dir.file("sheet.h5"), all = dir.file("all.h5");
    run_shown(std::string(kShown) + R"(
populations:
  v1:
    kind: slca
    lambda: 0.08
    sheet: {rows: 3, cols: 3}
    plasticity: {kind: residual_hebbian}
    homeostasis: {rate: 0.5}
)",
              sheet);
    const auto learned = read(sheet, "/network/v1/lambda");
    REQUIRE(*std::ranges::max_element(learned) > 1.1 * *std::ranges::min_element(learned));
    for (const double lambda : {0.08, 0.16}) {
        run_shown(
            kShown + fmt::format("populations:\n  v1: {{kind: slca, lambda: {}, sheet: {{rows: 3, cols: 3}}, "
                                 "fields: {{file: {}}}}}\n",
                                 lambda, sheet),
            dir.file(fmt::format("all_{}.h5", lambda)), {"learning.batches=0"});
        const std::string output = dir.file(fmt::format("all_{}.h5", lambda));
        CHECK(read(output, "/network/v1/Phi") == read(sheet, "/network/v1/Phi"));
        const auto taken = read(output, "/network/v1/lambda");
        for (std::size_t i = 0; i < learned.size(); ++i)
            CHECK(taken[i] == doctest::Approx(learned[i] * lambda / 0.08).epsilon(1e-12).scale(0));
    }
    CHECK_THROWS_WITH_AS(run_shown(std::string(kShown) +
                                       "populations:\n  v1: {kind: slca, sheet: {rows: 2, cols: 3}, "
                                       "fields: {file: " +
                                       sheet + "}}\n",
                                   all, {"learning.batches=0"}),
                         doctest::Contains("/network/v1/Phi"), sim::IoError);
}

TEST_CASE("a second area codes what the first one does, by its spikes, and learns from it") {
    constexpr const char* kTwo = R"(
populations:
  v1: {kind: slca, lambda: 0.05, sheet: {rows: 4, cols: 4}, plasticity: {residual_hebbian: {eta: 0.1}}}
  v2:
    kind: slca
    lambda: 0.03
    sheet: {rows: 2, cols: 3}
    sees: {kind: population, population: {from: v1, weight: 0.02, delay: 1 ms}}
    plasticity: {residual_hebbian: {eta: 0.2}}
)";
    const test::TempDir dir;
    // q 0.02 tau, so that what v2 hears of a spike (weight) is that part of its u, and long presentations
    const Params::Overrides fine = {"populations.v1.slca.q=0.02 tau", "populations.v2.slca.q=0.02 tau",
                                    "presentation.T=1200 ms", "presentation.T0=200 ms",
                                    "learning.batches=12"};
    const auto summary = run_shown(std::string(kShown) + kTwo, dir.file("two.h5"), fine);
    REQUIRE(summary.codes.size() == 2);
    for (const auto& code : summary.codes) {
        CAPTURE(code.population);
        CHECK(code.relative_gap <
              2e-3);  // of the least energy: stale weights of the projection would miss it
        CHECK(code.energy > code.optimal_energy * (1.0 - 1e-6));
        // What is said is what the file has; verification_tests hold that to a slow twin.
        const std::string group = "/learning/" + code.population + "/held_out/";
        CHECK(code.before == read(dir.file("two.h5"), group + "energy").front());
        CHECK(code.energy == read(dir.file("two.h5"), group + "energy").back());
        CHECK(code.optimal_energy == read(dir.file("two.h5"), group + "optimal_energy").back());
        CHECK(code.relative_gap == read(dir.file("two.h5"), group + "relative_gap").back());
    }
    const auto first = read(dir.file("two.h5"), "/network/v2/Phi_initial"),
               last = read(dir.file("two.h5"), "/network/v2/Phi");
    double moved = 0.0;
    for (std::size_t k = 0; k < last.size(); ++k) moved = std::max(moved, std::abs(last[k] - first[k]));
    CHECK(moved > 0.05);
    // energy of v2's codes, by hand: 1/2 |a1 - Phi a2|^2 + lambda sum a2
    const auto a1 = read(dir.file("two.h5"), "/presentations/v1/codes"),
               a2 = read(dir.file("two.h5"), "/presentations/v2/codes");
    double energy = 0.0, unexplained = 0.0;
    for (std::size_t k = 0; k < 6; ++k) {
        double left = 0.0, all = 0.0;
        for (std::size_t j = 0; j < 16; ++j) {
            double r = a1[k * 16 + j];
            for (std::size_t i = 0; i < 6; ++i) r -= last[i * 16 + j] * a2[k * 6 + i];
            left += r * r;
            all += a1[k * 16 + j] * a1[k * 16 + j];
        }
        energy += 0.5 * left;
        for (std::size_t i = 0; i < 6; ++i)
            energy += read(dir.file("two.h5"), "/network/v2/lambda")[i] * a2[k * 6 + i];
        unexplained += left / all;
    }
    CHECK(summary.codes[1].energy == doctest::Approx(energy / 6.0).epsilon(1e-5).scale(0));
    CHECK(summary.codes[1].unexplained == doctest::Approx(unexplained / 6.0).epsilon(1e-5).scale(0));
}

TEST_CASE(
    "lateral inhibition through a projection: as at once where the delay is short, not where it is long") {
    constexpr const char* kDelayed = R"(
populations:
  v1:
    kind: slca
    lambda: 0.02
    sheet: {rows: 5, cols: 5}
    slca: {q: 0.02 tau}
    lateral: delayed
projections:
  inhibition: {from: v1, to: v1, connect: {kind: lateral}, weight: 0.02, delay: 0.001 ms}
)";
    const test::TempDir dir;
    const auto explained = [&](const std::string& name, const std::string& keys,
                               const Params::Overrides& more) {
        Params::Overrides set = {"learning.batches=0", "frame.height=4 px", "frame.width=4 px",
                                 "presentation.T=600 ms", "presentation.T0=100 ms"};
        set.insert(set.end(), more.begin(), more.end());
        return run_shown(std::string(kShown) + keys, dir.file(name), set).codes.at(0);
    };
    const auto at_once = explained(
        "at_once.h5",
        "populations:\n  v1: {kind: slca, lambda: 0.02, sheet: {rows: 5, cols: 5}, slca: {q: 0.02 tau}}\n",
        {});
    const auto brief = explained("brief.h5", kDelayed, {});
    const auto late = explained("late.h5", kDelayed, {"projections.inhibition.delay=30 ms"});
    CHECK(brief.energy == doctest::Approx(at_once.energy).epsilon(2e-3).scale(0));
    CHECK(late.energy > 1.02 * at_once.energy);
    CHECK(brief.relative_gap < 5e-3);  // of the least energy with all that neurons do to each other
    CHECK(brief.optimal_energy == doctest::Approx(at_once.optimal_energy).epsilon(1e-6).scale(0));
    CHECK(late.relative_gap > 10.0 * brief.relative_gap);
}

TEST_CASE("a population without fields codes the rectified pool of those that reach it, by the ridge") {
    // Each reaches its own number alone: its u is what the other codes, and delta c = [a - lambda]_+.
    sim::RunSettings settings(Params::parse(R"(
frame: {height: 6 px, width: 6 px}
stimulus: {kind: dead_leaves}
presentation: {T: 600 ms, T0: 200 ms}
populations:
  v1: {kind: slca, lambda: 0.05, sheet: {rows: 3, cols: 4}, slca: {q: 0.01 tau, decoder: count}}
  pooled: {kind: slca, lambda: 0.03, sheet: {rows: 3, cols: 4}, sees: {kind: nothing}, fields: {kind: none},
           objective: {delta: 2}, slca: {q: 0.01 tau}}
projections:
  up: {from: v1, to: pooled, connect: {kind: pool, pool: {sigma: 0.3, reach: 0.5}}, weight: 0.01, delay: 1 ms}
)",
                                            "x.yaml"));
    sim::make_fields(settings);
    const sim::ShownNetwork network(std::move(settings));
    sim::Lanes lanes = network.lanes(network.settings.shows->presentation, 8);
    const auto stimulus = sim::make_stimulus(network.settings);
    sim::Batch batch = network.pose(
        sim::draw_frames(*stimulus, 36, network.settings.shows->presentation, sim::FrameSet::held_out, 0, 8));
    network.show(lanes, batch, 0);
    const Eigen::MatrixXf &a = batch.codes[0], &c = batch.codes[1];
    CHECK((c.array() > 0.01F).count() > 10);
    CHECK((a.array() > 0.0F && a.array() < 0.03F).count() > 0);  // and stay below lambda
    const Eigen::MatrixXf expected = (a.array() - 0.03F).max(0.0F) / 2.0F;
    CHECK((c - expected).cwiseAbs().maxCoeff() < 0.003F);
}

TEST_CASE("a spike of the LGN moves u of those that see its pixel by weight x Phi, after its delay") {
    constexpr const char* kLgn = R"(
frame: {height: 3 px, width: 4 px}
duration: 10 ms
populations:
  lgn: {kind: spike_list, size: 12, spike_list: {times: [1 ms], neurons: [7]}}
  v1: {kind: slca, sheet: {rows: 2, cols: 2}, lambda: 5, slca: {tau: 10 ms}}
projections:
  up: {from: lgn, to: v1, connect: {kind: fields}, weight: 0.5, delay: 2 ms}
record:
  state: {u: {population: v1, variable: u, every: 1 ms}}
)";
    const test::TempDir dir;
    sim::RunSettings settings(Params::parse(kLgn, "x.yaml"));
    settings.populations[1].codes->randomise();  // as the run will
    const std::vector<float> Phi = settings.populations[1].codes->network.fields().values();
    sim::run(std::move(settings), {.output = dir.file("x.h5")});
    const auto u = read(dir.file("x.h5"), "/report/u/data");
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(u[3 * 4 + i] == 0.0);  // looks before what happens at 3 ms
        const double jump = 0.5 * static_cast<double>(Phi[i * 12 + 7]);
        CHECK(u[5 * 4 + i] == doctest::Approx(jump * std::exp(-0.2)).epsilon(1e-6).scale(0));
    }
}

TEST_CASE("synapses of a network that is shown frames are recorded as those of a circuit are") {
    constexpr const char* kSynapses = R"(
populations:
  lgn: {kind: poisson, sheet: {rows: 2, cols: 3}, poisson: {rate: 5 Hz}}
  cells: {kind: lif_delta, size: 6}
projections:
  up: {from: lgn, to: cells, connect: {kind: one_to_one}, weight: 3 mV, weight_std: 1 mV, delay: 2 ms}
  all: {from: lgn, to: cells, weight: 1 mV, delay: 1 ms}
record: {weights: [up]}
)";
    const test::TempDir dir;
    const std::string shown = std::string(kShown) + kSynapses,
                      alone = std::string("seed: 3\nduration: 5 ms\n") + kSynapses;
    run_shown(shown, dir.file("shown.h5"));
    sim::run(sim::RunSettings(Params::parse(alone, "x.yaml")), {.output = dir.file("alone.h5")});
    for (const char* name : {"source", "target", "weight", "delay"}) {
        const std::string dataset = fmt::format("/projections/up/cells/{}", name);
        const auto values = read(dir.file("shown.h5"), dataset);
        CHECK(values.size() == 6);
        CHECK(values == read(dir.file("alone.h5"), dataset));
    }
}

TEST_CASE(
    "centre and surround are Gaussians about a cell's place, rectified; ON and OFF are each other's "
    "opposite") {
    const sim::Sheet sheet(6, 6, sim::Boundary::open);
    const auto currents = [&](const std::string& keys, const std::vector<float>& frame) {
        const auto filter = sim::Registry<sim::Filter>::instance().make(
            "centre_surround", Params::parse("centre_surround: {" + keys + "}", "x"), {12, 12, &sheet, 1});
        std::vector<float> I(36);
        filter->currents(frame, I);
        return I;
    };
    std::vector<float> point(144, 0.0F);
    point[5 * 12 + 7] = 2.0F;
    const auto on = currents("sigma: 1 px, surround_sigma: 2 px, surround: 0.6, gain: 3, base: 4", point);
    const auto off =
        currents("centre: dark, sigma: 1 px, surround_sigma: 2 px, surround: 0.6, gain: 3, base: 4", point);
    const auto gaussian = [](double d2, double s) {
        return std::exp(-d2 / (2 * s * s)) / (2 * std::numbers::pi * s * s);
    };
    for (int row = 0; row < 6; ++row)
        for (int col = 0; col < 6; ++col) {
            const double y = 2 * row + 0.5 - 5, x = 2 * col + 0.5 - 7, d2 = x * x + y * y;  // 2 px a cell
            const double contrast = 2.0 * (gaussian(d2, 1.0) - 0.6 * gaussian(d2, 2.0));
            const auto i = static_cast<std::size_t>(row * 6 + col);
            CHECK(static_cast<double>(on[i]) ==
                  doctest::Approx(4 + 3 * std::max(contrast, 0.0)).epsilon(1e-5));
            CHECK(static_cast<double>(off[i]) ==
                  doctest::Approx(4 + 3 * std::max(-contrast, 0.0)).epsilon(1e-5));
        }
    const auto grey =
        currents("sigma: 0.5 px, surround_sigma: 1 px, gain: 3, base: 4", std::vector<float>(144, 1.0F));
    CHECK(static_cast<double>(grey[14]) == doctest::Approx(4.0).epsilon(1e-3));  // away from the border
}

TEST_CASE("cells that see frames through a filter fire at the rate the filter says") {
    constexpr const char* kRetina = R"(
populations:
  on:
    kind: poisson
    sheet: {rows: 5, cols: 5}
    poisson: {rate: 10 Hz}
    sees: {kind: centre_surround, centre_surround: {sigma: 0.7 px, gain: 2000}}
)";
    const test::TempDir dir;
    const std::string path = dir.file("x.h5");
    run_shown(
        std::string(kShown) + kRetina, path,
        {"learning.held_out=60", "learning.batches=0", "presentation.T=500 ms", "presentation.T0=0 ms"});
    const sim::RunSettings settings(Params::parse(std::string(kShown) + kRetina, "x.yaml"));
    const auto stimulus = sim::as_received(sim::Registry<sim::Stimulus>::instance().make(
                                               "dead_leaves", settings.shows->stimulus.block, {3, 10, 10}),
                                           settings.shows->reception);
    double expected = 0.0;
    for (std::uint64_t k = 0; k < 60; ++k) {
        std::vector<float> frame(100), I(25);
        std::vector<double> shown(stimulus->columns().size());
        stimulus->frame(sim::FrameSet::held_out, k, frame, shown);
        settings.populations[0].filter->currents(frame, I);
        for (const float more : I) expected += 0.5 * (10.0 + static_cast<double>(more));
    }
    const auto n = static_cast<double>(read(path, "/spikes/on/timestamps").size());
    CHECK(std::abs(n - expected) < 5.0 * std::sqrt(expected));
    CHECK(expected > 1.2 * 60 * 25 * 0.5 * 10);  // not the base rate alone
}

TEST_CASE("a rate that steps: nothing fires at 0, and as often as it says after") {
    const auto cells = test::make_cells("poisson", "rate: 100 Hz", 50);
    std::vector<test::Input> inputs;
    for (std::uint32_t i = 0; i < 50; ++i) {
        inputs.push_back({1000.0, -100.0, i, test::Input::current});
        inputs.push_back({2000.0, 200.0, i, test::Input::current});
    }
    std::ranges::stable_sort(inputs, {}, &test::Input::t);
    double n[3] = {};
    for (const sim::Spike& spike : test::drive(*cells, inputs, 3000.0))
        ++n[static_cast<int>(spike.t / 1000.0)];
    CHECK(std::abs(n[0] - 5000.0) < 5.0 * std::sqrt(5000.0));
    CHECK(n[1] == 0.0);
    CHECK(std::abs(n[2] - 15000.0) < 5.0 * std::sqrt(15000.0));
}

TEST_CASE("what a composed network cannot be is said") {
    const auto fails = [](const std::string& yaml, const std::string& with) {
        CAPTURE(yaml);
        CHECK_THROWS_WITH_AS(sim::RunSettings(Params::parse(yaml, "x.yaml")), doctest::Contains(with.c_str()),
                             sim::ConfigError);
    };
    const std::string v1 = "populations:\n  v1: {kind: slca}\n  cells: {kind: lif_delta, size: 3}\n";
    fails(std::string(kShown) + "duration: 1 s\n" + v1, "duration: must be left out where frames are shown");
    fails("duration: 1 s\npopulations:\n  v1: {kind: slca, plasticity: {}}\n",
          "plasticity: must be left out");
    fails("duration: 1 s\npopulations:\n  v1: {kind: slca, sees: {kind: frame}}\n", "sees.kind: must be");
    fails(std::string(kShown) + v1 +
              "  v2: {kind: slca, sees: {kind: population, population: {from: cells}}}\n",
          "from: must be a population that codes");
    fails(std::string(kShown) + v1 +
              "projections:\n  p: {from: cells, to: v1, connect: {kind: fields}, weight: 1, delay: 1 ms}\n",
          "one neuron for each of the 100 pixels");
    fails(std::string(kShown) + v1 +
              "projections:\n  p: {from: cells, to: v1, weight: 1, delay: 1 ms, plasticity: {kind: "
              "stdp_pair}}\n",
          "plasticity.kind: must be where frames are shown, a rule that learns from batches of them");
    fails(std::string(kShown) + v1 + "record: {state: {s: {population: v1, variable: u, every: 7 ms}}}\n",
          "a whole part of presentation.T");
    fails(std::string(kShown) +
              "populations:\n  c: {kind: poisson, size: 4, poisson: {rate: 1 Hz}, sees: {kind: "
              "centre_surround, centre_surround: "
              "{gain: 1}}}\n",
          "of a population on a sheet");
    const std::string learns =
        "populations:\n  v1: {kind: slca, plasticity: {kind: residual_hebbian}}\n"
        "  cells: {kind: poisson, size: 100, poisson: {rate: 1 Hz}}\n";
    for (const char* from :
         {"cells, to: v1, connect: {kind: fields}", "v1, to: v1, connect: {kind: lateral}"})
        fails(std::string(kShown) + learns + "projections:\n  p: {from: " + from +
                  ", weight: 1, delay: 1 ms}\n",
              "would not follow the fields");
    fails(std::string(kShown) + "populations:\n  v1: {kind: sailnet}\n", "no weights but those it learns");
    fails(std::string(kShown) + "populations:\n  v1: {kind: slca, fields: {kind: run}}\n",
          "fields.kind: must be run where fields.file is given");
}
