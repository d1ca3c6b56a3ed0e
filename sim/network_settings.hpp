// What a config says of a population that codes, and of the frames it is shown.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/channels.hpp"
#include "sim/dictionary.hpp"
#include "sim/lanes.hpp"
#include "sim/objective.hpp"
#include "sim/params.hpp"
#include "sim/reception.hpp"
#include "sim/senses.hpp"
#include "sim/shared_kernels.hpp"
#include "sim/sheet.hpp"

namespace sim {

/// What a population that codes sees, and how long: frames, or the code of another.
struct Seen {
    std::uint64_t seed;         // of the run
    std::uint32_t number;       // of the population that sees
    FieldGeometry frame;        // height and width, and the parts of senses
    std::vector<Sense> senses;  // whose frames are stacked; empty: one input
    Reception reception;
    Presentation presentation;
};

/// What a config says of a population that codes, in its block populations.NAME.
struct NetworkSettings {
    NetworkSettings(const Params& block, const std::string& name, const Seen& seen);

    std::uint64_t seed;
    std::uint32_t number;       // of the population in the run
    std::vector<Sense> senses;  // whose frames and fields are stacked; empty: one input
    FieldGeometry geometry;
    Channels channels;  // through which it sees frames
    bool has_fields =
        true;  // else neurons are reached by projections alone, and by each other through the coupling
    bool starts_from_frames = false;  // fields are training frames at first, not noise
    Reception reception;
    std::optional<SharedKernelSettings>
        kernels;  // fields that are shared by all places; none: one for each neuron
    std::size_t rows,
        cols;  // of the sheet; of shared kernels places, those of one place side by side in a row
    Boundary boundary;
    std::string population, kind;
    double lambda;
    double lambda_spread;  // standard deviation of log lambda_i over neurons
    Objective objective;
    double kappa;
    Coupling coupling;
    bool is_lateral_delayed = false;  // its neurons reach each other through a projection, not at once
    Presentation presentation;
    Params block;  // populations.NAME

    std::size_t size() const { return rows * cols; }
    /// Fields there are to learn, each with a threshold: one a neuron, or K that all places share.
    std::size_t n_fields() const { return kernels ? kernels->shape.n : size(); }
    /// Those that thresholds, targets and backgrounds are of.
    WhichNeurons neurons() const { return {seed, number, 0, n_fields(), n_fields()}; }

  private:
    void read_sheet(const Params& at);
    void read_channels(const Params& at);
    void read_kernels(const Params& at);
};

/// The block `presentation`, of a still or of what may be a movie; `frame`; the frames of senses, as one: one below the
/// other where they are equally wide, else as one row.
Presentation read_presentation_of_still(const Params& root);
Presentation read_presentation(const Params& root);
FieldGeometry read_frame(const Params& root);
FieldGeometry stacked(const std::vector<Sense>& senses);
Reception read_reception(const Params& root, std::uint64_t seed, const FieldGeometry& size);

/// Thresholds before anything moves them, shape (n_fields()): log-normal about lambda.
std::vector<double> first_thresholds(const NetworkSettings& settings);

}  // namespace sim
