#include "sim/sparse_encode.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "sim/coding_population.hpp"
#include "sim/error.hpp"
#include "sim/parallel.hpp"
#include "sim/simulation.hpp"

namespace sim {
namespace {

constexpr const char* kSolver = "coordinate_descent";
constexpr const char* kFalling = "slca_falling";
/// Of slca_falling: how long q takes to fall [ms], its first one, and its threshold. The scaled drive is 1 at most, so that
/// nobody would fire above q0.
constexpr double kTau = 25.0, kQ0 = 2.0, kThreshold = 0.7;
/// Codes of the others are read from here on, as a part of T: the first spikes say little.
constexpr double kFirstPart = 0.2;
constexpr Time kUsualT = 1000.0;
/// The solver looks at each condition before it moves the others: what it leaves may be a little more than it says.
constexpr double kLeftToSolver = 0.5;
/// Samples that share one simulation, one after the other.
constexpr std::size_t kAtOnce = 32;

void check(const Eigen::Ref<const Eigen::MatrixXd>& samples, const Eigen::Ref<const Eigen::MatrixXd>& Phi,
           const SparseEncoding& how) {
    const auto refuse = [](const char* what, const std::string& expected, const std::string& got) {
        throw ConfigError(fmt::format("sparse_encode: {}: must be {}, got {}", what, expected, got));
    };
    if (samples.rows() != Phi.rows())
        refuse("dictionary", fmt::format("of {} features, as the samples are", samples.rows()),
               fmt::format("{}", Phi.rows()));
    if (Phi.size() == 0) refuse("dictionary", "of one atom and one feature at least", "none");
    if (!samples.allFinite()) refuse("samples", "finite", "NaN or infinity");
    if (!Phi.allFinite()) refuse("dictionary", "finite", "NaN or infinity");
    if (Phi.colwise().squaredNorm().minCoeff() == 0.0)
        refuse("dictionary", "of atoms that are not 0", "one that is");
    if (!(how.lambda > 0.0) || !std::isfinite(how.lambda))
        refuse("lambda", "> 0", fmt::format("{}", how.lambda));
    if (!(how.tolerance > 0.0) || how.tolerance >= 1.0)
        refuse("tolerance", "in (0, 1)", fmt::format("{}", how.tolerance));
    if (!(how.T >= 0.0) || !std::isfinite(how.T)) refuse("T", ">= 0 ms", fmt::format("{}", how.T));
}

/// [G -G; -G G] of ON and OFF twins, where codes may be of either sign.
Eigen::MatrixXd gram(const Eigen::Ref<const Eigen::MatrixXd>& Phi, bool has_twins) {
    const Eigen::MatrixXd G = Phi.transpose() * Phi;
    if (!has_twins) return G;
    const Eigen::Index K = G.rows();
    Eigen::MatrixXd Q(2 * K, 2 * K);
    Q << G, -G, -G, G;
    return Q;
}

/// Thresholds stand in the drive, so that every sample may have a scale of its own.
std::vector<double> drive(const Eigen::VectorXd& b, double lambda, double scale, bool has_twins) {
    const auto K = static_cast<std::size_t>(b.size());
    std::vector<double> driven(has_twins ? 2 * K : K);
    for (std::size_t k = 0; k < K; ++k) {
        const double here = b[static_cast<Eigen::Index>(k)];
        driven[k] = (here - lambda) / scale;
        if (has_twins) driven[K + k] = (-here - lambda) / scale;
    }
    return driven;
}

std::unique_ptr<Neurons> neurons(const SparseEncoding& how) {
    const auto& all = Registry<Neurons>::instance();
    std::vector<std::string> known{kSolver};
    for (const std::string& name : all.names())
        if (name == "slca" || name == "lca" || name == kFalling) known.push_back(name);
    if (std::ranges::find(known, how.method) == known.end())
        throw ConfigError(fmt::format("sparse_encode: method: must be one of {}, got \"{}\"",
                                      fmt::join(known, ", "), how.method));
    if (how.method == kSolver) return nullptr;
    const std::string block = how.method == kFalling ? fmt::format("{}: {{tau: {} ms, q0: {}, k: {}}}",
                                                                   kFalling, kTau, kQ0, kThreshold)
                                                     : "{}";
    return all.make(how.method, Params::parse(block, "sparse_encode"), {});
}

class Encoder {
  public:
    Encoder(const Eigen::Ref<const Eigen::MatrixXd>& samples, const Eigen::Ref<const Eigen::MatrixXd>& Phi,
            const SparseEncoding& how)
        : how_(how),
          neurons_(neurons(how)),
          samples_(samples),
          Phi_(Phi),
          program_{Interaction::dense(gram(Phi, !how.nonnegative)), {}},
          largest_diagonal_(Phi.colwise().squaredNorm().maxCoeff()) {
        program_.lambda.assign(program_.Q.size(), 0.0);
        result_.a = Eigen::MatrixXd::Zero(Phi.cols(), samples.cols());
        result_.spikes.assign(static_cast<std::size_t>(samples.cols()), 0);
    }

    SparseCodes all() {
        const auto n = static_cast<std::size_t>(samples_.cols());
        parallel_for(std::size_t{0}, (n + kAtOnce - 1) / kAtOnce, [&](std::size_t part) {
            Simulation simulation;
            if (neurons_) simulation.add(neurons_->population(program_), how_.method);
            for (std::size_t k = part * kAtOnce; k < std::min(n, (part + 1) * kAtOnce); ++k)
                encode(static_cast<Eigen::Index>(k), simulation);
        });
        return std::move(result_);
    }

  private:
    void encode(Eigen::Index k, Simulation& simulation) {
        const Eigen::VectorXd b = Phi_.transpose() * samples_.col(k);
        const double scale = b.cwiseAbs().maxCoeff();
        if (scale <= how_.lambda) return;  // nobody is driven above the threshold: 0 is the optimum
        const auto driven = drive(b, how_.lambda, scale, !how_.nonnegative);
        const std::vector<double> a =
            neurons_ ? by_spikes(driven, simulation, result_.spikes[static_cast<std::size_t>(k)])
                     : optimum(program_, driven, kLeftToSolver * how_.tolerance);
        for (Eigen::Index i = 0; i < b.size(); ++i) {
            const auto at = static_cast<std::size_t>(i);
            const double off = how_.nonnegative ? 0.0 : a[at + static_cast<std::size_t>(b.size())];
            result_.a(i, k) = scale * (a[at] - off);
        }
    }

    std::vector<double> by_spikes(std::span<const double> driven, Simulation& simulation,
                                  std::uint64_t& n_spikes) {
        simulation.restart();
        simulation.act(0, [&](Population& population) { population.start(0, driven); });
        const Time T = length();
        const bool is_falling = how_.method == kFalling;  // its code is a sum, not a rate
        if (!is_falling) simulation.run_until(kFirstPart * T);
        Code& code = *simulation.population(0).code();
        code.begin_readout();
        simulation.run_until(T);
        std::vector<double> a(driven.size());
        code.read_code(a);
        n_spikes = simulation.spikes().size();
        return a;
    }

    /// No condition of slca_falling is violated by more than k q(T) d.
    Time length() const {
        if (how_.T > 0.0) return how_.T;
        if (how_.method != kFalling) return kUsualT;
        return kTau * std::log(std::max(kThreshold * kQ0 * largest_diagonal_ / how_.tolerance, 2.0));
    }

    const SparseEncoding& how_;
    std::unique_ptr<Neurons> neurons_;
    Eigen::Ref<const Eigen::MatrixXd> samples_, Phi_;
    Program program_;
    double largest_diagonal_;
    SparseCodes result_;
};

}  // namespace

SparseCodes sparse_encode(const Eigen::Ref<const Eigen::MatrixXd>& samples,
                          const Eigen::Ref<const Eigen::MatrixXd>& Phi, const SparseEncoding& how) {
    check(samples, Phi, how);
    return Encoder(samples, Phi, how).all();
}

}  // namespace sim
