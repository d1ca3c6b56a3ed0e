// How responses depend on the size of a grating, and on a second grating across it.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace analysis {

/// What gratings of several diameters say of a neuron.
struct SizeTuning {
    double suppression_index;  // (peak - response at the largest) / peak, at most 1 if responses are >= 0
    double summation_field;    // smallest diameter of at least 95 % of the peak response
    double surround_diameter;  // smallest beyond the peak within 5 % of the response at the largest
    double surround_ratio;     // surround_diameter / summation_field
};

/// Size tuning of one neuron. The largest diameter stands for the asymptote. The three measures of size are
/// those of a suppressed neuron: NaN unless the suppression index is above 0.1. All are NaN without a
/// response.
///
/// diameters   ascending and above 0, in any unit; the sizes come in the same
/// responses   shape (n_diameters), finite: the mean over phases at the preferred orientation and frequency
/// throws      sim::Error if they are not so
/// source      Cavanaugh, Bair & Movshon (2002), J Neurophysiol 88:2530, read from the responses themselves
/// as by
///             Marques, Schrimpf & DiCarlo (2021)
SizeTuning measure_size_tuning(std::span<const double> diameters, std::span<const double> responses);

/// Of each of N neurons.
///
/// R        shape (N, n_diameters)
std::vector<SizeTuning> measure_size_tunings(std::span<const double> diameters, std::span<const float> R);

/// 1 - response to the plaid / response to the preferred grating alone: 0 where the grating across it changes
/// nothing, 1 where it silences the neuron, below 0 where it helps. NaN where the preferred grating has no
/// response above 0.
///
/// preferred, plaid   shape (N): mean responses to the preferred grating, and to it with one at right angles
/// throws             sim::Error if the lengths differ
/// source             Morrone, Burr & Maffei (1982), Proc R Soc Lond B 216:335
std::vector<double> cross_orientation_suppression(std::span<const double> preferred,
                                                  std::span<const double> plaid);

}  // namespace analysis
