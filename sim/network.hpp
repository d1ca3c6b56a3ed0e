// The network an experiment runs: neurons, their fields, and the program they solve.
#pragma once
#include <memory>
#include <vector>

#include "sim/coding_population.hpp"
#include "sim/network_settings.hpp"
#include "sim/program.hpp"

namespace sim {

/// Frames as problems for the population, one a column.
struct Problems {
    Eigen::MatrixXf drive;  // b, (N, B), or (2 N, B) with the OFF twins'
    /// What a unit of activity costs: lambda_j, (N, 1), or lambda_j |s - phi_j|^2, (N, B).
    Eigen::MatrixXf price;
    auto price_of(Eigen::Index frame) const { return price.col(price.cols() == 1 ? 0 : frame); }
};

/// How near a code is to the least energy of its frame, from itself alone.
struct Certificate {
    /// No code of the frame has less energy; NaN where a price is negative, or the coupling has a surround, which need not be
    /// convex.
    double bound;
    double kkt;  // residual of the optimality conditions, in the units of lambda: 0 at the optimum
};

class Network {
  public:
    /// Neurons and thresholds; no fields and weights yet. throws ConfigError where the population does not solve a
    /// program and the objective asks for one.
    explicit Network(const NetworkSettings& settings);

    /// Makes room for fields and weights, all zero; to be called before anything but what settings, sheet and
    /// neurons say, and the size of the program, is used.
    void lay_out();
    /// What Q and the fields of a sheet take, at the least [bytes]; 0 where kernels are shared. Before they are laid out.
    double least_memory() const;
    /// throws ConfigError where that is more than there is
    void check_memory() const;

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

    /// Q = Phi^T Phi + kappa L and lambda; weights and thresholds that are learned where the
    /// population does not solve a program. Behind the neurons of the sheet come hidden ones: the
    /// population's own, or the OFF twins of signed codes.
    Program program;

    /// Makes Q from the fields and the sheet's coupling, unless it is learned. To be called after the
    /// fields, the weights or the thresholds have changed. throws NumericsError if one is not finite
    void refresh_interaction();

    /// What it sees of frames: through its channels, or the frames themselves.
    Eigen::MatrixXf see(const Eigen::MatrixXf& frames) const {
        return settings_.channels.see(frames, settings_.geometry.height, settings_.geometry.width);
    }
    /// The problems that frames (M, B) pose, as they are seen.
    Problems pose(const Eigen::MatrixXf& frames) const;
    /// Codes (N, B) from the activity that the drive led to, of as many neurons as were driven.
    Eigen::MatrixXf codes(const Eigen::MatrixXd& activity) const;
    /// The codes of least energy, whatever the population makes; only where a program is solved.
    /// tolerance: of the KKT residual. NaN for frames where the search does not come so near
    Eigen::MatrixXf optima(const Problems& posed, double tolerance) const;

    /// What a code costs, see sim/objective.hpp; 1/2 |r|^2 alone where no program is solved.
    /// residual_squared = |s - Phi a|^2; price: of its frame, shape (N); a: shape (N).
    double energy(double residual_squared, std::span<const float> price, std::span<const float> a) const;
    /// From the dual program: what a code leaves, scaled until no neuron would gain from it, is a lower bound on what
    /// any code costs (Fercoq, Gramfort & Salmon 2015). rest: Phi^T (s - Phi a), shape (N); cost: energy() of the code.
    /// NaN where no program is solved.
    Certificate certify(double cost, std::span<const float> rest, std::span<const float> price,
                        std::span<const float> a) const;

  private:
    std::size_t n_hidden() const;
    bool is_dense() const;
    Interaction pattern(const Dictionary& dictionary);
    void add_coupled(std::size_t neuron, std::vector<std::uint32_t>& reached);
    void check_finite() const;
    void add_coupling();
    void add_twins();
    void add_ridge();
    void add_global_inhibition();
    Eigen::MatrixXf prices(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& b) const;
    double roughness_of(std::size_t i, std::span<const float> a) const;
    double roughness(std::span<const float> a) const;
    std::vector<double> slopes(std::span<const float> rest, std::span<const float> a) const;
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
