#include "analysis/colour.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace analysis {
namespace {

using Triple = std::array<double, 3>;

/// Linear sRGB of a colour of OKLab, each in [0, 1] if the screen can show it.
Triple linear_srgb(const Triple& lab) {
    const auto [L, a, b] = lab;
    const double l = std::pow(L + 0.3963377774 * a + 0.2158037573 * b, 3);
    const double m = std::pow(L - 0.1055613458 * a - 0.0638541728 * b, 3);
    const double s = std::pow(L - 0.0894841775 * a - 1.2914855480 * b, 3);
    return {4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
            -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

bool shown_by_screens(const Triple& linear) {
    return std::all_of(linear.begin(), linear.end(), [](double x) { return x >= 0.0 && x <= 1.0; });
}

std::uint8_t gamma_coded(double linear) {
    const double x = std::clamp(linear, 0.0, 1.0);
    const double y = x <= 0.0031308 ? 12.92 * x : 1.055 * std::pow(x, 1.0 / 2.4) - 0.055;
    return static_cast<std::uint8_t>(std::lround(255.0 * y));
}

Triple lab_of(double L, double chroma, double hue) {
    return {L, chroma * std::cos(hue), chroma * std::sin(hue)};
}

/// The most vivid colour of this lightness and hue that a screen can show, but no gaudier than its
/// neighbours.
Triple vivid(double L, double hue) {
    double low = 0.0, high = 0.19;
    for (int i = 0; i < 30; ++i) {
        const double middle = 0.5 * (low + high);
        (shown_by_screens(linear_srgb(lab_of(L, middle, hue))) ? low : high) = middle;
    }
    return lab_of(L, low, hue);
}

/// A closed walk round the hues: lightest at yellow, darkest at blue.
Triple on_the_walk(double turn) {
    constexpr double red = 0.45, yellow = 1.75;  // hues [rad]
    const double hue = red + 2.0 * std::numbers::pi * turn;
    return vivid(0.70 + 0.13 * std::cos(hue - yellow), hue);
}

double distance(const Triple& x, const Triple& y) {
    return std::hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

constexpr std::size_t kNColours = 360;

/// The walk at equal steps of perceived colour.
std::array<Rgb, kNColours> make_wheel() {
    constexpr std::size_t n_steps = 3600;
    std::array<double, n_steps + 1> walked{};
    for (std::size_t i = 0; i < n_steps; ++i)
        walked[i + 1] =
            walked[i] + distance(on_the_walk(double(i) / n_steps), on_the_walk(double(i + 1) / n_steps));
    std::array<Rgb, kNColours> wheel{};
    std::size_t i = 0;
    for (std::size_t k = 0; k < kNColours; ++k) {
        while (walked[i] < walked.back() * double(k) / kNColours) ++i;
        const Triple rgb = linear_srgb(on_the_walk(double(i) / n_steps));
        wheel[k] = {gamma_coded(rgb[0]), gamma_coded(rgb[1]), gamma_coded(rgb[2])};
    }
    return wheel;
}

}  // namespace

double packed(Rgb colour) { return 65536.0 * colour.r + 256.0 * colour.g + colour.b; }

double packed(Rgb colour, double opacity) {
    return 16777216.0 * std::round(255.0 * (1.0 - opacity)) + packed(colour);
}

Rgb orientation_colour(double degrees) {
    static const std::array<Rgb, kNColours> wheel = make_wheel();
    if (!std::isfinite(degrees)) return kColourNone;
    const double turn = degrees / 180.0 - std::floor(degrees / 180.0);
    return wheel[static_cast<std::size_t>(turn * kNColours) % kNColours];
}

}  // namespace analysis
