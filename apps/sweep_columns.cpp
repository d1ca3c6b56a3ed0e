#include "apps/sweep_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/v1_reference.hpp"
#include "apps/compare_json.hpp"
#include "apps/sweep_table.hpp"

namespace apps {
namespace {

// As apps/network.cpp and analysis/measures.cpp call them; tests/cli/sweep_test.cpp holds these to the tables of sweeps.
constexpr std::array kOfShown{"batches", "batch_size", "held_out", "blank_held_out_frames"};
constexpr std::array kOfCode{"held_out_energy_before",
                             "held_out_energy",
                             "held_out_optimal_energy",
                             "relE",
                             "relE_at_most",
                             "kkt",
                             "unexplained",
                             "psnr_dB",
                             "sparseness",
                             "spikes_per_image",
                             "dead_neurons",
                             "frames_without_relE"};
constexpr std::array kOfPopulation{"size", "spikes", "rate_Hz", "cv"};
constexpr std::array kOfNetwork{"duration_ms", "synapses", "events"};
constexpr std::array kMeasures{"neighbour_difference",
                               "wavelength",
                               "pinwheel_density",
                               "map_quality",
                               "gabor_fraction",
                               "median_suppression_index",
                               "median_cross_orientation_suppression",
                               "median_c50",
                               "median_sta_white",
                               "median_sta_sparse",
                               "median_rate",
                               "median_spontaneous_rate",
                               "median_lifetime_sparseness",
                               "median_cv_of_intervals",
                               "median_fano_factor",
                               "drift_ks_circular_variance",
                               "drift_ks_half_bandwidth",
                               "drift_ks_orth_pref",
                               "drift_ks_F1_F0",
                               "suppressed_fraction",
                               "frequency_difference",
                               "frequency_difference_by_chance",
                               "phase_difference",
                               "retinotopy",
                               "retinotopic_scatter",
                               "population_sparseness",
                               "correlation_near",
                               "correlation_far"};

/// A comparison of nothing: its numbers have the names of any other's.
ComparedRun compared_nothing() {
    ComparedRun run{};
    for (const analysis::Reference& reference : analysis::v1_references()) {
        if (reference.n == 0) continue;
        analysis::Comparison comparison{};
        comparison.property = reference.property;
        comparison.reference = reference.name;
        comparison.cells = reference.cells;
        run.analysis.comparisons.push_back(std::move(comparison));
    }
    for (const char* name : kMeasures) run.analysis.summary.push_back({name, "1", "", 0.0});
    return run;
}

}  // namespace

std::vector<std::string> columns_of_analyses() {
    std::vector<std::string> names;
    for (const auto& [name, number] : flatten(json_of(compared_nothing()))) names.push_back(name);
    return names;
}

std::vector<std::string> columns_of_networks(const std::set<std::string>& populations,
                                             const std::set<std::string>& coding) {
    std::vector<std::string> names(kOfNetwork.begin(), kOfNetwork.end());
    const auto add = [&](const std::string& population, const auto& numbers) {
        for (const char* number : numbers)
            names.push_back(fmt::format("populations.{}.{}", population, number));
    };
    for (const std::string& population : populations) add(population, kOfPopulation);
    for (const std::string& population : coding) add(population, kOfCode);
    if (!coding.empty()) names.insert(names.end(), kOfShown.begin(), kOfShown.end());
    return names;
}

}  // namespace apps
