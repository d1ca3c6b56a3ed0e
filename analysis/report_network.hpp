// The page of a network of several populations.
#pragma once
#include <filesystem>

#include "analysis/recorded_network.hpp"
#include "analysis/report_html.hpp"

namespace analysis {

/// Draws its figures into `figures`, those of a population with fields into a folder of its name there.
/// throws IoError as figures do
Page network_page(const RecordedNetwork& network, const std::filesystem::path& figures);

}  // namespace analysis
