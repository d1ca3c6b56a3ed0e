// The neurons of a dense spiking LCA that may fire soon (slca_dense.cpp).
#pragma once
#include <algorithm>
#include <optional>
#include <vector>

#include "sim/aligned.hpp"
#include "sim/interaction.hpp"
#include "sim/state.hpp"

namespace models::slca {

/// Q_ij of all i, of a dense interaction.
inline const float* column_of(const sim::Interaction& Q, std::size_t neuron) {
    return Q.weights(Q.runs(neuron)[0]).data();  // one run
}

/// The active neurons, by slot; slots beyond them never fire. What they do to each other is gathered when one
/// fires first, and kept.
class ActiveNeurons {
  public:
    std::size_t size() const { return neuron_.size(); }
    /// Slots are filled up to full vectors with some that never fire.
    std::size_t padded_size() const { return (size() + kLanes - 1) / kLanes * kLanes; }
    std::uint32_t neuron(std::size_t slot) const { return neuron_[slot]; }
    std::optional<std::size_t> slot_of(std::uint32_t neuron) const {
        const auto found = std::ranges::find(neuron_, neuron);
        if (found == neuron_.end()) return std::nullopt;
        return static_cast<std::size_t>(found - neuron_.begin());
    }

    void clear();
    /// The neuron gets the next slot, to be written to.
    std::size_t add(std::uint32_t neuron, const sim::Interaction& Q);
    /// The last neuron takes its slot.
    void remove(std::size_t slot);
    void pad();
    /// Q_ij of the neuron j of a slot, by slot of i; 0 for itself, since it does not inhibit its own current.
    const float* weights(std::size_t slot, const sim::Interaction& Q);
    /// What they do to each other is gathered anew.
    void state(sim::State& s) {
        s(neuron_, n_room_, c, theta, v, excess, next_v, next_excess, zeros, spare, n_fired, grown);
        if (!s.is_loading()) return;
        weights_.assign(n_room_ * n_room_, 0.0F);
        is_known_.assign(n_room_, 0);
        known_.clear();
    }

    sim::AlignedVector<double> c, theta;             // theta is where a neuron counts as at threshold
    sim::AlignedVector<double> v, excess;            // at the last spike
    sim::AlignedVector<double> next_v, next_excess;  // at what comes next
    sim::AlignedVector<float> zeros, spare;
    std::vector<double> n_fired, grown;  // spikes far neurons wait for: how many; sum of e^{s/tau}

  private:
    static constexpr std::size_t kLanes = 16;

    void make_room(std::size_t n_slots);
    void forget_weights(std::size_t slot);

    std::vector<std::uint32_t> neuron_;
    std::size_t n_room_ = 0;             // slots there is room for
    sim::AlignedVector<float> weights_;  // shape (n_room, n_room), known for some slots
    std::vector<std::uint32_t> known_;
    std::vector<std::uint8_t> is_known_;
};

}  // namespace models::slca
