#include "analysis/size_tuning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/numbers.hpp"
#include "sim/error.hpp"

namespace analysis {
namespace {

constexpr double kSuppressed = 0.1, kNearPeak = 0.95, kNearAsymptote = 0.05;

void check_sizes(std::span<const double> diameters, std::span<const double> responses) {
    if (diameters.empty() || diameters.size() != responses.size())
        throw sim::Error(
            fmt::format("size tuning: {} diameters and {} responses", diameters.size(), responses.size()));
    for (std::size_t i = 0; i < diameters.size(); ++i) {
        if (!(diameters[i] > (i == 0 ? 0.0 : diameters[i - 1])))
            throw sim::Error("size tuning: diameters must be above 0 and ascend");
        if (!std::isfinite(responses[i]))
            throw sim::Error(fmt::format("size tuning: a response must be finite, got {}", responses[i]));
    }
}

}  // namespace

SizeTuning measure_size_tuning(std::span<const double> diameters, std::span<const double> responses) {
    check_sizes(diameters, responses);
    const auto top = std::ranges::max_element(responses);
    const double peak = *top, largest = responses.back();
    SizeTuning tuning{kNan, kNan, kNan, kNan};
    if (!(peak > 0.0)) return tuning;
    tuning.suppression_index = (peak - largest) / peak;
    if (!(tuning.suppression_index > kSuppressed)) return tuning;
    const auto diameter_of = [&](auto response) {
        return diameters[static_cast<std::size_t>(response - responses.begin())];
    };
    tuning.summation_field =
        diameter_of(std::ranges::find_if(responses, [&](double r) { return r >= kNearPeak * peak; }));
    tuning.surround_diameter = diameter_of(std::find_if(top + 1, responses.end(), [&](double r) {
        return r <= largest + kNearAsymptote * std::abs(largest);
    }));
    tuning.surround_ratio = tuning.surround_diameter / tuning.summation_field;
    return tuning;
}

std::vector<SizeTuning> measure_size_tunings(std::span<const double> diameters, std::span<const float> R) {
    if (diameters.empty() || R.size() % diameters.size() != 0)
        throw sim::Error(fmt::format("size tuning: {} responses are no multiple of {} diameters", R.size(),
                                     diameters.size()));
    std::vector<SizeTuning> result;
    for (std::size_t first = 0; first < R.size(); first += diameters.size()) {
        const auto of_neuron = R.subspan(first, diameters.size());
        result.push_back(
            measure_size_tuning(diameters, std::vector<double>(of_neuron.begin(), of_neuron.end())));
    }
    return result;
}

std::vector<double> cross_orientation_suppression(std::span<const double> preferred,
                                                  std::span<const double> plaid) {
    if (preferred.size() != plaid.size())
        throw sim::Error(
            fmt::format("cross-orientation suppression: {} responses to gratings and {} to plaids",
                        preferred.size(), plaid.size()));
    std::vector<double> result;
    for (std::size_t i = 0; i < plaid.size(); ++i)
        result.push_back(preferred[i] > 0.0 ? 1.0 - plaid[i] / preferred[i] : kNan);
    return result;
}

}  // namespace analysis
