// What `striate cluster` finds in one file, and how it prints it.
#pragma once
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "decoding/clusters.hpp"

namespace apps {

struct ClusteredCodes {
    std::string name, path, source, maker;
    std::string config;   // see experiment_of
    std::uint64_t seed;   // of the run
    std::size_t n, size;  // frames, neurons
    double active;        // mean fraction of neurons whose activity is not 0
    decoding::Clusters found;
};

/// A line a file; below, of files of one experiment, means over seeds; then what the columns mean.
std::string clusters_table(std::span<const ClusteredCodes> files);

/// {"codes": [...], "experiments": [...]}; NaN is null.
nlohmann::ordered_json json_of(std::span<const ClusteredCodes> files);

/// cluster.png, cluster.svg and its script: of each file the embedding, the least eigenvalues and how specialised atoms are.
/// throws IoError if a file cannot be written or gnuplot is missing or fails
void draw_clusters(std::span<const ClusteredCodes> files, const std::string& dir);

}  // namespace apps
