// `striate analyze` as a user meets it: which tests it makes, and how one that was killed goes on.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tests/support.hpp"

namespace {

namespace fs = std::filesystem;
using test::Args;
using test::contains;
using test::Finished;
using test::TempDir;

/// The example run, to be tested with gratings, then noise (long enough to be killed in it), then contrast.
Args analysis(const std::string& output, const Args& more = {}) {
    Args args{
        "analyze", test::example().run,         "-o", output, "--set", "analysis.tests=[noise, contrast]",
        "--set",   "analysis.noise_frames=3000"};
    args.insert(args.end(), more.begin(), more.end());
    return args;
}

Finished succeeds(const Args& args) {
    Finished done = test::striate(args);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    return done;
}

/// Kills the analysis in its third test. returns the name of the output, of which only the partial file is
/// there
std::string killed_analysis(const TempDir& dir) {
    const std::string output = dir.file("killed.h5");
    test::Striate process(analysis(output));
    while (!contains(process.err_so_far(), "\nnoise\n")) REQUIRE_FALSE(process.wait_for(1.0));
    process.send(SIGKILL);
    REQUIRE(process.wait().exit_code == 128 + SIGKILL);
    CHECK(dir.names() == std::vector<std::string>{".killed.h5.striate-lock", "killed.h5.partial"});
    return output;
}

/// An analysis that nothing broke.
const std::string& unbroken() {
    static const TempDir dir;
    static const std::string output = [] {
        succeeds(analysis(dir.file("unbroken.h5")));
        return dir.file("unbroken.h5");
    }();
    return output;
}

/// A dataset is the same in both files; NaNs are equal.
bool same(const sim::io::File& one, const sim::io::File& other, const std::string& dataset) {
    return std::ranges::equal(one.read<double>(dataset), other.read<double>(dataset),
                              [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

std::vector<std::string> groups_of(const std::string& path) {
    return sim::io::File::open(path).children("/");
}

}  // namespace

TEST_CASE("a killed analysis goes on from the tests that are over, to the same bits") {
    const TempDir dir;
    const std::string output = killed_analysis(dir);
    const Finished again = succeeds(analysis(output));
    CHECK(contains(again.err, "gratings: recorded before\ndrift: recorded before\nnoise\ncontrast\n"));
    CHECK(test::first_difference(output, unbroken()) == "");
    CHECK(dir.names() == std::vector<std::string>{"killed.h5"});
}

TEST_CASE("a killed analysis begins anew under other settings, or when what it left is torn") {
    const TempDir dir;
    const std::string output = killed_analysis(dir), other = dir.file("other.h5");
    const Args set{"--set", "populations.v1.lambda=0.05"};
    const Finished again = succeeds(analysis(output, set));
    CHECK_FALSE(contains(again.err, "recorded before"));
    succeeds(analysis(other, set));
    CHECK(test::first_difference(output, other) == "");
    CHECK(test::first_difference(output, unbroken()) != "");

    for (const bool is_short : {false, true}) {
        CAPTURE(is_short);
        const TempDir torn;
        const std::string left = killed_analysis(torn) + ".partial";
        if (is_short)
            fs::resize_file(left, fs::file_size(left) / 2);
        else
            torn.write("killed.h5.partial", "no HDF5");
        CHECK_FALSE(contains(succeeds(analysis(torn.file("killed.h5"))).err, "recorded before"));
        CHECK(test::first_difference(torn.file("killed.h5"), unbroken()) == "");
    }
}

TEST_CASE("an analysis that exists is left as it is without --force, and made again with it") {
    const TempDir dir;
    const std::string output = dir.write("analysis.h5", "mine");
    const Finished refused = test::striate(analysis(output));
    CHECK(refused.exit_code == 3);
    CHECK(contains(refused.err, output + ": exists; --force overwrites it"));
    CHECK(test::read_file(output) == "mine");
    CHECK(dir.names() == std::vector<std::string>{"analysis.h5"});
    succeeds(analysis(output, {"--force"}));
    CHECK(test::first_difference(output, unbroken()) == "");
}

TEST_CASE("only the tests asked for are made; gratings always, drifting too where they are to") {
    const TempDir dir;
    const std::string output = dir.file("gratings.h5");
    const Finished done =
        succeeds({"analyze", test::example().run, "-o", output, "--set", "analysis.tests=gratings"});
    CHECK_FALSE(contains(done.err, "contrast"));
    for (const std::string& group : groups_of(output))
        CHECK_FALSE(test::contains("/contrast/mask/size/noise/natural/blank/", fmt::format("/{}/", group)));
    CHECK(groups_of(unbroken()) == std::vector<std::string>{"compare", "complex", "contrast", "drift",
                                                            "gratings", "linear", "map", "network", "noise",
                                                            "properties", "provenance", "shapes", "summary"});
    // What both tested is the same: a test does not depend on those beside it.
    const sim::io::File all = sim::io::File::open(test::example().analysis);
    for (const char* dataset : {"/network/responses", "/properties/nx", "/summary/pinwheel_density"})
        CHECK_MESSAGE(same(sim::io::File::open(output), all, dataset), dataset);
    for (const char* dataset : {"/contrast/responses", "/properties/c50"})
        CHECK_MESSAGE(same(sim::io::File::open(unbroken()), all, dataset), dataset);
    succeeds({"compare", output});
    succeeds({"report", output, "-o", dir.file("report")});
}

TEST_CASE("a test that does not exist is refused with its place, before a run and before an analysis") {
    const TempDir dir;
    std::string text =
        test::with_line(test::tiny_config(), "cells", "  cells: 10\n  tests: [size, contarst]");
    const std::string config = dir.write("wrong.yaml", text);
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find("tests:")), '\n');
    for (const Args& args : {Args{"validate", config}, Args{"run", config, "-o", dir.file("run.h5")}}) {
        const Finished refused = test::striate(args);
        CHECK(refused.exit_code == 2);
        CHECK_MESSAGE(
            contains(refused.err,
                     fmt::format("wrong.yaml:{}: analysis.tests: must be some of gratings, "
                                 "contrast, mask, size, noise, natural, blank, time_course, got \"contarst\"",
                                 line)),
            refused.err);
    }
    const Finished refused = test::striate(
        {"analyze", test::example().run, "-o", dir.file("analysis.h5"), "--set", "analysis.tests=[szie]"});
    CHECK(refused.exit_code == 2);
    CHECK_MESSAGE(contains(refused.err, "analysis.tests: must be some of gratings"), refused.err);
    CHECK(dir.names() == std::vector<std::string>{"wrong.yaml"});
}

TEST_CASE("a population of a network is chosen by its name, and tested and encoded where it stands") {
    const TempDir dir;
    const std::string config = dir.write("two.yaml", R"(
frame: {height: 8 px, width: 8 px}
stimulus: {kind: dead_leaves}
presentation: {T: 40 ms, T0: 20 ms}
learning: {batches: 2, batch_size: 4, held_out: 4}
populations:
  v1: {kind: slca, lambda: 0.05, sheet: {rows: 4, cols: 4}, plasticity: {residual_hebbian: {eta: 0.1}}}
  v2:
    kind: slca
    sheet: {rows: 2, cols: 2}
    sees: {kind: population, population: {from: v1, weight: 0.1, delay: 1 ms}}
)");
    const std::string run = dir.file("two.h5");
    succeeds({"run", config, "-o", run, "--quiet"});
    for (const auto& [population, n] : {std::pair<std::string, std::uint64_t>{"v1", 16}, {"v2", 4}}) {
        CAPTURE(population);
        const std::string words = population == "v1" ? "v1\n" : "v2, behind v1\n";
        CHECK(contains(
            succeeds({"analyze", run, "--population", population, "--set", "analysis.tests=gratings"}).out,
            words));
        const auto analysis = sim::io::File::open(dir.file("two." + population + ".analysis.h5"));
        CHECK(analysis.read_attribute<std::string>("/provenance", "population") == population);
        CHECK(analysis.shape("/network/responses")[0] == n);

        succeeds({"encode", run, "--population", population, "--training", "6", "--held-out", "3"});
        const auto codes = sim::io::File::open(dir.file("two." + population + ".codes.h5"));
        CHECK(codes.shape("/training/codes") == sim::io::Shape{6, n});
        CHECK(codes.read_attribute<std::string>("/provenance", "population") == population);
    }
    CHECK(contains(succeeds({"compare", dir.file("two.v1.analysis.h5")}).out, "before learning"));

    for (const Args& args : {Args{"analyze", run}, Args{"analyze", run, "--population", "v3"}}) {
        const Finished refused = test::striate(args);
        CHECK(refused.exit_code == test::kWrongInput);
        CHECK(contains(refused.err, "--population: must be one of v1, v2"));
    }
}
