#include "models/stimuli/contrast.hpp"

#include <algorithm>
#include <cmath>

namespace models {

void normalise(std::span<float> pixels, double norm) {
    double sum = 0.0, sum_of_squares = 0.0;
    for (const double x : pixels) {
        sum += x;
        sum_of_squares += x * x;
    }
    const double mean = sum / static_cast<double>(pixels.size());
    const double energy = sum_of_squares - sum * mean;  // of the frame without its mean
    // What is left of a frame of one grey is rounding of its float pixels, 6e-8 of them each.
    if (energy <= 1e-12 * sum_of_squares) {
        std::ranges::fill(pixels, 0.0F);
        return;
    }
    const double scale = norm / std::sqrt(energy);
    for (float& x : pixels) x = static_cast<float>((x - mean) * scale);
}

void scale_to_unit_norm(std::span<float> pixels) {
    double sum_of_squares = 0.0;
    for (const double x : pixels) sum_of_squares += x * x;
    if (sum_of_squares == 0.0) return;
    const double scale = 1.0 / std::sqrt(sum_of_squares);
    for (float& x : pixels) x = static_cast<float>(x * scale);
}

}  // namespace models
