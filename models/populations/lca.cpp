// The analog Locally Competitive Algorithm (Rozell, Johnson, Baraniuk & Olshausen 2008; Barari & Kim, eq.
// 2-3):
//
//     tau du_i/dt = b_i - u_i - sum_{j != i} Q_ij a_j        d_i a_i = [u_i - lambda_i]_+,  d_i = Q_ii
//
// or, with the hard threshold (Barari & Kim, eq. 2), d_i a_i = u_i [u_i > lambda_i]: active neurons are not
// held back, and activity costs lambda_i^2 / (2 d_i) however large it is (Rozell et al. 2008).
//
// It makes no spikes. Integrated by Boost.Odeint it is the oracle and the baseline of the spiking
// populations.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/ode.hpp"

namespace models {
namespace {

using sim::Time;

struct LcaSettings {
    explicit LcaSettings(const sim::Params& p)
        : tau(p.number("tau", "ms", 10.0, sim::Check::positive, "time constant of u")),
          adaptive(p.choice("stepper", {"adaptive", "fixed"}, "adaptive",
                            "adaptive: Dormand-Prince 5 with error control; fixed: Euler steps of dt") ==
                   "adaptive"),
          dt(tau * p.number("dt", "tau", 0.1, sim::Check::positive, "fixed step, or the first adaptive one")),
          tolerance(p.number("tolerance", "1", 1e-6, sim::Check::positive,
                             "absolute and relative error of an adaptive step")),
          is_hard(p.choice("threshold", {"soft", "hard"}, "soft",
                           "soft: what is above lambda is active, the l1 problem; hard: all of u where it is "
                           "above lambda, another problem") == "hard"),
          carry_over(
              p.flag("carry_over", false, "a presentation starts from the state the last one ended in")) {
        if (tolerance < 1e-15) p.fail("tolerance", "at least 1e-15: numbers have no more digits");
    }
    Time tau;
    bool adaptive;
    Time dt;
    double tolerance;
    bool is_hard;
    bool carry_over;
};

class LcaPopulation final : public sim::CodingPopulation {
  public:
    LcaPopulation(const LcaSettings& settings, const sim::Program& program)
        : settings_(settings), program_(program), b_(program.Q.size(), 0.0), u_(program.Q.size(), 0.0) {}

    std::size_t size() const override { return u_.size(); }
    void drive(std::span<const double> b) override {
        sim::check_drive("lca", b, 0.0);
        b_.assign(b.begin(), b.end());
        if (!settings_.carry_over) u_ = b_;
        t_ = 0.0;
    }
    using CodingPopulation::receive;
    void receive(std::span<const sim::Synapse> synapses, Time t) override {
        sim::check_arrivals("lca", synapses, t);
        advance(t);
        for (const sim::Synapse& one : synapses) u_[one.target] += one.weight;
    }
    void set_currents(std::span<const double> b, Time t) override {
        sim::check_drive("lca", b, t);
        advance(t);
        std::copy(b.begin(), b.end(), b_.begin());
    }
    std::vector<sim::Variable> variables() const override { return {{"u", "1"}, {"a", "1"}}; }
    double value(std::size_t variable, std::uint32_t neuron, Time t) const override {
        LcaPopulation then = *this;
        then.advance(t);
        return variable == 0 ? then.u_[neuron] : then.activity(then.u_, neuron);
    }
    void state(sim::State& s) override { s(b_, u_, t_); }
    std::optional<sim::Spike> next_spike(Time) override { return std::nullopt; }
    void fire(const sim::Spike&) override {}
    void advance(Time t) override;
    void begin_readout() override {}  // the code is what the neurons do at the end
    void read_code(std::span<double> a) const override;
    std::vector<double> carried() const override { return settings_.carry_over ? u_ : std::vector<double>{}; }
    void restore(std::span<const double> carried) override {
        if (!carried.empty()) u_.assign(carried.begin(), carried.end());
    }

  private:
    std::span<const double> b() const override { return b_; }
    double activity(const std::vector<double>& u, std::size_t j) const {
        const double above = u[j] - program_.lambda[j];
        if (above <= 0.0) return 0.0;
        return (settings_.is_hard ? u[j] : above) / program_.Q.diagonal(j);
    }
    void derivative(const std::vector<double>& u, std::vector<double>& dudt) const;

    LcaSettings settings_;
    const sim::Program& program_;
    std::vector<double> b_, u_;
    Time t_ = 0.0;
};

void LcaPopulation::derivative(const std::vector<double>& u, std::vector<double>& dudt) const {
    for (std::size_t i = 0; i < u.size(); ++i) dudt[i] = b_[i] - u[i];
    for (std::size_t j = 0; j < u.size(); ++j) {
        const double a = activity(u, j);
        if (a == 0.0) continue;  // only active neurons inhibit
        for (const auto& run : program_.Q.runs(j)) {
            const auto w = program_.Q.weights(run);
            for (std::size_t k = 0; k < run.size; ++k) dudt[run.first + k] -= a * static_cast<double>(w[k]);
        }
        dudt[j] += a * program_.Q.diagonal(j);
    }
    for (double& d : dudt) d /= settings_.tau;
}

void LcaPopulation::advance(Time t) {
    if (t <= t_) return;
    const auto f = [this](const sim::ode::State& u, sim::ode::State& dudt, Time) { derivative(u, dudt); };
    try {
        if (settings_.adaptive)
            sim::ode::integrate_adaptive(f, u_, t_, t, settings_.dt, settings_.tolerance);
        else
            sim::ode::integrate_fixed(f, u_, t_, t, settings_.dt);
    } catch (const sim::NumericsError& error) {
        throw sim::NumericsError(
            fmt::format("lca: between t = {:.9g} and {:.9g} ms: {}", t_, t, error.what()));
    }
    t_ = t;
}

void LcaPopulation::read_code(std::span<double> a) const {
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = activity(u_, i);
        if (!std::isfinite(a[i]))
            throw sim::NumericsError("lca", i, t_, fmt::format("its activity is {}", a[i]));
    }
}

class Lca final : public sim::Neurons {
  public:
    using Settings = LcaSettings;
    Lca(const Settings& settings, const Context&) : settings_(settings) {}
    std::string name() const override { return "lca"; }
    std::unique_ptr<sim::CodingPopulation> population(const sim::Program& program) const override {
        return std::make_unique<LcaPopulation>(settings_, program);
    }

  private:
    Settings settings_;
};

const sim::RegisterNeurons<Lca> lca{"lca",
                                    "analog LCA, integrated with Boost.Odeint: the oracle and the baseline"};

}  // namespace
}  // namespace models
