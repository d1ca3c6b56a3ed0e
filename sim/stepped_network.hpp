// A network that is stepped by hand: run some ms, look, inject, run on.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/parts.hpp"
#include "sim/run_settings.hpp"

namespace sim {

class SteppedNetwork {
  public:
    /// settings: of a network that runs for one stretch. throws ConfigError if it shows frames; IoError
    explicit SteppedNetwork(RunSettings settings);
    SteppedNetwork(const SteppedNetwork&) = delete;

    const RunSettings& settings() const { return settings_; }
    /// Before which all has happened [ms].
    Time now() const { return now_; }

    /// Runs on by dt [ms]. What happens is the same to the bit as in a run of one stretch, in steps of any length.
    /// throws ConfigError if dt is not positive or leads beyond the `duration` of the config; NumericsError; Interrupted, after
    /// which it may go on
    void run(Time dt);

    /// Spikes since the last call, by (time, population, neuron).
    std::vector<Spike> take_spikes();

    const std::vector<Variable>& variables(std::uint32_t population) const { return variables_[population]; }
    /// A variable of all neurons at now(), before what happens then.
    std::vector<double> state(std::uint32_t population, std::size_t variable) const;

    /// Injects I [Population::current_unit()] into a neuron from now on, on top of its own. throws ConfigError where no current
    /// can flow
    void set_current(std::uint32_t population, std::uint32_t neuron, double I);
    /// "" where no current can flow.
    std::string current_unit(std::uint32_t population) const { return current_units_[population]; }

  private:
    RunSettings settings_;
    std::vector<std::vector<Variable>> variables_;
    std::vector<std::string> current_units_;
    std::vector<std::vector<Spike>> spikes_;  // by part
    std::unique_ptr<Parts> parts_;
    Time now_ = 0.0;
};

}  // namespace sim
