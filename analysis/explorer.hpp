// The page that one explores: what its scripts need to know, and the page put together from these, the library D3 and
// the scripts of analysis/page (docs/decisions/0040).
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "analysis/analysis.hpp"
#include "analysis/page_arrays.hpp"
#include "analysis/recorded_network.hpp"
#include "analysis/recorded_run.hpp"

namespace analysis {

/// Where Debian's package node-d3 has the library; nothing where it is not installed.
std::optional<std::filesystem::path> find_d3();

/// A sheet: fields at moments of learning, numbers of every neuron, its responses, recorded presentations. Details are
/// kept of a sample of neurons where they would be more than some 20 MB. analysis: of the run, or nullptr
PageArrays::Json explored_sheet(const RecordedRun& run, const Analysis* analysis, PageArrays& arrays);

/// A circuit or a network of several populations: who projects to whom, spikes, rates, recorded variables, synapses.
PageArrays::Json explored_network(const RecordedNetwork& network, PageArrays& arrays);

/// What is measured of macaque V1, and what numbers mean.
PageArrays::Json explored_knowledge();

/// Elements that make a page one to explore: data, the library, the scripts.
/// throws IoError if the library cannot be read
std::string explorer_html(const PageArrays::Json& data, const PageArrays& arrays,
                          const std::filesystem::path& d3);

}  // namespace analysis
