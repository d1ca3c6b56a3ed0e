// Files of codes whose runs differ in their seeds alone, and what their numbers come to.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "decoding/code_file.hpp"

namespace apps {

/// What it was learned and coded under, less the seeds: files of which that is the same are of one experiment.
std::string experiment_of(const decoding::Codes& codes);

/// Files of one experiment, in the order in which they were given.
template <class File>
using Experiment = std::vector<const File*>;

/// The files by experiment. is_same  of two files: whether they are of one
template <class File, class Same>
std::vector<Experiment<File>> experiments_of(std::span<const File> files, const Same& is_same) {
    std::vector<Experiment<File>> all;
    for (const File& file : files) {
        const auto place = std::ranges::find_if(
            all, [&](const Experiment<File>& one) { return is_same(*one.front(), file); });
        if (place == all.end())
            all.push_back({&file});
        else
            place->push_back(&file);
    }
    return all;
}

/// "linked_1 (+2)"; "linked_1" of one file.
template <class File>
std::string name_of_experiment(const Experiment<File>& one) {
    return one.size() == 1 ? one.front()->name : fmt::format("{} (+{})", one.front()->name, one.size() - 1);
}

/// Mean over seeds, their standard deviation, and half of the mean's 95 % interval, by Student's t; the last two are NaN of one.
struct OverSeeds {
    double mean, sd, half;
};
OverSeeds over_seeds(std::span<const double> values);

}  // namespace apps
