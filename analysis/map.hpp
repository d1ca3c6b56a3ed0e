// The map of preferred orientation on the sheet: its smoothness, pinwheels and wavelength.
// Positions are in sheet units (the neuron of row r and column c stands at (r, c)); maps are row by row;
// orientations are in degrees, counter-clockwise from horizontal with row 0 on top; z is the complex number
// selectivity e^{2 i orientation}.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace analysis {

enum class Boundary { open, periodic };

/// Smoothed map of orientation.
struct OrientationMap {
    std::size_t rows = 0, cols = 0;
    Boundary boundary = Boundary::open;
    double smoothing = 0.0;           // standard deviation of the Gaussian [sheet units]
    std::vector<double> orientation;  // shape (rows, cols) [deg], in [0, 180); NaN far from any response
    std::vector<double> selectivity;  // shape (rows, cols), in [0, 1]

    /// Area in which pinwheels are looked for [sheet units^2]: rows cols, or (rows - 1) (cols - 1) if open.
    double area() const;
};

/// A point round which every orientation occurs once.
struct Pinwheel {
    double row, col;  // [sheet units], in [0, rows) x [0, cols)
    int sign;  // +1 if orientation turns counter-clockwise as one walks counter-clockwise round it, or -1
};

/// Power of z by wavenumber, the mean over directions, largest 1.
struct Spectrum {
    std::vector<double> wavenumber;  // shape (n_k) [cycles/unit], ascending, in (0, 1/2]
    std::vector<double> power;       // shape (n_k), in [0, 1]
};

/// Pairs of neighbours in a row or a column, by their numbers row * cols + col; each once.
std::vector<std::pair<std::size_t, std::size_t>> neighbours(std::size_t rows, std::size_t cols,
                                                            Boundary boundary);

/// Mean absolute difference in preferred orientation of neighbours in a row or a column [deg], in [0, 90];
/// 45 by chance.
///
/// preferred  shape (rows, cols) [deg]; pairs with a NaN are left out
/// returns    NaN if there is no pair
/// throws     sim::Error if the shapes do not agree
double neighbour_difference(std::span<const double> preferred, std::size_t rows, std::size_t cols,
                            Boundary boundary);

/// Local average of w e^{2 i theta} with a Gaussian of standard deviation `smoothing` [sheet units], cut off
/// at 4 of them; 0 for none.
///
/// preferred  shape (rows, cols) [deg]; a neuron of NaN, which does not respond, is left out of the average
/// weight     shape (rows, cols), in [0, 1]: 1, or 1 - circular variance for the average of the neurons' own
///            vectors; a NaN leaves the neuron out
/// throws     sim::Error if the shapes do not agree
OrientationMap orientation_map(std::span<const double> preferred, std::span<const double> weight,
                               std::size_t rows, std::size_t cols, double smoothing, Boundary boundary);

/// Local homogeneity index of each neuron: |sum_j w_j e^{2 i theta_j}| / sum_j w_j over all neurons, itself
/// included, with w_j = exp(-d^2 / (2 sigma^2)) of their distance, cut off at 4 sigma. 1 where all prefer one
/// orientation, near 0 at a pinwheel.
///
/// preferred  shape (rows, cols) [deg]; a neuron of NaN is left out of the sums
/// sigma      [sheet units], above 0
/// returns    shape (rows, cols), in [0, 1]; NaN where a neuron has no preferred orientation
/// throws     sim::Error if the shape does not agree
/// source     Nauhaus, Benucci, Carandini & Ringach (2008), Neuron 57:673
std::vector<double> local_homogeneity(std::span<const double> preferred, std::size_t rows, std::size_t cols,
                                      double sigma, Boundary boundary);

/// Where the zero contours of the real and the imaginary part of z cross. A cell of four neighbouring neurons
/// holds a pinwheel if the angle of z winds once round it; its place is the root of z read bilinearly within
/// the cell. Two pinwheels of opposite sign within one cell cancel. On a periodic sheet the signs sum to 0.
std::vector<Pinwheel> pinwheels(const OrientationMap& map);

/// Distance of each neuron to the nearest pinwheel [sheet units], shape (rows, cols); NaN if there is none.
/// O(rows cols n_pinwheels)
std::vector<double> pinwheel_distance(std::span<const Pinwheel> pinwheels, std::size_t rows, std::size_t cols,
                                      Boundary boundary);

/// Radial power spectrum of z less its mean. An open map is multiplied by a Hann window and padded with zeros
/// to 4 times its size; a periodic one is taken as it is. Neurons without orientation count as z = 0. With n
/// the longer side, rings start at 1/n and are 1/n (periodic) or 1/(2 n) wide (open; below 1/n the window
/// spreads the missing mean). Each is named by the mean wavenumber in it. Empty if all power is 0.
Spectrum radial_spectrum(const OrientationMap& map);

/// Wavelength 1 / a1 [sheet units] of the peak of a spectrum, from the least-squares fit
///     A(k) = a0 exp(-(k - a1)^2 / (2 a2^2)) + a3 + a4 k + a5 k^2.
/// NaN if there are fewer than 8 wavenumbers or the fit has no peak: a0 > 0, A highest within a2 of a1, and
/// on both sides of that A falls to half.
///
/// Error on Gaussian random fields of bandwidth 10 % and wavelengths of 6 to 12 units (measured): up to 3 %
/// on 64 x 64 neurons; up to 14 % on 16 x 16, where but two or three waves fit. Smoothing favours long waves:
/// 10 % for wavelength 6, bandwidth 30 % and smoothing 1. Orientations in no order have no peak, but for 6 %
/// of periodic and 28 % of open sheets at worst, whose few longest waves happen to stand out: read a
/// wavelength beside the neighbour difference.
///
/// source   Kaschube et al. (2010), Science 330:1113, supporting material; Golub & Pereyra (1973), variable
///          projection
double wavelength(const Spectrum& spectrum);

/// Pinwheels per squared wavelength: count wavelength^2 / area. NaN if the wavelength is.
double pinwheel_density(std::size_t count, double wavelength, double area);

/// How near a pinwheel density is to that of animals: the gamma density of shape 1.8 and mode pi, over its
/// value at pi. 1 at pi, falling to 0 on both sides; NaN of NaN.
///
/// density  per squared wavelength, >= 0
/// source   Stevens, Law, Antolik & Bednar (2013), J Neurosci 33:15747
double map_quality(double density);

/// Pinwheels of a map that is smoothed more or less than the one that is shown; the less, the more of them are noise. Where
/// a map has an order of its own the density hardly depends on smoothing.
struct SmoothedDensity {
    double smoothing;  // [sheet units]
    double density;    // per squared wavelength of the map that is shown
};

/// Everything the analysis file says of a map.
struct MapMeasures {
    std::string source;  // "network" or "linear": whose preferred orientations
    OrientationMap map;
    std::vector<Pinwheel> pinwheels;
    Spectrum spectrum;
    double neighbour_difference;             // [deg], of the neurons themselves, not of the smoothed map
    double wavelength;                       // [sheet units]
    double pinwheel_density;                 // per squared wavelength
    std::vector<SmoothedDensity> densities;  // at smoothings of 0.5, 0.7, 1 and 1.5 sheet units
};

/// All of the above; arguments as for `orientation_map`.
MapMeasures measure_map(const std::string& source, std::span<const double> preferred,
                        std::span<const double> weight, std::size_t rows, std::size_t cols, double smoothing,
                        Boundary boundary);

}  // namespace analysis
