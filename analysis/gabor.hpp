// Receptive fields as Gabor functions.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace analysis {

/// amplitude exp(-x^2 / (2 sigma_x^2) - y^2 / (2 sigma_y^2)) cos(2 pi frequency x + phase), with x across the
/// bars and y along them, counted from the centre. As of gratings, the orientation is that of the bars,
/// counter-clockwise from horizontal with row 0 on top, and x grows along (-sin, cos) of it in (right, up).
struct Gabor {
    double row, col;          // centre [px]; (0, 0) is the middle of the first pixel
    double orientation;       // [deg], in [0, 180)
    double frequency;         // [cycles/px]
    double phase;             // [deg], in [0, 360)
    double sigma_x, sigma_y;  // across and along the bars [px]
    double amplitude;         // >= 0, in units of the field
    double
        explained_variance;  // 1 - sum of squared errors / sum of squared deviations from the mean, at most 1

    /// Widths in cycles. Source: Ringach (2002), J Neurophysiol 88:455.
    double nx() const { return sigma_x * frequency; }
    double ny() const { return sigma_y * frequency; }
};

/// The Gabor function of least squared error from a field; all NaN if the field is the same everywhere or not
/// finite. Only the smallest rectangle outside which the field is 0 is looked at. With n its longer side, the
/// centre is within it, the frequency in [1/n, 1/2] (as it goes to 0 an odd phase leaves the amplitude free)
/// and the widths in [1/2, n] px. Levenberg-Marquardt starts from the peaks of the field's spectrum;
/// amplitude and phase are solved for at every step (variable projection). A fit that explains less than
/// about 0.7 says little of a field.
///
/// field    shape (height, width), row 0 on top
/// throws   sim::Error if the shape does not agree
/// source   Jones & Palmer (1987), J Neurophysiol 58:1233; Golub & Pereyra (1973); Kaufman (1975), BIT 15:49
Gabor fit_gabor(std::span<const float> field, std::size_t height, std::size_t width);

/// One for each of N fields, fitted side by side on the cores; the result does not depend on their number.
///
/// fields   shape (N, height, width)
std::vector<Gabor> fit_gabors(std::span<const float> fields, std::size_t height, std::size_t width);

}  // namespace analysis
