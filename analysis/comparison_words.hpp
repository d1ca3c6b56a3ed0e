// Comparisons with V1 in words, for tables.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "analysis/compare.hpp"

namespace analysis {

/// What is compared: "circular_variance", "circular_variance (simple)"; beside measurements of one's own
/// "circular_variance (cells.csv)".
std::string label(const Comparison& comparison);

/// Why a comparison says nothing of the network: "no such neurons", "no neuron has it", "fewer than 20
/// neurons";
/// "" if it does say something.
std::string why_unsaid(const Comparison& comparison);

/// A source under a short name.
struct Paper {
    std::string key;       // "Ringach 2002", or "Ringach 2002a" where two would be called the same
    std::string citation;  // "Ringach (2002), J Neurophysiol 88:455"
};

/// Each citation once, in order. The key is the first author and the year, or the name of a file of one's
/// own.
std::vector<Paper> papers(std::span<const std::string> citations);

/// All that an analysis is compared with, those of the comparisons first.
std::vector<Paper> papers(std::span<const Comparison> comparisons, const ShapeComparison& shapes);

/// The citation itself if it is not among them.
std::string key_of(std::span<const Paper> papers, const std::string& citation);

/// A probability: "0.012", "< .001"; "-" for NaN.
std::string probability_words(double p);

}  // namespace analysis
