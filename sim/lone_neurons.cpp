// Simulations of lone neurons, window by window. A spike reaches nobody sooner than after the least delay. In a window
// no longer than that, all that reaches a neuron is known when the window begins, and each neuron can live through it by
// itself: without a queue of all that happens, which is most of what an event costs. What happens is the same to the
// bit, since each neuron is given the same inputs in the same order.
#include <algorithm>
#include <numeric>

#include "sim/simulation.hpp"
#include "sim/stop.hpp"

namespace sim {
namespace {

bool is_before(const Reached::Input& x, const Reached::Input& y) {
    return x.t < y.t || (x.t == y.t && x.projection < y.projection);
}

/// By time and projection; of equals none passes another. They are few, and come projection by projection in order.
void sort_in_place(std::span<Reached::Input> inputs) {
    constexpr std::size_t kMany = 64;
    if (inputs.size() > kMany) return std::stable_sort(inputs.begin(), inputs.end(), is_before);
    for (std::size_t k = 1; k < inputs.size(); ++k) {
        const Reached::Input input = inputs[k];
        std::size_t at = k;
        for (; at > 0 && is_before(input, inputs[at - 1]); --at) inputs[at] = inputs[at - 1];
        inputs[at] = input;
    }
}

}  // namespace

constexpr std::size_t kManySpikes = 100'000;  // in a window

// Windows end where a current steps and where a watch looks: both come before what else happens at that time.
void Simulation::run_windows(Time t) {
    while (now_ < t) {
        has_whole_state_ = true;
        check_stop();
        has_whole_state_ = false;
        if (next_look_ <= now_) look_until(now_);
        while (!steps_.empty() && steps_.top().t <= now_) inject_next();
        live_until(
            std::min({t, now_ + window_length_, next_look_, steps_.empty() ? kNever : steps_.top().t}));
        const bool is_much = window_.n_spikes > kManySpikes;  // of a network that may be running away
        window_length_ = std::min(is_much ? 0.5 * window_length_ : 2.0 * window_length_, longest_window_);
    }
    has_whole_state_ = true;
}

void Simulation::live_until(Time end) {
    gather_inputs(end);
    window_.spikes.clear();
    window_.n_spikes = 0;
    for (std::uint32_t number = 0; number < populations_.size(); ++number)
        if (flows_[number].is_stream)
            flow(number, end);
        else
            live(number, end, window_.spikes);
    sort_window_spikes(now_, end);
    now_ = end;
    for (const Spike& spike : window_.spikes)
        if (flows_[spike.population].is_stream)
            tell(spike);
        else
            happened(spike);
    if (spikes_.size() >= many_spikes_) take_();
}

/// Appends the spikes of a population, by time for each neuron.
void Simulation::live(std::uint32_t number, Time end, std::vector<Spike>& spikes) {
    const std::size_t first = spikes.size();
    act_on(number, [&](Population& population) { population.live(window_.reached[number], end, spikes); });
    for (std::size_t k = first; k < spikes.size(); ++k) {
        spikes[k].population = number;
        spikes[k].neuron += firsts_[number];
    }
    window_.n_spikes += spikes.size() - first;
}

/// Of one whose spikes need no order on their way: they are kept until all have arrived.
void Simulation::flow(std::uint32_t number, Time end) {
    Flow& flow = flows_[number];
    Time longest = 0.0;
    for (const std::uint32_t projection : projections_from(number))
        if (projections_[projection].n_synapses() > 0)
            longest = std::max(longest, projections_[projection].least_delay());
    std::vector<Spike> spikes;
    if (!flow.stretches.empty() && flow.stretches.front().end + longest < now_) {
        spikes = std::move(flow.stretches.front().spikes);  // for its memory
        flow.stretches.pop_front();
        spikes.clear();
    }
    live(number, end, spikes);
    if (flow.is_ordered) {
        window_.spikes.insert(window_.spikes.end(), spikes.begin(), spikes.end());
    } else if (!spikes.empty()) {
        spikes_.insert(spikes_.end(), spikes.begin(), spikes.end());
        count(std::ranges::max(spikes, {}, &Spike::t), spikes.size());
    }
    flow.stretches.push_back({now_, end, std::move(spikes)});
}

/// Takes what arrives before `end` off its way.
void Simulation::gather_inputs(Time end) {
    window_.inputs.resize(populations_.size());
    window_.count.resize(populations_.size());
    window_.reached.resize(populations_.size());
    for (std::uint32_t number = 0; number < populations_.size(); ++number) {
        window_.count[number].resize(populations_[number]->size());
        window_.reached[number].neurons.clear();
    }
    for (std::uint32_t number = 0; number < populations_.size(); ++number) gather_streams(number, end);
    while (!arrivals_.empty() && arrivals_.top().t < end) {
        const Arrival arrival = arrivals_.top();
        arrivals_.pop();
        const Projection& projection = projections_[arrival.projection];
        const auto synapses = projection.synapses(arrival.source);
        if (projection.has_one_delay()) {
            auto& in_flight = in_flight_[arrival.projection];
            for (; !in_flight.empty() && in_flight.front().t < end; in_flight.pop_front())
                reach(in_flight.front(), projection.synapses(in_flight.front().source).size());
            if (!in_flight.empty()) arrivals_.push(in_flight.front());
            continue;
        }
        std::size_t k = arrival.first;
        const Time delay = synapses[k].delay;
        while (k < synapses.size() && synapses[k].delay == delay) ++k;
        reach(arrival, k);
        if (k < synapses.size())
            arrivals_.push({arrival.sent + synapses[k].delay, arrival.projection, arrival.source, k,
                            arrival.sent, arrival.amount});
    }
    sort_inputs();
}

/// What a population fired before and arrives before `end`, through streams.
void Simulation::gather_streams(std::uint32_t from, Time end) {
    if (!flows_[from].is_stream) return;
    for (const std::uint32_t number : projections_from(from)) {
        const Projection& projection = projections_[number];
        const Time delay = projection.least_delay();
        for (const Flow::Stretch& stretch : flows_[from].stretches) {
            if (stretch.end + delay < now_ || stretch.begin + delay >= end) continue;
            for (const Spike& spike : stretch.spikes) {
                const Time t = spike.t + delay;
                if (t < now_ || t >= end) continue;
                const auto synapses = projection.synapses(spike.neuron);
                for (const Synapse& synapse : synapses)
                    reach(projection.to(), {t, synapse.weight * spike.amount, number, synapse.target});
                n_arrivals_ += synapses.size();
            }
        }
    }
}

/// Synapses arrival.first to end - 1 of its source.
void Simulation::reach(const Arrival& arrival, std::size_t end) {
    const Projection& projection = projections_[arrival.projection];
    for (const Synapse& synapse :
         projection.synapses(arrival.source).subspan(arrival.first, end - arrival.first))
        reach(projection.to(),
              {arrival.t, synapse.weight * arrival.amount, arrival.projection, synapse.target});
    n_arrivals_ += end - arrival.first;
}

void Simulation::reach(std::uint32_t to, const Reached::Input& input) {
    window_.inputs[to].push_back(input);
    if (window_.count[to][input.neuron]++ == 0) window_.reached[to].neurons.push_back(input.neuron);
}

/// By neuron; of each by time and, at one time, by projection. Those of one projection were gathered in their order.
void Simulation::sort_inputs() {
    for (std::uint32_t number = 0; number < populations_.size(); ++number) {
        Reached& reached = window_.reached[number];
        auto& inputs = window_.inputs[number];
        auto& next = window_.count[number];
        reached.first.assign(1, 0);
        for (const std::uint32_t neuron : reached.neurons) {
            const std::size_t first = reached.first.back();
            reached.first.push_back(first + next[neuron]);
            next[neuron] = static_cast<std::uint32_t>(first);
        }
        reached.inputs.resize(inputs.size());
        for (const Reached::Input& one : inputs) reached.inputs[next[one.neuron]++] = one;
        for (std::size_t k = 0; k < reached.neurons.size(); ++k)
            sort_in_place(
                std::span(reached.inputs).subspan(reached.first[k], reached.first[k + 1] - reached.first[k]));
        for (const std::uint32_t neuron : reached.neurons) next[neuron] = 0;
        inputs.clear();
    }
}

/// By time, population and neuron: spread over as many bins of time as there are spikes, then moved to their places.
void Simulation::sort_window_spikes(Time begin, Time end) {
    auto& spikes = window_.spikes;
    const std::size_t n = spikes.size();
    const double bins_per_ms = static_cast<double>(n) / (end - begin);
    const auto bin_of = [&](const Spike& spike) {
        return std::min(static_cast<std::size_t>((spike.t - begin) * bins_per_ms), n - 1);
    };
    window_.place.assign(n + 1, 0);
    for (const Spike& spike : spikes) ++window_.place[bin_of(spike) + 1];
    std::partial_sum(window_.place.begin(), window_.place.end(), window_.place.begin());
    window_.unsorted.swap(spikes);
    spikes.resize(n);
    for (const Spike& spike : window_.unsorted) spikes[window_.place[bin_of(spike)]++] = spike;
    for (std::size_t k = 1; k < n; ++k) {
        const Spike spike = spikes[k];
        std::size_t at = k;
        for (; at > 0 && spike < spikes[at - 1]; --at) spikes[at] = spikes[at - 1];
        spikes[at] = spike;
    }
}

}  // namespace sim
