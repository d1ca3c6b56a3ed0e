#include "sim/circuit_build.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/io/striate_file.hpp"
#include "sim/parallel.hpp"
#include "sim/ranks.hpp"
#include "sim/stop.hpp"
#include "sim/trained_network.hpp"

namespace sim {

namespace {

std::vector<std::vector<Synapse>> synapses_of(const ProjectionSettings& projection, std::size_t sources,
                                              std::uint64_t seed, std::uint32_t number,
                                              const Wanted& targets) {
    std::vector<std::vector<Synapse>> synapses(sources);  // of hidden neurons there are none
    const bool is_given = projection.connector->gives_weights();
    Stream random(seed, Purpose::synapses, number);
    projection.connector->connect([&](const Contact& contact) {
        check_stop();
        Synapse one{contact.target, contact.weight, contact.delay};
        if (!is_given) {
            one.weight = projection.weight.draw(random) * contact.factor;
            one.delay = projection.delay.draw(random) + contact.distance * projection.delay_per_distance;
        }
        if (projection.plasticity) one.weight = std::clamp(one.weight, projection.w_min, projection.w_max);
        if (!targets || targets(projection.to, contact.target)) synapses[contact.source].push_back(one);
    });
    return synapses;
}

/// Neuron i begins as training frame i.
void begin_as_frames(CodingSheet& sheet, const RunSettings& settings) {
    const auto stimulus = make_stimulus(settings);
    const std::size_t n = sheet.network.size(), n_frames = stimulus->n_frames(FrameSet::training);
    if (n_frames > 0 && n_frames < n)
        sheet.network.settings().block.block("fields").fail(
            "kind", fmt::format("noise for {} neurons and {} training frames", n, n_frames));
    const Shows& shows = *settings.shows;
    const Frames frames = draw_frames(*stimulus, shows.frame.height * shows.frame.width, shows.presentation,
                                      FrameSet::training, 0, n);
    sheet.begin_as(frames.pixels);
}

}  // namespace

void make_fields(RunSettings& settings) {
    for (PopulationSettings& one : settings.populations) {
        if (!one.codes) continue;
        if (one.fields_file.empty())
            one.codes->randomise();
        else
            take_learned(*one.codes, one.fields_file, one.fields_population);
        if (one.codes->network.settings().starts_from_frames) begin_as_frames(*one.codes, settings);
    }
}

std::vector<std::shared_ptr<Synapses>> make_synapses(const RunSettings& settings, const Wanted& targets) {
    std::vector<std::shared_ptr<Synapses>> all(settings.projections.size());
    parallel_for(std::size_t{0}, all.size(), [&](std::size_t k) {
        const ProjectionSettings& one = settings.projections[k];
        all[k] =
            std::make_shared<Synapses>(synapses_of(one, settings.populations[one.from].n_cells, settings.seed,
                                                   static_cast<std::uint32_t>(k), targets));
    });
    return all;
}

namespace {

/// One whole, or part k of those that `cuts` make. synapses: of the projections, to the neurons that are there
void join_part(const RunSettings& settings, const Cuts& cuts, std::size_t k,
               std::span<const std::shared_ptr<Synapses>> synapses, std::span<const Simulation::Hears> hears,
               Simulation& simulation) {
    for (std::size_t number = 0; number < settings.projections.size(); ++number) {
        const ProjectionSettings& one = settings.projections[number];
        Projection projection(one.from, one.to, simulation.population(one.to), synapses[number]);
        if (one.plasticity && !settings.shows)  // in presentations rules learn from batches
            projection.learn(Registry<SynapseRule>::instance().make(
                one.rule, *one.plasticity,
                {projection.n_synapses(), cuts.size(one.to, k), one.w_min, one.w_max}));
        simulation.connect(std::move(projection), hears[number]);
    }
    for (const CurrentSettings& current : settings.currents)
        for (std::size_t step = 0; step < current.times.size(); ++step)
            for (const std::uint32_t neuron : current.neurons)
                if (cuts.part_of(current.population, neuron) == k)
                    simulation.set_current(current.population, neuron - cuts.first(current.population, k),
                                           current.amplitudes[step], current.times[step]);
}

std::vector<Cuts::Size> sizes_of(const RunSettings& settings) {
    std::vector<Cuts::Size> sizes;
    for (const PopulationSettings& one : settings.populations)
        sizes.push_back({one.n_cells, one.cells && one.cells->has_lone_neurons()});
    return sizes;
}

}  // namespace

void join(const RunSettings& settings, std::span<const std::shared_ptr<Synapses>> synapses,
          Simulation& simulation) {
    const std::vector<Simulation::Hears> own(synapses.size(), Simulation::Hears::own);
    join_part(settings, Cuts::none(sizes_of(settings)), 0, synapses, own, simulation);
}

namespace {

/// In the parts that have no neuron of a population.
class Nobody final : public Population {
  public:
    std::size_t size() const override { return 0; }
    std::optional<Spike> next_spike(Time) override { return std::nullopt; }
    bool knows_next() const override { return true; }
    void fire(const Spike&) override {}
    void advance(Time) override {}
    using Population::start;
    void start(std::uint64_t) override {}
    void state(State&) override {}
};

/// Synapses of all projections to the neurons of this rank's parts.
std::vector<std::shared_ptr<Synapses>> synapses_here(const RunSettings& settings, const Cuts& cuts) {
    if (ranks::n() == 1) return make_synapses(settings);
    const auto [first, last] = ranks::share(cuts.n_parts());
    auto here = make_synapses(settings, [&, first, last](std::uint32_t population, std::uint32_t neuron) {
        const std::size_t part = cuts.part_of(population, neuron);
        return first <= part && part < last;
    });
    for (const auto& of_projection : here) {  // what all have in common decides how their spikes are kept
        const bool have_one = ranks::least(of_projection->have_one_delay ? 1.0 : 0.0) == 1.0;
        const Time least = of_projection->least_delay(),
                   most = -ranks::least(least == kNever ? kNever : -least);
        of_projection->have_one_delay = have_one && (most == -kNever || ranks::least(least) == most);
    }
    return here;
}

/// Of each projection, whether none of its synapses joins neurons of different parts.
std::vector<char> stay_at_home(const RunSettings& settings, const Cuts& cuts,
                               std::span<const std::shared_ptr<Synapses>> synapses) {
    std::vector<char> stay;
    for (std::size_t k = 0; k < synapses.size(); ++k) {
        const ProjectionSettings& one = settings.projections[k];
        const bool stays = stay_within_parts(*synapses[k], cuts, one.from, one.to);
        stay.push_back(ranks::least(stays ? 1.0 : 0.0) == 1.0 ? 1 : 0);
    }
    return stay;
}

/// Windows that are too short cost more than they bring.
bool are_worth_while(std::span<const char> stay, std::span<const std::shared_ptr<Synapses>> synapses) {
    constexpr Time kShortestWindow = 0.05;
    for (std::size_t k = 0; k < synapses.size(); ++k)
        if (stay[k] == 0 && ranks::least(synapses[k]->least_delay()) < kShortestWindow) return false;
    return true;
}

std::unique_ptr<Simulation> part(RunSettings& settings, const Cuts& cuts, std::size_t k) {
    auto simulation = std::make_unique<Simulation>();
    for (PopulationSettings& one : settings.populations) {
        const std::size_t n = cuts.size(one.number, k);
        const std::uint32_t first = cuts.first(one.number, k);
        std::unique_ptr<Population> here;
        if (n == one.n_cells && !one.codes)
            here = std::move(one.cells);
        else if (n == one.n_cells)
            here =
                one.make(settings.seed);  // those that were asked while the config was read have no weights
        else if (n > 0)
            here = one.make(settings.seed, first, n);
        else
            here = std::make_unique<Nobody>();
        Population& added = simulation->add(std::move(here), one.name, first);
        if (added.code() != nullptr) added.start(0);  // now that its fields are known
    }
    return simulation;
}

}  // namespace

std::unique_ptr<Parts> build(RunSettings& settings, Parts::Tell tell) {
    Cuts cuts(sizes_of(settings));
    auto whole = synapses_here(settings, cuts);
    std::vector<char> stay = stay_at_home(settings, cuts, whole);
    if (!are_worth_while(stay, whole)) {
        cuts = Cuts::none(sizes_of(settings));
        whole = synapses_here(settings, cuts);
        stay = stay_at_home(settings, cuts, whole);
    }
    const std::size_t n_parts = cuts.n_parts();
    std::vector<std::vector<std::shared_ptr<Synapses>>> synapses(n_parts);  // [part][projection]
    std::vector<Simulation::Hears> hears;
    for (std::size_t k = 0; k < whole.size(); ++k) {
        hears.push_back(stay[k] != 0 ? Simulation::Hears::own : Simulation::Hears::all);
        auto of_parts = n_parts == 1 ? std::vector{std::move(whole[k])}
                                     : cut(*whole[k], cuts, settings.projections[k].to);
        for (std::size_t part = 0; part < n_parts; ++part)
            synapses[part].push_back(std::move(of_parts[part]));
        whole[k] = nullptr;  // two copies of one projection are enough
    }
    std::vector<std::unique_ptr<Simulation>> parts(n_parts);
    for (auto [k, last] = ranks::share(n_parts); k < last; ++k) {
        parts[k] = part(settings, cuts, k);
        join_part(settings, cuts, k, synapses[k], hears, *parts[k]);
    }
    return std::make_unique<Parts>(std::move(cuts), std::move(parts), std::move(tell));
}

}  // namespace sim
