// A run's spikes as an electrophysiologist's file: Neurodata Without Borders (Rübel et al. 2022, eLife 11:e78362),
// version 2 of its schema. Units with spike times, intervals observed and, where the run was analysed, receptive fields
// and tuning; presentations as trials.
#pragma once
#include <string>

#include "sim/io/output.hpp"

namespace analysis {

struct NwbExport {
    std::string run;         // path of a finished run, of a circuit or of a network that is shown frames
    std::string population;  // "": all whose spikes are there
    std::string analysis;    // path of an analysis of one of them, for columns, NaN of others; "": none
    std::string created;     // now, ISO 8601
};

/// Writes /units and /intervals/trials in seconds, second 0 being that at which the run's time is 0. Units stand in
/// the order of populations and of neurons in them. The same run gives the same bits but for `created`.
/// throws IoError if a file cannot be read, is of another kind, or analysis and run are of other neurons;
/// ConfigError if there is no such population, or none that recorded spikes
void write_nwb(const NwbExport& what, const sim::io::Output& place);

}  // namespace analysis
