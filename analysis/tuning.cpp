#include "analysis/tuning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>

#include "analysis/numbers.hpp"
#include "analysis/statistics.hpp"
#include "sim/error.hpp"

namespace analysis {
namespace {

constexpr double kLeastResponse = 0.05;  // of the median peak

using Curve = std::vector<double>;

void check_equally_spaced(const std::vector<double>& axis, const std::string& name, double period,
                          std::size_t least) {
    const auto n = axis.size();
    if (n < least)
        throw sim::Error(
            fmt::format("gratings: at least {} values of {} are needed, got {}", least, name, n));
    for (std::size_t i = 0; i < n; ++i) {
        const double expected = axis[0] + period * static_cast<double>(i) / static_cast<double>(n);
        if (!(std::abs(axis[i] - expected) < 1e-6 * period))
            throw sim::Error(
                fmt::format("gratings: {} must be equally spaced over {} deg, but value {} is {}, not {}",
                            name, period, i, axis[i], expected));
    }
}

void check_ascending(const std::vector<double>& frequencies) {
    if (frequencies.empty()) throw sim::Error("gratings: there is no spatial frequency");
    double before = 0.0;
    for (const double f : frequencies) {
        if (!(f > before))
            throw sim::Error(fmt::format(
                "gratings: spatial frequencies must be above 0 and ascend, but {} follows {}", f, before));
        before = f;
    }
}

void check(std::span<const float> R, const GratingAxes& axes) {
    check_equally_spaced(axes.orientation, "orientation", 180.0, 4);
    check_equally_spaced(axes.phase, "phase", 360.0, 3);
    check_ascending(axes.spatial_frequency);
    if (R.size() % axes.size() != 0)
        throw sim::Error(
            fmt::format("gratings: {} responses are no multiple of {} gratings", R.size(), axes.size()));
    for (std::size_t i = 0; i < R.size(); ++i)
        if (!(std::isfinite(R[i]) && R[i] >= 0.0F))
            throw sim::NumericsError("gratings", i / axes.size(), 0.0,
                                     fmt::format("a response must be finite and >= 0, got {}", R[i]));
}

/// The responses of one neuron, shape (n_orientations, n_frequencies, n_phases).
struct Responses {
    std::span<const float> R;
    const GratingAxes& axes;

    std::span<const float> phases(std::size_t orientation, std::size_t frequency) const {
        const auto n = axes.phase.size();
        return R.subspan((orientation * axes.spatial_frequency.size() + frequency) * n, n);
    }
    double mean(std::size_t orientation, std::size_t frequency) const {
        double sum = 0.0;
        for (const float r : phases(orientation, frequency)) sum += static_cast<double>(r);
        return sum / static_cast<double>(axes.phase.size());
    }
    Curve orientation_curve(std::size_t frequency) const {
        Curve curve(axes.orientation.size());
        for (std::size_t i = 0; i < curve.size(); ++i) curve[i] = mean(i, frequency);
        return curve;
    }
    Curve frequency_curve(std::size_t orientation) const {
        Curve curve(axes.spatial_frequency.size());
        for (std::size_t i = 0; i < curve.size(); ++i) curve[i] = mean(orientation, i);
        return curve;
    }
};

std::size_t argmax(const Curve& curve) {
    return static_cast<std::size_t>(std::max_element(curve.begin(), curve.end()) - curve.begin());
}

/// The grating of the greatest mean over phases.
struct Peak {
    std::size_t orientation = 0, frequency = 0;
    double response = 0.0;
};

Peak find_peak(const Responses& neuron) {
    Peak peak;
    for (std::size_t i = 0; i < neuron.axes.orientation.size(); ++i)
        for (std::size_t f = 0; f < neuron.axes.spatial_frequency.size(); ++f)
            if (const double r = neuron.mean(i, f); r > peak.response) peak = {i, f, r};
    return peak;
}

/// sum R e^{2 i theta} / sum R
std::complex<double> mean_vector(const Curve& curve, const std::vector<double>& orientation) {
    std::complex<double> sum = 0.0;
    double total = 0.0;
    for (std::size_t i = 0; i < curve.size(); ++i) {
        sum += curve[i] * doubled_angle(orientation[i]);
        total += curve[i];
    }
    return sum / total;
}

/// The circular curve at `position` steps from its first orientation, read linearly; position >= 0.
double at(const Curve& curve, double position) {
    const double whole = std::floor(position);
    const auto i = static_cast<std::size_t>(whole);
    const double fraction = position - whole;
    return (1.0 - fraction) * curve[i % curve.size()] + fraction * curve[(i + 1) % curve.size()];
}

Curve smoothed(const Curve& curve) {
    const auto n = curve.size();
    Curve result(n);
    for (std::size_t i = 0; i < n; ++i)
        result[i] = (0.4 * curve[(i + n - 1) % n] + curve[i] + 0.4 * curve[(i + 1) % n]) / 1.8;
    return result;
}

/// Steps from `peak` to where the circular curve, walked by `stride` (mod n), falls to `level`; NaN if it
/// does not.
double steps_to_level(const Curve& curve, std::size_t peak, std::size_t stride, double level) {
    const auto n = curve.size();
    double before = curve[peak];
    for (std::size_t k = 1; k < n; ++k) {
        const double here = curve[(peak + k * stride) % n];
        if (here <= level) return static_cast<double>(k - 1) + (before - level) / (before - here);
        before = here;
    }
    return kNan;
}

double half_bandwidth(const Curve& raw) {
    const Curve curve = smoothed(raw);
    const auto n = curve.size();
    const auto peak = argmax(curve);
    const double level = curve[peak] / std::numbers::sqrt2;
    const double up = steps_to_level(curve, peak, 1, level);
    const double down = steps_to_level(curve, peak, n - 1, level);
    return 0.5 * (up + down) * 180.0 / static_cast<double>(n);
}

/// log2 of the frequency at which a curve falls to `level` after its peak; NaN if it does not.
double falls_to(std::span<const double> curve, std::span<const double> frequency, std::size_t peak,
                double level) {
    for (std::size_t i = peak + 1; i < curve.size(); ++i)
        if (curve[i] <= level) {
            const double part = (curve[i - 1] - level) / (curve[i - 1] - curve[i]);
            return std::lerp(std::log2(frequency[i - 1]), std::log2(frequency[i]), part);
        }
    return kNan;
}

/// Octaves between the two frequencies at which a curve crosses `level` next to its peak; NaN if one is
/// missing.
double octaves(Curve curve, std::vector<double> frequency, std::size_t peak, double level) {
    const double high = falls_to(curve, frequency, peak, level);
    std::reverse(curve.begin(), curve.end());
    std::reverse(frequency.begin(), frequency.end());
    return high - falls_to(curve, frequency, curve.size() - 1 - peak, level);
}

/// Frequency at the top of the parabola, in its logarithm, through the peak and both its neighbours; of the first or
/// last frequency itself. Test frequencies lie apart by more than cells differ.
double top(const Curve& curve, const std::vector<double>& frequency, std::size_t peak) {
    if (peak == 0 || peak + 1 == curve.size()) return frequency[peak];
    const double x0 = std::log2(frequency[peak - 1]), x1 = std::log2(frequency[peak]),
                 x2 = std::log2(frequency[peak + 1]);
    const double rise = (curve[peak] - curve[peak - 1]) / (x1 - x0),
                 fall = (curve[peak + 1] - curve[peak]) / (x2 - x1);
    const double bend = (fall - rise) / (x2 - x0);  // not above 0
    return bend < 0.0 ? std::exp2(0.5 * (x0 + x1) - 0.5 * rise / bend) : frequency[peak];
}

double modulation(std::span<const float> phases, const std::vector<double>& phase) {
    std::complex<double> harmonic = 0.0;
    double total = 0.0;
    for (std::size_t j = 0; j < phases.size(); ++j) {
        const auto r = static_cast<double>(phases[j]);
        harmonic += r * std::polar(1.0, phase[j] * kPi / 180.0);
        total += r;
    }
    return 2.0 * std::abs(harmonic) / total;
}

/// Median of the peaks above 0, or 0 if there is none.
double typical_peak(const std::vector<Peak>& peaks) {
    std::vector<double> responses;
    for (const auto& peak : peaks)
        if (peak.response > 0.0) responses.push_back(peak.response);
    return responses.empty() ? 0.0 : median(responses);
}

Tuning silent(std::size_t n) {
    const std::vector<double> none(n, kNan);
    return {none, none, none, none, none, none, std::vector<std::uint8_t>(n, 0), none, none, none};
}

void measure(Tuning& tuning, std::size_t i, const Responses& neuron, const Peak& peak) {
    const auto& axes = neuron.axes;
    const Curve curve = neuron.orientation_curve(peak.frequency);
    const auto vector = mean_vector(curve, axes.orientation);
    const double across = static_cast<double>(peak.orientation) + 0.5 * static_cast<double>(curve.size());
    tuning.preferred_orientation[i] = half_angle(vector);
    tuning.circular_variance[i] = std::clamp(1.0 - std::abs(vector), 0.0, 1.0);  // rounding
    tuning.half_bandwidth[i] = half_bandwidth(curve);
    tuning.orth_pref[i] = at(curve, across) / peak.response;
    tuning.F1_F0[i] = modulation(neuron.phases(peak.orientation, peak.frequency), axes.phase);
    tuning.responds[i] = 1;
    tuning.OSI[i] = (1.0 - tuning.orth_pref[i]) / (1.0 + tuning.orth_pref[i]);
    const Curve frequencies = neuron.frequency_curve(peak.orientation);
    tuning.peak_spatial_frequency[i] = top(frequencies, axes.spatial_frequency, peak.frequency);
    const auto width = [&](double share) {
        return octaves(frequencies, axes.spatial_frequency, peak.frequency, share * peak.response);
    };
    tuning.frequency_bandwidth[i] = width(0.5);
    tuning.schiller_index[i] = 100.0 * std::exp2(-width(1.0 / std::numbers::sqrt2));
}

}  // namespace

std::complex<double> doubled_angle(double orientation) {
    return std::polar(1.0, 2.0 * orientation * kPi / 180.0);
}

double half_angle(std::complex<double> z) {
    const double angle = 0.5 * std::arg(z) * 180.0 / kPi;
    const double positive = angle < 0.0 ? angle + 180.0 : angle;
    return positive < 180.0 ? positive : 0.0;  // rounding
}

Tuning measure_tuning(std::span<const float> R, const GratingAxes& axes) {
    check(R, axes);
    const auto n = R.size() / axes.size();
    const auto neuron = [&](std::size_t i) {
        return Responses{R.subspan(i * axes.size(), axes.size()), axes};
    };
    std::vector<Peak> peaks(n);
    for (std::size_t i = 0; i < n; ++i) peaks[i] = find_peak(neuron(i));
    const double threshold = kLeastResponse * typical_peak(peaks);
    Tuning tuning = silent(n);
    for (std::size_t i = 0; i < n; ++i)
        if (peaks[i].response > threshold) measure(tuning, i, neuron(i), peaks[i]);
    return tuning;
}

}  // namespace analysis
