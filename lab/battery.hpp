// All tests of a trained network that its config asks for, one after the other.
#pragma once
#include <functional>
#include <span>
#include <string>

#include "analysis/recordings.hpp"
#include "lab/stimulation.hpp"
#include "sim/io/output.hpp"
#include "sim/trained_network.hpp"

namespace lab {

/// The gratings first, then what settings.analysis.tests names.
///
/// centre      of every neuron's field in the frame, shape (N)
/// output      in whose partial file each test is kept when it is over; tests kept there by an earlier
/// process
///             with the same network and settings are read instead of made
/// identity    of the network and settings: what is kept under another is thrown away
/// on_message  told of every test before it begins
/// throws      sim::IoError if the file cannot be written
analysis::Recordings record(const sim::TrainedNetwork& trained, std::span<const Place> centre,
                            const sim::io::Output& output, const std::string& identity,
                            const std::function<void(const std::string&)>& on_message);

}  // namespace lab
