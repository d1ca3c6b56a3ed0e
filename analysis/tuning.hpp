// Tuning to orientation, spatial frequency and phase, from responses to drifting gratings.
#pragma once
#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace analysis {

/// An orientation [deg] as the complex number e^{2 i theta}, so that 0 and 180 deg are the same.
std::complex<double> doubled_angle(double orientation);
/// Orientation [deg] of a sum of such numbers, in [0, 180): half its angle.
double half_angle(std::complex<double> z);

/// The gratings shown: every combination of an orientation, a spatial frequency and a phase.
struct GratingAxes {
    std::vector<double> orientation;        // of the bars, counter-clockwise from horizontal [deg], [0, 180)
    std::vector<double> spatial_frequency;  // [cycles/px]
    std::vector<double> phase;              // [deg], in [0, 360)

    std::size_t size() const { return orientation.size() * spatial_frequency.size() * phase.size(); }
};

/// What the gratings say of each neuron. Every vector has shape (N); numbers are NaN where `responds` is 0.
struct Tuning {
    std::vector<double> preferred_orientation;   // half the angle of sum R e^{2 i theta} [deg], in [0, 180)
    std::vector<double> circular_variance;       // 1 - |sum R e^{2 i theta}| / sum R, in [0, 1]
    std::vector<double> half_bandwidth;          // [deg], in (0, 90); NaN if the curve never falls so low
    std::vector<double> orth_pref;               // response across the peak orientation over that at it
    std::vector<double> F1_F0;                   // first harmonic over mean, over phases, in [0, 2]
    std::vector<double> peak_spatial_frequency;  // [cycles/px]
    std::vector<std::uint8_t> responds;          // 1 or 0
    std::vector<double> OSI;                     // (R_pref - R_orth) / (R_pref + R_orth), in [0, 1]
    std::vector<double>
        frequency_bandwidth;  // at half the peak [octaves]; NaN if one side never falls so low
    std::vector<double>
        schiller_index;  // 100 f_low / f_high at 1/sqrt 2 of the peak, in (0, 100); NaN as above

    std::size_t size() const { return responds.size(); }
};

/// Tuning of each neuron. Its tuning curve is the mean over phases at the test frequency of
/// the greatest mean over phases; the peak orientation is where the curve is greatest.
///
/// - Circular variance and preferred orientation come from the vector sum of the curve.
/// - Half-bandwidth: half the width of the stretch round the peak above 1/sqrt 2 of it, of the curve smoothed
///   with [2/5 1 2/5] / 1.8 and read linearly between orientations (as the sources do with 12 of them).
/// - orth/pref: the curve 90 deg from the peak orientation, read linearly, over the curve at it; in [0, 1].
/// - F1/F0: 2 |sum R e^{i phase}| / sum R over the phases at the peak orientation and frequency.
/// - Peak spatial frequency: the top of the parabola, in the logarithm of frequency, through the mean over phases at the
///   peak and both its neighbours, at the peak orientation; of the lowest or highest frequency that one.
/// - OSI: of the same two responses as orth/pref.
/// - Bandwidth and Schiller's index: where the mean over phases at the peak orientation falls to 1/2 and to
///   1/sqrt 2 of the peak on either side of the peak frequency, read linearly in the logarithm of frequency.
/// - A neuron responds if the peak of its curve is above 5 % of the median of all peaks above 0: unlike a
///   threshold in units of response, this does not depend on the scale of the codes.
///
/// R        shape (N, n_orientations, n_frequencies, n_phases), finite and >= 0
/// axes     at least 4 orientations, equally spaced over 180 deg, and 3 phases, equally spaced over 360 deg;
///          spatial frequencies above 0, ascending
/// throws   sim::Error if the axes are not so or R is no whole number of neurons; NumericsError if R is not
///          finite and >= 0
/// source   Ringach, Shapley & Hawken (2002), J Neurosci 22:5639; Marques, Schrimpf & DiCarlo (2021);
/// Schiller,
///          Finlay & Volman (1976), J Neurophysiol 39:1334
Tuning measure_tuning(std::span<const float> R, const GratingAxes& axes);

}  // namespace analysis
