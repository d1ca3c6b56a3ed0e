// How a population is active: sparseness, irregularity of spikes, correlations.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/map.hpp"

namespace analysis {

/// Treves-Rolls activity ratio a = (mean r)^2 / mean(r^2) as sparseness (1 - a) / (1 - 1/n), in [0, 1]: 0 if
/// all n responses are equal, 1 if but one is above 0. NaN if n < 2 or all are 0.
///
/// responses   >= 0
/// source      Rolls & Tovee (1995), J Neurophysiol 73:713; Vinje & Gallant (2000), Science 287:1273
double sparseness(std::span<const double> responses);

/// Sparseness of responses to a set of stimuli.
struct Sparseness {
    std::vector<double> lifetime;    // shape (N): of each neuron over stimuli
    std::vector<double> population;  // shape (n_stimuli): of each stimulus over neurons
};

/// R         shape (n_stimuli, N), finite and >= 0
/// throws    sim::Error if R is no whole number of stimuli; NumericsError if a response is not as above
Sparseness measure_sparseness(std::span<const float> R, std::size_t n_neurons);

/// Spikes of a population, as a run has them.
struct Spikes {
    std::span<const double> t;              // shape (n_spikes), ascending [ms]
    std::span<const std::uint64_t> neuron;  // shape (n_spikes), below n_neurons
    std::size_t n_neurons;
};

/// Coefficient of variation of the intervals between a neuron's spikes, standard deviation (of the intervals
/// as they are, not of a population they are from) over mean: 0 of a clock, 1 of a Poisson process. shape
/// (N); NaN with fewer than 3 spikes or if all are at one instant.
///
/// throws    sim::Error if times do not ascend, a neuron is not there or lengths differ
std::vector<double> interval_variation(const Spikes& spikes);

/// Fano factor of each neuron: variance (n - 1 in the denominator) over mean of its counts in the consecutive
/// windows from `begin` that end by `end`; 1 of a Poisson process. shape (N); NaN without a spike in them.
///
/// begin, end, window   [ms]
/// throws               as above, and if there are not two windows
std::vector<double> fano_factors(const Spikes& spikes, double begin, double end, double window);

/// Correlations of pairs of neurons by their distance on the sheet.
struct CorrelationByDistance {
    std::vector<double> distance;      // shape (n_bins): mean of the pairs [sheet units]; NaN without pairs
    std::vector<double> correlation;   // shape (n_bins): mean of the pairs; NaN likewise
    std::vector<std::size_t> n_pairs;  // shape (n_bins)
};

/// Pearson's correlation of the responses of two neurons over stimuli (signal correlation, if responses are
/// means over trials), for all pairs whose distance falls into a bin [edge, next edge). Neurons whose
/// response is always the same are left out.
///
/// R        shape (n_stimuli, rows, cols), at least 2 stimuli, finite
/// edges    shape (n_bins + 1), ascending [sheet units]
/// throws   sim::Error if these are not so.  O(N^2 n_stimuli), on all cores; same bits whatever their number
CorrelationByDistance correlation_by_distance(std::span<const float> R, std::size_t rows, std::size_t cols,
                                              Boundary boundary, std::span<const double> edges);

}  // namespace analysis
