#include "apps/figures_that_matter.hpp"

#include <fmt/format.h>

#include <numbers>

#include "sim/io/striate_file.hpp"

namespace apps {

std::string figures_that_matter(const analysis::Analysis& analysis, const std::string& run) {
    const sim::io::File file = sim::io::open_striate_file(run, "run");
    const auto energy = file.read<double>("/learning/held_out/energy");
    const auto dead = file.read<std::uint64_t>("/learning/dead_neurons");
    const double n_neurons = static_cast<double>(analysis.network.tuning.size());
    const analysis::Comparison& variance = analysis.comparisons.front();
    std::string text = fmt::format("neighbours' orientation  {:.1f} deg apart on average (chance 45)\n",
                                   analysis.map.neighbour_difference);
    text += fmt::format(
        "pinwheel density         {:.2f} per squared wavelength, {} pinwheels (macaque and others {:.2f})\n",
        analysis.map.pinwheel_density, analysis.map.pinwheels.size(), std::numbers::pi);
    text += fmt::format(
        "circular variance        median {:.3f} (macaque {:.3f}), KS {:.3f} [{:.3f}, {:.3f}]\n",
        variance.median_model, variance.median_macaque, variance.ks.value, variance.ks.low, variance.ks.high);
    text += fmt::format("held-out energy          {:.4f} before learning, {:.4f} after\n", energy.front(),
                        energy.back());
    if (!dead.empty())
        text += fmt::format("dead neurons             {} of {} ({:.2f} %)\n", dead.back(), n_neurons,
                            100.0 * static_cast<double>(dead.back()) / n_neurons);
    return text;
}

}  // namespace apps
