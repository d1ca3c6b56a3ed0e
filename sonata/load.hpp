// Circuits and simulations of SONATA (Dai et al. 2020, PLoS Comput Biol 16:e1007696), as configs of networks.
#pragma once
#include <string>

#include "sim/params.hpp"

namespace sonata {

/// What a config of this project would say to run the circuit: a population for each of nodes, with the parameters that
/// its types and groups say; a projection from a file for each of edges; sources that play files of spikes; currents; and
/// records. path: a circuit's config, a simulation's, or one that names both.
/// throws ConfigError, which names all that cannot be mapped, with file and key; IoError for a file that cannot be read
sim::Params load(const std::string& path, const sim::Params::Overrides& overrides = {});
/// The same as text, JSON, which is YAML.
std::string config_text(const std::string& path);

}  // namespace sonata
