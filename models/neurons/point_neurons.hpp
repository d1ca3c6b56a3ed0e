// Populations of neurons that have no extent: one state each, brought up to date when something happens to
// that neuron and not before.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.hpp"
#include "sim/per_neuron.hpp"

namespace models {

using sim::kNever;
using sim::Time;

/// n neurons of one Model, each with its next spike in a queue. What happens to one neuron costs a prediction
/// for that neuron and O(log n).
///
/// A Model is a neuron's parameters, one for all neurons where they are alike, and what to do with a State,
/// which stands at a time of its own:
///     Settings, State, static constexpr const char *kName, *kWeightUnit
///     explicit Model(const Settings&)
///     State initial() const                                    at t = 0
///     void advance(State&, Time t) const                       to t, if the state is not there yet
///     bool receive(State&, double weight, Time t) const        after advance; false if it is lost
///     void set_current(State&, double I, Time t) const         after advance
///     void fire(State&, Time t) const                          the spike at t, from a state before it
///     bool is_finite(const State&) const
///     Time next_spike(const State&) const                      kNever if there is none
///     bool is_quiet(const State&, Time t) const                may be left out: true if it surely does not fire before t;
///                                                              not of a state that is not finite
///     std::vector<sim::Variable> variables() const             the first is V_m
///     double value(const State&, std::size_t variable, Time t) const   after advance
template <class Model>
class PointNeurons final : public sim::Population {
  public:
    using Settings = sim::NeuronSettings<typename Model::Settings>;

    PointNeurons(const Settings& settings, const Context& context)
        : models_(settings.template of<Model>(context)),
          states_(context.n),
          next_(context.n),
          first_(context.first) {
        start(0);
    }

    std::size_t size() const override { return states_.size(); }
    bool has_lone_neurons() const override { return true; }
    std::string weight_unit() const override { return Model::kWeightUnit; }
    std::string current_unit() const override { return "pA"; }

    std::optional<sim::Spike> next_spike(Time t_end) override {
        if (next_.empty() || next_.top().t >= t_end) return std::nullopt;
        return sim::Spike{next_.top().t, 0, next_.top().neuron};
    }
    void fire(const sim::Spike& spike) override {
        models_[spike.neuron].fire(states_[spike.neuron], spike.t);
        predict(spike.neuron, spike.t);
        if (!next_.empty() && next_.top().neuron == spike.neuron &&
            next_.top().t < spike.t + kShortestInterval)
            fail_at_once(spike.neuron, spike.t);
    }
    void advance(Time) override {}
    bool knows_next() const override { return true; }
    void live(const sim::Reached& reached, Time end, std::vector<sim::Spike>& spikes) override {
        for (std::size_t k = 0; k < reached.neurons.size(); ++k)
            live(reached.neurons[k], reached.of(k), end, spikes);
        while (!next_.empty() && next_.top().t < end) live(next_.top().neuron, {}, end, spikes);
    }
    using Population::start;
    void start(std::uint64_t /*presentation*/) override {
        for (std::uint32_t i = 0; i < states_.size(); ++i) {
            states_[i] = models_[i].initial();
            predict(i, 0.0);
        }
    }

    void receive(std::span<const sim::Synapse> synapses, Time t) override {
        for (const sim::Synapse& one : synapses) receive(one.target, one.weight, t);
    }
    void receive(std::uint32_t neuron, double weight, Time t) override {
        if (!std::isfinite(weight)) fail_weight(neuron, weight, t);
        auto& state = states_[neuron];
        const Model& model = models_[neuron];
        model.advance(state, t);
        if (model.receive(state, weight, t)) predict(neuron, t);
    }
    void set_current(std::uint32_t neuron, double I, Time t) override {
        if (!std::isfinite(I)) fail(neuron, t, fmt::format("the injected current is {}", I));
        auto& state = states_[neuron];
        const Model& model = models_[neuron];
        model.advance(state, t);
        model.set_current(state, I, t);
        predict(neuron, t);
    }

    std::vector<sim::Variable> variables() const override { return models_[0].variables(); }
    double value(std::size_t variable, std::uint32_t neuron, Time t) const override {
        auto state = states_[neuron];
        const Model& model = models_[neuron];
        model.advance(state, t);
        return model.value(state, variable, t);
    }
    void state(sim::State& s) override { s(states_, next_); }

  private:
    static constexpr Time kShortestInterval = 1e-9;  // no neuron means to fire so often

    /// When it fires next; not before t.
    Time predicted(const Model& model, const typename Model::State& state, std::uint32_t neuron,
                   Time t) const {
        if (!model.is_finite(state)) fail_not_finite(neuron, t);
        return std::max(t, model.next_spike(state));
    }
    /// Whether it surely does not fire before t, where that is told sooner than when it does.
    static bool is_quiet(const Model& model, const typename Model::State& state, Time t) {
        if constexpr (requires { model.is_quiet(state, t); }) return model.is_quiet(state, t);
        return false;
    }
    void predict(std::uint32_t neuron, Time t) {
        expect(neuron, predicted(models_[neuron], states_[neuron], neuron, t));
    }
    void expect(std::uint32_t neuron, Time t_spike) {
        if (t_spike == kNever)
            next_.remove(neuron);
        else
            next_.set(neuron, t_spike);
    }
    [[noreturn, gnu::cold]] void fail_at_once(std::uint32_t neuron, Time t) const {
        fail(neuron, t, "it fires again at once: its drive is too strong");
    }
    [[noreturn, gnu::cold]] void fail_not_finite(std::uint32_t neuron, Time t) const {
        fail(neuron, t, "its state is no longer finite");
    }
    [[noreturn, gnu::cold]] void fail_weight(std::uint32_t neuron, double weight, Time t) const {
        fail(neuron, t, fmt::format("a spike of weight {} arrives", weight));
    }
    void live(std::uint32_t neuron, std::span<const sim::Reached::Input> inputs, Time end,
              std::vector<sim::Spike>& spikes) {
        typename Model::State state = states_[neuron];  // here, where it can stay in registers
        const Model& model = models_[neuron];
        Time t_spike = next_.time(neuron), now = 0.0;
        bool is_predicted = true;
        const auto fire_before = [&](Time t) {
            if (!is_predicted) {
                if (is_quiet(model, state, t)) return;
                t_spike = predicted(model, state, neuron, now);
                is_predicted = true;
            }
            while (t_spike < t) {
                now = t_spike;
                spikes.push_back({now, 0, neuron});
                model.fire(state, now);
                t_spike = predicted(model, state, neuron, now);
                if (t_spike < now + kShortestInterval) fail_at_once(neuron, now);
            }
        };
        for (const sim::Reached::Input& one : inputs) {
            fire_before(one.t);
            now = one.t;
            if (!std::isfinite(one.weight)) fail_weight(neuron, one.weight, now);
            model.advance(state, now);
            if (model.receive(state, one.weight, now)) is_predicted = false;
        }
        fire_before(end);
        if (!is_predicted) t_spike = predicted(model, state, neuron, now);
        states_[neuron] = state;
        expect(neuron, t_spike);
    }
    [[noreturn]] void fail(std::uint32_t neuron, Time t, const std::string& what) const {
        throw sim::NumericsError(Model::kName, first_ + neuron, t, what);
    }

    sim::PerNeuron<Model> models_;
    std::vector<typename Model::State> states_;
    sim::EventQueue next_;
    std::uint32_t first_;  // number of the first neuron in the whole population, for messages
};

}  // namespace models
