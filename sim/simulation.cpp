#include "sim/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "sim/error.hpp"
#include "sim/stop.hpp"

namespace sim {

void Simulation::connect(Projection projection, Hears hears) {
    const auto number = static_cast<std::uint32_t>(projections_.size());
    projections_from_.resize(populations_.size());
    heard_from_.resize(populations_.size());
    plastic_projections_to_.resize(populations_.size());
    (hears == Hears::own ? projections_from_ : heard_from_)[projection.from()].push_back(number);
    if (projection.is_plastic()) plastic_projections_to_[projection.to()].push_back(number);
    if (hears == Hears::all || !projection.brings_streams()) flows_[projection.from()].is_stream = false;
    longest_window_ = projection.is_plastic() ? 0.0 : std::min(longest_window_, projection.least_delay());
    projections_.push_back(std::move(projection));
    in_flight_.emplace_back();
}

void Simulation::set_current(std::uint32_t population, std::uint32_t neuron, double I, Time t) {
    assert(t >= now_);
    all_steps_.push_back({t, all_steps_.size(), population, neuron, I});
    steps_.push(all_steps_.back());
}

void Simulation::expect(std::vector<Outside> all) {
    assert(std::ranges::is_sorted(all, {}, &Outside::t));
    outside_ = std::move(all);
    next_outside_ = 0;
}

void Simulation::watch(std::vector<Time> times, std::function<void(Time)> look) {
    assert(std::is_sorted(times.begin(), times.end()) && (times.empty() || times[0] >= now_));
    watches_.push_back({std::move(times), std::move(look)});
    next_look_ = std::min(next_look_, watches_.back().next_time());
}

void Simulation::gather(std::size_t n_spikes, std::function<void()> take) {
    many_spikes_ = n_spikes;
    take_ = std::move(take);
}

void Simulation::restart() {
    now_ = 0.0;
    spikes_.clear();
    for (Pace& pace : paces_) pace.since = pace.n = 0.0;
    for (std::uint32_t number = 0; number < populations_.size(); ++number) touch(number);
    arrivals_.clear();
    for (auto& in_flight : in_flight_) in_flight.clear();
    for (Flow& flow : flows_) flow.stretches.clear();
    outside_.clear();
    next_outside_ = 0;
    steps_.clear();
    for (const CurrentStep& step : all_steps_) steps_.push(step);
    next_look_ = kNever;
    for (Watch& watch : watches_) {
        watch.next = 0;
        next_look_ = std::min(next_look_, watch.next_time());
    }
}

// Invariants: nothing lies before now_; of all that could come next, the first happens: at one time what comes from
// outside, then steps of current, then arrivals by (projection, source, delay) - those of a projection of one delay in the order
// they were sent - then spikes by (population, neuron). What happens reaches others before anything else
// happens. Watches look before anything at their time happens.
void Simulation::run_before(Time t, Time horizon, Time t_end) {
    if (longest_window_ >= kShortestWindow) return run_windows(t);
    while (true) {
        has_whole_state_ = true;
        check_stop();
        has_whole_state_ = false;
        const Time input = next_input();
        if (const Time until = std::min({t, input, next_look_}); runs_by_itself(until)) {
            run_alone(until);
            continue;
        }
        const Spike* const spike = next_spike(std::min({input, horizon, next_look_}), t_end);
        const Time next = spike ? spike->t : std::min(input, next_look_);
        if (next >= t) break;
        if (next >= next_look_)
            look_until(next);
        else if (spike)
            fire(*spike);
        else
            take_input();
    }
    has_whole_state_ = true;
}

void Simulation::run_until(Time t_end) {
    run_before(t_end, t_end, t_end);
    has_whole_state_ = false;
    if (next_look_ <= t_end) look_until(t_end);
    for (std::uint32_t number = 0; number < populations_.size(); ++number)
        act_on(number, [&](Population& population) { population.advance(t_end); });
    now_ = t_end;
    has_whole_state_ = true;
}

/// Whether the one population that may fire before then is heard by nobody: then nothing that happens meanwhile has to
/// be seen as it happens, and none but the population itself need know what comes next.
bool Simulation::runs_by_itself(Time until) const {
    if (when_.empty() || when_.top().t >= until || when_.second() < until) return false;
    const std::uint32_t number = when_.top().neuron;
    return projections_.empty() || (projections_from_[number].empty() && heard_from_[number].empty() &&
                                    plastic_projections_to_[number].empty());
}

/// So many steps, so that a stop is heard, and one that runs away is seen.
void Simulation::run_alone(Time until) {
    constexpr std::size_t kAtOnce = 1000;
    const std::uint32_t number = when_.top().neuron;
    bool is_through = false;
    alone_.clear();
    act_on(number, [&](Population& population) { is_through = population.run(until, kAtOnce, alone_); });
    if (!alone_.empty()) now_ = alone_.back().t;
    touch(number);
    if (is_through) when_.set(number, until);
    for (const Spike& spike : alone_) tell({spike.t, number, firsts_[number] + spike.neuron, spike.amount});
}

/// A population is not asked again before something happens to it, or t_end has moved on; one that knows its next
/// spike anyway is asked as far as `end`. Of two that fire at one time the first in number does. Nobody fires or is
/// reached before the least of all times here: so far a population can be brought for good.
const Spike* Simulation::next_spike(Time t_end, Time end) {
    while (!when_.empty() && when_.top().t < t_end) {
        const auto [t, first] = when_.top();
        std::optional<Spike>& next = next_[first];
        if (next) return &*next;
        const Time until = populations_[first]->knows_next() ? end : t_end;
        act_on(first, [&](Population& population) {
            if (t >= population.looked_until()) population.advance(t);
            if (const std::optional<Spike> spike = population.next_spike(until))
                next = {spike->t, first, spike->neuron, spike->amount};
            when_.set(first, next ? next->t : std::min(until, population.looked_until()));
        });
    }
    return nullptr;
}

/// When the next spike arrives or current steps.
Time Simulation::next_input() const {
    return std::min({next_from_outside(), arrivals_.empty() ? kNever : arrivals_.top().t,
                     steps_.empty() ? kNever : steps_.top().t});
}

// A copy: that of the population is forgotten as soon as it has fired.
void Simulation::fire(const Spike here) {
    now_ = here.t;
    act(here.population, [&](Population& population) { population.fire(here); });
    if (!projections_.empty())
        for (const std::uint32_t number : plastic_projections_to_[here.population])
            projections_[number].fire(here.neuron, here.t);
    happened({here.t, here.population, firsts_[here.population] + here.neuron, here.amount});
}

/// A spike, its neuron counted in the whole network, is told to all who want to know of it.
void Simulation::happened(const Spike& spike) {
    tell(spike);
    if (projections_.empty()) return;
    send(spike, projections_from_[spike.population]);
    if (!heard_from_[spike.population].empty()) said_.push_back(spike);
}

void Simulation::tell(const Spike& spike) {
    spikes_.push_back(spike);
    count(spike, 1);
    if (spikes_.size() >= many_spikes_) take_();
}

/// n spikes of a population, none later than the last.
void Simulation::count(const Spike& last, std::size_t n) {
    Pace& pace = paces_[last.population];
    pace.n += static_cast<double>(n);
    if (pace.n >= pace.look_after) check_pace(last);
}

void Simulation::check_pace(const Spike& spike) {
    Pace& pace = paces_[spike.population];
    if (pace.n > pace.most_per_ms * (spike.t - pace.since)) {
        const std::string& name = names_[spike.population];
        throw NumericsError(fmt::format(
            "population {}: neuron {} at t = {:.9g} ms: this spike is the last of {} spikes of the "
            "population since "
            "{:.9g} ms: the network runs away; a longer t_ref, longer delays or smaller weights would hold "
            "it",
            name.empty() ? fmt::format("{}", spike.population) : name, spike.neuron, spike.t, pace.n,
            pace.since));
    }
    pace.since = spike.t;
    pace.n = 0.0;
}

void Simulation::throw_named(std::uint32_t population, const NumericsError& error) const {
    if (names_[population].empty()) throw;
    throw NumericsError(fmt::format("population {}: {}", names_[population], error.what()));
}

void Simulation::send(const Spike& spike, std::span<const std::uint32_t> projections) {
    for (const std::uint32_t number : projections) {
        const auto synapses = projections_[number].synapses(spike.neuron);
        if (synapses.empty()) continue;
        const Arrival arrival{spike.t + synapses[0].delay, number, spike.neuron, 0, spike.t, spike.amount};
        const bool waits = projections_[number].has_one_delay();
        if (!waits || in_flight_[number].empty()) arrivals_.push(arrival);
        if (waits) in_flight_[number].push_back(arrival);
    }
}

void Simulation::hear(std::span<const Spike> spikes) {
    for (const Spike& spike : spikes) send(spike, heard_from_[spike.population]);
}

Time Simulation::least_delay_from_all() const {
    Time least = kNever;
    for (const auto& projections : heard_from_)
        for (const std::uint32_t number : projections)
            least = std::min(least, projections_[number].least_delay());
    return least;
}

void Simulation::take_input() {
    if (next_from_outside() == next_input())
        let_in_next();
    else if (!steps_.empty() && (arrivals_.empty() || steps_.top().t <= arrivals_.top().t))
        inject_next();
    else
        deliver_next();
}

void Simulation::let_in_next() {
    const Outside& one = outside_[next_outside_++];
    now_ = one.t;
    act(one.population, [&](Population& population) { population.receive(one.neuron, one.weight, one.t); });
}

void Simulation::inject_next() {
    const CurrentStep step = steps_.top();
    steps_.pop();
    now_ = step.t;
    act(step.population,
        [&](Population& population) { population.set_current(step.neuron, step.I, step.t); });
}

void Simulation::deliver_next() {
    const Arrival arrival = arrivals_.top();
    arrivals_.pop();
    now_ = arrival.t;
    Projection& projection = projections_[arrival.projection];
    const auto synapses = projection.synapses(arrival.source);
    const Time delay = synapses[arrival.first].delay;
    std::size_t k = arrival.first;
    while (k < synapses.size() && synapses[k].delay == delay) ++k;
    act(projection.to(), [&](Population&) {
        projection.deliver(arrival.source, arrival.first, k, arrival.t, arrival.amount);
    });
    n_arrivals_ += k - arrival.first;
    if (projection.has_one_delay()) {
        auto& in_flight = in_flight_[arrival.projection];
        in_flight.pop_front();
        if (!in_flight.empty()) arrivals_.push(in_flight.front());
    } else if (k < synapses.size()) {
        arrivals_.push({arrival.sent + synapses[k].delay, arrival.projection, arrival.source, k, arrival.sent,
                        arrival.amount});
    }
}

void Simulation::settle_weights() {
    for (Projection& projection : projections_) projection.settle();
}

void Simulation::state(State& s) {
    s(now_, arrivals_, in_flight_, steps_, said_, n_arrivals_);
    for (Pace& pace : paces_) s(pace.since, pace.n);
    for (Watch& watch : watches_) s(watch.next);
    for (Flow& flow : flows_) s(flow.stretches);
    for (const auto& population : populations_) population->state(s);
    for (Projection& projection : projections_) projection.state(s);
    if (!s.is_loading()) return;
    spikes_.clear();
    for (std::uint32_t number = 0; number < populations_.size(); ++number) touch(number);
    next_look_ = kNever;
    for (const Watch& watch : watches_) next_look_ = std::min(next_look_, watch.next_time());
}

/// Lets every watch look that is due at or before t, by (time, order of adding).
void Simulation::look_until(Time t) {
    while (next_look_ <= t) {
        for (Watch& watch : watches_)
            for (; watch.next_time() == next_look_; ++watch.next) watch.look(next_look_);
        next_look_ = kNever;
        for (const Watch& watch : watches_) next_look_ = std::min(next_look_, watch.next_time());
    }
}

}  // namespace sim
