#include "models/populations/slca_active.hpp"

namespace models::slca {
void ActiveNeurons::clear() {
    neuron_.clear();
    known_.clear();
    std::fill(is_known_.begin(), is_known_.end(), 0);
    for (auto* member : {&n_fired, &grown}) std::fill(member->begin(), member->end(), 0.0);
}

void ActiveNeurons::make_room(std::size_t n_slots) {
    n_room_ = n_slots;
    for (auto* member : {&c, &theta, &v, &excess, &next_v, &next_excess}) member->resize(n_slots);
    for (auto* member : {&zeros, &spare}) member->resize(n_slots);
    for (auto* member : {&n_fired, &grown}) member->resize(n_slots, 0.0);
    weights_.assign(n_slots * n_slots, 0.0F);
    is_known_.assign(n_slots, 0);
    known_.clear();
}

std::size_t ActiveNeurons::add(std::uint32_t neuron, const sim::Interaction& Q) {
    const std::size_t slot = size();
    neuron_.push_back(neuron);
    if (n_room_ < padded_size()) {
        const std::size_t all = (Q.size() + kLanes - 1) / kLanes * kLanes;
        make_room(std::min(all, 2 * padded_size()));
    }
    for (const std::uint32_t j : known_) weights_[j * n_room_ + slot] = column_of(Q, neuron_[j])[neuron];
    return slot;
}

void ActiveNeurons::remove(std::size_t slot) {
    const std::size_t last = size() - 1;
    neuron_[slot] = neuron_[last];
    neuron_.pop_back();
    for (auto* member : {&c, &theta, &v, &excess}) (*member)[slot] = (*member)[last];
    for (const std::uint32_t j : known_) weights_[j * n_room_ + slot] = weights_[j * n_room_ + last];
    if (is_known_[slot] != 0) forget_weights(slot);
    if (is_known_[last] != 0) {
        std::copy_n(&weights_[last * n_room_], n_room_, &weights_[slot * n_room_]);
        weights_[slot * n_room_ + slot] = 0.0F;
        forget_weights(last);
        is_known_[slot] = 1;
        known_.push_back(static_cast<std::uint32_t>(slot));
    }
}

void ActiveNeurons::forget_weights(std::size_t slot) {
    is_known_[slot] = 0;
    known_.erase(std::find(known_.begin(), known_.end(), slot));
}

void ActiveNeurons::pad() {
    for (std::size_t slot = size(); slot < padded_size(); ++slot) {
        c[slot] = -1.0;
        theta[slot] = 1e30;
        v[slot] = excess[slot] = 0.0;
    }
}

const float* ActiveNeurons::weights(std::size_t slot, const sim::Interaction& Q) {
    float* w = &weights_[slot * n_room_];
    if (is_known_[slot] == 0) {
        const float* column = column_of(Q, neuron_[slot]);
        for (std::size_t i = 0; i < size(); ++i) w[i] = column[neuron_[i]];
        w[slot] = 0.0F;
        is_known_[slot] = 1;
        known_.push_back(static_cast<std::uint32_t>(slot));
    }
    return w;
}

}  // namespace models::slca
