// Populations of neurons whose equations have no closed form: Boost.Odeint follows each from what last
// happened to it, only as far as it is asked, and spikes are found on the solver's dense output.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "models/neurons/bernstein.hpp"
#include "sim/error.hpp"
#include "sim/ode.hpp"
#include "sim/per_neuron.hpp"

namespace models {

using sim::kNever;
using sim::Time;

/// n neurons of one Model, which is their parameters, one for all where they are alike:
///     Settings, static constexpr const char *kName, *kWeightUnit, std::size_t kSize
///     static constexpr bool kSpikesAtPeak    spikes are maxima of V_m at or above threshold, not crossings
///     using X = std::array<double, kSize>    V_m first, then what variables() names, then the rest
///     explicit Model(const Settings&)
///     X initial() const                                       at t = 0
///     void derivative(const X&, double I, bool is_refractory, X& dxdt) const
///     void receive(X&, double weight) const
///     void reset(X&) const                                    after a spike
///     double threshold() const;  Time t_ref() const;  double tolerance() const
///     std::vector<sim::Variable> variables() const
///
/// The steps of a neuron depend on its state at its last event alone, not on how far or how often it was
/// looked at.
template <class Model>
class OdeNeurons final : public sim::Population {
  public:
    using Settings = sim::NeuronSettings<typename Model::Settings>;
    using X = typename Model::X;

    OdeNeurons(const Settings& settings, const Context& context)
        : models_(settings.template of<Model>(context)),
          neurons_(context.n, at_rest(0)),
          next_(context.n),
          first_(context.first) {
        start(0);
    }

    std::size_t size() const override { return neurons_.size(); }
    bool has_lone_neurons() const override { return true; }
    std::string weight_unit() const override { return Model::kWeightUnit; }
    std::string current_unit() const override { return "pA"; }
    std::vector<sim::Variable> variables() const override { return models_[0].variables(); }

    std::optional<sim::Spike> next_spike(Time t_end) override {
        while (!next_.empty() && next_.top().t < t_end) {
            const auto [t, neuron] = next_.top();
            if (neurons_[neuron].t_spike != kNever) return sim::Spike{t, 0, neuron};
            search_next_step(neuron);
        }
        return std::nullopt;
    }
    void fire(const sim::Spike& spike) override {
        Start at = at_time(spike.neuron, spike.t);
        models_[spike.neuron].reset(at.x);
        neurons_[spike.neuron].t_free = spike.t + models_[spike.neuron].t_ref();
        neurons_[spike.neuron].t_spike = kNever;
        restart(spike.neuron, at.x, spike.t, kFirstStep);
    }
    void advance(Time t) override { now_ = std::max(now_, t); }
    void live(const sim::Reached& reached, Time end, std::vector<sim::Spike>& spikes) override {
        const Time begin = now_;
        const auto of_one = [&](std::uint32_t neuron, std::span<const sim::Reached::Input> inputs) {
            now_ = begin;  // each neuron's own
            for (const sim::Reached::Input& one : inputs) {
                live(neuron, one.t, spikes);
                receive(neuron, one.weight, one.t);
            }
            live(neuron, end, spikes);
        };
        for (std::size_t k = 0; k < reached.neurons.size(); ++k) of_one(reached.neurons[k], reached.of(k));
        while (!next_.empty() && next_.top().t < end) of_one(next_.top().neuron, {});
        now_ = std::max(begin, end);
    }
    using Population::start;
    void start(std::uint64_t /*presentation*/) override {
        now_ = 0.0;
        for (std::uint32_t i = 0; i < neurons_.size(); ++i) {
            neurons_[i] = at_rest(i);
            restart(i, models_[i].initial(), 0.0, kFirstStep);
        }
    }

    void receive(std::span<const sim::Synapse> synapses, Time t) override {
        for (const sim::Synapse& one : synapses) receive(one.target, one.weight, t);
    }
    void receive(std::uint32_t neuron, double weight, Time t) override {
        if (!std::isfinite(weight)) fail(neuron, t, fmt::format("a spike of weight {} arrives", weight));
        Start at = at_time(neuron, t);
        models_[neuron].receive(at.x, weight);
        restart(neuron, at.x, t, at.h);
    }
    void set_current(std::uint32_t neuron, double I, Time t) override {
        if (!std::isfinite(I)) fail(neuron, t, fmt::format("the injected current is {}", I));
        const Start at = at_time(neuron, t);
        Neuron& n = neurons_[neuron];
        const double slope_before = V_m_slope(neuron, at.x, t);
        n.I = I;
        restart(neuron, at.x, t, at.h);
        const bool peaks = Model::kSpikesAtPeak && at.x[0] >= models_[neuron].threshold() &&
                           sim::has_come_to(n.t_free, t) && slope_before > 0.0 &&
                           V_m_slope(neuron, at.x, t) <= 0.0;
        if (peaks) set_spike(neuron, t);
    }
    double value(std::size_t variable, std::uint32_t neuron, Time t) const override {
        return at_time(neuron, t).x[variable];
    }
    /// Of a solution its last step is kept, by where it began: made again it is the same.
    void state(sim::State& s) override {
        s(now_, next_);
        for (std::uint32_t i = 0; i < neurons_.size(); ++i) {
            Neuron& n = neurons_[i];
            s(n.base, n.origin, n.t_free, n.I, n.counted_from, n.n_steps, n.t_spike);
            Start begin = n.solution.begin_of_step();
            bool has_stepped = n.solution.end() > n.solution.begin();
            s(begin, has_stepped);
            if (!s.is_loading()) continue;
            n.solution.start(begin);
            if (has_stepped) step(n.solution, i);
        }
    }

  private:
    using Solution = sim::ode::Solution<Model::kSize>;
    using Start = typename Solution::Start;
    static constexpr Time kFirstStep = 0.1, kLongestStep = 1.0;
    static constexpr const char* kTooShort = "the solver's steps have become too short";
    static constexpr int kMostSteps = 100000;  // in a millisecond

    /// One neuron since its last event. Its solution is in time since `origin`, so that steps can be short.
    struct Neuron {
        Solution solution;
        Start base{};                     // begin of a step no event can precede
        Time origin = 0.0, t_free = 0.0;  // t_free: end of the refractory time
        double I = 0.0;
        Time counted_from = 0.0;
        int n_steps = 0;        // since then
        Time t_spike = kNever;  // once it has been found
    };

    /// What one does by itself before t.
    void live(std::uint32_t neuron, Time t, std::vector<sim::Spike>& spikes) {
        while (next_.time(neuron) < t) {
            if (neurons_[neuron].t_spike == kNever) {
                search_next_step(neuron);
                continue;
            }
            const sim::Spike spike{next_.time(neuron), 0, neuron};
            spikes.push_back(spike);
            fire(spike);
        }
    }
    Neuron at_rest(std::uint32_t neuron) const {
        return Neuron{Solution(models_[neuron].tolerance(), kLongestStep)};
    }
    void restart(std::uint32_t neuron, const X& x, Time t, Time h) {
        Neuron& n = neurons_[neuron];
        for (const double value : x)
            if (!std::isfinite(value)) fail(neuron, t, fmt::format("its state has become {}", value));
        now_ = std::max(now_, t);
        n.origin = t;
        n.base = {x, 0.0, h};
        n.solution.start(n.base);
        const bool is_at_peak = Model::kSpikesAtPeak && n.t_spike <= t;  // whatever else happens at t
        const bool is_over =
            !Model::kSpikesAtPeak && x[0] >= models_[neuron].threshold() && sim::has_come_to(n.t_free, t);
        if (is_at_peak || is_over)
            set_spike(neuron, t);
        else
            set_clear(neuron, t);
    }
    void set_spike(std::uint32_t neuron, Time t) {
        neurons_[neuron].t_spike = t;
        next_.set(neuron, t);
    }
    /// There is no spike up to t, and no search beyond yet.
    void set_clear(std::uint32_t neuron, Time t) {
        neurons_[neuron].t_spike = kNever;
        next_.set(neuron, t);
    }

    /// A step of a neuron's solution, cut off where its refractory time ends.
    void step(Solution& solution, std::uint32_t neuron) const {
        const Neuron& n = neurons_[neuron];
        const Time free = n.t_free - n.origin;
        const bool is_refractory = solution.end() < free;
        const Model& model = models_[neuron];
        const auto f = [&](const X& x, X& dxdt) { model.derivative(x, n.I, is_refractory, dxdt); };
        if (!solution.step(f, is_refractory ? free : kNever))
            fail(neuron, n.origin + solution.end(), "the solver finds no step");
    }
    /// Whatever the neuron does, time has to pass.
    void count_step(std::uint32_t neuron, Time t) {
        Neuron& n = neurons_[neuron];
        if (t > n.counted_from + 1.0) {
            n.counted_from = t;
            n.n_steps = 0;
        }
        if (++n.n_steps > kMostSteps) fail(neuron, t, kTooShort);
    }
    void search_next_step(std::uint32_t neuron) {
        Neuron& n = neurons_[neuron];
        if (n.solution.begin() < now_ - n.origin) n.base = n.solution.begin_of_step();
        step(n.solution, neuron);
        count_step(neuron, n.origin + n.solution.end());
        const auto spike = spike_in_step(n, models_[neuron]);
        if (spike)
            set_spike(neuron, *spike);
        else
            set_clear(neuron, n.origin + n.solution.end());
    }

    static std::optional<Time> spike_in_step(const Neuron& n, const Model& model) {
        const Time begin = n.solution.begin(), h = n.solution.end() - begin;
        if (begin < n.t_free - n.origin) return std::nullopt;
        if (h == 0.0) {  // a step too short to be told in time
            const bool is_over = !Model::kSpikesAtPeak && n.solution.at(begin)[0] >= model.threshold();
            return is_over ? std::optional(n.origin + begin) : std::nullopt;
        }
        const Bernstein<6> V = V_m_in_step(n, model);
        if (*std::max_element(V.begin(), V.end()) < 0.0) return std::nullopt;
        std::optional<double> at = Model::kSpikesAtPeak ? first_peak(V) : first_rise(V);
        if (!Model::kSpikesAtPeak && !at && V.back() >= 0.0) at = 1.0;
        return at ? std::optional(n.origin + (begin + *at * h)) : std::nullopt;
    }
    /// V_m - threshold on the last step: the dense output is a polynomial of degree 5.
    static Bernstein<6> V_m_in_step(const Neuron& n, const Model& model) {
        const Time begin = n.solution.begin(), h = n.solution.end() - begin;
        const X x0 = n.solution.at(begin), x1 = n.solution.at(n.solution.end());
        const double threshold = model.threshold();
        const auto V_m = [&](double part) { return n.solution.at(begin + part * h)[0] - threshold; };
        const auto slope_at = [&](const X& x) {
            X dxdt{};
            model.derivative(x, n.I, false, dxdt);
            return dxdt[0];
        };
        return quintic(x0[0] - threshold, h * slope_at(x0), V_m(1.0 / 3.0), V_m(2.0 / 3.0), x1[0] - threshold,
                       h * slope_at(x1));
    }
    static std::optional<double> first_peak(Bernstein<6> V) {
        double from = 0.0;
        while (true) {
            Bernstein<5> fall = slope(V);
            for (double& d : fall) d = -d;
            const auto at = first_rise(fall);
            if (!at) return std::nullopt;
            if (evaluate(V, *at) >= 0.0) return from + *at * (1.0 - from);
            const double cut = *at + 1e-9;  // a peak below threshold: on to the next
            if (cut >= 1.0) return std::nullopt;
            V = split(V, cut).second;
            from += cut * (1.0 - from);
        }
    }
    double V_m_slope(std::uint32_t neuron, const X& x, Time t) const {
        const Neuron& n = neurons_[neuron];
        X dxdt{};
        models_[neuron].derivative(x, n.I, t < n.t_free, dxdt);
        return dxdt[0];
    }

    /// The state at a time at or after all that has happened, and the size of the step it lies in.
    Start at_time(std::uint32_t neuron, Time t) const {
        const Neuron& n = neurons_[neuron];
        const Time since = t - n.origin;
        if (since <= n.base.t) return n.base;
        if (n.solution.begin() < since && since <= n.solution.end()) return within(n.solution, since);
        Solution solution = n.solution;
        if (since <= solution.begin()) solution.start(n.base);
        const double most = kMostSteps * (1.0 + since - solution.end());
        for (double n_steps = 0.0; solution.end() < since; ++n_steps) {
            step(solution, neuron);
            if (n_steps > most) fail(neuron, n.origin + solution.end(), kTooShort);
        }
        return within(solution, since);
    }
    static Start within(const Solution& solution, Time t) {
        return {solution.at(t), t, solution.begin_of_step().h};
    }
    [[noreturn]] void fail(std::uint32_t neuron, Time t, const std::string& what) const {
        throw sim::NumericsError(Model::kName, first_ + neuron, t, what);
    }

    sim::PerNeuron<Model> models_;
    std::vector<Neuron> neurons_;
    sim::EventQueue next_;
    std::uint32_t first_;  // number of the first neuron in the whole population, for messages
    Time now_ = 0.0;       // of the last thing that happened
};

}  // namespace models
