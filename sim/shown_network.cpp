#include "sim/shown_network.hpp"

#include <algorithm>

#include "sim/circuit_build.hpp"
#include "sim/parallel.hpp"

namespace sim {
namespace {

/// Spikes of one population reach another through its fields: a synapse wherever Phi is not 0.
std::shared_ptr<Synapses> through_fields(const Network& target, const Sight& sight, std::size_t n_cells) {
    const std::vector<float> Phi = target.fields().in_frame();
    const std::size_t M = target.fields().pixels();
    std::vector<std::vector<Synapse>> of(n_cells);
    for (std::size_t j = 0; j < M; ++j)
        for (std::uint32_t i = 0; i < target.size(); ++i)
            if (Phi[i * M + j] != 0.0F)
                of[j].push_back({i, sight.weight * static_cast<double>(Phi[i * M + j]), sight.delay});
    return std::make_shared<Synapses>(of);
}

/// Their weights after the fields have changed.
void follow(const Network& target, const Sight& sight, Synapses& synapses) {
    const std::vector<float> Phi = target.fields().in_frame();
    const std::size_t M = target.fields().pixels();
    for (std::size_t j = 0; j < M; ++j)
        for (std::size_t at = synapses.first[j]; at < synapses.first[j + 1]; ++at)
            synapses.all[at].weight =
                sight.weight * static_cast<double>(Phi[synapses.all[at].target * M + j]);
}

/// Currents (neurons, frames) that a filter makes of frames (M, frames).
Eigen::MatrixXf filtered(const PopulationSettings& one, const Eigen::MatrixXf& frames) {
    Eigen::MatrixXf currents(static_cast<Eigen::Index>(one.size), frames.cols());
    const auto M = static_cast<std::size_t>(frames.rows());
    parallel_for(Eigen::Index{0}, currents.cols(), [&](Eigen::Index k) {
        one.filter->currents({frames.col(k).data(), M}, {currents.col(k).data(), one.size});
    });
    return currents;
}

}  // namespace

ShownNetwork::ShownNetwork(RunSettings run) : settings(std::move(run)), synapses_(make_synapses(settings)) {
    for (const PopulationSettings& one : settings.populations)
        if (one.sight.of == Sight::Of::population)
            through_fields_[one.number] =
                through_fields(one.codes->network, one.sight, settings.populations[one.sight.from].n_cells);
    for (std::size_t k = 0; k < synapses_.size(); ++k) {
        const ProjectionSettings& one = settings.projections[k];
        if (one.plasticity)
            rules_[k] = Registry<BatchRule>::instance().make(
                one.rule, *one.plasticity, {*synapses_[k], settings.populations[one.to].n_cells});
    }
}

bool ShownNetwork::is_end_of_plastic(std::uint32_t population) const {
    return std::ranges::any_of(rules_, [&](const auto& rule) {
        const ProjectionSettings& one = settings.projections[rule.first];
        return one.from == population || one.to == population;
    });
}

bool ShownNetwork::learns_from_spikes() const {
    return std::ranges::any_of(settings.populations, [this](const PopulationSettings& one) {
        return !one.codes && is_end_of_plastic(one.number);
    });
}

void ShownNetwork::learn_projections(const Batch& batch, const Lanes& lanes) {
    const auto activity = [&](std::uint32_t population) {
        const PopulationSettings& one = settings.populations[population];
        if (one.codes) return batch.activity[population];
        return Eigen::MatrixXd(
            lanes.rates(population, one.n_cells, batch.frames.labels.size()).cast<double>());
    };
    for (const auto& [k, rule] : rules_) {
        const ProjectionSettings& one = settings.projections[k];
        rule->learn({activity(one.from), activity(one.to)}, *synapses_[k]);
    }
}

void ShownNetwork::state(State& s) {
    for (const auto& [k, rule] : rules_)
        for (Synapse& synapse : synapses_[k]->all) s(synapse.weight);
}

void ShownNetwork::set_weights(std::size_t projection, std::span<const double> weights) {
    std::vector<Synapse>& all = synapses_[projection]->all;
    for (std::size_t at = 0; at < all.size(); ++at) all[at].weight = weights[at];
}

Lanes ShownNetwork::lanes(const Presentation& presentation, std::size_t n_lanes) const {
    return {[this](Simulation& lane) { build(lane); }, lane_populations(), presentation, n_lanes};
}

std::vector<LanePopulation> ShownNetwork::lane_populations() const {
    std::vector<LanePopulation> all;
    for (const PopulationSettings& one : settings.populations) {
        if (!one.codes) {
            all.push_back({one.kind, 0, {}});
            continue;
        }
        const Network& network = one.codes->network;
        all.push_back({one.kind, network.program.Q.size() - network.neurons().n_hidden(),
                       network.settings().presentation.background});
    }
    return all;
}

void ShownNetwork::build(Simulation& lane) const {
    for (const PopulationSettings& one : settings.populations) lane.add(one.make(settings.seed), one.name);
    join(settings, synapses_, lane);
    for (const auto& [number, synapses] : through_fields_)
        lane.connect(
            Projection(settings.populations[number].sight.from, number, lane.population(number), synapses));
}

Batch ShownNetwork::pose(Frames frames) const {
    const std::size_t P = settings.populations.size();
    Batch batch{std::move(frames),        std::vector<Eigen::MatrixXf>(P), std::vector<Eigen::MatrixXf>(P),
                std::vector<Problems>(P), std::vector<Eigen::MatrixXf>(P), std::vector<Eigen::MatrixXd>(P)};
    for (std::size_t p = 0; p < P; ++p) {
        const PopulationSettings& one = settings.populations[p];
        if (one.sight.of == Sight::Of::frame) {
            batch.seen[p] = one.codes->network.see(batch.frames.pixels);
            batch.posed[p] = one.codes->network.pose(batch.seen[p]);
            batch.drives[p] = drive(one.codes->network, batch.frames, batch.posed[p]);
        } else if (one.filter) {
            batch.drives[p] = filtered(one, batch.frames.in_turn());
        }
    }
    return batch;
}

void ShownNetwork::show(Lanes& lanes, Batch& batch, std::uint64_t first) const {
    const Eigen::RowVectorXf norms = batch.frames.in_turn().colwise().norm();
    auto activity = lanes.show(batch.drives, batch.frames.labels.size(), first,
                               {norms.data(), static_cast<std::size_t>(norms.size())});
    for (const PopulationSettings& one : settings.populations)
        if (one.codes) batch.codes[one.number] = one.codes->network.codes(activity[one.number]);
    for (const PopulationSettings& one : settings.populations)
        if (one.sight.of == Sight::Of::population) {
            batch.seen[one.number] = batch.codes[one.sight.from];
            batch.posed[one.number] = one.codes->network.pose(batch.seen[one.number]);
        }
    for (const PopulationSettings& one : settings.populations)
        if (one.codes && is_end_of_plastic(one.number))
            batch.activity[one.number] = std::move(activity[one.number]);
}

void ShownNetwork::follow_fields(std::uint32_t population) {
    const PopulationSettings& one = settings.populations[population];
    one.codes->network.refresh_interaction();
    if (const auto found = through_fields_.find(population); found != through_fields_.end())
        follow(one.codes->network, one.sight, *found->second);
}

std::uint64_t ShownNetwork::n_synapses() const {
    std::uint64_t n = 0;
    for (const auto& synapses : synapses_) n += synapses->all.size();
    for (const auto& [number, synapses] : through_fields_) n += synapses->all.size();
    return n;
}

}  // namespace sim
