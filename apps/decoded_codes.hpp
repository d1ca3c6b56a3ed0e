// What `striate decode` finds in one file, and how it prints it.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/figures.hpp"
#include "decoding/classifiers.hpp"
#include "decoding/embedding.hpp"

namespace apps {

struct DecodedCodes {
    std::string name, path, source, maker;
    std::size_t n_training, n_held_out, size;
    double spikes, active;             // of a held-out frame: mean number, fraction of neurons
    std::vector<std::int32_t> labels;  // of the classes
    std::vector<std::pair<const decoding::Classifier*, decoding::Decoded>> decoded;
    decoding::Separation separation;  // of the held-out codes
    decoding::Embedding embedding;    // of some of them
};

/// What is found without classifiers. codes: those of the problem
DecodedCodes undecoded(const std::string& name, const std::string& path, const decoding::Codes& codes,
                       const decoding::Problem& problem);

/// A line a file, then the settings chosen and what the columns mean.
std::string decoding_table(std::span<const DecodedCodes> files);

/// {"codes": [...]}; NaN is null.
nlohmann::ordered_json json_of(std::span<const DecodedCodes> files);

/// decode.png, decode.svg and its script: principal components and t-SNE of each file.
/// throws IoError if a file cannot be written or gnuplot is missing or fails
analysis::Figure draw_embeddings(std::span<const DecodedCodes> files, const std::string& dir);

}  // namespace apps
