// What may differ from neuron to neuron of a population.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/params.hpp"
#include "sim/population.hpp"

namespace sim {

/// One T for all neurons of a population, or one for each. Where it is one, looking it up costs no branch and
/// no memory.
template <class T>
class PerNeuron {
  public:
    /// all: one, or one for each neuron
    explicit PerNeuron(std::vector<T> all) : all_(std::move(all)), mask_(all_.size() > 1 ? ~0U : 0U) {}
    const T& operator[](std::uint32_t neuron) const { return all_[neuron & mask_]; }

  private:
    std::vector<T> all_;
    std::uint32_t mask_;
};

/// A number that may differ from neuron to neuron: one for each of these; one where it is open which there are.
inline std::vector<double> numbers_of(const Params& block, const WhichNeurons& which, const std::string& key,
                                      std::string_view unit, std::optional<double> default_value, Check check,
                                      const std::string& doc) {
    const Params p = which.n > 0 ? block.of_neurons(which) : block.of_neurons(std::nullopt);
    std::vector<double> all(std::max<std::size_t>(which.n, 1),
                            p.number(key, unit, default_value, check, doc));
    if (p.tells_neurons_apart())
        for (std::size_t k = 1; k < all.size(); ++k)
            all[k] = p.of_neuron(k).number(key, unit, default_value, check, doc);
    return all;
}

/// Settings of neurons whose numbers may differ, each a quantity for all of them, a list, a law or a dataset
/// (docs/circuits.md). One is made for each neuron, so that what Settings check holds of each.
template <class Settings>
class NeuronSettings {
  public:
    explicit NeuronSettings(const Params& p) : p_(p) { Settings{p.of_neurons(std::nullopt)}; }

    /// Of these neurons, each made into a T.
    template <class T = Settings>
    PerNeuron<T> of(const Population::Context& neurons) const {
        const Params p = p_.of_neurons(WhichNeurons{neurons.seed, neurons.number, neurons.first, neurons.n,
                                                    std::max(neurons.n, neurons.n_all)});
        std::vector<T> all;
        all.emplace_back(Settings(p));
        if (p.tells_neurons_apart())
            for (std::size_t k = 1; k < neurons.n; ++k) all.emplace_back(Settings(p.of_neuron(k)));
        return PerNeuron<T>(std::move(all));
    }

  private:
    Params p_;
};

}  // namespace sim
