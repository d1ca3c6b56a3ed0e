// The network an experiment runs: neurons, their fields, and the program they solve.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/coding_population.hpp"
#include "sim/dictionary.hpp"
#include "sim/lanes.hpp"
#include "sim/objective.hpp"
#include "sim/params.hpp"
#include "sim/program.hpp"
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
    bool has_fields =
        true;  // else neurons are reached by projections alone, and by each other through the coupling
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
    void read_kernels(const Params& at);
};

/// The block `presentation`, of a still or of what may be a movie; `frame`; the frames of senses, as one: one below the
/// other where they are equally wide, else as one row.
Presentation read_presentation_of_still(const Params& root);
Presentation read_presentation(const Params& root);
FieldGeometry read_frame(const Params& root);
FieldGeometry stacked(const std::vector<Sense>& senses);
Reception read_reception(const Params& root, std::uint64_t seed, const FieldGeometry& size);

/// Thresholds of the sheet's neurons before anything moves them, shape (N): log-normal about lambda, one draw a field.
std::vector<double> first_thresholds(const NetworkSettings& settings);

/// Frames as problems for the population, one a column.
struct Problems {
    Eigen::MatrixXf drive;  // b, (N, B), or (2 N, B) with the OFF twins'
    Eigen::MatrixXf price;  // what a unit of activity costs, (N, B): lambda_j, or lambda_j |s - phi_j|^2
};

class Network {
  public:
    /// Neurons and thresholds; no fields and weights yet. throws ConfigError where the population does not solve a
    /// program and the objective asks for one.
    explicit Network(const NetworkSettings& settings);

    /// Makes room for fields and weights, all zero; to be called before anything but what settings, sheet and
    /// neurons say, and the size of the program, is used.
    void lay_out();

    const NetworkSettings& settings() const { return settings_; }
    const Sheet& sheet() const { return sheet_; }
    /// What neurons do to each other, whether at once, by program.Q, or through a projection.
    const Interaction& interaction() const { return settings_.is_lateral_delayed ? lateral_ : program.Q; }
    const Neurons& neurons() const { return *neurons_; }
    std::size_t size() const { return sheet_.size(); }
    /// Thresholds, and Q_jj, as files and checkpoints keep them: of each kernel where all places share them, else of each
    /// neuron, hidden ones last.
    std::size_t n_thresholds() const;
    std::vector<double> thresholds() const;
    std::vector<double> diagonal() const;
    /// Those of all neurons follow. throws Error if they are not n_thresholds()
    void set_thresholds(std::span<const double> lambda);
    bool solves_program() const { return neurons_->solves_program(); }

    Fields& fields() const { return *fields_; }

    /// Q = Phi^T Phi + kappa L and lambda per neuron; weights and thresholds that are learned where the
    /// population does not solve a program. Behind the neurons of the sheet come hidden ones: the
    /// population's own, or the OFF twins of signed codes.
    Program program;

    /// Makes Q from the fields and the sheet's coupling, unless it is learned. To be called after the
    /// fields, the weights or the thresholds have changed. throws NumericsError if one is not finite
    void refresh_interaction();

    /// The problems that frames (M, B) pose.
    Problems pose(const Eigen::MatrixXf& frames) const;
    /// Codes (N, B) from the activity that the drive led to, of as many neurons as were driven.
    Eigen::MatrixXf codes(const Eigen::MatrixXd& activity) const;
    /// The codes of least energy, whatever the population makes; only where a program is solved.
    /// tolerance: of the KKT residual. throws NumericsError
    Eigen::MatrixXf optima(const Problems& posed, double tolerance) const;

    /// What a code costs, see sim/objective.hpp; 1/2 |r|^2 alone where no program is solved.
    /// residual_squared = |s - Phi a|^2; price: of its frame, shape (N); a: shape (N).
    double energy(double residual_squared, std::span<const float> price, std::span<const float> a) const;

  private:
    std::size_t n_hidden() const;
    Interaction pattern(const Dictionary& dictionary);
    void check_finite() const;
    void add_coupling();
    void add_twins();
    void add_ridge();
    void add_global_inhibition();
    Eigen::MatrixXf prices(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& b) const;
    double roughness(std::span<const float> a) const;
    void delay_lateral();

    NetworkSettings settings_;
    std::unique_ptr<Fields> fields_;
    Sheet sheet_;
    std::unique_ptr<Neurons> neurons_;
    std::vector<std::vector<Neighbour>> coupling_;
    bool is_coupled_beyond_fields_ = false;  // some whose windows do not overlap
    Interaction lateral_;                    // where it is delayed: Q; the program's has its diagonal alone
};

}  // namespace sim
