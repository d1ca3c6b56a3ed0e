#include "models/stimuli/log_mel.hpp"

#include <fftw3.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <mutex>
#include <numbers>
#include <span>

#include "sim/error.hpp"
#include "sim/fftw_planner.hpp"

namespace models {
namespace {

constexpr float kAudible = 0.02F;  // of the peak

/// Power spectra of pieces of n samples.
class Spectrum {
  public:
    explicit Spectrum(std::size_t n) : samples_(n), spectrum_(n / 2 + 1), power_(n / 2 + 1) {
        const std::lock_guard lock(sim::fftw_planner);
        // ESTIMATE and UNALIGNED: rounding depends neither on timing nor on where the memory lies.
        plan_ = fftwf_plan_dft_r2c_1d(static_cast<int>(n), samples_.data(),
                                      reinterpret_cast<fftwf_complex*>(spectrum_.data()),
                                      FFTW_ESTIMATE | FFTW_UNALIGNED);
        if (plan_ == nullptr) throw sim::Error("FFTW cannot transform a window of this size.");
    }
    ~Spectrum() {
        const std::lock_guard lock(sim::fftw_planner);
        fftwf_destroy_plan(plan_);
    }
    Spectrum(const Spectrum&) = delete;
    Spectrum& operator=(const Spectrum&) = delete;

    /// What is transformed next; keeps its values.
    std::span<float> samples() { return samples_; }
    /// Power of each frequency from 0 to half the rate, n / 2 + 1 of them.
    const std::vector<double>& power() {
        fftwf_execute(plan_);
        std::ranges::transform(spectrum_, power_.begin(),
                               [](std::complex<float> x) { return std::norm(std::complex<double>(x)); });
        return power_;
    }

  private:
    std::vector<float> samples_;
    std::vector<std::complex<float>> spectrum_;
    std::vector<double> power_;
    fftwf_plan plan_;
};

double mel(double f) { return 2595.0 * std::log10(1.0 + f / 700.0); }

/// Energy in triangles that overlap by half: band k is full where the place is k + 1, and empty one below and
/// one above.
/// places   of each bin of the spectrum
/// returns  one value for each band, the lowest first
std::vector<double> in_bands(const std::vector<double>& power, const std::vector<double>& places,
                             std::size_t n_bands) {
    std::vector<double> energy(n_bands + 2);  // with one beyond either end
    for (std::size_t bin = 0; bin < power.size(); ++bin) {
        if (places[bin] < 0.0 || places[bin] >= static_cast<double>(n_bands + 1)) continue;
        const auto below = static_cast<std::size_t>(places[bin]);
        const double part = places[bin] - static_cast<double>(below);
        energy[below] += (1.0 - part) * power[bin];
        energy[below + 1] += part * power[bin];
    }
    return {energy.begin() + 1, energy.end() - 1};
}

/// Places of the n bins of a spectrum, evenly spaced in mel: 0 at f_min, n_bands + 1 at f_max.
std::vector<double> places_of_bins(std::size_t n, double bin_width, std::size_t n_bands,
                                   const LogMelSettings& settings) {
    const double lowest = mel(settings.f_min);
    const double spacing = (mel(settings.f_max) - lowest) / static_cast<double>(n_bands + 1);
    std::vector<double> places;
    for (std::size_t bin = 0; bin < n; ++bin)
        places.push_back((mel(bin_width * static_cast<double>(bin)) - lowest) / spacing);
    return places;
}

std::vector<float> hann(std::size_t n) {
    std::vector<float> window;
    for (std::size_t k = 0; k < n; ++k)
        window.push_back(
            static_cast<float>(0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * (static_cast<double>(k) + 0.5) /
                                                    static_cast<double>(n))));
    return window;
}

/// The samples from the first audible one to the last, [first, last].
struct Heard {
    std::ptrdiff_t first, last;
};
Heard heard(const std::vector<float>& samples) {
    float peak = 0.0F;
    for (const float x : samples) peak = std::max(peak, std::abs(x));
    const auto is_audible = [&](float x) { return std::abs(x) >= kAudible * peak; };
    const auto first = std::find_if(samples.begin(), samples.end(), is_audible);
    const auto last = std::find_if(samples.rbegin(), samples.rend(), is_audible);
    return {first - samples.begin(), samples.rend() - last - 1};
}

/// Writes the samples around a place, weighted by the window; outside the sound there is silence.
void cut(const std::vector<float>& samples, std::ptrdiff_t centre, const std::vector<float>& window,
         std::span<float> piece) {
    const auto n = static_cast<std::ptrdiff_t>(samples.size());
    for (std::size_t k = 0; k < window.size(); ++k) {
        const std::ptrdiff_t at =
            centre + static_cast<std::ptrdiff_t>(k) - static_cast<std::ptrdiff_t>(window.size() / 2);
        const bool is_inside = at >= 0 && at < n;
        piece[k] = is_inside ? window[k] * samples[static_cast<std::size_t>(at)] : 0.0F;
    }
}

/// Energy of each band at each moment, shape (height, width), the highest band first.
std::vector<double> band_energies(const Sound& sound, const LogMelSettings& settings, std::size_t height,
                                  std::size_t width) {
    const long n_window = std::max(1L, std::lround(settings.window * 1e-3 * sound.rate));
    const std::vector<float> window = hann(static_cast<std::size_t>(n_window));
    const std::size_t n = 2 * std::bit_ceil(window.size());  // padded with zeros: the lowest bands are narrow
    Spectrum spectrum(n);
    const std::vector<double> places =
        places_of_bins(n / 2 + 1, sound.rate / static_cast<double>(n), height, settings);

    const Heard span = heard(sound.samples);
    std::vector<double> energies(height * width);
    for (std::size_t column = 0; column < width; ++column) {
        const double part = (static_cast<double>(column) + 0.5) / static_cast<double>(width);
        cut(sound.samples, span.first + std::lround(part * static_cast<double>(span.last - span.first)),
            window, spectrum.samples());
        const std::vector<double> bands = in_bands(spectrum.power(), places, height);
        for (std::size_t band = 0; band < height; ++band)
            energies[(height - 1 - band) * width + column] = bands[band];
    }
    return energies;
}

}  // namespace

std::vector<float> log_mel(const Sound& sound, const LogMelSettings& settings, std::size_t height,
                           std::size_t width) {
    if (settings.f_max > 0.5 * sound.rate)
        throw sim::Error(
            fmt::format("its {} samples a second hold no frequency up to {} Hz", sound.rate, settings.f_max));
    const std::vector<double> energies = band_energies(sound, settings, height, width);
    const double greatest = std::ranges::max(energies);
    if (greatest <= 0.0)
        throw sim::Error(fmt::format("it is silent between {} and {} Hz", settings.f_min, settings.f_max));
    std::vector<float> levels;
    for (const double energy : energies) {
        const double decibel = 10.0 * std::log10(energy / greatest);  // -infinity where there is none
        levels.push_back(static_cast<float>(std::max(0.0, 1.0 + decibel / settings.range)));
    }
    return levels;
}

}  // namespace models
