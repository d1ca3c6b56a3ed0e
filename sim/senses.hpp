// Several inputs that one code explains, each through a dictionary of its own: linked dictionaries (Barari &
// Kim, eq. 5-6, with weights):
//
//     E = 1/2 sum_m w_m |s_m - Phi_m a|^2 + lambda sum_i a_i
//
// To the network they are one input. Frames of all senses are stacked, sqrt(w_m) s_m one below the other, and
// so are the fields, sqrt(w_m) Phi_m, each part kept at its own norm: then the stacked problem is the one
// above.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/registry.hpp"
#include "sim/stimulus.hpp"

namespace sim {

struct Sense {
    std::string name;
    std::size_t height, width;  // of its frames [px]
    double weight;              // w_m
    bool is_present;  // an absent one drops out of the problem; its frame can be rebuilt from the code
    std::size_t first_pixel;  // in the stacked frame
    ComponentChoice stimulus;

    std::size_t size() const { return height * width; }
};

/// The block `senses`, in the order of the config; empty where a config has none.
/// throws ConfigError, also if all are absent
std::vector<Sense> read_senses(const Params& root);

/// The fields Phi_m of one sense, shape (N, height, width), from those of all senses stacked, shape (N, M).
std::vector<float> fields_of(const Sense& sense, std::span<const float> stacked, std::size_t M);

/// All senses' frames of the same number together, each at sqrt(w_m), absent ones zero. The first sense
/// leads: the label is its label, and the others are asked for frames that go with it.
std::unique_ptr<Stimulus> make_linked_stimulus(const std::vector<Sense>& senses, std::uint64_t seed);

}  // namespace sim
