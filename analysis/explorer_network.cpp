#include <fmt/format.h>

#include <filesystem>

#include "analysis/config_text.hpp"
#include "analysis/explorer.hpp"

namespace analysis {
namespace {

using Json = PageArrays::Json;

constexpr std::size_t kMostSynapses = 250'000;  // of all projections

template <class T>
std::vector<std::uint32_t> as_numbers(const std::vector<T>& values) {
    return {values.begin(), values.end()};
}

Json population_json(const RecordedPopulation& one, const RecordedNetwork& network, PageArrays& arrays) {
    Json json{{"name", one.name},
              {"kind", one.kind},
              {"size", one.size},
              {"rows", one.rows},
              {"cols", one.cols},
              {"sees_of", one.sees_of},
              {"has_spikes", one.has_spikes},
              {"n_spikes", one.n_spikes}};
    if (one.has_spikes) {
        std::vector<double> time;
        for (const double t : one.time) time.push_back(t - network.window.start);
        json["time"] = arrays.add(time);
        json["neuron"] = arrays.add(as_numbers(one.neuron));
    }
    if (!one.rate.empty()) json["rate"] = arrays.add(one.rate);
    if (!one.per_presentation.empty()) json["per_presentation"] = one.per_presentation;
    return json;
}

Json state_json(const RecordedState& state, const RecordedNetwork& network, PageArrays& arrays) {
    return {{"name", state.name},
            {"population", state.population},
            {"variable", state.variable},
            {"units", state.unit},
            {"neuron", state.neuron},
            {"first", state.first - network.window.start},
            {"step", state.step},
            {"data", arrays.add(std::span<const float>(state.data), {state.n_times(), state.neuron.size()})}};
}

/// What the config says of a projection: names and lists of names are written as JSON has them, quantities bare.
Json projection_json(const std::string& name, const std::string& config) {
    const auto said = [&](const char* key) {
        const std::string text = text_in(config, fmt::format("projections.{}.{}", name, key));
        const Json json = Json::parse(text, nullptr, false);
        return json.is_string() || json.is_array() ? json : Json(text);
    };
    return {{"name", name},
            {"from", said("from")},
            {"to", said("to")},
            {"connect", said("connect.kind")},
            {"weight", said("weight")},
            {"delay", said("delay")}};
}

/// Every k-th of its synapses where there are very many.
Json synapses_json(const RecordedWeights& all, std::size_t k, PageArrays& arrays) {
    std::vector<std::uint32_t> source, target;
    std::vector<float> weight, delay;
    for (std::size_t i = 0; i < all.weight.size(); i += k) {
        source.push_back(all.source[i]);
        target.push_back(all.target[i]);
        weight.push_back(static_cast<float>(all.weight[i]));
        delay.push_back(static_cast<float>(all.delay[i]));
    }
    return {{"projection", all.projection},
            {"from", all.from},
            {"to", all.to},
            {"units", all.unit},
            {"n", all.weight.size()},
            {"every", k},
            {"source", arrays.add(source)},
            {"target", arrays.add(target)},
            {"weight", arrays.add(weight)},
            {"delay", arrays.add(delay)}};
}

}  // namespace

void explore_network(const RecordedNetwork& network, PageData& page) {
    PageArrays& arrays = page.first;
    Json json{{"name", std::filesystem::path(network.path).filename().string()},
              {"path", network.path},
              {"is_shown", network.is_shown},
              {"presentation", network.presentation},
              {"duration", network.duration},
              {"start", network.is_shown ? 0.0 : network.window.start},
              {"length", network.window.length()},
              {"rate_bin", network.rate_bin}};
    std::size_t n_synapses = 0;
    for (const RecordedWeights& one : network.weights) n_synapses += one.weight.size();
    const std::size_t k = n_synapses / kMostSynapses + 1;
    for (const char* list : {"populations", "projections", "states", "synapses"}) json[list] = Json::array();
    for (const auto& one : network.populations)
        json["populations"].push_back(population_json(one, network, arrays));
    for (const std::string& name : names_in(network.config, "projections"))
        json["projections"].push_back(projection_json(name, network.config));
    for (const auto& one : network.states) json["states"].push_back(state_json(one, network, arrays));
    for (const auto& one : network.weights) json["synapses"].push_back(synapses_json(one, k, page.details));
    page.json["networks"].push_back(json);
}

}  // namespace analysis
