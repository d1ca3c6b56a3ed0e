// The columns that the table of a sweep can have, known before anything has run.
#pragma once
#include <set>
#include <string>
#include <vector>

namespace apps {

/// What `compare` says of an analysis. A test that is not made, or a value that does not come about, leaves its column
/// out.
std::vector<std::string> columns_of_analyses();

/// What `run` says of networks with these populations. coding: those of them that code what they see
std::vector<std::string> columns_of_networks(const std::set<std::string>& populations,
                                             const std::set<std::string>& coding);

}  // namespace apps
