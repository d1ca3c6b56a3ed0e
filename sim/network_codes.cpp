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

/// a'La
double Network::roughness(std::span<const float> a) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < coupling_.size(); ++i) {
        if (a[i] == 0.0F) continue;
        double of_i = 0.0;
        for (const Neighbour& other : coupling_[i])
            of_i += other.weight * static_cast<double>(a[other.neuron]);
        sum += static_cast<double>(a[i]) * of_i;
    }
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

}  // namespace sim
