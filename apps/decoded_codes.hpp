// What `striate decode` finds in one file, and how it prints it.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/figures.hpp"
#include "apps/experiments.hpp"
#include "decoding/classifiers.hpp"
#include "decoding/embedding.hpp"
#include "decoding/paired.hpp"

namespace apps {

struct DecodedCodes {
    std::string name, path, source, maker;
    std::size_t n_training, n_held_out, size;
    double spikes, active;             // of a held-out frame: mean number, fraction of neurons
    std::vector<std::int32_t> labels;  // of the classes
    std::vector<std::pair<const decoding::Classifier*, decoding::Decoded>> decoded;
    decoding::Separation separation;  // of the held-out codes; NaN where it was not asked for
    decoding::Embedding embedding;    // of some of them; of none where it was not asked for
    std::string config{};             // see experiment_of
    std::uint64_t seed = 0;           // of the run
    std::vector<std::int32_t>
        label{};  // class of each held-out frame, in the order in which classes are found
};
using DecodedExperiment = Experiment<DecodedCodes>;

/// What a file is, before anything is decoded: NaN where nothing was found yet.
DecodedCodes described(const std::string& name, const std::string& path, const decoding::Codes& codes);
/// What is found without classifiers, of codes of the problem.
void tell_apart(DecodedCodes& of, const decoding::Problem& problem);

/// Of files of one experiment the seeds differ. In the order of their first files.
std::vector<DecodedExperiment> decoded_experiments(std::span<const DecodedCodes> files);

/// One experiment less another in the accuracy of one classifier, over pairs of files of the same seed and frames.
struct Difference {
    const decoding::Classifier* classifier;
    OverSeeds of;
    std::vector<decoding::Paired> of_seed;
};
/// Of all classifiers; empty where no files pair.
std::vector<Difference> differences(const DecodedExperiment& one, const DecodedExperiment& base);

/// How each experiment differs from the first, in lines; "" where none does.
std::string table_of_differences(std::span<const DecodedCodes> files);
/// The same.
nlohmann::ordered_json json_of_differences(std::span<const DecodedCodes> files);

/// A line a file, means of files of one experiment and their differences, then the settings chosen and what the columns mean.
std::string decoding_table(std::span<const DecodedCodes> files);

/// {"codes": [...], "experiments": [...], "differences": [...]}; NaN is null.
nlohmann::ordered_json json_of(std::span<const DecodedCodes> files);

/// decode.png, decode.svg and its script: principal components and t-SNE of each file.
/// throws IoError if a file cannot be written or gnuplot is missing or fails
analysis::Figure draw_embeddings(std::span<const DecodedCodes> files, const std::string& dir);

}  // namespace apps
