// Clusters of codes, and how far they are the classes of what was shown.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "decoding/agreement.hpp"
#include "decoding/code_file.hpp"
#include "decoding/spectral.hpp"

namespace decoding {

struct HowToCluster {
    std::size_t n_clusters = 0;  // 0: as many as there are classes
    std::size_t n_starts = 100;  // of k-means
    std::size_t n_permutations = 1000;
    std::uint64_t seed = 1;
};

struct Agreement {
    double accuracy, information;  // see matched_accuracy, normalised_information
};

struct Clusters {
    std::vector<std::int32_t> labels;  // that the classes have in the file
    std::vector<std::int32_t> label;   // (n) class of each frame, from 0
    std::size_t n_clusters, n_silent;  // silent: frames of whose codes nothing is active
    SpectralEmbedding embedding;       // atoms: as in the graph, see below
    Agreement spectral;  // of clusters in it; silent frames are a group of their own, matched with no class
    Agreement k_means;   // of clusters of the codes themselves
    double gap;          // of the Laplacian: eigenvalue n_clusters + 1 less the one before
    std::size_t widest_gap;         // how many eigenvalues are below the widest gap among the first 20
    Specialisation specialisation;  // of the graph's atoms
};

/// Frames and atoms as the two sides of a graph, with the codes as weights. Neurons are atoms; where codes have both
/// signs each neuron is two, ON and OFF.
///
/// where   file and group of the set, for messages
/// throws  IoError if the set has no frames or neurons, if a frame has no class, if all are of one class, or if there
///         are fewer frames or atoms than clusters and one
Clusters find_clusters(const CodeSet& set, const std::string& where, const HowToCluster& how);

}  // namespace decoding
