#include "sim/summary_json.hpp"

#include <algorithm>
#include <cmath>

#include "sim/ranks.hpp"

namespace sim {

double events_per_second(const CircuitSummary& summary) {
    return static_cast<double>(summary.events) / std::max(summary.simulation_s, 1e-9);
}

double images_per_second(const ShownSummary& summary) {
    return summary.learning_s > 0.0
               ? static_cast<double>(summary.batches_here * summary.batch_size) / summary.learning_s
               : 0.0;
}

namespace {

using Json = nlohmann::ordered_json;

Json populations_json(const CircuitSummary& summary) {
    Json json = Json::object();
    for (const auto& one : summary.populations) {
        json[one.name] = {
            {"kind", one.kind}, {"size", one.size}, {"spikes", one.spikes}, {"rate_Hz", one.rate}};
        if (!std::isnan(one.cv)) json[one.name]["cv"] = one.cv;
    }
    return json;
}

/// n: batches or windows of this process
void add_traffic(Json& json, const ranks::Traffic& traffic, std::size_t n) {
    json["work_s"] = traffic.work_s;
    if (ranks::n() == 1) return;
    json["ranks"] = {{"n", ranks::n()},
                     {"exchanges_of", n},
                     {"bytes", traffic.bytes},
                     {"messages", traffic.messages},
                     {"waiting_s", traffic.seconds}};
}

void add_effort(Json& json, const CircuitSummary& summary) {
    json["duration_ms"] = summary.duration;
    json["synapses"] = summary.synapses;
    json["build_s"] = summary.build_s;
    json["simulation_s"] = summary.simulation_s;
    json["events"] = summary.events;
    json["events_per_second"] = events_per_second(summary);
}

void add_code(Json& json, const CodeSummary& one) {
    json["held_out_energy_before"] = one.before;
    json["held_out_energy"] = one.energy;
    json["held_out_optimal_energy"] = one.optimal_energy;
    json["relE"] = one.relative_gap;
    json["relE_at_most"] = one.relative_gap_at_most;
    json["kkt"] = one.kkt;
    json["unexplained"] = one.unexplained;
    json["psnr_dB"] = one.psnr;
    json["sparseness"] = one.sparseness;
    json["spikes_per_image"] = one.spikes_per_presentation;
    if (std::isfinite(one.dead_neurons)) json["dead_neurons"] = static_cast<std::uint64_t>(one.dead_neurons);
    json["frames_without_relE"] = one.n_without_gap;
}

}  // namespace

nlohmann::ordered_json json_of(const CircuitSummary& summary) {
    Json json = {{"populations", populations_json(summary)}, {"warnings", summary.warnings()}};
    add_effort(json, summary);
    add_traffic(json, summary.traffic, summary.n_windows);
    return json;
}

nlohmann::ordered_json json_of(const ShownSummary& summary) {
    Json json = {{"stimulus", summary.stimulus},
                 {"batches", summary.batches},
                 {"batch_size", summary.batch_size},
                 {"held_out", summary.held_out},
                 {"images_per_second", images_per_second(summary)},
                 {"populations", populations_json(summary.circuit)},
                 {"silent", summary.is_silent},
                 {"blank_held_out_frames", summary.n_blank},
                 {"warnings", summary.warnings}};
    for (const CodeSummary& one : summary.codes) add_code(json["populations"][one.population], one);
    add_effort(json, summary.circuit);
    const PhaseTimes& t = summary.phases;
    json.update({{"encode_s", t.encode},
                 {"learn_s", t.learn},
                 {"interaction_s", t.interaction},
                 {"stimulus_s", t.stimulus},
                 {"record_s", t.record},
                 {"learning_s", summary.learning_s}});
    add_traffic(json, summary.traffic, summary.batches_here);
    return json;
}

}  // namespace sim
