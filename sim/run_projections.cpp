// What a config says of projections from one population to another.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "sim/batch_rule.hpp"
#include "sim/run_reader.hpp"
#include "sim/size_limit.hpp"

namespace sim {

CutNormal RunReader::cut_normal(const Params& p, const std::string& key, const std::string& unit,
                                std::optional<double> mean, Check check, const std::string& doc) const {
    const CutNormal law{
        p.number(key, unit, mean, check, doc),
        p.number(
            key + "_std", unit, 0.0, Check::non_negative,
            fmt::format("standard deviation of a normal {}, drawn again until between 0 and twice the mean",
                        key))};
    if (law.std > std::abs(law.mean)) p.fail(key + "_std", "at most the mean");
    return law;
}

void RunReader::weights_and_delays(const Params& p, ProjectionSettings& one) const {
    if (one.connector && one.connector->gives_weights()) return;
    one.weight =
        cut_normal(p, "weight", one.weight_unit, std::nullopt, Check::any,
                   "of each synapse, in the weight unit of the target's kind (mV, pA, nS); left out under "
                   "connect.kind from_file, whose file gives it");
    one.delay = cut_normal(p, "delay", "ms", std::nullopt, Check::positive,
                           "from a spike to its arrival at the target; left out where weight is");
    one.delay_per_distance =
        p.number("delay_per_distance", "ms", 0.0, Check::non_negative,
                 "added to the delay per sheet unit between the neurons (distance_dependent)");
}

void RunReader::plasticity(const Params& p, ProjectionSettings& one) const {
    if (!p.has("plasticity") && !is_describing_) return;
    const Params block = p.block("plasticity");
    const bool learns_from_batches = out_.shows && !is_describing_;
    one.rule = kind_among<SynapseRule, BatchRule>(block, learns_from_batches ? "correlation" : "stdp_pair");
    const auto& of_batches = Registry<BatchRule>::instance().entries();
    if (of_batches.contains(one.rule) != learns_from_batches && !is_describing_)
        block.fail("kind",
                   learns_from_batches
                       ? fmt::format("where frames are shown, a rule that learns from batches of them: {}",
                                     fmt::join(Registry<BatchRule>::instance().names(), ", "))
                       : fmt::format("where nothing is shown, a rule that follows spikes: {}",
                                     fmt::join(Registry<SynapseRule>::instance().names(), ", ")),
                   fmt::format("\"{}\"", one.rule));
    if (learns_from_batches) {
        one.plasticity = block;
        return;
    }
    one.w_min = block.number("w_min", one.weight_unit, 0.0, Check::non_negative, "weights stay at or above");
    one.w_max =
        block.number("w_max", one.weight_unit, std::nullopt, Check::positive, "weights stay at or below");
    if (is_describing_) return;
    if (one.w_min >= one.w_max) block.fail("w_min", "less than w_max");
    if (!one.connector->gives_weights() && (one.weight.mean < one.w_min || one.weight.mean > one.w_max))
        p.fail("weight", "between plasticity.w_min and plasticity.w_max");
    one.plasticity = block;
}

void RunReader::projection(const Params& p, const std::string& name, const std::string& to) {
    ProjectionSettings one;
    one.name = name;
    one.from = population(p, "from", p.text("from", std::nullopt, "population whose spikes it carries"));
    one.to = population(p, "to", to);
    one.weight_unit = target_unit(p, "to", is_describing_ ? "" : cells(one.to).weight_unit());

    const auto& source = out_.populations[one.from];
    auto& target = out_.populations[one.to];
    if (target.codes) target.codes->is_driven_by_stills_alone = false;
    const Params connect = p.block("connect");
    const std::string rule = Registry<Connector>::instance().kind(connect, "all_to_all");
    if (!is_describing_)
        one.connector = Registry<Connector>::instance().make(
            rule, connect,
            {source.size, target.size, source.sheet ? &*source.sheet : nullptr,
             target.sheet ? &*target.sheet : nullptr, one.from == one.to, out_.seed,
             static_cast<std::uint32_t>(out_.projections.size()),
             target.codes ? &target.codes->network : nullptr,
             source.codes && source.codes->network.settings().objective.is_signed ? source.size : 0});
    if (one.connector && one.connector->knows_fields() && target.codes->learns())
        connect.fail("kind", "another: these synapses would not follow the fields that the target learns",
                     fmt::format("\"{}\"", rule));
    if (one.connector) {
        const double n = one.connector->n_expected();
        check_fits(connect, "kind", n * sizeof(Synapse), fmt::format("{:.3g} synapses", n));
    }
    weights_and_delays(p, one);
    plasticity(p, one);
    out_.projections.push_back(std::move(one));
}

void RunReader::projections() {
    const Params blocks = root_.block("projections");
    for (const std::string& name : blocks.names()) {
        const Params p = blocks.block(name);
        auto targets = p.texts("to", "population its spikes reach, or several");
        if (is_describing_) targets = {"NAME"};
        if (targets.empty()) p.fail("to", "a population");
        for (const std::string& to : each_once(p, "to", targets)) projection(p, name, to);
    }
}

}  // namespace sim
