// The figures of `striate recall`.
#pragma once
#include <string>

#include "decoding/code_file.hpp"
#include "sim/trained_network.hpp"

namespace apps {

/// Draws, into a folder that is made if need be, the first held-out frame of each class, its code and what
/// the code rebuilds in every sense (`recall`), and, where blocks were taught, what each draws (`blocks`).
/// codes: of held-out frames 0, 1, ... throws IoError if a file cannot be written or gnuplot is missing
void draw_recall_figures(const sim::TrainedNetwork& trained, const decoding::CodeSet& codes,
                         const std::string& dir);

}  // namespace apps
