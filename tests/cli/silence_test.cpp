// What ends well and yet is wrong is said: silent networks, blank frames; what can never end well ends soon.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "sim/io/hdf5.hpp"
#include "tests/support.hpp"

namespace {

using test::Args;
using test::contains;
using test::Finished;
using test::striate;

constexpr int kNumbersBroke = 4;

Finished run_tiny(const test::TempDir& dir, const Args& sets, const Args& more = {}) {
    Args args{"run", dir.write("tiny.yaml", test::tiny_config()), "-o", dir.file("out.h5"), "--force"};
    for (const std::string& set : sets) args.insert(args.end(), {"--set", set});
    args.insert(args.end(), more.begin(), more.end());
    return striate(args);
}

/// Frames of an array stimulus: random ones of unit norm, of which one is black.
std::string array_config(const test::TempDir& dir, std::size_t black) {
    constexpr std::size_t kFrames = 12, kPixels = 16;
    std::vector<float> frames(kFrames * kPixels);
    for (std::size_t k = 0; k < frames.size(); ++k)
        frames[k] = static_cast<float>((k % kPixels * 7 + 3) % 11) - 5.0F;
    for (std::size_t k = 0; k < kFrames;
         ++k)  // others are alike, so that only the place of the black one differs
        if (k == black)
            for (std::size_t p = 0; p < kPixels; ++p) frames[k * kPixels + p] = 0.0F;
    sim::io::File file = sim::io::File::create(dir.file("frames.h5"));
    file.write("/frames", std::span<const float>(frames), {kFrames, 4, 4}, {"1", "frames"});
    file.close();
    return dir.write("array.yaml",
                     "seed: 1\nframe: {height: 4 px, width: 4 px}\n"
                     "stimulus: {kind: array, array: {file: frames.h5, dataset: /frames}}\n"
                     "populations:\n  v1:\n    kind: slca\n    lambda: 0.05\n"
                     "    sheet: {rows: 4, cols: 4}\n    plasticity: {kind: residual_hebbian}\n"
                     "presentation: {T: 50 ms}\nlearning: {batches: 2, batch_size: 3, held_out: 3}\n");
}

}  // namespace

TEST_CASE("a silent sheet is no healthy one: it is warned of, and all its neurons are dead") {
    for (const char* kind : {"slca", "lca", "lif_lca"}) {
        CAPTURE(kind);
        const test::TempDir dir;
        const Args sets{"populations.v1.lambda=1000", std::string("populations.v1.kind=") + kind};
        const Finished done = run_tiny(dir, sets);
        CHECK(done.exit_code == 0);
        CHECK(contains(done.err, "warning: the network is silent"));
        CHECK(contains(done.out, "warning         the network is silent"));
        CHECK(contains(done.out, "dead neurons    64 of 64 "));
        const auto json = nlohmann::json::parse(run_tiny(dir, sets, {"--json", "--quiet"}).out);
        CHECK(json.at("silent") == true);
        CHECK(json.at("populations").at("v1").at("dead_neurons") == 64);
        CHECK(json.at("warnings").size() == 1);
    }
    const test::TempDir dir;
    const Finished healthy = run_tiny(dir, {});
    CHECK_FALSE(contains(healthy.err, "warning"));
    CHECK_FALSE(contains(healthy.out, "warning"));
}

TEST_CASE("a silent population of a circuit is said") {
    const test::TempDir dir;
    const std::string config = dir.write(
        "circuit.yaml",
        "duration: 20 ms\npopulations:\n  i: {kind: spike_list, size: 1, spike_list: {times: [10 ms]}}\n"
        "  a: {kind: lif_delta, size: 3}\n"
        "projections: {p: {from: i, to: a, weight: 1 mV, delay: 1 ms}}\n");
    const Finished done = striate({"run", config, "-o", dir.file("out.h5")});
    CHECK(done.exit_code == 0);
    CHECK(contains(done.err, "warning: population a is silent"));
    CHECK(contains(done.out, "warning         population a is silent"));
    CHECK_FALSE(contains(done.out, "population i is silent"));
    const auto json = nlohmann::json::parse(striate({"run", config, "-o", dir.file("2.h5"), "--json"}).out);
    CHECK(json.at("warnings").size() == 1);
}

TEST_CASE("a black frame has no relE, is left out, and said, wherever it stands") {
    std::vector<double> relE, error;
    for (const std::size_t black : {0, 1, 2}) {
        const test::TempDir dir;
        const std::string config = array_config(dir, black);
        const Finished done = striate({"run", config, "-o", dir.file("out.h5"), "--json"}, {dir.path()});
        REQUIRE_MESSAGE(done.exit_code == 0, done.err);
        const auto json = nlohmann::json::parse(done.out);
        CAPTURE(json.dump());
        const auto& v1 = json.at("populations").at("v1");
        if (v1.at("frames_without_relE") == 0) continue;  // it is among those learned from
        CHECK(v1.at("frames_without_relE") == 1);
        CHECK(json.at("blank_held_out_frames") == 1);
        CHECK(contains(done.err, "held-out frames have no energy"));
        REQUIRE(v1.at("relE").is_number());
        relE.push_back(v1.at("relE"));
    }
    for (const double other : relE) CHECK(other == relE[0]);
}

TEST_CASE("circuits that run away end soon, saying who and when") {
    const char* const head =
        "populations:\n  i: {kind: spike_list, size: 1, spike_list: {times: [10 ms]}}\n"
        "  a: {kind: lif_delta, size: 100, lif_delta: {t_ref: 0 ms}}\nduration: 100 ms\n"
        "projections:\n  p: {from: i, to: a, weight: 20 mV, delay: 1 ms}\n";
    const test::TempDir dir;
    for (const char* loop :
         {"  s: {from: a, to: a, weight: 20 mV, delay: 1e-20 ms, connect: {kind: one_to_one}}\n",
          "  r: {from: a, to: a, weight: 20 mV, delay: 1 ms, delay_std: 0.5 ms}\n"}) {
        CAPTURE(loop);
        const std::string config = dir.write("circuit.yaml", std::string(head) + loop);
        test::Striate process({"run", config, "-o", dir.file("out.h5"), "--quiet"});
        REQUIRE(process.ends_within(10.0));
        const Finished done = process.wait();
        CHECK(done.exit_code == kNumbersBroke);
        CHECK(contains(done.err, "population a: neuron "));
        CHECK(contains(done.err, " at t = 1"));
        CHECK(contains(done.err, "runs away"));
    }
    CHECK(dir.names() == std::vector<std::string>{"circuit.yaml"});
}

TEST_CASE("numbers that break are no result") {
    const test::TempDir dir;
    const auto refused = [&](const Args& sets, int exit_code, const char* word) {
        CAPTURE(sets.back());
        const Finished done = run_tiny(dir, sets, {"--quiet"});
        CAPTURE(done.err);
        CHECK(done.exit_code == exit_code);
        CHECK(contains(done.err, word));
        CHECK(done.out == "");
    };
    const auto v1 = [](const std::string& set) { return "populations.v1." + set; };
    refused({v1("coupling.kappa=1e3"), v1("coupling.sigma=1e-3")}, test::kWrongInput, "coupling.sigma");
    refused({v1("coupling.kappa=1"), v1("coupling.sigma=1e6")}, test::kWrongInput, "coupling.sigma");
    refused({v1("coupling.kappa=1"), v1("coupling.surround=1"), v1("coupling.surround_sigma=1e6")},
            test::kWrongInput, "coupling.surround_sigma");
    refused({v1("kind=lca"), v1("lca.tolerance=1e-30")}, test::kWrongInput, "lca.tolerance");
    refused({v1("kind=lca"), v1("lca.stepper=fixed"), v1("lca.dt=1e-12 tau")}, kNumbersBroke, "lca: ");
    for (const std::string& endless :
         {v1("lif_lca.tau=1e-300 ms"), std::string("presentation.T=1e300 ms")})  // before the first step
        refused({v1("kind=lif_lca"), endless}, kNumbersBroke, "steps lie between t = 0");
    for (const std::string kind : {"kind=slca", "kind=lca", "kind=lif_lca"})
        refused({v1(kind), v1("coupling.kappa=1e39")}, kNumbersBroke, "neuron ");
    refused({v1("kind=slca"), "frame.scale=1e30"}, kNumbersBroke, "neuron ");
}

TEST_CASE("a least energy that is not found is not known, and ends no run") {
    // Of numbers so large rounding leaves more than the tolerance; these neurons can still code them.
    for (const std::string kind : {"lca", "lif_lca"}) {
        const test::TempDir dir;
        const Finished done = run_tiny(
            dir,
            {"populations.v1.kind=" + kind, "frame.scale=1e30", "learning.batches=1", "learning.held_out=3"},
            {"--json"});
        REQUIRE_MESSAGE(done.exit_code == 0, done.err);
        CHECK(contains(done.err, "the search for the least energy did not end for 3 of 3 held-out frames"));
        const auto v1 = nlohmann::json::parse(done.out).at("populations").at("v1");
        CHECK(v1.at("relE").is_null());
        CHECK(v1.at("frames_without_relE") == 3);
    }
}
