// What a network makes of frames: the problems they pose, the codes that solve them, and what a code costs.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/error.hpp"
#include "sim/network.hpp"
#include "sim/ranks.hpp"

namespace sim {

/// b: Phi^T s of every frame.
Eigen::MatrixXf Network::prices(const Eigen::MatrixXf& frames, const Eigen::MatrixXf& b) const {
    const auto N = static_cast<Eigen::Index>(size()), n = static_cast<Eigen::Index>(settings_.n_fields());
    const Eigen::VectorXd lambda = Eigen::Map<const Eigen::VectorXd>(program.lambda.data(), n);
    if (!settings_.objective.weighs_distance()) return lambda.cast<float>().replicate(N / n, 1);
    Eigen::MatrixXd price = lambda.replicate(1, frames.cols());  // |s - phi_j|^2 = |s|^2 + |phi_j|^2 - 2 b_j
    const std::vector<double> norms = fields().norms();
    const Eigen::ArrayXd phi = Eigen::Map<const Eigen::ArrayXd>(norms.data(), N).square();
    for (Eigen::Index k = 0; k < frames.cols(); ++k)
        price.col(k).array() *=
            frames.col(k).cast<double>().squaredNorm() + phi - 2.0 * b.col(k).cast<double>().array();
    return price.cast<float>();
}

// The population subtracts its own lambda_j, whatever the frame, so that what the price is above that is
// taken from the drive.
Problems Network::pose(const Eigen::MatrixXf& frames) const {
    const auto N = static_cast<Eigen::Index>(size());
    Eigen::MatrixXf b = fields().drive(frames), price = prices(frames, b);
    const Objective& objective = settings_.objective;
    if (objective.weighs_distance())
        b += (Eigen::Map<const Eigen::VectorXd>(program.lambda.data(), N).cast<float>())
                 .replicate(1, b.cols()) -
             price;
    if (objective.kind == Objective::Kind::simplex) b.array() += static_cast<float>(objective.rho);
    if (!objective.is_signed) return {std::move(b), std::move(price)};
    Eigen::MatrixXf drive(2 * N, b.cols());
    drive << b, -b;
    return {std::move(drive), std::move(price)};
}

Eigen::MatrixXf Network::codes(const Eigen::MatrixXd& activity) const {
    const auto N = static_cast<Eigen::Index>(size());
    if (!settings_.objective.is_signed) return activity.topRows(N).cast<float>();
    return (activity.topRows(N) - activity.bottomRows(N)).cast<float>();
}

Eigen::MatrixXf Network::optima(const Problems& posed, double tolerance) const {
    Program whole;
    if (settings_.is_lateral_delayed) whole = {lateral_, program.lambda};
    if (neurons_->solves_by_kernels()) {
        whole = program;
        whole.Q.make_weights();
        const std::size_t K = whole.lambda.size();
        for (std::size_t i = K; i < whole.Q.size(); ++i) whole.lambda.push_back(whole.lambda[i - K]);
    }
    const Program& solved = whole.lambda.empty() ? program : whole;
    Eigen::MatrixXd best(posed.drive.rows(), posed.drive.cols());
    ranks::fill_columns(best, [&](Eigen::Index k) {
        const Eigen::VectorXd b = posed.drive.col(k).cast<double>();
        try {
            const auto a = optimum(solved, {b.data(), solved.Q.size()}, tolerance);
            std::copy(a.begin(), a.end(), best.col(k).data());
        } catch (const NumericsError&) {
            best.col(k).setConstant(std::numeric_limits<double>::quiet_NaN());
        }
    });
    return codes(best);
}

/// (L a)_i
double Network::roughness_of(std::size_t i, std::span<const float> a) const {
    double sum = 0.0;
    for (const Neighbour& other : coupling_[i]) sum += other.weight * static_cast<double>(a[other.neuron]);
    return sum;
}

/// a'La
double Network::roughness(std::span<const float> a) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < coupling_.size(); ++i)
        if (a[i] != 0.0F) sum += static_cast<double>(a[i]) * roughness_of(i, a);
    return sum;
}

double Network::energy(double residual_squared, std::span<const float> price,
                       std::span<const float> a) const {
    double cost = 0.5 * residual_squared;
    if (!solves_program()) return cost;
    double activity = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == 0.0F) continue;
        activity += static_cast<double>(a[i]);
        squares += static_cast<double>(a[i]) * static_cast<double>(a[i]);
        cost += static_cast<double>(price[i]) * std::abs(static_cast<double>(a[i]));
    }
    cost += 0.5 * settings_.kappa * roughness(a) + 0.5 * settings_.objective.delta * squares;
    if (settings_.objective.kind == Objective::Kind::simplex)
        cost += 0.5 * settings_.objective.rho * (activity - 1.0) * (activity - 1.0);
    return cost;
}

/// What a unit more of each neuron's activity would take from the energy, before its price.
std::vector<double> Network::slopes(std::span<const float> rest, std::span<const float> a) const {
    std::vector<double> slope(rest.begin(), rest.end());
    for (std::size_t i = 0; i < slope.size(); ++i)
        slope[i] -= settings_.objective.delta * static_cast<double>(a[i]);
    for (std::size_t i = 0; i < coupling_.size(); ++i) slope[i] -= settings_.kappa * roughness_of(i, a);
    if (settings_.objective.kind != Objective::Kind::simplex) return slope;
    double activity = 0.0;
    for (const float x : a) activity += static_cast<double>(x);
    for (double& x : slope) x += settings_.objective.rho * (1.0 - activity);
    return slope;
}

// All that is squared in the energy is one residual r~ = s~ - Phi~ a, in which ridge, coupling and penalty are rows more. Then
// the slopes are Phi~' r~, and t r~ with t <= 1 small enough that t Phi~' r~ <= price is feasible in the dual program,
// max t r~.s~ - t^2/2 |r~|^2, where r~.s~ = |r~|^2 + a.Phi~' r~.
Certificate Network::certify(double cost, std::span<const float> rest, std::span<const float> price,
                             std::span<const float> a) const {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    if (!solves_program()) return {kNone, kNone};
    const bool is_signed = settings_.objective.is_signed;
    const std::vector<double> slope = slopes(rest, a);
    double paid = 0.0, explained = 0.0, most = std::numeric_limits<double>::infinity(), worst = 0.0;
    for (std::size_t i = 0; i < slope.size(); ++i) {
        const auto x = static_cast<double>(a[i]), lambda = static_cast<double>(price[i]);
        const double reach = is_signed ? std::abs(slope[i]) : slope[i];  // of the neuron, or of its twin
        paid += lambda * std::abs(x);
        explained += x * slope[i];
        if (reach > 0.0) most = std::min(most, lambda / reach);
        const double off =
            x != 0.0 ? std::abs(std::copysign(1.0, x) * slope[i] - lambda) : std::max(reach - lambda, 0.0);
        worst = std::max(worst, off);
    }
    const bool is_convex =
        settings_.kappa == 0.0 || settings_.coupling.surround == 0.0;  // a cut Gaussian need not be
    if (!is_convex || !(most >= 0.0)) return {kNone, worst};
    const double squares = 2.0 * (cost - paid), along = squares + explained,
                 t = squares > 0.0 ? std::clamp(along / squares, 0.0, most) : 0.0;
    return {t * along - 0.5 * t * t * squares, worst};
}

}  // namespace sim
