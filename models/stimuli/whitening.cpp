#include "models/stimuli/whitening.hpp"

#include <fftw3.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "sim/error.hpp"
#include "sim/fftw_planner.hpp"

namespace models {
namespace {

// Keeps the log finite, and the shadows' few grey levels from being pulled apart further than real contrasts.
constexpr float kDarkest = 0.05F;

/// In-place cosine transform along both axes. ESTIMATE and UNALIGNED: the plan, and with it the rounding,
/// depends on the size alone and neither on timing nor on where the memory lies.
void cosine_transform(Image& image, fftwf_r2r_kind kind) {
    float* const pixels = image.pixels.data();
    fftwf_plan plan = nullptr;
    {
        const std::lock_guard lock(sim::fftw_planner);
        plan = fftwf_plan_r2r_2d(static_cast<int>(image.height), static_cast<int>(image.width), pixels,
                                 pixels, kind, kind, FFTW_ESTIMATE | FFTW_UNALIGNED);
    }
    if (plan == nullptr) throw sim::Error("FFTW cannot transform an image of this size.");
    fftwf_execute(plan);
    const std::lock_guard lock(sim::fftw_planner);
    fftwf_destroy_plan(plan);
}

/// On the cosine coefficients; number k of n has frequency k / (2 n) cycles/px.
void apply(const WhiteningFilter& filter, Image& coefficients) {
    const double row_step = 0.5 / static_cast<double>(coefficients.height);
    const double column_step = 0.5 / static_cast<double>(coefficients.width);
    for (std::size_t k = 0; k < coefficients.height; ++k) {
        const double f_row = row_step * static_cast<double>(k);
        float* const row = coefficients.row(k);
        for (std::size_t l = 0; l < coefficients.width; ++l) {
            const double f_column = column_step * static_cast<double>(l);
            const double f_squared = f_row * f_row + f_column * f_column;
            const double relative = f_squared / (filter.f0 * filter.f0), f = std::sqrt(f_squared);
            const double power = filter.exponent == 1.0 ? f : std::pow(f, filter.exponent);
            row[l] *= static_cast<float>(power * std::exp(-relative * relative));
        }
    }
}

/// The filter has taken the mean away.
void scale_to_unit_std(Image& image) {
    double sum_of_squares = 0.0;
    for (const double x : image.pixels) sum_of_squares += x * x;
    const double scale = std::sqrt(static_cast<double>(image.pixels.size()) / sum_of_squares);
    for (float& x : image.pixels) x = static_cast<float>(x * scale);
}

}  // namespace

bool whiten(Image& image, const WhiteningFilter& filter) {
    const auto [darkest, brightest] = std::ranges::minmax_element(image.pixels);
    if (image.pixels.empty() || *darkest == *brightest) return false;
    for (float& x : image.pixels) x = std::log(x + kDarkest);
    // A cosine transform is the Fourier transform of the image mirrored at its borders. Plain Fourier
    // filtering would wrap around: the jump from the right border to the left one would show as an edge along
    // all four sides.
    cosine_transform(image, FFTW_REDFT10);
    apply(filter, image);
    cosine_transform(image, FFTW_REDFT01);
    scale_to_unit_std(image);
    return true;
}

}  // namespace models
