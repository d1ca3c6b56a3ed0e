#include "sim/log_gabor.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "sim/fourier.hpp"

namespace sim {
namespace {

using std::numbers::pi;

/// What passes of frequency f [cycles/px]: nothing at zero and from 0.5 on.
double pass(double f, std::size_t size) {
    constexpr double kHighest = 0.5, kSteepness = 0.035;
    const double lowest = 0.5 / static_cast<double>(size);
    if (f >= kHighest) return 0.0;
    return (1.0 - std::exp((f - kHighest) / kSteepness)) * (1.0 - std::exp(-f * f / (2.0 * lowest * lowest)));
}

/// A round window, ((cos(pi R) + 1) / 2)^(1/3) for R < 1.
double window(std::size_t i, std::size_t j, std::size_t size) {
    const auto place = [&](std::size_t n) {
        return 2.0 * static_cast<double>(n) / static_cast<double>(size - 1) - 1.0;
    };
    const double R = std::hypot(place(i), place(j));
    return R < 1.0 ? std::cbrt(0.5 * (std::cos(pi * R) + 1.0)) : 0.0;
}

/// Makes the kernels of one bank one after the other.
class Maker {
  public:
    explicit Maker(const LogGaborSettings& settings)
        : settings_(settings),
          fourier_(settings.size, settings.size),
          spectrum_(fourier_.n_frequencies()),
          image_(fourier_.n_pixels()) {}

    const Plane& make(double theta, double bandwidth, double phase) {
        visit([&](std::size_t at, double fx, double fy) {
            // The real part of the filter's transform is the transform of its Hermitian part.
            spectrum_[at] = std::complex<float>(0.5 * (filter(fx, fy, theta, bandwidth, phase) +
                                                       std::conj(filter(-fx, -fy, theta, bandwidth, phase))));
        });
        fourier_.backward(spectrum_, image_);
        const std::size_t n = settings_.size;
        for (std::size_t p = 0; p < image_.size(); ++p)
            image_[p] *= static_cast<float>(window(p / n, p % n, n));
        fourier_.forward(image_, spectrum_);
        visit([&](std::size_t at, double fx, double fy) {
            spectrum_[at] *= static_cast<float>(pass(std::hypot(fx, fy), n));
        });
        fourier_.backward(spectrum_, image_);
        finish();
        return image_;
    }

  private:
    template <class Use>
    void visit(Use use) const {
        const std::size_t n = settings_.size, half = n / 2 + 1;
        const auto frequency = [&](std::size_t k) {
            const double f = static_cast<double>(k) / static_cast<double>(n);
            return f < 0.5 ? f : f - 1.0;
        };
        for (std::size_t at = 0; at < n * half; ++at) use(at, frequency(at % half), frequency(at / half));
    }
    std::complex<double> filter(double fx, double fy, double theta, double bandwidth, double phase) const {
        const double f = std::hypot(fx, fy);
        if (f == 0.0) return 0.0;
        const double octaves = std::log(f / settings_.frequency) / settings_.frequency_width,
                     turn = std::cos(std::atan2(fy, fx) - theta) - 1.0,
                     centre = static_cast<double>(settings_.size / 2);
        return std::polar(pass(f, settings_.size) / f * std::exp(-0.5 * octaves * octaves) *
                              std::exp(turn / (bandwidth * bandwidth)),
                          -2.0 * pi * centre * (fx + fy) - phase);
    }
    /// Zero mean, largest absolute value 1.
    void finish() {
        const float mean =
            std::accumulate(image_.begin(), image_.end(), 0.0F) / static_cast<float>(image_.size());
        for (float& x : image_) x -= mean;
        const float peak =
            std::abs(*std::ranges::max_element(image_, {}, [](float x) { return std::abs(x); }));
        for (float& x : image_) x /= peak;
    }

    LogGaborSettings settings_;
    Fourier fourier_;
    Spectrum spectrum_;
    Plane image_;
};

}  // namespace

Kernels log_gabor_bank(const LogGaborSettings& settings) {
    Kernels bank{2 * settings.orientations * settings.bandwidths.size(), settings.size, settings.size, {}};
    Maker maker(settings);
    for (const double bandwidth : settings.bandwidths)
        for (std::size_t o = 0; o < settings.orientations; ++o)
            for (const double phase : {0.0, 0.5 * pi}) {
                const double theta = pi * static_cast<double>(o) / static_cast<double>(settings.orientations);
                const Plane& kernel = maker.make(theta, bandwidth, phase);
                bank.values.insert(bank.values.end(), kernel.begin(), kernel.end());
            }
    return bank;
}

}  // namespace sim
