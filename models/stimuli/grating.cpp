#include "models/stimuli/grating.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "sim/elementary.hpp"

namespace models {
namespace {

double radians(double degrees) { return degrees * std::numbers::pi / 180.0; }
double middle(std::size_t n) { return 0.5 * (static_cast<double>(n) - 1.0); }

}  // namespace

Grating full_field_grating(double orientation, double spatial_frequency, double phase, std::size_t height,
                           std::size_t width) {
    return {.orientation = orientation,
            .spatial_frequency = spatial_frequency,
            .phase = phase,
            .row = middle(height),
            .col = middle(width),
            .radius = std::numeric_limits<double>::infinity()};
}

void add_grating(const Grating& grating, std::size_t height, std::size_t width, std::span<float> pixels) {
    const double theta = radians(grating.orientation), phase = radians(grating.phase);
    const double n_x = -sim::sin(theta), n_y = sim::cos(theta);
    auto pixel = pixels.begin();
    for (std::size_t row = 0; row < height; ++row) {
        const double y = grating.row - static_cast<double>(row);
        for (std::size_t col = 0; col < width; ++col) {
            const double x = static_cast<double>(col) - grating.col;
            const double angle =
                2.0 * std::numbers::pi * grating.spatial_frequency * (n_x * x + n_y * y) + phase;
            const double inside = std::clamp(grating.radius + 0.5 - std::hypot(x, y), 0.0, 1.0);
            *pixel++ += static_cast<float>(inside * sim::cos(angle));
        }
    }
}

}  // namespace models
