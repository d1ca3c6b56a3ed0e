// The generalised spiking LCA (Du, Tian, Li & Zhou 2024, arXiv:2407.03930): leaky integrate-and-fire neurons
// solve the program because each is driven by the inverse of its own f-I curve.
//
//     tau du_i/dt = b_i - u_i              u_i jumps by -(q/tau) Q_ij when neuron j != i fires
//     I_i(t)      = mean of u_i over the past, s weighted as s^(order - 1); order 1: the plain running mean
//     r_i         = [I_i - lambda_i]_+ / (q d_i)      the rate it ought to fire at, d_i = Q_ii
//     dv_i/dt     = -v_i / tau_m + drive(r_i)         fires at v = 1, then v = 0, held there for t_ref
//     drive(r)    = 1 / (tau_m (1 - exp((t_ref - 1/r) / tau_m)))      under which the neuron fires at rate r
//
// Method. u and its integral are in closed form between spikes. I, r and the drive are refreshed for all
// neurons at every spike and at every multiple of dt, and the drive is held in between, so that v and the
// time of the next spike are in closed form too. A drive is thus at most dt old. Convergence: I is a mean
// over a time t, so that in one step of dt it moves by O(dt / t); held drive and running one have the same
// limit, and so do the rates. In that limit q r = [b - lambda - (Q - D) q r]_+ / d, the optimality
// conditions of the program.
//
// How fast: to first order d I / d ln t = order (u - I), the LCA in logarithmic time. The slowest mode, of
// the smallest eigenvalue mu of D^-1 Q on the active neurons, falls as t^(-order mu); counting leaves 1/T.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/populations/step_counter.hpp"
#include "sim/coding_population.hpp"
#include "sim/elementary.hpp"
#include "sim/error.hpp"

namespace models {
namespace {

using sim::kNever;
using sim::Time;
constexpr double kThreshold = 1.0;  // of v: its unit
/// The highest rate that is asked for, in units of 1/t_ref, at which the f-I curve ends.
constexpr double kHighestRate = 0.99;
constexpr std::uint64_t kMaxSpikes = 10'000'000;

struct LifLcaSettings {
    explicit LifLcaSettings(const sim::Params& p)
        : tau(p.number("tau", "ms", 10.0, sim::Check::positive, "time constant of the current u")),
          tau_m(p.number("tau_m", "ms", 10.0, sim::Check::positive, "time constant of the membrane")),
          t_ref(p.number("t_ref", "ms", 0.05, sim::Check::non_negative,
                         "time for which v stays at 0 after a spike; no neuron fires faster than 1/t_ref")),
          q(tau *
            p.number("q", "tau", 0.1, sim::Check::positive, "what one spike stands for: activity x time")),
          dt(tau * p.number("dt", "tau", 0.1, sim::Check::positive,
                            "the drive is refreshed at every spike, and at least this often")),
          order(p.number("order", "1", 4.0, sim::Check::positive,
                         "the running mean weighs time s as s^(order - 1); 1: plain, as published")),
          carry_over(
              p.flag("carry_over", false, "a presentation starts from the state the last one ended in")) {}
    Time tau, tau_m, t_ref, q, dt;
    double order;
    bool carry_over;
};

class LifLcaPopulation final : public sim::CodingPopulation {
  public:
    LifLcaPopulation(const LifLcaSettings& settings, const sim::Program& program)
        : settings_(settings), program_(program) {
        for (auto* member : {&b_, &u_, &v_, &mean_, &v_end_, &held_until_})
            member->assign(program.Q.size(), 0.0);
        count_.assign(program.Q.size(), 0U);
    }

    std::size_t size() const override { return b_.size(); }
    void drive(std::span<const double> b) override;
    using CodingPopulation::receive;
    void receive(std::span<const sim::Synapse> synapses, Time t) override;
    void set_currents(std::span<const double> b, Time t) override;
    std::vector<sim::Variable> variables() const override { return {{"u", "1"}, {"v", "1"}}; }
    double value(std::size_t variable, std::uint32_t neuron, Time t) const override {
        return variable == 0 ? u_at(neuron, t) : v_at(neuron, t);
    }
    void state(sim::State& s) override {
        s(b_, u_, v_, mean_, v_end_, held_until_, count_, refreshed_, next_grid_, t_, readout_start_, n_grid_,
          n_spikes_, steps_, next_);
    }
    std::optional<sim::Spike> next_spike(Time t_end) override;
    void fire(const sim::Spike& spike) override;
    Time looked_until() const override { return next_grid_; }
    void advance(Time t) override;
    void begin_readout() override {
        std::fill(count_.begin(), count_.end(), 0U);
        readout_start_ = t_;
    }
    void read_code(std::span<double> a) const override;
    std::vector<double> carried() const override;
    void restore(std::span<const double> carried) override;

  private:
    std::span<const double> b() const override { return b_; }
    double u_at(std::size_t i, Time t) const {
        return b_[i] + (u_[i] - b_[i]) * sim::exp((refreshed_ - t) / settings_.tau);
    }
    double v_at(std::size_t i, Time t) const {
        const Time since = t - std::max(refreshed_, held_until_[i]);
        return since <= 0.0 ? v_[i] : v_end_[i] + (v_[i] - v_end_[i]) * sim::exp(-since / settings_.tau_m);
    }
    double end_of_v(std::size_t i) const;
    void move_to(Time t);
    void refresh_drives();
    void find_next();

    LifLcaSettings settings_;
    const sim::Program& program_;
    std::vector<double> b_;
    std::vector<double> u_, v_, mean_;  // at the last refresh; mean_ is I
    std::vector<double> v_end_;         // where v goes under its drive: tau_m x drive
    std::vector<Time> held_until_;
    std::vector<std::uint32_t> count_;  // spikes since begin_readout
    Time refreshed_ = 0.0, next_grid_ = 0.0, t_ = 0.0, readout_start_ = 0.0;
    std::uint64_t n_grid_ = 0, n_spikes_ = 0;
    StepCounter steps_;
    sim::Spike next_{kNever, 0, 0};  // if nothing is refreshed before
};

void LifLcaPopulation::drive(std::span<const double> b) {
    sim::check_drive("lif_lca", b, 0.0);
    const std::vector<double> before = carried();
    const std::size_t n = b.size();
    b_.assign(b.begin(), b.end());
    for (std::size_t i = 0; i < n; ++i) {
        u_[i] = before.empty() ? 0.0 : before[i];
        v_[i] = before.empty() ? 0.0 : before[n + i];
        mean_[i] = u_[i];
    }
    std::fill(held_until_.begin(), held_until_.end(), 0.0);
    refreshed_ = t_ = 0.0;
    n_grid_ = 1;
    next_grid_ = settings_.dt;
    n_spikes_ = 0;
    steps_.restart();
    refresh_drives();
    begin_readout();
}

void LifLcaPopulation::receive(std::span<const sim::Synapse> synapses, Time t) {
    sim::check_arrivals("lif_lca", synapses, t);
    move_to(t);
    for (const sim::Synapse& one : synapses) u_[one.target] += one.weight;
    refresh_drives();
}

void LifLcaPopulation::set_currents(std::span<const double> b, Time t) {
    sim::check_drive("lif_lca", b, t);
    move_to(t);
    std::copy(b.begin(), b.end(), b_.begin());
    refresh_drives();
}

/// Where v of neuron i goes if its drive stays: tau_m drive(r).
double LifLcaPopulation::end_of_v(std::size_t i) const {
    const double wanted = (mean_[i] - program_.lambda[i]) / (settings_.q * program_.Q.diagonal(i));
    if (wanted <= 0.0) return 0.0;
    Time interval = 1.0 / wanted;
    if (settings_.t_ref > 0.0) interval = std::max(interval, settings_.t_ref / kHighestRate);
    return kThreshold / -sim::expm1((settings_.t_ref - interval) / settings_.tau_m);
}

/// u, v and I to time t, with the drive as it was.
void LifLcaPopulation::move_to(Time t) {
    const Time step = t - refreshed_;
    if (step <= 0.0) return;
    const double lost = -sim::expm1(-step / settings_.tau);  // of u - b
    const double mean_left = lost * settings_.tau / step;    // of it, on average over the step
    const double weight = 1.0 - sim::pow(refreshed_ / t, settings_.order);
    const double decay = sim::exp(-step / settings_.tau_m);
    for (std::size_t i = 0; i < b_.size(); ++i) {
        const double excess = u_[i] - b_[i];
        mean_[i] += weight * (b_[i] + excess * mean_left - mean_[i]);
        u_[i] -= excess * lost;
        if (held_until_[i] <= refreshed_)
            v_[i] = v_end_[i] + (v_[i] - v_end_[i]) * decay;
        else
            v_[i] = v_at(i, t);
    }
    refreshed_ = t;
}

void LifLcaPopulation::refresh_drives() {
    for (std::size_t i = 0; i < b_.size(); ++i) v_end_[i] = end_of_v(i);
    find_next();
}

/// The spike that comes first under the drives as they are.
void LifLcaPopulation::find_next() {
    next_ = {kNever, 0, 0};
    for (std::size_t i = 0; i < b_.size(); ++i) {
        if (v_end_[i] <= kThreshold) continue;  // too weak a drive, however long it lasts
        const Time from = std::max(refreshed_, held_until_[i]);
        const Time wait = v_[i] >= kThreshold
                              ? 0.0
                              : settings_.tau_m * sim::log((v_end_[i] - v_[i]) / (v_end_[i] - kThreshold));
        if (from + wait < next_.t) next_ = {from + wait, 0, static_cast<std::uint32_t>(i)};
    }
}

std::optional<sim::Spike> LifLcaPopulation::next_spike(Time t_end) {
    steps_.foresee("lif_lca", "dt", refreshed_, t_end, settings_.dt);
    return next_.t < std::min(next_grid_, t_end) ? std::optional(next_) : std::nullopt;
}

void LifLcaPopulation::advance(Time t) {
    t_ = t;
    while (t >= next_grid_) {
        steps_.count("lif_lca", "dt", next_grid_);
        move_to(next_grid_);
        next_grid_ = static_cast<double>(++n_grid_) * settings_.dt;
        refresh_drives();
    }
}

void LifLcaPopulation::fire(const sim::Spike& spike) {
    const std::size_t j = spike.neuron;
    if (++n_spikes_ > kMaxSpikes)
        throw sim::NumericsError(
            "lif_lca", j, spike.t,
            fmt::format("more than {} spikes in one presentation: is q too small?", kMaxSpikes));
    move_to(spike.t);
    t_ = spike.t;
    ++count_[j];
    v_[j] = 0.0;
    held_until_[j] = spike.t + settings_.t_ref;
    const double u_j = u_[j];
    const double jump = settings_.q / settings_.tau;
    for (const auto& run : program_.Q.runs(j)) {
        const auto w = program_.Q.weights(run);
        for (std::size_t k = 0; k < run.size; ++k) u_[run.first + k] -= jump * static_cast<double>(w[k]);
    }
    u_[j] = u_j;  // a neuron does not inhibit its own current
    refresh_drives();
}

void LifLcaPopulation::read_code(std::span<double> a) const {
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = settings_.q * count_[i] / (t_ - readout_start_);
        if (!std::isfinite(a[i]) || !std::isfinite(mean_[i]) || !std::isfinite(v_[i]))
            throw sim::NumericsError("lif_lca", i, t_, fmt::format("its activity is {}", a[i]));
    }
}

/// u, then v, shape (2 n); the mean starts anew with every presentation.
std::vector<double> LifLcaPopulation::carried() const {
    if (!settings_.carry_over) return {};
    const std::size_t n = b_.size();
    std::vector<double> state(2 * n);
    for (std::size_t i = 0; i < n; ++i) {
        state[i] = u_at(i, t_);
        state[n + i] = v_at(i, t_);
    }
    return state;
}

void LifLcaPopulation::restore(std::span<const double> state) {
    if (state.empty()) return;
    const std::size_t n = b_.size();
    refreshed_ = t_ = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        b_[i] = u_[i] = state[i];  // no way to go: u and v are given back to the bit
        v_[i] = state[n + i];
        held_until_[i] = 0.0;
    }
}

class LifLca final : public sim::Neurons {
  public:
    using Settings = LifLcaSettings;
    LifLca(const Settings& settings, const Context&) : settings_(settings) {}
    std::string name() const override { return "lif_lca"; }
    std::unique_ptr<sim::CodingPopulation> population(const sim::Program& program) const override {
        return std::make_unique<LifLcaPopulation>(settings_, program);
    }

  private:
    Settings settings_;
};

const sim::RegisterNeurons<LifLca> lif_lca{
    "lif_lca", "generalised spiking LCA: leaky neurons driven by the inverse of their f-I curve"};

}  // namespace
}  // namespace models
