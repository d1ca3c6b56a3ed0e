// A trained network, tested as a physiologist would: from the run to its analysis file.
#pragma once
#include <functional>
#include <string>

#include "sim/io/output.hpp"
#include "sim/trained_network.hpp"

namespace lab {

/// Makes all tests that the config asks for, and of what they record an analysis file (docs/file_format.md).
///
/// run         path of the run the network is of
/// output      the file; what each test records is kept in its partial file until all are over
/// on_message  told what is tested, and of every test before it begins
/// throws      sim::ConfigError where the network is of several senses or has no sheet that a test needs; sim::IoError;
///             sim::NumericsError; sim::Interrupted
void analyze(const sim::TrainedNetwork& trained, const std::string& run, const sim::io::Output& output,
             const std::function<void(const std::string&)>& on_message);

}  // namespace lab
