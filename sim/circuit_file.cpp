#include "sim/circuit_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/ranks_items.hpp"

namespace sim {

namespace {

using Element = StreamingFile::Element;

constexpr std::uint8_t kSortedByTime = 2;
constexpr std::uint64_t kSpikesPerChunk = 16384;

std::string spikes_of(const PopulationSettings& population) { return "/spikes/" + population.name; }
std::string report_of(const StateRecord& record) { return "/report/" + record.name; }
Variable variable_of(const RunSettings& settings, const StateRecord& record) {
    return settings.populations[record.population].cells->variables()[record.variable];
}

std::vector<StreamingFile::Growing> streams_of(const RunSettings& settings) {
    std::vector<StreamingFile::Growing> all;
    for (const std::uint32_t population : settings.record_spikes) {
        const std::string group = spikes_of(settings.populations[population]);
        all.push_back({group + "/timestamps",
                       Element::float64,
                       {},
                       kSpikesPerChunk,
                       true,
                       {"ms", "time of each spike"}});
        all.push_back(
            {group + "/node_ids",
             Element::uint64,
             {},
             kSpikesPerChunk,
             true,
             {"1", "neuron that fired, from 0 in its population; spikes of equal time are in order of id"}});
        if (settings.populations[population].has_graded_spikes)
            all.push_back({group + "/amount",
                           Element::float64,
                           {},
                           kSpikesPerChunk,
                           true,
                           {"1", "activity that the spike stands for; below 0 where it takes some back"}});
    }
    for (const StateRecord& record : settings.record_states) {
        constexpr std::uint64_t kValuesPerChunk = 16384;
        const std::uint64_t n = record.neurons.size();
        all.push_back({report_of(record) + "/data",
                       Element::float32,
                       {n},
                       std::max<std::uint64_t>(kValuesPerChunk / n, 1),
                       true,
                       {variable_of(settings, record).unit,
                        "the variable of each neuron at each time, before what happens at that time"}});
    }
    return all;
}

void write_population(io::File& file, const PopulationSettings& population) {
    const std::string group = "/network/" + population.name;
    file.create_group(group);
    file.write_attribute(group, "kind", population.kind);
    file.write_attribute(group, "size", static_cast<std::uint64_t>(population.size));
    if (!population.sheet) return;
    const Sheet& sheet = *population.sheet;
    file.write_attribute(group, "rows", static_cast<std::uint64_t>(sheet.rows()));
    file.write_attribute(group, "cols", static_cast<std::uint64_t>(sheet.cols()));
    file.write_attribute(group, "boundary",
                         std::string(sheet.boundary() == Boundary::open ? "open" : "periodic"));
}

// SONATA's layout of a report with one element a node, under the name of the record.
void write_mapping(io::File& file, const RunSettings& settings, const StateRecord& record,
                   const Variable& variable) {
    const std::uint64_t n = record.neurons.size();
    const std::string group = report_of(record);
    std::vector<std::uint64_t> index;
    for (std::uint64_t k = 0; k <= n; ++k) index.push_back(k);
    const std::vector<std::uint64_t> ids(record.neurons.begin(), record.neurons.end());
    file.write(group + "/mapping/node_ids", ids, {"1", "neurons, in order of the columns of data"});
    file.write(group + "/mapping/index_pointers", index,
               {"1", "columns of data of node_ids[k] are index_pointers[k] to index_pointers[k + 1] - 1"});
    file.write(group + "/mapping/index_pointer", index,
               {"1", "the same, under the name by which the Brain Modeling Toolkit reads it"});
    file.write(group + "/mapping/element_ids", std::vector<std::uint32_t>(n, 0),
               {"1", "part of the neuron: 0, it has but one"});
    file.write(group + "/mapping/element_pos", std::vector<double>(n, 0.0),
               {"1", "place along the part: 0, a neuron is a point"});
    file.write(group + "/mapping/time", std::vector<double>{record.start, record.stop, record.every},
               {"ms", "first time, end, step; data[k] is at first time + k step"});
    file.write_attribute(group, "population", settings.populations[record.population].name);
    file.write_attribute(group, "variable", variable.name);
    file.write_attribute(group + "/data", "variable", variable.name);
}

/// variables: of the records
void write_header(io::File& file, const RunSettings& settings, const std::vector<Variable>& variables) {
    file.write_attribute("/provenance", "duration", settings.duration);
    for (const PopulationSettings& population : settings.populations) write_population(file, population);
    for (const std::uint32_t population : settings.record_spikes)
        file.write_sorting(spikes_of(settings.populations[population]), kSortedByTime);
    for (std::size_t k = 0; k < variables.size(); ++k)
        write_mapping(file, settings, settings.record_states[k], variables[k]);
}

/// Those of one neuron in all parts, by (delay, target). recorded: number of the projection among those that are
std::vector<Synapse> synapses_from(const std::vector<Learned>& of_parts, std::size_t recorded,
                                   std::uint32_t source) {
    std::vector<Synapse> all;
    for (const Learned& part : of_parts) {
        const auto& here = part.synapses[recorded][source];
        all.insert(all.end(), here.begin(), here.end());
    }
    std::ranges::stable_sort(all, {}, [](const Synapse& one) { return std::pair(one.delay, one.target); });
    return all;
}

/// By source neuron; targets are counted in the whole population.
std::vector<std::vector<Synapse>> synapses_to_part(const Parts& parts, std::size_t k,
                                                   std::size_t projection) {
    const Projection& here = parts[k].projections()[projection];
    std::vector<std::vector<Synapse>> of_sources;
    for (std::uint32_t source = 0; source < here.n_sources(); ++source) {
        auto& all = of_sources.emplace_back();
        for (Synapse synapse : here.synapses(source)) {
            synapse.target += parts.cuts().first(here.to(), k);
            all.push_back(synapse);
        }
    }
    return of_sources;
}

}  // namespace

StreamingFile::Layout CircuitFile::layout(const RunSettings& settings, Provenance provenance) {
    std::vector<Variable> variables;
    for (const StateRecord& record : settings.record_states)
        variables.push_back(variable_of(settings, record));
    return {"network", std::move(provenance), streams_of(settings),
            [&settings, variables](io::File& file) { write_header(file, settings, variables); }, true};
}

CircuitFile::CircuitFile(StreamingFile& file, const RunSettings& settings)
    : file_(file),
      settings_(settings),
      is_recorded_(settings.populations.size(), 0),
      waiting_(settings.populations.size()) {
    for (const std::uint32_t population : settings.record_spikes) is_recorded_[population] = 1;
}

std::string CircuitFile::spikes(std::uint32_t population, const char* name) const {
    return fmt::format("{}/{}", spikes_of(settings_.populations[population]), name);
}

// A compressed chunk of the file is packed anew at each append: spikes wait until they fill one.
void CircuitFile::append(std::span<const Spike> happened) {
    for (const Spike& spike : happened) {
        if (!is_recorded_[spike.population]) continue;
        waiting_[spike.population].t.push_back(spike.t);
        waiting_[spike.population].id.push_back(spike.neuron);
        if (settings_.populations[spike.population].has_graded_spikes)
            waiting_[spike.population].amount.push_back(spike.amount);
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
    if (settings_.populations[population].has_graded_spikes)
        file_.append<double>(spikes(population, "amount"), waiting.amount);
    waiting.t.clear();
    waiting.id.clear();
    waiting.amount.clear();
}

void CircuitFile::append_state(std::size_t record, std::span<const float> rows) {
    file_.append<float>(report_of(settings_.record_states[record]) + "/data", rows);
}

void write_synapses(io::File& file, const RunSettings& settings, std::size_t number,
                    const std::function<std::vector<Synapse>(std::uint32_t)>& synapses_of) {
    const ProjectionSettings& one = settings.projections[number];
    const PopulationSettings &from = settings.populations[one.from], &to = settings.populations[one.to];
    std::vector<std::uint64_t> source, target;
    std::vector<double> weight, delay;
    for (std::uint32_t j = 0; j < from.n_cells; ++j)
        for (const Synapse& synapse : synapses_of(j)) {
            source.push_back(j);
            target.push_back(synapse.target);
            weight.push_back(synapse.weight);
            delay.push_back(synapse.delay);
        }
    const std::string group = fmt::format("/projections/{}/{}", one.name, to.name);
    file.write(group + "/source", source, {"1", "source neuron of each synapse, in its population"});
    file.write(group + "/target", target, {"1", "target neuron of each synapse, in its population"});
    file.write(group + "/weight", weight, {one.weight_unit, "weight at the end of the run"});
    file.write(group + "/delay", delay, {"ms", "from a spike of the source to its arrival"});
    file.write_attribute(group, "from", from.name);
    file.write_attribute(group, "to", to.name);
}

void write_rates(io::File& file, const RunSettings& settings, const std::vector<std::vector<double>>& rates) {
    for (std::size_t p = 0; p < rates.size(); ++p) {
        const std::string dataset = fmt::format("/rates/{}/rate", settings.populations[p].name);
        file.write(dataset, rates[p],
                   {"Hz", "mean rate of the population's neurons in each bin; bin k starts at k bin_width"});
        file.write_attribute(dataset, "bin_width", settings.rate_bin);
    }
}

std::vector<Learned> learned_of(const RunSettings& settings, const Parts& parts) {
    std::vector<Learned> of_parts(parts.size());
    for (auto [k, last] = parts.here(); k < last; ++k) {
        for (const PopulationSettings& one : settings.populations)
            of_parts[k].inner_weights.push_back(parts[k].population(one.number).inner_weights());
        for (const std::size_t projection : settings.record_weights)
            of_parts[k].synapses.push_back(synapses_to_part(parts, k, projection));
    }
    ranks::gather_items(of_parts);
    return of_parts;
}

void write_learned(io::File& file, const RunSettings& settings, const std::vector<Learned>& of_parts) {
    // One that has weights inside is whole in one part.
    for (const PopulationSettings& one : settings.populations)
        for (const Learned& part : of_parts)
            for (const NamedArray& learned : part.inner_weights[one.number]) {
                const io::Shape shape(learned.shape.begin(), learned.shape.end());
                file.write(fmt::format("/network/{}/{}", one.name, learned.name),
                           std::span<const double>(learned.values), shape, {learned.unit, learned.doc});
            }
    for (std::size_t k = 0; k < settings.record_weights.size(); ++k)
        write_synapses(file, settings, settings.record_weights[k],
                       [&](std::uint32_t source) { return synapses_from(of_parts, k, source); });
}

}  // namespace sim
