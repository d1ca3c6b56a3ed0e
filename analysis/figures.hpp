// The figures of a report. Each is drawn into a directory as NAME.svg, NAME.png and the gnuplot script
// NAME.gp, and returns what a page needs to show it; nothing where the files do not hold what it shows. All
// throw IoError if a file cannot be written or gnuplot is missing or fails.
#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "analysis/analysis_file.hpp"
#include "analysis/recorded_network.hpp"
#include "analysis/recorded_run.hpp"

namespace analysis {

struct Figure {
    std::string name;     // of its files
    std::string title;    // a few words
    std::string caption;  // what one sees, and how it was computed; plain text
    std::string alt;      // for those who cannot see it; plain text
    int width, height;    // [px]
};

// figures_fields.cpp

/// The receptive field of every neuron in its place on the sheet; or the kernels that all places share.
std::optional<Figure> draw_receptive_fields(const RecordedRun& run, const std::filesystem::path& dir);
/// Some of them, larger.
std::optional<Figure> draw_receptive_field_detail(const RecordedRun& run, const std::filesystem::path& dir);
/// The receptive fields of a patch of the sheet at moments of learning.
std::optional<Figure> draw_evolution(const RecordedRun& run, const std::filesystem::path& dir);

// figures_learning.cpp

/// Energy, reconstruction error and activity against batches learned.
std::optional<Figure> draw_learning(const RecordedRun& run, const std::filesystem::path& dir);

// figures_activity.cpp

/// Spikes, code and reconstruction of one presentation; coloured by preferred orientation if `analysis` is
/// given.
std::optional<Figure> draw_activity(const RecordedRun& run, const Analysis* analysis,
                                    const std::filesystem::path& dir);

// figures_map.cpp

/// Preferred orientation over the sheet, smoothed with its pinwheels, and neuron by neuron.
std::optional<Figure> draw_orientation_map(const Analysis& analysis, const std::filesystem::path& dir);
/// Radial power spectrum of the map.
std::optional<Figure> draw_map_spectrum(const Analysis& analysis, const std::filesystem::path& dir);
/// Circular variance against the distance to the nearest pinwheel.
std::optional<Figure> draw_tuning_at_pinwheels(const Analysis& analysis, const std::filesystem::path& dir);

// figures_tuning.cpp

/// Orientation tuning of twelve neurons, from the sharpest to the broadest.
std::optional<Figure> draw_tuning_curves(const RecordedRun& run, const Analysis& analysis,
                                         const std::filesystem::path& dir);
/// Distributions of tuning beside those of macaque V1.
std::optional<Figure> draw_tuning_histograms(const Analysis& analysis, const std::filesystem::path& dir);

// figures_distributions.cpp

/// Distributions of all else that was compared.
std::optional<Figure> draw_other_histograms(const Analysis& analysis, const std::filesystem::path& dir);
/// nx and ny of the receptive fields over macaque's.
std::optional<Figure> draw_shapes(const Analysis& analysis, const std::filesystem::path& dir);

// figures_responses.cpp

/// Responses of some neurons to contrast and to size, and the median of all.
std::optional<Figure> draw_response_curves(const Analysis& analysis, const std::filesystem::path& dir);
/// Spike-triggered averages of some neurons beside their receptive fields.
std::optional<Figure> draw_spike_triggered_averages(const RecordedRun& run, const Analysis& analysis,
                                                    const std::filesystem::path& dir);

// figures_network.cpp

/// Spikes of all populations, one above the other, in a stretch of time.
std::optional<Figure> draw_network_raster(const RecordedNetwork& network, const std::filesystem::path& dir);
/// Mean rate of each population over time, or its spikes in each presentation.
std::optional<Figure> draw_network_rates(const RecordedNetwork& network, const std::filesystem::path& dir);
/// Recorded variables of some neurons, with their spikes.
std::optional<Figure> draw_network_states(const RecordedNetwork& network, const std::filesystem::path& dir);
/// Histograms of the weights of recorded synapses.
std::optional<Figure> draw_network_weights(const RecordedNetwork& network, const std::filesystem::path& dir);

// figures_compare.cpp

struct NamedAnalysis {
    std::string name;
    const Analysis* analysis;  // not null
};

/// Tuning and shapes of receptive fields of several analyses over macaque's. runs: at least one
Figure draw_comparison(std::span<const NamedAnalysis> runs, const std::filesystem::path& dir);

}  // namespace analysis
