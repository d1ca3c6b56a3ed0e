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

/// Adds a sheet to "runs": fields at moments of learning, numbers of every neuron, its responses, recorded presentations.
/// Responses are kept of a sample of neurons where they would be too large. analysis: of the run, or nullptr
void explore_sheet(const RecordedRun& run, const Analysis* analysis, PageData& page);

/// Adds a circuit, or a network of several populations, to "networks": who projects to whom, spikes, rates, recorded
/// variables, synapses.
void explore_network(const RecordedNetwork& network, PageData& page);

/// Adds kernels that all places share to "kernels", with photographs and what is active of them.
void explore_kernels(const RecordedRun& run, PageData& page);

/// What is measured of macaque V1, and what numbers mean; no runs, networks, kernels, sweeps and codes yet.
PageArrays::Json explored_knowledge();

/// Elements that make a page one to explore: data that are seen at once, the library, the scripts.
/// throws IoError if the library cannot be read
std::string explorer_html(const PageData& page, const std::filesystem::path& d3);

}  // namespace analysis
