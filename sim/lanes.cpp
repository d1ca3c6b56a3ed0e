#include "sim/lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/finite.hpp"
#include "sim/parallel.hpp"

namespace sim {

Lanes::Lanes(const Build& build, std::vector<LanePopulation> populations, const Presentation& presentation,
             std::size_t n_lanes)
    : populations_(std::move(populations)), shown_(presentation), lanes_(n_here(n_lanes)), told_(n_lanes) {
    for (Lane& lane : lanes_) build(lane.simulation);
}

/// Of all populations, by time, then population.
std::vector<Simulation::Outside> Lanes::from_elsewhere(Lane& lane, std::uint64_t number,
                                                       std::span<const float> norms) const {
    std::vector<Simulation::Outside> all;
    for (std::uint32_t p = 0; p < populations_.size(); ++p) {
        const LanePopulation& population = populations_[p];
        if (!population.background.is_on()) continue;
        const std::size_t n =
            population.n_code > 0 ? population.n_code : lane.simulation.population(p).size();
        const auto first = static_cast<std::ptrdiff_t>(all.size());
        for (const auto& one : population.background.arrivals(number, n, shown_.T)) {
            if (!norms.empty() && one.chance >= population.background.part(norms[shown_.frame_at(one.t)]))
                continue;
            all.push_back({one.t, p, one.neuron, one.jump});
        }
        std::inplace_merge(all.begin(), all.begin() + first, all.end(),
                           [](const auto& x, const auto& y) { return x.t < y.t; });
    }
    return all;
}

/// Presentation k of a batch. The first frame starts it.
void Lanes::show_frame(std::size_t k, Drives drives, std::size_t frame, std::uint64_t number) {
    for (std::uint32_t p = 0; p < populations_.size(); ++p) {
        std::vector<double> I;  // of one frame: neurons may be millions
        if (drives[p].size() > 0) {
            const auto now = drives[p].col(static_cast<Eigen::Index>(k * shown_.n_frames + frame));
            I.assign(now.begin(), now.end());
        }
        if (frame > 0 && I.empty()) continue;
        lanes_[place_of(k)].simulation.act(p, [&](Population& population) {
            if (frame == 0)
                population.start(number, I);
            else
                population.set_currents(I, shown_.onset(frame));
        });
    }
}

void Lanes::begin_readout(Lane& lane) const {
    for (std::uint32_t p = 0; p < populations_.size(); ++p)
        if (Code* const code = lane.simulation.population(p).code()) code->begin_readout();
}

void Lanes::read(Lane& lane, Codes& codes, Eigen::Index column) const {
    for (std::uint32_t p = 0; p < populations_.size(); ++p) {
        if (populations_[p].n_code == 0) continue;
        const std::span<double> code(codes[p].col(column).data(), populations_[p].n_code);
        lane.simulation.population(p).code()->read_code(code);
        if (const std::size_t i = first_not_finite(std::span<const double>(code)); i < code.size())
            throw NumericsError(populations_[p].name, i, lane.simulation.now(),
                                fmt::format("its activity is {}", code[i]));
    }
}

void Lanes::present(std::size_t k, Drives drives, std::uint64_t number, std::span<const float> norms,
                    Codes codes) {
    Lane& lane = lanes_[place_of(k)];
    lane.simulation.restart();
    lane.simulation.expect(from_elsewhere(lane, number, norms));
    for (auto& samples : lane.samples) samples.clear();
    for (std::size_t frame = 0; frame < shown_.n_frames; ++frame) {
        show_frame(k, drives, frame, number);
        const Time end = shown_.onset(frame + 1);
        if (shown_.reads_each_frame)
            begin_readout(lane);
        else if (shown_.onset(frame) <= shown_.T0 && shown_.T0 < end) {
            lane.simulation.run_until(shown_.T0);
            begin_readout(lane);
        }
        lane.simulation.run_until(end);
        if (shown_.reads_each_frame) read(lane, codes, static_cast<Eigen::Index>(frame));
    }
    if (!shown_.reads_each_frame) read(lane, codes, 0);
    lane.simulation.expect({});  // lanes are many, and so is what reached them
}

std::vector<Eigen::MatrixXd> Lanes::show(std::span<const Eigen::MatrixXf> drives, std::size_t n,
                                         std::uint64_t first, std::span<const float> norms) {
    const Eigen::Index n_read = columns_of_lane();
    std::vector<Eigen::MatrixXd> codes;
    for (const LanePopulation& population : populations_)
        codes.emplace_back(Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(population.n_code),
                                                 static_cast<Eigen::Index>(n) * n_read));
    ranks::together([&] {
        parallel_for(std::size_t{0}, n_here(n), [&](std::size_t place) {
            const std::size_t k = place * ranks::n() + ranks::here();
            Codes of_lane;
            for (Eigen::MatrixXd& all : codes)
                of_lane.emplace_back(all.middleCols(static_cast<Eigen::Index>(k) * n_read, n_read));
            const auto of_frames =
                norms.empty() ? norms : norms.subspan(k * shown_.n_frames, shown_.n_frames);
            present(k, drives, first + k, of_frames, std::move(of_lane));
            count_spikes(k);
        });
    });
    tell(n, codes);
    return codes;
}

void Lanes::count_spikes(std::size_t lane) {
    std::vector<std::uint32_t>& n = told_[lane].n_spikes;
    n.assign(populations_.size(), 0);
    for (const Spike& spike : spikes(lane)) ++n[spike.population];
}

/// What lanes of other ranks did; lane by lane, so that codes stand where they stand on one rank.
void Lanes::tell(std::size_t n, std::vector<Eigen::MatrixXd>& codes) {
    if (ranks::n() == 1) return;
    State own;
    for (std::size_t k = ranks::here(); k < n; k += ranks::n()) say(k, codes, own);
    const auto by_rank = ranks::gather(own.saved());
    for (std::size_t rank = 0; rank < by_rank.size(); ++rank) {
        State of_rank(by_rank[rank]);
        for (std::size_t k = rank; k < n && rank != ranks::here(); k += ranks::n()) hear(k, codes, of_rank);
    }
}

/// Of codes what is not 0, which is little; a negative zero is a number as well.
void Lanes::say(std::size_t lane, const std::vector<Eigen::MatrixXd>& codes, State& s) {
    for (const Eigen::MatrixXd& all : codes) {
        const Eigen::Index n_read = columns_of_lane();
        const double* code = all.data() + static_cast<Eigen::Index>(lane) * n_read * all.rows();
        std::vector<std::uint32_t> active;
        std::vector<double> values;
        for (std::uint32_t at = 0; at < static_cast<std::uint32_t>(n_read * all.rows()); ++at)
            if (std::bit_cast<std::uint64_t>(code[at]) != 0) {
                active.push_back(at);
                values.push_back(code[at]);
            }
        s(active, values);
    }
    s(told_[lane].n_spikes);
    if (!tells_spikes_) return;
    std::vector<Spike> spikes = lanes_[place_of(lane)].simulation.spikes();
    s(spikes, lanes_[place_of(lane)].samples);
}

void Lanes::hear(std::size_t lane, std::vector<Eigen::MatrixXd>& codes, State& s) {
    for (Eigen::MatrixXd& all : codes) {
        std::vector<std::uint32_t> active;
        std::vector<double> values;
        s(active, values);
        double* code = all.data() + static_cast<Eigen::Index>(lane) * columns_of_lane() * all.rows();
        for (std::size_t k = 0; k < active.size(); ++k) code[active[k]] = values[k];
    }
    s(told_[lane].n_spikes);
    if (tells_spikes_) s(told_[lane].spikes, told_[lane].samples);
}

std::span<const Spike> Lanes::spikes(std::size_t lane) const {
    if (is_here(lane)) return lanes_[place_of(lane)].simulation.spikes();
    return told_[lane].spikes;
}

std::span<const float> Lanes::samples(std::size_t lane, std::size_t record) const {
    return is_here(lane) ? lanes_[place_of(lane)].samples[record] : told_[lane].samples[record];
}

std::uint64_t Lanes::n_spikes(std::size_t lane) const {
    std::uint64_t n = 0;
    for (const std::uint32_t of_population : told_[lane].n_spikes) n += of_population;
    return n;
}

double Lanes::mean_spikes(std::uint32_t population, std::size_t n) const {
    std::size_t total = 0;
    for (std::size_t k = 0; k < n; ++k) total += n_spikes(population, k);
    return static_cast<double>(total) / static_cast<double>(n);
}

Eigen::MatrixXf Lanes::counts(std::uint32_t population, std::size_t first, std::size_t n_neurons,
                              std::size_t n) const {
    Eigen::MatrixXf counts =
        Eigen::MatrixXf::Zero(static_cast<Eigen::Index>(n_neurons), static_cast<Eigen::Index>(n));
    if (n_neurons == 0) return counts;
    for (std::size_t k = 0; k < n; ++k)
        for (const Spike& spike : spikes(k))
            if (spike.population == population && spike.neuron >= first && spike.neuron - first < n_neurons)
                ++counts(static_cast<Eigen::Index>(spike.neuron - first), static_cast<Eigen::Index>(k));
    return counts;
}

Eigen::MatrixXf Lanes::rates(std::uint32_t population, std::size_t n_neurons, std::size_t n) const {
    constexpr double kMsPerS = 1e3;
    const std::size_t n_read = shown_.reads_each_frame ? shown_.n_frames : 1;
    Eigen::MatrixXf rates =
        Eigen::MatrixXf::Zero(static_cast<Eigen::Index>(n_neurons), static_cast<Eigen::Index>(n * n_read));
    std::vector<Time> edges{shown_.T0, shown_.T};
    if (shown_.reads_each_frame) {
        edges.clear();
        for (std::size_t frame = 0; frame <= n_read; ++frame) edges.push_back(shown_.onset(frame));
    }
    for (std::size_t k = 0; k < n; ++k)
        for (const Spike& spike : spikes(k)) {
            if (spike.population != population || spike.neuron >= n_neurons || spike.t <= edges.front())
                continue;
            const auto end =
                std::lower_bound(edges.begin() + 1, edges.end() - 1, spike.t);  // of (begin, end]
            const auto column = static_cast<Eigen::Index>(k * n_read) + (end - edges.begin()) - 1;
            rates(static_cast<Eigen::Index>(spike.neuron), column) +=
                static_cast<float>(kMsPerS / (*end - *(end - 1)));
        }
    return rates;
}

std::size_t Lanes::record(std::uint32_t population, std::size_t variable,
                          std::span<const std::uint32_t> neurons, std::span<const Time> times) {
    const std::size_t number = n_records_++;
    for (Lane& lane : lanes_) {
        lane.samples.emplace_back();
        const std::vector<std::uint32_t> which(neurons.begin(), neurons.end());
        lane.simulation.watch({times.begin(), times.end()},
                              [&lane, population, variable, which, number](Time t) {
                                  for (const std::uint32_t neuron : which)
                                      lane.samples[number].push_back(static_cast<float>(
                                          lane.simulation.population(population).value(variable, neuron, t)));
                              });
    }
    return number;
}

std::vector<double> Lanes::carried(const Lane& lane) const {
    std::vector<double> all;
    for (std::uint32_t p = 0; p < populations_.size(); ++p)
        if (const Code* const code = lane.simulation.population(p).code()) {
            const auto state = code->carried();
            all.insert(all.end(), state.begin(), state.end());
        }
    return all;
}

std::vector<double> Lanes::carried() const {
    std::vector<double> all;
    for (const Lane& lane : lanes_) {
        const auto state = carried(lane);
        all.insert(all.end(), state.begin(), state.end());
    }
    return all;
}

void Lanes::restore(std::span<const double> carried) {
    for (Lane& lane : lanes_)
        for (std::uint32_t p = 0; p < populations_.size(); ++p)
            if (Code* const code = lane.simulation.population(p).code()) {
                const std::size_t n = code->carried().size();
                code->restore(carried.first(std::min(n, carried.size())));
                carried = carried.subspan(std::min(n, carried.size()));
            }
}

std::vector<double> Lanes::carried_of_all() const {
    if (ranks::n() == 1) return carried();
    State own;
    for (const Lane& lane : lanes_) {
        std::vector<double> of_lane = carried(lane);
        own(of_lane);
    }
    const auto by_rank = ranks::gather(own.saved());
    std::vector<State> states(by_rank.begin(), by_rank.end());
    std::vector<double> all, of_lane;
    for (std::size_t k = 0; k < n_lanes(); ++k) {
        states[k % ranks::n()](of_lane);
        all.insert(all.end(), of_lane.begin(), of_lane.end());
    }
    return all;
}

/// All lanes carry equally much.
void Lanes::restore_all(std::span<const double> carried) {
    const std::size_t size = carried.size() / n_lanes();
    std::vector<double> own;
    for (std::size_t k = ranks::here(); k < n_lanes(); k += ranks::n()) {
        const auto of_lane = carried.subspan(k * size, size);
        own.insert(own.end(), of_lane.begin(), of_lane.end());
    }
    restore(own);
}

}  // namespace sim
