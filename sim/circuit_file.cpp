#include "sim/circuit_file.hpp"

#include <fmt/format.h>

#include "sim/io/striate_file.hpp"

namespace sim {

namespace {

constexpr std::uint8_t kSortedByTime = 2;
constexpr std::uint64_t kSpikesPerChunk = 16384;

}  // namespace

CircuitFile::CircuitFile(io::File& file, const CircuitSettings& settings, const Provenance& provenance)
    : file_(file),
      settings_(settings),
      is_recorded_(settings.populations.size(), 0),
      waiting_(settings.populations.size()) {
    io::mark_striate_file(file, "circuit");
    mark_as_sonata(file);
    write_provenance(file, provenance);
    file.write_attribute("/provenance", "duration", settings.duration);
    for (const CircuitPopulation& population : settings.populations) write_population(population);
    for (const std::uint32_t population : settings.record_spikes) {
        is_recorded_[population] = 1;
        create_spikes(settings.populations[population].name);
    }
    for (const StateRecord& record : settings.record_states) create_report(record);
}

void CircuitFile::write_population(const CircuitPopulation& population) {
    const std::string group = "/network/" + population.name;
    file_.create_group(group);
    file_.write_attribute(group, "kind", population.kind);
    file_.write_attribute(group, "size", static_cast<std::uint64_t>(population.size));
    if (!population.sheet) return;
    const Sheet& sheet = *population.sheet;
    file_.write_attribute(group, "rows", static_cast<std::uint64_t>(sheet.rows()));
    file_.write_attribute(group, "cols", static_cast<std::uint64_t>(sheet.cols()));
    file_.write_attribute(group, "boundary",
                          std::string(sheet.boundary() == Boundary::open ? "open" : "periodic"));
}

std::string CircuitFile::spikes(std::uint32_t population, const char* name) const {
    return fmt::format("/spikes/{}/{}", settings_.populations[population].name, name);
}

void CircuitFile::create_spikes(const std::string& population) {
    const std::string group = "/spikes/" + population;
    file_.create_growing<double>(group + "/timestamps", {}, kSpikesPerChunk, true,
                                 {"ms", "time of each spike"});
    file_.create_growing<std::uint64_t>(
        group + "/node_ids", {}, kSpikesPerChunk, true,
        {"1", "neuron that fired, from 0 in its population; spikes of equal time are in order of id"});
    file_.write_sorting(group, kSortedByTime);
}

// A compressed chunk of the file is packed anew at each append: spikes wait until they fill one.
void CircuitFile::append(std::span<const Spike> happened) {
    for (const Spike& spike : happened) {
        if (!is_recorded_[spike.population]) continue;
        waiting_[spike.population].t.push_back(spike.t);
        waiting_[spike.population].id.push_back(spike.neuron);
    }
    for (std::uint32_t population = 0; population < waiting_.size(); ++population)
        if (waiting_[population].t.size() >= kSpikesPerChunk) flush(population);
}

void CircuitFile::flush_spikes() {
    for (std::uint32_t population = 0; population < waiting_.size(); ++population)
        if (!waiting_[population].t.empty()) flush(population);
}

void CircuitFile::flush(std::uint32_t population) {
    Waiting& waiting = waiting_[population];
    file_.append<double>(spikes(population, "timestamps"), waiting.t);
    file_.append<std::uint64_t>(spikes(population, "node_ids"), waiting.id);
    waiting.t.clear();
    waiting.id.clear();
}

// SONATA's layout of a report with one element a node, under the name of the record.
void CircuitFile::create_report(const StateRecord& record) {
    constexpr std::uint64_t kValuesPerChunk = 16384;
    const CircuitPopulation& population = settings_.populations[record.population];
    const Variable variable = population.cells->variables()[record.variable];
    const std::uint64_t n = record.neurons.size();
    const std::string group = "/report/" + record.name;
    file_.create_growing<float>(group + "/data", {n}, std::max<std::uint64_t>(kValuesPerChunk / n, 1), true,
                                {variable.unit,
                                 "the variable of each neuron at each time, before what "
                                 "happens at that time"});
    std::vector<std::uint64_t> index;
    for (std::uint64_t k = 0; k <= n; ++k) index.push_back(k);
    const std::vector<std::uint64_t> ids(record.neurons.begin(), record.neurons.end());
    file_.write(group + "/mapping/node_ids", ids, {"1", "neurons, in order of the columns of data"});
    file_.write(group + "/mapping/index_pointers", index,
                {"1", "columns of data of node_ids[k] are index_pointers[k] to index_pointers[k + 1] - 1"});
    file_.write(group + "/mapping/element_ids", std::vector<std::uint32_t>(n, 0),
                {"1", "part of the neuron: 0, it has but one"});
    file_.write(group + "/mapping/time", std::vector<double>{record.start, record.stop, record.every},
                {"ms", "first time, end, step; data[k] is at first time + k step"});
    file_.write_attribute(group, "population", population.name);
    file_.write_attribute(group, "variable", variable.name);
}

void CircuitFile::append_state(std::size_t record, std::span<const float> rows) {
    file_.append<float>("/report/" + settings_.record_states[record].name + "/data", rows);
}

void CircuitFile::write_rates(const std::vector<std::vector<double>>& rates) {
    for (std::size_t p = 0; p < rates.size(); ++p) {
        const std::string dataset = fmt::format("/rates/{}/rate", settings_.populations[p].name);
        file_.write(dataset, rates[p],
                    {"Hz", "mean rate of the population's neurons in each bin; bin k starts at k bin_width"});
        file_.write_attribute(dataset, "bin_width", settings_.rate_bin);
    }
}

void CircuitFile::write_learned(std::span<Population* const> cells, const Simulation& simulation) {
    for (std::size_t p = 0; p < cells.size(); ++p)
        for (const InnerWeights& learned : cells[p]->inner_weights()) {
            const io::Shape shape(learned.shape.begin(), learned.shape.end());
            file_.write(fmt::format("/network/{}/{}", settings_.populations[p].name, learned.name),
                        std::span<const double>(learned.values), shape, {learned.unit, learned.doc});
        }
    for (const std::size_t k : settings_.record_weights)
        write_synapses(settings_.projections[k], simulation.projections()[k]);
}

void CircuitFile::write_synapses(const CircuitProjection& settings, const Projection& projection) {
    std::vector<std::uint64_t> source, target;
    std::vector<double> weight, delay;
    for (std::uint32_t j = 0; j < projection.n_sources(); ++j)
        for (const Synapse& synapse : projection.synapses(j)) {
            source.push_back(j);
            target.push_back(synapse.target);
            weight.push_back(synapse.weight);
            delay.push_back(synapse.delay);
        }
    const std::string group =
        fmt::format("/projections/{}/{}", settings.name, settings_.populations[settings.to].name);
    file_.write(group + "/source", source, {"1", "source neuron of each synapse, in its population"});
    file_.write(group + "/target", target, {"1", "target neuron of each synapse, in its population"});
    file_.write(group + "/weight", weight, {settings.weight_unit, "weight at the end of the run"});
    file_.write(group + "/delay", delay, {"ms", "from a spike of the source to its arrival"});
    file_.write_attribute(group, "from", settings_.populations[settings.from].name);
    file_.write_attribute(group, "to", settings_.populations[settings.to].name);
}

void CircuitFile::write_wall_time(double seconds) {
    file_.write_attribute("/provenance", "wall_time_s", seconds);
}

}  // namespace sim
