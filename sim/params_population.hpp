// One population of a network, in the words of a config of one sheet: as which it can be tested alone.
#pragma once
#include <string>
#include <vector>

namespace sim {

/// What the resolved config of a network says of a population.
struct StoredPopulation {
    std::string name;
    std::string sees;     // "frame", "population", "nothing", a filter; "" of one that cannot see
    std::string sees_of;  // whose spikes it sees; "" otherwise
    bool is_delayed;      // its neurons reach each other through a projection
};

/// All populations, in order. name: of the config, for messages. throws ConfigError if there is no block
/// `populations`
std::vector<StoredPopulation> stored_populations(const std::string& config, const std::string& name);

/// YAML of a config of one sheet that is `population`: seed, what is shown and how long are those of the
/// network; its own blocks stand at the root, what is of its neurons in `population`. One that sees another has
/// frames of that one's size. throws ConfigError if `population` is not there
std::string as_sheet(const std::string& config, const std::string& name, const std::string& population);

}  // namespace sim
