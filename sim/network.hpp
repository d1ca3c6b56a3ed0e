// The network an experiment runs: a sheet of neurons, their dictionary, and the program they solve.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sim/coding_population.hpp"
#include "sim/dictionary.hpp"
#include "sim/encoder.hpp"
#include "sim/params.hpp"
#include "sim/program.hpp"
#include "sim/sheet.hpp"

namespace sim {

/// What a config says of the network: the blocks frame, sheet, receptive_field, population, coupling,
/// presentation.
struct NetworkSettings {
    explicit NetworkSettings(const Params& root);

    std::uint64_t seed;
    FieldGeometry geometry;
    double scale;  // of frames
    std::size_t rows, cols;
    Boundary boundary;
    std::string population, kind;
    double lambda;
    double kappa, sigma;
    Presentation presentation;
    Params neurons;  // the block `population`, from which the neurons are made
};

class Network {
  public:
    explicit Network(const NetworkSettings& settings);

    const NetworkSettings& settings() const { return settings_; }
    const Sheet& sheet() const { return sheet_; }
    const Neurons& neurons() const { return *neurons_; }
    std::size_t size() const { return sheet_.size(); }
    bool solves_program() const { return neurons_->solves_program(); }

    Dictionary dictionary;
    /// Q = Phi^T Phi + kappa L and lambda per neuron; weights and thresholds that are learned where the
    /// population does not solve a program, its hidden neurons behind those of the sheet.
    Program program;

    /// Makes Q from the dictionary and the sheet's coupling, unless it is learned. To be called after the
    /// dictionary has changed.
    void refresh_interaction();

    /// What a code costs: 1/2 |r|^2 + kappa/2 a'La + lambda'a; 1/2 |r|^2 alone where no program is solved.
    /// residual_squared = |s - Phi a|^2; a: shape (N).
    double energy(double residual_squared, std::span<const float> a) const;

  private:
    NetworkSettings settings_;
    Sheet sheet_;
    std::unique_ptr<Neurons> neurons_;
    std::vector<std::vector<Neighbour>> coupling_;
};

}  // namespace sim
