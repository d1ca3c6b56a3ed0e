// Kernels that all places share, as a user meets them: learned, coded, tested, reported.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/recorded_codes.hpp"
#include "analysis/recorded_run.hpp"
#include "tests/support.hpp"

namespace {

using test::Args;
using test::contains;
using test::Finished;
using test::TempDir;

constexpr std::size_t kKernels = 8, kSize = 8, kStride = 4, kSide = 3, kFrame = 16, kNeurons = 72;

constexpr const char* kConfig = R"(frame: {height: 16 px, width: 16 px}
stimulus: {kind: dead_leaves}
populations:
  v1:
    kind: slca
    lambda: 0.1
    kernels: {kind: random, size: 8, stride: 4, random: {n: 8}}
    plasticity: {kind: shared_hebbian}
    homeostasis: {rate: 0.02}
learning: {batches: 200, batch_size: 20, held_out: 10}
analysis: {tests: [gratings]}
)";

Finished succeeds(const Args& args) {
    Finished done = test::striate(args);
    REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    return done;
}

/// Learned once, and its analysis.
struct Learned {
    Learned() {
        succeeds({"run", dir.write("shared.yaml", kConfig), "-o", run, "--quiet"});
        words = succeeds({"analyze", run, "-o", analysis, "--quiet"}).out;
    }
    TempDir dir;
    std::string run = dir.file("shared.h5"), analysis = dir.file("shared.analysis.h5"), words;
};

const Learned& learned() {
    static const Learned made;
    return made;
}

}  // namespace

TEST_CASE("shared kernels: learning lowers the energy and makes edges, of one orientation at all places") {
    const sim::io::File run = sim::io::File::open(learned().run);
    const auto energy = run.read<double>("/learning/v1/held_out/energy");
    CHECK(energy.back() < 0.85 * energy.front());
    CHECK(run.shape("/network/v1/kernels") == sim::io::Shape{kKernels, kSize, kSize});
    CHECK(run.shape("/network/v1/lambda") == sim::io::Shape{kKernels});
    CHECK_FALSE(run.exists("/network/v1/visual_position"));
    CHECK_FALSE(run.exists("/presentations/v1/codes"));
    const auto active = analysis::read_active_codes(run, "v1", kNeurons);
    CHECK(active.size() == 10);
    for (std::size_t p = 0; p < active.size(); ++p) {
        const double silent = 1.0 - static_cast<double>(active[p].size()) / kNeurons;
        CHECK(run.read<double>("/presentations/v1/sparseness").at(p) == doctest::Approx(silent));
    }

    const sim::io::File analysis = sim::io::File::open(learned().analysis);
    CHECK(analysis.read<double>("/summary/gabor_fraction").at(0) > 0.9);  // of noise 0
    const auto orientation = analysis.read<double>("/linear/preferred_orientation");
    REQUIRE(orientation.size() == kNeurons);
    for (std::size_t i = kKernels; i < kNeurons; ++i) {
        const double off = std::abs(orientation[i] - orientation[i % kKernels]);
        CHECK(std::min(off, 180.0 - off) <
              6.0);  // the same field elsewhere, under phases a few degrees apart
    }
}

TEST_CASE("shared kernels: an analysis has no map, and says nothing of one") {
    const sim::io::File analysis = sim::io::File::open(learned().analysis);
    CHECK(analysis.shape("/map/orientation") == sim::io::Shape{0, 0});
    CHECK_FALSE(analysis.exists("/summary/pinwheel_density"));
    CHECK_FALSE(contains(learned().words, "pinwheel"));
    CHECK(contains(learned().words, "circular variance"));
    const Finished refused = test::striate({"analyze", learned().run, "-o", learned().dir.file("complex.h5"),
                                            "--set", "analysis.complex.fraction=0.5"});
    CHECK(refused.exit_code == test::kWrongInput);
    CHECK(contains(refused.err, "analysis.complex.fraction: must be 0 where kernels are shared"));
}

TEST_CASE("shared kernels: encode codes with what was learned, a report draws the kernels") {
    const std::string codes = learned().dir.file("codes.h5"), page = learned().dir.file("page");
    succeeds({"encode", learned().run, "-o", codes, "--training", "5", "--held-out", "4", "--quiet"});
    for (const std::string& source : {learned().run, learned().analysis}) {
        const std::string at = page + (source == learned().run ? "" : "2");
        succeeds({"report", source, "-o", at});
        CHECK(std::filesystem::exists(at + "/figures/kernels.png"));
        CHECK(std::filesystem::exists(at + "/figures/evolution.png"));
        CHECK(std::filesystem::exists(at + "/figures/activity.png"));
        CHECK_FALSE(std::filesystem::exists(at + "/figures/orientation_map.png"));
    }
    succeeds({"compare", learned().analysis});
}

TEST_CASE("shared kernels: a report knows every neuron's field") {
    const analysis::RecordedRun run = analysis::read_run(learned().run);
    const auto kernels = sim::io::File::open(learned().run).read<float>("/network/v1/kernels");
    REQUIRE(run.size() == kNeurons);
    REQUIRE(run.Phi.size() == kNeurons * kFrame * kFrame);
    for (std::size_t i = 0; i < kNeurons; ++i)
        for (std::size_t r = 0; r < kFrame; ++r)
            for (std::size_t c = 0; c < kFrame; ++c) {
                const std::size_t top = i / kKernels / kSide * kStride, left = i / kKernels % kSide * kStride;
                const bool is_in = r >= top && r < top + kSize && c >= left && c < left + kSize;
                const float expected =
                    is_in ? kernels[(i % kKernels * kSize + r - top) * kSize + c - left] : 0.0F;
                CHECK(run.field(i)[r * kFrame + c] == expected);
            }
}

TEST_CASE("shared kernels: another run starts from what was learned") {
    const std::string again = learned().dir.file("again.h5");
    succeeds({"run", learned().dir.file("shared.yaml"), "-o", again, "--quiet", "--set", "learning.batches=0",
              "--set", "populations.v1.fields.file=" + learned().run});
    const sim::io::File first = sim::io::File::open(learned().run), second = sim::io::File::open(again);
    CHECK(first.read<float>("/network/v1/kernels") == second.read<float>("/network/v1/kernels"));
    const auto lambda = first.read<double>("/network/v1/lambda"),
               taken = second.read<double>("/network/v1/lambda");
    REQUIRE(lambda.size() == taken.size());
    for (std::size_t i = 0; i < lambda.size(); ++i)  // taken as ratios
        CHECK(taken[i] == doctest::Approx(lambda[i]).epsilon(1e-12));
}

TEST_CASE("shared kernels: areas see each other through them") {
    const TempDir dir;
    const std::string config = dir.write("areas.yaml", R"(frame: {height: 12 px, width: 12 px}
stimulus: {kind: dead_leaves}
populations:
  v1:
    kind: slca
    lambda: 0.05
    kernels: {kind: random, size: 6, stride: 2, random: {n: 4}}
  over_kernels:
    kind: slca
    lambda: 0.01
    sees: {kind: population, population: {from: v1, delay: 1 ms}}
    kernels: {kind: random, size: 3, stride: 1, random: {n: 3}}
    plasticity: {}
  on_a_sheet:
    kind: slca
    lambda: 0.01
    sheet: {rows: 3, cols: 3}
    sees: {kind: population, population: {from: v1, delay: 1 ms}}
    plasticity: {}
learning: {batches: 10, batch_size: 5, held_out: 4}
)");
    const std::string output = dir.file("areas.h5");
    succeeds({"run", config, "-o", output, "--quiet"});
    const sim::io::File run = sim::io::File::open(output);
    // 4 x 4 places of 4 kernels: a frame of 4 x 16 px, over which 2 x 14 places of 3 kernels.
    CHECK(run.read_attribute<std::uint64_t>("/network/over_kernels", "height") == 4);
    CHECK(run.read_attribute<std::uint64_t>("/network/over_kernels", "width") == 16);
    CHECK(analysis::read_active_codes(run, "over_kernels", 2 * 14 * 3).size() == 4);
    CHECK(run.shape("/network/on_a_sheet/Phi") == sim::io::Shape{3, 3, 4, 16});
    for (const char* population : {"v1", "over_kernels", "on_a_sheet"})
        CHECK(run.read<double>(fmt::format("/spikes/{}/timestamps", population)).size() > 0);
    succeeds({"analyze", output, "--population", "over_kernels", "-o", dir.file("analysis.h5"), "--quiet",
              "--set", "analysis.tests=gratings"});
}
