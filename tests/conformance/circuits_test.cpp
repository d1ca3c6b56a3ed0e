// Every kind of neuron in a circuit: the same bits again, and whether or not somebody looks on.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sim/circuit_run.hpp"
#include "sim/error.hpp"
#include "sim/io/hdf5.hpp"
#include "tests/support.hpp"

namespace {

using Trains = std::pair<std::vector<double>, std::vector<std::uint64_t>>;

/// Neurons of a kind with Poisson input and with synapses among themselves, strong enough for spikes.
std::string circuit(const std::string& kind, const sim::Population& cells) {
    const std::string unit = cells.weight_unit(), weight_unit = unit == "1" ? "" : unit;
    const double weight = unit == "mV" || unit == "1" ? 1.0 : unit == "nS" ? 4.0 : 60.0;
    const double I = cells.current_unit() == "pA" ? 1000.0 : 8.0;
    return fmt::format(R"(
duration: 300 ms
populations:
  cells: {{kind: {}, size: 4}}
  input: {{kind: poisson, size: 4, poisson: {{rate: 1 kHz}}}}
projections:
  drive: {{from: input, to: cells, weight: {} {}, delay: 0.3 ms, delay_std: 0.1 ms}}
  local: {{from: cells, to: cells, weight: {} {}, delay: 1 ms}}
currents:
  step: {{to: cells, times: [20 ms, 280 ms], amplitudes: [{} {}, 0 {}]}}
)",
                       kind, weight, weight_unit, weight, weight_unit, I, cells.current_unit(),
                       cells.current_unit());
}

Trains spikes(const std::string& path) {
    const sim::io::File file = sim::io::File::open(path);
    return {file.read<double>("/spikes/cells/timestamps"),
            file.read<std::uint64_t>("/spikes/cells/node_ids")};
}

}  // namespace

TEST_CASE("every kind of neuron in a circuit: same bits again, and whether or not its state is recorded") {
    const test::TempDir dir;
    std::size_t n_spiking = 0;
    for (const auto& [name, entry] : sim::Registry<sim::Population>::instance().entries()) {
        CAPTURE(name);
        std::unique_ptr<sim::Population> cells;
        try {
            cells = entry.make(sim::Params::parse("", "test.yaml"), {1, 1, 0});
        } catch (const sim::ConfigError&) {  // it has required keys
            continue;
        }
        if (cells->weight_unit().empty() || cells->current_unit().empty()) continue;
        const std::string config = circuit(name, *cells);
        const auto run = [&, &kind = name](const sim::Params::Overrides& overrides) {
            const std::string path = dir.file(kind + ".h5");
            sim::run(sim::RunSettings(sim::Params::parse(config, kind, overrides)),
                     {.output = path, .force = true});
            return spikes(path);
        };
        const Trains once = run({});
        CHECK(run({}) == once);
        sim::Params::Overrides records;
        for (const sim::Variable& variable : cells->variables())
            records.push_back(
                fmt::format("record.state.{}={{population: cells, variable: {}, every: 0.37 ms}}",
                            variable.name, variable.name));
        CHECK(run(records) == once);
        n_spiking += once.first.size() > 10 ? 1 : 0;
        CHECK_MESSAGE(once.first.size() > 10, "too few spikes to tell: ", once.first.size());
    }
    CHECK(n_spiking >= 2);
}
