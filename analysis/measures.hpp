// What the recordings say of each neuron and of the network as a whole, test by test. A test that was not
// made adds nothing.
#pragma once
#include <span>
#include <vector>

#include "analysis/analysis.hpp"

namespace analysis {

/// Fits that explain less say nothing of a field's shape.
inline constexpr double kLeastExplained = 0.7;

/// Of the fits that explain enough: nx, ny, gabor_orientation, gabor_frequency, gabor_phase and, of all, gabor_explained.
std::vector<Property> gabor_properties(std::span<const Gabor> gabors);
/// drift_circular_variance, drift_half_bandwidth, drift_orth_pref, drift_F1_F0.
/// tuning: of the cells compared, under gratings that drift
std::vector<Property> drift_properties(const Tuning& tuning);
/// c50, contrast_exponent.
std::vector<Property> contrast_properties(const ContrastRecording& recording);
/// cross_orientation_suppression.
std::vector<Property> mask_properties(const MaskRecording& recording);
/// suppression_index, summation_field, surround_diameter, surround_ratio: NaN but for the neurons tested.
std::vector<Property> size_properties(const SizeRecording& recording, std::size_t n_neurons);
/// sta_white, sta_sparse: correlation of the spike-triggered average with the receptive field.
std::vector<Property> noise_properties(const NoiseRecording& recording, const Subject& subject);
/// rate, lifetime_sparseness, cv_of_intervals, fano_factor.
std::vector<Property> natural_properties(const NaturalRecording& recording, std::size_t n_neurons);
/// spontaneous_rate.
std::vector<Property> blank_properties(const BlankRecording& recording);
/// spontaneous_over_peak, of the cells compared: response when nothing is shown over that to the best grating (mean over
/// phases).
std::vector<Property> spontaneous_activity(const BlankRecording& recording, const Analysis& analysis);
/// local_homogeneity, pinwheel_distance.
std::vector<Property> map_properties(const MapMeasures& map, const Tuning& tuning);

/// Of the network as a whole; tuning: of its neurons; properties: all of the above.
std::vector<Measure> summarise(const Subject& subject, const MapMeasures& map, const Tuning& tuning,
                               const NaturalRecording& natural, std::span<const Gabor> gabors,
                               std::span<const Property> properties);

}  // namespace analysis
