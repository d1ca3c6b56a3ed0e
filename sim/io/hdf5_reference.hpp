// An attribute that refers to an object, as tables of Neurodata Without Borders have them.
#pragma once
#include <string>

#include "sim/io/hdf5.hpp"

namespace sim::io {

struct Reference {
    std::string target;  // an object of the same file, "/units/spike_times"
};

/// throws IoError if there is no such object
template <>
void File::write_attribute(const std::string& object, const std::string& name, const Reference& value);

}  // namespace sim::io
