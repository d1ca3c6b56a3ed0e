// Shows labelled frames to a trained network and keeps what it makes of them, for decoders to read.
#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include "decoding/code_file.hpp"
#include "sim/trained_network.hpp"

namespace lab {

/// Who makes the codes: the population; a solver of the same program, to its optimum; one that finds the least energy
/// where activities sum to one exactly (objective.kind simplex), and not up to a penalty; or nobody, and the frames of
/// the senses present stand for codes.
enum class Maker { spikes, optimum, simplex, frames };
/// By its name. throws sim::ConfigError
Maker maker_of(const std::string& name);

/// Codes of frames 0 .. n - 1 of a set, each from rest, with their labels. Bits do not depend on the number
/// of threads.
/// on_progress  told the number of frames done
decoding::CodeSet encode(const sim::TrainedNetwork& trained, const sim::Stimulus& stimulus, sim::FrameSet set,
                         std::size_t n, Maker maker,
                         const std::function<void(std::size_t)>& on_progress = {});

}  // namespace lab
