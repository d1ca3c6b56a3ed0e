// The spiking LCA (slca.cpp) as digital chips run it: in steps, in integers. Each step, of every neuron i:
//
//     U_i <- U_i (4096 - decay) / 4096, cut towards 0, + what arrived     U: u - b, a current that decays
//     V_i <- V_i + U_i + B_i                                              B: b - lambda, rounded
//     if V_i >= Theta_i: a spike of n = 1, or graded: of n = floor(V_i / Theta_i)
//                        V_i <- V_i - n Theta_i, or 0
//     a spike of j: -n w_ij 2^shift arrives at all i != j in the next step
//
// w_ij is Q_ij in units of the largest of them, rounded to weight_bits; U, V and B saturate at state_bits. Sources: the neuron
// of Loihi, Davies et al. (2018), IEEE Micro 38(1):82, whose u and v are these in integers of 24 bits, weights of 8 bits with one
// exponent for all, and decay a part of 4096; sparse codes on it, Tang, Lin & Davies (2017), arXiv 1705.05475.
//
// Units. Chips are programmed so that numbers fit. Here the largest threshold is at most 2^-7 of the range of V, so that V may
// fall far below 0 before it saturates; that fixes the shift. decay = 4096 (1 - e^{-step/tau}), rounded, and weights are scaled
// so that a spike takes q Q_ij off the integral of u, whatever the step: where rates settle, they solve the program up to
// rounding.
//
// A step happens in its middle, step/2 after it begins: so a presentation of whole steps holds them all.
#include <cmath>
#include <optional>

#include "models/populations/slca_state.hpp"

namespace models::slca {
namespace {

/// Bits of the range of V above the largest threshold.
constexpr int kSpareBits = 7;

std::int64_t largest_of(int bits) { return (std::int64_t{1} << (bits - 1)) - 1; }

/// The largest |Q_ij|, i != j; that of the diagonal where no neuron reaches another.
double largest_weight(const sim::Interaction& Q, double otherwise) {
    float largest = 0.0F;
    for (std::size_t j = 0; j < Q.size(); ++j)
        for (const auto& run : Q.runs(j)) {
            const auto w = Q.weights(run);
            for (std::size_t k = 0; k < run.size; ++k)
                if (run.first + k != j) largest = std::max(largest, std::abs(w[k]));
        }
    return largest > 0.0F ? static_cast<double>(largest) : otherwise;
}

double largest_diagonal(const sim::Interaction& Q) {
    double largest = 0.0;
    for (std::size_t j = 0; j < Q.size(); ++j) largest = std::max(largest, Q.diagonal(j));
    return largest;
}

/// Half away from zero.
std::int64_t rounded(double x) { return static_cast<std::int64_t>(x < 0.0 ? x - 0.5 : x + 0.5); }

/// What one of each stands for.
struct Units {
    double weight;           // of w: Q_ij
    double u, v;             // of U and B; of V and Theta [ms]
    int shift;               // a weight w is w 2^shift of U
    std::int64_t heaviest;   // the largest w
    std::int64_t outermost;  // where states saturate
    double jump;             // what u jumps by, for a jump of 1 in continuous time

    std::int64_t of_state(double x) const {
        const auto end = static_cast<double>(outermost);
        return rounded(std::clamp(x, -end, end));
    }
    std::int64_t saturated(std::int64_t x) const { return std::clamp(x, -outermost, outermost); }
    /// What a weight of Q makes U jump by.
    std::int64_t synapse(float Q_ij) const {
        const double most = static_cast<double>(heaviest);
        const std::int64_t w = rounded(std::clamp(static_cast<double>(Q_ij) / weight, -most, most));
        if (shift >= 0) return w * (std::int64_t{1} << shift);
        return (w + (std::int64_t{1} << (-shift - 1))) >> -shift;
    }
};

Units units_of(const Settings& settings, const sim::Program& program) {
    const Hardware& hardware = *settings.hardware;
    Units units{};
    units.heaviest = largest_of(hardware.weight_bits);
    units.outermost = largest_of(hardware.state_bits);
    const double diagonal = largest_diagonal(program.Q);
    units.weight = largest_weight(program.Q, diagonal) / static_cast<double>(units.heaviest);
    const double part = static_cast<double>(hardware.decay) / static_cast<double>(kDecayScale);
    units.jump = part * settings.tau / hardware.step;
    const double first = units.weight * part;  // of what w = 1 adds to v, before it decays; in units of q
    const double range = std::ldexp(1.0, hardware.state_bits - 1 - kSpareBits);
    units.shift = std::ilogb(range * first / diagonal);
    units.v = settings.q * std::ldexp(first, -units.shift);
    units.u = units.v / hardware.step;
    return units;
}

class FixedPopulation final : public SpikingCode {
  public:
    FixedPopulation(const Settings& settings, const sim::Program& program)
        : SpikingCode(settings, program), hardware_(*settings.hardware) {
        for (auto* member : {&U_, &V_, &B_, &Theta_, &arriving_}) member->assign(program.Q.size(), 0);
    }

    bool has_graded_spikes() const override { return hardware_.has_graded_spikes; }
    void drive(std::span<const double> b) override;
    std::optional<sim::Spike> next_spike(Time t_end) override;
    void fire(const sim::Spike& spike) override;
    Time looked_until() const override { return time_of(n_steps_); }
    void advance(Time t) override {
        while (time_of(n_steps_) <= t) take_step();
    }
    using SpikingCode::receive;
    void receive(std::span<const sim::Synapse> synapses, Time t) override;
    void set_currents(std::span<const double> b, Time t) override;
    double value(std::size_t variable, std::uint32_t i, Time) const override {
        return variable == 0 ? u(i) : v(i);
    }
    void state(sim::State& s) override {
        SpikingCode::state(s);
        s(units_, U_, V_, B_, Theta_, arriving_, n_steps_, steps_, fired_, next_fired_);
    }

  private:
    /// Of step k, from 0.
    Time time_of(std::uint64_t k) const { return (static_cast<double>(k) + 0.5) * hardware_.step; }
    double u(std::size_t i) const { return b_[i] + units_.u * static_cast<double>(U_[i]); }
    double v(std::size_t i) const { return units_.v * static_cast<double>(V_[i]); }
    /// The steps there have been, so that codes are read over whole ones.
    Time now() const override { return static_cast<double>(n_steps_) * hardware_.step; }
    void write_u(std::span<double> to) const override {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = u(i);
    }
    void write_v(std::span<double> to) const override {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = v(i);
    }
    void take_step();
    void set_biases();
    void let_arrive(std::size_t i, double jump) {
        arriving_[i] += units_.of_state(jump * units_.jump / units_.u);
    }

    Hardware hardware_;
    Units units_{};
    std::vector<std::int64_t> U_, V_, B_, Theta_, arriving_;
    std::uint64_t n_steps_ = 0;  // that are done
    StepCounter steps_;
    std::vector<sim::Spike> fired_;  // in the last step
    std::size_t next_fired_ = 0;     // of those: it and all that follow have yet to happen
};

void FixedPopulation::drive(std::span<const double> b) {
    units_ = units_of(settings_, program_);
    std::vector<double> excess(b.size()), v(b.size());
    start_from(b, excess, v);
    n_steps_ = 0;
    steps_.restart();
    fired_.clear();
    next_fired_ = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        U_[i] = arriving_[i] = 0;
        V_[i] = units_.of_state(v[i] / units_.v);
        Theta_[i] = std::max(units_.of_state(theta_[i] / units_.v), std::int64_t{1});
        theta_[i] = units_.v * static_cast<double>(Theta_[i]);
    }
    set_biases();
    begin_readout();
}

void FixedPopulation::set_biases() {
    for (std::size_t i = 0; i < B_.size(); ++i) B_[i] = units_.of_state(c_[i] / units_.u);
}

void FixedPopulation::receive(std::span<const sim::Synapse> synapses, Time t) {
    sim::check_arrivals("slca", synapses, t);
    advance(t);
    for (const sim::Synapse& one : synapses) let_arrive(one.target, one.weight);
}

/// u stays where it is, for its way to the new drive.
void FixedPopulation::set_currents(std::span<const double> b, Time t) {
    advance(t);
    std::vector<double> excess(b.size(), 0.0);
    change_drive(b, excess, t);
    for (std::size_t i = 0; i < b.size(); ++i) let_arrive(i, excess[i]);
    set_biases();
}

void FixedPopulation::take_step() {
    steps_.count("slca", "hardware.step", time_of(n_steps_));
    fired_.clear();
    next_fired_ = 0;
    const std::int64_t kept = kDecayScale - hardware_.decay;
    for (std::size_t i = 0; i < V_.size(); ++i) {
        U_[i] = units_.saturated(U_[i] * kept / kDecayScale + arriving_[i]);
        V_[i] = units_.saturated(V_[i] + U_[i] + B_[i]);
        arriving_[i] = 0;
        if (V_[i] < Theta_[i]) continue;
        const double n = hardware_.has_graded_spikes ? static_cast<double>(V_[i] / Theta_[i]) : 1.0;
        fired_.push_back({time_of(n_steps_), 0, static_cast<std::uint32_t>(i), n});
    }
    ++n_steps_;
}

std::optional<sim::Spike> FixedPopulation::next_spike(Time t_end) {
    steps_.foresee("slca", "hardware.step", now(), t_end, hardware_.step);
    if (next_fired_ == fired_.size() || fired_[next_fired_].t >= t_end) return std::nullopt;
    return fired_[next_fired_];
}

void FixedPopulation::fire(const sim::Spike& spike) {
    const std::size_t j = spike.neuron;
    const auto n = static_cast<std::int64_t>(spike.amount);
    ++next_fired_;
    count_spike(j, spike.t, static_cast<std::uint32_t>(n));
    V_[j] = hardware_.takes_threshold_off ? V_[j] - n * Theta_[j] : 0;
    const std::int64_t own = arriving_[j];
    for (const auto& run : program_.Q.runs(j)) {
        const auto w = program_.Q.weights(run);
        for (std::size_t k = 0; k < run.size; ++k) arriving_[run.first + k] -= n * units_.synapse(w[k]);
    }
    arriving_[j] = own;  // a neuron does not inhibit its own current
}

}  // namespace

std::unique_ptr<sim::CodingPopulation> fixed_population(const Settings& settings,
                                                        const sim::Program& program) {
    return std::make_unique<FixedPopulation>(settings, program);
}

}  // namespace models::slca
