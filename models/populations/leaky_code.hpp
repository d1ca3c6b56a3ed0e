// What the populations whose weights are learned have in common: leaky integrate-and-fire neurons with
// thresholds of their own, which reach each other at once and are read by counting.
//
//     tau_i du_i/dt = b_i - u_i      u_i jumps by -g_i Q_ij when neuron j fires
//     neuron i fires when u_i reaches lambda_i; then u_i = 0
//
// Q_ij > 0 inhibits, < 0 excites. Between spikes all is in closed form: exact, event by event.
#pragma once
#include <string>
#include <vector>

#include "sim/coding_population.hpp"

namespace models {

/// Neurons of a kind: time constant [ms], and g: what of a weight arrives in u.
struct LeakyGroup {
    sim::Time tau;
    double jump;
};

class LeakyCode final : public sim::CodingPopulation {
  public:
    /// sheet: the neurons that are driven; hidden: those behind them, n_hidden of program's.
    LeakyCode(std::string name, const LeakyGroup& sheet, const LeakyGroup& hidden, std::size_t n_hidden,
              bool carry_over, const sim::Program& program);

    std::size_t size() const override { return u_.size(); }
    void drive(std::span<const double> b) override;
    using CodingPopulation::receive;
    void receive(std::span<const sim::Synapse> synapses, sim::Time t) override;
    void set_currents(std::span<const double> b, sim::Time t) override;
    std::vector<sim::Variable> variables() const override { return {{"u", "1"}}; }
    double value(std::size_t variable, std::uint32_t neuron, sim::Time t) const override;
    void state(sim::State& s) override { s(b_, u_, count_, event_, t_, n_spikes_, next_); }
    std::optional<sim::Spike> next_spike(sim::Time t_end) override;
    void fire(const sim::Spike& spike) override;
    void advance(sim::Time t) override { t_ = t; }
    void begin_readout() override { count_.assign(count_.size(), 0U); }
    /// Number of spikes since begin_readout().
    void read_code(std::span<double> a) const override;
    std::vector<double> carried() const override;
    void restore(std::span<const double> carried) override;

  private:
    std::span<const double> b() const override { return b_; }
    struct Range {
        std::size_t first, end;
        LeakyGroup group;
    };
    std::vector<double> u_at(sim::Time t) const;
    void move_to(sim::Time t);
    void look_for_next();
    void look_in(const Range& range);

    std::string name_;
    std::vector<Range> ranges_;
    bool carry_over_;
    const sim::Program& program_;
    std::vector<double> b_, u_;  // u at the last event
    std::vector<std::uint32_t> count_;
    sim::Time event_ = 0.0, t_ = 0.0;
    std::uint64_t n_spikes_ = 0;
    sim::Spike next_{};  // if nothing arrives before; never: infinite
};

}  // namespace models
