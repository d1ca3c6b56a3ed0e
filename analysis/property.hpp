// Numbers that neurons have, by the names under which they are compared.
#pragma once
#include <string>
#include <vector>

namespace analysis {

/// One number of each neuron, as measured on a model or on cells.
struct Property {
    std::string name;            // as `Reference::property`: "circular_variance"
    std::string units;           // "1", "deg", "cycles/px", ...
    std::vector<double> values;  // shape (N); NaN where a neuron has none
    std::string description = {};
};

}  // namespace analysis
