// Circuits that were run, as files of SONATA: what load.hpp reads back.
#pragma once
#include <filesystem>
#include <string>

namespace sonata {

/// Writes the circuit of a finished run into a new folder: for each population NAME_nodes.h5 and NAME_node_types.csv, for
/// each projection NAME_edges.h5 and NAME_edge_types.csv, circuit_config.json, and simulation_config.json with its
/// duration, currents and sources, which play the spikes they had (spikes.h5). Synapses are those that were drawn, and
/// parameters those of each neuron, to the bit. The folder is there whole or not at all.
/// throws ConfigError, which names all that has no words in SONATA; IoError for a file that cannot be read or written, or
/// a folder that is there
void save(const std::string& run, const std::filesystem::path& folder);

}  // namespace sonata
