#include "analysis/kernel_codes.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "sim/quality.hpp"

namespace analysis {
namespace {

struct Coefficient {
    double size;  // it is cut by
    std::uint64_t neuron;
    float value;
};

/// The largest first.
std::vector<Coefficient> ranked(const PlacedKernels& placed, const ActiveCode& code, CutBy by) {
    std::vector<Coefficient> all;
    for (std::size_t k = 0; k < code.size(); ++k) {
        const double norm = by == CutBy::contrast ? placed.norm[code.neuron[k] % placed.kernels.n] : 1.0;
        all.push_back({std::abs(static_cast<double>(code.value[k])) * norm, code.neuron[k], code.value[k]});
    }
    std::ranges::sort(all, [](const Coefficient& x, const Coefficient& y) {
        return x.size != y.size ? x.size > y.size : x.neuron < y.neuron;
    });
    return all;
}

/// What a code explains of a frame, coefficient by coefficient.
class Explained {
  public:
    Explained(const PlacedKernels& placed, std::span<const float> frame)
        : placed_(placed), frame_(frame), explained_(frame.size(), 0.0) {}

    void add(std::uint64_t neuron, double value) {
        const auto kernel = placed_.kernels.kernel(neuron % placed_.kernels.n);
        sim::visit_pixels(placed_.kernels, placed_.places, placed_.rows, placed_.cols,
                          neuron / placed_.kernels.n, [&](std::size_t p, std::size_t pixel) {
                              explained_[pixel] += value * static_cast<double>(kernel[p]);
                          });
    }

    Quality quality(std::size_t n_active) const {
        double squared_error = 0.0;
        for (std::size_t p = 0; p < frame_.size(); ++p) {
            const double error = static_cast<double>(frame_[p]) - explained_[p];
            squared_error += error * error;
        }
        const double n = static_cast<double>(placed_.n_neurons());
        return {sim::psnr(frame_, squared_error), 1.0 - static_cast<double>(n_active) / n};
    }

  private:
    const PlacedKernels& placed_;
    std::span<const float> frame_;
    std::vector<double> explained_;
};

/// The first kept[i] coefficients of a ranking, for each i. kept: descending
std::vector<Quality> left_of(const PlacedKernels& placed, std::span<const float> frame,
                             const std::vector<Coefficient>& ranking, const std::vector<std::size_t>& kept) {
    Explained explained(placed, frame);
    std::vector<Quality> qualities;
    std::size_t n = 0;
    for (auto most = kept.rbegin(); most != kept.rend(); ++most) {
        for (; n < *most; ++n) explained.add(ranking[n].neuron, static_cast<double>(ranking[n].value));
        qualities.push_back(explained.quality(n));
    }
    std::ranges::reverse(qualities);
    return qualities;
}

}  // namespace

std::vector<Quality> cut_below(const PlacedKernels& placed, std::span<const float> frame,
                               const ActiveCode& code, CutBy by, std::span<const double> cut_offs) {
    const auto ranking = ranked(placed, code, by);
    std::vector<std::size_t> kept;
    for (const double cut : cut_offs)
        kept.push_back(static_cast<std::size_t>(
            std::ranges::partition_point(ranking, [&](const Coefficient& one) { return one.size >= cut; }) -
            ranking.begin()));
    return left_of(placed, frame, ranking, kept);
}

std::vector<Quality> cut_part(const PlacedKernels& placed, std::span<const float> frame,
                              const ActiveCode& code, std::span<const double> parts) {
    std::vector<std::size_t> kept;
    for (const double part : parts)
        kept.push_back(
            static_cast<std::size_t>(std::lround((1.0 - part) * static_cast<double>(code.size()))));
    return left_of(placed, frame, ranked(placed, code, CutBy::contrast), kept);
}

std::vector<std::size_t> active_of_kernels(const PlacedKernels& placed, const ActiveCode& code) {
    std::vector<std::size_t> active(placed.kernels.n, 0);
    for (const std::uint64_t neuron : code.neuron) ++active[neuron % placed.kernels.n];
    return active;
}

std::vector<double> contrast_of_kernels(const PlacedKernels& placed, const ActiveCode& code) {
    std::vector<double> contrast(placed.kernels.n, 0.0);
    for (std::size_t k = 0; k < code.size(); ++k) {
        const std::size_t kernel = code.neuron[k] % placed.kernels.n;
        contrast[kernel] += std::abs(static_cast<double>(code.value[k])) * placed.norm[kernel];
    }
    return contrast;
}

std::vector<Moment> course_of(const PlacedKernels& placed, std::span<const float> frame,
                              const GradedSpikes& spikes, std::span<const double> times) {
    constexpr double kNothing = 1e-9;  // what is taken back leaves the rounding of its sum
    Explained explained(placed, frame);
    std::unordered_map<std::uint64_t, double> code;
    std::vector<Moment> course;
    std::size_t n = 0;
    for (const double t : times) {
        for (; n < spikes.t.size() && spikes.t[n] < t; ++n) {
            code[spikes.neuron[n]] += spikes.amount[n];
            explained.add(spikes.neuron[n], spikes.amount[n]);
        }
        const auto active =
            std::ranges::count_if(code, [](const auto& one) { return std::abs(one.second) > kNothing; });
        course.push_back({explained.quality(static_cast<std::size_t>(active)), n});
    }
    return course;
}

}  // namespace analysis
