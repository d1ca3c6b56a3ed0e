#include "sim/run_settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "sim/error.hpp"
#include "sim/run_reader.hpp"

namespace sim {

double CutNormal::draw(Stream& random) const {
    if (std == 0.0) return mean;
    while (true)
        if (const double x = mean + std * random.normal(); x / mean > 0.0 && x / mean < 2.0) return x;
}

std::size_t StateRecord::n_times() const {
    const double n = (stop - start) / every;
    return static_cast<std::size_t>(
        std::ceil(n - 1e-9 * n));  // 1000 ms / 0.1 ms is 10 000 whatever rounding says
}

std::vector<std::string> each_once(const Params& p, const std::string& key, std::vector<std::string> names) {
    if (std::set<std::string>(names.begin(), names.end()).size() != names.size())
        p.fail(key, "each name once");
    return names;
}

/// A config of one sheet once had the blocks of its population at the root, and one of a convolutional experiment its own.
void RunReader::refuse_old_words() const {
    if (is_describing_) return;
    for (const auto& [word, now] :
         {std::pair{"kernels",
                    "in the block of a population, populations.NAME.kernels (docs/convolution.md)"},
          {"images", "stimulus.kind photographs, and stimulus.photographs"},
          {"coding",
           "in the block of a population: lambda, objective.signed, kernels.border, kernels.stride"},
          {"solver", "populations.NAME.kind, and a block of its name beside it"}})
        if (root_.has(word)) root_.fail(word, now, "it at the root");
    for (const char* word : {"population", "sheet", "receptive_field", "objective", "coupling", "background",
                             "plasticity", "homeostasis", "teaching"})
        if (root_.has(word))
            root_.fail(word,
                       word == std::string("population")
                           ? "populations.NAME, a block for each population by its name"
                           : fmt::format("in the block of a population, populations.NAME.{}", word),
                       "it at the root");
}

void RunReader::populations() {
    const Params blocks = root_.block("populations");
    if (blocks.names().empty()) root_.fail("populations", "at least one population");
    for (const std::string& name : blocks.names())
        out_.populations.push_back(read_population(root_, name, out_));
    if (out_.shows && !is_describing_) check_sizes();
}

std::uint32_t RunReader::population(const Params& p, const std::string& key, const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& one : out_.populations) known.push_back(one.name);
    const auto at = std::find(known.begin(), known.end(), name);
    if (at == known.end() && !is_describing_)
        p.fail(key, fmt::format("one of the populations {}", fmt::join(known, ", ")),
               fmt::format("\"{}\"", name));
    return is_describing_ ? 0 : static_cast<std::uint32_t>(at - known.begin());
}

std::vector<std::uint32_t> RunReader::neurons(const Params& p, std::uint32_t of) const {
    std::vector<std::uint32_t> all;
    const std::size_t size = out_.populations[of].size;
    for (const double x : p.numbers("neurons", "1", Check::non_negative, "which neurons; all if empty")) {
        if (x != std::floor(x) || x >= static_cast<double>(size))
            p.fail("neurons", fmt::format("whole numbers below {}", size), fmt::format("{}", x));
        all.push_back(static_cast<std::uint32_t>(x));
    }
    if (std::set<std::uint32_t>(all.begin(), all.end()).size() != all.size())
        p.fail("neurons", "each neuron once");
    if (all.empty()) {
        all.resize(size);
        std::iota(all.begin(), all.end(), 0U);
    }
    return all;
}

/// A unit that a population says; a population without is a source.
std::string RunReader::target_unit(const Params& p, const std::string& key, const std::string& unit) const {
    if (is_describing_) return "mV";
    if (unit.empty()) p.fail(key, "a population of neurons that have inputs, no source");
    return unit;
}

RunSettings::RunSettings(const Params& root)
    : seed(static_cast<std::uint64_t>(
          root.integer("seed", 1, Check::non_negative, "of all random numbers: same seed, same bits"))) {
    RunReader reader(root, *this);
    reader.refuse_old_words();
    reader.shows();
    if (!shows || root.is_describing())
        duration = root.number("duration", "ms", std::nullopt, Check::positive,
                               "how long it runs; left out where frames are shown");
    reader.populations();
    reader.projections();
    reader.currents();
    reader.record();
    checkpoint_every_s =
        root.block("checkpoint")
            .number("every", "s (wall)", 20.0, Check::positive, "wall time between checkpoints");
    root.check_all_read();
    resolved = root.resolved();
    keys = root.keys();
    inputs = root.inputs();
}

RunSettings read_settings(const Params& config, const std::string& name) {
    RunSettings settings(config);
    if (!settings.analysis || settings.analysis->set.empty()) return settings;
    try {
        const RunSettings tested(
            Params::parse(settings.resolved, "(the resolved config)", settings.analysis->set));
    } catch (const ConfigError& error) {
        throw ConfigError(fmt::format("{}: analysis.set: {}", name, error.what()));
    }
    return settings;
}

}  // namespace sim
