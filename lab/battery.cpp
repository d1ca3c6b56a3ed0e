#include "lab/battery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "analysis/recordings_file.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/protocol.hpp"
#include "sim/ranks.hpp"
#include "sim/rng.hpp"

namespace lab {
namespace {

using analysis::Recordings;
using sim::TrainedNetwork;
using sim::io::File;

constexpr const char* kIdentity = "/provenance/identity";

std::string mark(const std::string& test) { return "recorded_" + test; }

/// What an earlier process kept.
struct Earlier {
    Recordings recordings;
    std::vector<std::string> tests;
};

bool is_of(const File& file, const std::string& identity) {
    return file.exists(kIdentity) && file.read<std::string>(kIdentity, {}).at(0) == identity;
}

/// Nothing if there is no file, or one of another identity. throws IoError if it is damaged
Earlier kept_in(const std::filesystem::path& path, const std::string& identity,
                const std::vector<std::string>& tests) {
    Earlier kept;
    if (!std::filesystem::exists(path)) return kept;
    const File file = File::open(path.string());
    if (!is_of(file, identity)) return kept;
    for (const std::string& test : tests) {
        if (!file.has_attribute("/", mark(test))) continue;
        analysis::read_recording(file, test, kept.recordings);
        kept.tests.push_back(test);
    }
    return kept;
}

/// All that is kept is written anew: a file that is sealed shows damage.
void keep(const sim::io::Output& output, const std::string& identity, const Earlier& kept) {
    if (!output.is_ours()) return;
    sim::io::write_sealed_file(output.unfinished(), [&](File& file) {
        file.write(kIdentity, std::span<const std::string>(&identity, 1), {},
                   {"1", "what these recordings are of"});
        for (const std::string& test : kept.tests) {
            analysis::write_recording(file, test, kept.recordings);
            file.write_attribute("/", mark(test), std::uint32_t{1});
        }
    });
    output.publish_partial(output.unfinished());
}

/// Neurons for the tests that are made of some only: a sample without order, ascending.
std::vector<std::uint64_t> sample(std::size_t n_neurons, std::size_t n, std::uint64_t seed) {
    std::vector<std::uint64_t> all(n_neurons);
    std::iota(all.begin(), all.end(), std::uint64_t{0});
    sim::Stream stream(seed, sim::Purpose::analysis, 0);
    n = std::min(n, n_neurons);
    for (std::size_t k = 0; k < n; ++k) std::swap(all[k], all[k + stream.below(n_neurons - k)]);
    all.resize(n);
    std::ranges::sort(all);
    return all;
}

/// Of a protocol, by its name: the tests of the house have small ones.
std::uint32_t number_of(const std::string& protocol) {
    constexpr std::uint32_t kFirst = 1U << 20;
    return kFirst + static_cast<std::uint32_t>(sim::hash_of(protocol) % kFirst);
}

void run_test(const std::string& test, const TrainedNetwork& trained, std::span<const Place> centre,
              Recordings& into) {
    const sim::AnalysisSettings& asked = *trained.settings().analysis;
    if (test == "gratings") {
        into.gratings = show_gratings(trained);
        into.response_units = trained.response_units();
    }
    if (test == "drift") into.drift = show_drift(trained, into.gratings.axes);
    if (test == "contrast") into.contrast = show_contrasts(trained, into.gratings, asked.contrasts);
    if (test == "mask") into.mask = show_masks(trained, into.gratings);
    if (test == "size")
        into.size = show_sizes(trained, into.gratings, centre,
                               sample(trained.size(), asked.cells, trained.settings().seed));
    if (test == "noise") into.noise = show_noise(trained, asked.noise_frames);
    if (test == "natural") into.natural = show_natural(trained, asked.natural_frames);
    if (test == "blank") into.blank = show_blank(trained);
    const auto& protocols = sim::Registry<sim::Protocol>::instance();
    if (!protocols.entries().contains(test)) return;
    const sim::Params block = trained.settings().analysis->gratings.block;  // analysis
    into.protocols[test] = protocols.make(test, block, {trained, number_of(test)})->record();
}

}  // namespace

Recordings record(const TrainedNetwork& trained, std::span<const Place> centre, const sim::io::Output& output,
                  const std::string& identity, const std::function<void(const std::string&)>& on_message) {
    std::vector<std::string> tests{"gratings"};
    if (trained.settings().analysis->temporal_frequency > 0.0) tests.emplace_back("drift");
    for (const std::string& test : trained.settings().analysis->tests)
        if (std::ranges::find(tests, test) == tests.end()) tests.push_back(test);
    Earlier kept;
    try {
        kept = kept_in(output.partial(), identity, tests);
    } catch (const sim::IoError& damage) {
        on_message(fmt::format("{}; all tests are made again", damage.what()));
    }
    sim::ranks::together([] {});  // before the first of them writes what all have read
    for (const std::string& test : tests) {
        const bool is_kept = std::ranges::find(kept.tests, test) != kept.tests.end();
        on_message(is_kept ? fmt::format("{}: recorded before", test) : test);
        if (is_kept) continue;
        run_test(test, trained, centre, kept.recordings);
        kept.tests.push_back(test);
        keep(output, identity, kept);
    }
    return std::move(kept.recordings);
}

}  // namespace lab
