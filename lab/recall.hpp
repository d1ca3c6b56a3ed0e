// What a linked code knows of senses that are absent: their frames are rebuilt from it.
#pragma once
#include <Eigen/Core>
#include <string>
#include <vector>

#include "decoding/code_file.hpp"
#include "sim/trained_network.hpp"

namespace lab {

/// Frames of one sense rebuilt from codes of others.
struct Recalled {
    std::string sense;
    std::size_t height, width;
    Eigen::MatrixXf prototypes;      // mean training frame of each class, (M_m, classes)
    Eigen::MatrixXf rebuilt;         // Phi_m a, (M_m, frames)
    std::vector<std::size_t> named;  // class whose prototype is nearest (largest cosine), shape (frames)
};

/// Frames of the senses that codes were made without, or of all of them. codes: of held-out frames, or of
/// anything else. throws ConfigError if the run is not of several senses
std::vector<Recalled> recall(const sim::TrainedNetwork& trained, const decoding::CodeSet& codes,
                             bool of_all_senses);

/// Share of frames that are named as their label says.
double share_right(const std::vector<std::size_t>& named, const std::vector<std::int32_t>& label);

/// Code of each block of the teaching when a current into it, 1, alone drives the network and nothing is
/// shown; label: the number of the block.
decoding::CodeSet drive_blocks(const sim::TrainedNetwork& trained);

}  // namespace lab
