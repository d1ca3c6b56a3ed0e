// The columns that the table of a sweep can have, known before anything has run.
#pragma once
#include <string>
#include <vector>

namespace apps {

/// Of experiments: what `run` says of each if they are `run`, what `compare` says if they are `analyzed`. A
/// test that is not made, or a value that does not come about, leaves its column out.
std::vector<std::string> columns_of_experiments(bool run, bool analyzed);

/// Of circuits with these populations.
std::vector<std::string> columns_of_circuits(const std::vector<std::string>& populations);

/// Of convolutional experiments.
std::vector<std::string> columns_of_convolutions();

}  // namespace apps
