// A network as a run left it, to be shown other things.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"
#include "sim/shown_network.hpp"

namespace sim {

/// A trained network, whole, and which of its populations is tested. Its settings are those of its run, with the run's
/// `analysis.set` and then overrides on top. Where lambda or its spread is overridden, each neuron keeps the ratio of
/// its threshold to the one it had before learning.
struct TrainedNetwork {
    ShownNetwork shown;
    std::uint32_t number;  // of the tested population
    /// Population of complex cells that is recorded with it (analysis.complex.population), as many as it has neurons.
    std::optional<std::uint32_t> complex;
    /// Its fields as learned, as Fields::values(): of senses that are absent in the test too. Of one that codes.
    std::vector<float> learned;

    const RunSettings& settings() const { return shown.settings; }
    const PopulationSettings& population() const { return shown.settings.populations[number]; }
    std::size_t size() const { return population().size; }
    bool codes() const { return population().codes != nullptr; }
    Network& network() const { return population().codes->network; }  // of one that codes

    /// What population `which` answers to a batch that was just shown, (N, columns): its code a, or, of one that does not
    /// code, the rates [Hz] at which its neurons fire while codes are read.
    Eigen::MatrixXf responses(std::uint32_t which, const Batch& batch, const Lanes& lanes) const;
    std::string response_units() const { return codes() ? "1" : "Hz"; }

    /// Its fields in the frame, shape (N, M) row by row: of one that sees another's code, its own times the other's; of
    /// one that sees nothing and is reached by projections, its own; of one that sees through a filter, what the light
    /// of each pixel does less what its dark does. Empty where there are none: of cells that projections alone reach.
    std::vector<float> fields_in_frame() const;
    /// Where its neurons look in the frame [px]: row, column, shape (N, 2). The centres of their windows; of fields
    /// without windows, means over pixels, weighted by the squares of the field; of cells that have no fields, means over
    /// the neurons that project to them, weighted by |w|.
    std::vector<double> places_in_frame() const;
    /// What frames (M, B) drive it with through its channels, if it has any, and fields_in_frame(), (N, B); nothing where
    /// there are none. It must not outlive the network.
    using LinearDrive = std::function<Eigen::MatrixXf(const Eigen::MatrixXf& frames)>;
    LinearDrive linear_drive() const;
};

/// Settings a network trained under `config` (YAML, as resolved) is tested under. name: of the config, for
/// messages. throws ConfigError as below
RunSettings settings_for_test(const std::string& name, const std::string& config,
                              const Params::Overrides& overrides);

/// Gives a network the thresholds that a run has learned (hidden neurons last), each in the ratio to the one it
/// would have had before learning: under another lambda or spread than the run's they differ with it.
void take_thresholds(Network& network, std::span<const double> learned, const NetworkSettings& of_run);

/// Gives a population the fields, thresholds and weights that the population `name` of a run has learned. path: of the
/// run. throws IoError if it is no finished run, or its population is of another shape
void take_learned(CodingSheet& sheet, const std::string& path, const std::string& name);

/// population: "" for the only one that codes, or the only one there is. throws IoError if `path` is no finished run
/// that shows frames, ConfigError if an override is wrong or changes the shape of the network, or the population is not
/// there or nothing that is shown reaches it
TrainedNetwork load_trained_network(const std::string& path, const Params::Overrides& overrides,
                                    const std::string& population = "");

}  // namespace sim
