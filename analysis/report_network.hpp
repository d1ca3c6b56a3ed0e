// The page of a network of several populations.
#pragma once
#include <filesystem>
#include <string>

#include "analysis/recorded_network.hpp"

namespace analysis {

/// HTML; draws its figures into `figures`, those of a population with fields into a folder of its name there.
/// throws IoError as figures do
std::string network_page(const RecordedNetwork& network, const std::filesystem::path& figures);

}  // namespace analysis
