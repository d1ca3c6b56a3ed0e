#include "models/populations/leaky_code.hpp"

#include <fmt/format.h>

#include <cassert>
#include <cmath>

#include "sim/elementary.hpp"
#include "sim/error.hpp"

namespace models {
namespace {

using sim::kNever;
using sim::Time;
constexpr std::uint64_t kMostSpikes = 1'000'000;

}  // namespace

LeakyCode::LeakyCode(std::string name, const LeakyGroup& sheet, const LeakyGroup& hidden,
                     std::size_t n_hidden, bool carry_over, const sim::Program& program)
    : name_(std::move(name)), carry_over_(carry_over), program_(program) {
    const std::size_t n = program.Q.size();
    assert(n >= n_hidden);
    ranges_ = {{0, n - n_hidden, sheet}, {n - n_hidden, n, hidden}};
    b_.assign(n, 0.0);
    u_.assign(n, 0.0);
    count_.assign(n, 0U);
    next_ = {kNever, 0, 0};
}

void LeakyCode::drive(std::span<const double> b) {
    sim::check_drive(name_, b, 0.0);
    for (std::size_t i = 0; i < u_.size(); ++i)
        if (!(program_.lambda[i] > 0.0))
            throw sim::NumericsError(name_, i, 0.0,
                                     fmt::format("its threshold must be > 0, is {}", program_.lambda[i]));
    const std::vector<double> before = carried();
    b_.assign(u_.size(), 0.0);
    std::copy(b.begin(), b.end(), b_.begin());
    u_ = before.empty() ? std::vector<double>(u_.size(), 0.0) : before;
    event_ = t_ = 0.0;
    n_spikes_ = 0;
    look_for_next();
    begin_readout();
}

std::vector<double> LeakyCode::u_at(Time t) const {
    std::vector<double> u(u_.size());
    for (const Range& range : ranges_) {
        const double decay = sim::exp((event_ - t) / range.group.tau);
        for (std::size_t i = range.first; i < range.end; ++i) u[i] = b_[i] + (u_[i] - b_[i]) * decay;
    }
    return u;
}

void LeakyCode::move_to(Time t) {
    u_ = u_at(t);
    event_ = t_ = t;
}

void LeakyCode::receive(std::span<const sim::Synapse> synapses, Time t) {
    sim::check_arrivals(name_, synapses, t);
    move_to(t);
    for (const sim::Synapse& one : synapses) u_[one.target] += one.weight;
    look_for_next();
}

void LeakyCode::set_currents(std::span<const double> b, Time t) {
    sim::check_drive(name_, b, t);
    move_to(t);
    std::copy(b.begin(), b.end(), b_.begin());
    look_for_next();
}

double LeakyCode::value(std::size_t, std::uint32_t neuron, Time t) const {
    const Range& range = ranges_[neuron < ranges_[0].end ? 0 : 1];
    return b_[neuron] + (u_[neuron] - b_[neuron]) * sim::exp((event_ - t) / range.group.tau);
}

/// The neuron that is at its threshold first if no spike arrives. u goes to b exponentially: the wait is
/// tau ln((b - u) / (b - lambda)), the same function of the ratio for all neurons of a range.
void LeakyCode::look_in(const Range& range) {
    double least = kNever;
    std::size_t first = 0;
    for (std::size_t i = range.first; i < range.end; ++i) {
        double ratio = 1.0;
        if (u_[i] < program_.lambda[i]) {
            if (b_[i] <= program_.lambda[i]) continue;
            ratio = (b_[i] - u_[i]) / (b_[i] - program_.lambda[i]);
        }
        if (ratio >= least) continue;
        least = ratio;
        first = i;
    }
    const Time t = event_ + range.group.tau * sim::log(least);
    if (t < next_.t) next_ = {t, 0, static_cast<std::uint32_t>(first)};
}

void LeakyCode::look_for_next() {
    next_ = {kNever, 0, 0};
    for (const Range& range : ranges_) look_in(range);
}

std::optional<sim::Spike> LeakyCode::next_spike(Time t_end) {
    return next_.t < t_end ? std::optional(next_) : std::nullopt;
}

void LeakyCode::fire(const sim::Spike& spike) {
    if (++n_spikes_ > kMostSpikes)
        throw sim::NumericsError(name_, spike.neuron, spike.t,
                                 fmt::format("more than {} spikes in one presentation", kMostSpikes));
    move_to(spike.t);
    const std::size_t border = ranges_[0].end;
    for (const auto& run : program_.Q.runs(spike.neuron)) {
        const auto w = program_.Q.weights(run);
        for (std::size_t k = 0; k < run.size; ++k) {
            const std::size_t i = run.first + k;
            u_[i] -= ranges_[i < border ? 0 : 1].group.jump * static_cast<double>(w[k]);
        }
    }
    u_[spike.neuron] = 0.0;
    ++count_[spike.neuron];
    look_for_next();
}

void LeakyCode::read_code(std::span<double> a) const {
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = count_[i];
        if (!std::isfinite(u_[i])) throw sim::NumericsError(name_, i, t_, fmt::format("its u is {}", u_[i]));
    }
}

std::vector<double> LeakyCode::carried() const { return carry_over_ ? u_at(t_) : std::vector<double>{}; }

void LeakyCode::restore(std::span<const double> carried) {
    if (carried.empty()) return;
    event_ = t_ = 0.0;
    u_.assign(carried.begin(), carried.end());
    b_ = u_;  // no way to go: u is given back to the bit
}

}  // namespace models
