#include "apps/figures_that_matter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "analysis/map.hpp"
#include "analysis/v1_reference.hpp"
#include "apps/none.hpp"
#include "sim/io/striate_file.hpp"

namespace apps {
namespace {

std::string pinwheel_words(const analysis::MapMeasures& map) {
    if (!std::isfinite(map.pinwheel_density))
        return fmt::format("unknown, no wavelength was found; {} pinwheels", map.pinwheels.size());
    return fmt::format("{:.2f} per squared wavelength, {} pinwheels (mammals {:.2f}); map quality {:.2f}",
                       map.pinwheel_density, map.pinwheels.size(), std::numbers::pi,
                       analysis::map_quality(map.pinwheel_density));
}

/// "7.1, 5.6, 4.3, 3.0 at 0.5, 0.7, 1, 1.5 sheet units"
std::string smoothing_words(const std::vector<analysis::SmoothedDensity>& all) {
    std::vector<std::string> densities, smoothings;
    for (const analysis::SmoothedDensity& one : all) {
        densities.push_back(fmt::format("{:.2f}", one.density));
        smoothings.push_back(fmt::format("{:g}", one.smoothing));
    }
    return fmt::format("{} under a smoothing of {} units", fmt::join(densities, ", "),
                       fmt::join(smoothings, ", "));
}

std::string variance_words(const std::vector<analysis::Comparison>& comparisons) {
    const auto found = std::ranges::find(comparisons, "circular_variance", &analysis::Comparison::reference);
    if (found == comparisons.end() || found->n == 0) return "of no neuron: none responds to gratings";
    return fmt::format("median {:.3f} (macaque {:.3f}), KS {:.3f} [{:.3f}, {:.3f}]", found->median_model,
                       found->median_macaque, found->ks.value, found->ks.low, found->ks.high);
}

/// Cavanaugh et al. give sizes of just those cells that are suppressed by more than a tenth.
double suppressed_in_macaque() {
    return static_cast<double>(analysis::v1_reference("summation_field").n) /
           static_cast<double>(analysis::v1_reference("suppression_index").n);
}

std::string suppression_words(const analysis::Analysis& analysis) {
    return fmt::format("above 0.1 in {:.0f} % of the neurons tested (macaque {:.0f} %), median {:.3f}",
                       100.0 * analysis.measure("suppressed_fraction"), 100.0 * suppressed_in_macaque(),
                       analysis.measure("median_suppression_index"));
}

}  // namespace

LearningEnds read_learning_ends(const std::string& run, const std::string& population) {
    const sim::io::File file = sim::io::open_striate_file(run, "network");
    const auto numbers = [&](const char* name) {
        const std::string dataset = fmt::format("/learning/{}/{}", population, name);
        return file.exists(dataset) ? file.read<double>(dataset, {sim::io::kAny}) : std::vector<double>{};
    };
    const auto energy = numbers("held_out/energy"), dead = numbers("dead_neurons");
    return {energy.empty() ? kNone : energy.front(), energy.empty() ? kNone : energy.back(),
            dead.empty() ? kNone : dead.back()};
}

std::string figures_that_matter(const analysis::Analysis& analysis, const LearningEnds& learning) {
    const std::size_t n_neurons = analysis.network.tuning.size();
    std::string text;
    if (analysis.has_map()) {
        text += fmt::format("neighbours' orientation  {:.1f} deg apart on average (chance 45)\n",
                            analysis.map.neighbour_difference);
        text += fmt::format("pinwheel density         {}\n", pinwheel_words(analysis.map));
        if (std::isfinite(analysis.map.pinwheel_density))
            text += fmt::format("                         {}\n", smoothing_words(analysis.map.densities));
    }
    text += fmt::format("circular variance        {}\n", variance_words(analysis.comparisons));
    if (std::isfinite(analysis.measure("suppressed_fraction")))
        text += fmt::format("suppression index        {}\n", suppression_words(analysis));
    if (std::isfinite(learning.energy_after))
        text += fmt::format("held-out energy          {:.4f} before learning, {:.4f} after\n",
                            learning.energy_before, learning.energy_after);
    if (std::isfinite(learning.dead_neurons))
        text += fmt::format("dead neurons             {} of {} ({:.2f} %)\n", learning.dead_neurons,
                            n_neurons, 100.0 * learning.dead_neurons / static_cast<double>(n_neurons));
    return text;
}

}  // namespace apps
